use crate::lint::rules::prelude::*;

declare_rule! {
    RuleConflict {
        id: "rule-conflict",
        group: "compile",
        summary: "rules of one name that cannot stand side by side",
        why: "All rules of one name define one document: a value, a set, an object, or a function of so many arguments, with at most one default. OPA refuses several kinds of rules under one name, two defaults, and a rule whose path lies inside a document that another rule defines.\n\n\
              Rules of different files conflict only where the files are loaded together: see [units](../compatibility.md#units).",
        bad: rego("package play\n\ndefault allow := false\n\nallow contains user if some user in input.users\n"),
        good: rego("package play\n\ndefault allow := false\n\nallow if input.user in input.users\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/policy-language#rules",
        peers: &["opa check"],
    }
}

impl Rule for RuleConflict {
    fn classes(&self) -> &'static [Class] {
        &[Class::RuleConflict]
    }
}
