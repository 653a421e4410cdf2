//! JSON patches (RFC 6902) on objects.

use super::fields::{entry, size, stamp, stamped, text_of};
use crate::model::value::{Node, Value};

/// So many values may be copied by one patch's `copy`: each could double the object.
const MAX_COPIED: usize = 20_000;
/// Parts of a path.
const MAX_PARTS: usize = 200;

/// Applies the operations in their order; stops at the first that cannot be applied, as kustomize does.
///
/// # Errors
/// Why an operation could not be applied.
pub(super) fn apply(root: &mut Node, operations: &Node) -> Result<(), String> {
    if !matches!(operations.value, Value::List(_)) {
        return Err(format!("a JSON patch is a list of operations, not a {}", operations.type_name()));
    }
    let mut copied = 0;
    operations.items().iter().try_for_each(|operation| one(root, operation, &mut copied))
}

fn one(root: &mut Node, operation: &Node, copied: &mut usize) -> Result<(), String> {
    let text = |key: &str| operation.get(key).and_then(Node::as_str);
    let op = text("op").ok_or("an operation without `op`")?;
    let written = text("path").ok_or_else(|| format!("an operation `{op}` without `path`"))?;
    let path = pointer(written)?;
    let value = || operation.get("value").ok_or_else(|| format!("`{op}` of `{written}` without `value`"));
    let source = |text: Option<&str>| pointer(text.ok_or_else(|| format!("`{op}` of `{written}` without `from`"))?);
    let done = match op {
        "add" => add(root, &path, value()?),
        "remove" => remove(root, &path).map(drop),
        "replace" => replace(root, &path, value()?),
        "test" => match find(root, &path)? {
            Some(node) if node.has_unknown() => Err(format!("`test` of `{written}` meets a value that is not known")),
            Some(node) if node.is_same_value(value()?) => Ok(()),
            _ => Err(format!("`test` of `{written}` fails")),
        },
        "move" => remove(root, &source(text("from"))?).and_then(|node| node.map_or(Ok(()), |node| add(root, &path, &node))),
        "copy" => {
            let Some(node) = find(root, &source(text("from"))?)? else { return Ok(()) };
            *copied += size(node);
            if *copied > MAX_COPIED {
                return Err("too many values are copied".to_owned());
            }
            let node = node.clone();
            add(root, &path, &node)
        }
        _ => Err(format!("`{op}` is no operation of JSON patches")),
    };
    done.map_err(|why| format!("{op} `{written}`: {why}"))
}

/// The parts of a JSON pointer (RFC 6901).
fn pointer(text: &str) -> Result<Vec<String>, String> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let Some(rest) = text.strip_prefix('/') else { return Err(format!("`{text}` does not begin with `/`")) };
    let parts: Vec<String> = rest.split('/').map(|part| part.replace("~1", "/").replace("~0", "~")).collect();
    if parts.len() > MAX_PARTS { Err("the path has too many parts".to_owned()) } else { Ok(parts) }
}

/// The node at a path; `None` behind a value that is not known.
fn find<'n>(root: &'n Node, path: &[String]) -> Result<Option<&'n Node>, String> {
    let mut node = root;
    for part in path {
        if node.unknown().is_some() {
            return Ok(None);
        }
        node = match &node.value {
            Value::List(items) => index(part, items.len()).and_then(|at| items.get(at)),
            _ => node.get(part),
        }
        .ok_or_else(|| format!("there is no `{part}`"))?;
    }
    Ok(Some(node))
}

fn find_mut<'n>(root: &'n mut Node, path: &[String]) -> Result<Option<&'n mut Node>, String> {
    let mut node = root;
    for part in path {
        if node.unknown().is_some() {
            return Ok(None);
        }
        node = match &mut node.value {
            Value::List(items) => index(part, items.len()).and_then(|at| items.get_mut(at)),
            Value::Map(entries) => entries.iter_mut().find(|entry| *entry.key == **part).map(|entry| &mut entry.value),
            Value::Scalar(_) => None,
        }
        .ok_or_else(|| format!("there is no `{part}`"))?;
    }
    Ok(Some(node))
}

