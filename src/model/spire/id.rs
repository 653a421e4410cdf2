//! SPIFFE IDs, by the SPIFFE-ID standard (<https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md>, §2).

/// The longest ID, in bytes.
const MAX_ID: usize = 2048;
/// The longest name of a trust domain, in bytes.
const MAX_TRUST_DOMAIN: usize = 255;

/// Whether a text sets out to be a SPIFFE ID.
#[must_use]
pub fn looks_like_id(text: &str) -> bool {
    text.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("spiffe:"))
}

/// The trust domain that an ID names; `None` for what is no ID.
#[must_use]
pub fn trust_domain(id: &str) -> Option<&str> {
    let rest = id.strip_prefix("spiffe://")?;
    let domain = rest.split('/').next().unwrap_or(rest);
    domain_problem(domain).is_none().then_some(domain)
}

/// How a text that sets out to be a SPIFFE ID breaks the standard, as the end of a sentence about it; `None` where it does not.
#[must_use]
pub fn id_problem(id: &str) -> Option<String> {
    let Some(rest) = id.strip_prefix("spiffe://") else {
        return Some("does not begin with `spiffe://`".to_owned());
    };
    if id.len() > MAX_ID {
        return Some(format!("is {} bytes long, more than {MAX_ID}", id.len()));
    }
    if let Some(mark) = rest.chars().find(|c| matches!(c, '?' | '#')) {
        let part = if mark == '?' { "query" } else { "fragment" };
        return Some(format!("has a {part}"));
    }
    let (domain, path) = match rest.find('/') {
        Some(at) => (&rest[..at], &rest[at + 1..]),
        None => (rest, ""),
    };
    domain_problem(domain).or_else(|| if rest.contains('/') { path_problem(path) } else { None })
}

fn domain_problem(domain: &str) -> Option<String> {
    if domain.is_empty() {
        return Some("has no trust domain".to_owned());
    }
    if domain.len() > MAX_TRUST_DOMAIN {
        return Some(format!("has a trust domain of more than {MAX_TRUST_DOMAIN} bytes"));
    }
    if domain.contains('@') {
        return Some("has user information in front of the trust domain".to_owned());
    }
    if let Some((_, port)) = domain.split_once(':')
        && port.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Some("has a port behind the trust domain".to_owned());
    }
    match domain.chars().find(|c| !(c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_'))) {
        Some(c) if c.is_ascii_uppercase() => Some(format!("has an upper-case `{c}` in the trust domain")),
        Some(c) => Some(format!("has `{}` in the trust domain", c.escape_debug())),
        None => None,
    }
}

/// What follows the slash behind the trust domain.
fn path_problem(path: &str) -> Option<String> {
    if path.is_empty() || path.ends_with('/') && !path.ends_with("//") {
        return Some("ends in a slash".to_owned());
    }
    for segment in path.split('/') {
        if segment.is_empty() {
            return Some("has an empty path segment".to_owned());
        }
        if matches!(segment, "." | "..") {
            return Some(format!("has the path segment `{segment}`"));
        }
        if let Some(c) = segment.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))) {
            return Some(match c {
                '%' => "has percent-encoding in the path".to_owned(),
                _ => format!("has `{}` in the path", c.escape_debug()),
            });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_judged_by_the_standard() {
        let long = format!("spiffe://shop.example/{}", "a".repeat(2048));
        let full = format!("spiffe://shop.example/{}", "a".repeat(2048 - 22));
        let domain = format!("spiffe://{}", "d".repeat(256));
        for (id, valid) in [
            ("spiffe://shop.example", true),
            ("spiffe://shop_1.example-a/ns/Web/sa/web.v1", true),
            ("spiffe://10.0.0.1/x", true),
            (&full, true),
            (&long, false),
            (&domain, false),
            ("spiffe:shop.example/a", false),
            ("SPIFFE://shop.example/a", false),
            ("spiffe:///a", false),
            ("spiffe://", false),
            ("spiffe://Shop.example/a", false),
            ("spiffe://shop.example:8443/a", false),
            ("spiffe://u@shop.example/a", false),
            ("spiffe://shop.example/", false),
            ("spiffe://shop.example/a/", false),
            ("spiffe://shop.example//a", false),
            ("spiffe://shop.example/a//b", false),
            ("spiffe://shop.example/./b", false),
            ("spiffe://shop.example/a/../b", false),
            ("spiffe://shop.example/...", true),
            ("spiffe://shop.example/a?b=c", false),
            ("spiffe://shop.example/a#b", false),
            ("spiffe://shop.example/a%20b", false),
            ("spiffe://shop.example/a b", false),
            ("spiffe://shop.example/ä", false),
        ] {
            assert_eq!(id_problem(id).is_none(), valid, "{id}: {:?}", id_problem(id));
        }
        assert!(looks_like_id("Spiffe:x") && !looks_like_id("spiffe") && !looks_like_id("ääää"));
    }
}
