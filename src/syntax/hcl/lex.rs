//! The tokens of HCL1 (`github.com/hashicorp/hcl`, `hcl/scanner`).

use std::borrow::Cow;

use crate::syntax::data::{Errors, span};
use crate::text::Span;

/// What a token is; its text is the source at its span.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Token {
    End,
    Ident,
    Bool(bool),
    Integer,
    Float,
    String,
    /// `<<EOF`, with the range of its lines and whether they are unindented (`<<-`).
    Heredoc {
        body: Span,
        unindent: bool,
    },
    /// `$VAR` or `${VAR}` outside quotes, with what sticks to it.
    Variable,
    /// `{`, `}`, `[`, `]`, `,` or `=`.
    Mark(u8),
    /// Nothing that may stand here; reported.
    Bad,
}

pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
    /// A `${` in a string was followed to the end of the text in vain: not again, or the time would grow with the square of it.
    unclosed: bool,
    /// The comments that were skipped.
    pub(super) comments: Vec<Span>,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        // a byte order mark is no part of the text
        Self { text, at: if text.starts_with('\u{feff}') { 3 } else { 0 }, unclosed: false, comments: Vec::new() }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next token and its span, comments skipped.
    pub(super) fn next(&mut self, errors: &mut Errors) -> (Token, Span) {
        self.skip_blanks(errors);
        let start = self.at;
        let token = self.token(errors);
        (token, span(start, self.at))
    }

    /// Moves on to the end of the line.
    pub(super) fn skip_line(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    }

    fn skip_blanks(&mut self, errors: &mut Errors) {
        while let Some(byte) = self.peek() {
            let start = self.at;
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                b'#' => self.skip_line(),
                b'/' if self.text[self.at..].starts_with("//") => self.skip_line(),
                b'/' if self.text[self.at..].starts_with("/*") => match self.text[start + 2..].find("*/") {
                    Some(end) => self.at = start + 2 + end + 2,
                    None => {
                        self.at = self.text.len();
                        errors.lost(span(start, start + 2), "this comment does not end");
                    }
                },
                _ => return,
            }
            if matches!(byte, b'#' | b'/') {
                self.comments.push(span(start, self.at));
            }
        }
    }

    fn token(&mut self, errors: &mut Errors) -> Token {
        let Some(byte) = self.peek() else { return Token::End };
        match byte {
            b'{' | b'}' | b'[' | b']' | b',' | b'=' => {
                self.at += 1;
                Token::Mark(byte)
            }
            b'"' => self.string(errors),
            b'<' => self.heredoc(errors),
            b'0'..=b'9' => self.number(errors),
            b'-' | b'.' if self.text.as_bytes().get(self.at + 1).is_some_and(u8::is_ascii_digit) => self.number(errors),
            b'$' => self.variable(errors),
            _ => {
                let start = self.at;
                let first = self.text[start..].chars().next().unwrap_or('\0');
                if is_letter(first) {
                    self.skip_while(|c| is_letter(c) || is_digit(c) || c == '-' || c == '.');
                    return match &self.text[start..self.at] {
                        "true" => Token::Bool(true),
                        "false" => Token::Bool(false),
                        _ => Token::Ident,
                    };
                }
                self.at += first.len_utf8();
                errors.lost(span(start, self.at), format!("unexpected `{}`", first.escape_debug()));
                Token::Bad
            }
        }
    }

    fn skip_while(&mut self, wanted: impl Fn(char) -> bool) {
        let rest = &self.text[self.at..];
        self.at += rest.find(|c| !wanted(c)).unwrap_or(rest.len());
    }

    fn number(&mut self, errors: &mut Errors) -> Token {
        let start = self.at;
        let digits = |this: &mut Self| this.skip_while(|c| c.is_ascii_digit());
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.text[self.at..].starts_with("0x") || self.text[self.at..].starts_with("0X") {
            self.at += 2;
            let from = self.at;
            self.skip_while(|c| c.is_ascii_hexdigit());
            if self.at == from {
                errors.lost(span(start, self.at), "a hexadecimal number without digits");
                return Token::Bad;
            }
            return Token::Integer;
        }
        let mut kind = Token::Integer;
        digits(self);
        if self.peek() == Some(b'.') {
            kind = Token::Float;
            self.at += 1;
            digits(self);
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            kind = Token::Float;
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            let from = self.at;
            digits(self);
            if self.at == from {
                errors.lost(span(start, self.at), "a number whose exponent has no digits");
                return Token::Bad;
            }
        }
        kind
    }

    fn variable(&mut self, errors: &mut Errors) -> Token {
        let start = self.at;
        // `${A}:${B}` and `$A-x` are one value
        while let Some(byte) = self.peek() {
            if self.text[self.at..].starts_with("${") {
                match self.text[self.at..].find(['}', '\n']) {
                    Some(end) if self.text.as_bytes()[self.at + end] == b'}' => self.at += end + 1,
                    _ => {
                        self.skip_line();
                        errors.lost(span(start, self.at), "`${` without `}`");
                        return Token::Bad;
                    }
                }
            } else if matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b'=' | b'{' | b'}' | b'[' | b']' | b'"' | b'#') {
                break;
            } else {
                self.at += self.text[self.at..].chars().next().map_or(1, char::len_utf8);
            }
        }
        Token::Variable
    }

    fn string(&mut self, errors: &mut Errors) -> Token {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut braces = 0u32;
        let mut at = start + 1;
        loop {
            match bytes.get(at) {
                None | Some(0) => break,
                Some(b'\n') if braces == 0 => break,
                Some(b'"') if braces == 0 => {
                    self.at = at + 1;
                    return Token::String;
                }
                Some(b'$') if braces == 0 && !self.unclosed && bytes.get(at + 1) == Some(&b'{') => {
                    braces = 1;
                    at += 1;
                }
                Some(b'{') if braces > 0 => braces += 1,
                Some(b'}') if braces > 0 => braces -= 1,
                Some(b'\\') if !matches!(bytes.get(at + 1), None | Some(b'\n')) => at += 1,
                _ => {}
            }
            at += 1;
        }
        self.unclosed |= braces > 0;
        // the rest of its line is taken for the text
        let rest = &bytes[start..];
        self.at = start + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        errors.lost(span(start, self.at), "this string does not end");
        Token::Bad
    }

    fn heredoc(&mut self, errors: &mut Errors) -> Token {
        let start = self.at;
        let Some(after) = self.text[start..].strip_prefix("<<") else {
            self.at += 1;
            errors.lost(span(start, self.at), "unexpected `<`");
            return Token::Bad;
        };
        let unindent = after.starts_with('-');
        self.at = start + 2 + usize::from(unindent);
        let name_start = self.at;
        self.skip_while(|c| is_letter(c) || is_digit(c));
        let name = &self.text[name_start..self.at];
        let rest = &self.text[self.at..];
        let body = match rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n')) {
            Some(lines) if !name.is_empty() => self.text.len() - lines.len(),
            _ => {
                self.skip_line();
                errors.lost(span(start, self.at), "`<<` wants a name alone on its line, as in `<<EOF`");
                return Token::Bad;
            }
        };
        let mut at = body;
        for line in self.text[body..].split_inclusive('\n') {
            let content = line.trim_end_matches(['\r', '\n']);
            if content.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '\u{b}') == name {
                self.at = at + content.len();
                if !line.ends_with('\n') {
                    errors.push(crate::diag::Diagnostic::syntax(
                        errors.at(span(self.at - name.len(), self.at)),
                        format!("`{name}` ends its heredoc only with a line break behind it"),
                    ));
                }
                return Token::Heredoc { body: span(body, self.at - name.len()), unindent };
            }
            at += line.len();
        }
        self.at = self.text.len();
        errors.lost(span(start, name_start + name.len()), format!("this heredoc does not end: no line `{name}`"));
        Token::Heredoc { body: span(body, self.at), unindent }
    }
}

fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || (!c.is_ascii() && c.is_alphabetic())
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || (!c.is_ascii() && c.is_numeric())
}

/// The value of a quoted string, given without its quotes (`hcl/strconv`, `Unquote`): what stands in `${…}` is left as it is.
///
/// # Errors
/// The offset and length of an escape that HCL1 lacks.
pub(super) fn unquote(inner: &str) -> Result<Cow<'_, str>, (usize, usize)> {
    if !inner.contains('\\') {
        return Ok(Cow::Borrowed(inner));
    }
    let mut out: Vec<u8> = Vec::with_capacity(inner.len());
    let bytes = inner.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if inner[at..].starts_with("${") {
            let end = closing_brace(bytes, at + 2);
            let mut inside = at;
            while let Some(backslash) = inner[inside..end].find('\\').map(|found| inside + found) {
                // checked, but left as it is
                let (len, _) = escape(&inner[backslash + 1..]).ok_or((backslash, 1))?;
                inside = (backslash + 1 + len).min(end);
            }
            out.extend_from_slice(&bytes[at..end]);
            at = end;
            continue;
        }
        if bytes[at] != b'\\' {
            out.push(bytes[at]);
            at += 1;
            while at < bytes.len() && !inner.is_char_boundary(at) {
                out.push(bytes[at]);
                at += 1;
            }
            continue;
        }
        let (len, value) = escape(&inner[at + 1..]).ok_or_else(|| (at, 1 + inner[at + 1..].chars().next().map_or(0, char::len_utf8)))?;
        match value {
            Escaped::Byte(byte) => out.push(byte),
            Escaped::Char(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        at += 1 + len;
    }
    Ok(Cow::Owned(match String::from_utf8(out) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    }))
}

