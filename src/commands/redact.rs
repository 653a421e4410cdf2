//! The last net: no secret that a run found leaves it, in whatever a report, a diff or an error quotes.
//!
//! Reports do not show secrets by design: findings about them have no excerpt, and excerpts hide them. This catches what quotes a
//! text for another reason: the message of a syntax error, an edit, a diff, a panic.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{PoisonError, RwLock};

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL_NOPAD};

use crate::secrets::{Check, Class, Leak, value};
use crate::text::SourceMap;

/// What is replaced, in any form; `None` where nothing is.
static NET: RwLock<Option<AhoCorasick>> = RwLock::new(None);

/// What stands in place of a secret.
const MARK: &[u8] = b"****";

/// Shorter values, and lines of values, may be words that stand elsewhere for something else.
const LEAST: usize = 8;
const LEAST_LINE: usize = 20;

/// Has the values of `leaks` replaced in all that the run writes.
pub(super) fn hide(sources: &SourceMap, leaks: &[Leak]) {
    let mut forms: BTreeSet<Vec<u8>> = BTreeSet::new();
    for leak in leaks {
        let written = sources.get(leak.at.source).slice(leak.at.span).trim();
        if !is_telling(leak.secret.class, written) {
            continue;
        }
        add(written, &mut forms);
        if leak.secret.checks.has(Check::Encoded) {
            let packed: Vec<u8> = written.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
            let decoded = BASE64.decode(&packed).or_else(|_| BASE64_NOPAD.decode(&packed)).unwrap_or_default();
            let decoded = String::from_utf8_lossy(&decoded);
            if is_telling(leak.secret.class, &decoded) {
                add(&decoded, &mut forms);
            }
        }
    }
    if forms.is_empty() {
        return;
    }
    let net = AhoCorasickBuilder::new().match_kind(MatchKind::LeftmostLongest).build(forms);
    // too many values for one automaton are no reason to stop
    if let Ok(net) = net {
        *NET.write().unwrap_or_else(PoisonError::into_inner) = Some(net);
    }
}

/// Whether a value cannot be taken for a word of a report, as placeholders and default passwords are.
fn is_telling(class: Class, text: &str) -> bool {
    let is_mixed = || {
        let word = |c: char| c.is_ascii_lowercase() || matches!(c, '-' | '_' | '.' | '/');
        text.chars().any(|c| c.is_ascii_digit() || c.is_ascii_uppercase()) && text.chars().any(char::is_alphabetic)
            || text.chars().any(|c| !word(c) && !c.is_ascii_alphanumeric())
    };
    match class {
        Class::Provider => text.len() >= LEAST,
        Class::Random | Class::Password => text.len() >= LEAST && value::verdict(text) == value::Verdict::Value && is_mixed(),
        Class::Default | Class::Public => false,
    }
}

/// A value in the forms that reports may give it.
fn add(value: &str, forms: &mut BTreeSet<Vec<u8>>) {
    let value = value.trim();
    if value.len() < LEAST {
        return;
    }
    if value.contains(['\n', '\r']) {
        let lines = value.lines().map(str::trim).filter(|line| line.len() >= LEAST_LINE && !line.starts_with("-----"));
        forms.extend(lines.map(|line| line.as_bytes().to_vec()));
    }
    let quoted = serde_json::to_string(value).unwrap_or_default();
    let percent: String =
        value
            .bytes()
            .map(|byte| {
                if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
            })
            .collect();
    let bytes = value.as_bytes();
    forms.extend(
        [
            value.to_owned(),
            quoted.trim_matches('"').to_owned(),
            percent,
            crate::report::visible(value).into_owned(),
            BASE64.encode(bytes).trim_end_matches('=').to_owned(),
            BASE64URL_NOPAD.encode(bytes),
        ]
        .map(String::into_bytes),
    );
}

/// A text without the values.
pub(super) fn clean(bytes: &[u8]) -> Cow<'_, [u8]> {
    let net = NET.read().unwrap_or_else(PoisonError::into_inner);
    let Some(net) = net.as_ref().filter(|net| net.is_match(bytes)) else { return Cow::Borrowed(bytes) };
    let mut out = Vec::with_capacity(bytes.len());
    let mut from = 0;
    for found in net.find_iter(bytes) {
        out.extend_from_slice(&bytes[from..found.start()]);
        out.extend_from_slice(MARK);
        from = found.end();
    }
    out.extend_from_slice(&bytes[from..]);
    Cow::Owned(out)
}
