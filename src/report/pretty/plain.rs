//! Draws what most findings show without the renderer: one place on one line, among lines of ASCII, without colour.
//!
//! The drawing is the renderer's (a test holds both against each other), which takes twenty times as long for it: it measures
//! characters and lays out labels that are not there.

use std::borrow::Cow;
use std::ops::Range;

use super::super::escape::{is_plain, is_plain_but_tabs};
use super::super::excerpt::{CONTEXT, clip};
use crate::text::{SourceFile, Span};

/// Columns from one tab stop to the next.
const TAB: usize = 4;

/// Longer lines are not looked at for each finding in them.
const LONG: usize = 2000;

/// The characters of the drawing.
struct Strokes {
    top: &'static str,
    bar: &'static str,
    gap: &'static str,
    bottom: &'static str,
    under: char,
    /// Below a place without extent.
    arrow: char,
}

const UNICODE: Strokes = Strokes { top: "╭─", bar: "│", gap: "·", bottom: "╰────", under: '─', arrow: '▲' };
const ASCII: Strokes = Strokes { top: ",-", bar: "|", gap: ":", bottom: "`----", under: '^', arrow: '^' };

/// Appends the lines around `label` to `out`, the place underlined; `false`, and nothing appended, where this needs the renderer.
pub(super) fn draw(file: &SourceFile, label: Span, width: usize, unicode: bool, out: &mut String) -> bool {
    use std::fmt::Write;
    if label.end as usize > file.text.len() || !is_plain(&file.path) {
        return false;
    }
    let line = file.line(label.start);
    if !label.is_empty() && file.line(label.end - 1) != line {
        return false;
    }
    let last = file.line_starts().len() - 1;
    let last = if line < last && file.line_span(last).is_some_and(Span::is_empty) { last - 1 } else { last };
    let lines = line.saturating_sub(CONTEXT)..=(line + CONTEXT).min(last);
    let shown = |number: usize| {
        let span = file.line_span(number).filter(|span| span.len() as usize <= LONG)?;
        let Cow::Borrowed(text) = file.shown(span) else { return None };
        let focus = if number == line { label.start.saturating_sub(span.start) as usize } else { 0 };
        is_plain_but_tabs(text).then(|| Shown { start: span.start, text, part: clip(text, focus, width) })
    };
    let Some(lines) = lines.map(|number| Some((number, shown(number)?))).collect::<Option<Vec<_>>>() else { return false };
    let strokes = if unicode { &UNICODE } else { &ASCII };
    let digits = lines.last().map_or(0, |(number, _)| number + 1).checked_ilog10().unwrap_or(0) as usize + 1;
    let column = file.line_column(label.start).column;
    _ = writeln!(out, "{:digits$}  {}[{}:{}:{column}]", "", strokes.top, file.path, line + 1);
    for (number, shown) in lines {
        _ = write!(out, " {:digits$} {} ", number + 1, strokes.bar);
        shown.push(out);
        out.push('\n');
        if number == line {
            let (from, to) = (shown.column(label.start), shown.column(label.end));
            _ = write!(out, " {:digits$} {} {:from$}", "", strokes.gap, "");
            if from == to {
                out.push(strokes.arrow);
            } else {
                out.extend(std::iter::repeat_n(strokes.under, to - from));
            }
            out.push('\n');
        }
    }
    _ = writeln!(out, "{:digits$}  {}", "", strokes.bottom);
    true
}

/// A line of ASCII, and the part of it that is shown.
struct Shown<'t> {
    /// Where the line starts in the file.
    start: u32,
    text: &'t str,
    part: Range<usize>,
}

impl Shown<'_> {
    /// Appends the line, tabs as blanks.
    fn push(&self, out: &mut String) {
        let mut column = self.lead();
        if column > 0 {
            out.push('…');
        }
        for (nr, part) in self.text[self.part.clone()].split('\t').enumerate() {
            if nr > 0 {
                let blanks = TAB - column % TAB;
                out.extend(std::iter::repeat_n(' ', blanks));
                column += blanks;
            }
            out.push_str(part);
            column += part.len();
        }
        if self.part.end < self.text.len() {
            out.push('…');
        }
    }

    /// The columns in front of an offset of the file; what is cut off is at the cut.
    fn column(&self, offset: u32) -> usize {
        let at = (offset.saturating_sub(self.start) as usize).clamp(self.part.start, self.part.end);
        let mut parts = self.text[self.part.start..at].split('\t').map(str::len);
        let first = self.lead() + parts.next().unwrap_or(0);
        parts.fold(first, |column, part| column + TAB - column % TAB + part)
    }

    /// The columns of the sign that something is cut off in front.
    fn lead(&self) -> usize {
        usize::from(self.part.start > 0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Pretty;
    use crate::diag::Severity;
    use crate::text::{SourceFile, Span};

    /// What both draw of a place; `None` where only the renderer does.
    fn both(text: &str, label: Span, unicode: bool) -> Option<(String, String)> {
        let file = SourceFile::new("a/b.rego", text);
        let pretty = Pretty { unicode, ..Pretty::default() };
        let mut plain = String::new();
        if !super::draw(&file, label, pretty.line_width(), unicode, &mut plain) {
            return None;
        }
        let mut rendered = String::new();
        pretty.rendered(&file, &[(label, None)], Severity::Error, &mut rendered).expect("a String takes all");
        Some((plain, rendered))
    }

    #[test]
    fn a_place_in_the_middle() {
        let (plain, rendered) = both("a\n\tb c d\ne\n", Span::new(5, 6), true).expect("plain");
        assert_eq!(plain, rendered);
        assert_eq!(plain, "   ╭─[a/b.rego:2:4]\n 1 │ a\n 2 │     b c d\n   ·       ─\n 3 │ e\n   ╰────\n");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]

        #[test]
        fn both_draw_the_same(lines in proptest::collection::vec("[ab \t]{0,12}|[a-z \t]{80,200}|é|\r", 0..14), last in "[a\t]{0,3}", place in 0_usize..2000, len in 0_usize..12, unicode: bool) {
            let mut text: String = lines.iter().map(|line| format!("{line}\n")).collect();
            text.push_str(&last);
            let at = |offset: usize| {
                let mut offset = offset.min(text.len());
                while !text.is_char_boundary(offset) {
                    offset -= 1;
                }
                u32::try_from(offset).expect("small")
            };
            let start = place % (text.len() + 1);
            if let Some((plain, rendered)) = both(&text, Span::new(at(start), at(start + len)), unicode) {
                prop_assert_eq!(plain, rendered, "{:?} {} {}", text, start, len);
            }
        }
    }
}
