//! Walking to fields and setting them, with the origins that this gives.

use std::sync::Arc;

use crate::model::value::{Entry, Node, Origin, Scalar, Value};
use crate::text::Location;

/// So many steps of a value's way are kept: the last ones.
const MAX_VIA: usize = 8;

/// A place on the way was neither map, list nor null.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct WrongType;

/// The origin of what is written at `new` and takes the place of what came from `old`.
pub(super) fn stamp(new: &Origin, old: &Origin) -> Origin {
    if new.at == old.at {
        return old.clone();
    }
    Origin { at: new.at, via: joined(&new.via, old) }
}

fn joined(via: &[Location], old: &Origin) -> Arc<[Location]> {
    via.iter().chain([&old.at]).chain(old.via.iter()).take(MAX_VIA).copied().collect()
}

/// A copy of `node` that came to the place of `old`.
pub(super) fn stamped(node: &Node, old: &Origin) -> Node {
    // nearly all of it came the same way
    let shared = joined(&node.origin.via, old);
    copy(node, &node.origin.via, &shared, old)
}

fn copy(node: &Node, usual: &Arc<[Location]>, shared: &Arc<[Location]>, old: &Origin) -> Node {
    let origin = |origin: &Origin| {
        let via = if origin.via == *usual { Arc::clone(shared) } else { joined(&origin.via, old) };
        Origin { at: origin.at, via }
    };
    let value = match &node.value {
        Value::Map(entries) => Value::Map(
            entries
                .iter()
                .map(|entry| Entry {
                    key: Arc::clone(&entry.key),
                    origin: origin(&entry.origin),
                    value: copy(&entry.value, usual, shared, old),
                })
                .collect(),
        ),
        Value::List(items) => Value::List(items.iter().map(|item| copy(item, usual, shared, old)).collect()),
        Value::Scalar(scalar) => Value::Scalar(scalar.clone()),
    };
    Node { value, origin: origin(&node.origin) }
}

pub(super) fn string(text: impl Into<Arc<str>>, origin: Origin) -> Node {
    Node { value: Value::Scalar(Scalar::String(text.into())), origin }
}

pub(super) fn unknown(reason: &str, origin: Origin) -> Node {
    Node { value: Value::Scalar(Scalar::Unknown(reason.into())), origin }
}

pub(super) fn map(entries: Vec<Entry>, origin: Origin) -> Node {
    Node { value: Value::Map(entries), origin }
}

pub(super) fn entry(key: impl Into<Arc<str>>, origin: Origin, value: Node) -> Entry {
    Entry { key: key.into(), origin, value }
}

/// The text of a string, number or boolean, as kustomize compares values.
pub(super) fn text_of(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Scalar(Scalar::String(text) | Scalar::Number(text)) => Some(text),
        Value::Scalar(Scalar::Bool(value)) => Some(if *value { "true" } else { "false" }),
        _ => None,
    }
}

/// The entry of `key` in a map, made with a null value at `origin` where it is missing; `None` for what is no map.
pub(super) fn entry_mut<'n>(node: &'n mut Node, key: &str, create: Option<&Origin>) -> Option<&'n mut Entry> {
    if node.is_null() && create.is_some() {
        node.value = Value::Map(Vec::new());
    }
    let parent = node.origin.clone();
    let Value::Map(entries) = &mut node.value else { return None };
    if let Some(at) = entries.iter().position(|entry| &*entry.key == key) {
        return entries.get_mut(at);
    }
    let origin = stamp(create?, &parent);
    entries.push(Entry { key: key.into(), origin: origin.clone(), value: Node { value: Value::Scalar(Scalar::Null), origin } });
    entries.last_mut()
}

/// Calls `set` with every entry that `path` leads to; lists on the way stand for all of their items. Entries that are missing are
/// made where `create` gives them an origin; an element that ends with `[]` never is.
pub(super) fn each_entry(
    node: &mut Node,
    path: &[&str],
    create: Option<&Origin>,
    set: &mut dyn FnMut(&mut Entry),
) -> Result<(), WrongType> {
    let Some((first, rest)) = path.split_first() else { return Ok(()) };
    if let Value::List(items) = &mut node.value {
        return items.iter_mut().try_for_each(|item| each_entry(item, path, create, set));
    }
    if node.unknown().is_some() || (node.is_null() && create.is_none()) {
        return Ok(());
    }
    let key = first.trim_end_matches("[]");
    let create_here = create.filter(|_| key.len() == first.len());
    if !matches!(node.value, Value::Map(_)) && !node.is_null() {
        return Err(WrongType);
    }
    let Some(entry) = entry_mut(node, key, create_here) else { return Ok(()) };
    if rest.is_empty() {
        set(entry);
        return Ok(());
    }
    each_entry(&mut entry.value, rest, create, set)
}

/// Whether `wanted` says so of any entry that `path` leads to.
pub(super) fn any_entry(node: &Node, path: &[&str], wanted: &mut dyn FnMut(&Entry) -> bool) -> bool {
    let Some((first, rest)) = path.split_first() else { return false };
    if let Value::List(items) = &node.value {
        return items.iter().any(|item| any_entry(item, path, wanted));
    }
    let Some(entry) = node.entry(first.trim_end_matches("[]")) else { return false };
    if rest.is_empty() { wanted(entry) } else { any_entry(&entry.value, rest, wanted) }
}

/// The number of values in a tree.
pub(super) fn size(node: &Node) -> usize {
    match &node.value {
        Value::Map(entries) => 1 + entries.iter().map(|entry| size(&entry.value)).sum::<usize>(),
        Value::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Scalar(_) => 1,
    }
}
