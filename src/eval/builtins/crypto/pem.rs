//! PEM blocks, found as Go's `encoding/pem` finds them.

use super::encoding::Base64;

/// A block: what its BEGIN and END lines name, and what it encodes.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) kind: Vec<u8>,
    pub(super) bytes: Vec<u8>,
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"\n-----END ";
const DASHES: &[u8] = b"-----";

/// The first block of a text and the text after it. Blocks must begin and end at the ends of lines.
pub(super) fn decode(text: &[u8]) -> Option<(Block, &[u8])> {
    let mut rest = text;
    loop {
        // the first END line, and the last BEGIN before it
        let end = memchr::memmem::find(rest, END)?;
        let after_end = end + END.len();
        match block(rest, end) {
            Some(Ok(found)) => return Some(found),
            // a block without a body ends the search
            Some(Err(())) => return None,
            None => rest = &rest[after_end..],
        }
    }
}

/// The block whose END line (with the line break before it) is at `end`; `Err`: nothing follows its BEGIN line.
fn block(text: &[u8], end: usize) -> Option<Result<(Block, &[u8]), ()>> {
    let begin = memchr::memmem::rfind(&text[..end], BEGIN)?;
    if begin > 0 && text[begin - 1] != b'\n' {
        return None;
    }
    let (line, mut at) = line(text, begin + BEGIN.len());
    let kind = line.strip_suffix(DASHES)?;
    let mut headers = false;
    loop {
        if at >= text.len() {
            return Some(Err(()));
        }
        let (header, next) = self::line(text, at);
        if !header.contains(&b':') {
            break;
        }
        headers = true;
        at = next;
    }
    // the END line may follow the BEGIN line at once, but not the headers
    if headers && at > end {
        return if at > end + END.len() { Some(Err(())) } else { None };
    }
    let trailer = text.get(end + END.len()..)?.strip_prefix(kind)?.strip_prefix(DASHES)?;
    if !self::line(trailer, 0).0.is_empty() {
        return None;
    }
    let body: Vec<u8> = text.get(at..end).unwrap_or_default().iter().copied().filter(|b| !matches!(b, b' ' | b'\t')).collect();
    let bytes = Base64::STANDARD.decode(&body)?;
    let (_, rest) = self::line(text, end + 1);
    Some(Ok((Block { kind: kind.to_vec(), bytes }, &text[rest..])))
}

/// The line from an offset, without what ends it, and the offset of the next one.
fn line(text: &[u8], at: usize) -> (&[u8], usize) {
    let rest = &text[at..];
    let (mut line, next) = match memchr::memchr(b'\n', rest) {
        Some(length) => (&rest[..length], at + length + 1),
        None => (rest, text.len()),
    };
    if next > at + line.len() {
        line = line.strip_suffix(b"\r").unwrap_or(line);
    }
    while let Some(shorter) = line.strip_suffix(b" ").or_else(|| line.strip_suffix(b"\t")) {
        line = shorter;
    }
    (line, next)
}
