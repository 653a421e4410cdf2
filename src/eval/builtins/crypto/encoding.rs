//! Base64 as Go's `encoding/base64` reads it, hexadecimal digits, and texts of bytes that need not be UTF-8.

/// An alphabet, and whether `=` must fill the last group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Base64 {
    url: bool,
    padded: bool,
}

impl Base64 {
    pub(super) const STANDARD: Self = Self { url: false, padded: true };
    pub(super) const URL: Self = Self { url: true, padded: true };
    pub(super) const URL_RAW: Self = Self { url: true, padded: false };

    fn digit(self, byte: u8) -> Option<u32> {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' if !self.url => 62,
            b'/' if !self.url => 63,
            b'-' if self.url => 62,
            b'_' if self.url => 63,
            _ => return None,
        };
        Some(u32::from(value))
    }

    /// The bytes that a text encodes. Line breaks are skipped, the last group's unused bits are not looked at.
    pub(super) fn decode(self, text: &[u8]) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(text.len() / 4 * 3 + 2);
        let mut bytes = text.iter().copied().filter(|b| !matches!(b, b'\r' | b'\n'));
        loop {
            let (mut group, mut count) = (0u32, 0u32);
            while count < 4 {
                match bytes.next() {
                    None if count == 0 => return Some(out),
                    None if self.padded || count == 1 => return None,
                    None => break,
                    Some(b'=') if self.padded => {
                        let second = if count == 2 { bytes.next() == Some(b'=') } else { count == 3 };
                        if !second || bytes.next().is_some() {
                            return None;
                        }
                        break;
                    }
                    Some(byte) => {
                        group = group << 6 | self.digit(byte)?;
                        count += 1;
                    }
                }
            }
            let whole = (group << (6 * (4 - count))).to_be_bytes();
            out.extend_from_slice(&whole[1..count as usize]);
            if count < 4 {
                return Some(out);
            }
        }
    }

    pub(super) fn encode(self, bytes: &[u8]) -> String {
        let alphabet: &[u8; 64] = if self.url {
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        } else {
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        };
        let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
        for group in bytes.chunks(3) {
            let at = |i: usize| u32::from(group.get(i).copied().unwrap_or(0));
            let value = at(0) << 16 | at(1) << 8 | at(2);
            for i in 0..4 {
                if i <= group.len() {
                    out.push(char::from(alphabet[(value >> (18 - 6 * i) & 63) as usize]));
                } else if self.padded {
                    out.push('=');
                }
            }
        }
        out
    }
}

/// What a token's part encodes: unpadded text gets its padding first.
pub(super) fn decode_token_part(text: &[u8]) -> Option<Vec<u8>> {
    if text.ends_with(b"=") {
        return Base64::URL.decode(text);
    }
    let fill: &[u8] = match text.len() % 4 {
        0 => b"",
        2 => b"==",
        3 => b"=",
        _ => return None,
    };
    Base64::URL.decode(&[text, fill].concat())
}

/// What a member of a JWK encodes, in whichever of the four forms it is written.
pub(super) fn decode_any(text: &[u8]) -> Option<Vec<u8>> {
    let url = !text.iter().any(|b| matches!(b, b'+' | b'/'));
    Base64 { url, padded: text.ends_with(b"=") }.decode(text)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// The text of bytes; as in Go each byte that is not UTF-8 becomes one replacement character.
pub(super) fn lossy(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    out
}
