use std::collections::{BTreeMap, BTreeSet};

use crate::lint::context::WorkspaceCx;
use crate::lint::rules::prelude::*;
use crate::model::rego::{FactKinds, Facts};
use crate::text::Location;

declare_rule! {
    MissingMetadata {
        id: "missing-metadata",
        group: "custom",
        summary: "a package or a rule without METADATA",
        why: "Annotations are what documentation is made of. A library, or a policy that many use, should say of each rule what it is for.",
        bad: rego("package play\n\nallow if input.user.admin\n"),
        good: rego("# METADATA\n# description: Who may play\npackage play\n\n# METADATA\n# description: Whether the user may play\nallow if input.user.admin\n\n_internal := 1\n"),
        options: &[
            OptionMeta {
                name: "except-package-path-pattern",
                kind: OptionKind::Regex,
                default: OptionValue::Unset,
                doc: "Packages with a name that matches, such as `^internal`, need none.",
            },
            OptionMeta {
                name: "except-rule-path-pattern",
                kind: OptionKind::Regex,
                default: OptionValue::Unset,
                doc: "Rules with a path that matches, package included, such as `\\.report$`, need none.",
            },
        ],
        source: "https://www.openpolicyagent.org/projects/regal/rules/custom/missing-metadata",
        peers: &["regal custom/missing-metadata"],
    }
}

impl Rule for MissingMetadata {
    fn facts(&self) -> Option<FactKinds> {
        Some(FactKinds::default())
    }

    fn workspace(&self, cx: &mut WorkspaceCx<'_>) {
        let workspace = cx.workspace();
        let mut modules: Vec<&Facts> = workspace.modules().iter().filter(|module| cx.is_on(module.source)).collect();
        // Regal compares files only where there are several
        let alone = workspace.modules().len() < 2;
        modules.retain(|module| !(alone && cx.is_regal(module.source)));
        modules.sort_by(|a, b| cx.sources().get(a.source).path.cmp(&cx.sources().get(b.source).path));
        packages(cx, &modules);
        rules(cx, &modules);
    }
}

/// Packages that no file annotates, each at its first file.
fn packages(cx: &mut WorkspaceCx<'_>, modules: &[&Facts]) {
    let mut by_name: BTreeMap<&str, Vec<&Facts>> = BTreeMap::new();
    for module in modules {
        by_name.entry(&module.package).or_default().push(module);
    }
    for (package, files) in by_name {
        let name = package.strip_prefix("data.").unwrap_or(package);
        let first = files[0];
        // a defect keeps Regal from finding any
        if cx.is_regal(first.source) {
            continue;
        }
        let excepted = cx.regex(first.source, "except-package-path-pattern").is_some_and(|pattern| pattern.is_match(name));
        if excepted || files.iter().any(|file| file.is_package_annotated) {
            continue;
        }
        let at = Location { source: first.source, span: first.package_clause };
        if let Some(report) = cx.report(at, format!("package `{name}` has no METADATA")) {
            report.help("write `# METADATA` with a title or a description above it");
        }
    }
}

/// Rules that no definition annotates, each at its first definition in the first file.
fn rules(cx: &mut WorkspaceCx<'_>, modules: &[&Facts]) {
    let mut annotated: BTreeSet<&str> = BTreeSet::new();
    let mut first: BTreeMap<&str, Location> = BTreeMap::new();
    for module in modules {
        let regal = cx.is_regal(module.source);
        let here: BTreeSet<&str> =
            module.rules.iter().filter(|rule| rule.is_annotated && !(regal && rule.has_odd_name)).map(|rule| rule.path.as_str()).collect();
        // Regal takes a rule with a number in its name for internal
        for rule in module.rules.iter().filter(|rule| !(rule.is_internal || regal && rule.has_odd_name)) {
            // to Regal an annotation in one file says nothing of the others
            if !(regal && here.contains(rule.path.as_str())) {
                first.entry(&rule.path).or_insert(Location { source: module.source, span: rule.span });
            }
        }
        if !regal {
            annotated.extend(here);
        }
    }
    for (path, at) in first {
        let name = path.strip_prefix("data.").unwrap_or(path);
        let excepted = cx.regex(at.source, "except-rule-path-pattern").is_some_and(|pattern| pattern.is_match(name));
        if excepted || annotated.contains(path) {
            continue;
        }
        if let Some(report) = cx.report(at, format!("`{name}` has no METADATA")) {
            report.help("write `# METADATA` with a title or a description above it");
        }
    }
}
