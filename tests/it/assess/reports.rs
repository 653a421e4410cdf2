//! Terminal, JSON and Markdown.

use ztctl::assess::{Settings, summary_line};
use ztctl::report::assess::{About, Terminal, assess_schema, explain, json, limits_text, markdown, pretty};

use super::{archetype, assessed};

const NAMES: [&str; 4] = ["l0-k8s-base64", "l2-k8s-sealed", "l3-eso-rotation", "l5-istio-opa"];

#[test]
fn the_terminal_has_80_columns_and_says_what_to_do() {
    for name in NAMES {
        let assessment = assessed(&archetype(name), &Settings::default());
        let text = pretty(&assessment, &About::default(), Terminal { color: false });
        assert!(!text.contains('\u{1b}'), "{name} is coloured");
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{name}: {line}");
            assert_eq!(line, line.trim_end(), "{name}");
        }
        let level = assessment.overall.level.expect("a level");
        assert!(text.contains(&format!("[{level}]")) && text.contains("NEXT STEP") && text.contains("→"), "{text}");
        for verdict in assessment.missing() {
            assert!(text.contains(verdict.criterion.id), "{name}: {}", verdict.criterion.id);
        }
        let coloured = pretty(&assessment, &About::default(), Terminal { color: true });
        assert!(coloured.contains('\u{1b}'));
    }
}

#[test]
fn names_from_files_are_made_harmless() {
    let evil = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: \"\\e[31m|<b>`x`\", namespace: \"a\\nb\"}\nspec: {template: {spec: {containers: [{name: x, env: [{name: DB_PASSWORD, value: Winter2024x}]}]}}}\n";
    let assessment = assessed(&[("a.yaml", evil)], &Settings::default());
    for text in [
        pretty(&assessment, &About::default(), Terminal { color: false }),
        markdown(&assessment, &About::default()),
        json(&assessment, &About::default()),
        explain(&assessment, "L1.SEC.1").expect("a criterion"),
        summary_line(&assessment),
    ] {
        assert!(!text.contains('\u{1b}'), "{text}");
    }
    assert!(!markdown(&assessment, &About::default()).contains("<b>"));
}

#[test]
fn markdown_is_short_and_marked() {
    for name in NAMES {
        let text = markdown(&assessed(&archetype(name), &Settings::default()), &About::default());
        assert!(text.starts_with("<!-- ztctl-assess -->\n"));
        assert!(text.lines().count() <= 60, "{name}: {}", text.lines().count());
        assert!(text.contains("| secrets |"));
    }
}

#[test]
fn the_same_files_give_the_same_bytes() {
    let about = About { commit: Some("0123456789".to_owned()), dirty: Some(false), config_digest: "x".to_owned(), ..About::default() };
    let files = archetype("l5-istio-opa");
    let first = json(&assessed(&files, &Settings::default()), &about);
    assert_eq!(first, json(&assessed(&files, &Settings::default()), &about));
    let mut turned = files;
    turned.reverse();
    assert_eq!(first, json(&assessed(&turned, &Settings::default()), &about));
}

#[test]
fn json_holds_what_its_schema_names_and_nothing_else() {
    let schema = assess_schema();
    for name in NAMES {
        let text = json(&assessed(&archetype(name), &Settings::default()), &About::default());
        let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        check(&schema, &schema, &value, name);
    }
    let text = serde_json::to_string_pretty(&schema).expect("a value") + "\n";
    crate::config::docs::hold("docs/schema/assess.v1.json", &text);
}

/// Holds a value against the part of JSON Schema that ours uses; unknown keys are refused, to hold both sides together.
pub(crate) fn check(root: &serde_json::Value, schema: &serde_json::Value, value: &serde_json::Value, at: &str) {
    if let Some(name) = schema.get("$ref").and_then(serde_json::Value::as_str) {
        return check(root, &root["$defs"][name.rsplit('/').next().expect("a name")], value, at);
    }
    if let Some(any) = schema.get("anyOf").and_then(serde_json::Value::as_array) {
        let fits = any.iter().find(|one| (one["type"] == "null") == value.is_null());
        return check(root, fits.expect("one that fits"), value, at);
    }
    if let Some(all) = schema.get("allOf").and_then(serde_json::Value::as_array) {
        // evidence: an observation and more
        let keys = all.iter().flat_map(|part| {
            let part = if part.get("$ref").is_some() { &root["$defs"]["observation"] } else { part };
            part["properties"]
                .as_object()
                .expect("properties")
                .iter()
                .map(|(key, schema)| (key.clone(), schema.clone()))
                .collect::<Vec<_>>()
        });
        let properties: serde_json::Map<String, serde_json::Value> = keys.collect();
        return check(root, &serde_json::json!({ "type": "object", "properties": properties }), value, at);
    }
    if let Some(words) = schema.get("enum").and_then(serde_json::Value::as_array) {
        assert!(words.contains(value), "{at}: {value}");
    }
    if let Some(only) = schema.get("const") {
        assert_eq!(only, value, "{at}");
    }
    let kinds: Vec<&str> = match &schema["type"] {
        serde_json::Value::String(kind) => vec![kind],
        serde_json::Value::Array(kinds) => kinds.iter().filter_map(serde_json::Value::as_str).collect(),
        _ => return,
    };
    let kind = match value {
        serde_json::Value::Null => "null",
        serde_json::Value::Bool(_) => "boolean",
        serde_json::Value::Number(number) if number.is_f64() => "number",
        serde_json::Value::Number(_) => "integer",
        serde_json::Value::String(_) => "string",
        serde_json::Value::Array(_) => "array",
        serde_json::Value::Object(_) => "object",
    };
    assert!(kinds.contains(&kind) || (kind == "integer" && kinds.contains(&"number")), "{at}: {kind} is none of {kinds:?}");
    if let Some(items) = value.as_array() {
        items.iter().for_each(|item| check(root, &schema["items"], item, at));
    }
    let (Some(map), Some(properties)) = (value.as_object(), schema.get("properties").and_then(serde_json::Value::as_object)) else {
        return;
    };
    for key in schema.get("required").and_then(serde_json::Value::as_array).into_iter().flatten().filter_map(serde_json::Value::as_str) {
        assert!(map.contains_key(key), "{at}: `{key}` is missing");
    }
    for (key, value) in map {
        let schema = properties.get(key).unwrap_or_else(|| panic!("{at}: `{key}` is not in the schema"));
        check(root, schema, value, &format!("{at}/{key}"));
    }
}

#[test]
fn explanations_name_every_piece_of_evidence() {
    let assessment = assessed(&archetype("l0-k8s-base64"), &Settings::default());
    let text = explain(&assessment, "L1.SEC.1").expect("a criterion");
    assert!(text.contains("k8s/secret.yaml:9") && text.contains("to pass:"), "{text}");
    assert!(explain(&assessment, "DQ.SEC.1").expect("a disqualifier").contains("k8s/secret.yaml:9"));
    assert!(explain(&assessment, "L9.SEC.1").is_none());
    assert!(limits_text().contains("whether logs arrive"));
    assert!(summary_line(&assessment).contains("level 0 of 5") && summary_line(&assessment).contains("next step"));
}
