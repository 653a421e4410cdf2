//! Base 64, hexadecimal digits, JSON and queries of URLs.

use std::collections::BTreeMap;

use super::operand::{object, string};
use super::{Context, Failure, Outcome, Run};
use crate::eval::value::json::{first_json, key_text};
use crate::eval::value::{Value, from_json, to_json, to_json_indented};

pub(super) fn find(name: &str) -> Option<Run> {
    Some(match name {
        "base64.encode" => |_, a| Ok(Value::from(encode(string(&a[0])?.as_bytes(), STANDARD, true))),
        "base64url.encode" => |_, a| Ok(Value::from(encode(string(&a[0])?.as_bytes(), URL, true))),
        "base64url.encode_no_pad" => |_, a| Ok(Value::from(encode(string(&a[0])?.as_bytes(), URL, false))),
        "base64.decode" => |_, a| text(decode(string(&a[0])?.as_bytes(), STANDARD).ok_or(Failure::Undefined)?),
        "base64url.decode" => base64url_decode,
        "base64.is_valid" => |_, a| Ok(Value::Bool(a[0].as_str().is_some_and(|text| decode(text.as_bytes(), STANDARD).is_some()))),
        "hex.encode" => |_, a| Ok(Value::from(string(&a[0])?.bytes().map(|byte| format!("{byte:02x}")).collect::<String>())),
        "hex.decode" => hex_decode,
        "json.marshal" => |_, a| Ok(Value::from(to_json(&a[0]))),
        "json.marshal_with_options" => marshal_with_options,
        "json.unmarshal" => json_unmarshal,
        "json.is_valid" => |_, a| Ok(Value::Bool(a[0].as_str().is_some_and(|text| from_json(text).is_ok()))),
        "urlquery.encode" => |_, a| Ok(Value::from(escape(string(&a[0])?))),
        "urlquery.decode" => |_, a| text(unescape(string(&a[0])?)?),
        "urlquery.encode_object" => encode_object,
        "urlquery.decode_object" => decode_object,
        _ => return None,
    })
}

/// A string of bytes; OPA's strings hold any bytes, ours do not.
pub(super) fn text(bytes: Vec<u8>) -> Outcome {
    String::from_utf8(bytes).map(Value::from).map_err(|_| Failure::Halt("a result that is not UTF-8 text is not supported".to_owned()))
}

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn encode(bytes: &[u8], alphabet: &[u8; 64], pad: bool) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            if place <= chunk.len() {
                out.push(char::from(alphabet[(word >> (18 - 6 * place) & 63) as usize]));
            } else if pad {
                out.push('=');
            }
        }
    }
    out
}

/// Padded base 64 as Go's decoder takes it: line ends anywhere, stray bits before the padding ignored.
fn decode(text: &[u8], alphabet: &[u8; 64]) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    if !digits.len().is_multiple_of(4) {
        return None;
    }
    let mut values = [None; 256];
    for (value, digit) in (0u32..).zip(alphabet) {
        values[usize::from(*digit)] = Some(value);
    }
    let padding = digits.iter().rev().take(2).take_while(|digit| **digit == b'=').count();
    let (body, mut out) = (&digits[..digits.len() - padding], Vec::with_capacity(digits.len() / 4 * 3));
    for chunk in body.chunks(4) {
        let mut word = 0;
        for digit in chunk {
            word = word << 6 | values[usize::from(*digit)]?;
        }
        let bytes = (word << (6 * (4 - chunk.len()))).to_be_bytes();
        out.extend_from_slice(&bytes[1..chunk.len()]);
    }
    Some(out)
}

fn base64url_decode(_: &mut Context, a: &[Value]) -> Outcome {
    let mut digits = string(&a[0])?.to_owned();
    // the padding may be missing (RFC 7515, appendix C)
    if !digits.ends_with('=') {
        match digits.len() % 4 {
            0 => {}
            2 => digits.push_str("=="),
            3 => digits.push('='),
            _ => return Err(Failure::Undefined),
        }
    }
    text(decode(digits.as_bytes(), URL).ok_or(Failure::Undefined)?)
}

