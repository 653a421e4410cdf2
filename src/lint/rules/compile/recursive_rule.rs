use crate::lint::rules::prelude::*;

declare_rule! {
    RecursiveRule {
        id: "recursive-rule",
        group: "compile",
        summary: "a rule that depends on itself",
        why: "Rules must not depend on themselves, be it through others: OPA evaluates no recursion and refuses the module. To walk over nested data use `walk`, and `graph.reachable` for graphs.",
        bad: rego("package play\n\np if q\n\nq if p\n"),
        good: rego("package play\n\np if q\n\nq if input.user == \"alice\"\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/policy-language#functions",
        peers: &["opa check"],
    }
}

impl Rule for RecursiveRule {
    fn classes(&self) -> &'static [Class] {
        &[Class::RecursiveRule]
    }
}
