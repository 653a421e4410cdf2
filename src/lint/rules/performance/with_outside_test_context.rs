use crate::lint::rules::prelude::*;
use crate::lint::rules::support::is_hidden_from_regal;

declare_rule! {
    WithOutsideTestContext {
        id: "with-outside-test-context",
        group: "performance",
        summary: "`with` outside of tests",
        why: "`with` replaces documents and functions for one expression, and what was evaluated before is evaluated again. In a policy, pass the value to a function.",
        bad: rego("package play\n\nallow if data.roles.admin with input as input.request\n"),
        good: rego("package play_test\n\ntest_admin if data.roles.admin with input as {\"user\": \"alice\"}\n"),
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/performance/with-outside-test-context",
        peers: &["regal performance/with-outside-test-context"],
    }
}

impl Rule for WithOutsideTestContext {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::With]
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let in_test = cx.module().rule_at(node.span().start).is_none_or(|rule| rule.name.trim_start_matches("todo_").starts_with("test_"));
        let in_template = node.ancestors().any(|node| node.kind() == Kind::TemplateExpr);
        if !in_test && !(cx.is_regal() && (is_hidden_from_regal(node) || in_template)) {
            cx.report(node.span(), "`with` is used outside of a test").help("pass the value as an argument of a function");
        }
    }
}
