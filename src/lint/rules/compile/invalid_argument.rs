use crate::lint::rules::prelude::*;

declare_rule! {
    InvalidArgument {
        id: "invalid-argument",
        group: "compile",
        summary: "an argument of a function's definition that is no pattern",
        why: "The arguments of a function are variables, constants, or arrays and objects of them. OPA refuses calls among them.",
        bad: rego("package play\n\nf(count(x)) := x\n"),
        good: rego("package play\n\nf(x) := count(x)\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/policy-language#functions",
        peers: &["opa check"],
    }
}

impl Rule for InvalidArgument {
    fn classes(&self) -> &'static [Class] {
        &[Class::InvalidArgument]
    }
}
