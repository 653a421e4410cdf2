//! Which version a text of unknown version is.

use std::sync::Arc;

use super::{Parse, Version, parse};

/// Parses a text whose version is not known.
///
/// The first of these decides: `hint` (what the manifest or the configuration says); v1, if the text parses as it; v0, if the
/// text parses as that. `import rego.v1` and `import future.keywords` say nothing against v1, where they change nothing.
/// Where both versions find errors, the result is that of the version that the text looks written for:
/// v0 if v0 finds fewer errors, else v1. A text that is clean at first sight is parsed once.
#[must_use]
pub fn parse_auto(text: impl Into<Arc<str>>, hint: Option<Version>) -> Parse {
    let text = text.into();
    if let Some(version) = hint {
        return parse(text, version);
    }
    let v1 = parse(Arc::clone(&text), Version::V1);
    if v1.errors.is_empty() {
        return v1;
    }
    let v0 = parse(text, Version::V0);
    if v0.errors.is_empty() || v0.errors.len() < v1.errors.len() { v0 } else { v1 }
}
