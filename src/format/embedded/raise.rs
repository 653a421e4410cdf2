//! Giving the Rego of a ConstraintTemplate the version v1: `code[].source.version`, the only place that can name one.
//!
//! What stands directly under the target moves to `code: [{engine: Rego, source: {version: v1, …}}]`, as it is written and with its
//! comments. Nothing here looks inside the Rego.

use crate::model::gatekeeper::{self, Source};
use crate::model::k8s::Object;
use crate::model::value::{Entry, Node, Value};
use crate::text::Span;

/// What happened to a map.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Raised {
    /// The source got its version.
    Version,
    /// `rego` and `libs` of the target moved.
    Legacy,
}

/// How a source gets its version.
#[derive(Debug)]
pub(super) struct Raise {
    pub(super) edits: Vec<(Span, String)>,
    /// The map that changes.
    pub(super) span: Span,
    pub(super) raised: Raised,
}

/// The edits of `outer` that make `source` v1.
///
/// # Errors
/// Why that cannot be done in place, and what to do.
pub(super) fn raise(outer: &str, object: &Object, source: &Source<'_>) -> Result<Raise, String> {
    if object.partial {
        return Err("the file is a template; write `version: v1` and the v1 text by hand".to_owned());
    }
    let map = Map::new(outer, source.holder)?;
    let raised = if source.is_legacy { Raised::Legacy } else { Raised::Version };
    let edits = if source.is_legacy {
        if code_items(source).iter().any(gatekeeper::is_rego) {
            return Err("`rego` of the target hides the Rego under `code`; remove one of them".to_owned());
        }
        if map.is_flow { super::raise_flow::legacy(&map)? } else { legacy(&map, dash_offset(&map, object))? }
    } else {
        version(&map)?
    };
    Ok(Raise { edits, span: source.holder.span(), raised })
}

fn code_items<'o>(source: &Source<'o>) -> &'o [Node] {
    source.target.get("code").map_or(&[][..], Node::items)
}

/// A map as it is written.
pub(super) struct Map<'t> {
    pub(super) outer: &'t str,
    /// In the order of the text.
    pub(super) entries: Vec<Written<'t>>,
    pub(super) is_flow: bool,
}

/// An entry as it is written.
#[derive(Clone)]
pub(super) struct Written<'t> {
    pub(super) key: &'t str,
    /// From the key's start to the value's end.
    pub(super) span: Span,
    /// Where the key ends.
    pub(super) key_end: u32,
    /// The value, or the alias that stands for it.
    pub(super) value: Span,
    pub(super) node: &'t Node,
}

impl<'t> Map<'t> {
    fn new(outer: &'t str, node: &'t Node) -> Result<Self, String> {
        let depth = node.origin.via.len();
        let written = |entry: &'t Entry| {
            let value = entry.value.origin.via.get(depth).map_or(entry.value.span(), |alias| alias.span);
            let span = Span::new(entry.origin.at.span.start, value.end.max(entry.origin.at.span.end));
            let is_own = entry.origin.via.len() == depth && node.span().covers(span);
            let written = Written { key: &entry.key, span, key_end: entry.origin.at.span.end, value, node: &entry.value };
            is_own.then_some(written).ok_or_else(|| "it is merged from another map; write it out".to_owned())
        };
        let mut entries = node.entries().iter().map(written).collect::<Result<Vec<_>, _>>()?;
        entries.sort_by_key(|entry| entry.span);
        let is_flow = outer.as_bytes().get(node.span().start as usize) == Some(&b'{');
        Ok(Self { outer, entries, is_flow })
    }

    pub(super) fn get(&self, key: &str) -> Option<usize> {
        self.entries.iter().position(|entry| entry.key == key)
    }

    /// What stands in front of `at` on its line.
    pub(super) fn before(&self, at: u32) -> &'t str {
        &self.outer[line_start(self.outer, at as usize)..at as usize]
    }

    pub(super) fn line_break(&self) -> &'static str {
        let at = memchr::memchr(b'\n', self.outer.as_bytes());
        if at.is_some_and(|at| at > 0 && self.outer.as_bytes()[at - 1] == b'\r') { "\r\n" } else { "\n" }
    }

    /// The lines of an entry in block style, its key's first: from the key to the start of the line behind the value.
    fn lines(&self, at: usize) -> Span {
        let entry = &self.entries[at];
        let mut end = (entry.span.end as usize).max(entry.key_end as usize);
        if !(end > 0 && self.outer.as_bytes()[end - 1] == b'\n') {
            end = line_end(self.outer, end);
        }
        let header = self.outer[entry.value.start as usize..].lines().next().unwrap_or_default();
        let keeps = header.starts_with(['|', '>']) && header.split([' ', '#']).next().is_some_and(|header| header.contains('+'));
        while keeps && end < self.outer.len() {
            let next = line_end(self.outer, end);
            if !self.outer[end..next].trim().is_empty() {
                break;
            }
            end = next;
        }
        Span::new(entry.span.start, offset(end))
    }
}

