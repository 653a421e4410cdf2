//! JSON as OPA reads and writes it: numbers keep their spelling, the last of equal keys wins,
//! `<`, `>`, `&`, U+2028 and U+2029 are escaped.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Number, Object, Value};

/// Why a text is not JSON.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JsonError {
    /// Byte offset.
    pub at: usize,
    /// Lower case, without the place.
    pub message: String,
}

/// Arrays and objects deeper than this are refused, as by Go's decoder.
const MAX_DEPTH: usize = 10_000;

/// Reads one JSON value that fills the text.
///
/// # Errors
/// Where and why the text is not JSON.
pub fn from_json(text: &str) -> Result<Value, JsonError> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.document()?;
    reader.blanks();
    if reader.at < text.len() { Err(reader.unexpected("the end of the text")) } else { Ok(value) }
}

/// Reads the JSON value that a text begins with, as Go's decoder does.
///
/// # Errors
/// Where and why there is none.
pub(crate) fn first_json(text: &str) -> Result<(Value, &str), JsonError> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.document()?;
    Ok((value, &text[reader.at..]))
}

/// An array or object whose end has not been seen.
enum Open {
    Array(Vec<Value>),
    Object(Object, Value),
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn error<T>(&self, message: impl Into<String>) -> Result<T, JsonError> {
        Err(JsonError { at: self.at, message: message.into() })
    }

    fn unexpected(&self, wanted: &str) -> JsonError {
        let found = self.text[self.at..].chars().next().map_or("the end of the text".to_owned(), |c| format!("`{}`", c.escape_debug()));
        JsonError { at: self.at, message: format!("unexpected {found}, expected {wanted}") }
    }

    /// Reads a value with a stack of its own, so that depth costs no call stack.
    fn document(&mut self) -> Result<Value, JsonError> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            self.blanks();
            let mut value = match self.peek() {
                Some(b'[') => {
                    self.at += 1;
                    self.blanks();
                    if self.peek() == Some(b']') {
                        self.at += 1;
                        Value::array(Vec::new())
                    } else {
                        self.push(&mut open, Open::Array(Vec::new()))?;
                        continue;
                    }
                }
                Some(b'{') => {
                    self.at += 1;
                    self.blanks();
                    if self.peek() == Some(b'}') {
                        self.at += 1;
                        Value::empty_object()
                    } else {
                        let key = self.key()?;
                        self.push(&mut open, Open::Object(Object::new(), key))?;
                        continue;
                    }
                }
                _ => self.scalar()?,
            };
            // close what ends here
            loop {
                let Some(top) = open.pop() else { return Ok(value) };
                self.blanks();
                let next = self.peek();
                match (top, next) {
                    (Open::Array(mut items), Some(b',' | b']')) => {
                        self.at += 1;
                        items.push(value);
                        if next == Some(b',') {
                            open.push(Open::Array(items));
                            break;
                        }
                        value = Value::array(items);
                    }
                    (Open::Object(mut entries, key), Some(b',' | b'}')) => {
                        self.at += 1;
                        entries.insert(key, value);
                        if next == Some(b',') {
                            self.blanks();
                            let key = self.key()?;
                            open.push(Open::Object(entries, key));
                            break;
                        }
                        value = Value::object(entries);
                    }
                    (Open::Array(_), _) => return Err(self.unexpected("`,` or `]`")),
                    (Open::Object(..), _) => return Err(self.unexpected("`,` or `}`")),
                }
            }
        }
    }

    fn push(&self, open: &mut Vec<Open>, item: Open) -> Result<(), JsonError> {
        if open.len() >= MAX_DEPTH {
            return self.error("nested too deeply");
        }
        open.push(item);
        Ok(())
    }

    fn key(&mut self) -> Result<Value, JsonError> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("a key in double quotes"));
        }
        let key = Value::string(self.string()?);
        self.blanks();
        if self.peek() != Some(b':') {
            return Err(self.unexpected("`:`"));
        }
        self.at += 1;
        Ok(key)
    }

    fn scalar(&mut self) -> Result<Value, JsonError> {
        for (word, value) in [("null", Value::Null), ("true", Value::Bool(true)), ("false", Value::Bool(false))] {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        match self.peek() {
            Some(b'"') => Ok(Value::string(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.unexpected("a value")),
        }
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.unexpected("a digit")) } else { Ok(()) }
    }

    fn number(&mut self) -> Result<Value, JsonError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(Value::Number(Number::new(&self.text[start..self.at])))
    }

    /// After the opening quote up to and including the closing one.
    fn string(&mut self) -> Result<String, JsonError> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            let plain = rest.iter().position(|b| *b == b'"' || *b == b'\\' || *b < b' ').unwrap_or(rest.len());
            out.push_str(&self.text[self.at..self.at + plain]);
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    self.escape(&mut out)?;
                }
                Some(_) => return self.error("a control character in a string"),
                None => return self.error("a string without its closing quote"),
            }
        }
    }

    fn escape(&mut self, out: &mut String) -> Result<(), JsonError> {
        let c = match self.peek() {
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'b') => '\x08',
            Some(b'f') => '\x0c',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                let unit = self.hex()?;
                // a lone surrogate becomes the replacement character
                let code = if (0xd800..0xdc00).contains(&unit) && self.text[self.at..].starts_with("\\u") {
                    let back = self.at;
                    self.at += 2;
                    match self.hex() {
                        Ok(low) if (0xdc00..0xe000).contains(&low) => 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00),
                        Ok(_) => {
                            self.at = back;
                            unit
                        }
                        Err(error) => return Err(error),
                    }
                } else {
                    unit
                };
                out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                return Ok(());
            }
            _ => return Err(self.unexpected("an escape")),
        };
        self.at += 1;
        out.push(c);
        Ok(())
    }

    fn hex(&mut self) -> Result<u32, JsonError> {
        let digits = self.text.get(self.at..self.at + 4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        match digits.and_then(|d| u32::from_str_radix(d, 16).ok()) {
            Some(value) => {
                self.at += 4;
                Ok(value)
            }
            None => Err(self.unexpected("four hexadecimal digits")),
        }
    }
}

