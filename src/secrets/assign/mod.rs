//! What is written under a name: `key = "v"`, `"key": "v"`, `key: v`, `key => v`, `KEY=v`, `<key>v</key>`, `--key v`, `key("v")`,
//! `name: KEY` with `value: v` beside it, and what other languages make of these.

mod literal;
mod nested;
mod pair;
mod shell;

use super::file::Style;
use literal::{bare, quoted, value};

/// A name, and the value that is written under it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Assignment {
    pub(super) name: (usize, usize),
    pub(super) value: (usize, usize),
    pub(super) how: Written,
}

/// How a value is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Written {
    /// Between quotes.
    Quoted,
    /// Without.
    Bare,
    /// In the list of a connection string or of a URL's query.
    Listed,
}

/// Names are not longer.
const MAX_NAME: usize = 80;
/// Values are not longer.
const MAX_VALUE: usize = 1_024;

fn is_name(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.')
}

/// The identifier around `at`, `None` where it is longer than names are.
pub(super) fn identifier(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let mut left = bytes[..at].iter().rev().take(MAX_NAME).take_while(|b| is_name(**b)).count();
    // behind the escape of a line's end: `"A=1\nAPI_TOKEN=v"`
    if left > 0 && at > left && bytes[at - left - 1] == b'\\' && matches!(bytes[at - left], b'n' | b'r' | b't') {
        left -= 1;
    }
    let right = bytes[at..].iter().take(MAX_NAME).take_while(|b| is_name(**b)).count();
    (left + right < MAX_NAME).then_some((at - left, at + right))
}

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(b'\n')
    }

    fn starts_with(&self, text: &str) -> bool {
        self.bytes[self.at.min(self.bytes.len())..].starts_with(text.as_bytes())
    }

    fn take(&mut self, text: &str) -> bool {
        let found = self.starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    /// Skips at most `most` blanks; `lines`: line ends as well.
    fn blanks(&mut self, most: usize, lines: bool) -> usize {
        let is_blank = |b: &&u8| matches!(**b, b' ' | b'\t') || lines && matches!(**b, b'\n' | b'\r');
        let count = self.bytes[self.at.min(self.bytes.len())..].iter().take(most).take_while(is_blank).count();
        self.at += count;
        count
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    /// `=`, `:=`, `==`, `=>`, `||`, `??`
    Equals,
    Colon,
    Comma,
    Call,
    /// The end of an opening tag.
    Tag,
    /// A blank behind a flag.
    Blank,
}

/// What is assigned to the identifier at `name`, and how far was read.
pub(super) fn read(bytes: &[u8], name: (usize, usize), style: Style) -> Option<Assignment> {
    let (mut start, end) = name;
    let own_start = start;
    // `"\\n-Password complexity"` is a list in a text
    let flag = bytes[start..end].starts_with(b"-") && !(own_start >= 2 && bytes[own_start - 2] == b'\\');
    while start < end && matches!(bytes[start], b'-' | b'.') {
        start += 1;
    }
    let mut stop = end;
    while stop > start && matches!(bytes[stop - 1], b'-' | b'.') {
        stop -= 1;
    }
    if start == stop {
        return None;
    }
    let name = (start, stop);
    let before = start.checked_sub(1).map(|at| bytes[at]);
    let around = if flag { own_start.checked_sub(1).map(|at| bytes[at]) } else { before };
    let mut reader = Reader { bytes, at: stop };
    // `:-` is seen from the name's end
    if before == Some(b'{') && start >= 2 && matches!(bytes[start - 2], b'$') {
        return fallback(&mut reader, name);
    }
    reader.at = end;
    let escaped = reader.starts_with("\\\"");
    let quoted = escaped
        || matches!(reader.peek(), b'"' | b'\'' | b'`')
            && (around == Some(reader.peek()) || around == Some(b':') && is_last_part(&bytes[..name.0], reader.peek()));
    if escaped {
        reader.at += 2;
    } else if quoted {
        reader.at += 1;
    }
    if let Some(found) = quoted.then(|| pair::pair(bytes, name, reader.at).or_else(|| pair::variable(bytes, name, reader.at))).flatten() {
        return Some(found);
    }
    if !quoted
        && matches!(style, Style::Yaml | Style::Data | Style::Code | Style::Lines | Style::Prose)
        && let Some(found) = pair::pair(bytes, name, reader.at)
    {
        return Some(found);
    }
    // `config["password"] =`, `password[] =`, `get("password") or`, `password?:`
    for close in ["[]", "]", ")", "?", "!"] {
        if reader.take(close) {
            break;
        }
    }
    if style == Style::Xml
        && !quoted
        && let Some(at) = pair::element_beside(bytes, name)
    {
        reader.at = at;
        return bare(&mut reader, name, Operator::Tag, style, flag, false, 0);
    }
    let spaced = reader.blanks(32, false) > 0;
    if flag && style == Style::Yaml && matches!(reader.peek(), b'\n' | b'\r') {
        return next_item(&mut reader, name);
    }
    // `public string Key { get; set; } = "…"`
    if style == Style::Code && reader.starts_with("{ get;") {
        let rest = &bytes[reader.at..];
        reader.at += rest.iter().take(60).position(|b| *b == b'}').map_or(0, |close| close + 1);
        reader.blanks(8, false);
    }
    let operator = operator(&mut reader, bytes, name, quoted, flag, spaced, style)?;
    value(&mut reader, name, operator, style, flag, spaced)
}

/// Whether a name is the last part of a quoted one: `"Authentication:Google:ClientSecret"`.
fn is_last_part(before: &[u8], quote: u8) -> bool {
    before.iter().rev().take(MAX_NAME).find(|b| !is_name(**b) && **b != b':').is_some_and(|b| *b == quote)
}

fn operator(
    reader: &mut Reader<'_>,
    bytes: &[u8],
    name: (usize, usize),
    quoted: bool,
    flag: bool,
    spaced: bool,
    style: Style,
) -> Option<Operator> {
    for text in ["=>", ":=", "!==", "!=", "===", "==", "?=", "||", "??", "<-", "="] {
        if reader.take(text) {
            return Some(Operator::Equals);
        }
    }
    // `ENV["PASSWORD"] or "…"`, and no `a password or an account`
    if spaced && ["or \"", "or '", "or `"].iter().any(|start| reader.starts_with(start)) && reader.take("or ") {
        return Some(Operator::Equals);
    }
    match reader.peek() {
        b':' => {
            reader.at += 1;
            if reader.peek() == b':' {
                return None;
            }
            if style == Style::Code && typed(reader) {
                return Some(Operator::Equals);
            }
            Some(Operator::Colon)
        }
        b',' if quoted && is_argument(bytes, name, flag) => {
            reader.at += 1;
            Some(Operator::Comma)
        }
        // a tuple of Erlang: `{db_password, "v"}`
        b',' if !quoted && !spaced && bytes[..name.0].ends_with(b"{") => {
            reader.at += 1;
            Some(Operator::Comma)
        }
        // a keyword of Clojure: `:password "v"`
        b'"' if spaced && !quoted && shell::is_keyword(bytes, name) => Some(Operator::Equals),
        b'(' if !quoted && !spaced && style == Style::Code => {
            reader.at += 1;
            Some(Operator::Call)
        }
        b'>' if style == Style::Xml || bytes[..name.0].ends_with(b"<") || quoted && bytes[..name.0].ends_with(b"name=\"") => {
            reader.at += 1;
            Some(Operator::Tag)
        }
        _ if flag && spaced && !quoted => Some(Operator::Blank),
        b'"' | b'\'' if spaced && matches!(style, Style::Lines | Style::Code) && shell::is_directive(bytes, name, reader.at, style) => {
            Some(Operator::Equals)
        }
        _ if spaced
            && style == Style::Lines
            && (shell::is_spaced_setting(bytes, name) || shell::is_plain_directive(bytes, name, reader.at)) =>
        {
            Some(Operator::Blank)
        }
        // a directive of a server in a ConfigMap
        _ if spaced && style == Style::Yaml && !quoted && shell::is_password_directive(bytes, name, reader.at) => Some(Operator::Blank),
        // `user "ops" password "v"`
        b'"' if spaced
            && style == Style::Lines
            && bytes[..name.0].trim_ascii_end().ends_with(b"\"")
            && bytes[name.0..name.1] == *b"password" =>
        {
            Some(Operator::Equals)
        }
        // `ALTER USER app WITH PASSWORD '…'`
        b'\'' if spaced && bytes[name.0..name.1].eq_ignore_ascii_case(b"password") && shell::is_statement(bytes, name.0) => {
            Some(Operator::Equals)
        }
        // `password string = "…"`
        _ if spaced && style == Style::Code && typed(reader) => Some(Operator::Equals),
        _ => None,
    }
}

/// Whether a quoted name is the first argument of a call, or a flag in a list.
fn is_argument(bytes: &[u8], name: (usize, usize), flag: bool) -> bool {
    let open = bytes[..name.0].iter().rev().take(12).find(|b| !matches!(b, b' ' | b'"' | b'\'' | b'`' | b'-' | b'\\' | b'\n' | b'\t'));
    open == Some(&b'(') || flag
}

/// The item behind that of a flag: `- --token` and `- v` in the arguments of a container.
fn next_item(reader: &mut Reader<'_>, name: (usize, usize)) -> Option<Assignment> {
    let bytes = reader.bytes;
    let line = bytes[..name.0].iter().rev().take(120).position(|b| *b == b'\n').unwrap_or(name.0.min(120));
    let head = &bytes[name.0 - line..name.0];
    let marks = head.iter().filter(|b| !matches!(b, b' ' | b'"' | b'\'')).count();
    if !head.trim_ascii_start().starts_with(b"- ") || marks > 3 {
        return None;
    }
    reader.blanks(80, true);
    if !reader.take("- ") {
        return None;
    }
    reader.blanks(16, false);
    match reader.peek() {
        b'"' | b'\'' => quoted(reader, name),
        b'-' | b'$' | b'{' | b'[' | b'&' | b'*' | b'!' | b'|' | b'>' => None,
        _ => {
            let start = reader.at;
            let length = bytes[start..].iter().take(MAX_VALUE).position(u8::is_ascii_whitespace).unwrap_or(0);
            let ends = bytes[start + length..].iter().find(|b| !matches!(b, b' ' | b'\r')).is_none_or(|b| *b == b'\n' || *b == b'#');
            (ends && length > 0).then_some(Assignment { name, value: (start, start + length), how: Written::Bare })
        }
    }
}

/// Skips the type between a name and its `=`.
fn typed(reader: &mut Reader<'_>) -> bool {
    let from = reader.at;
    reader.blanks(8, false);
    let is_type = |b: u8| {
        b.is_ascii_alphanumeric() || matches!(b, b'_' | b'&' | b'<' | b'>' | b'[' | b']' | b'?' | b'*' | b'.' | b'|' | b' ' | b'\'' | b'!')
    };
    let rest = &reader.bytes[reader.at.min(reader.bytes.len())..];
    let length = rest.iter().take(48).take_while(|b| is_type(**b)).count();
    let starts = rest.first().is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'&' | b'*' | b'[' | b'_'));
    if starts && length > 0 && rest.get(length) == Some(&b'=') && !matches!(rest.get(length + 1), Some(b'=' | b'>')) {
        reader.at += length + 1;
        return true;
    }
    reader.at = from;
    false
}

/// The default of `${NAME:-default}`, `${NAME:default}`, `${NAME-default}`.
fn fallback(reader: &mut Reader<'_>, name: (usize, usize)) -> Option<Assignment> {
    if !(reader.take(":-") || reader.take(":=") || reader.take(":") || reader.take("-")) || matches!(reader.peek(), b'?' | b'+') {
        return None;
    }
    let start = reader.at;
    let rest = &reader.bytes[start.min(reader.bytes.len())..];
    let length = rest.iter().take(128).position(|b| matches!(b, b'}' | b'\n' | b'"' | b'{' | b'$'))?;
    (rest[length] == b'}' && length > 0).then_some(Assignment { name, value: (start, start + length), how: Written::Bare })
}
