//! The value of a name that is a map: `token: {default: v}`, a parameter with its type and its default, a variable with its description.

use super::literal::{bare, quoted};
use super::pair::VALUES;
use super::{Assignment, Operator, Reader};
use crate::secrets::file::Style;

/// Such maps are not longer.
const MAX: usize = 800;

/// The value within the map that stands at `at` under `name`.
pub(super) fn value(bytes: &[u8], name: (usize, usize), at: usize, style: Style) -> Option<Assignment> {
    match bytes.get(at)? {
        b'{' => in_braces(bytes, name, at + 1, style),
        b'\n' | b'\r' if style == Style::Yaml => in_lines(bytes, name, at),
        _ => None,
    }
}

fn in_braces(bytes: &[u8], name: (usize, usize), from: usize, style: Style) -> Option<Assignment> {
    let most = bytes.len().min(from + MAX);
    let (mut at, mut depth) = (from, 0_usize);
    let mut begins = true;
    while at < most {
        match bytes[at] {
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 0 => return None,
            b'}' | b']' => depth -= 1,
            b',' | b'\n' => {
                begins = true;
                at += 1;
                continue;
            }
            b' ' | b'\t' | b'\r' => {
                at += 1;
                continue;
            }
            _ if begins && depth == 0 => {
                if let Some(after) = key(bytes, at) {
                    return literal(bytes, name, after, style);
                }
                // a text with braces in it
                at += 1;
                begins = false;
                continue;
            }
            _ => {}
        }
        begins = false;
        at += 1;
    }
    None
}

fn in_lines(bytes: &[u8], name: (usize, usize), at: usize) -> Option<Assignment> {
    let start = name.0 - bytes[..name.0].iter().rev().take(160).take_while(|b| **b != b'\n').count();
    let head = &bytes[start..name.0];
    if !head.iter().all(|b| matches!(b, b' ' | b'-' | b'"' | b'\'')) {
        return None;
    }
    let own = head.iter().take_while(|b| matches!(b, b' ' | b'-')).count();
    let most = bytes.len().min(at + MAX);
    let mut first = None;
    let mut next = at;
    for _ in 0..12 {
        next += bytes[next..most].iter().position(|b| *b == b'\n')? + 1;
        let indent = bytes[next..most].iter().take_while(|b| **b == b' ').count();
        let line = next + indent;
        if bytes[next..most].is_empty() || matches!(bytes.get(line)?, b'\n' | b'\r' | b'#') {
            continue;
        }
        if indent <= own || bytes[line] == b'-' {
            return None;
        }
        if *first.get_or_insert(indent) == indent
            && let Some(after) = key(bytes, line)
        {
            return literal(bytes, name, after, Style::Yaml);
        }
    }
    None
}

/// Where the value begins of a key that holds one, if such a key stands at `at`.
fn key(bytes: &[u8], at: usize) -> Option<usize> {
    let open = usize::from(matches!(bytes[at], b'"' | b'\''));
    let rest = &bytes[at + open..];
    let length = rest.iter().take(20).take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    let own = rest[..length].to_ascii_lowercase();
    if !VALUES.contains(&own.as_slice()) || own == b"content" {
        return None;
    }
    let mut reader = Reader { bytes, at: at + 2 * open + length };
    reader.blanks(8, false);
    if !(reader.take(":") || reader.take("=")) {
        return None;
    }
    reader.blanks(16, false);
    Some(reader.at)
}

fn literal(bytes: &[u8], name: (usize, usize), at: usize, style: Style) -> Option<Assignment> {
    let mut reader = Reader { bytes, at };
    match reader.peek() {
        b'"' | b'\'' => quoted(&mut reader, name),
        _ if style == Style::Yaml => bare(&mut reader, name, Operator::Colon, style, false, false, 1),
        _ => None,
    }
}
