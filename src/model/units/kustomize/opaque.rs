//! What is not computed: `replacements` and `vars`. What they would set becomes unknown, so that nothing false is said of it.

use super::fields::{size, unknown};
use super::resource::{Budget, Res};
use super::select::Selector;
use crate::model::value::{Node, Origin, Value};

/// Makes unknown what an item of `replacements` would set.
///
/// # Errors
/// Where that is not to be found out; all objects are partial then.
pub(super) fn replacements(all: &mut [Res], items: &[Node], budget: &mut Budget) -> Result<(), String> {
    let mut result = Ok(());
    for item in items {
        let Some(targets) = item.get("targets").filter(|targets| !targets.items().is_empty()) else {
            result = Err("a replacement without targets was not read".to_owned());
            all.iter_mut().for_each(|res| res.partial = true);
            continue;
        };
        for target in targets.items() {
            if let Err(why) = replacement(all, target, budget) {
                result = Err(why);
            }
        }
    }
    result
}

fn replacement(all: &mut [Res], target: &Node, budget: &mut Budget) -> Result<(), String> {
    let select = target.get("select").map(Selector::new).transpose()?;
    let rejected: Vec<Selector> = target.get("reject").map_or(&[][..], Node::items).iter().map(Selector::new).collect::<Result<_, _>>()?;
    let paths: Vec<Vec<String>> = match target.get("fieldPaths").map_or(&[][..], Node::items) {
        [] => vec![vec!["metadata".to_owned(), "name".to_owned()]],
        paths => paths.iter().filter_map(Node::as_str).map(parts).collect(),
    };
    let create = target.path(&["options", "create"]).and_then(Node::as_bool) == Some(true);
    let chosen = |res: &Res| select.as_ref().is_none_or(|select| select.matches(res)) && !rejected.iter().any(|other| other.matches(res));
    for res in all.iter_mut().filter(|res| chosen(res)) {
        let Some(root) = res.edit(budget) else { return Err("too many values are copied".to_owned()) };
        for path in &paths {
            blank(root, path, create, &target.origin);
        }
    }
    Ok(())
}

/// The parts of a field path: separated by dots, which `\` and brackets keep.
fn parts(path: &str) -> Vec<String> {
    let (mut out, mut part, mut inside, mut escaped) = (Vec::new(), String::new(), false, false);
    for c in path.chars() {
        match c {
            _ if escaped => {
                part.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '[' => {
                inside = true;
                part.push(c);
            }
            ']' => {
                inside = false;
                part.push(c);
            }
            '.' if !inside => out.push(std::mem::take(&mut part)),
            _ => part.push(c),
        }
    }
    out.push(part);
    // a leading dot is nothing
    out.retain(|part| !part.is_empty());
    out
}

fn blank(node: &mut Node, path: &[String], create: bool, at: &Origin) {
    let Some((first, rest)) = path.split_first() else {
        if size(node) > 0 {
            *node = unknown("set by a replacement", super::fields::stamp(at, &node.origin));
        }
        return;
    };
    match &mut node.value {
        // which items a query means is not worked out: all of them
        Value::List(items) => {
            let at_index: Option<usize> = first.parse().ok();
            let chosen = items.iter_mut().enumerate().filter(|(nr, _)| at_index.is_none_or(|wanted| wanted == *nr));
            chosen.for_each(|(_, item)| blank(item, rest, create, at));
        }
        Value::Map(entries) => {
            let all = first == "*";
            let key = first.strip_prefix('[').and_then(|key| key.strip_suffix(']')).unwrap_or(first);
            if create && !all && !entries.iter().any(|entry| *entry.key == *key) {
                let made = unknown("set by a replacement", super::fields::stamp(at, &node.origin));
                entries.push(super::fields::entry(key, made.origin.clone(), made));
                return;
            }
            entries.iter_mut().filter(|entry| all || *entry.key == *key).for_each(|entry| blank(&mut entry.value, rest, create, at));
        }
        Value::Scalar(_) => {}
    }
}

/// Makes unknown all texts that name one of the variables.
pub(super) fn variables(all: &mut [Res], names: &[&str], budget: &mut Budget) -> Result<(), String> {
    let written: Vec<String> = names.iter().map(|name| format!("$({name})")).collect();
    let is_set = |text: &str| text.contains("$(") && written.iter().any(|name| text.contains(name));
    for res in all {
        if !any_text(&res.root, &is_set) {
            continue;
        }
        let Some(root) = res.edit(budget) else { return Err("too many values are copied".to_owned()) };
        blank_texts(root, &is_set);
    }
    Ok(())
}

fn any_text(node: &Node, wanted: &dyn Fn(&str) -> bool) -> bool {
    match &node.value {
        Value::Map(entries) => entries.iter().any(|entry| any_text(&entry.value, wanted)),
        Value::List(items) => items.iter().any(|item| any_text(item, wanted)),
        Value::Scalar(_) => node.as_str().is_some_and(wanted),
    }
}

fn blank_texts(node: &mut Node, wanted: &dyn Fn(&str) -> bool) {
    if node.as_str().is_some_and(wanted) {
        *node = unknown("set by a variable of the kustomization", node.origin.clone());
        return;
    }
    match &mut node.value {
        Value::Map(entries) => entries.iter_mut().for_each(|entry| blank_texts(&mut entry.value, wanted)),
        Value::List(items) => items.iter_mut().for_each(|item| blank_texts(item, wanted)),
        Value::Scalar(_) => {}
    }
}
