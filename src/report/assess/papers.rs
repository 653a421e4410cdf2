//! The schemas of the files that people write: `.ztctl/waivers.yaml` and `.ztctl/attestations.yaml`.

use serde_json::{Value, json};

use crate::assess::criteria::CRITERIA;

/// The JSON schema (2020-12) of `.ztctl/waivers.yaml`, as `ztctl schema waivers` prints it.
#[must_use]
pub fn waivers_schema() -> Value {
    let entry = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["id", "reason", "owner", "expires"],
        "anyOf": [{ "required": ["criteria", "match"] }, { "required": ["findings"] }],
        "properties": {
            "id": text("A name for reports, once in the file."),
            "criteria": some(json!({ "enum": ids(5) }), "Criteria that do not count the subjects."),
            "findings": some(
                text("A fact, rule or fingerprint."),
                "Facts and fingerprints of the JSON report, and rules of the checks, instead of criteria or beside them.",
            ),
            "match": matches(),
            "reason": text("Why it is accepted for now."),
            "owner": text("Who answers for it."),
            "approved_by": { "type": ["string", "null"], "description": "Who approved it." },
            "expires": date(),
        },
    });
    file("waivers", "ztctl waivers", "Subjects that criteria do not count, for a while, by someone's name.", &entry)
}

/// The JSON schema (2020-12) of `.ztctl/attestations.yaml`, as `ztctl schema attestations` prints it.
#[must_use]
pub fn attestations_schema() -> Value {
    let entry = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["id", "criteria", "statement", "owner", "expires"],
        "properties": {
            "id": text("A name for reports, once in the file."),
            "criteria": some(json!({ "enum": ids(4) }), "Criteria that hold although the files do not show it; none of level 5."),
            "match": matches(),
            "statement": text("What holds, in words."),
            "url": { "type": ["string", "null"], "description": "Where that can be read." },
            "reason": { "type": ["string", "null"], "description": "Why the files do not show it." },
            "owner": text("Who answers for it."),
            "approved_by": { "type": ["string", "null"], "description": "Who approved it." },
            "expires": date(),
        },
    });
    file("attestations", "ztctl attestations", "Statements about what the files do not show.", &entry)
}

fn file(list: &str, title: &str, description: &str, entry: &Value) -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("https://ztctl.dev/schema/{list}.v1.json"),
        "title": title,
        "description": description,
        "type": "object",
        "additionalProperties": false,
        "required": [list],
        "properties": {
            "version": { "const": 1, "description": "The version of the format." },
            list: { "type": ["array", "null"], "items": entry },
        },
    })
}

fn ids(most: u8) -> Vec<&'static str> {
    CRITERIA.iter().filter(|criterion| criterion.level <= most).map(|criterion| criterion.id).collect()
}

fn text(doc: &str) -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": 4096, "description": doc })
}

/// One, or a list of them.
fn some(of: Value, doc: &str) -> Value {
    json!({ "anyOf": [of.clone(), { "type": "array", "minItems": 1, "items": of }], "description": doc })
}

fn date() -> Value {
    json!({
        "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        "description": "The last day that it counts, at most 365 days after the day of the run.",
    })
}

fn matches() -> Value {
    let glob = |doc: &str| json!({ "type": "string", "minLength": 1, "description": doc });
    json!({
        "type": "object",
        "additionalProperties": false,
        "minProperties": 1,
        "description": "The subjects: all of these must fit. Globs.",
        "properties": {
            "path": glob("The file, from the folder that holds `.ztctl`; `*` does not cross `/`, `**` does."),
            "kind": glob("The kind: `Deployment`."),
            "namespace": glob("The namespace."),
            "name": glob("The name."),
            "finding": glob("The fact or fingerprint."),
        },
    })
}
