use crate::lint::rules::prelude::*;

declare_rule! {
    RedeclaredAnnotation {
        id: "redeclared-annotation",
        group: "compile",
        summary: "two METADATA blocks for one package or document",
        why: "Annotations of the scopes `package`, `subpackages` and `document` stand once for each package and rule, in whichever file: \
              OPA refuses a bundle in which two blocks say different things of the same. Blocks of scope `rule` may stand above each \
              definition.",
        bad: rego(
            "package play\n\n# METADATA\n# scope: document\n# title: who may enter\nallow if input.admin\n\n# METADATA\n# scope: document\n# title: guests\nallow if input.guest\n",
        ),
        good: rego(
            "package play\n\n# METADATA\n# scope: document\n# title: who may enter\nallow if input.admin\n\n# METADATA\n# title: guests\nallow if input.guest\n",
        ),
        severity: Severity::Error,
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/policy-language#annotations",
        peers: &["opa check"],
    }
}

impl Rule for RedeclaredAnnotation {
    fn classes(&self) -> &'static [Class] {
        &[Class::RedeclaredAnnotation]
    }
}
