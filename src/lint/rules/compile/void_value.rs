use crate::lint::rules::prelude::*;

declare_rule! {
    VoidValue {
        id: "void-value",
        group: "compile",
        summary: "a call without a result, used as a value",
        why: "`print` gives nothing that could be compared or assigned; OPA refuses it inside of other terms.",
        bad: rego("package play\n\nallow if {\n\tx := print(input.user)\n\tx\n}\n"),
        good: rego("package play\n\nallow if {\n\tprint(input.user)\n\tinput.user\n}\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/policy-reference/builtins/debugging",
        peers: &["opa check"],
    }
}

impl Rule for VoidValue {
    fn classes(&self) -> &'static [Class] {
        &[Class::VoidValue]
    }
}
