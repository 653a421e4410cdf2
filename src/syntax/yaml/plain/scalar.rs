//! Scalars: without quotes, in quotes, and in blocks.

use super::{Reader, node};
use crate::syntax::yaml::{Kind, Node, Style};

/// Where a scalar without quotes ends on its line.
pub(super) enum End {
    Value(usize),
    /// At a colon that makes it a key.
    Key(usize),
}

impl Reader<'_, '_> {
    /// The scalar that ends its first line at `end`, and may go on in further ones.
    pub(super) fn plain_to(&mut self, mut end: usize, parent: usize) -> Option<Node> {
        let start = self.at;
        let mut text = String::new();
        loop {
            let part = self.at;
            self.at = end;
            let blanks = self.bytes[end..].iter().take_while(|byte| **byte == b' ').count();
            let next = self.next_part(end + blanks, parent).filter(|(next, _)| self.bytes[*next] != b'#');
            if next.is_some() || !text.is_empty() {
                text.push_str(&self.text[part..end]);
            }
            let Some((next, breaks)) = next else { break };
            fold(breaks, &mut text);
            self.at = next;
            end = match self.rest_of_plain() {
                End::Value(end) => end,
                End::Key(_) => return None,
            };
        }
        if !self.end_value(parent) {
            return None;
        }
        if text.is_empty() {
            return Some(self.plain_scalar(start, end));
        }
        Some(node(self.span(start, end), Kind::Scalar { text: text.into(), style: Style::Plain }))
    }

    pub(super) fn plain_scalar(&mut self, start: usize, end: usize) -> Node {
        let text = self.texts.get(&self.text[start..end]);
        node(self.span(start, end), Kind::Scalar { text, style: Style::Plain })
    }

    /// Where the scalar without quotes ends that begins here, outside flow collections.
    pub(super) fn plain(&self) -> Option<End> {
        self.may_begin().then(|| self.rest_of_plain())
    }

    /// Where a line of such a scalar ends.
    pub(super) fn rest_of_plain(&self) -> End {
        let mut at = self.at;
        // the last character that is no blank
        let mut end = at;
        loop {
            match self.bytes.get(at) {
                None | Some(b'\n') => return End::Value(end),
                Some(b' ') => {
                    if self.bytes.get(at + 1) == Some(&b'#') {
                        return End::Value(end);
                    }
                }
                Some(b':') if matches!(self.bytes.get(at + 1), None | Some(b' ' | b'\n')) => return End::Key(end),
                Some(_) => end = at + 1,
            }
            at += 1;
        }
    }

    /// Whether a scalar without quotes may begin here.
    pub(super) fn may_begin(&self) -> bool {
        match self.peek() {
            Some(b'-') => matches!(self.bytes.get(self.at + 1), Some(next) if !b" \n,[]{}".contains(next)),
            // the end of a document
            Some(b'.') => self.at != self.line || !self.bytes[self.at..].starts_with(b"..."),
            Some(first) => !b"?:,[]{}#&*!|>'\"%@` \n".contains(&first),
            None => false,
        }
    }

    /// A scalar in quotes; only in a collection with the indentation `parent` may it go on in further lines.
    pub(super) fn quoted(&mut self, parent: Option<usize>) -> Option<Node> {
        let start = self.at;
        let quote = self.peek()?;
        let mut at = start + 1;
        let mut owned = String::new();
        let mut copied = at;
        let style = loop {
            match *self.bytes.get(at)? {
                b'\n' => {
                    owned.push_str(self.text[copied..at].trim_end_matches(' '));
                    let (next, breaks) = self.next_part(at, parent?)?;
                    fold(breaks, &mut owned);
                    (at, copied) = (next, next);
                    continue;
                }
                b'\'' if quote == b'\'' => match self.bytes.get(at + 1) {
                    Some(b'\'') => {
                        owned.push_str(&self.text[copied..=at]);
                        at += 1;
                        copied = at + 1;
                    }
                    _ => break Style::Single,
                },
                b'\\' if quote == b'"' => {
                    owned.push_str(&self.text[copied..at]);
                    at += 1;
                    owned.push(match self.bytes.get(at)? {
                        b'n' => '\n',
                        b't' => '\t',
                        b'"' => '"',
                        b'\\' => '\\',
                        b'/' => '/',
                        _ => return None,
                    });
                    copied = at + 1;
                }
                b'"' if quote == b'"' => break Style::Double,
                _ => {}
            }
            at += 1;
        };
        let rest = &self.text[copied..at];
        let text = if owned.is_empty() { self.texts.get(rest) } else { self.texts.get(&(owned + rest)) };
        self.at = at + 1;
        Some(node(self.span(start, at + 1), Kind::Scalar { text, style }))
    }

