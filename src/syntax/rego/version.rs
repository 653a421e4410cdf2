//! Which version a text of unknown version is.

use std::sync::Arc;

use super::{Parse, Version, parse};

/// Parses a text whose version is not known.
///
/// The first of these decides: `import rego.v1` or `rego.v2` in the text, which make it v1; `hint`, what a manifest or the
/// configuration says; v1, if the text has no errors as that; v0, if it has none as that. `import future.keywords` decides
/// nothing: it is allowed in both versions.
///
/// Where both versions find errors, the one with fewer is taken to be meant, and v1 if they have as many: a text of the other
/// version has errors for each of its rules, beside the mistakes in it.
///
/// A text that is clean at first sight is parsed once.
#[must_use]
pub fn parse_auto(text: impl Into<Arc<str>>, hint: Option<Version>) -> Parse {
    parse_auto_with(text.into(), hint, parse)
}

/// [`parse_auto`] by another way of parsing, e.g. [`parse_syntax`](super::parse_syntax).
#[must_use]
pub fn parse_auto_with(text: Arc<str>, hint: Option<Version>, parse: fn(Arc<str>, Version) -> Parse) -> Parse {
    let known = if imports_rego(&text) { Some(Version::V1) } else { hint };
    if let Some(version) = known {
        return parse(text, version);
    }
    let v1 = parse(Arc::clone(&text), Version::V1);
    if v1.errors.is_empty() {
        return v1;
    }
    let v0 = parse(text, Version::V0);
    if v0.errors.len() < v1.errors.len() { v0 } else { v1 }
}

/// Whether a line of `text` is `import rego.v1` or `import rego.v2`.
fn imports_rego(text: &str) -> bool {
    memchr::memmem::find_iter(text.as_bytes(), "rego.v").any(|at| {
        let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let version = text.as_bytes().get(at + 6);
        let after = text.as_bytes().get(at + 7);
        text[line..at].trim() == "import"
            && matches!(version, Some(b'1' | b'2'))
            && after.is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'#' | b';'))
    })
}
