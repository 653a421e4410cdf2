use crate::lint::rules::prelude::*;

declare_rule! {
    UndefinedReference {
        id: "undefined-reference",
        group: "compile",
        summary: "a reference to a key that is never there",
        why: "Of rules, of constants, and of documents with a schema it is known which keys they have. A reference to another one is \
              always undefined, mostly because the name is misspelled, and OPA refuses the bundle.",
        bad: rego("package play\n\nlimits := {\"cpu\": 2, \"memory\": 4}\n\nallow if input.cpu <= limits.cpus\n"),
        good: rego("package play\n\nlimits := {\"cpu\": 2, \"memory\": 4}\n\nallow if input.cpu <= limits.cpu\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/policy-language#schema-annotations",
        peers: &["opa check", "opa check --schema"],
    }
}

impl Rule for UndefinedReference {
    fn classes(&self) -> &'static [Class] {
        &[Class::UndefinedReference]
    }
}
