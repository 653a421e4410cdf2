use crate::lint::rules::prelude::*;

declare_rule! {
    RedeclaredVar {
        id: "redeclared-var",
        group: "compile",
        summary: "a variable that is declared twice, or used before its declaration",
        why: "A body declares a variable once, with `:=`, `some` or `every`, before it uses it. OPA refuses a second declaration, and one behind a use.",
        bad: rego("package play\n\nallow if {\n\tuser := input.user\n\tuser := input.owner\n}\n"),
        good: rego("package play\n\nallow if {\n\tuser := input.user\n\tuser == input.owner\n}\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/policy-language#assignment-",
        peers: &["opa check"],
    }
}

impl Rule for RedeclaredVar {
    fn classes(&self) -> &'static [Class] {
        &[Class::RedeclaredVar]
    }
}
