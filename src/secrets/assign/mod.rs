//! What is written under a name: `key = "v"`, `"key": "v"`, `key: v`, `key => v`, `KEY=v`, `<key>v</key>`, `--key v`, `key("v")`,
//! `name: KEY` with `value: v` beside it, and what other languages make of these.

mod nested;
mod pair;
mod shell;

use super::file::Style;

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

/// What may stand between an operator and the literal that it assigns.
const WRAPPERS: &[&str] = &[
    "[]byte(",
    "b\"",
    "r\"",
    "u\"",
    "b'",
    "N'",
    "E'",
    "r'",
    "u'",
    "@\"",
    "String(",
    "aws.String(",
    "String::from(",
    "SecretStr(",
    "ptr.To(",
    "pointer.String(",
    "pointer.StringPtr(",
    "to.Ptr(",
    "Secret(",
    "Buffer.from(",
    "new String(",
    "Some(",
    "&\"",
    "new Secret(",
    "stringPtr(",
    "strPtr(",
    "StringPtr(",
    "[",
    "{",
    "(",
    "SecureString(",
    "Ptr(",
    "<<\"",
    "field(default=",
    "Field(default=",
    "Field(",
    "Encoding.UTF8.GetBytes(",
    "Encoding.ASCII.GetBytes(",
    "System.Text.Encoding.UTF8.GetBytes(",
    "bytes(",
    "SecretValue.unsafePlainText(",
    "pulumi.secret(",
];

fn value(reader: &mut Reader<'_>, name: (usize, usize), operator: Operator, style: Style, flag: bool, spaced: bool) -> Option<Assignment> {
    let lines = !matches!(style, Style::Lines | Style::Prose | Style::Yaml)
        && matches!(operator, Operator::Equals | Operator::Colon | Operator::Comma | Operator::Call);
    let after = reader.blanks(if lines { 64 } else { 16 }, lines);
    if matches!(style, Style::Yaml | Style::Data)
        && matches!(operator, Operator::Equals | Operator::Colon)
        && let Some(found) = nested::value(reader.bytes, name, reader.at, style)
    {
        return Some(found);
    }
    // `add_argument("--password", help="…", default="v")`
    if operator == Operator::Comma && flag && !matches!(reader.peek(), b'"' | b'\'' | b'`') {
        let rest = &reader.bytes[reader.at.min(reader.bytes.len())..];
        let line = &rest[..rest.iter().take(200).position(|b| *b == b'\n').unwrap_or(rest.len().min(200))];
        reader.at += memchr::memmem::find(line, b"default=")? + b"default=".len();
    }
    if operator != Operator::Blank && operator != Operator::Tag {
        for wrapper in WRAPPERS.iter().copied() {
            if reader.starts_with(wrapper) {
                let from = reader.at;
                reader.at += wrapper.trim_end_matches(['"', '\'']).len();
                reader.blanks(32, lines);
                // a list or a call with more than a literal in it is something else
                if !matches!(reader.peek(), b'"' | b'\'' | b'`') {
                    reader.at = from;
                }
                break;
            }
        }
    }
    if operator == Operator::Equals && (reader.take("%q(") || reader.take("%Q(")) {
        let rest = &reader.bytes[reader.at.min(reader.bytes.len())..];
        let length = rest.iter().take(MAX_VALUE).position(|b| matches!(b, b')' | b'\n'))?;
        let ends = rest[length] == b')' && length > 0;
        return ends.then_some(Assignment { name, value: (reader.at, reader.at + length), how: Written::Quoted });
    }
    match reader.peek() {
        b'"' | b'\'' | b'`' if operator != Operator::Tag => quoted(reader, name),
        b'\\' if matches!(reader.bytes.get(reader.at + 1), Some(b'"' | b'\'')) => quoted(reader, name),
        _ => bare(reader, name, operator, style, flag, spaced, after),
    }
}

