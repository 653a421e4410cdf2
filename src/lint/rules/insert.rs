//! Edits of values as they are written.

use crate::model::k8s::Object;
use crate::model::value::{Entry, Node};
use crate::text::{Location, SourceMap, Span};

/// The edit that writes `key: value`, plain words both, before the entry `next` of a map, in the map's own style. `None` where the
/// map or the entry reaches the object through an alias or a patch, or is written in a way that leaves no room.
pub(super) fn insert_before(sources: &SourceMap, map: &Node, next: &Entry, key: &str, value: &str) -> Option<(Location, String)> {
    insert_value(sources, map, next, key, [value, &format!("\"{value}\"")])
}

/// As [`insert_before`], for any value: as YAML and as JSON write it.
pub(super) fn insert_value(sources: &SourceMap, map: &Node, next: &Entry, key: &str, value: [&str; 2]) -> Option<(Location, String)> {
    let at = next.origin.at;
    if !map.origin.via.is_empty() || !next.origin.via.is_empty() || at.source != map.origin.at.source {
        return None;
    }
    let text = &*sources.get(at.source).text;
    let start = at.span.start as usize;
    let line = text.get(..start)?.rfind(['\n', '\r']).map_or(0, |end| end + 1);
    let before = &text[line..start];
    let line_break = if text[start..].find('\n').is_some_and(|end| text[start..][..end].ends_with('\r')) { "\r\n" } else { "\n" };
    let is_flow = text.get(map.origin.at.span.start as usize..)?.starts_with('{');
    let is_first_on_line = before.bytes().all(|byte| matches!(byte, b' ' | b'\t'));
    let [yaml, json] = value;
    let entry = if text[start..].starts_with('"') { format!("\"{key}\": {json}") } else { format!("{key}: {yaml}") };
    let written = match (is_flow, is_first_on_line) {
        (true, true) => format!("{entry},{line_break}{before}"),
        (true, false) => format!("{entry}, "),
        (false, true) => format!("{entry}{line_break}{before}"),
        // the first entry of a map in a list: `- rules:`
        (false, false) if before.bytes().all(|byte| matches!(byte, b' ' | b'-')) => {
            format!("{entry}{line_break}{}", " ".repeat(before.len()))
        }
        (false, false) => return None,
    };
    Some((Location { source: at.source, span: Span::new(at.span.start, at.span.start) }, written))
}

/// The edit that writes `key: value` at the head of a map that has entries.
pub(super) fn insert_first(sources: &SourceMap, map: &Node, key: &str, value: [&str; 2]) -> Option<(Location, String)> {
    insert_value(sources, map, map.entries().iter().min_by_key(|entry| entry.origin.at.span.start)?, key, value)
}

/// The edit that writes a boolean in the place of a scalar, quotes included. `None` where it is written on several lines.
pub(super) fn replace_bool(sources: &SourceMap, scalar: &Node, value: bool) -> Option<(Location, String)> {
    let at = scalar.origin.at;
    let written = sources.get(at.source).slice(at.span);
    (!written.is_empty() && !written.contains(['\n', '\r'])).then(|| (at, value.to_string()))
}

/// The edit that writes one more item behind the last one of a list, in the list's own style; `item` is a scalar, or a map in flow
/// style. `None` where the list or the item reaches the object through an alias or a patch, or is written in a way that leaves no
/// room.
pub(super) fn append_item(sources: &SourceMap, list: &Node, item: &str) -> Option<(Location, String)> {
    let (at, last) = (list.origin.at, list.items().last()?);
    let end_of = last_place(last);
    if !list.origin.via.is_empty() || !last.origin.via.is_empty() || end_of.source != at.source || !at.span.covers(end_of.span) {
        return None;
    }
    let text = &*sources.get(at.source).text;
    let start = last.origin.at.span.start as usize;
    if text.get(at.span.range())?.starts_with('[') {
        let end = Location { source: at.source, span: Span::at(last.origin.at.span.end) };
        return Some((end, format!(", {item}")));
    }
    let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let before = &text[line..start];
    let line_break = if line >= 2 && text[..line].ends_with("\r\n") { "\r\n" } else { "\n" };
    let is_plain = before.bytes().all(|byte| matches!(byte, b' ' | b'-')) && before.bytes().filter(|byte| *byte == b'-').count() == 1;
    // a comment behind the item stays with it
    let end = end_of.span.end as usize;
    let rest = text[end..].split(['\n', '\r']).next().unwrap_or("");
    let is_last = rest.trim_start().is_empty() || rest.trim_start().starts_with('#');
    // `policyTypes: &a` and the like have more in front
    let place = Span::at(u32::try_from(end + rest.len()).ok()?);
    (is_plain && is_last).then(|| (Location { source: at.source, span: place }, format!("{line_break}{before}{item}")))
}

/// The place of the last scalar, or empty collection, of a value.
fn last_place(node: &Node) -> Location {
    match (node.entries().last(), node.items().last()) {
        (Some(entry), _) => last_place(&entry.value),
        (None, Some(item)) => last_place(item),
        (None, None) => node.origin.at,
    }
}

/// The edit that appends a document to the file that `object` is written in; every other byte stays. `document` ends in a line break.
/// `None` where that is no YAML file of its own, or where `name`, which the document repeats, reaches the object from elsewhere.
pub(super) fn append_document(sources: &SourceMap, object: &Object, name: Option<&Node>, document: &str) -> Option<(Location, String)> {
    let file = sources.get(object.source);
    let path = file.path.rsplit('/').next()?;
    let is_yaml = path.ends_with(".yaml") || path.ends_with(".yml");
    let root = &object.root.origin;
    let is_written_here = |node: &Node| node.origin.via.is_empty() && node.origin.at.source == object.source;
    if !is_yaml || file.mapping.is_some() || root.at.source != object.source || !root.via.is_empty() || !name.is_none_or(is_written_here) {
        return None;
    }
    let text = &*file.text;
    // a template's last action may stand around the end; so may a block scalar that a line break would lengthen
    let ends_line = text.ends_with(['\n', '\r']);
    if text.contains("{{") || (!ends_line && text.lines().any(|line| line.trim_end().ends_with(['|', '>', '+', '-']) && line.contains(':')))
    {
        return None;
    }
    let line_break = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let end = u32::try_from(text.len()).ok()?;
    let first = if ends_line { "" } else { line_break };
    let written = format!("{first}---{line_break}{}", document.replace('\n', line_break));
    Some((Location { source: object.source, span: Span::new(end, end) }, written))
}
