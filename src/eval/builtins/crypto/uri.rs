//! URIs as Go's `net/url` reads and writes them.

/// A URI's parts, unescaped where there is no `raw` in the name.
#[derive(Clone, Default, Debug)]
pub(super) struct Uri {
    pub(super) scheme: String,
    pub(super) opaque: String,
    pub(super) user: Option<User>,
    pub(super) host: Vec<u8>,
    pub(super) path: Vec<u8>,
    /// Only where escaping the path gives another one.
    pub(super) raw_path: String,
    pub(super) force_query: bool,
    pub(super) raw_query: String,
    pub(super) fragment: Vec<u8>,
    pub(super) raw_fragment: String,
    pub(super) omit_host: bool,
}

#[derive(Clone, Debug)]
pub(super) struct User {
    name: Vec<u8>,
    password: Option<Vec<u8>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Part {
    Path,
    Host,
    Zone,
    User,
    Fragment,
}

impl Part {
    /// Whether a byte stands for itself.
    fn allows(self, byte: u8) -> bool {
        let others: &[u8] = match self {
            Self::Path => b"$&+,-./:;=@_~",
            Self::Host | Self::Zone => b"!\"$&'()*+,-.:;<=>[]_~",
            Self::User => b"$&+,-.;=_~",
            Self::Fragment => b"!$&()*+,-./:;=?@_~",
        };
        byte.is_ascii_alphanumeric() || others.contains(&byte)
    }

    fn escape(self, bytes: &[u8]) -> String {
        use std::fmt::Write as _;
        bytes.iter().fold(String::with_capacity(bytes.len()), |mut out, byte| {
            if self.allows(*byte) {
                out.push(char::from(*byte));
            } else {
                let _ = write!(out, "%{byte:02X}");
            }
            out
        })
    }

    fn unescape(self, text: &str) -> Option<Vec<u8>> {
        let host = matches!(self, Self::Host | Self::Zone);
        let mut out = Vec::with_capacity(text.len());
        let mut rest = text.as_bytes();
        while let Some((byte, tail)) = rest.split_first() {
            rest = tail;
            if *byte != b'%' {
                if host && byte.is_ascii() && !self.allows(*byte) {
                    return None;
                }
                out.push(*byte);
                continue;
            }
            let (digits, tail) = tail.split_at_checked(2)?;
            let digit = |i: usize| char::from(digits[i]).to_digit(16);
            let value = u8::try_from(digit(0)? << 4 | digit(1)?).ok()?;
            // in a host only bytes beyond ASCII are escaped, and percent signs before a zone
            let plain = match self {
                Self::Host => value.is_ascii() && value != b'%',
                Self::Zone => value != b'%' && value != b' ' && !Self::Host.allows(value),
                _ => false,
            };
            if plain {
                return None;
            }
            out.push(value);
            rest = tail;
        }
        Some(out)
    }

    /// The bytes of a text, and the text itself where escaping the bytes gives another one.
    fn read(self, text: &str) -> Option<(Vec<u8>, String)> {
        let bytes = self.unescape(text)?;
        let raw = if self.escape(&bytes) == text { String::new() } else { text.to_owned() };
        Some((bytes, raw))
    }

    /// The escaped form: as it was written if that may stand.
    fn written(self, bytes: &[u8], raw: &str) -> String {
        let may_stand = |b: u8| b"!$&'()*+,;=:@[]%".contains(&b) || self.allows(b);
        if !raw.is_empty() && raw.bytes().all(may_stand) { raw.to_owned() } else { self.escape(bytes) }
    }
}

impl Uri {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (main, fragment) = text.split_once('#').unwrap_or((text, ""));
        let mut uri = Self::without_fragment(main)?;
        (uri.fragment, uri.raw_fragment) = Part::Fragment.read(fragment)?;
        Some(uri)
    }