fn quoted(reader: &mut Reader<'_>, name: (usize, usize)) -> Option<Assignment> {
    let escaped = reader.peek() == b'\\';
    if escaped {
        reader.at += 1;
    }
    let quote = reader.peek();
    let triple = [quote; 3];
    let rest = &reader.bytes[reader.at..];
    if rest.starts_with(&triple) {
        return text_block(rest, reader.at, &triple, name);
    }
    let start = reader.at + 1;
    let rest = reader.bytes.get(start..)?;
    let mut end = 0;
    loop {
        let b = *rest.get(end)?;
        if end > MAX_VALUE || b == b'\n' {
            return None;
        }
        if b == b'\\' {
            if escaped && rest.get(end + 1) == Some(&quote) {
                break;
            }
            end += 1;
        } else if b == quote {
            // `''` inside of single quotes is one of them (YAML, SQL)
            break;
        }
        end += 1;
    }
    // a part of an expression
    let close = end + if escaped { 2 } else { 1 };
    let behind = rest.get(close..).unwrap_or(b"");
    let next = behind.iter().take(40).find(|b| !matches!(b, b' ' | b'\t'));
    if matches!(next, Some(b'+' | b'%')) || end == 0 {
        return None;
    }
    Some(Assignment { name, value: (start, start + end), how: Written::Quoted })
}

/// A text between three quotes each, where it is of one line.
fn text_block(rest: &[u8], at: usize, quotes: &[u8; 3], name: (usize, usize)) -> Option<Assignment> {
    let body = &rest[3..rest.len().min(MAX_VALUE)];
    let body = &body[..memchr::memmem::find(body, quotes)?];
    let text = body.trim_ascii();
    let start = at + 3 + (body.len() - body.trim_ascii_start().len());
    (!text.is_empty() && !text.contains(&b'\n')).then_some(Assignment { name, value: (start, start + text.len()), how: Written::Quoted })
}

