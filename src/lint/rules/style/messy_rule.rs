use rustc_hash::FxHashMap;

use crate::lint::rules::prelude::*;

declare_rule! {
    MessyRule {
        id: "messy-rule",
        group: "style",
        summary: "definitions of one rule with other rules between them",
        why: "A rule is all of its definitions. Spread over a module, one of them is easily missed, and a policy that seems to deny allows.",
        bad: rego("package play\n\nallow if input.user.admin\n\ndeny if input.user.guest\n\nallow if input.user.owner\n"),
        good: rego("package play\n\nallow if input.user.admin\n\nallow if input.user.owner\n\ndeny if input.user.guest\n"),
        recommended: true,
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/style/messy-rule",
        peers: &["regal style/messy-rule"],
    }
}

impl Rule for MessyRule {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let mut seen: FxHashMap<String, Span> = FxHashMap::default();
        let mut last = String::new();
        for rule in &cx.module().rules {
            let name = rule.path.dotted();
            let first = seen.get(&name).copied();
            // tests with the same name have a rule of their own
            let is_test = rule.name.trim_start_matches("todo_").starts_with("test_");
            if name != last
                && !is_test
                && let Some(first) = first
            {
                cx.report(rule.rule.span(), format!("`{name}` is defined in several places, with other rules between them"))
                    .label(first, "first defined here")
                    .help("put its definitions next to each other");
            }
            seen.entry(name.clone()).or_insert_with(|| rule.head.span());
            last = name;
        }
    }
}
