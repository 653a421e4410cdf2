use crate::lint::rules::prelude::*;

declare_rule! {
    InvalidTemplate {
        id: "invalid-template",
        group: "compile",
        summary: "a template string with what cannot be put into a text",
        why: "An expression in a template string gives one value. OPA refuses calls that may give several.",
        bad: rego("package play\n\nmessage := $\"found {walk(input)}\"\n"),
        good: rego("package play\n\nmessage := $\"found {count(input)}\"\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/policy-language#string-interpolation",
        peers: &["opa check"],
    }
}

impl Rule for InvalidTemplate {
    fn classes(&self) -> &'static [Class] {
        &[Class::InvalidTemplate]
    }
}
