//! The YAML that most manifests are written in, read in one pass: block maps and lists, scalars and flow collections on one line, and
//! block scalars, without anchors, tags and directives. What is written in any other way is left to the parser of all YAML; what is
//! read here is read as that parser reads it, with the same places.

mod scalar;

use scalar::End;

use super::texts::Texts;
use super::{Kind, Node, Style};
use crate::text::Span;

/// Collections inside one another.
const MAX_DEPTH: usize = 60;
/// Longer keys are an error to the parser.
const MAX_KEY: usize = 1_000;

/// The root of a document, where it is of the simple kind. `text` is the document with its `---`, `base` where it begins.
pub(super) fn read(text: &str, base: u32, texts: &mut Texts) -> Option<Node> {
    if !text.bytes().all(|byte| byte == b'\n' || (b' '..0x7f).contains(&byte)) && !text.chars().all(is_plain) {
        return None;
    }
    let mut reader = Reader { text, bytes: text.as_bytes(), base, texts, at: 0, line: 0, column: None, depth: 0 };
    reader.next_line(0);
    if reader.column == Some(0) && reader.bytes[reader.at..].starts_with(b"---") {
        reader.at += 3;
        // what follows the mark on its line is the root itself
        let is_mark = matches!(reader.peek(), None | Some(b' ' | b'\n'));
        (is_mark && reader.end_line()).then_some(())?;
    }
    let root = reader.block(reader.column.filter(|column| *column == 0)?)?;
    reader.column.is_none().then_some(root)
}

/// Characters that mean nothing to YAML, and that it allows.
fn is_plain(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..)
}

struct Reader<'t, 'c> {
    text: &'t str,
    bytes: &'t [u8],
    base: u32,
    texts: &'c mut Texts,
    at: usize,
    /// Where the line begins that is being read.
    line: usize,
    /// The indentation of the line that is next; `None` at the end.
    column: Option<usize>,
    depth: usize,
}

