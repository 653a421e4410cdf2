use crate::lint::rules::prelude::*;

declare_rule! {
    WrongArity {
        id: "wrong-arity",
        group: "compile",
        summary: "a call with too few or too many arguments",
        why: "A function takes as many arguments as it declares; one more may stand at the end to receive the result. OPA refuses every other call.",
        bad: rego("package play\n\nallow if startswith(input.path)\n"),
        good: rego("package play\n\nallow if startswith(input.path, \"/public\")\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/policy-language#functions",
        peers: &["opa check"],
    }
}

impl Rule for WrongArity {
    fn classes(&self) -> &'static [Class] {
        &[Class::WrongArity]
    }
}
