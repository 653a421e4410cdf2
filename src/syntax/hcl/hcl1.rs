//! HCL1 as `github.com/hashicorp/hcl` parses it, with recovery: after an error the next line is read.

use std::sync::Arc;

use super::lex::{Lexer, Token, heredoc, unquote};
use crate::diag::Diagnostic;
use crate::syntax::data::{Errors, Key, Kind, MAX_DEPTH, Node, Stream, offset};
use crate::text::{SourceId, Span};

/// Reads a text. One that begins with `{` is JSON, as for HashiCorp's reader.
#[must_use]
pub fn read(source: SourceId, text: &str) -> Stream {
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if start.starts_with('{') {
        return crate::syntax::json::read(source, text);
    }
    let mut parser =
        Parser { text, lexer: Lexer::new(text), errors: Errors::new(source), token: Token::End, span: Span::default(), depth: 0, last: 0 };
    parser.advance();
    let entries = parser.items(None);
    let span = match (entries.first(), entries.last()) {
        (Some((key, _)), Some((_, value))) => Span::new(key.span.start, value.span.end),
        _ => Span::at(0),
    };
    let root = (!entries.is_empty()).then_some(Node { span, kind: Kind::Map(entries) });
    Stream::of(text, root, parser.errors)
}

struct Parser<'t> {
    text: &'t str,
    lexer: Lexer<'t>,
    errors: Errors,
    token: Token,
    span: Span,
    depth: usize,
    /// Where the token before this one ended.
    last: u32,
}

/// A value that could not be read; reported.
struct Broken;

