//! Rego string literals: what they mean, and how opa writes a string that has no literal of its own.

use std::borrow::Cow;
use std::sync::OnceLock;

use regex::Regex;

/// The string that a literal with its quotes stands for.
pub(super) fn unquoted(literal: &str) -> Cow<'_, str> {
    let inner = literal.get(1..literal.len().saturating_sub(1)).unwrap_or("");
    if literal.starts_with('`') { Cow::Borrowed(inner) } else { unescaped(inner) }
}

/// Resolves JSON escapes. Halves of surrogate pairs become U+FFFD, as in opa; what is no escape stays.
pub(super) fn unescaped(inner: &str) -> Cow<'_, str> {
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(escape) = rest.chars().next() else {
            out.push('\\');
            break;
        };
        rest = &rest[escape.len_utf8()..];
        match escape {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            '"' | '\\' | '/' => out.push(escape),
            'u' => {
                let first = hex4(rest);
                rest = rest.get(4..).unwrap_or("");
                out.push(match first {
                    Some(high @ 0xD800..=0xDBFF) => {
                        let low = rest.strip_prefix("\\u").and_then(hex4).filter(|low| (0xDC00..=0xDFFF).contains(low));
                        match low {
                            Some(low) => {
                                rest = rest.get(6..).unwrap_or("");
                                char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)).unwrap_or('\u{FFFD}')
                            }
                            None => '\u{FFFD}',
                        }
                    }
                    Some(code) => char::from_u32(code).unwrap_or('\u{FFFD}'),
                    None => '\u{FFFD}',
                });
            }
            other => {
                out.push('\\');
                out.push(other);
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn hex4(text: &str) -> Option<u32> {
    let digits = text.get(..4)?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

/// Appends the inside of the literal that opa writes for `text`: Go's quoting. Where Go writes an escape that Rego does not
/// know (`\x00`, `\a`, `\v`, `\U…`), the JSON escape stands instead.
pub(super) fn push_escaped(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            c if c.is_ascii() || !is_printable(c) => {
                let mut units = [0u16; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => out.push(c),
        }
    }
}

/// Whether Go prints a character that is not ASCII as it is.
fn is_printable(c: char) -> bool {
    static PRINTABLE: OnceLock<Option<Regex>> = OnceLock::new();
    let mut utf8 = [0u8; 4];
    PRINTABLE
        .get_or_init(|| Regex::new(r"^[\p{L}\p{M}\p{N}\p{P}\p{S}]$").ok())
        .as_ref()
        .is_some_and(|printable| printable.is_match(c.encode_utf8(&mut utf8)))
}

/// Whether `text` may stand after a dot.
pub(super) fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Appends the text of a template between its expressions as opa writes it; as it was where opa would change what it means.
pub(super) fn push_template_text(text: &str, multi_line: bool, out: &mut String) {
    if multi_line || !text.contains('\\') {
        out.push_str(text);
        return;
    }
    let meant = template_text(text, false);
    let mut written = String::new();
    push_escaped(&mut written, &meant);
    let written = with_escaped_braces(&written);
    out.push_str(if template_text(&written, false) == meant { &written } else { text });
}

/// Appends a string as text of a template; `false` if the template cannot hold it.
pub(super) fn push_as_template_text(meant: &str, multi_line: bool, out: &mut String) -> bool {
    let mut written = String::new();
    if multi_line {
        if meant.contains('`') {
            return false;
        }
        written.push_str(meant);
    } else {
        push_escaped(&mut written, meant);
    }
    let written = with_escaped_braces(&written);
    let holds = template_text(&written, multi_line) == meant;
    if holds {
        out.push_str(&written);
    }
    holds
}

/// Appends a string as text of a template in double quotes.
pub(super) fn push_template_string(meant: &str, out: &mut String) {
    if push_as_template_text(meant, false, out) {
        return;
    }
    // opa takes a brace after a backslash for an escaped one
    for (at, part) in meant.split('{').enumerate() {
        if at > 0 {
            out.push_str("\\{");
        }
        push_escaped(out, part);
    }
}

/// What the text of a template means; a brace that would open an expression gives nothing that equals it.
pub(super) fn template_text(text: &str, multi_line: bool) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.next_if_eq(&'{').is_some() => plain.push('{'),
            '\\' if !multi_line => {
                plain.push('\\');
                plain.extend(chars.next());
            }
            '{' => plain.push('\0'),
            c => plain.push(c),
        }
    }
    if multi_line { plain } else { unescaped(&plain).into_owned() }
}

fn with_escaped_braces(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut previous = ' ';
    for c in text.chars() {
        if c == '{' && previous != '\\' {
            out.push('\\');
        }
        out.push(c);
        previous = c;
    }
    out
}
