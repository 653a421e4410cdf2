use crate::lint::rules::prelude::*;

declare_rule! {
    DuplicateImport {
        id: "duplicate-import",
        group: "compile",
        summary: "two imports of one name",
        why: "The second import takes the name from the first one; OPA refuses that in v1.",
        bad: rego("package play\n\nimport data.a.users\nimport data.b.users\n\nallow if input.user in users\n"),
        good: rego("package play\n\nimport data.a.users\nimport data.b.users as other_users\n\nallow if input.user in users\n\nallow if input.user in other_users\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/policy-language#imports",
        peers: &["opa check"],
    }
}

impl Rule for DuplicateImport {
    fn classes(&self) -> &'static [Class] {
        &[Class::DuplicateImport]
    }
}