/// The index that a part names; negative ones count from the end.
fn index(part: &str, len: usize) -> Option<usize> {
    match part.strip_prefix('-') {
        Some(back) => len.checked_sub(back.parse().ok().filter(|back| *back > 0)?),
        None => part.parse().ok(),
    }
}

fn add(root: &mut Node, path: &[String], value: &Node) -> Result<(), String> {
    let Some((last, parents)) = path.split_last() else {
        *root = stamped(value, &root.origin);
        return Ok(());
    };
    let Some(parent) = find_mut(root, parents)? else { return Ok(()) };
    if parent.unknown().is_some() {
        return Ok(());
    }
    let (origin, kind) = (parent.origin.clone(), parent.type_name());
    match &mut parent.value {
        Value::List(items) => {
            let at = if last == "-" { Some(items.len()) } else { index(last, items.len()) };
            let at = at.filter(|at| *at <= items.len()).ok_or_else(|| format!("`{last}` is no place in the list"))?;
            items.insert(at, stamped(value, &origin));
            Ok(())
        }
        Value::Map(entries) => {
            match entries.iter_mut().find(|entry| *entry.key == **last) {
                Some(old) => {
                    old.origin = stamp(&value.origin, &old.origin);
                    old.value = stamped(value, &old.value.origin);
                }
                None => entries.push(entry(&**last, stamp(&value.origin, &origin), stamped(value, &origin))),
            }
            Ok(())
        }
        Value::Scalar(_) => Err(format!("nothing can be added to a {kind}")),
    }
}

/// Takes a node out; `None` behind a value that is not known.
fn remove(root: &mut Node, path: &[String]) -> Result<Option<Node>, String> {
    let Some((last, parents)) = path.split_last() else { return Err("the whole object cannot be removed".to_owned()) };
    let Some(parent) = find_mut(root, parents)? else { return Ok(None) };
    if parent.unknown().is_some() {
        return Ok(None);
    }
    let missing = || format!("there is no `{last}`");
    match &mut parent.value {
        Value::List(items) => {
            let at = index(last, items.len()).filter(|at| *at < items.len()).ok_or_else(missing)?;
            Ok(Some(items.remove(at)))
        }
        Value::Map(entries) => {
            let at = entries.iter().position(|entry| *entry.key == **last).ok_or_else(missing)?;
            Ok(Some(entries.remove(at).value))
        }
        Value::Scalar(_) => Err(missing()),
    }
}

/// As kustomize's library does it, a key of a map need not be there.
fn replace(root: &mut Node, path: &[String], value: &Node) -> Result<(), String> {
    if let Some((last, parents)) = path.split_last()
        && find(root, parents)?.is_some_and(|parent| matches!(parent.value, Value::Map(_)) && parent.get(last).is_none())
    {
        return add(root, path, value);
    }
    let Some(node) = find_mut(root, path)? else { return Ok(()) };
    if node.is_same_value(value) {
        return Ok(());
    }
    let is_item = path.last().is_none_or(|last| last.parse::<usize>().is_ok());
    *node = stamped(value, &node.origin);
    // the key that findings point at is the patch's `value`
    if !is_item
        && let Some((last, parents)) = path.split_last()
        && let Some(Value::Map(entries)) = find_mut(root, parents)?.map(|parent| &mut parent.value)
        && let Some(old) = entries.iter_mut().find(|entry| *entry.key == **last)
    {
        old.origin = stamp(&value.origin, &old.origin);
    }
    Ok(())
}

/// Whether a document is a JSON patch: a list of maps with `op`.
pub(super) fn is_json_patch(node: &Node) -> bool {
    matches!(&node.value, Value::List(items) if items.iter().all(|item| item.get("op").is_some_and(|op| text_of(op).is_some())))
}
