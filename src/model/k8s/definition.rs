//! CustomResourceDefinitions: the scope of kinds that no table knows.

use std::sync::Arc;

use super::{Object, Scope};
use crate::model::value::{Node, Scalar, Value};

const GROUP: &str = "apiextensions.k8s.io/";

/// A definition without its schemas, which are most of it and which nothing reads; anything else as it is.
pub(in crate::model) fn trimmed(mut root: Node) -> Node {
    let is_definition = root.get("kind").and_then(Node::as_str) == Some("CustomResourceDefinition")
        && root.get("apiVersion").and_then(Node::as_str).is_some_and(|version| version.starts_with(GROUP));
    if !is_definition {
        return root;
    }
    if let Some(spec) = value_mut(&mut root, "spec") {
        left_out(spec, "validation");
        if let Some(Node { value: Value::List(versions), .. }) = value_mut(spec, "versions") {
            versions.iter_mut().for_each(|version| left_out(version, "schema"));
        }
    }
    root
}

fn value_mut<'n>(node: &'n mut Node, key: &str) -> Option<&'n mut Node> {
    let Value::Map(entries) = &mut node.value else { return None };
    entries.iter_mut().find(|entry| &*entry.key == key).map(|entry| &mut entry.value)
}

fn left_out(node: &mut Node, key: &str) {
    if let Some(schema) = value_mut(node, key) {
        schema.value = Value::Scalar(Scalar::Unknown("schemas are not kept".into()));
    }
}

/// Group, kind and scope of what a CustomResourceDefinition defines.
pub(in crate::model) fn scope_of(object: &Object) -> Option<(Arc<str>, Arc<str>, Scope)> {
    if !object.is("apiextensions.k8s.io", "CustomResourceDefinition") {
        return None;
    }
    let text = |path: &[&str]| object.root.path(path)?.as_str().map(Arc::from);
    let scope = match object.root.path(&["spec", "scope"])?.as_str()? {
        "Cluster" => Scope::Cluster,
        "Namespaced" => Scope::Namespaced,
        _ => return None,
    };
    Some((text(&["spec", "group"])?, text(&["spec", "names", "kind"])?, scope))
}
