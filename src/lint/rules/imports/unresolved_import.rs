use std::borrow::Cow;

use crate::lint::context::WorkspaceCx;
use crate::lint::rules::exports::{RegalTree, is_lost};
use crate::lint::rules::prelude::*;
use crate::lint::rules::unresolved::{Outside, exceptions, is_excepted};
use crate::model::rego::{FactKinds, ImportLink, write_path};
use crate::text::{Location, SourceId};

declare_rule! {
    UnresolvedImport {
        id: "unresolved-import",
        group: "imports",
        summary: "an import of something that no file defines",
        why: "OPA takes such an import without a word, and what is looked up in it is undefined. Mostly it is a slip of the pen, or the package has been renamed.\n\nReported is what should be here: the package is, and has no such rule, or something is called nearly the same. What data files define, and what tests replace by `with`, is taken for data from outside; so is what a package looks up below its own path.",
        bad: rego("# file: play.rego\npackage play.main\n\nimport data.play.usres\n\nallow if input.user in usres.admins\n# file: users.rego\npackage play.users\n\nadmins := {\"ann\"}\n"),
        good: rego("# file: play.rego\npackage play.main\n\nimport data.play.users\n\nallow if input.user in users.admins\n# file: users.rego\npackage play.users\n\nadmins := {\"ann\"}\n"),
        recommended: true,
        regal: Some(Severity::Error),
        options: &[OptionMeta {
            name: "except-imports",
            kind: OptionKind::StringList,
            default: OptionValue::StringList(Cow::Borrowed(&[])),
            doc: "Paths that may be missing, such as `data.users.*`.",
        }],
        source: "https://www.openpolicyagent.org/projects/regal/rules/imports/unresolved-import",
        peers: &["regal imports/unresolved-import"],
    }
}

impl Rule for UnresolvedImport {
    fn facts(&self) -> Option<FactKinds> {
        Some(FactKinds { links: true, ..FactKinds::default() })
    }

    fn workspace(&self, cx: &mut WorkspaceCx<'_>) {
        let workspace = cx.workspace();
        if workspace.modules().len() < 2 || workspace.modules().iter().all(|facts| facts.links.imports.is_empty()) {
            return;
        }
        let exports = cx.exports();
        let mut outside = None;
        let mut found: Vec<(SourceId, SourceId, Span, String, Option<&str>)> = Vec::new();
        let mut excepted = exceptions();
        for (facts, config) in cx.judged() {
            let source = facts.source;
            let is_regal = cx.is_regal(source);
            for import in facts.links.imports.iter().filter(|_| !(is_regal && is_lost(facts))) {
                let path = if is_regal { dotted(import) } else { full_path(import) };
                let mut near = None;
                let resolved = if is_regal {
                    let tree = cx.regal_tree();
                    is_own_library(&facts.package, import) || resolves(tree, import)
                } else {
                    let misses = if exports.has(&path) { None } else { exports.misses(&path, &facts.package) };
                    near = misses.flatten();
                    misses.is_none() || outside.get_or_insert_with(|| Outside::new(cx)).may_define(&path)
                };
                if !resolved && !is_excepted(cx, &mut excepted, config, "except-imports", &path, false) {
                    found.push((config, source, if is_regal { import.start } else { import.span }, path, near));
                }
            }
        }
        for (config, source, span, path, near) in found {
            if let Some(report) = cx.report_as(config, Location { source, span }, format!("nothing defines `{path}`")) {
                report.help(match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "import what is there; name data from outside in the option `except-imports`".to_owned(),
                });
            }
        }
    }
}

/// `data.a.b-c`, whatever the names are.
fn dotted(import: &ImportLink) -> String {
    std::iter::once("data").chain(import.path.iter().flat_map(|name| [".", name])).collect()
}

/// The same as facts write it.
pub(super) fn full_path(import: &ImportLink) -> String {
    let mut path = String::new();
    write_path(&mut path, std::iter::once("data").chain(import.path.iter().map(AsRef::as_ref)));
    path
}

/// Rules for Regal import its library, which it knows.
fn is_own_library(package: &str, import: &ImportLink) -> bool {
    let is_custom = package.strip_prefix("data.custom.regal").is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
    is_custom && import.path.first().is_some_and(|first| &**first == "regal")
}

/// Whether Regal finds the import in its tree, whose names hold no dots.
fn resolves(tree: &RegalTree<'_>, import: &ImportLink) -> bool {
    let whole = import.path.iter().take_while(|name| !name.contains('.')).count();
    let known: String = std::iter::once("data").chain(import.path[..whole].iter().flat_map(|name| [".", name])).collect();
    if whole == import.path.len() { tree.resolves(&known) } else { tree.lies_in_leaf(&known) }
}
