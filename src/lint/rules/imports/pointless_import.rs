use rustc_hash::FxHashSet;

use crate::lint::rules::prelude::*;
use crate::model::rego::{ImportKind, Module};

declare_rule! {
    PointlessImport {
        id: "pointless-import",
        group: "imports",
        summary: "an import of the module's own package or rules",
        why: "What the package defines can be named directly.",
        bad: rego("package play\n\nimport data.play.admins\n\nallow if input.user in admins\n\nadmins := {\"alice\"}\n"),
        good: rego("package play\n\nallow if input.user in admins\n\nadmins := {\"alice\"}\n"),
        recommended: true,
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/imports/pointless-import",
        peers: &["regal imports/pointless-import"],
    }
}

impl Rule for PointlessImport {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let module = cx.module();
        let package = || std::iter::once("data").chain(module.package.parts.iter().map(|(name, _)| name.as_ref()));
        let mut own: Option<FxHashSet<Vec<&str>>> = None;
        for import in module.imports.iter().filter(|import| import.kind == ImportKind::Data) {
            let path: Vec<&str> = import.path.parts.iter().map(|(name, _)| name.as_ref()).collect();
            let in_package = path.iter().copied().eq(package().take(path.len()));
            let found = if path.len() <= package().count() {
                // the package, or one above a rule's
                in_package && (path.len() == package().count() || !module.rules.is_empty())
            } else {
                let own = own.get_or_insert_with(|| own_paths(module));
                path.iter().copied().take(package().count()).eq(package()) && own.contains(&path[package().count()..])
            };
            // parents of the package hold more than this module
            let is_parent = path.len() < package().count();
            if !found || (is_parent && !cx.is_regal()) {
                continue;
            }
            if let Some(path) = import.import.path() {
                cx.report(path.span(), format!("`{}` can be named without an import", import.path.dotted())).help("remove the import");
            }
        }
    }
}

/// The paths of the module's rules below its package, and what they start with.
fn own_paths<'m>(module: &'m Module<'_>) -> FxHashSet<Vec<&'m str>> {
    let mut own = FxHashSet::default();
    for rule in &module.rules {
        let path: Vec<&str> = rule.path.parts.iter().map(|(name, _)| name.as_ref()).collect();
        own.extend((1..=path.len()).map(|len| path[..len].to_vec()));
    }
    own
}
