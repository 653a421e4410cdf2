//! JSON web tokens (RFC 7519): three parts in base 64, of which the first two are JSON.

use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;

use super::found::{Check, Checks, Class, Detector};

static TOKEN: Detector = Detector { id: "jwt", provider: "", title: "JSON web token", docs: "https://www.rfc-editor.org/rfc/rfc7519" };
static ACCOUNT: Detector = Detector {
    id: "kubernetes-service-account-token",
    provider: "Kubernetes",
    title: "Kubernetes service account token",
    docs: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#service-account-tokens",
};
static SUPABASE: Detector = Detector {
    id: "supabase-service-key",
    provider: "Supabase",
    title: "Supabase service role key",
    docs: "https://supabase.com/docs/guides/api/api-keys",
};
static ANONYMOUS: Detector = Detector {
    id: "supabase-anon-key",
    provider: "Supabase",
    title: "Supabase anonymous key",
    docs: "https://supabase.com/docs/guides/api/api-keys",
};

#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) detector: &'static Detector,
    pub(super) class: Class,
    pub(super) checks: Checks,
}

/// No token is longer.
const MAX: usize = 8_192;

/// Where to look on if no token starts at `at`: all that starts in the same part would end as it does.
pub(super) fn behind(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..bytes.len().min(at + MAX)];
    at + if starts(bytes, at) { rest.iter().take_while(is_part).count() } else { 1 }
}

fn starts(bytes: &[u8], at: usize) -> bool {
    bytes[at..].starts_with(b"eyJ") && !(at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || matches!(bytes[at - 1], b'_' | b'.')))
}

fn is_part(b: &&u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(**b, b'_' | b'-')
}

/// The token that starts at `at`.
pub(super) fn find(bytes: &[u8], at: usize, now: i64) -> Option<Token> {
    if !starts(bytes, at) {
        return None;
    }
    let rest = &bytes[at..bytes.len().min(at + MAX)];
    let part = |from: usize| {
        let length = rest.get(from..)?.iter().take_while(is_part).count();
        Some(from + length)
    };
    let head = part(0)?;
    if rest.get(head) != Some(&b'.') {
        return None;
    }
    let body = part(head + 1)?;
    if rest.get(body) != Some(&b'.') {
        return None;
    }
    let end = part(body + 1)?;
    let header = object(&rest[..head])?;
    // a token of encryption (RFC 7516) has five parts
    let encrypted = header.get("enc").is_some();
    if encrypted || rest.get(end) == Some(&b'.') && rest.get(end + 1).is_some_and(|b| is_part(&b)) {
        return None;
    }
    let algorithm = header.get("alg").and_then(Value::as_str)?;
    let payload = object(&rest[head + 1..body])?;
    let token = |detector, class, checks| Some(Token { start: at, end: at + end, detector, class, checks });
    let text = |key: &str| payload.get(key).and_then(Value::as_str).unwrap_or("");
    // the token of jwt.io, which every page on the matter shows
    if text("name") == "John Doe" || text("sub") == "1234567890" || text("name") == "Jane Doe" {
        return token(&TOKEN, Class::Public, Check::Documented.into());
    }
    if algorithm.eq_ignore_ascii_case("none") || end - body < 12 {
        return token(&TOKEN, Class::Public, Check::Fake.into());
    }
    if text("iss") == "supabase" && text("role") == "anon" {
        return token(&ANONYMOUS, Class::Public, Check::Publishable.into());
    }
    let detector = if text("iss") == "supabase" {
        &SUPABASE
    } else if text("iss") == "kubernetes/serviceaccount"
        || payload.get("kubernetes.io").is_some()
        || text("sub").starts_with("system:serviceaccount:")
    {
        &ACCOUNT
    } else {
        &TOKEN
    };
    let expired = payload.get("exp").and_then(Value::as_f64).is_some_and(|at| at < now as f64);
    token(detector, Class::Provider, if expired { Check::Expired.into() } else { Checks::default() })
}

fn object(part: &[u8]) -> Option<serde_json::Map<String, Value>> {
    // padding bits that are not zero are refused by strict decoders only
    let decoded = zeroize::Zeroizing::new(BASE64URL_NOPAD.decode(part).ok()?);
    match serde_json::from_slice(&decoded).ok()? {
        Value::Object(map) => Some(map),
        _ => None,
    }
}
