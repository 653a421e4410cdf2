//! Moving the Rego of a target that is written in flow style: JSON, or YAML in braces.

use super::raise::{Map, line_start, shifted_behind_first};
use crate::model::value::Node;
use crate::text::Span;

/// Moves `rego` and `libs` of a target to `code`.
///
/// # Errors
/// Why that cannot be done in place, and what to do.
pub(super) fn legacy(map: &Map<'_>) -> Result<Vec<(Span, String)>, String> {
    let rego = map.get("rego").ok_or("the target has libraries but no `rego`; Gatekeeper does not read them")?;
    let libs = map.get("libs");
    let first = rego.min(libs.unwrap_or(rego));
    let written = |at: usize| &map.outer[map.entries[at].span.range()];
    let mut moved: Vec<usize> = std::iter::once(rego).chain(libs).collect();
    moved.sort_unstable();
    let texts: Vec<&str> = moved.iter().map(|at| written(*at)).collect();
    if moved.iter().any(|at| gaps(map, *at).contains('#')) {
        return Err("comments stand between its keys; move it to `code[].source` by hand".to_owned());
    }
    let style = Style::of(map, first);
    if let Some(code) = map.get("code") {
        let last = map.entries[code].node.items().last();
        let end = last.map(Node::span).filter(|_| map.outer[map.entries[code].value.range()].starts_with('['));
        let end = end.ok_or("its `code` cannot be added to; add the item `engine: Rego` by hand")?.end;
        let mut edits = removed(map, &moved);
        edits.push((Span::at(end), format!(", {}", style.item(&texts))));
        return Ok(edits);
    }
    let mut edits = vec![(map.entries[first].span, style.code(&texts))];
    if let Some(second) = moved.iter().copied().find(|at| *at != first) {
        edits.extend(removed(map, &[second]));
    }
    Ok(edits)
}

/// What stands between an entry and those beside it.
fn gaps(map: &Map<'_>, at: usize) -> String {
    let span = map.entries[at].span;
    let before = at.checked_sub(1).map_or(span.start, |before| map.entries[before].span.end);
    let after = map.entries.get(at + 1).map_or(span.end, |after| after.span.start);
    [before..span.start, span.end..after].map(|gap| map.outer.get(gap.start as usize..gap.end as usize).unwrap_or_default()).concat()
}

/// The edits that take entries out, each run of them with one comma. An entry in front of the first run stays.
fn removed(map: &Map<'_>, entries: &[usize]) -> Vec<(Span, String)> {
    let mut edits = Vec::new();
    let mut at = 0;
    while at < map.entries.len() {
        if !entries.contains(&at) {
            at += 1;
            continue;
        }
        let start = at;
        while at < map.entries.len() && entries.contains(&at) {
            at += 1;
        }
        let span = match start.checked_sub(1) {
            Some(kept) => Span::new(map.entries[kept].span.end, map.entries[at - 1].span.end),
            None => Span::new(map.entries[0].span.start, map.entries.get(at).map_or(map.entries[at - 1].span.end, |next| next.span.start)),
        };
        edits.push((span, String::new()));
    }
    edits
}

/// How new entries are written.
struct Style<'t> {
    quote: &'static str,
    /// The indentation of the key, and what a level adds, where each entry has lines of its own.
    lines: Option<(&'t str, String)>,
    line_break: &'static str,
}

impl<'t> Style<'t> {
    /// As the entry at `at` is written.
    fn of(map: &Map<'t>, at: usize) -> Self {
        let start = map.entries[at].span.start;
        let quote = if map.outer[start as usize..].starts_with('"') { "\"" } else { "" };
        let indent = map.before(start);
        let lines = indent.trim().is_empty().then(|| {
            // the line of the brace
            let brace = map.outer[..map.entries[0].span.start as usize].rfind('{').unwrap_or(0);
            let outer = &map.outer[line_start(map.outer, brace)..];
            let outer = &outer[..outer.len() - outer.trim_start_matches([' ', '\t']).len()];
            let unit = indent.strip_prefix(outer).filter(|unit| !unit.is_empty()).unwrap_or("  ");
            (indent, unit.to_owned())
        });
        Self { quote, lines, line_break: map.line_break() }
    }

    fn quoted(&self, text: &str) -> String {
        format!("{0}{text}{0}", self.quote)
    }

    fn code(&self, texts: &[&str]) -> String {
        let Some((indent, unit)) = &self.lines else { return format!("{}: [{}]", self.quoted("code"), self.item(texts)) };
        let line = |depth: usize, text: &str| format!("{}{indent}{}{text}", self.line_break, unit.repeat(depth));
        let mut out = format!("{}: [", self.quoted("code"));
        out += &line(1, "{");
        out += &line(2, &format!("{}: {},", self.quoted("engine"), self.quoted("Rego")));
        out += &line(2, &format!("{}: {{", self.quoted("source")));
        out += &line(3, &format!("{}: {}", self.quoted("version"), self.quoted("v1")));
        for text in texts {
            out += ",";
            out += &line(3, &shifted_behind_first(text, &unit.repeat(3)));
        }
        out += &line(2, "}");
        out += &line(1, "}");
        out + &line(0, "]")
    }

    fn item(&self, texts: &[&str]) -> String {
        let [engine, source, version] = ["engine", "source", "version"].map(|key| self.quoted(key));
        let [rego, v1] = ["Rego", "v1"].map(|value| self.quoted(value));
        format!("{{{engine}: {rego}, {source}: {{{version}: {v1}, {}}}}}", texts.join(", "))
    }
}
