//! What is written under a name: `key = "v"`, `"key": "v"`, `key: v`, `key => v`, `KEY=v`, `<key>v</key>`, `--key v`, `key("v")`,
//! `name: KEY` with `value: v` beside it, and what other languages make of these.

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
    let left = bytes[..at].iter().rev().take(MAX_NAME).take_while(|b| is_name(**b)).count();
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
    let flag = bytes[start..end].starts_with(b"-");
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
    let mut reader = Reader { bytes, at: stop };
    // `:-` is seen from the name's end
    if before == Some(b'{') && start >= 2 && matches!(bytes[start - 2], b'$') {
        return fallback(&mut reader, name);
    }
    reader.at = end;
    let escaped = reader.starts_with("\\\"");
    let quoted = escaped || matches!(reader.peek(), b'"' | b'\'' | b'`') && before == Some(reader.peek());
    if escaped {
        reader.at += 2;
    } else if quoted {
        reader.at += 1;
    }
    if let Some(found) = quoted.then(|| pair(bytes, name, reader.at).or_else(|| variable(bytes, name, reader.at))).flatten() {
        return Some(found);
    }
    if !quoted
        && matches!(style, Style::Yaml | Style::Data | Style::Code | Style::Lines | Style::Prose)
        && let Some(found) = pair(bytes, name, reader.at)
    {
        return Some(found);
    }
    // `config["password"] =`, `password[] =`, `get("password") or`, `password?:`
    for close in ["[]", "]", ")", "?", "!"] {
        if reader.take(close) {
            break;
        }
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

fn operator(
    reader: &mut Reader<'_>,
    bytes: &[u8],
    name: (usize, usize),
    quoted: bool,
    flag: bool,
    spaced: bool,
    style: Style,
) -> Option<Operator> {
    for text in ["=>", ":=", "===", "==", "?=", "||", "??", "="] {
        if reader.take(text) {
            return Some(Operator::Equals);
        }
    }
    if spaced && reader.take("or ") {
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
        b'(' if !quoted && !spaced && style == Style::Code => {
            reader.at += 1;
            Some(Operator::Call)
        }
        b'>' if style == Style::Xml || bytes[..name.0].ends_with(b"<") => {
            reader.at += 1;
            Some(Operator::Tag)
        }
        _ if flag && spaced && !quoted => Some(Operator::Blank),
        _ if spaced && style == Style::Lines && is_spaced_setting(bytes, name) => Some(Operator::Blank),
        // `ALTER USER app WITH PASSWORD '…'`
        b'\'' if spaced && bytes[name.0..name.1].eq_ignore_ascii_case(b"password") => Some(Operator::Equals),
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

/// `ENV KEY value` of a Dockerfile, `requirepass value` of Redis, `password value` of `.netrc`.
fn is_spaced_setting(bytes: &[u8], name: (usize, usize)) -> bool {
    let line = bytes[..name.0].iter().rev().take(120).position(|b| *b == b'\n').unwrap_or(name.0.min(120));
    let head = bytes[name.0 - line..name.0].trim_ascii();
    let own = &bytes[name.0..name.1];
    head.eq_ignore_ascii_case(b"ENV")
        || head.is_empty() && matches!(own, b"requirepass" | b"masterauth" | b"password" | b"passwd" | b"bindpw" | b"rootpw")
        || own == b"password"
            && (head.starts_with(b"machine ") || head.starts_with(b"login ") || memchr::memmem::find(head, b" login ").is_some())
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
const WRAPPERS: [&str; 30] = [
    "[]byte(",
    "b\"",
    "r\"",
    "u\"",
    "b'",
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
];

fn value(reader: &mut Reader<'_>, name: (usize, usize), operator: Operator, style: Style, flag: bool, spaced: bool) -> Option<Assignment> {
    let lines = !matches!(style, Style::Lines | Style::Prose | Style::Yaml)
        && matches!(operator, Operator::Equals | Operator::Colon | Operator::Comma | Operator::Call);
    let after = reader.blanks(if lines { 64 } else { 16 }, lines);
    if operator != Operator::Blank && operator != Operator::Tag {
        for wrapper in WRAPPERS {
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
    let skip = if rest.starts_with(&triple) { 3 } else { 1 };
    let start = reader.at + skip;
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
    let close = end + if escaped { 2 } else { skip };
    let behind = rest.get(close..).unwrap_or(b"");
    let next = behind.iter().take(40).find(|b| !matches!(b, b' ' | b'\t'));
    if matches!(next, Some(b'+' | b'%')) || end == 0 {
        return None;
    }
    Some(Assignment { name, value: (start, start + end), how: Written::Quoted })
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
        let length = rest.iter().take(MAX_VALUE).position(|b| matches!(b, b'<' | b'\n'))?;
        return if rest[length..].starts_with(b"</") { assign(length, Written::Bare) } else { None };
    }
    let stops = |b: &u8| matches!(b, b' ' | b'\t' | b'\n' | b'\r' | b'"' | b'\'' | b'`');
    let token = |also: &[u8]| rest.iter().take(MAX_VALUE).position(|b| stops(b) || also.contains(b)).unwrap_or(rest.len().min(MAX_VALUE));
    if operator == Operator::Blank {
        return assign(token(b",;|)<>"), Written::Bare);
    }
    let joined = !spaced && after == 0 && operator == Operator::Equals;
    if joined && is_listed(bytes, name, start) {
        return assign(token(b";&,<>)\\"), Written::Listed);
    }
    match style {
        Style::Code | Style::Data | Style::Xml => {
            if flag && joined {
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

/// Whether a name stands in a connection string or the query of a URL.
fn is_listed(bytes: &[u8], name: (usize, usize), value: usize) -> bool {
    let Some(before) = name.0.checked_sub(1).map(|at| bytes[at]) else { return false };
    if matches!(before, b';' | b'&' | b'?') {
        return true;
    }
    if !matches!(before, b' ' | b'"' | b'\'' | b',') {
        return false;
    }
    const BESIDE: [&[u8]; 9] = [b"host=", b"server=", b"data source=", b"user=", b"uid=", b"user id=", b"dbname=", b"database=", b"port="];
    let from = bytes[..name.0].iter().rev().take(160).position(|b| *b == b'\n').map_or(name.0.saturating_sub(160), |back| name.0 - back);
    let to = bytes[value..].iter().take(160).position(|b| *b == b'\n').map_or((value + 160).min(bytes.len()), |length| value + length);
    let window = bytes[from..to].to_ascii_lowercase();
    BESIDE.iter().any(|word| memchr::memmem::find(&window, word).is_some())
}

/// The default of `variable "db_password" { … default = "…" }` (Terraform).
fn variable(bytes: &[u8], name: (usize, usize), at: usize) -> Option<Assignment> {
    if !bytes[..name.0].ends_with(b"variable \"") {
        return None;
    }
    let block = &bytes[at..bytes.len().min(at + 800)];
    let block = &block[..memchr::memmem::find(block, b"\n}").unwrap_or(block.len())];
    let found = memchr::memmem::find_iter(block, b"default")
        .find(|from| from.checked_sub(1).is_some_and(|before| matches!(block[before], b' ' | b'\t' | b'\n' | b'{')))?;
    let mut reader = Reader { bytes, at: at + found + b"default".len() };
    reader.blanks(32, false);
    if !reader.take("=") {
        return None;
    }
    reader.blanks(8, false);
    if reader.peek() == b'"' { quoted(&mut reader, name) } else { None }
}

/// Keys that hold a name whose value stands beside.
const NAMES: [&[u8]; 9] = [b"name", b"key", b"parameterkey", b"variable", b"property", b"parameter", b"env", b"varname", b"secretkey"];
/// Keys that hold the value.
const VALUES: [&[u8]; 9] =
    [b"value", b"default", b"parametervalue", b"val", b"stringvalue", b"defaultvalue", b"content", b"plaintext", b"default_value"];

/// `name: DB_PASSWORD` with `value: v` behind it: the environment of containers, parameters of CloudFormation, variables of pipelines.
fn pair(bytes: &[u8], name: (usize, usize), at: usize) -> Option<Assignment> {
    // the key before
    let mut back = name.0;
    let skip = |back: &mut usize, set: &[u8], most: usize| {
        let count = bytes[..*back].iter().rev().take(most).take_while(|b| set.contains(b)).count();
        *back -= count;
        count
    };
    skip(&mut back, b" \"'", 4);
    if skip(&mut back, b":=", 1) == 0 {
        return None;
    }
    skip(&mut back, b" \"'", 4);
    let length = bytes[..back].iter().rev().take(16).take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    let key = bytes[back - length..back].to_ascii_lowercase();
    if !NAMES.contains(&key.as_slice()) {
        return None;
    }
    // the key behind
    let mut reader = Reader { bytes, at };
    if matches!(reader.peek(), b'"' | b'\'') {
        reader.at += 1;
    }
    let rest = &bytes[reader.at.min(bytes.len())..];
    let gap = rest.iter().take(80).take_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r' | b',' | b';' | b'"' | b'\'')).count();
    if gap == 0 {
        return None;
    }
    reader.at += gap;
    let rest = &bytes[reader.at.min(bytes.len())..];
    let length = rest.iter().take(20).take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    let own = rest[..length].to_ascii_lowercase();
    if !VALUES.contains(&own.as_slice()) {
        return None;
    }
    reader.at += length;
    if matches!(reader.peek(), b'"' | b'\'') {
        reader.at += 1;
    }
    reader.blanks(8, false);
    if !(reader.take("=") || reader.take(":")) {
        return None;
    }
    let after = reader.blanks(16, false);
    match reader.peek() {
        b'"' | b'\'' => quoted(&mut reader, name),
        _ if after > 0 => bare(&mut reader, name, Operator::Colon, Style::Yaml, false, false, after),
        _ => None,
    }
}
