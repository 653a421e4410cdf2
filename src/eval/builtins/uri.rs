//! URIs, as Go's `net/url` reads them.

use core::net::IpAddr;

use super::operand::string;
use super::{Builtin, Context, Failure, Outcome};
use crate::eval::value::{Object, Value};

pub(super) const TABLE: &[Builtin] = &[
    Builtin { name: "uri.is_valid", arity: 1, relation: false, run: Some(is_valid) },
    Builtin { name: "uri.parse", arity: 1, relation: false, run: Some(parse_uri) },
];

/// The parts that OPA gives.
#[derive(Default)]
struct Uri {
    scheme: String,
    host: Vec<u8>,
    path: Vec<u8>,
    /// As written, where escaping the path gives another text.
    raw_path: Option<String>,
    query: String,
    fragment: Vec<u8>,
}

/// What is unescaped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Host,
    Zone,
    Other,
}

/// Characters that stand unescaped in hosts.
fn in_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!\"$&'()*+,-.:;<=>[]_~".contains(&byte)
}

/// Characters that Go leaves unescaped in paths.
fn in_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"$&+,-./:;=@_~".contains(&byte)
}

/// Replaces `%XX`; `None` for malformed or forbidden escapes and characters.
fn unescape(text: &str, part: Part) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        if byte != b'%' {
            if part != Part::Other && byte.is_ascii() && !in_host(byte) {
                return None;
            }
            out.push(byte);
            at += 1;
            continue;
        }
        let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        let value = u8::try_from(digit(at + 1)? * 16 + digit(at + 2)?).ok()?;
        let percent = value == b'%';
        match part {
            // only what is not ASCII, and the percent sign
            Part::Host if value < 0x80 && !percent => return None,
            Part::Zone if !percent && value != b' ' && !in_host(value) => return None,
            _ => out.push(value),
        }
        at += 3;
    }
    Some(out)
}

/// Whether escaping the bytes gives the text.
fn is_default_escape(bytes: &[u8], text: &str) -> bool {
    let mut escaped = String::with_capacity(text.len());
    for byte in bytes {
        if in_path(*byte) {
            escaped.push(char::from(*byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped == text
}

fn scheme(text: &str) -> Option<(&str, &str)> {
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            // no scheme before a colon
            b':' if at == 0 => return None,
            b':' => return Some((&text[..at], &text[at + 1..])),
            _ => break,
        }
    }
    Some(("", text))
}

fn parse(text: &str) -> Option<Uri> {
    let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
    let mut uri = Uri::default();
    if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return None;
    }
    if text == "*" {
        uri.path = b"*".to_vec();
    } else {
        hierarchy(text, &mut uri)?;
    }
    uri.fragment = unescape(fragment, Part::Other)?;
    Some(uri)
}

fn hierarchy(text: &str, uri: &mut Uri) -> Option<()> {
    let (scheme, rest) = scheme(text)?;
    uri.scheme = scheme.to_ascii_lowercase();
    let (mut rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    query.clone_into(&mut uri.query);
    if !rest.starts_with('/') {
        if !scheme.is_empty() {
            // opaque
            return Some(());
        }
        if rest.split('/').next().is_some_and(|segment| segment.contains(':')) {
            return None;
        }
    }
    if let Some(after) = rest.strip_prefix("//")
        && (!scheme.is_empty() || !after.starts_with('/'))
    {
        let (authority, path) = after.split_at(after.find('/').unwrap_or(after.len()));
        rest = path;
        uri.host = match authority.rsplit_once('@') {
            None => host(&uri.scheme, authority)?,
            Some((user, after)) => {
                let known = |c: char| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c);
                if !user.chars().all(known) {
                    return None;
                }
                unescape(user, Part::Other)?;
                host(&uri.scheme, after)?
            }
        };
    }
    uri.path = unescape(rest, Part::Other)?;
    if !is_default_escape(&uri.path, rest) {
        uri.raw_path = Some(rest.to_owned());
    }
    Some(())
}

/// Empty, or a colon and digits.
fn is_port(text: &str) -> bool {
    text.is_empty() || text.strip_prefix(':').is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
}

fn host(scheme: &str, text: &str) -> Option<Vec<u8>> {
    if let Some(at) = text.rfind('[') {
        if at > 0 {
            return None;
        }
        let (address, port) = text[1..].rsplit_once(']')?;
        if !is_port(port) {
            return None;
        }
        let address = match address.find("%25") {
            None => unescape(address, Part::Host)?,
            Some(at) => [unescape(&address[..at], Part::Host)?, unescape(&address[at..], Part::Zone)?].concat(),
        };
        // an IPv6 address that may have a zone
        let end = address.iter().position(|byte| *byte == b'%').unwrap_or(address.len());
        let ip = std::str::from_utf8(&address[..end]).ok()?;
        if end + 1 == address.len() || !matches!(ip.parse(), Ok(IpAddr::V6(_))) {
            return None;
        }
        return Some([b"[", &*address, b"]", port.as_bytes()].concat());
    }
    if let Some(first) = text.find(':') {
        let strict = scheme == "http" || scheme == "https";
        let at = if strict { first } else { text.rfind(':')? };
        if !is_port(&text[at..]) {
            return None;
        }
    }
    unescape(text, Part::Host)
}

/// Text that escapes have not made invalid.
fn text(bytes: Vec<u8>) -> Result<Value, Failure> {
    String::from_utf8(bytes).map(Value::from).map_err(|_| Failure::Halt("the unescaped text is not valid UTF-8".to_owned()))
}

fn parse_uri(_: &mut Context, args: &[Value]) -> Outcome {
    let uri = parse(string(&args[0])?).ok_or(Failure::Undefined)?;
    let host = text(uri.host)?;
    let host = host.as_str().unwrap_or("");
    let (host, port) = match host.rfind(':') {
        Some(at) if is_port(&host[at..]) => (&host[..at], &host[at + 1..]),
        _ => (host, ""),
    };
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let path = text(uri.path)?;
    let raw_path = uri.raw_path.map_or_else(|| path.clone(), Value::from);
    let has_path = path.as_str() != Some("");
    let parts = [
        ("scheme", uri.scheme.as_str().into()),
        ("hostname", host.into()),
        ("port", port.into()),
        ("path", path),
        ("raw_query", uri.query.into()),
        ("fragment", text(uri.fragment)?),
    ];
    let mut out: Object =
        parts.into_iter().filter(|(_, value): &(_, Value)| value.as_str() != Some("")).map(|(key, value)| (key.into(), value)).collect();
    if has_path {
        out.insert("raw_path".into(), raw_path);
    }
    Ok(Value::object(out))
}

fn is_valid(_: &mut Context, args: &[Value]) -> Outcome {
    Ok(args[0].as_str().is_some_and(|text| !text.is_empty() && parse(text).is_some()).into())
}
