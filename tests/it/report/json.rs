use std::collections::BTreeSet;

use serde_json::Value;
use ztctl::report::{Json, report_schema};

use super::nasty::{Clean, Nasty, ODD_PATH};
use super::{snapshot, write};

#[test]
fn json() {
    let text = write(&Json, &Nasty::new().report());
    snapshot!("json", &text);
    snapshot!("json-clean", write(&Json, &Clean::new().report()));
    let value: Value = serde_json::from_str(&text).expect("JSON");
    let findings = value["findings"].as_array().expect("findings");
    let of = |rule: &str, path: &str| findings.iter().find(|f| f["rule"] == rule && f["path"] == path).expect(rule);
    // an embedded finding is at the outer file's real place, and so is its fix
    let inner = of("use-assignment-operator", "k8s/config.yaml");
    let yaml = "kind: ConfigMap\r\ndata:\r\n  a.rego: |\r\n    package a\r\n\r\n    x = 1\r\n  z: 'it''s'\r\n";
    let offset = |v: &Value| v.as_u64().expect("an offset") as usize;
    assert_eq!(&yaml[offset(&inner["start"]["offset"])..offset(&inner["end"]["offset"])], "x =");
    assert_eq!((&inner["start"]["line"], &inner["start"]["column"]), (&6.into(), &5.into()));
    let edit = &inner["fix"]["edits"][0];
    assert_eq!(&yaml[offset(&edit["start"])..offset(&edit["end"])], "=");
    assert_eq!(of("not-utf8", ODD_PATH)["start"], Value::Null);
    assert_eq!(of("no-policies", "")["end"], Value::Null);
    // what cannot be put back is only shown
    assert_eq!(of("quotes", "k8s/config.yaml")["fix"]["applicability"], "display-only");
    assert_eq!(of("quotes", "k8s/config.yaml")["fix"]["edits"], Value::Array(Vec::new()));
}

#[test]
fn docs_hold_the_schema() {
    let schema = serde_json::to_string_pretty(&report_schema()).expect("a value") + "\n";
    crate::config::docs::hold("docs/schema/report.v1.json", &schema);
}

#[test]
fn reports_fit_the_schema_and_use_all_of_it() {
    let schema = report_schema();
    let mut used = BTreeSet::new();
    for text in [write(&Json, &Nasty::new().report()), write(&Json, &Clean::new().report())] {
        let value: Value = serde_json::from_str(&text).expect("JSON");
        check(&schema, &schema, &value, "", &mut used);
    }
    let mut declared = BTreeSet::new();
    properties(&schema, "", &mut declared);
    let declared: BTreeSet<String> = declared.into_iter().filter(|p| !p.ends_with("tests/[]")).collect();
    assert_eq!(declared.difference(&used).collect::<Vec<_>>(), Vec::<&String>::new(), "declared, but never written");
}

/// Holds `value` against the part of JSON Schema that ours uses; unknown keys are refused here, to hold both sides together.
fn check(root: &Value, schema: &Value, value: &Value, at: &str, used: &mut BTreeSet<String>) {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let (name, schema) = definition(root, reference);
        return check(root, schema, value, name, used);
    }
    if let Some(any) = schema.get("anyOf").and_then(Value::as_array) {
        let fits = any.iter().find(|s| s.get("type").is_some_and(|t| t == "null") == value.is_null());
        return check(root, fits.expect("one that fits"), value, at, used);
    }
    if let Some(constant) = schema.get("const") {
        assert_eq!(value, constant, "{at}");
    }
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array) {
        assert!(allowed.contains(value), "{at}: {value}");
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    match schema.get("type") {
        Some(Value::String(expected)) => assert_eq!(expected, kind, "{at}"),
        Some(Value::Array(expected)) => assert!(expected.contains(&kind.into()), "{at}"),
        _ => {}
    }
    if let Some(minimum) = schema.get("minimum").and_then(Value::as_u64) {
        assert!(value.as_u64().is_some_and(|number| number >= minimum), "{at}");
    }
    if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
        assert!(regex::Regex::new(pattern).expect("a pattern").is_match(value.as_str().expect("text")), "{at}");
    }
    for item in value.as_array().into_iter().flatten() {
        check(root, &schema["items"], item, &format!("{at}/[]"), used);
    }
    let Some(declared) = schema.get("properties").and_then(Value::as_object) else { return };
    let object = value.as_object().expect("an object");
    for required in schema["required"].as_array().expect("required keys") {
        assert!(object.contains_key(required.as_str().expect("a key")), "{at}: {required} is missing");
    }
    for (key, value) in object {
        let schema = declared.get(key).unwrap_or_else(|| panic!("{at}/{key} is not declared"));
        used.insert(format!("{at}/{key}"));
        check(root, schema, value, &format!("{at}/{key}"), used);
    }
}

fn definition<'s>(root: &'s Value, reference: &'s str) -> (&'s str, &'s Value) {
    let name = reference.strip_prefix("#/$defs/").expect("a local definition");
    (name, &root["$defs"][name])
}

fn properties(schema: &Value, at: &str, out: &mut BTreeSet<String>) {
    for (key, schema) in schema["properties"].as_object().into_iter().flatten() {
        out.insert(format!("{at}/{key}"));
        properties(schema, &format!("{at}/{key}"), out);
    }
    for (name, schema) in schema["$defs"].as_object().into_iter().flatten() {
        properties(schema, name, out);
    }
}
