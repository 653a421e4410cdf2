use crate::lint::rules::prelude::*;

declare_rule! {
    InvalidAssignment {
        id: "invalid-assignment",
        group: "compile",
        summary: "an assignment to what is no variable, or where none can be",
        why: "On the left of `:=` stand variables, or arrays and objects of them, and a negated expression cannot assign. OPA refuses everything else.",
        bad: rego("package play\n\nallow if {\n\tinput.user := \"alice\"\n}\n"),
        good: rego("package play\n\nallow if {\n\tinput.user == \"alice\"\n}\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/policy-language#assignment-",
        peers: &["opa check"],
    }
}

impl Rule for InvalidAssignment {
    fn classes(&self) -> &'static [Class] {
        &[Class::InvalidAssignment]
    }
}
