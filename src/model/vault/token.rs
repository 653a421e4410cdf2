//! Vault's tokens as texts: <https://developer.hashicorp.com/vault/docs/concepts/tokens#token-prefixes>.

use crate::text::Span;

/// Shorter texts are no tokens.
const MIN: usize = 20;
/// The length of the tokens of releases before 1.10, behind `s.`.
const OLD: usize = 24;

/// Whether the value of a setting that holds a token is written there, and not put in its place later.
#[must_use]
pub fn is_literal(text: &str) -> bool {
    let text = text.trim();
    let placeholder = text.starts_with('<') && text.ends_with('>') || text.contains("...") || text.starts_with("vault:");
    !text.is_empty() && !super::is_opaque(text) && !text.contains('$') && !placeholder
}

/// Whether a text is a token by its form.
#[must_use]
pub fn is_token(text: &str) -> bool {
    find_tokens(text).first().is_some_and(|span| span.start == 0 && span.end as usize == text.len())
}

/// The tokens in a text, by their form: `hvs.`, `hvb.` and what follows, and `s.` with 24 characters. Placeholders are left out.
#[must_use]
pub fn find_tokens(text: &str) -> Vec<Span> {
    let mut out: Vec<Span> = Vec::new();
    let bytes = text.as_bytes();
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    for prefix in ["hvs.", "hvb.", "s."] {
        for at in memchr::memmem::find_iter(bytes, prefix) {
            if at > 0 && (is_part(bytes[at - 1]) || matches!(bytes[at - 1], b'.' | b'/' | b'@')) {
                continue;
            }
            let from = at + prefix.len();
            let length = bytes[from..].iter().take_while(|byte| is_part(**byte)).count();
            let body = &text[from..from + length];
            let fits = if prefix == "s." {
                length == OLD && body.bytes().all(|byte| byte.is_ascii_alphanumeric()) && bytes.get(from + length) != Some(&b'.')
            } else {
                length >= MIN
            };
            if fits && is_random(body) {
                out.push(Span::new(u32::try_from(at).unwrap_or(u32::MAX), u32::try_from(from + length).unwrap_or(u32::MAX)));
            }
        }
    }
    out.sort_unstable();
    out
}

/// Whether a text may be drawn by chance: small and large letters and digits, and no letter over and over.
fn is_random(body: &str) -> bool {
    let has = |test: fn(&u8) -> bool| body.as_bytes().iter().any(test);
    let mut seen = [false; 256];
    body.bytes().for_each(|byte| seen[usize::from(byte)] = true);
    let distinct = seen.iter().filter(|seen| **seen).count();
    let lower = body.to_ascii_lowercase();
    has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
        && distinct >= 8
        && !["example", "xxxx", "token", "redacted", "placeholder", "changeme"].iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_told_from_other_texts() {
        let token = concat!("hv", "s.CAESIJ8f2kQ9vXw3LmZ0pTr7");
        let old = concat!("s", ".Xa4Kd93mQpLw7Vb2Rt6YhN1c");
        assert!(is_token(token) && is_token(old));
        assert_eq!(find_tokens(&format!("a: {token}\nb: \"{old}\"")).len(), 2);
        for text in
            ["hvs.xxxxxxxxxxxxxxxxxxxxxxxx", "hvs.", "s.com", "pods.Xa4Kd93mQpLw7Vb2Rt6YhN1c", "hvs.YOUR_VAULT_TOKEN_GOES_HERE1a", "s.abc"]
        {
            assert!(find_tokens(text).is_empty(), "{text}");
        }
    }
}
