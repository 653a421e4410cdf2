use crate::syntax::comments::{Comment, placed};
use crate::text::Span;

/// The comments of a TOML text, in its order.
#[must_use]
pub fn comments(text: &str) -> Vec<Comment> {
    let bytes = text.as_bytes();
    let at_offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let (mut comments, mut first) = (Vec::new(), None);
    let mut at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    while let Some(byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => at += 1,
            b'#' => {
                let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |len| at + len);
                let end = if bytes[..end].ends_with(b"\r") { end - 1 } else { end };
                comments.push(Span::new(at_offset(at), at_offset(end)));
                at = end;
            }
            quote => {
                first = first.or(Some(at_offset(at)));
                at = if matches!(quote, b'"' | b'\'') { string_end(bytes, at) } else { at + 1 };
            }
        }
    }
    placed(text, comments, vec![0], first.into_iter().collect())
}

/// The offset behind the string that starts at `at`; one that is not closed ends with its line, or with the text.
fn string_end(bytes: &[u8], at: usize) -> usize {
    let quote = bytes[at];
    let long = bytes[at..].starts_with(&[quote; 3]);
    let mut end = at + if long { 3 } else { 1 };
    while end < bytes.len() {
        match bytes[end] {
            b'\\' if quote == b'"' => end += 2,
            b'\n' if !long => return end,
            byte if byte == quote && !long => return end + 1,
            byte if byte == quote && bytes[end..].starts_with(&[quote; 3]) => {
                // up to two quotes may stand in front of the closing ones
                end += 3;
                while bytes.get(end) == Some(&quote) {
                    end += 1;
                }
                return end;
            }
            _ => end += 1,
        }
    }
    bytes.len()
}
