use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;

declare_rule! {
    ChainedRuleBody {
        id: "chained-rule-body",
        group: "custom",
        summary: "a second body behind a rule",
        why: "`allow { a } { b }` defines `allow` twice. Few readers know the form, and `opa fmt` writes it as two rules.",
        bad: rego("package play\n\nallow if {\n\tinput.user.admin\n} {\n\tinput.user.owner\n}\n"),
        good: rego("package play\n\nallow if input.user.admin\n\nallow if input.user.owner\n"),
        source: "https://www.openpolicyagent.org/projects/regal/rules/custom/chained-rule-body",
        peers: &["regal custom/chained-rule-body"],
    }
}

impl Rule for ChainedRuleBody {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        for rule in opa_view::rules(cx.module()).filter(|rule| rule.is_chained) {
            cx.report(rule.head, format!("`{}` has a further body", rule.def.path.dotted())).help("repeat the head");
        }
    }
}
