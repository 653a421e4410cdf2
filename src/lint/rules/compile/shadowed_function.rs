use crate::lint::rules::prelude::*;

declare_rule! {
    ShadowedFunction {
        id: "shadowed-function",
        group: "compile",
        summary: "a call of what a local variable is called",
        why: "A variable of the body has the name of the function that is called, so the call names the variable, which is no function. OPA refuses the module.",
        bad: rego("package play\n\nallow if {\n\tcount := input.limit\n\tcount(input.users) < 10\n}\n"),
        good: rego("package play\n\nallow if {\n\tlimit := input.limit\n\tcount(input.users) < limit\n}\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/policy-language#functions",
        peers: &["opa check"],
    }
}

impl Rule for ShadowedFunction {
    fn classes(&self) -> &'static [Class] {
        &[Class::ShadowedFunction]
    }
}
