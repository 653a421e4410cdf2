use std::sync::Arc;

use super::string::unescape;
use crate::diag::Diagnostic;
use crate::syntax::data::{Document, Errors, Key, Kind, MAX_DEPTH, Node, Stream, offset, span};
use crate::text::{SourceId, Span};

/// Reads all values of `text`. A value with a syntax error ends there, with what came before; where values stand one on a line, the
/// next line is read.
#[must_use]
pub fn read(source: SourceId, text: &str) -> Stream {
    let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut reader = Reader { text, at, errors: Errors::new(source), depth: 0, commented: false };
    let mut documents = Vec::new();
    // a value before stood on one line
    let mut by_line = false;
    loop {
        reader.skip_blanks();
        if reader.at == text.len() {
            break;
        }
        let start = reader.at;
        reader.errors.complete = true;
        reader.depth = 0;
        let root = reader.value();
        let complete = reader.errors.complete;
        documents.push(Document { span: span(start, reader.at), root, complete });
        if complete {
            by_line |= !text[start..reader.at].contains('\n');
        } else {
            let line = memchr::memchr(b'\n', &text.as_bytes()[start..]).map(|len| start + len);
            match line {
                Some(end) if (by_line || reader.at <= end) && text[end..].trim_start().starts_with(['{', '[']) => reader.at = end,
                _ => break,
            }
        }
    }
    if documents.is_empty() {
        documents.push(Document { root: None, complete: true, span: span(0, text.len()) });
    } else if documents.len() == 1 {
        documents[0].span = span(0, text.len());
    }
    Stream { documents, diagnostics: reader.errors.found }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    errors: Errors,
    depth: usize,
    /// A comment has been reported.
    commented: bool,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn unexpected(&mut self, wanted: &str) {
        let c = self.text[self.at..].chars().next();
        let end = self.at + c.map_or(0, char::len_utf8);
        let found = c.map_or_else(|| "the end of the text".to_owned(), |c| format!("`{}`", c.escape_debug()));
        self.errors.lost(span(self.at, end), format!("expected {wanted}, found {found}"));
    }

    fn skip_blanks(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                b'/' if matches!(self.text.as_bytes().get(self.at + 1), Some(b'/' | b'*')) => self.comment(),
                _ => return,
            }
        }
    }

    fn comment(&mut self) {
        let rest = &self.text[self.at..];
        let len = if rest.starts_with("//") { rest.find('\n') } else { rest[2..].find("*/").map(|len| len + 4) };
        let end = self.at + len.unwrap_or(rest.len());
        if !std::mem::replace(&mut self.commented, true) {
            let at = self.errors.at(span(self.at, self.at + 2));
            self.errors.push(Diagnostic::syntax(at, "a comment, which JSON lacks").with_help("remove the comments"));
        }
        self.at = end;
    }

    /// The value here, `None` where there is none; `errors.complete` tells whether it is whole.
    fn value(&mut self) -> Option<Node> {
        let start = self.at;
        let kind = match self.peek() {
            Some(b'{') => self.map(),
            Some(b'[') => self.list(),
            Some(b'"') => Kind::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b'a'..=b'z' | b'A'..=b'Z') => self.word()?,
            _ => {
                self.unexpected("a value");
                return None;
            }
        };
        Some(Node { span: span(start, self.at), kind })
    }

    fn word(&mut self) -> Option<Kind> {
        let rest = &self.text[self.at..];
        let word = &rest[..rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len())];
        let kind = match word {
            "true" => Kind::Bool(true),
            "false" => Kind::Bool(false),
            "null" => Kind::Null,
            _ => {
                let word: String = word.chars().take(40).collect();
                self.errors.lost(span(self.at, self.at + word.len()), format!("`{word}` is no value of JSON"));
                return None;
            }
        };
        self.at += word.len();
        Some(kind)
    }

    fn number(&mut self) -> Option<Kind> {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let mut at = start;
        let digits = |at: &mut usize| {
            let from = *at;
            while bytes.get(*at).is_some_and(u8::is_ascii_digit) {
                *at += 1;
            }
            *at - from
        };
        at += usize::from(bytes[at] == b'-');
        let zero = bytes.get(at) == Some(&b'0');
        let whole = digits(&mut at);
        let mut right = whole == 1 || (whole > 1 && !zero);
        if bytes.get(at) == Some(&b'.') {
            at += 1;
            right &= digits(&mut at) > 0;
        }
        if matches!(bytes.get(at), Some(b'e' | b'E')) {
            at += 1;
            at += usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
            right &= digits(&mut at) > 0;
        }
        if !right {
            self.errors
                .lost(span(start, at), format!("`{}` is no number of JSON", self.text[start..at].chars().take(40).collect::<String>()));
            return None;
        }
        self.at = at;
        Some(Kind::Number(self.text[start..at].into()))
    }

    fn string(&mut self) -> Option<Arc<str>> {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let mut at = start + 1;
        let mut control = None;
        let mut escaped = false;
        loop {
            match bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') if bytes.get(at + 1).is_some_and(|b| *b != b'\n') => {
                    escaped = true;
                    at += 2;
                }
                None | Some(b'\n' | b'\\') => {
                    self.errors.lost(span(start, at), "this string does not end");
                    self.at = at;
                    return None;
                }
                Some(0..0x20) => {
                    control.get_or_insert(at);
                    at += 1;
                }
                _ => at += 1,
            }
        }
        self.at = at + 1;
        if let Some(at) = control {
            let place = self.errors.at(span(at, at + 1));
            let name = char::from(bytes[at]).escape_default();
            self.errors
                .push(Diagnostic::syntax(place, format!("the control character `{name}` in a string")).with_help("write it as an escape"));
        }
        let inner = &self.text[start + 1..at];
        if !escaped {
            return Some(inner.into());
        }
        let (text, wrong) = unescape(inner);
        if let Some((from, len)) = wrong {
            let place = self.errors.at(span(start + 1 + from, start + 1 + from + len));
            self.errors.push(Diagnostic::syntax(place, "an escape that JSON lacks").with_help("write `\\\\` for a backslash"));
        }
        Some(text.into())
    }

    fn enter(&mut self) -> bool {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            self.errors.lost(span(self.at, self.at + 1), "nested too deeply");
            return false;
        }
        self.at += 1;
        true
    }

    /// Behind an item: whether another one follows. A comma without an item behind it is reported.
    fn separated(&mut self, close: u8) -> bool {
        self.skip_blanks();
        if self.peek() == Some(b',') {
            let comma = self.at;
            self.at += 1;
            self.skip_blanks();
            if self.peek() != Some(close) {
                return true;
            }
            let at = self.errors.at(span(comma, comma + 1));
            self.errors.push(Diagnostic::syntax(at, format!("a comma before `{}`", char::from(close))).with_help("remove the comma"));
        }
        if self.peek() == Some(close) {
            self.at += 1;
        } else {
            self.unexpected(if close == b'}' { "`,` or `}`" } else { "`,` or `]`" });
        }
        false
    }

    fn list(&mut self) -> Kind {
        let mut items = Vec::new();
        if self.enter() {
            self.skip_blanks();
            if self.peek() == Some(b']') {
                self.at += 1;
            } else {
                while let Some(item) = self.value() {
                    items.push(item);
                    if !self.errors.complete || !self.separated(b']') {
                        break;
                    }
                }
            }
        }
        self.depth -= 1;
        Kind::List(items)
    }

    fn map(&mut self) -> Kind {
        let mut entries = Vec::new();
        if self.enter() {
            self.skip_blanks();
            if self.peek() == Some(b'}') {
                self.at += 1;
            } else {
                while let Some(entry) = self.entry() {
                    entries.push(entry);
                    if !self.errors.complete || !self.separated(b'}') {
                        break;
                    }
                }
            }
        }
        self.depth -= 1;
        Kind::Map(entries)
    }

    fn entry(&mut self) -> Option<(Key, Node)> {
        if self.peek() != Some(b'"') {
            self.unexpected("a key in double quotes");
            return None;
        }
        let start = self.at;
        let text = self.string()?;
        let key = Key { text, span: Span::new(offset(start), offset(self.at)) };
        self.skip_blanks();
        if self.peek() != Some(b':') {
            self.unexpected("`:`");
            return None;
        }
        self.at += 1;
        self.skip_blanks();
        // half a value is told by its error
        Some((key, self.value()?))
    }
}
