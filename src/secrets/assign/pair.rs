//! A name that is itself a value: `name: DB_PASSWORD` with `value: v` beside it, `variable "db_password"`.

use super::literal::{bare, quoted};
use super::{Assignment, Operator, Reader};
use crate::secrets::file::Style;

/// The default of `variable "db_password" { … default = "…" }` (Terraform).
pub(super) fn variable(bytes: &[u8], name: (usize, usize), at: usize) -> Option<Assignment> {
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
const NAMES: [&[u8]; 10] =
    [b"type", b"name", b"key", b"parameterkey", b"variable", b"property", b"parameter", b"env", b"varname", b"secretkey"];
/// Keys that hold the value.
pub(super) const VALUES: [&[u8]; 9] =
    [b"value", b"default", b"parametervalue", b"val", b"stringvalue", b"defaultvalue", b"content", b"plaintext", b"default_value"];

/// `name: DB_PASSWORD` with `value: v` behind it: the environment of containers, parameters of CloudFormation, variables of pipelines.
pub(super) fn pair(bytes: &[u8], name: (usize, usize), at: usize) -> Option<Assignment> {
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
    let mut length;
    let mut own;
    let mut between = 0;
    loop {
        let rest = &bytes[reader.at.min(bytes.len())..];
        length = rest.iter().take(20).take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        own = rest[..length].to_ascii_lowercase();
        // what else a parameter says
        const ABOUT: [&[u8]; 8] = [b"type", b"description", b"displayname", b"required", b"sensitive", b"secure", b"masked", b"noecho"];
        if between == 3 || !ABOUT.contains(&own.as_slice()) {
            break;
        }
        between += 1;
        let line = &rest[..rest.iter().take(200).position(|b| *b == b'\n').unwrap_or(0)];
        let next = memchr::memmem::find(line, b", ").unwrap_or(line.len());
        reader.at += next;
        let rest = &bytes[reader.at.min(bytes.len())..];
        reader.at += rest.iter().take(80).take_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r' | b',' | b'"')).count();
        if next == 0 {
            return None;
        }
    }
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

/// Where the text begins of the element beside one that holds a name: `<key>password</key> <string>v</string>`,
/// `<name>password</name><value>v</value>`.
pub(super) fn element_beside(bytes: &[u8], name: (usize, usize)) -> Option<usize> {
    let opens = [&b"<key>"[..], b"<name>", b"<param-name>", b"<Key>", b"<Name>"].iter().any(|open| bytes[..name.0].ends_with(open));
    let rest = bytes[name.1..].strip_prefix(b"</").filter(|_| opens)?;
    let close = rest.iter().take(20).position(|b| *b == b'>')?;
    let behind = &rest[close + 1..];
    let gap = behind.iter().take(80).take_while(|b| b.is_ascii_whitespace()).count();
    let tag = &behind[gap..];
    const TEXTS: [&[u8]; 4] = [b"<string>", b"<value>", b"<param-value>", b"<Value>"];
    let known = TEXTS.iter().find(|open| tag.starts_with(open))?;
    Some(name.1 + 2 + close + 1 + gap + known.len())
}
