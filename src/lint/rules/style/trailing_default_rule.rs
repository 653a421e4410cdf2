use rustc_hash::FxHashMap;

use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;

declare_rule! {
    TrailingDefaultRule {
        id: "trailing-default-rule",
        group: "style",
        summary: "a default below other definitions of the rule",
        why: "The default is what holds first, and what a reader wants to know first: above all, whether a decision fails closed.",
        bad: rego("package play\n\nallow if input.user.admin\n\ndefault allow := false\n"),
        good: rego("package play\n\ndefault allow := false\n\nallow if input.user.admin\n"),
        recommended: true,
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/style/trailing-default-rule",
        peers: &["regal style/trailing-default-rule"],
    }
}

impl Rule for TrailingDefaultRule {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let mut seen = FxHashMap::default();
        for rule in &cx.module().rules {
            let name = opa_view::full_name(rule);
            if rule.is_default
                && let Some(first) = seen.get(&name)
            {
                let first = *first;
                cx.report(rule.rule.span(), format!("the default of `{name}` stands below other definitions"))
                    .label(first, "defined here")
                    .help("move the default above them");
            }
            seen.entry(name).or_insert(rule.head.span());
        }
    }
}
