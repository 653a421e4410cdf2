use crate::lint::rules::prelude::*;

declare_rule! {
    InvalidWith {
        id: "invalid-with",
        group: "compile",
        summary: "a `with` that replaces what cannot be replaced",
        why: "`with` replaces `input`, documents below `data`, and functions. OPA refuses other targets, parts of what a rule defines, and builtins that have several results or none.",
        bad: rego("package play\n\nallow if input.user == \"alice\"\n\ntest_allow if allow with user as \"alice\"\n"),
        good: rego("package play\n\nallow if input.user == \"alice\"\n\ntest_allow if allow with input.user as \"alice\"\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/policy-language#with-keyword",
        peers: &["opa check"],
    }
}

impl Rule for InvalidWith {
    fn classes(&self) -> &'static [Class] {
        &[Class::InvalidWith]
    }
}
