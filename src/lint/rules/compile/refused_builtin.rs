use crate::lint::rules::prelude::*;

declare_rule! {
    RefusedBuiltin {
        id: "refused-builtin",
        group: "compile",
        summary: "a deprecated builtin that v1 refuses",
        why: "Version 1 of Rego does not know these builtins any more; the module loads as v0 only.",
        bad: rego("package play\n\nallow if re_match(\"^/public/\", input.path)\n"),
        good: rego("package play\n\nallow if regex.match(\"^/public/\", input.path)\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/v0-upgrade",
        peers: &["opa check"],
    }
}

impl Rule for RefusedBuiltin {
    fn classes(&self) -> &'static [Class] {
        &[Class::RefusedBuiltin]
    }
}
