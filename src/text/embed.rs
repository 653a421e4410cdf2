//! Taking embedded texts out of outer ones.

use super::mapping::Pieces;
use super::{Mapping, SourceId, Span, TextStyle};

/// Each of these takes the outer text and the range of the embedded one in it, and returns the embedded text with its mapping.
/// A range that is not one of the outer text gives an empty text. Line breaks `\r\n` come out as `\n`.
impl Mapping {
    /// A range as it stands.
    #[must_use]
    pub fn verbatim(outer: SourceId, text: &str, whole: Span) -> (String, Self) {
        let (whole, text) = slice(text, whole);
        let mut pieces = Pieces::new(text.len());
        pieces.same(whole.start as usize, text);
        pieces.finish(outer, whole, TextStyle::Verbatim)
    }

    /// A YAML block scalar (`|`). `whole` starts at the first content line's start and ends where chomping says that the value
    /// ends; `indent` is the content's indentation, `explicit` whether the header names it.
    #[must_use]
    pub fn block_scalar(outer: SourceId, text: &str, whole: Span, indent: &str, explicit: bool) -> (String, Self) {
        let style = TextStyle::Block { indent: indent.to_owned(), explicit };
        indented(outer, text, whole, indent, style)
    }

    /// The lines between two marker lines: a Markdown fence or a heredoc. `whole` starts at the first content line's start;
    /// up to `indent` is taken off each line. A line that starts with `closing` would end the text.
    #[must_use]
    pub fn lines(outer: SourceId, text: &str, whole: Span, indent: &str, closing: &str) -> (String, Self) {
        let style = TextStyle::Lines { indent: indent.to_owned(), closing: closing.to_owned() };
        indented(outer, text, whole, indent, style)
    }

    /// A block of line comments. `whole` starts at the first marker or at its line's start; each line's own indentation and as
    /// much of `prefix` as it has are taken off. `prefix` is what a new line gets, indentation included: `"  # "`.
    #[must_use]
    pub fn prefixed(outer: SourceId, text: &str, whole: Span, prefix: &str) -> (String, Self) {
        let (whole, slice) = slice(text, whole);
        let marker = prefix.trim_start_matches(blank);
        let mut pieces = Pieces::new(slice.len());
        for (at, line) in lines(whole, slice) {
            let unindented = line.trim_start_matches(blank);
            let indent = line.len() - unindented.len();
            let skip = if marker.is_empty() { common(line, prefix) } else { indent + common(unindented, marker) };
            push_line(&mut pieces, at + skip, &line[skip..]);
        }
        pieces.finish(outer, whole, TextStyle::Prefixed { prefix: prefix.to_owned() })
    }

    /// What stands between the quotes of a YAML `'…'`.
    #[must_use]
    pub fn single_quoted(outer: SourceId, text: &str, whole: Span) -> (String, Self) {
        let (whole, slice) = slice(text, whole);
        let mut pieces = Pieces::new(slice.len());
        let folded = quoted(&mut pieces, whole.start as usize, slice, b'\'');
        pieces.finish(outer, whole, if folded { TextStyle::ReadOnly } else { TextStyle::SingleQuoted })
    }

    /// What stands between the quotes of a YAML or JSON `"…"`.
    #[must_use]
    pub fn double_quoted(outer: SourceId, text: &str, whole: Span) -> (String, Self) {
        let (whole, slice) = slice(text, whole);
        let mut pieces = Pieces::new(slice.len());
        let folded = quoted(&mut pieces, whole.start as usize, slice, b'\\');
        pieces.finish(outer, whole, if folded { TextStyle::ReadOnly } else { TextStyle::DoubleQuoted })
    }
}

fn slice(text: &str, whole: Span) -> (Span, &str) {
    match text.get(whole.range()) {
        Some(slice) => (whole, slice),
        None => (Span::at(whole.start.min(super::offset(text.len()))), ""),
    }
}

fn blank(c: char) -> bool {
    c == ' ' || c == '\t'
}

/// Length of the longest common prefix of two texts; the second is ASCII blanks or a comment marker.
fn common(line: &str, prefix: &str) -> usize {
    let len = line.bytes().zip(prefix.bytes()).take_while(|(a, b)| a == b).count();
    if line.is_char_boundary(len) { len } else { 0 }
}

/// The lines of `slice` with their breaks and their offsets in the outer text; at least one.
fn lines(whole: Span, slice: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = whole.start as usize;
    let first = if slice.is_empty() { Some("") } else { None };
    first.into_iter().chain(slice.split_inclusive('\n')).map(move |line| {
        let start = at;
        at += line.len();
        (start, line)
    })
}

/// Adds a line that stands at `at`, its `\r\n` as `\n`.
fn push_line(pieces: &mut Pieces, at: usize, line: &str) {
    match line.strip_suffix("\r\n") {
        Some(content) => {
            pieces.same(at, content);
            pieces.same(at + content.len() + 1, "\n");
        }
        None => pieces.same(at, line),
    }
}

fn indented(outer: SourceId, text: &str, whole: Span, indent: &str, style: TextStyle) -> (String, Mapping) {
    let (whole, slice) = slice(text, whole);
    let mut pieces = Pieces::new(slice.len());
    let first_is_whole = at_line_start(text, whole.start as usize);
    for (nr, (at, line)) in lines(whole, slice).enumerate() {
        let skip = if nr == 0 && !first_is_whole { 0 } else { common(line, indent) };
        push_line(&mut pieces, at + skip, &line[skip..]);
    }
    pieces.finish(outer, whole, style)
}