/// The offset behind the brace that closes what was opened before `at`.
fn closing_brace(bytes: &[u8], mut at: usize) -> usize {
    let mut braces = 1;
    while at < bytes.len() && braces > 0 {
        match bytes[at] {
            b'{' => braces += 1,
            b'}' => braces -= 1,
            _ => {}
        }
        at += 1;
    }
    at
}

enum Escaped {
    Byte(u8),
    Char(char),
}

/// The escape behind a backslash: its length and value.
fn escape(rest: &str) -> Option<(usize, Escaped)> {
    let digits = |from: usize, count: usize, radix: u32| {
        let digits = rest.get(from..from + count)?;
        let fits = digits.bytes().all(|b| char::from(b).is_digit(radix));
        fits.then(|| u32::from_str_radix(digits, radix).ok())?
    };
    let simple = |byte| Some((1, Escaped::Byte(byte)));
    // half of a surrogate pair is no character
    let character = |code: u32, len| match code {
        0xd800..0xe000 => Some((len, Escaped::Char(char::REPLACEMENT_CHARACTER))),
        _ => char::from_u32(code).map(|c| (len, Escaped::Char(c))),
    };
    match rest.bytes().next()? {
        b'a' => simple(7),
        b'b' => simple(8),
        b'f' => simple(12),
        b'n' => simple(b'\n'),
        b'r' => simple(b'\r'),
        b't' => simple(b'\t'),
        b'v' => simple(11),
        b'\\' => simple(b'\\'),
        b'"' => simple(b'"'),
        b'0'..=b'7' => digits(0, 3, 8).and_then(|value| Some((3, Escaped::Byte(u8::try_from(value).ok()?)))),
        b'x' => digits(1, 2, 16).and_then(|value| Some((3, Escaped::Byte(u8::try_from(value).ok()?)))),
        b'u' => digits(1, 4, 16).and_then(|code| character(code, 5)),
        b'U' => digits(1, 8, 16).and_then(|code| character(code, 9)),
        _ => None,
    }
}

/// The value of a heredoc's lines, whose last one is the blanks before the closing name (`hcl/token`, `unindentHeredoc`).
pub(super) fn heredoc(body: &str, unindent: bool) -> Cow<'_, str> {
    let text = if body.contains("\r\n") { Cow::Owned(body.replace("\r\n", "\n")) } else { Cow::Borrowed(body) };
    if !unindent {
        return text;
    }
    let indent = &text[text.rfind('\n').map_or(0, |at| at + 1)..];
    if !text.split('\n').all(|line| line.starts_with(indent)) {
        return Cow::Owned(text.trim_end_matches([' ', '\t']).to_owned());
    }
    let lines: Vec<&str> = text.split('\n').map(|line| &line[indent.len()..]).collect();
    Cow::Owned(lines.join("\n"))
}
