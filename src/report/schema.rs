use serde_json::{Value, json};

/// The JSON schema (2020-12) of the JSON report, as `ztctl schema report` prints it. Objects are open: changes within v1 only add
/// keys, and readers must not refuse them.
#[must_use]
pub fn report_schema() -> Value {
    let count = |doc: &str| json!({ "type": "integer", "minimum": 0, "description": doc });
    let text = |doc: &str| json!({ "type": "string", "description": doc });
    let optional = |doc: &str| json!({ "type": ["string", "null"], "description": doc });
    let point = |doc: &str| json!({ "anyOf": [{ "$ref": "#/$defs/point" }, { "type": "null" }], "description": doc });
    let path = "relative to the working directory, with `/`, without leading `./`";
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://ztctl.dev/schema/report.v1.json",
        "title": "ztctl report",
        "description": "What `--format json` prints. Lines and columns are 1-based, columns count Unicode scalar values, offsets count bytes; all are those of the outermost file.",
        "type": "object",
        "required": ["schema", "tool", "findings", "summary"],
        "properties": {
            "schema": { "const": super::json::SCHEMA },
            "tool": {
                "type": "object",
                "required": ["name", "version"],
                "properties": { "name": { "const": "ztctl" }, "version": text("the version that wrote the report") },
            },
            "findings": { "type": "array", "items": { "$ref": "#/$defs/finding" } },
            "tests": {
                "type": "array",
                "description": "results as `ztctl test --format json` prints them; where the command runs tests",
                "items": { "type": "object" },
            },
            "summary": { "$ref": "#/$defs/summary" },
        },
        "$defs": {
            "finding": {
                "type": "object",
                "required": [
                    "rule", "group", "severity", "message", "path", "start", "end", "help", "url", "fingerprint", "related",
                    "variants", "embedded_in", "fix",
                ],
                "properties": {
                    "rule": text("the rule's id"),
                    "group": text("the rule's group"),
                    "severity": { "enum": ["error", "warning", "info"] },
                    "message": text("what was found"),
                    "path": text(&format!("{path}; empty for a finding about the whole run")),
                    "start": point("null where there is no place in the file"),
                    "end": point("just behind the last character"),
                    "help": optional("what to do"),
                    "url": optional("where the rule is explained"),
                    "fingerprint": { "type": "string", "pattern": "^[0-9a-f]{32}$", "description": "the same as long as rule, file, subject and line's text are, wherever the line moves" },
                    "related": { "type": "array", "items": { "$ref": "#/$defs/related" } },
                    "variants": { "type": "array", "items": { "type": "string" }, "description": "the build variants that show the finding, where not all do" },
                    "embedded_in": {
                        "anyOf": [{ "$ref": "#/$defs/holder" }, { "type": "null" }],
                        "description": "what holds the text, where it is not a file of its own",
                    },
                    "fix": { "anyOf": [{ "$ref": "#/$defs/fix" }, { "type": "null" }] },
                },
            },
            "point": {
                "type": "object",
                "required": ["line", "column", "offset"],
                "properties": {
                    "line": { "type": "integer", "minimum": 1 },
                    "column": { "type": "integer", "minimum": 1 },
                    "offset": { "type": "integer", "minimum": 0 },
                },
            },
            "related": {
                "type": "object",
                "required": ["path", "start", "end", "message"],
                "properties": {
                    "path": text(path),
                    "start": point("the first character"),
                    "end": point("just behind the last character"),
                    "message": text("how the place bears on the finding"),
                },
            },
            "holder": {
                "type": "object",
                "required": ["kind", "object", "key"],
                "properties": {
                    "kind": text("`configmap`, `constraint-template`, `markdown`, `envoyfilter`, …"),
                    "object": text("`ns/Kind/name`, empty where the holder has no such name"),
                    "key": text("the key or path inside the holder"),
                },
            },
            "fix": {
                "type": "object",
                "required": ["title", "applicability", "edits"],
                "properties": {
                    "title": text("what the fix does"),
                    "applicability": { "enum": ["safe", "unsafe", "display-only"] },
                    "edits": { "type": "array", "items": { "$ref": "#/$defs/edit" }, "description": "applied all or none; empty where a fix is only described" },
                },
            },
            "edit": {
                "type": "object",
                "required": ["path", "start", "end", "text"],
                "properties": {
                    "path": text(path),
                    "start": count("byte offset"),
                    "end": count("byte offset"),
                    "text": text("what replaces the bytes"),
                },
            },
            "summary": {
                "type": "object",
                "required": ["files", "errors", "warnings", "infos", "suppressed", "withheld", "fixable", "skipped"],
                "properties": {
                    "files": count("files judged"),
                    "errors": count("findings of severity error"),
                    "warnings": count("findings of severity warning"),
                    "infos": count("findings of severity info"),
                    "suppressed": count("findings that a directive, a waiver or the baseline hides"),
                    "withheld": count("findings held back because a value is unknown"),
                    "fixable": count("findings that `--fix` would mend"),
                    "skipped": { "type": "array", "items": { "$ref": "#/$defs/skipped" } },
                },
            },
            "skipped": {
                "type": "object",
                "required": ["path", "reason"],
                "properties": { "path": text(path), "reason": text("why the file was not judged") },
            },
        },
    })
}
