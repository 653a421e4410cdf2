//! `replacements`: values copied from one object into others (`api/filters/replacement` in kubernetes-sigs/kustomize).

use regex::Regex;

use super::fields::{entry, map, size, stamp, string, text_of, unknown};
use super::resource::{Budget, Id, Res};
use super::select::Selector;
use crate::model::value::{Node, Origin, Scalar, Value};

/// The field that is read or set where none is named.
const DEFAULT_PATH: &str = "metadata.name";

/// Applies `items` in their order. What cannot be applied is told, and what it would have set is unknown then: kustomize would build
/// nothing at all, and what is read here may not be all that it reads.
pub(super) fn apply(all: &mut [Res], items: &[Node], budget: &mut Budget, problems: &mut Vec<String>) {
    for item in items {
        let Some(targets) = item.get("targets").filter(|targets| !targets.items().is_empty()) else {
            problems.push("a replacement without targets was not read".to_owned());
            all.iter_mut().for_each(|res| res.partial = true);
            continue;
        };
        let value = match source_value(all, item) {
            Ok(value) => value,
            Err(why) => {
                problems.push(why);
                unknown("set by a replacement whose source was not found", item.origin.clone())
            }
        };
        for target in targets.items() {
            if let Err(why) = replace(all, target, &value, budget) {
                problems.push(why);
            }
        }
    }
}

/// The value that a replacement copies.
fn source_value(all: &[Res], item: &Node) -> Result<Node, String> {
    if let Some(value) = item.get("sourceValue").filter(|node| !node.is_null()) {
        let text = text_of(value).ok_or("`sourceValue` of a replacement is no string")?;
        return Ok(string(text, value.origin.clone()));
    }
    let source = item.get("source").filter(|node| !node.is_null()).ok_or("a replacement has no source")?;
    let text = |key: &str| source.get(key).and_then(text_of).filter(|text| !text.is_empty());
    let is_selected = |id: &Id| {
        let is = |key: &str, have: &str| text(key).is_none_or(|wanted| wanted == have);
        is("group", &id.group)
            && is("version", &id.version)
            && is("kind", &id.kind)
            && is("name", &id.name)
            && is("namespace", &id.namespace)
    };
    let mut found = all.iter().filter(|res| is_selected(&res.id()) || res.previous.iter().any(is_selected));
    let described = || [text("kind"), text("name")].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let Some(res) = found.next() else { return Err(format!("the source `{}` of a replacement was not found", described())) };
    if found.next().is_some() {
        return Err(format!("several objects are the source `{}` of a replacement", described()));
    }
    let path = text("fieldPath").unwrap_or(DEFAULT_PATH);
    let missing = || format!("`{path}` of the source `{}` of a replacement is missing", described());
    let value = lookup(&res.root, &parts(path)).ok_or_else(missing)?;
    let is_empty = match &value.value {
        Value::Map(entries) => entries.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Scalar(_) => value.is_null(),
    };
    if is_empty {
        return Err(missing());
    }
    let Some(delimiter) = source.path(&["options", "delimiter"]).and_then(text_of).filter(|text| !text.is_empty()) else {
        return Ok(value.clone());
    };
    if value.unknown().is_some() {
        return Ok(value.clone());
    }
    let whole = text_of(value).ok_or("a replacement splits a value that is no text")?;
    let part = usize::try_from(index(source)).ok().and_then(|index| whole.split(delimiter).nth(index)).ok_or_else(missing)?;
    Ok(string(part, value.origin.clone()))
}

