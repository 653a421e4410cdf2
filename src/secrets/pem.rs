//! Private keys in PEM and PuTTY's format.

use data_encoding::BASE64;
use zeroize::Zeroizing;

use super::found::{Check, Checks, Class, Detector};

static KEY: Detector = Detector { id: "private-key", provider: "", title: "private key", docs: "https://www.rfc-editor.org/rfc/rfc7468" };
static SSH: Detector =
    Detector { id: "ssh-private-key", provider: "OpenSSH", title: "SSH private key", docs: "https://www.openssh.com/specs.html" };
static PGP: Detector =
    Detector { id: "pgp-private-key", provider: "PGP", title: "PGP private key", docs: "https://www.rfc-editor.org/rfc/rfc9580" };
static PUTTY: Detector = Detector {
    id: "putty-private-key",
    provider: "PuTTY",
    title: "PuTTY private key",
    docs: "https://the.earth.li/~sgtatham/putty/latest/htmldoc/AppendixC.html",
};

#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) detector: &'static Detector,
    pub(super) class: Class,
    pub(super) checks: Checks,
}

/// No key is longer.
const MAX: usize = 32 << 10;

/// The first private key at or after `from`.
pub(super) fn find(bytes: &[u8], from: usize) -> Option<Key> {
    memchr::memmem::find_iter(&bytes[from..], b"-----BEGIN ").find_map(|at| find_at(bytes, from + at))
}

/// The private key whose header starts at `at`. A frame without a key in it is none.
pub(super) fn find_at(bytes: &[u8], at: usize) -> Option<Key> {
    let head = bytes[at..].strip_prefix(b"-----BEGIN ")?;
    let length = head.iter().take(48).position(|b| !(b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b' '))?;
    let label = &head[..length];
    let is_pgp = label == b"PGP PRIVATE KEY BLOCK";
    if !(label.ends_with(b"PRIVATE KEY") || is_pgp) || !head[length..].starts_with(b"-----") {
        return None;
    }
    let start = at + 11 + length + 5;
    let rest = &bytes[start..bytes.len().min(start + MAX)];
    let close = memchr::memmem::find(rest, b"-----");
    let closed = close.is_some_and(|close| rest[close + 5..].starts_with(b"END "));
    let body = &rest[..close.unwrap_or(rest.len())];
    let mut end = start + body.len();
    if closed {
        // up to the dashes behind the label
        end = memchr::memmem::find(&bytes[end + 5..bytes.len().min(end + 80)], b"-----").map_or(end, |dashes| end + 5 + dashes + 5);
    }
    let key = |detector, class, checks| Some(Key { start: at, end, detector, class, checks });
    let contains = |needle: &[u8]| memchr::memmem::find(body, needle).is_some();
    if contains(b"{{") || contains(b"${") || contains(b"...") || contains(b"<") {
        return None;
    }
    let encrypted = contains(b"ENCRYPTED") || label.starts_with(b"ENCRYPTED");
    let packed = pack(body);
    if packed.len() < 40 {
        return None;
    }
    if is_pgp {
        return key(&PGP, Class::Provider, Checks::default());
    }
    let detector = if label.starts_with(b"OPENSSH") { &SSH } else { &KEY };
    if encrypted {
        return key(detector, Class::Provider, Check::Encrypted.into());
    }
    let whole = &packed[..packed.len() / 4 * 4];
    let Ok(decoded) = BASE64.decode(whole).map(Zeroizing::new) else {
        return key(detector, Class::Public, Check::Fake.into());
    };
    if label.starts_with(b"OPENSSH") {
        let Some(rest) = decoded.strip_prefix(b"openssh-key-v1\0") else { return key(detector, Class::Public, Check::Fake.into()) };
        // the name of the cipher follows with its length
        let open = rest.starts_with(b"\0\0\0\x04none");
        return key(detector, Class::Provider, if open { Checks::default() } else { Check::Encrypted.into() });
    }
    if is_der(&decoded, closed) {
        key(detector, Class::Provider, Checks::default())
    } else {
        key(detector, Class::Public, Check::Fake.into())
    }
}

/// The base 64 of a body: blanks, quotes, escapes of line ends, the joints of literals and the headers of the format left out.
fn pack(body: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(body.len()));
    for line in body.split(|b| *b == b'\n') {
        let header = line.iter().position(|b| *b == b':');
        if header.is_some_and(|at| line[..at].iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'-' | b' '))) {
            continue;
        }
        let mut at = 0;
        while at < line.len() {
            match line[at] {
                b'\\' => at += 1,
                // between two literals: `" + "`
                b'"' | b'\'' | b'`' => {
                    let joint = line[at + 1..].iter().take_while(|b| matches!(b, b' ' | b'+' | b'.' | b',' | b'&' | b'\\')).count();
                    at += joint;
                }
                b if b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=') => out.push(b),
                _ => {}
            }
            at += 1;
        }
    }
    out
}

/// Whether bytes are one SEQUENCE of DER with an INTEGER or OCTET STRING first, as private keys are (RFC 8017, 5915, 5208).
fn is_der(bytes: &[u8], closed: bool) -> bool {
    let (Some(0x30), Some(&first)) = (bytes.first(), bytes.get(1)) else { return false };
    let (length, header) = match first {
        0..=0x7F => (usize::from(first), 2),
        0x81 if bytes.len() > 3 => (usize::from(bytes[2]), 3),
        0x82 if bytes.len() > 4 => (usize::from(bytes[2]) << 8 | usize::from(bytes[3]), 4),
        _ => return false,
    };
    let fits = bytes.len() - header;
    // the last group of base 64 may have been cut
    (fits + 3 >= length && fits <= length + 3 || !closed) && matches!(bytes.get(header), Some(0x02 | 0x04))
}

/// The key of PuTTY whose header starts at `at`.
pub(super) fn putty(bytes: &[u8], at: usize) -> Option<Key> {
    let rest = &bytes[at..bytes.len().min(at + MAX)];
    // what stands before the private part is the public one, which is short
    let private = memchr::memmem::find(&rest[..rest.len().min(1 << 12)], b"Private-Lines: ")?;
    let end = memchr::memmem::find(rest, b"Private-MAC: ").unwrap_or(rest.len());
    let open = memchr::memmem::find(rest, b"Encryption: none").is_some_and(|at| at < private);
    (end > private + 40).then(|| Key {
        start: at,
        end: at + end,
        detector: &PUTTY,
        class: Class::Provider,
        checks: if open { Checks::default() } else { Check::Encrypted.into() },
    })
}
