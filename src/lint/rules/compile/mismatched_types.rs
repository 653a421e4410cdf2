use crate::lint::rules::prelude::*;

declare_rule! {
    MismatchedTypes {
        id: "mismatched-types",
        group: "compile",
        summary: "two sides that can never be equal, or a collection that never holds the value",
        why: "Values of different types are never equal, and a set of strings never holds a number: the condition is never true. OPA \
              refuses the bundle, because a policy that compares such values does something else than it says.",
        bad: rego("package play\n\nallow if count(input.roles) == \"1\"\n"),
        good: rego("package play\n\nallow if count(input.roles) == 1\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/errors/rego-type-error/match-error",
        peers: &["opa check"],
    }
}

impl Rule for MismatchedTypes {
    fn classes(&self) -> &'static [Class] {
        &[Class::NeverMatches]
    }
}