/// `options.index`.
fn index(node: &Node) -> i64 {
    node.path(&["options", "index"]).and_then(text_of).and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn replace(all: &mut [Res], target: &Node, value: &Node, budget: &mut Budget) -> Result<(), String> {
    let select = Selector::new(target.get("select").ok_or("a replacement's target selects nothing")?)?;
    let rejected = target.get("reject").map_or(&[][..], Node::items).iter().map(Selector::new).collect::<Result<Vec<_>, _>>()?;
    let paths: Vec<&str> = match target.get("fieldPaths").map_or(&[][..], Node::items) {
        [] => vec![DEFAULT_PATH],
        paths => paths.iter().filter_map(Node::as_str).collect(),
    };
    let join = Join {
        delimiter: target.path(&["options", "delimiter"]).and_then(text_of).filter(|text| !text.is_empty()),
        index: index(target),
        value,
    };
    let create = (target.path(&["options", "create"]).and_then(Node::as_bool) == Some(true)).then_some(value);
    let added = size(value);
    let mut result = Ok(());
    for res in all.iter_mut().filter(|res| select.matches(res) && !rejected.iter().any(|other| other.matches(res))) {
        let Some(root) = res.edit(budget) else { return Err("too many values are copied".to_owned()) };
        for path in &paths {
            let mut problem = None;
            let mut set = |node: &mut Node| {
                // what is copied over and over could grow without end
                if budget.0 < added {
                    problem = Some("too many values are copied".to_owned());
                    return;
                }
                budget.0 -= added;
                if let Err(why) = join.set(node) {
                    problem = Some(why.to_owned());
                }
            };
            let number = each(root, &parts(path), create, &mut set).unwrap_or(0);
            match problem {
                Some(why) => result = Err(why),
                None if number == 0 => result = Err(format!("`{path}` is missing where a replacement sets it")),
                None => {}
            }
        }
        res.refresh();
    }
    result
}

/// How a value gets into a field.
struct Join<'v> {
    delimiter: Option<&'v str>,
    index: i64,
    value: &'v Node,
}

impl Join<'_> {
    fn set(&self, field: &mut Node) -> Result<(), &'static str> {
        let origin = stamp(&self.value.origin, &field.origin);
        if self.value.unknown().is_some() || field.unknown().is_some() {
            *field = unknown("set by a replacement", origin);
            return Ok(());
        }
        let Some(delimiter) = self.delimiter else {
            *field = match (&field.value, text_of(self.value)) {
                (Value::Scalar(old), Some(text)) => retyped(old, self.value, text, origin),
                _ => Node { value: self.value.value.clone(), origin },
            };
            return Ok(());
        };
        // what was made to be set is an empty text
        let old = if field.is_null() { Some("") } else { text_of(field) };
        let (Some(old), Some(text)) = (old, text_of(self.value)) else {
            return Err("a replacement splits a value that is no text");
        };
        let mut parts: Vec<&str> = old.split(delimiter).collect();
        match usize::try_from(self.index) {
            Err(_) => parts.insert(0, text),
            Ok(at) if at >= parts.len() => parts.push(text),
            Ok(at) => parts[at] = text,
        }
        *field = string(parts.join(delimiter), origin);
        Ok(())
    }
}

/// A text in the place of a scalar, whose type it keeps where it can.
fn retyped(old: &Scalar, new: &Node, text: &str, origin: Origin) -> Node {
    let value = match old {
        Scalar::String(_) => Scalar::String(text.into()),
        Scalar::Number(_) if text.parse::<f64>().is_ok() => Scalar::Number(text.into()),
        Scalar::Bool(_) if matches!(text, "true" | "false") => Scalar::Bool(text == "true"),
        Scalar::Number(_) | Scalar::Bool(_) => Scalar::String(text.into()),
        _ => return Node { value: new.value.clone(), origin },
    };
    Node { value: Value::Scalar(value), origin }
}

/// The parts of a field path: separated by dots, which `\` and brackets keep. Brackets without `=` go.
pub(super) fn parts(path: &str) -> Vec<String> {
    let (mut split, mut part, mut escaped) = (Vec::new(), String::new(), false);
    for c in path.chars() {
        match c {
            '.' if !escaped => split.push(std::mem::take(&mut part)),
            '\\' if !escaped => {
                escaped = true;
                continue;
            }
            _ => {
                if escaped && c != '.' {
                    part.push('\\');
                }
                part.push(c);
            }
        }
        escaped = false;
    }
    split.push(part);
    let mut out: Vec<String> = Vec::new();
    let mut rest = split.into_iter();
    while let Some(mut part) = rest.next() {
        if part.starts_with('[') && !part.ends_with(']') {
            for next in rest.by_ref() {
                part.push('.');
                part.push_str(&next);
                if next.ends_with(']') {
                    break;
                }
            }
            if !part.contains('=') {
                part = part.trim_matches(['[', ']']).to_owned();
            }
        }
        // a leading dot is nothing
        if !part.is_empty() {
            out.push(part);
        }
    }
    out
}

/// `[field=value]` in its two parts.
fn element(part: &str) -> Option<(&str, &str)> {
    part.strip_prefix('[')?.strip_suffix(']')?.split_once('=')
}

