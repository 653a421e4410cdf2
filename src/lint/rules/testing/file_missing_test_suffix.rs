use crate::lint::rules::opa_view::{self, OpaRule};
use crate::lint::rules::prelude::*;

declare_rule! {
    FileMissingTestSuffix {
        id: "file-missing-test-suffix",
        group: "testing",
        summary: "tests in a file whose name does not say so",
        why: "Files named `…_test.rego` can be left out of bundles, and are where readers and tools look for tests.",
        bad: rego("package play_test\n\ntest_admin if data.play.allow with input.user.admin as true\n"),
        good: rego("package play\n\nallow if input.user.admin\n"),
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/testing/file-missing-test-suffix",
        peers: &["regal testing/file-missing-test-suffix"],
    }
}

impl Rule for FileMissingTestSuffix {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        // a ConfigMap's key becomes a file's name; other embedded texts have none
        let path = match &cx.file().embedded {
            Some(holder) if holder.kind != "configmap" => return,
            Some(holder) => &holder.key,
            None => &cx.file().path,
        };
        if path.ends_with("_test.rego") || path == "test.rego" {
            return;
        }
        let Some(head) = opa_view::rules(cx.module()).find(OpaRule::is_test).map(|rule| rule.head) else { return };
        let target = path.strip_suffix(".rego").filter(|_| !cx.is_embedded()).map(|stem| format!("{stem}_test.rego"));
        let message = "the file holds tests, and its name does not end in `_test.rego`";
        let report = if cx.is_regal() { cx.report_file(message) } else { cx.report(head, message) };
        let report = report.help("rename the file, or move the tests");
        if let Some(target) = target {
            report.moves_to(target);
        }
    }
}