impl Reader<'_, '_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        let offset = |at| self.base + u32::try_from(at).unwrap_or(u32::MAX);
        Span::new(offset(start), offset(end))
    }

    /// Goes to the first character of the first line from `from` on that holds more than blanks and a comment.
    fn next_line(&mut self, from: usize) {
        self.at = from;
        loop {
            self.line = self.at;
            self.skip_blanks();
            match self.peek() {
                Some(b'#') => self.at += memchr::memchr(b'\n', &self.bytes[self.at..]).map_or(self.bytes.len() - self.at, |len| len + 1),
                Some(b'\n') => self.at += 1,
                Some(_) => break self.column = Some(self.at - self.line),
                None => break self.column = None,
            }
            if self.at >= self.bytes.len() {
                break self.column = None;
            }
        }
    }

    /// Goes to the next line, if nothing but a comment is left on this one.
    fn end_line(&mut self) -> bool {
        let before = self.at;
        self.skip_blanks();
        let is_end = match self.peek() {
            None | Some(b'\n') => true,
            Some(b'#') => self.at > before,
            Some(_) => false,
        };
        if is_end {
            let end = memchr::memchr(b'\n', &self.bytes[self.at..]).map_or(self.bytes.len(), |len| self.at + len);
            self.next_line((end + 1).min(self.bytes.len()));
        }
        is_end
    }

    /// Whether an item of a list begins here.
    fn is_dash(&self) -> bool {
        self.peek() == Some(b'-') && matches!(self.bytes.get(self.at + 1), None | Some(b' ' | b'\n'))
    }

    /// The collection whose first line is next.
    fn block(&mut self, column: usize) -> Option<Node> {
        if self.is_dash() { self.list(column) } else { self.map(column, None) }
    }

    /// The map of which `first` is the first key, where it has been read.
    fn map(&mut self, column: usize, first: Option<Node>) -> Option<Node> {
        self.enter()?;
        let mut entries = Vec::new();
        let mut key = match first {
            Some(key) => key,
            None => self.key()?,
        };
        loop {
            let value = self.value(column)?;
            entries.push((key, value));
            match self.column {
                Some(next) if next == column => key = self.key()?,
                Some(next) if next > column => return None,
                _ => break,
            }
        }
        self.depth -= 1;
        let (key, value) = entries.last()?;
        let end = if value.span.is_empty() { key.span.end } else { value.span.end };
        let span = Span::new(entries.first()?.0.span.start, end);
        Some(node(span, Kind::Map { entries, flow: false }))
    }

    fn list(&mut self, column: usize) -> Option<Node> {
        self.enter()?;
        let start = self.span(self.at, self.at).start;
        let mut items = Vec::new();
        loop {
            items.push(self.item(column)?);
            match self.column {
                Some(next) if next == column && self.is_dash() => {}
                Some(next) if next > column => return None,
                _ => break,
            }
        }
        self.depth -= 1;
        let span = Span::new(start, items.last()?.span.end);
        Some(node(span, Kind::List { items, flow: false }))
    }

    fn enter(&mut self) -> Option<()> {
        self.depth += 1;
        (self.depth <= MAX_DEPTH).then_some(())
    }

    /// The item whose dash is next.
    fn item(&mut self, list: usize) -> Option<Node> {
        self.at += 1;
        if self.end_line() {
            return self.block(self.column.filter(|column| *column > list)?);
        }
        self.skip_blanks();
        let column = self.at - self.line;
        if self.is_dash() {
            return self.list(column);
        }
        let quoted = matches!(self.peek(), Some(b'"' | b'\''));
        if quoted {
            let scalar = self.quoted(Some(list))?;
            return if self.colon() {
                let key = self.as_key(scalar)?;
                self.map(column, Some(key))
            } else {
                self.end_value(list).then_some(scalar)
            };
        }
        match self.peek() {
            Some(b'|' | b'>' | b'{' | b'[') => self.scalar(list),
            _ => match self.plain()? {
                End::Key(end) => {
                    let key = self.key_to(end)?;
                    self.map(column, Some(key))
                }
                End::Value(end) => self.plain_to(end, list),
            },
        }
    }

    /// A scalar as a key.
    fn as_key(&self, key: Node) -> Option<Node> {
        let written = &self.bytes[(key.span.start - self.base) as usize..(key.span.end - self.base) as usize];
        (written.len() < MAX_KEY && !written.contains(&b'\n')).then_some(key)
    }

    /// The key that is next, up to behind its colon.
    fn key(&mut self) -> Option<Node> {
        if matches!(self.peek(), Some(b'"' | b'\'')) {
            let key = self.quoted(None)?;
            return if self.colon() { self.as_key(key) } else { None };
        }
        match self.plain()? {
            End::Key(end) => self.key_to(end),
            End::Value(_) => None,
        }
    }

    /// Steps over blanks and a colon with a blank behind it.
    fn colon(&mut self) -> bool {
        let before = self.at;
        self.skip_blanks();
        let found = self.peek() == Some(b':') && matches!(self.bytes.get(self.at + 1), None | Some(b' ' | b'\n'));
        self.at = if found { self.at + 1 } else { before };
        found
    }

    fn key_to(&mut self, end: usize) -> Option<Node> {
        let start = self.at;
        self.at = end;
        if !self.colon() {
            return None;
        }
        let key = self.plain_scalar(start, end);
        self.as_key(key)
    }

    /// Goes to the next line, if the value that was read does not go on there.
    fn end_value(&mut self, parent: usize) -> bool {
        self.end_line() && self.column.is_none_or(|column| column <= parent)
    }

    /// The value behind the colon of a key.
    fn value(&mut self, column: usize) -> Option<Node> {
        let colon = self.at;
        if self.end_line() {
            return match self.column {
                Some(next) if next > column => self.block(next),
                Some(next) if next == column && self.is_dash() => self.list(next),
                _ => {
                    let at = self.span(colon - 1, colon - 1);
                    Some(node(at, Kind::Scalar { text: self.texts.get(""), style: Style::Plain }))
                }
            };
        }
        self.skip_blanks();
        self.scalar(column)
    }

    /// A scalar, or a collection in flow style, and the rest of its line.
    fn scalar(&mut self, parent: usize) -> Option<Node> {
        match self.peek()? {
            b'"' | b'\'' => {
                let scalar = self.quoted(Some(parent))?;
                self.end_value(parent).then_some(scalar)
            }
            b'{' | b'[' => {
                let collection = self.flow()?;
                self.end_value(parent).then_some(collection)
            }
            b'|' | b'>' => self.block_scalar(parent),
            _ => match self.plain()? {
                End::Key(_) => None,
                End::Value(end) => self.plain_to(end, parent),
            },
        }
    }

    /// A collection in flow style on one line.
    fn flow(&mut self) -> Option<Node> {
        self.enter()?;
        let start = self.at;
        let is_map = self.peek()? == b'{';
        let close = if is_map { b'}' } else { b']' };
        self.at += 1;
        self.skip_blanks();
        let (mut entries, mut items) = (Vec::new(), Vec::new());
        while self.peek()? != close {
            if is_map {
                let key = self.flow_scalar()?;
                let key = self.as_key(key)?;
                (self.colon() && self.peek() == Some(b' ')).then_some(())?;
                self.skip_blanks();
                let value = self.flow_node()?;
                entries.push((key, value));
            } else {
                items.push(self.flow_node()?);
            }
            self.skip_blanks();
            if self.peek()? == b',' {
                self.at += 1;
                self.skip_blanks();
                if self.peek()? == close {
                    return None;
                }
            } else if self.peek()? != close {
                return None;
            }
        }
        self.at += 1;
        self.depth -= 1;
        let kind = if is_map { Kind::Map { entries, flow: true } } else { Kind::List { items, flow: true } };
        Some(node(self.span(start, self.at), kind))
    }

    fn flow_node(&mut self) -> Option<Node> {
        if matches!(self.peek()?, b'{' | b'[') { self.flow() } else { self.flow_scalar() }
    }

    fn flow_scalar(&mut self) -> Option<Node> {
        if matches!(self.peek()?, b'"' | b'\'') {
            return self.quoted(None);
        }
        if !self.may_begin() {
            return None;
        }
        let start = self.at;
        let mut end = start;
        loop {
            match self.bytes.get(self.at)? {
                b',' | b']' | b'}' => break,
                b'{' | b'[' | b'\n' => return None,
                b' ' if self.bytes.get(self.at + 1) == Some(&b'#') => return None,
                b' ' => {}
                b':' if self.bytes.get(self.at + 1).is_none_or(|next| b" \n,[]{}".contains(next)) => break,
                _ => end = self.at + 1,
            }
            self.at += 1;
        }
        self.at = end;
        Some(self.plain_scalar(start, end))
    }
}

fn node(span: Span, kind: Kind) -> Node {
    Node { span, start: span.start, tag: None, anchor: None, kind }
}