/// The value at `path`. A part that is not known ends the way.
pub(super) fn lookup<'n>(node: &'n Node, path: &[String]) -> Option<&'n Node> {
    let mut at = node;
    for part in path {
        if at.unknown().is_some() {
            return Some(at);
        }
        at = match (&at.value, element(part)) {
            (Value::List(items), Some(("", value))) => items.iter().find(|item| text_of(item) == Some(value))?,
            (Value::List(items), Some((field, value))) => items.iter().find(|item| item.get(field).and_then(text_of) == Some(value))?,
            (Value::List(items), None) if part == "-" => items.last()?,
            (Value::List(items), None) => items.get(part.parse::<usize>().ok()?)?,
            (Value::Map(_), None) => at.get(part.trim_matches(['[', ']']))?,
            _ => return None,
        };
    }
    Some(at)
}

/// Calls `set` with all values that `path` leads to; how many. `create` makes what is missing, in the end a null to set.
///
/// # Errors
/// A step that the value at hand does not have: an index of a map, a pattern that is none.
fn each(node: &mut Node, path: &[String], create: Option<&Node>, set: &mut dyn FnMut(&mut Node)) -> Result<usize, ()> {
    let Some((first, rest)) = path.split_first() else {
        set(node);
        return Ok(1);
    };
    if node.unknown().is_some() {
        return Ok(1);
    }
    if node.is_null() && create.is_some() {
        node.value = if is_item(first) { Value::List(Vec::new()) } else { Value::Map(Vec::new()) };
    }
    let made_at = |old: &Origin| create.map(|value| stamp(&value.origin, old));
    let parent = node.origin.clone();
    match &mut node.value {
        Value::Scalar(_) => {
            // a document in a text is not taken apart
            *node = unknown("set by a replacement", parent);
            Ok(1)
        }
        Value::Map(entries) if !is_item(first) => {
            let key = first.trim_matches(['[', ']']);
            if let Some(found) = entries.iter_mut().find(|entry| *entry.key == *key) {
                return each(&mut found.value, rest, create, set);
            }
            let Some(origin) = made_at(&parent) else { return Ok(0) };
            entries.push(entry(key, origin.clone(), null(origin)));
            entries.last_mut().map_or(Ok(0), |made| each(&mut made.value, rest, create, set))
        }
        Value::List(items) => {
            if let Ok(index) = first.parse::<usize>() {
                if let (true, Some(origin)) = (index == items.len(), made_at(&parent)) {
                    items.push(null(origin));
                }
                return each(items.get_mut(index).ok_or(())?, rest, create, set);
            }
            if first == "*" {
                return items.iter_mut().try_fold(0, |sum, item| Ok(sum + each(item, rest, create, set)?));
            }
            let (field, pattern) = element(first).ok_or(())?;
            let pattern_of = Regex::new(pattern).map_err(|_| ())?;
            let fits = |item: &Node| {
                let text = if field.is_empty() { text_of(item) } else { item.get(field).and_then(text_of) };
                text.is_some_and(|text| pattern_of.is_match(text))
            };
            if !items.iter().any(fits) {
                let Some(origin) = made_at(&parent) else { return Ok(0) };
                let value = string(pattern, origin.clone());
                let made = if field.is_empty() { value } else { map(vec![entry(field, origin.clone(), value)], origin) };
                items.push(made);
            }
            // of an item that is a scalar nothing more can be named
            let rest = if field.is_empty() { &[] } else { rest };
            items.iter_mut().filter(|item| fits(item)).try_fold(0, |sum, item| Ok(sum + each(item, rest, create, set)?))
        }
        Value::Map(_) => Err(()),
    }
}

fn null(origin: Origin) -> Node {
    Node { value: Value::Scalar(Scalar::Null), origin }
}

/// Whether a part names items of a list.
fn is_item(part: &str) -> bool {
    part == "*" || element(part).is_some() || (!part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_split_as_kustomize_does() {
        let split = |path: &str| parts(path).join(" | ");
        assert_eq!(split("spec.template.spec.containers.[name=a.b].image"), "spec | template | spec | containers | [name=a.b] | image");
        assert_eq!(split("metadata.annotations.[a.b/c]"), "metadata | annotations | a.b/c");
        assert_eq!(split(r"metadata.annotations.a\.b/c"), "metadata | annotations | a.b/c");
        assert_eq!(split("spec.list.0.x"), "spec | list | 0 | x");
        assert_eq!(split("spec.args.[=-x]"), "spec | args | [=-x]");
        assert_eq!(split(".a.b"), "a | b");
    }
}
