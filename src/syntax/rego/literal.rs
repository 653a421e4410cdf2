//! Values of number and string literals.

use std::borrow::Cow;

/// First code points of runs of ten decimal digits (general category Nd of Unicode 15, as in opa's Go), ASCII left out.
const DIGITS: [u32; 62] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0,
    0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
    0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50,
    0x11d50, 0x11da0, 0x11f50, 0x16a60, 0x16ac0, 0x16b50, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e950, 0x1fbf0,
];

/// Whether `c` is a decimal digit outside ASCII, which identifiers may hold.
pub(super) fn is_decimal_digit(c: char) -> bool {
    let code = c as u32;
    // the mathematical digits are five runs in a row
    (0x1d7ce..0x1d800).contains(&code)
        || DIGITS.partition_point(|first| *first <= code).checked_sub(1).is_some_and(|index| code - DIGITS[index] < 10)
}

/// `text` cut to a length that fits into a message.
pub(super) fn shorten(text: &str) -> Cow<'_, str> {
    shorten_to(text, 40)
}

/// The first line of `text`, cut to `max` characters.
pub(super) fn shorten_to(text: &str, max: usize) -> Cow<'_, str> {
    let line = text.lines().next().unwrap_or(text);
    match line.char_indices().nth(max) {
        Some((end, _)) => Cow::Owned(format!("{}…", &line[..end])),
        None if line.len() < text.len() => Cow::Owned(format!("{line}…")),
        None => Cow::Borrowed(line),
    }
}

type Problem = (&'static str, &'static str);

const TOO_BIG: Problem = ("expected a number within range", "numbers lie between about 1e-30103 and 1e30103");
const NO_NUMBER: Problem = ("expected a decimal number", "write digits, at most one decimal point, and an exponent within range");

/// What is wrong with a number without its sign; the limits are those of opa (`validateNumber`).
pub(super) fn check_number(text: &str) -> Result<(), Problem> {
    let bytes = text.as_bytes();
    if bytes.len() > 1 && bytes[0] == b'0' && !matches!(bytes[1], b'.' | b'e' | b'E') {
        return Err(("expected a number without leading zeros", "drop the zeros at its start"));
    }
    let exponent = memchr::memchr2(b'e', b'E', bytes);
    if exponent.is_none() && bytes.len() < 30_000 && bytes[0] != b'.' {
        return Ok(());
    }
    let (mantissa, exponent) = match exponent {
        Some(at) => (&text[..at], text[at + 1..].parse::<i64>().map_err(|_| NO_NUMBER)?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if fraction.contains('.') {
        return Err(NO_NUMBER);
    }
    let mut digits = whole.bytes().chain(fraction.bytes()).skip_while(|byte| *byte == b'0');
    let mut leading = 0.0_f64;
    let mut dropped = 0_i64;
    let mut any = false;
    for (index, byte) in digits.by_ref().enumerate() {
        any = true;
        if index < 18 {
            leading = leading * 10.0 + f64::from(byte - b'0');
        } else {
            dropped += 1;
        }
    }
    if !any {
        return Ok(());
    }
    let scale = exponent.saturating_sub(fraction.len() as i64);
    let bits = (leading.log2() + dropped as f64 * std::f64::consts::LOG2_10).floor() + 1.0;
    // Go's big.Float refuses exponents beyond 32 bits, gives zero for what is too small for it, and the rest is judged by size
    let whole_exponent = bits + scale as f64;
    if !(-2_147_483_648.0..=2_147_483_647.0).contains(&whole_exponent) {
        return Err(NO_NUMBER);
    }
    let size = (leading.log2() + (dropped as f64 + scale as f64) * std::f64::consts::LOG2_10).floor() + 1.0;
    if (-100_000.0..=100_000.0).contains(&size) || size < -2_147_483_648.0 { Ok(()) } else { Err(TOO_BIG) }
}

/// Where text with escapes breaks JSON's rules: offset, length, what was expected. Unknown escapes are not looked for.
pub(super) fn check_escapes(text: &str) -> Result<(), (usize, usize, &'static str)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if bytes.get(at + 1) == Some(&b'u') => {
                let digits = bytes[at + 2..].iter().take(4).take_while(|byte| byte.is_ascii_hexdigit()).count();
                if digits < 4 {
                    return Err((at, 2 + digits, "expected four hexadecimal digits in the escape"));
                }
                at += 6;
            }
            b'\\' => at += 2,
            control if control < 0x20 => return Err((at, 1, "a control character in a string that has escapes")),
            _ => at += 1,
        }
    }
    Ok(())
}

/// The value of a string literal with its quotes, raw or not; `None` where an escape is broken.
#[must_use]
pub fn string_value(literal: &str) -> Option<Cow<'_, str>> {
    let inner = literal.get(1..literal.len().checked_sub(1)?)?;
    if literal.starts_with('`') { Some(Cow::Borrowed(inner)) } else { unescape(inner) }
}

/// The text of a part of a template string, in which `\{` is a brace; `raw` for templates in backquotes.
#[must_use]
pub fn template_text(text: &str, raw: bool) -> Option<Cow<'_, str>> {
    if !text.contains('\\') {
        return Some(Cow::Borrowed(text));
    }
    if raw {
        return Some(Cow::Owned(text.replace("\\{", "{")));
    }
    unescape(text)
}

/// Text with JSON escapes, and `\{`.
fn unescape(text: &str) -> Option<Cow<'_, str>> {
    let Some(first) = text.find('\\') else {
        return Some(Cow::Borrowed(text));
    };
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..first]);
    let mut rest = &text[first..];
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let escape = *rest.as_bytes().get(at + 1)?;
        let mut len = 2;
        out.push(match escape {
            b'"' | b'\\' | b'/' | b'{' => escape as char,
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let (c, digits) = utf16_escape(&rest[at..])?;
                len = digits;
                c
            }
            _ => return None,
        });
        rest = &rest[at + len..];
    }
    out.push_str(rest);
    Some(Cow::Owned(out))
}

/// `\uXXXX`, or two of them that are a surrogate pair, and how long that is; a lone surrogate is U+FFFD as in Go.
fn utf16_escape(text: &str) -> Option<(char, usize)> {
    let unit = |text: &str| {
        let digits = text.strip_prefix("\\u")?.get(..4)?;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
    };
    let first = unit(text)?;
    if (0xd800..0xdc00).contains(&first)
        && let Some(second) = unit(&text[6..]).filter(|second| (0xdc00..0xe000).contains(second))
    {
        let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return char::from_u32(code).map(|c| (c, 12));
    }
    Some((char::from_u32(first).unwrap_or('\u{fffd}'), 6))
}
