//! Values as YAML text.

use std::fmt::Write as _;

use crate::eval::{Value, to_json};
use crate::model::value::{Scalar, plain_scalar};

/// The value on one line, in flow style.
pub(super) fn inline(value: &Value) -> String {
    let mut out = String::new();
    flow(value, &mut out);
    out
}

fn flow(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                flow(item, out);
            }
            out.push(']');
        }
        Value::Object(entries) if entries.is_empty() => out.push_str("{}"),
        Value::Object(entries) => {
            out.push_str("{ ");
            for (at, (key, value)) in entries.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                flow(key, out);
                out.push_str(": ");
                flow(value, out);
            }
            out.push_str(" }");
        }
        Value::String(text) => string(text, out),
        other => out.push_str(&to_json(other)),
    }
}

/// A filled list or map in block style, each line indented by `column`; without a last line break.
pub(super) fn block(value: &Value, column: usize, newline: &str) -> String {
    let mut out = " ".repeat(column);
    lines(value, column, newline, &mut out);
    out
}

/// Deeper than this the rest is in flow style, or indentation would grow with the square of the depth.
const MAX_COLUMN: usize = 200;

fn lines(value: &Value, column: usize, newline: &str, out: &mut String) {
    let fresh = |out: &mut String, at: usize, column: usize| {
        if at > 0 {
            out.push_str(newline);
            out.push_str(&" ".repeat(column));
        }
    };
    match value {
        Value::Array(items) if !items.is_empty() && column < MAX_COLUMN => {
            for (at, item) in items.iter().enumerate() {
                fresh(out, at, column);
                out.push_str("- ");
                lines(item, column + 2, newline, out);
            }
        }
        Value::Object(entries) if !entries.is_empty() && column < MAX_COLUMN => {
            for (at, (key, value)) in entries.iter().enumerate() {
                fresh(out, at, column);
                flow(key, out);
                out.push(':');
                if matches!(value, Value::Array(_) | Value::Object(_)) && !value.is_empty_collection() && column + 2 < MAX_COLUMN {
                    fresh(out, 1, column + 2);
                } else {
                    out.push(' ');
                }
                lines(value, column + 2, newline, out);
            }
        }
        other => flow(other, out),
    }
}

/// The lines of a literal block scalar, if the text can stand in one: plain printable lines, the first not indented.
pub(super) fn literal(text: &str, column: usize, newline: &str) -> Option<String> {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let printable = |c: char| c == '\n' || c == '\t' || (!c.is_control() && !matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}'));
    let fits = body.contains('\n') && !body.starts_with([' ', '\n', '\t']) && !body.ends_with('\n') && body.chars().all(printable);
    fits.then(|| {
        let indent = " ".repeat(column);
        let lines = body.split('\n').map(|line| if line.is_empty() { String::new() } else { format!("{indent}{line}") });
        lines.collect::<Vec<_>>().join(newline)
    })
}

/// A string, plain where every YAML reader takes it for one, else in double quotes.
fn string(text: &str, out: &mut String) {
    if is_plain(text) {
        out.push_str(text);
        return;
    }
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Words that YAML 1.1 takes for booleans.
const WORDS: [&str; 6] = ["y", "n", "yes", "no", "on", "off"];

fn is_plain(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && !text.ends_with(' ')
        && text.len() <= 200
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/' | b' ' | b'(' | b')' | b'\''))
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
        && matches!(plain_scalar(text), Ok(Scalar::String(_)))
}