/// `version: v1` in a source.
fn version(map: &Map<'_>) -> Result<Vec<(Span, String)>, String> {
    if let Some(at) = map.get("version") {
        let entry = &map.entries[at];
        let written = &map.outer[entry.value.range()];
        let quote = written.chars().next().filter(|c| matches!(c, '"' | '\'')).map_or_else(String::new, String::from);
        // the driver takes any other value for v0 as well, but who wrote it meant something
        if !matches!(written.trim_matches(['"', '\'']), "v0" | "") || written.is_empty() || !matches!(entry.node.value, Value::Scalar(_)) {
            return Err("its `version` is not `v0`; set it to `v1`".to_owned());
        }
        return Ok(vec![(entry.value, format!("{quote}v1{quote}"))]);
    }
    let first = map.entries.first().ok_or("its source is empty")?;
    let before = map.before(first.span.start);
    let quoted = map.outer[first.span.start as usize..].starts_with('"');
    let entry = if map.is_flow && quoted { "\"version\": \"v1\"" } else { "version: v1" };
    let separator = match (map.is_flow, before.trim().is_empty()) {
        (true, true) => format!(",{}{before}", map.line_break()),
        (true, false) => ", ".to_owned(),
        (false, true) => format!("{}{before}", map.line_break()),
        (false, false) => return Err("its source does not start on a line of its own; add `version: v1`".to_owned()),
    };
    Ok(vec![(Span::at(first.span.start), format!("{entry}{separator}"))])
}

/// So many columns to the right of its key a list's dash stands: 0 or more.
fn dash_offset(map: &Map<'_>, object: &Object) -> usize {
    let column = |at: u32| at as usize - line_start(map.outer, at as usize);
    let dash = map
        .entries
        .first()
        .and_then(|first| Some(line_start(map.outer, first.span.start as usize) + map.before(first.span.start).rfind('-')?));
    let key = object.root.entry_at(&["spec", "targets"]).map(|entry| entry.origin.at.span.start);
    match (dash, key) {
        (Some(dash), Some(key)) => column(offset(dash)).saturating_sub(column(key)).min(8),
        _ => 2,
    }
}

/// Moves `rego` and `libs` of a target in block style.
fn legacy(map: &Map<'_>, dash: usize) -> Result<Vec<(Span, String)>, String> {
    let rego = map.get("rego").ok_or("the target has libraries but no `rego`; Gatekeeper does not read them")?;
    let mut moved: Vec<usize> = std::iter::once(rego).chain(map.get("libs")).collect();
    moved.sort_unstable();
    for at in &moved {
        let before = map.before(map.entries[*at].span.start);
        if !before.chars().all(|c| c == ' ' || c == '-') || (*at > 0 && before.contains('-')) {
            return Err("its keys do not start on lines of their own; move them to `code[].source` by hand".to_owned());
        }
    }
    let column = map.before(map.entries[moved[0]].span.start).len();
    match map.get("code") {
        Some(code) => beside(map, &moved, code, column),
        None => Ok(wrapped(map, &moved, column, dash)),
    }
}

