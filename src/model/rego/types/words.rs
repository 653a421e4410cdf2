//! Types in words.

use super::ty::{Maybe, Type, values};
use crate::model::rego::value::{Value, to_text};

/// At most so many keys, and alternatives, are listed.
const LISTED: usize = 4;

/// `a number`, `an array of strings or null`; without end for no type.
pub(super) fn one(ty: Option<&Type>) -> String {
    let Some(ty) = ty else { return "unknown".to_owned() };
    match ty.unwrapped() {
        Type::Null => "null".to_owned(),
        Type::Boolean => "a boolean".to_owned(),
        Type::Number => "a number".to_owned(),
        Type::String => "a string".to_owned(),
        Type::Array(array) if array.fixed.is_empty() && array.rest.is_none() => "an empty array".to_owned(),
        Type::Array(array) if !array.fixed.is_empty() && array.rest.is_none() => {
            let count = array.fixed.len();
            match uniform(values(Some(ty))) {
                Some(items) if count > 1 => format!("an array of {count} {items}"),
                Some(_) => format!("an array of {}", one(array.fixed[0].as_ref())),
                None if count == 1 => "an array of 1 item".to_owned(),
                None => format!("an array of {count} items"),
            }
        }
        Type::Array(_) => of("an array", values(Some(ty))),
        Type::Object(object) if object.fixed.is_empty() && object.rest.is_none() => "an empty object".to_owned(),
        Type::Object(object) if object.fixed.is_empty() => of("an object", values(Some(ty))),
        Type::Object(object) => {
            let keys: Vec<Value> = object.fixed.iter().map(|(key, _)| key.clone()).collect();
            format!("an object with {}", key_list(&keys))
        }
        Type::Set(set) => of("a set", set.of.clone()),
        Type::Any => "any value".to_owned(),
        Type::Union(union) => alternatives(&union.members, &|ty| one(Some(ty))),
        Type::Function(_) => "a function".to_owned(),
        Type::Recursive(_) => "a value".to_owned(),
    }
}

/// `numbers`, `strings or arrays`.
pub(super) fn many(ty: &Type) -> String {
    match ty.unwrapped() {
        Type::Null => "nulls",
        Type::Boolean => "booleans",
        Type::Number => "numbers",
        Type::String => "strings",
        Type::Array(_) => "arrays",
        Type::Object(_) => "objects",
        Type::Set(_) => "sets",
        Type::Union(union) => return alternatives(&union.members, &many),
        Type::Function(_) => "functions",
        Type::Any | Type::Recursive(_) => "values",
    }
    .to_owned()
}

fn of(what: &str, items: Maybe) -> String {
    match uniform(items) {
        Some(items) => format!("{what} of {items}"),
        None => what.to_owned(),
    }
}

/// The plural of what items are, where that says anything.
fn uniform(items: Maybe) -> Option<String> {
    items.filter(|ty| !matches!(ty.unwrapped(), Type::Any)).map(|ty| many(&ty))
}

fn alternatives(members: &[Type], word: &dyn Fn(&Type) -> String) -> String {
    let mut words: Vec<String> = Vec::new();
    for member in members {
        let text = word(member);
        if !words.contains(&text) {
            words.push(text);
        }
        if words.len() > LISTED + 1 {
            break;
        }
    }
    if words.len() > LISTED + 1 {
        words.truncate(LISTED);
        words.push("something else".to_owned());
    }
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => "any value".to_owned(),
    }
}

/// ``the key `a` ``, ``the keys `a`, `b` and 7 more``.
pub(super) fn key_list(keys: &[Value]) -> String {
    let shown: Vec<String> = keys.iter().take(2 * LISTED).map(|key| format!("`{}`", key_text(key))).collect();
    let rest = keys.len() - shown.len();
    match (shown.as_slice(), rest) {
        ([only], 0) => format!("the key {only}"),
        ([list @ .., last], 0) => format!("the keys {} and {last}", list.join(", ")),
        (shown, rest) => format!("the keys {} and {rest} more", shown.join(", ")),
    }
}

/// A key as one writes it: strings without quotes, nothing long.
pub(super) fn key_text(key: &Value) -> String {
    let text = match key.as_str() {
        Some(text) if !text.is_empty() && !text.contains(char::is_control) => text.to_owned(),
        _ => to_text(key),
    };
    if text.chars().count() <= 40 { text } else { text.chars().take(39).chain(['…']).collect() }
}
