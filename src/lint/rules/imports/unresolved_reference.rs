use std::borrow::Cow;

use crate::lint::context::WorkspaceCx;
use crate::lint::rules::exports::{Exports, RegalTree, is_lost};
use crate::lint::rules::prelude::*;
use crate::lint::rules::unresolved::{Outside, exceptions, is_excepted};
use crate::model::rego::{FactKinds, Facts, Link, Sight};
use crate::text::{Location, SourceId};

declare_rule! {
    UnresolvedReference {
        id: "unresolved-reference",
        group: "imports",
        summary: "a reference to something that no file defines",
        why: "A reference to a rule that is not there is undefined, and whatever depends on it silently does not hold.\n\nReported is what should be here: some module of the workspace has a package below the same first name, and neither rules nor data files define what is referred to. What tests replace by `with` is taken for data from outside. Where an import leads nowhere, the import alone is reported, by `unresolved-import`.",
        bad: rego("# file: play.rego\npackage play.main\n\nimport data.play.users\n\nallow if input.user in users.admnis\n# file: users.rego\npackage play.users\n\nadmins := {\"ann\"}\n"),
        good: rego("# file: play.rego\npackage play.main\n\nimport data.play.users\n\nallow if input.user in users.admins\n# file: users.rego\npackage play.users\n\nadmins := {\"ann\"}\n"),
        recommended: true,
        regal: Some(Severity::Error),
        options: &[
            OptionMeta {
                name: "except-paths",
                kind: OptionKind::StringList,
                default: OptionValue::StringList(Cow::Borrowed(&[])),
                doc: "Paths that may be missing, such as `data.users.*`.",
            },
            OptionMeta {
                name: "excepted_export_patterns",
                kind: OptionKind::StringList,
                default: OptionValue::StringList(Cow::Borrowed(&[Cow::Borrowed("**.test_*")])),
                doc: "Without effect, as in Regal, whose configuration has it.",
            },
        ],
        source: "https://www.openpolicyagent.org/projects/regal/rules/imports/unresolved-reference",
        peers: &["regal imports/unresolved-reference"],
    }
}

impl Rule for UnresolvedReference {
    fn facts(&self) -> Option<FactKinds> {
        Some(FactKinds { links: true, ..FactKinds::default() })
    }

    fn workspace(&self, cx: &mut WorkspaceCx<'_>) {
        let workspace = cx.workspace();
        if workspace.modules().len() < 2 || workspace.modules().iter().all(|facts| facts.links.references.is_empty()) {
            return;
        }
        let exports = Exports::new(workspace);
        let (mut regal, mut outside) = (None, None);
        let mut found: Vec<(SourceId, Span, &str)> = Vec::new();
        let mut excepted = exceptions();
        for facts in workspace.modules().iter().filter(|facts| cx.is_on(facts.source)) {
            let is_regal = cx.is_regal(facts.source);
            for link in &facts.links.references {
                let path = if is_regal {
                    let tree = regal.get_or_insert_with(|| RegalTree::new(workspace));
                    missing_to_regal(facts, link, tree)
                } else {
                    missing(facts, link, &exports).filter(|path| !outside.get_or_insert_with(|| Outside::new(cx)).may_define(path))
                };
                if let Some(path) = path
                    && !is_excepted(cx, &mut excepted, facts.source, "except-paths", path, true)
                {
                    found.push((facts.source, link.span, path));
                }
            }
        }
        for (source, span, path) in found {
            if let Some(report) = cx.report(Location { source, span }, format!("nothing defines `{path}`")) {
                report.help("refer to what is there; name data from outside in the option `except-paths`");
            }
        }
    }
}

/// The path of a reference that leads nowhere.
fn missing<'f>(facts: &'f Facts, link: &Link, exports: &Exports<'_>) -> Option<&'f str> {
    if link.sight == Sight::OnlyRegal || link.is_target {
        return None;
    }
    let path = facts.links.path(link);
    // a missing import is reported where it stands
    let imported = link.import.and_then(|at| facts.links.imports.get(at as usize));
    let import_leads_nowhere = || {
        imported.is_some_and(|import| {
            let path: String = std::iter::once("data").chain(import.path.iter().flat_map(|name| [".", name])).collect();
            !exports.has(&path)
        })
    };
    (!exports.has(path) && exports.has_root(path) && !import_leads_nowhere()).then_some(path)
}

/// The path as Regal looks it up, where it finds nothing.
fn missing_to_regal<'f>(facts: &'f Facts, link: &Link, tree: &RegalTree<'_>) -> Option<&'f str> {
    if link.sight == Sight::NotRegal || is_lost(facts) {
        return None;
    }
    facts.links.regal_path(link).filter(|path| !tree.resolves(path))
}