pub(super) fn at_line_start(text: &str, at: usize) -> bool {
    at == 0 || text.as_bytes().get(at - 1) == Some(&b'\n')
}

/// Decodes the content of a quoted scalar. `escape` is `'` (doubled quotes) or `\`. Line breaks fold as YAML says (1.2.2 §7.3);
/// returns whether there was a break or an escape that new text could not be put beside.
fn quoted(pieces: &mut Pieces, start: usize, text: &str, escape: u8) -> bool {
    let bytes = text.as_bytes();
    let mut odd = false;
    let mut at = 0;
    pieces.boundary(start);
    while at < bytes.len() {
        let run = bytes[at..].iter().position(|b| *b == escape || *b == b'\n').unwrap_or(bytes.len() - at);
        let plain = &text[at..at + run];
        at += run;
        if bytes.get(at) == Some(&b'\n') {
            odd = true;
            let kept = plain.strip_suffix('\r').unwrap_or(plain).trim_end_matches(blank);
            pieces.same(start + at - run, kept);
            at = fold(pieces, text, at);
            pieces.boundary(start + at);
            continue;
        }
        pieces.same(start + at - run, plain);
        if at == bytes.len() {
            break;
        }
        let len = if escape == b'\'' { single_quote(pieces, text, at) } else { backslash(pieces, text, at) };
        match len {
            Some((len, exact)) => {
                at += len;
                odd |= !exact;
                pieces.boundary(start + at);
            }
            // no escape after all: the byte stands for itself, and nothing can be said of what follows it
            None => {
                odd = true;
                pieces.same(start + at, &text[at..=at]);
                at += 1;
            }
        }
    }
    odd
}

const WHITE: [char; 4] = [' ', '\t', '\n', '\r'];

/// One break folds to a blank, n breaks to n - 1 line feeds; returns where the next line's content starts.
fn fold(pieces: &mut Pieces, text: &str, at: usize) -> usize {
    let rest = &text[at..];
    let content = rest.trim_start_matches(WHITE);
    let gap = &rest[..rest.len() - content.len()];
    let breaks = gap.bytes().filter(|b| *b == b'\n').count();
    if breaks <= 1 {
        pieces.other(" ");
    } else {
        pieces.other(&"\n".repeat(breaks - 1));
    }
    at + gap.len()
}

fn single_quote(pieces: &mut Pieces, text: &str, at: usize) -> Option<(usize, bool)> {
    text[at..].starts_with("''").then(|| {
        pieces.other("'");
        (2, true)
    })
}

/// Decodes the escape at `at`: YAML 1.2.2 §5.7, of which JSON's are a part, with JSON's surrogate pairs.
/// Returns its length and whether text can be put beside it.
fn backslash(pieces: &mut Pieces, text: &str, at: usize) -> Option<(usize, bool)> {
    let rest = &text[at + 1..];
    let kind = rest.chars().next()?;
    let simple = match kind {
        '0' => "\0",
        'a' => "\u{7}",
        'b' => "\u{8}",
        't' | '\t' => "\t",
        'n' => "\n",
        'v' => "\u{b}",
        'f' => "\u{c}",
        'r' => "\r",
        'e' => "\u{1b}",
        ' ' => " ",
        '"' => "\"",
        '/' => "/",
        '\\' => "\\",
        'N' => "\u{85}",
        '_' => "\u{a0}",
        'L' => "\u{2028}",
        'P' => "\u{2029}",
        '\n' | '\r' => {
            // an escaped break is nothing, with the blanks that lead the next line; empty lines behind it count
            let after = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n'))?;
            let content = after.trim_start_matches(WHITE);
            let gap = &after[..after.len() - content.len()];
            pieces.other(&"\n".repeat(gap.matches('\n').count()));
            return Some((1 + rest.len() - content.len(), false));
        }
        'x' => return hex(rest, 2).and_then(char::from_u32).map(|c| push(pieces, c, 4)),
        'U' => return hex(rest, 8).and_then(char::from_u32).map(|c| push(pieces, c, 10)),
        'u' => {
            let code = hex(rest, 4)?;
            if !(0xd800..0xe000).contains(&code) {
                return char::from_u32(code).map(|c| push(pieces, c, 6));
            }
            let low = rest.get(5..).and_then(|r| r.strip_prefix('\\')).filter(|r| r.starts_with('u')).and_then(|r| hex(r, 4));
            let pair = low.filter(|low| code < 0xdc00 && (0xdc00..0xe000).contains(low));
            return Some(match pair.and_then(|low| char::from_u32(0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00))) {
                Some(c) => push(pieces, c, 12),
                // half a pair is no character; Go and JavaScript read it so too
                None => push(pieces, char::REPLACEMENT_CHARACTER, 6),
            });
        }
        _ => return None,
    };
    pieces.other(simple);
    Some((2, true))
}

fn push(pieces: &mut Pieces, c: char, len: usize) -> (usize, bool) {
    pieces.other(c.encode_utf8(&mut [0; 4]));
    (len, true)
}

/// The `digits` hexadecimal digits behind the letter that `rest` starts with.
fn hex(rest: &str, digits: usize) -> Option<u32> {
    let digits = rest.get(1..=digits).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok()
}
