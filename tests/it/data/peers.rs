//! What the readers that texts are written for made of them.

use serde_json::{Map, Number, Value as Json};
use ztctl::model::value::{Format, Node, Scalar, Value, read};
use ztctl::text::SourceId;

fn to_json(node: &Node) -> Json {
    match &node.value {
        Value::Map(entries) => {
            Json::Object(entries.iter().map(|entry| (entry.key.to_string(), to_json(&entry.value))).collect::<Map<_, _>>())
        }
        Value::List(items) => Json::Array(items.iter().map(to_json).collect()),
        Value::Scalar(Scalar::Null) => Json::Null,
        Value::Scalar(Scalar::Bool(value)) => Json::Bool(*value),
        Value::Scalar(Scalar::Number(text)) => text.parse::<Number>().map_or_else(|_| Json::String(format!("number {text}")), Json::Number),
        Value::Scalar(Scalar::String(text)) => Json::String(text.to_string()),
        Value::Scalar(Scalar::Unknown(text)) => Json::String(format!("unknown {text}")),
    }
}

/// Numbers by value: HCL's decoder writes `1` for `1.0`.
fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Json::Object(a), Json::Object(b)) => a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b))),
        _ => a == b,
    }
}

fn compare(recorded: &str, language: &str, format: Format, empty: &Json) {
    let cases: Vec<Map<String, Json>> = serde_json::from_str(recorded).expect("recorded cases");
    assert!(cases.len() > 300);
    for case in cases {
        let text = case[language].as_str().expect("a text");
        let found = read(SourceId(0), text, format);
        let whole = found.diagnostics.is_empty() && found.documents.iter().all(|document| document.complete);
        assert_eq!(whole, !case.contains_key("refused"), "{text:?}: {:?}", found.diagnostics);
        if let Some(expected) = case.get("json") {
            let value = found.documents.first().and_then(|document| document.root.as_ref()).map_or_else(|| empty.clone(), to_json);
            assert!(same(&value, expected), "{text:?}\n gives {value}\n  not  {expected}");
        }
    }
}

#[test]
fn yaml_is_what_kubernetes_reads() {
    compare(include_str!("../../../fixtures/data/kubernetes.json"), "yaml", Format::Yaml, &Json::Null);
}

#[test]
fn hcl1_is_what_hashicorp_reads() {
    compare(include_str!("../../../fixtures/data/hcl1.json"), "hcl", Format::Hcl, &Json::Object(Map::new()));
}
