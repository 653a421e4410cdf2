use rustc_hash::FxHashSet;

use crate::lint::rules::edits::{Edits, replace_import};
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::{has_comment, import_removal};
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
        fix: FixKind::Safe,
        fix_safety: "Removes the import, and names what it brought by its name in the package where it is used by another.",
        peers: &["regal imports/pointless-import"],
    }
}

impl Rule for PointlessImport {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let module = cx.module();
        let package = || std::iter::once("data").chain(module.package.parts.iter().map(|(name, _)| name.as_ref()));
        let mut own: Option<FxHashSet<Vec<&str>>> = None;
        for (index, import) in module.imports.iter().enumerate().filter(|(_, import)| import.kind == ImportKind::Data) {
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
            let edits = edits(cx, index);
            if let Some(path) = import.import.path() {
                let report =
                    cx.report(path.span(), format!("`{}` can be named without an import", import.path.dotted())).help("remove the import");
                if let Some(edits) = edits {
                    report.fix("remove the import", Applicability::Safe, edits);
                }
            }
        }
    }
}

/// The package itself is named in full, a rule by its path in the package.
fn edits(cx: &FileCx<'_>, index: usize) -> Option<Edits> {
    let module = cx.module();
    let import = &module.imports[index];
    let package = module.package.len() + 1;
    let path = import.import.path()?;
    let (instead, root) = match import.path.parts.get(package) {
        _ if import.path.len() < package => return None,
        None => (path.text(), "data"),
        Some((name, span)) => {
            // written as a name, and no import of its own hides it
            let text = path.text().get((span.start - path.span().start) as usize..)?;
            let other = module.imports.iter().enumerate().any(|(at, other)| at != index && other.name() == Some(name));
            if other || !cx.spend(module.imports.len()) || !text.starts_with(name.as_ref()) {
                return None;
            }
            (text, name.as_ref())
        }
    };
    if has_comment(cx, import.import.span()) {
        return None;
    }
    let mut edits = replace_import(cx, index, instead, root)?;
    edits.push((import_removal(cx, import.import.span()), String::new()));
    Some(edits)
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
