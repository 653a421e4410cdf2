//! Build units: kustomizations, charts, plain trees.

mod charts;
mod embedded;
mod kustomize;
mod oracle;
mod recognise;

use ztctl::model::units::Unit;
use ztctl::model::value::{Node, Scalar, Value};

/// A value as JSON; what is unknown as `{"?": reason}`.
pub(crate) fn json(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::Map(entries) => entries.iter().map(|entry| (entry.key.to_string(), json(&entry.value))).collect(),
        Value::List(items) => items.iter().map(json).collect(),
        Value::Scalar(scalar) => match scalar {
            Scalar::Null => serde_json::Value::Null,
            Scalar::Bool(value) => (*value).into(),
            Scalar::Number(text) => serde_json::from_str(text).unwrap_or_else(|_| panic!("`{text}` is no JSON number")),
            Scalar::String(text) => (&**text).into(),
            Scalar::Unknown(why) => serde_json::json!({ "?": &**why }),
        },
    }
}

/// All objects of a unit as JSON.
pub(crate) fn objects(unit: &Unit) -> Vec<serde_json::Value> {
    unit.objects.iter().map(|object| json(&object.root)).collect()
}
