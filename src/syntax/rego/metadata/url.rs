//! Whether Go's `net/url` takes a text as a URL, which opa asks of related resources.

/// Whether `text` parses as a URL or as a relative reference.
pub(super) fn is_url(text: &str) -> bool {
    let (url, fragment) = text.split_once('#').unwrap_or((text, ""));
    if url.bytes().any(|byte| byte < b' ' || byte == 0x7f) || !escapes_ok(fragment) {
        return false;
    }
    if url == "*" {
        return true;
    }
    let Some((scheme, rest)) = split_scheme(url) else { return false };
    let rest = match rest.split_once('?') {
        Some((path, _)) => path,
        None => rest,
    };
    if !rest.starts_with('/') {
        if scheme.is_some() {
            return true;
        }
        if rest.split('/').next().is_some_and(|segment| segment.contains(':')) {
            return false;
        }
    }
    let mut path = rest;
    if rest.starts_with("//") && (scheme.is_some() || !rest.starts_with("///")) {
        let after = &rest[2..];
        let end = after.find('/').unwrap_or(after.len());
        if !authority_ok(scheme.unwrap_or_default(), &after[..end]) {
            return false;
        }
        path = &after[end..];
    }
    escapes_ok(path)
}

/// The scheme, if there is one, and the rest; `None` for a colon at the very start.
fn split_scheme(url: &str) -> Option<(Option<&str>, &str)> {
    for (index, byte) in url.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if index > 0 => {}
            b':' if index == 0 => return None,
            b':' => return Some((Some(&url[..index]), &url[index + 1..])),
            _ => break,
        }
    }
    Some((None, url))
}

/// Whether every percent sign starts an escape.
fn escapes_ok(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'%', bytes).all(|at| escape(bytes, at).is_some())
}

/// The byte that the escape at `at` stands for.
fn escape(bytes: &[u8], at: usize) -> Option<u8> {
    let digit = |byte: u8| (byte as char).to_digit(16).map(|value| value as u8);
    Some(digit(*bytes.get(at + 1)?)? << 4 | digit(*bytes.get(at + 2)?)?)
}

fn authority_ok(scheme: &str, authority: &str) -> bool {
    let (user, host) = match authority.rfind('@') {
        Some(at) => (Some(&authority[..at]), &authority[at + 1..]),
        None => (None, authority),
    };
    let user_ok =
        user.is_none_or(|user| escapes_ok(user) && user.chars().all(|c| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c)));
    user_ok && host_ok(scheme, host)
}

fn host_ok(scheme: &str, host: &str) -> bool {
    match host.rfind('[') {
        Some(0) => {
            let Some(close) = host.rfind(']') else { return false };
            let inside = &host[1..close];
            port_ok(&host[close + 1..]) && literal_ok(inside)
        }
        Some(_) => false,
        None => {
            let first = host.find(':');
            let web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
            let port = if web { first } else { host.rfind(':') };
            port.is_none_or(|at| port_ok(&host[at..])) && host_bytes_ok(host, false)
        }
    }
}

fn port_ok(port: &str) -> bool {
    port.is_empty() || port.strip_prefix(':').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// An IPv6 address with an optional zone, in brackets.
fn literal_ok(inside: &str) -> bool {
    let (address, zone) = match inside.find("%25") {
        Some(at) => (&inside[..at], Some(&inside[at..])),
        None => (inside, None),
    };
    // `%25` is a percent sign, after which a zone must not be empty
    let zone_ok = zone.is_none_or(|zone| zone.len() > 3 && host_bytes_ok(zone, true));
    zone_ok && host_bytes_ok(address, false) && address.parse::<core::net::Ipv6Addr>().is_ok()
}

/// Characters of a host; escapes stand for bytes beyond ASCII only, in a zone also for what a host may hold.
fn host_bytes_ok(host: &str, zone: bool) -> bool {
    let plain = |byte: u8| byte >= 0x80 || byte.is_ascii_alphanumeric() || b"-_.~!$&'()*+,;=:[]<>\"".contains(&byte);
    let bytes = host.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'%' {
            if !plain(bytes[at]) {
                return false;
            }
            at += 1;
            continue;
        }
        let Some(byte) = escape(bytes, at) else { return false };
        let ok = byte == b'%' || if zone { byte == b' ' || plain(byte) } else { byte >= 0x80 };
        if !ok {
            return false;
        }
        at += 3;
    }
    true
}