fn bare(
    reader: &mut Reader<'_>,
    name: (usize, usize),
    operator: Operator,
    style: Style,
    flag: bool,
    spaced: bool,
    after: usize,
) -> Option<Assignment> {
    let bytes = reader.bytes;
    let start = reader.at;
    let rest = bytes.get(start..)?;
    let assign = |length: usize, how| (length > 0).then_some(Assignment { name, value: (start, start + length), how });
    if operator == Operator::Tag {
        for inner in ["<value>", "<string>"] {
            let at = start + rest.iter().take(40).take_while(|b| b.is_ascii_whitespace()).count();
            if bytes[at.min(bytes.len())..].starts_with(inner.as_bytes()) {
                reader.at = at + inner.len();
                return bare(reader, name, operator, style, flag, spaced, after);
            }
        }
        let length = rest.iter().take(MAX_VALUE).position(|b| matches!(b, b'<' | b'\n'))?;
        return if rest[length..].starts_with(b"</") { assign(length, Written::Bare) } else { None };
    }
    let stops = |b: &u8| matches!(b, b' ' | b'\t' | b'\n' | b'\r' | b'"' | b'\'' | b'`');
    let token = |also: &[u8]| rest.iter().take(MAX_VALUE).position(|b| stops(b) || also.contains(b)).unwrap_or(rest.len().min(MAX_VALUE));
    if operator == Operator::Blank {
        // a call, a variable
        if matches!(reader.peek(), b'(' | b'$' | b'{') {
            return None;
        }
        let length = token(b",;|)<>");
        // `-Password complexity has one …`: a sentence, and no command
        let is_word = |word: &[u8]| word.iter().all(u8::is_ascii_lowercase);
        let line = rest.iter().take(200).position(|b| *b == b'\n').unwrap_or(rest.len().min(200));
        let mut next = rest[length..line.max(length)].split(|b| *b == b' ').filter(|word| !word.is_empty());
        let is_sentence = is_word(&rest[..length]) && next.by_ref().take(2).filter(|word| is_word(word)).count() == 2;
        return if is_sentence { None } else { assign(length, Written::Bare) };
    }
    let joined = !spaced && after == 0 && operator == Operator::Equals;
    if joined && shell::is_listed(bytes, name, start) {
        return assign(token(b";&,<>)\\"), Written::Listed);
    }
    match style {
        Style::Code | Style::Data | Style::Xml => {
            if joined && (flag || shell::is_variable(bytes, name, start, style)) {
                assign(token(b";&,<>)\\"), Written::Bare)
            } else {
                None
            }
        }
        Style::Yaml if operator == Operator::Colon => {
            if after == 0 || matches!(reader.peek(), b'&' | b'*' | b'!' | b'%' | b'@' | b'#' | b'\n' | b'\r') {
                return None;
            }
            if matches!(reader.peek(), b'|' | b'>') {
                return block(reader, name);
            }
            let line = rest.iter().take(MAX_VALUE).position(|b| *b == b'\n')?;
            let comment = memchr::memmem::find(&rest[..line], b" #").unwrap_or(line);
            // in flow style a value ends where its map does
            let head = bytes[..name.0].iter().rev().take(400).take_while(|b| **b != b'\n');
            let flow = head.filter(|b| matches!(b, b'{' | b'[')).count() > 0;
            let end = if flow { rest[..comment].iter().position(|b| matches!(b, b',' | b'}' | b']')).unwrap_or(comment) } else { comment };
            assign(rest[..end].trim_ascii_end().len(), Written::Bare)
        }
        Style::Yaml | Style::Lines | Style::Prose => {
            if !matches!(operator, Operator::Equals | Operator::Colon) || operator == Operator::Colon && after == 0 && style == Style::Prose
            {
                return None;
            }
            let length = token(if style == Style::Prose { b",;<>|)" } else { b"" });
            let length = rest[..length].strip_suffix(b";").map_or(length, <[u8]>::len);
            // the escape of a line's end, inside of quotes
            let escape = memchr::memchr_iter(b'\\', &rest[..length]).find(|at| matches!(rest.get(at + 1), Some(b'n' | b'r')));
            let closed = matches!(rest.get(length), Some(b'"' | b' '));
            let length = escape.filter(|_| closed && joined).unwrap_or(length);
            // the next option of a mount: `password=v,vers=3.0`
            let next = |at: &usize| {
                let name = rest[at + 1..length].iter().take_while(|b| b.is_ascii_lowercase() || **b == b'_').count();
                name > 2 && rest[at + 1 + name..length].starts_with(b"=")
            };
            let length = if joined { memchr::memchr_iter(b',', &rest[..length]).find(next).unwrap_or(length) } else { length };
            let line = rest[length..].iter().take(200).position(|b| *b == b'\n').unwrap_or(200.min(rest.len() - length));
            let more = rest[length..length + line].trim_ascii();
            let ends = more.is_empty() || matches!(more[0], b'#' | b';' | b'&' | b'|' | b'\\' | b'<' | b'>' | b'"' | b'\'' | b'`');
            if !ends && !joined { None } else { assign(length, Written::Bare) }
        }
    }
}

/// The value of a YAML block scalar of one line.
fn block(reader: &Reader<'_>, name: (usize, usize)) -> Option<Assignment> {
    let rest = &reader.bytes[reader.at..];
    let head = rest.iter().take(8).position(|b| *b == b'\n')?;
    let body = &rest[head + 1..];
    let indent = body.iter().take(64).take_while(|b| **b == b' ').count();
    let line = body.iter().take(MAX_VALUE).position(|b| *b == b'\n').unwrap_or(body.len().min(MAX_VALUE));
    let next = &body[(line + 1).min(body.len())..];
    let deeper = next.iter().take(64).take_while(|b| **b == b' ').count();
    let more = next.get(deeper).is_some_and(|b| *b != b'\n') && deeper >= indent;
    let text = body.get(indent..line)?.trim_ascii_end();
    let start = reader.at + head + 1 + indent;
    (indent > 0 && !more && !text.is_empty()).then_some(Assignment { name, value: (start, start + text.len()), how: Written::Bare })
}
