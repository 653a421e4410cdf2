use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;

declare_rule! {
    TodoTest {
        id: "todo-test",
        group: "testing",
        summary: "a test that is left to do",
        why: "`opa test` skips tests whose names start with `todo_`. They look like tests, and test nothing.",
        bad: rego("package play_test\n\ntodo_test_guests_are_denied if not data.play.allow with input.user as \"guest\"\n"),
        good: rego("package play_test\n\ntest_guests_are_denied if not data.play.allow with input.user as \"guest\"\n"),
        regal: Some(Severity::Error),
        severity: Severity::Info,
        source: "https://www.openpolicyagent.org/projects/regal/rules/testing/todo-test",
        peers: &["regal testing/todo-test"],
    }
}

impl Rule for TodoTest {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        for rule in opa_view::rules(cx.module()) {
            if !rule.is_function() && rule.def.name.starts_with("todo_test_") {
                cx.report(rule.head, format!("`{}` is skipped", rule.def.name)).help("finish the test");
            }
        }
    }
}
