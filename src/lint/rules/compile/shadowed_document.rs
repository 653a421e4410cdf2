use crate::lint::rules::prelude::*;

declare_rule! {
    ShadowedDocument {
        id: "shadowed-document",
        group: "compile",
        summary: "a rule, argument or variable called `input` or `data`",
        why: "`input` and `data` are the root documents. Nothing else may have these names in v1, and no argument in v0 either.",
        bad: rego("package play\n\nallow if {\n\tinput := {\"user\": \"alice\"}\n\tinput.user == \"alice\"\n}\n"),
        good: rego("package play\n\nallow if {\n\trequest := {\"user\": \"alice\"}\n\trequest.user == \"alice\"\n}\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/policy-language#keyword-overrides",
        peers: &["opa check"],
    }
}

impl Rule for ShadowedDocument {
    fn classes(&self) -> &'static [Class] {
        &[Class::ShadowedDocument]
    }
}