    fn without_fragment(text: &str) -> Option<Self> {
        let mut out = Self::default();
        if text.bytes().any(|b| b.is_ascii_control()) {
            return None;
        }
        if text == "*" {
            out.path = b"*".to_vec();
            return Some(out);
        }
        let (scheme, mut rest) = scheme(text)?;
        out.scheme = scheme.to_ascii_lowercase();
        match rest.split_once('?') {
            Some((before, "")) => {
                out.force_query = true;
                rest = before;
            }
            Some((before, query)) => {
                out.raw_query = query.to_owned();
                rest = before;
            }
            None => {}
        }
        if !rest.starts_with('/') {
            if !out.scheme.is_empty() {
                out.opaque = rest.to_owned();
                return Some(out);
            }
            if rest.split('/').next().is_some_and(|segment| segment.contains(':')) {
                return None;
            }
        }
        let authority = rest.strip_prefix("//").filter(|_| !out.scheme.is_empty() || !rest.starts_with("///"));
        if let Some(authority) = authority {
            let (authority, path) = authority.split_at(authority.find('/').unwrap_or(authority.len()));
            rest = path;
            let (user, host) = match authority.rsplit_once('@') {
                Some((user, host)) => (Some(user), host),
                None => (None, authority),
            };
            out.host = self::host(&out.scheme, host)?;
            out.user = match user {
                Some(user) => Some(self::user(user)?),
                None => None,
            };
        } else if !out.scheme.is_empty() && rest.starts_with('/') {
            out.omit_host = true;
        }
        (out.path, out.raw_path) = Part::Path.read(rest)?;
        Some(out)
    }

    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        if !self.scheme.is_empty() {
            out.push_str(&self.scheme);
            out.push(':');
        }
        if self.opaque.is_empty() {
            self.write_hierarchy(&mut out);
        } else {
            out.push_str(&self.opaque);
        }
        if self.force_query || !self.raw_query.is_empty() {
            out.push('?');
            out.push_str(&self.raw_query);
        }
        if !self.fragment.is_empty() {
            out.push('#');
            out.push_str(&Part::Fragment.written(&self.fragment, &self.raw_fragment));
        }
        out
    }

    fn write_hierarchy(&self, out: &mut String) {
        let host = !self.host.is_empty();
        let named = host || self.user.is_some();
        let omitted = self.omit_host && !named;
        if (named || !self.scheme.is_empty() && !self.path.is_empty()) && !omitted {
            out.push_str("//");
        }
        if let Some(User { name, password }) = &self.user {
            out.push_str(&Part::User.escape(name));
            if let Some(password) = password {
                out.push(':');
                out.push_str(&Part::User.escape(password));
            }
            out.push('@');
        }
        out.push_str(&Part::Host.escape(&self.host));
        let path =
            if self.path == b"*" && self.raw_path.is_empty() { "*".to_owned() } else { Part::Path.written(&self.path, &self.raw_path) };
        if host && !path.is_empty() && !path.starts_with('/') {
            out.push('/');
        }
        // else the first segment would be taken for a scheme
        if out.is_empty() && path.split('/').next().is_some_and(|segment| segment.contains(':')) {
            out.push_str("./");
        }
        out.push_str(&path);
    }
}

/// The scheme, empty if there is none, and what follows it.
fn scheme(text: &str) -> Option<(&str, &str)> {
    for (i, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if i > 0 => {}
            b':' if i == 0 => return None,
            b':' => return Some((&text[..i], &text[i + 1..])),
            _ => break,
        }
    }
    Some(("", text))
}

fn user(text: &str) -> Option<User> {
    if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&b)) {
        return None;
    }
    let (name, password) = match text.split_once(':') {
        Some((name, password)) => (name, Some(Part::User.unescape(password)?)),
        None => (text, None),
    };
    Some(User { name: Part::User.unescape(name)?, password })
}

fn valid_port(text: &str) -> bool {
    text.is_empty() || text.strip_prefix(':').is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()))
}

fn host(scheme: &str, text: &str) -> Option<Vec<u8>> {
    match text.rfind('[') {
        Some(0) => {
            let end = text.rfind(']')?;
            let (name, port) = (&text[1..end], &text[end + 1..]);
            if !valid_port(port) {
                return None;
            }
            let mut out = match name.find("%25") {
                Some(zone) => [Part::Host.unescape(&name[..zone])?, Part::Zone.unescape(&name[zone..])?].concat(),
                None => Part::Host.unescape(name)?,
            };
            let plain = std::str::from_utf8(&out).ok()?;
            let (address, zone) = plain.split_once('%').map_or((plain, None), |(address, zone)| (address, Some(zone)));
            if zone == Some("") || address.parse::<core::net::Ipv6Addr>().is_err() {
                return None;
            }
            out.insert(0, b'[');
            out.push(b']');
            out.extend(port.bytes());
            Some(out)
        }
        Some(_) => None,
        None => {
            // only these schemes allow no colon before the one of the port
            let colon = if matches!(scheme, "http" | "https") { text.find(':') } else { text.rfind(':') };
            if colon.is_some_and(|at| !valid_port(&text[at..])) {
                return None;
            }
            Part::Host.unescape(text)
        }
    }
}
