use std::borrow::Cow;

use crate::lint::context::WorkspaceCx;
use crate::lint::rules::exports::{Exports, RegalTree, is_lost};
use crate::lint::rules::imports::unresolved_import::full_path;
use crate::lint::rules::prelude::*;
use crate::lint::rules::unresolved::{Outside, exceptions, is_excepted};
use crate::model::rego::{FactKinds, Facts, Link, Sight};
use crate::text::{Location, SourceId};

declare_rule! {
    UnresolvedReference {
        id: "unresolved-reference",
        group: "imports",
        summary: "a reference to something that no file defines",
        why: "A reference to a rule that is not there is undefined, and whatever depends on it silently does not hold.\n\nReported is what should be here: the package is, and has no such rule, or something is called nearly the same. What data files define, and what tests replace by `with`, is taken for data from outside; so is what a package looks up below its own path. Where an import leads nowhere, the import alone is reported, by `unresolved-import`.",
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
        let exports = cx.exports();
        let mut outside = None;
        let mut found: Vec<(SourceId, Span, &str, Option<&str>)> = Vec::new();
        let mut excepted = exceptions();
        for facts in workspace.modules().iter().filter(|facts| cx.is_on(facts.source)) {
            let is_regal = cx.is_regal(facts.source);
            for link in &facts.links.references {
                let path = if is_regal {
                    let tree = cx.regal_tree();
                    missing_to_regal(facts, link, tree).map(|path| (path, None))
                } else {
                    missing(facts, link, exports).filter(|(path, _)| !outside.get_or_insert_with(|| Outside::new(cx)).may_define(path))
                };
                if let Some((path, near)) = path
                    && !is_excepted(cx, &mut excepted, facts.source, "except-paths", path, true)
                {
                    found.push((facts.source, link.span, path, near));
                }
            }
        }
        for (source, span, path, near) in found {
            if let Some(report) = cx.report(Location { source, span }, format!("nothing defines `{path}`")) {
                report.help(match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "refer to what is there; name data from outside in the option `except-paths`".to_owned(),
                });
            }
        }
    }
}

/// The path of a reference that leads nowhere, and what is called nearly the same.
fn missing<'f>(facts: &'f Facts, link: &Link, exports: &Exports<'f>) -> Option<(&'f str, Option<&'f str>)> {
    if link.sight == Sight::OnlyRegal || link.is_target {
        return None;
    }
    let path = facts.links.path(link);
    // a missing import is reported where it stands
    let imported = link.import.and_then(|at| facts.links.imports.get(at as usize));
    if exports.has(path) || imported.is_some_and(|import| !exports.has(&full_path(import))) {
        return None;
    }
    exports.misses(path, &facts.package).map(|near| (path, near))
}

/// The path as Regal looks it up, where it finds nothing.
fn missing_to_regal<'f>(facts: &'f Facts, link: &Link, tree: &RegalTree<'_>) -> Option<&'f str> {
    if link.sight == Sight::NotRegal || is_lost(facts) {
        return None;
    }
    facts.links.regal_path(link).filter(|path| !tree.resolves(path))
}