    /// Where a scalar goes on behind the line break at `at`, and how many line breaks that are: in a line that is indented more than
    /// `parent`.
    pub(super) fn next_part(&self, at: usize, parent: usize) -> Option<(usize, usize)> {
        let (mut breaks, mut line) = (0, at);
        let mut next = at;
        while self.bytes.get(next) == Some(&b'\n') {
            breaks += 1;
            line = next + 1;
            next = line + self.bytes[line..].iter().take_while(|byte| **byte == b' ').count();
        }
        (breaks > 0 && next < self.bytes.len() && next - line > parent).then_some((next, breaks))
    }

    /// A literal or folded scalar whose indentation its first line tells.
    pub(super) fn block_scalar(&mut self, parent: usize) -> Option<Node> {
        let start = self.at;
        let style = if self.peek()? == b'|' { Style::Literal } else { Style::Folded };
        self.at += 1;
        let chomping = self.peek().filter(|mark| matches!(mark, b'-' | b'+'));
        self.at += usize::from(chomping.is_some());
        self.skip_blanks();
        (self.peek()? == b'\n').then_some(())?;
        self.at += 1;
        let mut text = String::new();
        let mut indent = None;
        // line breaks that are written when a line follows them
        let mut breaks = 0;
        let mut end = self.at;
        loop {
            let line = self.at;
            self.skip_blanks();
            let column = self.at - line;
            match self.peek() {
                Some(b'\n') => {
                    if indent.is_some_and(|indent| column > indent) || indent.is_none() && column > 0 {
                        return None;
                    }
                    breaks += 1;
                    self.at += 1;
                }
                Some(_) if column >= *indent.get_or_insert(column) && column > parent => {
                    let from = line + indent?;
                    // lines that are indented more are not folded
                    if style == Style::Folded && column > indent? {
                        return None;
                    }
                    if style == Style::Folded && !text.is_empty() {
                        fold(breaks, &mut text);
                    } else {
                        text.extend(std::iter::repeat_n('\n', breaks));
                    }
                    // a text that does not end its line is left to the parser
                    end = self.at + memchr::memchr(b'\n', &self.bytes[self.at..])?;
                    text.push_str(&self.text[from..end]);
                    breaks = 1;
                    self.at = end + 1;
                }
                // blanks at the end of a text without a line break
                None if column > 0 => return None,
                _ => break self.at = line,
            }
        }
        if text.is_empty() {
            return None;
        }
        match chomping {
            Some(b'-') => {}
            Some(_) => text.extend(std::iter::repeat_n('\n', breaks)),
            None => text.push('\n'),
        }
        let length = self.text[start..end].trim_end_matches(' ').len();
        let span = self.span(start, start + length);
        self.next_line(self.at);
        if self.column.is_some_and(|column| column > parent) {
            return None;
        }
        let text = self.texts.get(&text);
        Some(node(span, Kind::Scalar { text, style }))
    }
}

/// Adds what line breaks in a scalar stand for.
fn fold(breaks: usize, text: &mut String) {
    match breaks {
        1 => text.push(' '),
        _ => text.extend(std::iter::repeat_n('\n', breaks - 1)),
    }
}
