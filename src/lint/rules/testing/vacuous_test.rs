use crate::lint::context::WorkspaceCx;
use crate::lint::rules::prelude::*;
use crate::model::rego::FactKinds;
use crate::text::Location;

declare_rule! {
    VacuousTest {
        id: "vacuous-test",
        group: "testing",
        summary: "a test that can only pass",
        why: "A test without a condition, one whose conditions are constants, and `not data.play.denid` where no such rule exists pass \
              whatever the policy does. They are counted and trusted, and test nothing.\n\n\
              `not` of a rule is judged only where the workspace has the package and nothing in it defines the rule, or a part of it; \
              documents that are loaded as data are not known, so references to other places are not judged.",
        bad: rego("package play_test\n\nimport data.play\n\ntest_allows if {\n\ttrue\n}\n"),
        good: rego("package play_test\n\nimport data.play\n\ntest_allows if {\n\tplay.allow with input as {\"user\": \"alice\"}\n}\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/policy-testing",
    }
}

impl Rule for VacuousTest {
    fn facts(&self) -> Option<FactKinds> {
        Some(FactKinds { references: true, policy: true, ..FactKinds::default() })
    }

    fn workspace(&self, cx: &mut WorkspaceCx<'_>) {
        let workspace = cx.workspace();
        for facts in workspace.modules() {
            for (rule, policy) in facts.rules.iter().zip(&facts.policy.rules) {
                let Some(passes) = &policy.passes else { continue };
                let graph = cx.graph();
                let missing = |path: &str| {
                    // the package itself may be a document
                    let package = workspace.package_of(path).filter(|package| *package != path);
                    package.is_some() && !graph.is_defined(path)
                };
                if !passes.absent.iter().all(|(path, _)| missing(path)) {
                    continue;
                }
                let message = match &passes.absent[..] {
                    [] => "the test has no condition that can fail".to_owned(),
                    [(path, _), ..] => format!("the test can only pass: there is no rule `{}`", path.trim_start_matches("data.")),
                };
                let span = passes.absent.first().map_or(rule.span, |(_, span)| *span);
                if let Some(report) = cx.report(Location { source: facts.source, span }, message) {
                    report.help("state what the policy has to say for an input, or remove the test");
                }
            }
        }
    }
}
