//! What JSON's strings say.

/// The text of a string, given without its quotes, and the first escape that JSON lacks as offset and length; such an escape stands
/// for itself. Half of a surrogate pair is U+FFFD, as Go and JavaScript's encoders have it.
pub(super) fn unescape(inner: &str) -> (String, Option<(usize, usize)>) {
    let mut out = String::with_capacity(inner.len());
    let mut wrong = None;
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (c, len) = match escape(rest) {
            Some(escape) => escape,
            None => {
                wrong.get_or_insert((inner.len() - rest.len(), 1 + rest[1..].chars().next().map_or(0, char::len_utf8)));
                ('\\', 1)
            }
        };
        out.push(c);
        rest = &rest[len..];
        if c == '\\' && len == 1 {
            // what follows the backslash is text, also where it is a second backslash
            let next = rest.chars().next().map_or(0, char::len_utf8);
            out.push_str(&rest[..next]);
            rest = &rest[next..];
        }
    }
    out.push_str(rest);
    (out, wrong)
}

/// The escape that `rest` begins with and its length.
fn escape(rest: &str) -> Option<(char, usize)> {
    let simple = match rest.as_bytes().get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let code = unit(rest)?;
            if !(0xd800..0xe000).contains(&code) {
                return char::from_u32(code).map(|c| (c, 6));
            }
            let low = unit(&rest[6..]).filter(|low| code < 0xdc00 && (0xdc00..0xe000).contains(low));
            let pair = low.and_then(|low| char::from_u32(0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00)));
            return Some(pair.map_or((char::REPLACEMENT_CHARACTER, 6), |c| (c, 12)));
        }
        _ => return None,
    };
    Some((simple, 2))
}

/// `\uXXXX` at the start of a text.
fn unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok()
}