/// The value as compact JSON: sets become arrays, keys that are no strings their JSON text; keys sorted by bytes.
#[must_use]
pub fn to_json(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out, None, 0);
    out
}

/// Like [`to_json`], over several lines, each beginning with `prefix` except the first, nested by `indent`.
#[must_use]
pub fn to_json_indented(value: &Value, prefix: &str, indent: &str) -> String {
    let mut out = String::new();
    write(value, &mut out, Some((prefix, indent)), 0);
    out
}

fn write(value: &Value, out: &mut String, layout: Option<(&str, &str)>, depth: usize) {
    let line = |out: &mut String, depth: usize| {
        if let Some((prefix, indent)) = layout {
            out.push('\n');
            out.push_str(prefix);
            out.push_str(&indent.repeat(depth));
        }
    };
    let list = |items: &mut dyn Iterator<Item = &Value>, out: &mut String| {
        out.push('[');
        let mut any = false;
        for item in items {
            if std::mem::replace(&mut any, true) {
                out.push(',');
            }
            line(out, depth + 1);
            write(item, out, layout, depth + 1);
        }
        if any {
            line(out, depth);
        }
        out.push(']');
    };
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&json_number(number)),
        Value::String(text) => write_string(text, out),
        Value::Array(items) => list(&mut items.iter(), out),
        Value::Set(members) => list(&mut members.iter(), out),
        Value::Object(entries) => {
            let sorted: BTreeMap<String, &Value> = entries.iter().map(|(key, value)| (key_text(key), value)).collect();
            out.push('{');
            let mut any = false;
            for (key, value) in &sorted {
                if std::mem::replace(&mut any, true) {
                    out.push(',');
                }
                line(out, depth + 1);
                write_string(key, out);
                out.push_str(if layout.is_some() { ": " } else { ":" });
                write(value, out, layout, depth + 1);
            }
            if any {
                line(out, depth);
            }
            out.push('}');
        }
    }
}

/// `.5` is a number to Rego, not to JSON.
fn json_number(number: &Number) -> String {
    let text = number.text();
    match text.strip_prefix('.') {
        Some(_) => format!("0{text}"),
        None => match text.strip_prefix("-.") {
            Some(rest) => format!("-0.{rest}"),
            None => text.into_owned(),
        },
    }
}

/// What an object's key becomes in JSON.
pub(crate) fn key_text(key: &Value) -> String {
    match key {
        Value::String(text) => text.to_string(),
        other => to_json(other),
    }
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
