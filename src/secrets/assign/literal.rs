//! The values of assignments: between quotes, or as the style of the file ends them.

use super::{Assignment, MAX_VALUE, Operator, Reader, Style, Written, nested, shell};

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

pub(super) fn value(
    reader: &mut Reader<'_>,
    name: (usize, usize),
    operator: Operator,
    style: Style,
    flag: bool,
    spaced: bool,
) -> Option<Assignment> {
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

pub(super) fn quoted(reader: &mut Reader<'_>, name: (usize, usize)) -> Option<Assignment> {
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

pub(super) fn bare(
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
