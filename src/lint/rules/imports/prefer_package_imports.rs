use std::borrow::Cow;

use crate::lint::context::WorkspaceCx;
use crate::lint::rules::exports::{Exports, is_lost};
use crate::lint::rules::prelude::*;
use crate::model::rego::{FactKinds, write_path};
use crate::text::{Location, SourceId};

declare_rule! {
    PreferPackageImports {
        id: "prefer-package-imports",
        group: "imports",
        summary: "an import of a rule",
        why: "Where the package is imported, each use says where the rule comes from: `users.admins` rather than `admins`.",
        bad: rego("# file: play.rego\npackage play\n\nimport data.users.admins\n\nallow if input.user in admins\n# file: users.rego\npackage users\n\nadmins := {\"ann\"}\n"),
        good: rego("# file: play.rego\npackage play\n\nimport data.users\n\nallow if input.user in users.admins\n# file: users.rego\npackage users\n\nadmins := {\"ann\"}\n"),
        regal: Some(Severity::Error),
        options: &[OptionMeta {
            name: "ignore-import-paths",
            kind: OptionKind::StringList,
            default: OptionValue::StringList(Cow::Borrowed(&[])),
            doc: "Paths that may be imported, such as `data.users.admins`.",
        }],
        source: "https://www.openpolicyagent.org/projects/regal/rules/imports/prefer-package-imports",
        peers: &["regal imports/prefer-package-imports"],
    }
}

impl Rule for PreferPackageImports {
    fn facts(&self) -> Option<FactKinds> {
        Some(FactKinds { links: true, ..FactKinds::default() })
    }

    fn workspace(&self, cx: &mut WorkspaceCx<'_>) {
        let workspace = cx.workspace();
        if workspace.modules().len() < 2 || workspace.modules().iter().all(|facts| facts.links.imports.is_empty()) {
            return;
        }
        let mut exports = None;
        let mut found: Vec<(SourceId, SourceId, Span, String)> = Vec::new();
        let mut path = String::new();
        for (facts, config) in cx.judged() {
            let is_regal = cx.is_regal(facts.source);
            if is_regal && is_lost(facts) {
                continue;
            }
            let ignored = cx.list(config, "ignore-import-paths");
            for import in &facts.links.imports {
                path.clear();
                write_path(&mut path, std::iter::once("data").chain(import.path.iter().map(AsRef::as_ref)));
                let in_package = workspace.package_of(&path).is_some_and(|package| package != path);
                let dotted = || import.path.join(".");
                if !in_package || ignored.iter().any(|ignored| ignored.strip_prefix("data.").unwrap_or(ignored) == dotted()) {
                    continue;
                }
                if is_regal {
                    let package = workspace.package_of(&path).unwrap_or_default();
                    if workspace.package(package).all(is_lost) {
                        continue;
                    }
                    // its library is no concern of rules for Regal
                    let is_custom = facts.package.starts_with("data.custom.regal.") || facts.package == "data.custom.regal";
                    if is_custom && import.path.first().is_some_and(|first| &**first == "regal") {
                        continue;
                    }
                } else if !exports.get_or_insert_with(|| Exports::new(workspace)).lies_in_rule(&path) {
                    // data, or nothing
                    continue;
                }
                found.push((config, facts.source, if is_regal { import.start } else { import.span }, path.clone()));
            }
        }
        for (config, source, span, path) in found {
            if let Some(report) = cx.report_as(config, Location { source, span }, format!("`{path}` is no package but a rule")) {
                report.help("import the package");
            }
        }
    }
}
