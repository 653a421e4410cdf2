//! What a fix would change, as removed and added lines.

use super::excerpt::clip;
use super::visible;
use crate::diag::Fix;
use crate::text::{Edit, SourceFile, SourceMap, Span, apply_edits};

/// More changed places than these are counted, not shown.
const MAX_HUNKS: usize = 4;
/// So are more lines of one place.
const MAX_LINES: usize = 6;
/// Longer ones are cut around the edits before anything else is done with them.
const MAX_BYTES: u32 = 16 * 1024;

pub(super) enum Change {
    /// The lines that follow are in this file.
    File(String),
    Removed {
        line: usize,
        text: String,
    },
    Added {
        line: usize,
        text: String,
    },
    MoreLines(usize),
    MorePlaces(usize),
}

/// The lines that `fix` changes; empty where the outer text cannot take it. `home` is the path that needs no mention.
pub(super) fn changes(sources: &SourceMap, fix: &Fix, home: &str, width: usize) -> Vec<Change> {
    let Some(edits) = fix.to_outer(sources) else { return Vec::new() };
    let mut out = Vec::new();
    let mut path = home;
    let touch = |a: &Edit, b: &Edit| a.at.source == b.at.source && near(sources.get(a.at.source), a, b);
    let hunks: Vec<&[Edit]> = edits.chunk_by(touch).collect();
    for hunk in hunks.iter().take(MAX_HUNKS) {
        let file = sources.get(hunk[0].at.source);
        if file.path != path {
            out.push(Change::File(visible(&file.path).into_owned()));
            path = &file.path;
        }
        show(file, hunk, width, &mut out);
    }
    if hunks.len() > MAX_HUNKS {
        out.push(Change::MorePlaces(hunks.len() - MAX_HUNKS));
    }
    out
}

/// Whether two edits change the same or neighbouring lines.
fn near(file: &SourceFile, a: &Edit, b: &Edit) -> bool {
    file.line(b.at.span.start) <= file.line(a.at.span.end) + 1
}

fn show(file: &SourceFile, edits: &[Edit], width: usize, out: &mut Vec<Change>) {
    let (Some(first), Some(last)) = (edits.first(), edits.last()) else { return };
    let first_line = file.line(first.at.span.start);
    let range = whole_lines(file, first.at.span.start, last.at.span.end);
    let old = &*file.shown(range);
    let shifted = edits.iter().map(|edit| {
        let span = Span::new(edit.at.span.start - range.start, edit.at.span.end - range.start);
        (span, edit.text.as_str())
    });
    let Ok(new) = apply_edits(old, shifted) else { return };
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let focus = (first.at.span.start - range.start) as usize;
    let print = |at: usize, line: &str| {
        let shown = clip(line, if at == 0 { focus } else { 0 }, width);
        let (before, after) = (if shown.start > 0 { "…" } else { "" }, if shown.end < line.len() { "…" } else { "" });
        format!("{before}{}{after}", visible(&line[shown].replace('\t', "    ")))
    };
    let (removed, added) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    for (at, line) in removed.iter().enumerate().take(MAX_LINES) {
        out.push(Change::Removed { line: first_line + 1 + head + at, text: print(head + at, line) });
    }
    if removed.len() > MAX_LINES {
        out.push(Change::MoreLines(removed.len() - MAX_LINES));
    }
    for (at, line) in added.iter().enumerate().take(MAX_LINES) {
        out.push(Change::Added { line: first_line + 1 + head + at, text: print(head + at, line) });
    }
    if added.len() > MAX_LINES {
        out.push(Change::MoreLines(added.len() - MAX_LINES));
    }
}

/// The lines from `start` to `end`, or where they are long, what lies around the two.
fn whole_lines(file: &SourceFile, start: u32, end: u32) -> Span {
    let len = u32::try_from(file.text.len()).unwrap_or(u32::MAX);
    let from = file.line_starts()[file.line(start)];
    let to = file.line_starts().get(file.line(end) + 1).copied().unwrap_or(len);
    let floor = |mut at: u32| {
        while !file.text.is_char_boundary(at as usize) {
            at -= 1;
        }
        at
    };
    let from = if start - from > MAX_BYTES { floor(start - MAX_BYTES) } else { from };
    let to = if to - end > MAX_BYTES { floor(end + MAX_BYTES) } else { to };
    Span::new(from, to)
}
