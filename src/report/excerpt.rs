//! The few lines of a file that a finding is shown on, made safe and short enough for a terminal.

use std::collections::BTreeSet;
use std::ops::Range;

use super::escape::{is_plain_but_tabs, push_visible};
use crate::text::{SourceFile, Span};

/// A finding that spans more lines is shown on its first.
const MAX_LINES: usize = 8;
/// Lines shown in front of and behind a label's.
pub(super) const CONTEXT: usize = 1;

/// Lines of a file, each cut to a width, with controls made visible.
pub(super) struct Excerpt {
    pub(super) name: String,
    text: String,
    lines: Vec<Line>,
    /// Where labels start in `text`, with the 0-based column in the file.
    columns: Vec<(usize, usize)>,
}

struct Line {
    /// 0-based, in the file.
    number: usize,
    start: usize,
    marks: Marks,
}

/// Offsets of characters in the file and in the excerpt, the line's end included.
enum Marks {
    /// The bytes from the first offset on are those from the second on: as many as the third says.
    Same(usize, usize, usize),
    Each(Vec<(usize, usize)>),
}

/// A part of an excerpt without gaps.
pub(super) struct Window<'e> {
    pub(super) text: &'e str,
    pub(super) start: usize,
    /// 0-based, where the window starts.
    pub(super) line: usize,
    /// 0-based, of the label that the window was asked for.
    pub(super) column: usize,
    pub(super) lines: usize,
}

impl Excerpt {
    /// The lines that `labels` need, and where the labels are in the excerpt. Lines longer than `width` characters are cut
    /// around their first label.
    pub(super) fn new(file: &SourceFile, labels: &[Span], width: usize) -> (Self, Vec<Range<usize>>) {
        let labels: Vec<(Span, usize, usize)> = labels.iter().map(|label| lines_of(file, *label)).collect();
        let last = file.line_starts().len() - 1;
        let ends_with_break = file.line_span(last).is_some_and(Span::is_empty);
        let mut wanted = BTreeSet::new();
        for (_, first, end) in &labels {
            let behind = (end + CONTEXT).min(if ends_with_break { last.saturating_sub(1) } else { last });
            wanted.extend(first.saturating_sub(CONTEXT)..=behind.max(*end));
        }
        let mut excerpt =
            Self { name: super::visible(&file.path).into_owned(), text: String::new(), lines: Vec::new(), columns: Vec::new() };
        for number in wanted {
            let focus = labels.iter().filter(|(_, first, _)| *first == number).map(|(label, ..)| label.start as usize).min();
            excerpt.push(file, number, focus, width);
        }
        let places = labels.iter().map(|(label, first, end)| {
            let start = excerpt.place(*first, label.start as usize, false);
            let place = start..excerpt.place(*end, label.end as usize, true).max(start);
            excerpt.columns.push((start, file.line_column(label.start).column as usize - 1));
            place
        });
        let places = places.collect();
        (excerpt, places)
    }

    fn push(&mut self, file: &SourceFile, number: usize, focus: Option<usize>, width: usize) {
        let span = file.line_span(number).unwrap_or_default();
        let line = &*file.shown(span);
        let offset = span.start as usize;
        let shown = clip(line, focus.map_or(0, |focus| focus.saturating_sub(offset)), width);
        let start = self.text.len();
        if shown.start > 0 {
            self.text.push('…');
        }
        let from = offset + shown.start;
        if is_plain_but_tabs(&line[shown.clone()]) {
            let marks = Marks::Same(from, self.text.len(), shown.len());
            self.text.push_str(&line[shown.clone()]);
            return self.end(shown.end < line.len(), Line { number, start, marks });
        }
        let mut marks = Vec::with_capacity(shown.len() + 1);
        for (at, c) in line[shown.clone()].char_indices() {
            marks.push((from + at, self.text.len()));
            if c == '\t' {
                self.text.push(c);
            } else if c != '\u{feff}' || from + at > 0 {
                push_visible(&mut self.text, c);
            }
        }
        marks.push((offset + shown.end, self.text.len()));
        self.end(shown.end < line.len(), Line { number, start, marks: Marks::Each(marks) });
    }

    fn end(&mut self, is_cut: bool, line: Line) {
        if is_cut {
            self.text.push('…');
        }
        self.text.push('\n');
        self.lines.push(line);
    }

    /// Where an offset on line `number` of the file is in the excerpt; what was cut off is at the cut.
    fn place(&self, number: usize, offset: usize, is_end: bool) -> usize {
        let Ok(at) = self.lines.binary_search_by_key(&number, |line| line.number) else { return 0 };
        let marks = match &self.lines[at].marks {
            Marks::Same(from, start, len) => return start + offset.saturating_sub(*from).min(*len),
            Marks::Each(marks) => marks,
        };
        let found = if is_end {
            marks.partition_point(|mark| mark.0 < offset)
        } else {
            marks.partition_point(|mark| mark.0 <= offset).saturating_sub(1)
        };
        marks[found.min(marks.len() - 1)].1
    }

    /// The lines of `label` and up to `before` and `after` more that follow each other in the file; `None` where the label is not
    /// on lines that do.
    pub(super) fn window(&self, label: Range<usize>, before: usize, after: usize) -> Option<Window<'_>> {
        let line_of = |offset: usize| self.lines.partition_point(|line| line.start <= offset).saturating_sub(1);
        let (mut first, mut last) = (line_of(label.start), line_of(label.end.max(label.start)));
        let adjoin = |at: usize| self.lines.get(at).zip(self.lines.get(at + 1)).is_some_and(|(a, b)| a.number + 1 == b.number);
        if !(first..last).all(adjoin) {
            return None;
        }
        for _ in 0..before {
            first -= usize::from(first > 0 && adjoin(first - 1));
        }
        for _ in 0..after {
            last += usize::from(adjoin(last));
        }
        let line = self.lines.get(first)?;
        let end = self.lines.get(last + 1).map_or(self.text.len(), |next| next.start);
        let column = self.columns.iter().find(|(start, _)| *start == label.start).map_or(0, |(_, column)| *column);
        Some(Window { text: &self.text[line.start..end], start: line.start, line: line.number, column, lines: last - first })
    }
}

/// A label inside the text, its first and its last line; one over many lines is cut to its first.
fn lines_of(file: &SourceFile, label: Span) -> (Span, usize, usize) {
    let end = u32::try_from(file.text.len()).unwrap_or(u32::MAX);
    let label = Span::new(label.start.min(end), label.end.min(end));
    let first = file.line(label.start);
    // a label that ends with a break does not reach the next line
    let last = if label.is_empty() { first } else { file.line(label.end - 1) };
    if last - first < MAX_LINES && last > first {
        return (label, first, last);
    }
    let line = file.line_span(first).unwrap_or_default();
    (Span::new(label.start, label.end.min(line.end.max(label.start))), first, first)
}

/// The part of `line` to show in `width` characters so that byte `focus` is seen.
pub(super) fn clip(line: &str, focus: usize, width: usize) -> Range<usize> {
    if line.len() <= width {
        return 0..line.len();
    }
    let mut focus = focus.min(line.len());
    while !line.is_char_boundary(focus) {
        focus -= 1;
    }
    let back = |from: usize, chars: usize| line[..from].char_indices().rev().take(chars).last().map_or(from, |(at, _)| at);
    let forth = |from: usize, chars: usize| line[from..].char_indices().nth(chars).map_or(line.len(), |(at, _)| from + at);
    let end = forth(back(focus, width / 2), width);
    let start = if end == line.len() { back(end, width) } else { back(focus, width / 2) };
    start..end
}
