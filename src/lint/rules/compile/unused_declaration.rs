use crate::lint::rules::prelude::*;

declare_rule! {
    UnusedDeclaration {
        id: "unused-declaration",
        group: "compile",
        summary: "`some x` without a use of `x`",
        why: "What `some` declares must be used in the body; OPA refuses the module, whether it is strict or not.",
        bad: rego("package play\n\nallow if {\n\tsome user\n\tinput.admin\n}\n"),
        good: rego("package play\n\nallow if {\n\tsome user\n\tinput.users[user].admin\n}\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/policy-language#some-keyword",
        peers: &["opa check"],
    }
}

impl Rule for UnusedDeclaration {
    fn classes(&self) -> &'static [Class] {
        &[Class::UnusedDeclaration]
    }
}
