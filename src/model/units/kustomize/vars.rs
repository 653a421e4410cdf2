//! `vars`: values of objects that stand in others as `$(NAME)` (`api/internal/accumulator` and `api/filters/refvar` in
//! kubernetes-sigs/kustomize). They are resolved once, when everything else is done.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::config::{Config, Field};
use super::fields::{any_entry, each_entry, stamp, string, text_of, unknown};
use super::replacements::{lookup, parts};
use super::resource::{Budget, Res, id};
use super::specs::variable_fields;
use crate::model::value::{Node, Value};

/// A variable of a kustomization, or of one that it builds on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Variable {
    pub(super) name: Arc<str>,
    path: Arc<str>,
}

/// What variables stand for; `None` where that is not known.
type Values = FxHashMap<Arc<str>, Option<Node>>;

/// Reads an item of `vars` and notes it at the one object that it names, under the names that objects have by now.
pub(super) fn declare(all: &mut [Res], item: &Node) -> Result<Variable, String> {
    let text = |node: &Node, key: &str| node.get(key).and_then(text_of).filter(|text| !text.is_empty()).map(Arc::<str>::from);
    let name = text(item, "name").ok_or("an item of `vars` has no `name`")?;
    let path =
        item.get("fieldref").or_else(|| item.get("fieldRef")).and_then(|field| text(field, "fieldpath").or(text(field, "fieldPath")));
    let variable = Variable { name: Arc::clone(&name), path: path.unwrap_or_else(|| "metadata.name".into()) };
    let empty = || Arc::<str>::from("");
    let Some(object) = item.get("objref").or_else(|| item.get("objRef")) else {
        return Err(format!("the variable `{name}` names no object"));
    };
    let (group, version) = match text(object, "apiVersion") {
        Some(written) => match written.split_once('/') {
            Some((group, version)) => (group.into(), version.into()),
            None => (empty(), written),
        },
        None => (text(object, "group").unwrap_or_else(empty), text(object, "version").unwrap_or_else(empty)),
    };
    let kind = text(object, "kind").unwrap_or_else(empty);
    let namespace = text(object, "namespace");
    let wanted = id(&group, &version, &kind, text(object, "name").as_deref().unwrap_or(""), namespace.as_deref().unwrap_or(""));
    let any_namespace = namespace.is_none();
    let fits = |res: &Res| {
        res.previous.iter().chain([&res.id()]).any(|other| {
            if any_namespace {
                (&other.group, &other.version, &other.kind, &other.name) == (&wanted.group, &wanted.version, &wanted.kind, &wanted.name)
            } else {
                *other == wanted
            }
        })
    };
    let mut found = all.iter_mut().filter(|res| fits(res));
    // that it is not there is told when the variable is resolved
    let Some(res) = found.next() else { return Ok(variable) };
    if found.next().is_some() {
        return Err(format!("several objects are the one of the variable `{name}`"));
    }
    if !res.variables.contains(&name) {
        res.variables.push(name);
    }
    Ok(variable)
}

/// Adds a variable to those that are known; two of one name must be the same.
pub(super) fn merge(known: &mut Vec<Variable>, variable: &Variable) -> Result<(), String> {
    match known.iter().find(|other| other.name == variable.name) {
        None => known.push(variable.clone()),
        Some(other) if other == variable => {}
        Some(_) => return Err(format!("the variable `{}` is there twice", variable.name)),
    }
    Ok(())
}

/// Puts values in the place of variables. What is not found is unknown wherever it stands, and told.
pub(super) fn resolve(all: &mut [Res], variables: &[Variable], config: &Config, budget: &mut Budget) -> Vec<String> {
    let mut problems = Vec::new();
    if variables.is_empty() {
        return problems;
    }
    let mut holders: BTreeMap<&str, &Res> = BTreeMap::new();
    for res in &*all {
        for name in &res.variables {
            holders.entry(name).or_insert(res);
        }
    }
    let mut values = Values::default();
    for variable in variables {
        let found = holders.get(&*variable.name).and_then(|res| lookup(&res.root, &steps(&variable.path)));
        if found.is_none() {
            problems.push(format!("the field of the variable `{}` was not found", variable.name));
        }
        let value = found.filter(|value| value.unknown().is_none()).cloned();
        values.insert(Arc::clone(&variable.name), value);
    }
    let mut left = MAX_TEXT;
    for res in all {
        let usual: Vec<String> = variable_fields(&res.kind).collect();
        let mut paths: Vec<Vec<&str>> = usual.iter().map(|path| path.split('/').collect()).collect();
        paths.extend(config.variables.iter().filter(|field| field.selects(res)).map(Field::path));
        paths.retain(|path| any_entry(&res.root, path, &mut |entry| has_dollar(&entry.value)));
        if paths.is_empty() {
            continue;
        }
        let Some(root) = res.edit(budget) else {
            problems.push("too many values are copied".to_owned());
            return problems;
        };
        for path in &paths {
            // what is of another type is left alone
            let _ = each_entry(root, path, None, &mut |entry| match &mut entry.value.value {
                Value::Map(entries) => entries.iter_mut().for_each(|entry| expand(&mut entry.value, &values, &mut left)),
                Value::List(items) => items.iter_mut().for_each(|item| expand(item, &values, &mut left)),
                Value::Scalar(_) => expand(&mut entry.value, &values, &mut left),
            });
        }
    }
    problems
}

