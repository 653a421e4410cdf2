use crate::lint::rules::prelude::*;

declare_rule! {
    WrongArgumentType {
        id: "wrong-argument-type",
        group: "compile",
        summary: "an argument of a type that the function does not take",
        why: "OPA checks types before it runs anything: a call with an argument that the function never takes, or whose result is used \
              as what it never is, makes it refuse the whole bundle. What is known of types comes of constants, of what built-in \
              functions give, of rules and functions, and of schemas; what is not known fits everywhere.",
        bad: rego("package play\n\ntotal := sum([\"1\", \"2\"])\n"),
        good: rego("package play\n\ntotal := sum([1, 2])\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/policy-language#strict-mode",
        peers: &["opa check"],
    }
}

impl Rule for WrongArgumentType {
    fn classes(&self) -> &'static [Class] {
        &[Class::ArgumentType]
    }
}
