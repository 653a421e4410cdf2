use crate::lint::rules::prelude::*;

declare_rule! {
    UnsafeVar {
        id: "unsafe-var",
        group: "compile",
        summary: "a variable that nothing binds",
        why: "A variable must be bound by a positive expression of the body before it can be used: an assignment, an iteration, a function's result. What only a negation, a comparison or the head mentions has no value, and OPA refuses the module. Often the name is misspelled, `input.` is missing in front of it, or an import is.",
        bad: rego("package play\n\nallow if {\n\tusr == \"alice\"\n}\n"),
        good: rego("package play\n\nallow if {\n\tusr := input.user\n\tusr == \"alice\"\n}\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/faq#what-does-it-mean-that-a-variable-is-unsafe",
        peers: &["opa check"],
    }
}

impl Rule for UnsafeVar {
    fn classes(&self) -> &'static [Class] {
        &[Class::UnsafeVar]
    }
}
