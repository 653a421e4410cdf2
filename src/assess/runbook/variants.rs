//! Several renderings of one workload in one environment: which one the sheet is written from, and in what the others differ.

use std::sync::Arc;

use super::{Desk, Line, Section};
use crate::assess::world::Workload;
use crate::model::value::{Node, Value};

/// So many fields of a rendering are named.
const MAX_FIELDS: usize = 6;

/// So deep are renderings compared.
const MAX_DEPTH: usize = 24;

/// The other renderings of the workload; `None` where there are none that differ.
pub(super) fn variants(desk: &Desk<'_>) -> Option<Section> {
    let own = desk.workload;
    let others =
        desk.world.workloads.iter().filter(|other| {
            other.environment == own.environment && other.subject == own.subject && !Arc::ptr_eq(&other.object, &own.object)
        });
    let mut lines: Vec<Line> = Vec::new();
    for other in others {
        let fields = differing(own, other);
        if fields.is_empty() {
            continue;
        }
        let more = fields.len().saturating_sub(MAX_FIELDS);
        let mut text =
            format!("differs in {}", fields.iter().take(MAX_FIELDS).map(|field| format!("`{field}`")).collect::<Vec<_>>().join(", "));
        if more > 0 {
            text.push_str(&format!(" and {more} more"));
        }
        let line = Line { text, spot: Some(other.spot.clone()), perhaps: false };
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    if lines.is_empty() {
        return None;
    }
    lines.insert(0, Line { text: "this sheet reads".to_owned(), spot: Some(own.spot.clone()), perhaps: false });
    Some(Section { id: "renderings", title: "Renderings", lines, empty: "" })
}

/// The fields of the pods in which two renderings differ, sorted.
fn differing(own: &Workload, other: &Workload) -> Vec<String> {
    let (Some(one), Some(two)) = (own.pod(), other.pod()) else { return Vec::new() };
    let mut out = Vec::new();
    compare(&one.spec.value, &two.spec.value, "", 0, &mut out);
    out.sort();
    out.dedup();
    out
}

/// Items of lists by their names, where they have any.
fn name_of(item: &Node, at: usize) -> String {
    item.get("name").and_then(Node::as_str).map_or_else(|| at.to_string(), str::to_owned)
}

fn compare(one: &Node, two: &Node, path: &str, depth: usize, out: &mut Vec<String>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    if one.value == two.value || out.len() > 4 * MAX_FIELDS {
        return;
    }
    match (&one.value, &two.value) {
        (Value::Map(entries), Value::Map(others)) if depth < MAX_DEPTH => {
            for entry in entries {
                match two.get(&entry.key) {
                    Some(value) => compare(&entry.value, value, &below(&entry.key), depth + 1, out),
                    None => out.push(below(&entry.key)),
                }
            }
            out.extend(others.iter().filter(|entry| one.get(&entry.key).is_none()).map(|entry| below(&entry.key)));
        }
        (Value::List(items), Value::List(others)) if depth < MAX_DEPTH => {
            let find = |name: &str| others.iter().enumerate().find(|(at, item)| name_of(item, *at) == name).map(|(_, item)| item);
            for (at, item) in items.iter().enumerate().take(64) {
                let name = name_of(item, at);
                match find(&name) {
                    Some(other) => compare(item, other, &format!("{path}[{name}]"), depth + 1, out),
                    None => out.push(format!("{path}[{name}]")),
                }
            }
            let known = |name: &str| items.iter().enumerate().any(|(at, item)| name_of(item, at) == name);
            let extra = others.iter().enumerate().take(64).map(|(at, item)| name_of(item, at)).filter(|name| !known(name));
            out.extend(extra.map(|name| format!("{path}[{name}]")));
        }
        _ => out.push(path.to_owned()),
    }
}
