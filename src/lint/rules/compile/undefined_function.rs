use crate::lint::rules::prelude::*;

declare_rule! {
    UndefinedFunction {
        id: "undefined-function",
        group: "compile",
        summary: "a call of a function that does not exist",
        why: "Neither a builtin nor a rule of the workspace has the name, so OPA refuses the module. A name of another package needs an import. What a text defines that does not parse is not known, so nothing is said of it. If the engine that runs the policy has builtins of its own, name its capabilities.",
        bad: rego("package play\n\nallow if starts_with(input.path, \"/public\")\n"),
        good: rego("package play\n\nallow if startswith(input.path, \"/public\")\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/policy-language#functions",
        peers: &["opa check"],
    }
}

impl Rule for UndefinedFunction {
    fn classes(&self) -> &'static [Class] {
        &[Class::UndefinedFunction]
    }
}
