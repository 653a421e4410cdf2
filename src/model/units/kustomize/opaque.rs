//! What is not computed: `vars`. What they would set becomes unknown, so that nothing false is said of it.

use super::fields::unknown;
use super::resource::{Budget, Res};
use crate::model::value::{Node, Value};

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
