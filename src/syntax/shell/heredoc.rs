//! Heredocs: the lines behind the line that announces them.

use super::Text;
use crate::text::Span;

/// A heredoc that was announced and whose lines follow.
pub(super) struct Pending {
    /// The command that reads it.
    pub(super) command: usize,
    pub(super) delimiter: String,
    pub(super) strips_tabs: bool,
    pub(super) expands: bool,
}

impl Pending {
    /// The lines from `at`, the start of a line, and where the line behind the closing one begins. Without a closing line all lines
    /// up to `end` are the heredoc's.
    pub(super) fn lines(&self, text: &str, at: usize, end: usize) -> (Text, usize) {
        let mut line_start = at;
        while line_start < end {
            let line_end = memchr::memchr(b'\n', &text.as_bytes()[line_start..end]).map_or(end, |length| line_start + length);
            let line = &text[line_start..line_end];
            let line = line.strip_suffix('\r').unwrap_or(line);
            let line = if self.strips_tabs { line.trim_start_matches('\t') } else { line };
            let next = (line_end + 1).min(end);
            if line == self.delimiter {
                return (self.text(at, line_start), next);
            }
            line_start = next;
            if line_end == end {
                break;
            }
        }
        (self.text(at, end), end)
    }

    fn text(&self, start: usize, end: usize) -> Text {
        let span = Span::new(u32::try_from(start).unwrap_or(u32::MAX), u32::try_from(end).unwrap_or(u32::MAX));
        Text { span, expands: self.expands, strips_tabs: self.strips_tabs, is_lines: true }
    }
}
