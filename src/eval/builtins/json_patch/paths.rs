//! Paths into documents, and what they keep or remove.

use std::collections::BTreeMap;

use crate::eval::builtins::Failure;
use crate::eval::value::{Object, Set, Value};

/// A path's keys: the parts of a JSON pointer, or an array's items.
pub(super) fn parse(path: &Value) -> Result<Vec<Value>, Failure> {
    match path {
        Value::String(text) if text.is_empty() => Ok(Vec::new()),
        Value::String(text) => {
            let unescape = |part: &str| part.replace("~1", "/").replace("~0", "~").into();
            Ok(text.trim_start_matches('/').split('/').map(unescape).collect())
        }
        Value::Array(items) => Ok(items.to_vec()),
        _ => Err(Failure::Undefined),
    }
}

/// Paths as a tree: an end has no branches.
#[derive(Debug, Default)]
pub(super) struct Selection(BTreeMap<Value, Option<Selection>>);

/// The tree of an array or a set of paths.
pub(super) fn selection(paths: &Value) -> Result<Selection, Failure> {
    let paths: Vec<Vec<Value>> = match paths {
        Value::Array(items) => items.iter().map(parse).collect::<Result<_, _>>()?,
        Value::Set(members) => members.iter().map(parse).collect::<Result<_, _>>()?,
        _ => return Err(Failure::Undefined),
    };
    let mut root = Selection::default();
    'paths: for path in paths {
        let mut keys = path.into_iter();
        let Some(last) = keys.next_back() else { continue };
        let mut node = &mut root;
        for key in keys {
            match node.0.entry(key).or_insert_with(|| Some(Selection::default())) {
                Some(inner) => node = inner,
                // a shorter path ends here
                None => continue 'paths,
            }
        }
        node.0.insert(last, None);
    }
    cut(&mut root);
    Ok(root)
}

/// Documents are no deeper than this.
const MAX_DEPTH: usize = 20_000;

/// Cuts what no document can have, iteratively, since dropping is recursive.
fn cut(node: &mut Selection) {
    let mut level: Vec<&mut Selection> = vec![node];
    for _ in 0..MAX_DEPTH {
        if level.is_empty() {
            return;
        }
        level = level.into_iter().flat_map(|node| node.0.values_mut().flatten()).collect();
    }
    let mut rest: Vec<Selection> = level.into_iter().map(std::mem::take).collect();
    while let Some(mut node) = rest.pop() {
        rest.extend(std::mem::take(&mut node.0).into_values().flatten());
    }
}

/// Array items are selected by their indices as text.
fn index(index: usize) -> Value {
    index.to_string().into()
}

/// The value with what is selected only.
pub(super) fn filter(value: &Value, selection: &Selection) -> Value {
    let part = |key: &Value, value: &Value| {
        selection.0.get(key).map(|inner| match inner {
            None => value.clone(),
            Some(inner) => filter(value, inner),
        })
    };
    match value {
        Value::Object(entries) => {
            let kept: Object = entries.iter().filter_map(|(key, value)| Some((key.clone(), part(key, value)?))).collect();
            Value::object(kept)
        }
        Value::Array(items) => items.iter().enumerate().filter_map(|(at, item)| part(&index(at), item)).collect::<Vec<_>>().into(),
        Value::Set(members) => Value::set(members.iter().filter_map(|member| part(member, member)).collect::<Set>()),
        scalar => scalar.clone(),
    }
}

/// The value without what is selected.
pub(super) fn remove(value: &Value, selection: &Selection) -> Value {
    let part = |key: &Value, value: &Value| match selection.0.get(key) {
        None => Some(value.clone()),
        Some(None) => None,
        Some(Some(inner)) => Some(remove(value, inner)),
    };
    match value {
        Value::Object(entries) => {
            let kept: Object = entries.iter().filter_map(|(key, value)| Some((key.clone(), part(key, value)?))).collect();
            Value::object(kept)
        }
        Value::Array(items) => items.iter().enumerate().filter_map(|(at, item)| part(&index(at), item)).collect::<Vec<_>>().into(),
        Value::Set(members) => Value::set(members.iter().filter_map(|member| part(member, member)).collect::<Set>()),
        scalar => scalar.clone(),
    }
}
