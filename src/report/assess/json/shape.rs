//! The words in which sections write their part of the schema.

use serde_json::{Map, Value, json};

pub(super) fn text(doc: &str) -> Value {
    json!({ "type": "string", "description": doc })
}

/// A text, or null.
pub(super) fn optional(doc: &str) -> Value {
    json!({ "type": ["string", "null"], "description": doc })
}

pub(super) fn flag(doc: &str) -> Value {
    json!({ "type": "boolean", "description": doc })
}

/// A whole number from 0 on.
pub(super) fn number(doc: &str) -> Value {
    json!({ "type": "integer", "minimum": 0, "description": doc })
}

/// A whole number from 1 on, or null.
pub(super) fn nullable(doc: &str) -> Value {
    json!({ "type": ["integer", "null"], "minimum": 0, "description": doc })
}

/// 0 to 5, or null.
pub(super) fn level(doc: &str) -> Value {
    json!({ "type": ["integer", "null"], "minimum": 0, "maximum": 5, "description": doc })
}

pub(super) fn list(of: Value) -> Value {
    json!({ "type": "array", "items": of })
}

/// One of some words.
pub(super) fn word<'a>(words: impl IntoIterator<Item = &'a str>) -> Value {
    json!({ "enum": words.into_iter().collect::<Vec<_>>() })
}

/// One of some words, or null.
pub(super) fn word_or_null<'a>(words: impl IntoIterator<Item = &'a str>) -> Value {
    let words: Vec<Value> = words.into_iter().map(Value::from).chain([Value::Null]).collect();
    json!({ "enum": words })
}

/// An object; all of these keys are there, and others may come.
pub(super) fn object(properties: Value) -> Value {
    let required: Vec<&String> = properties.as_object().into_iter().flat_map(Map::keys).collect();
    json!({ "type": "object", "required": required, "properties": properties })
}

/// An object whose keys are names, all with values of one kind.
pub(super) fn by_name(doc: &str, of: Value) -> Value {
    json!({ "type": "object", "additionalProperties": of, "description": doc })
}

pub(super) fn or_null(of: Value) -> Value {
    json!({ "anyOf": [{ "type": "null" }, of] })
}
