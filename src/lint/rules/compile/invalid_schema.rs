use crate::lint::rules::prelude::*;

declare_rule! {
    InvalidSchema {
        id: "invalid-schema",
        group: "compile",
        summary: "a `schemas` annotation whose schema is missing or is no JSON Schema",
        why: "A schema that cannot be read says nothing about the document, and OPA refuses the bundle. Names like `schema.request` are \
              looked up among the schemas that `[lint] schemas` or `--schema` gives: `request.json` in that folder. Without any \
              schemas such names are not looked at. References inside a schema are followed within it, never elsewhere.",
        bad: rego(
            "package play\n\n# METADATA\n# schemas:\n#   - input: {type: objekt, properties: {user: {type: string}}}\nallow if input.user == \"alice\"\n",
        ),
        good: rego(
            "package play\n\n# METADATA\n# schemas:\n#   - input: {type: object, properties: {user: {type: string}}}\nallow if input.user == \"alice\"\n",
        ),
        severity: Severity::Error,
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/policy-language#schema-annotations",
        peers: &["opa check --schema"],
    }
}

impl Rule for InvalidSchema {
    fn classes(&self) -> &'static [Class] {
        &[Class::InvalidSchema]
    }
}
