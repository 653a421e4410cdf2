//! The words in which sections write their part of the schema.

use serde_json::{Map, Value, json};

pub(in crate::report::assess) fn text(doc: &str) -> Value {
    json!({ "type": "string", "description": doc })
}

/// A text, or null.
pub(in crate::report::assess) fn optional(doc: &str) -> Value {
    json!({ "type": ["string", "null"], "description": doc })
}

pub(in crate::report::assess) fn flag(doc: &str) -> Value {
    json!({ "type": "boolean", "description": doc })
}

/// A whole number from 0 on.
pub(in crate::report::assess) fn number(doc: &str) -> Value {
    json!({ "type": "integer", "minimum": 0, "description": doc })
}

/// A whole number from 1 on, or null.
pub(in crate::report::assess) fn nullable(doc: &str) -> Value {
    json!({ "type": ["integer", "null"], "minimum": 0, "description": doc })
}

/// 0 to 5, or null.
pub(in crate::report::assess) fn level(doc: &str) -> Value {
    json!({ "type": ["integer", "null"], "minimum": 0, "maximum": 5, "description": doc })
}

pub(in crate::report::assess) fn list(of: Value) -> Value {
    json!({ "type": "array", "items": of })
}

/// One of some words.
pub(in crate::report::assess) fn word<'a>(words: impl IntoIterator<Item = &'a str>) -> Value {
    json!({ "enum": words.into_iter().collect::<Vec<_>>() })
}

/// One of some words, or null.
pub(in crate::report::assess) fn word_or_null<'a>(words: impl IntoIterator<Item = &'a str>) -> Value {
    let words: Vec<Value> = words.into_iter().map(Value::from).chain([Value::Null]).collect();
    json!({ "enum": words })
}

/// An object; all of these keys are there, and others may come.
pub(in crate::report::assess) fn object(properties: Value) -> Value {
    let required: Vec<&String> = properties.as_object().into_iter().flat_map(Map::keys).collect();
    json!({ "type": "object", "required": required, "properties": properties })
}

/// An object whose keys are names, all with values of one kind.
pub(in crate::report::assess) fn by_name(doc: &str, of: Value) -> Value {
    json!({ "type": "object", "additionalProperties": of, "description": doc })
}

pub(in crate::report::assess) fn or_null(of: Value) -> Value {
    json!({ "anyOf": [{ "type": "null" }, of] })
}
