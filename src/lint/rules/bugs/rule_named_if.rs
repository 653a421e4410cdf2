use crate::lint::rules::opa_view::{self, OpaRule};
use crate::lint::rules::prelude::*;
use crate::syntax::rego::Version;

declare_rule! {
    RuleNamedIf {
        id: "rule-named-if",
        group: "bugs",
        summary: "a rule called `if`",
        why: "Without the import, `allow := true if { … }` defines two rules in v0: `allow`, always true, and `if`. Almost always `import future.keywords.if` or `import rego.v1` was forgotten.",
        bad: rego_v0("package play\n\nallow := true if {\n\tinput.user.admin\n}\n"),
        good: rego_v0("package play\n\nimport rego.v1\n\nallow := true if {\n\tinput.user.admin\n}\n"),
        recommended: true,
        regal: Some(Severity::Error),
        severity: Severity::Error,
        source: "https://www.openpolicyagent.org/projects/regal/rules/bugs/rule-named-if",
        peers: &["regal bugs/rule-named-if"],
    }
}

impl Rule for RuleNamedIf {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if cx.parse().version == Version::V1 && cx.targets_v1() {
            return;
        }
        let named = |rule: &OpaRule<'_, '_>| opa_view::full_name(rule.def) == "if";
        let found: Vec<Span> = opa_view::rules(cx.module()).filter(named).map(|rule| rule.head).collect();
        // Regal looks at functions only where a rule has the name too
        if opa_view::rules(cx.module()).filter(named).all(|rule| rule.is_function()) {
            return;
        }
        for head in found {
            cx.report(head, "this defines a rule called `if`").help("import `rego.v1` or `future.keywords.if`");
        }
    }
}