fn hex_decode(_: &mut Context, a: &[Value]) -> Outcome {
    let digits = string(&a[0])?.as_bytes();
    let digit = |byte: u8| char::from(byte).to_digit(16).ok_or(Failure::Undefined);
    if digits.len() % 2 != 0 {
        return Err(Failure::Undefined);
    }
    let bytes: Result<Vec<u8>, Failure> =
        digits.chunks(2).map(|pair| Ok(u8::try_from(digit(pair[0])? << 4 | digit(pair[1])?).unwrap_or(0))).collect();
    text(bytes?)
}

/// `pretty` decides if it is there; otherwise `indent` or `prefix` ask for several lines.
fn marshal_with_options(_: &mut Context, a: &[Value]) -> Outcome {
    let (mut prefix, mut indent) = ("", "\t");
    let (mut implied, mut pretty) = (false, None);
    for (key, value) in object(&a[1])?.iter() {
        match string(key)? {
            "prefix" => (prefix, implied) = (string(value)?, true),
            "indent" => (indent, implied) = (string(value)?, true),
            "pretty" => match value {
                Value::Bool(value) => pretty = Some(*value),
                _ => return Err(Failure::Undefined),
            },
            _ => return Err(Failure::Undefined),
        }
    }
    if !pretty.unwrap_or(implied) {
        return Ok(Value::from(to_json(&a[0])));
    }
    Ok(Value::from(format!("{prefix}{}", to_json_indented(&a[0], prefix, indent))))
}

/// OPA looks whether a second value follows and takes a `null` for none.
fn json_unmarshal(_: &mut Context, a: &[Value]) -> Outcome {
    let (value, rest) = first_json(string(&a[0])?).map_err(|_| Failure::Undefined)?;
    let rest = rest.trim_start_matches([' ', '\t', '\n', '\r']);
    if rest.is_empty() || rest.starts_with("null") { Ok(value) } else { Err(Failure::Undefined) }
}

/// As Go's `url.QueryEscape`.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// As Go's `url.QueryUnescape`.
fn unescape(text: &str) -> Result<Vec<u8>, Failure> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16)).ok_or(Failure::Undefined);
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => u8::try_from(digit(bytes.next())? << 4 | digit(bytes.next())?).unwrap_or(0),
            other => other,
        });
    }
    Ok(out)
}

fn encode_object(_: &mut Context, a: &[Value]) -> Outcome {
    let sorted: BTreeMap<String, &Value> = object(&a[0])?.iter().map(|(key, value)| (key_text(key), value)).collect();
    let mut pairs = Vec::new();
    for (key, value) in &sorted {
        let values = match value {
            Value::String(_) => vec![string(value)?],
            _ => super::operand::strings(value)?,
        };
        pairs.extend(values.into_iter().map(|value| format!("{}={}", escape(key), escape(value))));
    }
    Ok(Value::from(pairs.join("&")))
}

/// As Go's `url.ParseQuery`, with which one mistake spoils all.
fn decode_object(_: &mut Context, a: &[Value]) -> Outcome {
    let mut out: BTreeMap<Value, Vec<Value>> = BTreeMap::new();
    for part in string(&a[0])?.split('&').filter(|part| !part.is_empty()) {
        if part.contains(';') {
            return Err(Failure::Undefined);
        }
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let (key, value) = (unescape(key)?, unescape(value)?);
        out.entry(text(key)?).or_default().push(text(value)?);
    }
    Ok(out.into_iter().map(|(key, values)| (key, Value::array(values))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_as_go_reads_it() {
        let decoded = |text: &str| decode(text.as_bytes(), STANDARD).map(|bytes| String::from_utf8(bytes).unwrap());
        assert_eq!(decoded("aGVsbG8=").as_deref(), Some("hello"));
        assert_eq!(decoded("aGVs\nbG8\r=").as_deref(), Some("hello"));
        assert_eq!(decoded("aGVsbG9=").as_deref(), Some("hello"));
        assert_eq!(decoded(""), Some(String::new()));
        for bad in ["a", "aGVsbG8", "aGVsbG8==", "=", "====", "aGV=bG8=", "aGVsbG8=\0"] {
            assert_eq!(decoded(bad), None, "{bad}");
        }
    }
}
