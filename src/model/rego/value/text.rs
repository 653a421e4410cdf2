use super::Value;

/// The value as compact Rego text: `{"a": [1, null]}`, `set()`, strings quoted as Go quotes them.
#[must_use]
pub fn to_text(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    let mut first = true;
    let mut separate = |out: &mut String| {
        if !std::mem::take(&mut first) {
            out.push_str(", ");
        }
    };
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => out.push_str(&number.text()),
        Value::String(text) => quote_into(text, out),
        Value::Array(items) => {
            out.push('[');
            for item in items.iter() {
                separate(out);
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(entries) => {
            out.push('{');
            for (key, value) in entries.iter() {
                separate(out);
                write(key, out);
                out.push_str(": ");
                write(value, out);
            }
            out.push('}');
        }
        Value::Set(members) if members.is_empty() => out.push_str("set()"),
        Value::Set(members) => {
            out.push('{');
            for member in members.iter() {
                separate(out);
                write(member, out);
            }
            out.push('}');
        }
    }
}

/// The text in double quotes, as Go's `strconv.Quote` writes it.
#[must_use]
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    quote_into(text, &mut out);
    out
}

fn quote_into(text: &str, out: &mut String) {
    use std::fmt::Write as _;
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\x07' => out.push_str("\\a"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x0b' => out.push_str("\\v"),
            c if c < ' ' || c == '\x7f' => {
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c if c.is_ascii() || is_print(c) => out.push(c),
            c if u32::from(c) < 0x1_0000 => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => {
                let _ = write!(out, "\\U{:08x}", u32::from(c));
            }
        }
    }
    out.push('"');
}

/// Go's `unicode.IsPrint` for characters beyond ASCII: letters, marks, numbers, punctuation, symbols.
///
/// Rust's own debug escaping knows the same classes, except that it also escapes grapheme extenders; those are marks and print.
fn is_print(c: char) -> bool {
    // U+0080..U+009F are controls; the blanks of Z* print only as U+0020
    if c.is_control() || c.is_whitespace() {
        return false;
    }
    let mut escaped = c.escape_debug();
    escaped.len() == 1 && escaped.next() == Some(c) || is_mark(c)
}

/// Whether `c` is a combining mark (escaped by `escape_debug` only because it extends a grapheme).
fn is_mark(c: char) -> bool {
    static MARKS: std::sync::LazyLock<Option<regex::Regex>> = std::sync::LazyLock::new(|| regex::Regex::new(r"^\p{M}$").ok());
    MARKS.as_ref().is_some_and(|marks| marks.is_match(c.encode_utf8(&mut [0; 4])))
}