/// Writes `code` in front of the first of the moved entries, and the other one behind it.
fn wrapped(map: &Map<'_>, moved: &[usize], column: usize, dash: usize) -> Vec<(Span, String)> {
    let line_break = map.line_break();
    let line = |indent: usize, text: &str| format!("{text}{line_break}{}", " ".repeat(column + indent));
    let header = line(dash, "code:") + &line(dash + 2, "- engine: Rego") + &line(dash + 4, "source:") + &line(dash + 4, "version: v1");
    let lead = " ".repeat(dash + 4);
    let mut lines = map.lines(moved[0]);
    let mut edits = Vec::new();
    if let Some(second) = moved.get(1).copied() {
        if second == moved[0] + 1 {
            lines.end = map.lines(second).end;
        } else {
            let cut = cut(map, second);
            edits.push((Span::at(lines.end), ended(shifted(&map.outer[cut.range()], &lead), line_break)));
            edits.push((cut, String::new()));
        }
    }
    edits.push((Span::at(lines.start), header));
    let first_end = line_end(map.outer, lines.start as usize);
    let mut at = first_end;
    for text in map.outer[first_end..(lines.end as usize).max(first_end)].split_inclusive('\n') {
        if !text.trim_end_matches(['\n', '\r']).is_empty() {
            edits.push((Span::at(offset(at)), lead.clone()));
        }
        at += text.len();
    }
    edits
}

/// Moves the entries to a new item of the list under `code`.
fn beside(map: &Map<'_>, moved: &[usize], code: usize, column: usize) -> Result<Vec<(Span, String)>, String> {
    let by_hand = || "its `code` is not written as a block list; add the item `engine: Rego` by hand".to_owned();
    let first = map.entries[code].node.items().first().filter(|first| map.entries[code].value.covers(first.span()));
    let first = first.ok_or_else(by_hand)?;
    let before = map.before(first.span().start);
    let dash = before.find('-').filter(|dash| before[..*dash].trim().is_empty() && before[dash + 1..].trim().is_empty());
    let dash = dash.filter(|dash| *dash >= column).ok_or_else(by_hand)?;
    let line_break = map.line_break();
    let indent = " ".repeat(dash);
    let mut item = format!("{indent}- engine: Rego{line_break}{indent}  source:{line_break}{indent}    version: v1{line_break}");
    let lead = " ".repeat(dash + 4 - column);
    let mut edits = Vec::new();
    for at in moved {
        let lines = map.lines(*at);
        let starts_item = map.before(lines.start).contains('-');
        if starts_item {
            let next = map.entries.get(at + 1).ok_or_else(by_hand)?.span.start;
            if moved.contains(&(at + 1)) || map.outer[lines.end as usize..next as usize].contains('#') {
                return Err("its keys cannot be taken out of the item; move them to `code[].source` by hand".to_owned());
            }
            item += &" ".repeat(dash + 4);
            item += &ended(shifted_behind_first(&map.outer[lines.range()], &lead), line_break);
            edits.push((Span::new(lines.start, next), String::new()));
        } else {
            let cut = cut(map, *at);
            item += &ended(shifted(&map.outer[cut.range()], &lead), line_break);
            edits.push((cut, String::new()));
        }
    }
    let end = map.lines(code).end;
    let joint = if map.outer[..end as usize].ends_with('\n') { "" } else { line_break };
    edits.push((Span::at(end), format!("{joint}{item}")));
    Ok(edits)
}

/// The lines of an entry with the comments right above it.
fn cut(map: &Map<'_>, at: usize) -> Span {
    let lines = map.lines(at);
    let mut start = line_start(map.outer, lines.start as usize);
    while start > 0 {
        let above = line_start(map.outer, start - 1);
        if !map.outer[above..start].trim_start().starts_with('#') || at > 0 && offset(above) < map.lines(at - 1).end {
            break;
        }
        start = above;
    }
    Span::new(offset(start), lines.end)
}

/// The lines of `text`, each that is not empty behind `lead`.
fn shifted(text: &str, lead: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for line in text.split_inclusive('\n') {
        if !line.trim_end_matches(['\n', '\r']).is_empty() {
            out.push_str(lead);
        }
        out.push_str(line);
    }
    out
}

/// As [`shifted`], but for the first line.
pub(super) fn shifted_behind_first(text: &str, lead: &str) -> String {
    let first = line_end(text, 0);
    format!("{}{}", &text[..first], shifted(&text[first..], lead))
}

fn ended(mut text: String, line_break: &str) -> String {
    if !text.ends_with('\n') {
        text.push_str(line_break);
    }
    text
}

pub(super) fn line_start(text: &str, at: usize) -> usize {
    memchr::memrchr(b'\n', &text.as_bytes()[..at]).map_or(0, |found| found + 1)
}

/// Where the line behind that of `at` starts.
fn line_end(text: &str, at: usize) -> usize {
    memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |found| at + found + 1)
}

fn offset(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