/// The steps of a field's path; `ports[0]` is two of them.
fn steps(path: &str) -> Vec<String> {
    let step = |part: String| -> Vec<String> {
        let index = part.strip_suffix(']').and_then(|part| part.split_once('['));
        match index.filter(|(name, index)| !name.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit())) {
            Some((name, index)) => vec![name.to_owned(), index.to_owned()],
            None => vec![part],
        }
    };
    parts(path).into_iter().flat_map(step).collect()
}

fn has_dollar(node: &Node) -> bool {
    match &node.value {
        Value::Map(entries) => entries.iter().any(|entry| entry.value.as_str().is_some_and(|text| text.contains('$'))),
        Value::List(items) => items.iter().any(|item| item.as_str().is_some_and(|text| text.contains('$'))),
        Value::Scalar(_) => node.as_str().is_some_and(|text| text.contains('$')),
    }
}

/// A piece of a text with variables.
enum Piece<'t> {
    Text(&'t str),
    Variable(&'t str),
}

/// Takes a text apart as kustomize does: `$$` is one dollar, and what is no variable stays.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut from = 0;
    let mut at = 0;
    while let Some(found) = text[at..].find('$').map(|found| at + found) {
        let rest = &text[found + 1..];
        if let Some(name) = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).map(|(name, _)| name) {
            out.extend([Piece::Text(&text[from..found]), Piece::Variable(name)]);
            at = found + name.len() + 3;
            from = at;
        } else if rest.starts_with('$') {
            // one of the two
            out.push(Piece::Text(&text[from..=found]));
            at = found + 2;
            from = at;
        } else {
            at = found + 1;
        }
    }
    out.push(Piece::Text(&text[from..]));
    out
}

/// Replaces the variables in a text; `left` is how much may be written.
fn expand(node: &mut Node, values: &Values, left: &mut usize) {
    let Some(text) = node.as_str().filter(|text| text.contains('$')) else { return };
    if let Some(Some(value)) = text.strip_prefix("$(").and_then(|rest| rest.strip_suffix(')')).and_then(|name| values.get(name)) {
        // a whole text takes the value's type as well
        if let Value::Scalar(scalar) = &value.value {
            *node = Node { value: Value::Scalar(scalar.clone()), origin: stamp(&value.origin, &node.origin) };
        }
        return;
    }
    let mut out = String::with_capacity(text.len());
    let mut is_known = true;
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Variable(name) => match values.get(name) {
                Some(None) => is_known = false,
                Some(Some(value)) => match text_of(value) {
                    Some(text) => out.push_str(text),
                    None => out.extend(["$(", name, ")"]),
                },
                None => out.extend(["$(", name, ")"]),
            },
        }
        if out.len() > *left {
            is_known = false;
            break;
        }
    }
    *left = left.saturating_sub(out.len());
    if !is_known {
        *node = unknown("set by a variable of the kustomization", node.origin.clone());
    } else if out != text {
        *node = string(out, node.origin.clone());
    }
}

/// All that variables make is no longer.
const MAX_TEXT: usize = 1 << 26;

#[cfg(test)]
mod tests {
    use super::{Piece, pieces};

    #[test]
    fn texts_are_taken_apart_as_kustomize_does() {
        let parts = |text| {
            let piece = |piece| match piece {
                Piece::Text(text) => text.to_owned(),
                Piece::Variable(name) => format!("<{name}>"),
            };
            pieces(text).into_iter().map(piece).collect::<String>()
        };
        assert_eq!(parts("a $(B)/$(C) d"), "a <B>/<C> d");
        assert_eq!(parts("$$(B) $B $( $"), "$(B) $B $( $");
        assert_eq!(parts("$$$(B)ä$ö"), "$<B>ä$ö");
        assert_eq!(parts(""), "");
    }
}
