//! Putting new text back where an embedded text came from.

use super::embed::at_line_start;
use super::{Edit, Location, Mapping, SourceMap, Span, TextStyle};

impl SourceMap {
    /// The edit of the outermost file that does what `edit` does to a text embedded in it: new text is indented, prefixed or
    /// escaped as the place wants it, on every level.
    ///
    /// `None` where that cannot be done so that reading the outer text again gives exactly the edited inner one: the style cannot
    /// hold the text, the edit starts or ends inside an escape, the text is read-only, or the place is not a range of its text.
    #[must_use]
    pub fn outer_edit(&self, edit: &Edit) -> Option<Edit> {
        let mut edit = edit.clone();
        while let Some(mapping) = self.mapping(edit.at.source) {
            let inner = &self.get(edit.at.source).text;
            let outer = &self.get(mapping.outer).text;
            let (span, text) = mapping.edit(inner, outer, edit.at.span, &edit.text)?;
            edit = Edit { at: Location { source: mapping.outer, span }, text };
        }
        self.get(edit.at.source).text.get(edit.at.span.range())?;
        Some(edit)
    }
}

impl Mapping {
    /// The range of `outer` to replace and its new text, for `span` of `inner` and its new text.
    fn edit(&self, inner: &str, outer: &str, span: Span, new: &str) -> Option<(Span, String)> {
        inner.get(span.range())?;
        let (span, new) = match &self.style {
            TextStyle::ReadOnly => return None,
            TextStyle::Verbatim => (self.verbatim_range(span)?, new.to_owned()),
            TextStyle::SingleQuoted => (self.exact(span)?, single_quoted(new)?),
            TextStyle::DoubleQuoted => (self.exact(span)?, double_quoted(new)),
            TextStyle::Block { indent, explicit } => {
                let lines = Lines { mapping: self, inner, outer, span, new };
                if !lines.block_holds(indent, *explicit) {
                    return None;
                }
                lines.edit(indent, "")?
            }
            TextStyle::Lines { indent, closing } => {
                let lines = Lines { mapping: self, inner, outer, span, new };
                if !lines.keeps_last_break() || lines.closes(closing) {
                    return None;
                }
                lines.edit(indent, "")?
            }
            TextStyle::Prefixed { prefix } => {
                let lines = Lines { mapping: self, inner, outer, span, new };
                if !lines.keeps_last_break() || !new.chars().all(|c| c == '\n' || c == '\t' || !c.is_control()) {
                    return None;
                }
                lines.edit(prefix, prefix.trim_end_matches([' ', '\t']))?
            }
        };
        outer.get(span.range())?;
        Some((span, new))
    }

    fn exact(&self, span: Span) -> Option<Span> {
        let start = self.exact_start(span.start)?;
        let end = if span.is_empty() { start } else { self.exact_end(span.end)? };
        (start <= end).then(|| Span::new(start, end))
    }

    /// What is cut out must be what stands there.
    fn verbatim_range(&self, span: Span) -> Option<Span> {
        self.exact(span).filter(|outer| outer.len() == span.len())
    }
}

/// An edit of a text that stands line by line in the outer one.
struct Lines<'a> {
    mapping: &'a Mapping,
    inner: &'a str,
    outer: &'a str,
    span: Span,
    new: &'a str,
}

