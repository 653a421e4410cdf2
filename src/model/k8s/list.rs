//! Lists of objects: `kind: List`, and typed ones such as `ConfigMapList`.

use std::sync::Arc;

use crate::model::value::{Entry, Node, Scalar, Value};

/// The items of a list of objects; items of a typed list get its `apiVersion` and kind where they have none.
///
/// # Errors
/// The value itself, where it is no list of objects: an object whose kind ends with `List` has a name, a list has none.
pub(in crate::model) fn items(root: Node) -> Result<Vec<Node>, Node> {
    let Some(kind) = root.get("kind").and_then(Node::as_str).filter(|kind| kind.ends_with("List")) else { return Err(root) };
    let is_list = root.get("items").is_some_and(|items| matches!(items.value, Value::List(_)));
    if !is_list || root.path(&["metadata", "name"]).is_some() || root.get("spec").is_some() {
        return Err(root);
    }
    let item_kind: Option<Arc<str>> = kind.strip_suffix("List").filter(|kind| !kind.is_empty()).map(Arc::from);
    let typed = item_kind.and_then(|kind| Some((kind, root.entry("apiVersion")?.clone(), root.entry("kind")?.clone())));
    let Value::Map(entries) = root.value else { return Ok(Vec::new()) };
    let items = entries.into_iter().find(|entry| &*entry.key == "items");
    let Some(Value::List(mut items)) = items.map(|entry| entry.value.value) else { return Ok(Vec::new()) };
    if let Some((kind, api_version, written)) = typed {
        for item in &mut items {
            let Value::Map(entries) = &mut item.value else { continue };
            if entries.iter().any(|entry| &*entry.key == "kind") {
                continue;
            }
            if !entries.iter().any(|entry| &*entry.key == "apiVersion") {
                entries.push(api_version.clone());
            }
            let value = Node { value: Value::Scalar(Scalar::String(Arc::clone(&kind))), origin: written.value.origin.clone() };
            entries.push(Entry { value, ..written.clone() });
        }
    }
    Ok(items)
}
