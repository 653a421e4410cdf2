use serde_json::{Map, Value, json};

use super::keys::{self, Key, Kind};
use crate::diag::{OptionKind, OptionMeta, OptionValue, RuleMeta};

/// Every key of `ztctl.toml` with its dotted path (`*` for a name of the user's choice) and what it is for.
#[must_use]
pub fn config_keys() -> Vec<(String, &'static str)> {
    keys::all().into_iter().map(|(path, key)| (path, key.doc)).collect()
}

/// The JSON schema (2020-12) of `ztctl.toml`, made of the table that configs are checked against and of `rules`.
#[must_use]
pub fn config_schema(rules: &[&'static RuleMeta]) -> Value {
    let mut schema = table(keys::ROOT, rules);
    let head = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://ztctl.dev/schema/config.json",
        "title": "ztctl.toml",
    });
    let mut all = head.as_object().cloned().unwrap_or_default();
    all.extend(schema.as_object_mut().map(std::mem::take).unwrap_or_default());
    all.insert("$defs".to_owned(), json!({ "level": { "enum": keys::LEVELS } }));
    Value::Object(all)
}

fn table(keys: &[Key], rules: &[&'static RuleMeta]) -> Value {
    let mut properties = Map::new();
    for key in keys {
        let mut schema = kind(key.kind, rules);
        if let Some(object) = schema.as_object_mut() {
            object.insert("description".to_owned(), key.doc.into());
        }
        properties.insert(key.name.to_owned(), schema);
    }
    let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    let required: Vec<&str> = keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    schema
}

fn kind(kind: Kind, rules: &[&'static RuleMeta]) -> Value {
    let version = r"[0-9]{1,4}\.[0-9]{1,4}(\.[0-9]{1,4})?";
    match kind {
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Integer { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Kind::String | Kind::Path => json!({ "type": "string", "pattern": r"\S" }),
        Kind::OneOf(allowed) => json!({ "enum": allowed }),
        Kind::Strings | Kind::Paths | Kind::Globs => json!({ "type": "array", "items": { "type": "string", "pattern": r"\S" } }),
        Kind::SomeOf(allowed) => json!({ "type": "array", "items": { "enum": allowed }, "uniqueItems": true }),
        Kind::Version => json!({ "type": "string", "pattern": format!("^{version}$") }),
        Kind::Capabilities => {
            json!({ "type": "string", "pattern": format!(r"^((e?opa|rq)@v?{version}|(?!(e?opa|rq)@|https?://).*\S.*)$") })
        }
        Kind::Table(keys) => table(keys, rules),
        Kind::Named(keys) => json!({ "type": "object", "additionalProperties": table(keys, rules) }),
        Kind::Tables(keys) => json!({ "type": "array", "items": table(keys, rules) }),
        Kind::Rules => self::rules(rules),
    }
}

/// Groups first, then rules, each in alphabetical order.
fn rules(rules: &[&'static RuleMeta]) -> Value {
    let mut properties = Map::new();
    let mut groups: Vec<&str> = rules.iter().map(|meta| meta.group).collect();
    groups.sort_unstable();
    groups.dedup();
    for group in groups {
        properties.insert(group.to_owned(), entry(&format!("All rules of group {group}."), &[], rules));
    }
    let mut sorted: Vec<&RuleMeta> = rules.to_vec();
    sorted.sort_unstable_by_key(|meta| meta.id);
    for meta in sorted {
        properties.insert(meta.id.to_owned(), entry(meta.summary, meta.options, rules));
    }
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

fn entry(doc: &str, options: &[OptionMeta], rules: &[&'static RuleMeta]) -> Value {
    let mut schema = table(keys::RULE, rules);
    for declared in options {
        schema["properties"][declared.name] = described(declared);
    }
    json!({ "description": doc, "anyOf": [{ "$ref": "#/$defs/level" }, schema] })
}

fn option(kind: OptionKind) -> Value {
    match kind {
        OptionKind::Bool => json!({ "type": "boolean" }),
        OptionKind::Integer { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        OptionKind::String | OptionKind::Regex => json!({ "type": "string" }),
        OptionKind::StringList => json!({ "type": "array", "items": { "type": "string" } }),
        OptionKind::OneOf(allowed) => json!({ "enum": allowed }),
        OptionKind::Tables(options) => {
            let properties: Map<String, Value> = options.iter().map(|declared| (declared.name.to_owned(), described(declared))).collect();
            json!({ "type": "array", "items": { "type": "object", "properties": properties, "additionalProperties": false } })
        }
    }
}

fn described(declared: &OptionMeta) -> Value {
    let mut value = option(declared.kind);
    value["description"] = declared.doc.into();
    if let Some(default) = default(&declared.default) {
        value["default"] = default;
    }
    value
}

fn default(value: &OptionValue) -> Option<Value> {
    match value {
        OptionValue::Bool(value) => Some((*value).into()),
        OptionValue::Integer(value) => Some((*value).into()),
        OptionValue::String(value) => Some(value.as_ref().into()),
        OptionValue::StringList(values) => Some(values.iter().map(|value| Value::from(value.as_ref())).collect()),
        OptionValue::Tables(tables) => {
            let object = |(name, value): &(&str, OptionValue)| Some(((*name).to_owned(), default(value)?));
            Some(tables.iter().map(|table| table.iter().filter_map(object).collect::<Map<_, _>>()).map(Value::Object).collect())
        }
        OptionValue::Unset => None,
    }
}
