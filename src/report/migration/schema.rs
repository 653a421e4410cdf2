//! The schema of `ztctl.dev/migration/v1`.

use serde_json::{Map, Value, json};

use super::State;
use crate::format::migrate::{StepKind, StepState};

/// The JSON schema (2020-12) of the JSON report, as `ztctl schema migration` prints it. Objects are open: changes within v1 only add
/// keys, and readers must not refuse them.
#[must_use]
pub fn migration_schema() -> Value {
    let text = |doc: &str| json!({ "type": "string", "description": doc });
    let flag = |doc: &str| json!({ "type": "boolean", "description": doc });
    let number = |doc: &str| json!({ "type": "integer", "minimum": 0, "description": doc });
    let list = |of: Value| json!({ "type": "array", "items": of });
    let object = |required: &[&str], properties: Value| json!({ "type": "object", "required": required, "properties": properties });
    let word = |words: &[&str], doc: &str| json!({ "enum": words, "description": doc });
    let numbers = |names: &[&str], of: &Value| -> Value {
        let properties: Map<String, Value> = names.iter().map(|name| ((*name).to_owned(), of.clone())).collect();
        json!({ "type": "object", "properties": properties })
    };
    let states: Vec<&str> = State::ALL.iter().map(|state| state.as_str()).collect();
    let kinds: Vec<&str> = StepKind::ALL.iter().map(|kind| kind.name()).collect();
    let step_states: Vec<&str> = StepState::ALL.iter().map(|state| state.name()).collect();
    let point = json!({ "anyOf": [{ "type": "null" }, object(&["line", "column", "offset"], json!({
        "line": { "type": "integer", "minimum": 1 },
        "column": { "type": "integer", "minimum": 1, "description": "counts Unicode scalar values" },
        "offset": number("in bytes"),
    }))] });
    let holder = json!({ "anyOf": [{ "type": "null" }, object(&["kind", "object", "key"], json!({
        "kind": text("what holds the text, e.g. `constraint-template`"),
        "object": text("the object's name, where it has one"),
        "key": text("the key or the path in the object"),
    }))] });
    let step = object(
        &["kind", "state", "start", "end", "message", "help"],
        json!({
            "kind": word(&kinds, "what stands in the way of v1"),
            "state": word(&step_states, "`done`: rewritten; `held`: could be, but something else is left; `unsafe`: needs `--unsafe-fixes`; `manual`: people decide"),
            "start": { "$ref": "#/$defs/point" },
            "end": { "$ref": "#/$defs/point" },
            "message": text("what was found"),
            "help": text("what is done about it, or what to write"),
        }),
    );
    let left = object(
        &["rule", "start", "end", "message", "help"],
        json!({
            "rule": text("`format-refused` or `syntax-error`"),
            "start": { "$ref": "#/$defs/point" },
            "end": { "$ref": "#/$defs/point" },
            "message": text("what is left"),
            "help": { "type": ["string", "null"], "description": "what to write" },
        }),
    );
    let row = object(
        &["path", "embedded_in", "state", "version", "written", "steps", "left"],
        json!({
            "path": text("the file, relative to the working directory"),
            "embedded_in": holder,
            "state": word(&states, "what became of it"),
            "version": object(&["before", "after"], json!({
                "before": word(&["v0", "v1", "unknown"], "what the text was read as"),
                "after": word(&["v0", "v1", "both", "unknown"], "what the result is for; that of before where the text stays as it is for a reason"),
            })),
            "written": flag("whether the file holds the result now"),
            "steps": list(step),
            "left": list(left),
        }),
    );
    let count = number("how many");
    let versions = numbers(&["v0", "v1", "both", "unknown"], &count);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://ztctl.dev/schema/migration.v1.json",
        "title": "ztctl migration report",
        "description": "What `ztctl fmt --migrate … --report --format json` prints.",
        "type": "object",
        "required": ["schema", "tool", "target", "unsafe_fixes", "dry_run", "texts", "summary"],
        "properties": {
            "schema": { "const": super::json::SCHEMA },
            "tool": object(&["name", "version"], json!({ "name": { "const": "ztctl" }, "version": text("the version that wrote it") })),
            "target": word(&["both", "v1"], "what `--migrate` says"),
            "unsafe_fixes": flag("whether rewrites are made that may change a result or a name that others query"),
            "dry_run": flag("whether nothing was to be written"),
            "texts": { "type": "array", "description": "files of Rego, and texts inside files, in the order of paths", "items": row },
            "summary": object(&["texts", "states", "steps", "versions", "left", "skipped"], json!({
                "texts": number("all of them"),
                "states": numbers(&states, &count),
                "steps": numbers(&kinds, &numbers(&step_states, &count)),
                "versions": object(&["before", "after"], json!({ "before": versions, "after": versions })),
                "left": number("what is left to do"),
                "skipped": list(object(&["path", "reason"], json!({ "path": text("the file"), "reason": text("why it was not read") }))),
            })),
        },
        "$defs": { "point": point },
    })
}
