//! What rules about SPIRE's configurations share.

use super::insert::replace_bool;
use super::prelude::*;
use crate::model::spire::{self, Bool};
use crate::model::value::{Entry, Node as Data};
use crate::text::{Location, SourceMap};

/// Reports a boolean key that has the value `bad`, and one that is no boolean, which SPIRE refuses. `fix` writes the other value.
pub(super) fn report_bool(entry: &Entry, bad: bool, what: &str, help: &str, fix: Option<Applicability>, cx: &mut ManifestCx<'_>) {
    let message = match spire::boolean(&entry.value) {
        Bool::Value(value) if value == bad => what.to_owned(),
        Bool::Value(_) => return,
        Bool::Refused(found) => format!("`{}` is a {found}, not a boolean: SPIRE refuses the file", entry.key),
        Bool::Unknown => return cx.withhold(),
    };
    let edit = fix.and_then(|fix| Some((fix, replace_bool(cx.sources(), &entry.value, !bad)?)));
    let Some(report) = cx.report(&entry.origin, message) else { return };
    let report = report.help(help);
    if let Some((fix, edit)) = edit {
        report.fix(format!("set `{}` to `{}`", entry.key, !bad), fix, [edit]);
    }
}

/// The edit that writes `line` above the first entry of a block in HCL, indented like it. `None` in JSON, and where the entry does
/// not begin its line.
pub(super) fn insert_line(sources: &SourceMap, block: &Data, line: &str) -> Option<(Location, String)> {
    let first = block.entries().iter().min_by_key(|entry| entry.origin.at.span.start)?;
    let at = first.origin.at;
    let text = &*sources.get(at.source).text;
    let start = at.span.start as usize;
    let line_start = text.get(..start)?.rfind('\n').map_or(0, |end| end + 1);
    let indent = &text[line_start..start];
    if is_json(text) || !indent.bytes().all(|byte| matches!(byte, b' ' | b'\t')) {
        return None;
    }
    let end = if text[..line_start].ends_with("\r\n") { "\r\n" } else { "\n" };
    Some((Location { source: at.source, span: Span::at(at.span.start) }, format!("{line}{end}{indent}")))
}

/// The edit that removes an attribute which has its line for itself. `None` where something else stands on it, a comment maybe, and in
/// JSON, where a comma may be left over.
pub(super) fn remove_line(sources: &SourceMap, entry: &Entry) -> Option<(Location, String)> {
    let (from, to) = (entry.origin.at, entry.value.origin.at);
    if from.source != to.source {
        return None;
    }
    let text = &*sources.get(from.source).text;
    let start = text.get(..from.span.start as usize)?.rfind('\n').map_or(0, |end| end + 1);
    let end = to.span.end as usize;
    let rest = text.get(end..)?;
    let next = rest.find('\n').map_or(text.len(), |at| end + at + 1);
    let before = text[start..from.span.start as usize].trim();
    let behind = text[end..next].trim();
    let is_one_line = !text[from.span.start as usize..end].contains('\n');
    if is_json(text) || !is_one_line || !before.is_empty() || !matches!(behind, "" | ",") {
        return None;
    }
    let span = Span::new(u32::try_from(start).ok()?, u32::try_from(next).ok()?);
    Some((Location { source: from.source, span }, String::new()))
}

fn is_json(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with('{')
}