impl Lines<'_> {
    fn before(&self) -> &str {
        &self.inner[..self.span.start as usize]
    }

    fn after(&self) -> &str {
        &self.inner[self.span.end as usize..]
    }

    /// Writes `lead` in front of every non-empty line and `bare` in front of every empty one.
    fn edit(&self, lead: &str, bare: &str) -> Option<(Span, String)> {
        // a carriage return that comes to stand in front of a line feed would be read as a part of it
        let joins = self.new.starts_with('\n') || (self.new.is_empty() && self.after().starts_with('\n'));
        if joins && self.before().ends_with('\r') {
            return None;
        }
        let starts_line = at_line_start(self.inner, self.span.start as usize);
        let ends_line = at_line_start(self.inner, self.span.end as usize);
        let rest_is_empty = self.after().is_empty() || self.after().starts_with('\n');
        // whether what follows keeps the lead that it has
        let new_ends_line = if self.new.is_empty() { starts_line } else { self.new.ends_with('\n') };
        let rest = self.content_start(self.span.end);
        let rest_line = rest.map(|at| self.line_start(at)).filter(|at| at_line_start(self.outer, *at as usize));
        let rest_keeps_lead = new_ends_line && ends_line && rest_line.is_some();

        let content = self.content_start(self.span.start)?;
        let mut start = if starts_line { self.line_start(content) } else { content };
        let end = match (rest_keeps_lead, ends_line) {
            _ if self.span.is_empty() => {
                if rest_keeps_lead {
                    start
                } else {
                    content
                }
            }
            (true, _) => rest_line?,
            (false, true) => rest?,
            (false, false) => self.mapping.exact_end(self.span.end)?,
        };

        let line_break = self.line_break();
        let mut text = String::with_capacity(self.new.len() + lead.len());
        let mut pieces = self.new.split('\n').enumerate().peekable();
        while let Some((nr, piece)) = pieces.next() {
            let is_last = pieces.peek().is_none();
            if nr > 0 {
                text.push_str(line_break);
            }
            if is_last && rest_keeps_lead {
                break;
            }
            let lead = if piece.is_empty() && (!is_last || rest_is_empty) { bare } else { lead };
            if nr > 0 {
                text.push_str(lead);
            } else if starts_line {
                let lead = self.first_lead(start, lead);
                let there = self.outer.get(start as usize..content as usize)?;
                if there == lead && content <= end {
                    start = content;
                } else {
                    text.push_str(lead);
                }
            }
            text.push_str(piece);
        }
        (start <= end).then(|| (Span::new(start, end), text))
    }

    /// Where the inner byte at `inner` starts; for a line feed, in front of the carriage return that was left out.
    fn content_start(&self, inner: u32) -> Option<u32> {
        let start = self.mapping.exact_start(inner)?;
        let bytes = self.outer.as_bytes();
        let skipped = self.inner.as_bytes().get(inner as usize) == Some(&b'\n')
            && start > self.mapping.whole.start
            && bytes.get(start as usize - 1..=start as usize) == Some(b"\r\n");
        Some(if skipped { start - 1 } else { start })
    }

    /// Where the outer line of `at` starts, or the embedded text on it.
    fn line_start(&self, at: u32) -> u32 {
        let whole = self.mapping.whole.start.min(at);
        let line = self.outer.as_bytes().get(whole as usize..at as usize).unwrap_or_default();
        memchr::memrchr(b'\n', line).map_or(whole, |found| whole + super::offset(found + 1))
    }

    /// The first line's indentation may lie in front of the text.
    fn first_lead<'l>(&self, start: u32, lead: &'l str) -> &'l str {
        if at_line_start(self.outer, start as usize) {
            return lead;
        }
        match self.mapping.style {
            TextStyle::Prefixed { .. } => lead.trim_start_matches([' ', '\t']),
            _ => "",
        }
    }

    /// The break that the embedded text is written with, else the first one of the outer text.
    fn line_break(&self) -> &'static str {
        let bytes = self.outer.as_bytes();
        let whole = bytes.get(self.mapping.whole.range()).unwrap_or_default();
        let found = memchr::memchr(b'\n', whole).map(|at| at + self.mapping.whole.start as usize);
        match found.or_else(|| memchr::memchr(b'\n', bytes)) {
            Some(at) if at > 0 && bytes[at - 1] == b'\r' => "\r\n",
            _ => "\n",
        }
    }

    /// What ends the text in the outer one stands on a line of its own: the last break must stay.
    fn keeps_last_break(&self) -> bool {
        let (before, after) = self.breaks_at_end();
        let empty = self.before().is_empty() && self.new.is_empty() && self.after().is_empty();
        !self.new.contains('\r') && (before == 0 || after > 0 || empty)
    }

    /// Number of line feeds at the end of the text, now and after the edit.
    fn breaks_at_end(&self) -> (usize, usize) {
        let count = |text: &str| text.len() - text.trim_end_matches('\n').len();
        let now = count(self.inner);
        let mut after = count(self.after());
        if after == self.after().len() {
            after += count(self.new);
            if count(self.new) == self.new.len() {
                after += count(self.before());
            }
        }
        (now, after)
    }

    /// Whether a YAML block scalar can hold the edited text (YAML 1.2.2 §8.1, and what YAML 1.1 takes for a line break).
    fn block_holds(&self, indent: &str, explicit: bool) -> bool {
        let (before, after) = self.breaks_at_end();
        let empty = self.before().is_empty() && self.new.is_empty() && self.after().is_empty();
        // the header's chomping says how many breaks there are at the end
        if !empty && before != after {
            return false;
        }
        let all_breaks = |text: &str| text.bytes().all(|b| b == b'\n');
        if !empty && all_breaks(self.new) && all_breaks(self.before()) && all_breaks(self.after()) {
            return false;
        }
        if !self.new.chars().all(|c| matches!(c, '\n' | '\t') || printable(c)) {
            return false;
        }
        // without indentation, such a line would end the document
        if indent.is_empty() && ["---", "..."].iter().any(|marker| self.new.contains(marker)) {
            return false;
        }
        let mut edited = self.before().chars().chain(self.new.chars()).chain(self.after().chars());
        explicit || !edited.find(|c| *c != '\n').is_some_and(|c| c == ' ' || c == '\t')
    }

    /// Whether a line of the edited text would be taken for the one that ends it.
    fn closes(&self, closing: &str) -> bool {
        if closing.is_empty() {
            return false;
        }
        let head = self.before().rsplit('\n').next().unwrap_or_default().trim_start();
        // a longer head was there before, and did not end the text
        let head = if head.len() < closing.len() { head } else { "x" };
        let tail: String = self.after().chars().take_while(|c| *c != '\n').take(closing.len()).collect();
        let edited = format!("{head}{}{tail}", self.new);
        edited.lines().any(|line| line.trim_start().starts_with(closing))
    }
}

fn single_quoted(new: &str) -> Option<String> {
    new.chars().all(|c| c == '\t' || printable(c)).then(|| new.replace('\'', "''"))
}

/// What stands between the quotes of `"…"` for this text, in escapes that YAML and JSON share.
#[must_use]
pub fn double_quoted(new: &str) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(new.len() + 8);
    for c in new.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if printable(c) => out.push(c),
            // all that YAML calls unprintable lies in the basic plane
            c => _ = write!(out, "\\u{:04x}", u32::from(c)),
        }
    }
    out
}

/// YAML 1.2.2 §5.1 without tab and the breaks, those of YAML 1.1 included (U+0085, U+2028, U+2029), and without U+FEFF.
fn printable(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..)
}
