use crate::lint::rules::opa_view::{self, OpaRule};
use crate::lint::rules::prelude::*;

declare_rule! {
    TestOutsideTestPackage {
        id: "test-outside-test-package",
        group: "testing",
        summary: "a test in the package that it tests",
        why: "Tests in a package of their own, named with `_test` at the end, see the policy as its callers do, and are not shipped with it.",
        bad: rego("package play\n\nallow if input.user.admin\n\ntest_admin if allow with input.user.admin as true\n"),
        good: rego("package play_test\n\ntest_admin if data.play.allow with input.user.admin as true\n"),
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/testing/test-outside-test-package",
        peers: &["regal testing/test-outside-test-package"],
    }
}

impl Rule for TestOutsideTestPackage {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let package = &cx.module().package;
        if package.last().is_some_and(|last| last.ends_with("_test") || (package.len() == 1 && last == "test")) {
            return;
        }
        for rule in opa_view::rules(cx.module()).filter(OpaRule::is_test) {
            cx.report(rule.head, format!("the test `{}` is in package `{}`", rule.def.path.dotted(), package.dotted()))
                .help("move it to a package whose name ends in `_test`");
        }
    }
}