impl Parser<'_> {
    fn advance(&mut self) {
        self.last = self.span.end;
        (self.token, self.span) = self.lexer.next(&mut self.errors);
    }

    fn slice(&self) -> &str {
        &self.text[self.span.range()]
    }

    /// The current token for a message.
    fn found(&self) -> String {
        match self.token {
            Token::End => "the end of the text".to_owned(),
            Token::Heredoc { .. } => "a heredoc".to_owned(),
            _ => {
                let text: String = self.slice().chars().take(40).collect();
                format!("`{text}`")
            }
        }
    }

    fn unexpected(&mut self, wanted: &str) -> Broken {
        // a bad token has been reported
        if self.token != Token::Bad {
            let message = format!("expected {wanted}, found {}", self.found());
            self.errors.lost(self.span, message);
        }
        Broken
    }

    /// Items up to the brace that closes `open`, or to the end of the text.
    fn items(&mut self, open: Option<Span>) -> Vec<(Key, Node)> {
        let mut entries = Vec::new();
        loop {
            match self.token {
                Token::End => {
                    if let Some(open) = open {
                        self.errors.complete = false;
                        let at = self.errors.at(Span::at(offset(self.text.len())));
                        let error = Diagnostic::syntax(at, "expected `}`, found the end of the text");
                        let error = error.with_label(self.errors.at(open), "this block is open");
                        self.errors.push(error);
                    }
                    return entries;
                }
                Token::Mark(b'}') if open.is_some() => return entries,
                Token::Mark(b'}') => {
                    self.errors.lost(self.span, "`}` without `{`");
                    self.advance();
                }
                _ => {
                    if self.item(&mut entries).is_err() {
                        self.recover();
                    } else if self.token == Token::Mark(b',') {
                        self.advance();
                    }
                }
            }
        }
    }

    /// Goes on with the line after the broken place, or with the brace that closes the block on the same line.
    fn recover(&mut self) {
        let line_end = |this: &Self, from: u32| {
            let from = from as usize;
            from + memchr::memchr(b'\n', &this.text.as_bytes()[from..]).unwrap_or(this.text.len() - from)
        };
        // the token that broke it may stand on a later line, and begin something whole there
        let last_line = line_end(self, self.last);
        if self.last > 0 && self.span.start as usize > last_line && matches!(self.token, Token::Ident | Token::String | Token::Mark(b'}')) {
            return;
        }
        let end = line_end(self, self.span.end.max(self.span.start));
        let mut depth = 0;
        while self.token != Token::End && (self.span.start as usize) < end {
            match self.token {
                Token::Mark(b'{') => depth += 1,
                Token::Mark(b'}') if depth == 0 => return,
                Token::Mark(b'}') => depth -= 1,
                _ => {}
            }
            self.advance();
        }
    }

    fn item(&mut self, entries: &mut Vec<(Key, Node)>) -> Result<(), Broken> {
        let mut keys: Vec<Key> = Vec::new();
        loop {
            match self.token {
                Token::Ident | Token::String => {
                    let text = if self.token == Token::String { self.string() } else { self.slice().into() };
                    keys.push(Key { text, span: self.span });
                    self.advance();
                }
                Token::Mark(b'=') if keys.len() == 1 => break,
                Token::Mark(b'{') if !keys.is_empty() => break,
                _ if keys.is_empty() => return Err(self.unexpected("a key")),
                Token::Mark(b'=') => return Err(self.unexpected("`{` behind a block's labels")),
                _ => return Err(self.unexpected("`=` or `{` behind a key")),
            }
        }
        let assigned = self.token == Token::Mark(b'=');
        if assigned {
            self.advance();
        }
        let start = keys[0].span.start;
        let value = if self.token == Token::Mark(b'{') {
            let map = self.object(start)?;
            // an attribute that holds an object is a block to HCL1
            Node { span: map.span, kind: Kind::List(vec![map]) }
        } else {
            self.value()?
        };
        let mut keys = keys.into_iter();
        let Some(first) = keys.next() else { return Ok(()) };
        let value = keys.rev().fold(value, |value, label| {
            let span = Span::new(start, value.span.end);
            let map = Node { span, kind: Kind::Map(vec![(label, value)]) };
            Node { span, kind: Kind::List(vec![map]) }
        });
        entries.push((first, value));
        Ok(())
    }

    /// `{ … }`; its span begins at `start`, where the header is.
    fn object(&mut self, start: u32) -> Result<Node, Broken> {
        let open = self.span;
        self.enter()?;
        self.advance();
        let entries = self.items(Some(open));
        self.depth -= 1;
        let end = if self.token == Token::End { self.last } else { self.span.end };
        if self.token != Token::End {
            self.advance();
        }
        Ok(Node { span: Span::new(start, end), kind: Kind::Map(entries) })
    }

    fn enter(&mut self) -> Result<(), Broken> {
        self.depth += 1;
        if self.depth <= MAX_DEPTH {
            return Ok(());
        }
        self.errors.lost(self.span, "nested too deeply");
        // what follows cannot be told apart any more
        self.depth -= 1;
        self.lexer = Lexer::new("");
        self.token = Token::End;
        Err(Broken)
    }

    fn value(&mut self) -> Result<Node, Broken> {
        let span = self.span;
        let kind = match self.token {
            Token::Bool(value) => Kind::Bool(value),
            Token::Integer | Token::Float => self.number()?,
            Token::String => Kind::String(self.string()),
            Token::Heredoc { body, unindent } => Kind::String(heredoc(&self.text[body.range()], unindent).into()),
            Token::Variable => Kind::Unknown(self.slice().into()),
            Token::Mark(b'{') => return self.object(span.start),
            Token::Mark(b'[') => return self.list(),
            _ => return Err(self.unexpected("a value")),
        };
        self.advance();
        Ok(Node { span, kind })
    }

    fn list(&mut self) -> Result<Node, Broken> {
        let start = self.span;
        self.enter()?;
        self.advance();
        let mut items = Vec::new();
        let mut comma = false;
        loop {
            match self.token {
                Token::Mark(b']') => break,
                Token::Mark(b',') => {
                    comma = false;
                    self.advance();
                }
                Token::End => {
                    self.errors.complete = false;
                    let at = self.errors.at(Span::at(offset(self.text.len())));
                    let error = Diagnostic::syntax(at, "expected `]`, found the end of the text");
                    let error = error.with_label(self.errors.at(start), "this list is open");
                    self.errors.push(error);
                    self.depth -= 1;
                    return Ok(Node { span: Span::new(start.start, self.last), kind: Kind::List(items) });
                }
                _ if comma => {
                    self.depth -= 1;
                    return Err(self.unexpected("`,` or `]`"));
                }
                _ => {
                    // a list needs no comma behind a list
                    comma = self.token != Token::Mark(b'[');
                    match self.value() {
                        Ok(item) => items.push(item),
                        Err(broken) => {
                            self.depth -= 1;
                            return Err(broken);
                        }
                    }
                }
            }
        }
        let span = start.cover(self.span);
        self.depth -= 1;
        self.advance();
        Ok(Node { span, kind: Kind::List(items) })
    }

    /// The value of the current token, a string.
    fn string(&mut self) -> Arc<str> {
        let inner = &self.text[self.span.range()];
        let inner = &inner[1..inner.len() - 1];
        match unquote(inner) {
            Ok(text) => text.into(),
            Err((at, len)) => {
                let start = self.span.start + 1 + offset(at);
                let at = self.errors.at(Span::new(start, start + offset(len)));
                self.errors.push(Diagnostic::syntax(at, "an escape that HCL lacks").with_help("write `\\\\` for a backslash"));
                inner.into()
            }
        }
    }

    fn number(&mut self) -> Result<Kind, Broken> {
        let text = self.slice();
        let value = if self.token == Token::Float {
            text.parse::<f64>().ok().filter(|value| value.is_finite()).map(|value| value.to_string())
        } else {
            integer(text).map(|value| value.to_string())
        };
        match value {
            Some(value) => Ok(Kind::Number(value.into())),
            None => {
                let message = format!("{} is no number that HCL can hold", self.found());
                self.errors.lost(self.span, message);
                Err(Broken)
            }
        }
    }
}

/// `strconv.ParseInt(text, 0, 64)`.
fn integer(text: &str) -> Option<i64> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let value = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => i128::from_str_radix(&digits[2..], 16),
        [b'0', _, ..] => i128::from_str_radix(&digits[1..], 8),
        _ => digits.parse(),
    };
    value.ok().and_then(|value| i64::try_from(if negative { -value } else { value }).ok())
}
