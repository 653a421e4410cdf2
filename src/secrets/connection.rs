//! Passwords in URLs and connection strings.

use super::found::Class;
use super::judge::{CONNECTION, How, Judged};
use super::shape;

/// Where the password of a URL's user part, or of a connection string's list, stands in `text`.
pub(super) fn password(text: &str) -> Option<(usize, usize)> {
    url(text.as_bytes(), None).or_else(|| list(text))
}

/// Where the password of the URL stands whose `://` is at `at`, or of the first one.
pub(super) fn url(bytes: &[u8], at: Option<usize>) -> Option<(usize, usize)> {
    let at = at.or_else(|| memchr::memmem::find(bytes, b"://"))?;
    let scheme = bytes[..at].iter().rev().take(24).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.')).count();
    if scheme < 2 {
        return None;
    }
    let start = at + 3;
    let rest = &bytes[start..bytes.len().min(start + 512)];
    let colon = rest.iter().position(|b| !matches!(b, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' | b'%' | b'~' | b'+' | b'!' | b'$' | b'@' | b'{' | b'}'))?;
    if rest[colon] != b':' {
        return None;
    }
    let tail = &rest[colon + 1..];
    // up to the last `@` before the host ends
    let end = tail
        .iter()
        .position(|b| matches!(b, b' ' | b'"' | b'\'' | b'`' | b'\n' | b'\r' | b'\t' | b'<' | b'>' | b',' | b'\\' | b')' | b'|'))
        .unwrap_or(tail.len());
    let authority = &tail[..end];
    let slash = authority.iter().position(|b| matches!(b, b'/' | b'?' | b'#')).unwrap_or(authority.len());
    let mut close = authority[..slash].iter().rposition(|b| *b == b'@');
    if close.is_none() {
        // a password with a slash in it
        close = authority.iter().position(|b| *b == b'@').filter(|at| {
            authority[*at..].iter().any(|b| matches!(b, b'.' | b':' | b'/'))
                && colon > 0
                && slash > 0
                && !authority[..slash].iter().all(u8::is_ascii_digit)
        });
    }
    let close = close?;
    // a host follows
    let host = authority.get(close + 1)?;
    if close == 0 || !(host.is_ascii_alphanumeric() || matches!(host, b'[' | b'$' | b'{' | b'%' | b'_')) {
        return None;
    }
    Some((start + colon + 1, start + colon + 1 + close))
}

/// `Server=…;Password=…`, `host=… password=…`
fn list(text: &str) -> Option<(usize, usize)> {
    let inner = super::value::connection_password(text)?;
    let at = inner.as_ptr() as usize - text.as_ptr() as usize;
    let bare = inner.trim_matches(['\'', '"']);
    let start = at + (bare.as_ptr() as usize - inner.as_ptr() as usize);
    (!bare.is_empty()).then_some((start, start + bare.len()))
}

/// Schemes of databases and brokers, where a default password opens something.
const STORES: [&str; 22] = [
    "postgres",
    "postgresql",
    "mysql",
    "mysql2",
    "mariadb",
    "mongodb",
    "mongodb+srv",
    "redis",
    "rediss",
    "amqp",
    "amqps",
    "mssql",
    "sqlserver",
    "cockroachdb",
    "clickhouse",
    "cassandra",
    "nats",
    "mqtt",
    "mqtts",
    "smtp",
    "smtps",
    "ldap",
];

/// Hosts of pages on the matter.
const NOWHERE: [&str; 6] = ["example.", ".example", "localhost", "127.0.0.1", "host:", "hostname"];

/// What the password at `range` of a URL is, whose `://` is at `at`.
pub(super) fn judge_in_url(bytes: &[u8], at: usize, range: (usize, usize), text: &str, now: i64) -> Option<Judged> {
    let scheme_length =
        bytes[..at].iter().rev().take(24).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.')).count();
    let scheme = std::str::from_utf8(&bytes[at - scheme_length..at]).ok()?.to_ascii_lowercase();
    let scheme = scheme.rsplit(['+', ':']).next().unwrap_or(&scheme);
    let user = std::str::from_utf8(&bytes[at + 3..range.0 - 1]).ok()?;
    let host = &bytes[range.1 + 1..bytes.len().min(range.1 + 80)];
    let host = host.split(|b| matches!(b, b'/' | b'?' | b'"' | b'\'' | b' ' | b'\n')).next().unwrap_or(b"");
    let host = std::str::from_utf8(host).unwrap_or("").to_ascii_lowercase();
    let nowhere =
        NOWHERE.iter().any(|name| host.contains(name)) || matches!(&*host, "host" | "server" | "domain" | "hostname" | "ip" | "db_host");
    let somebody = matches!(
        user.to_ascii_lowercase().as_str(),
        "user" | "username" | "usr" | "foo" | "u" | "alice" | "bob" | "myuser" | "name" | "login"
    );
    let judged = super::judge::judge("password", text, How::Setting, now);
    match judged {
        Some(judged) if judged.class == Class::Default => {
            let counts = STORES.contains(&scheme) && !nowhere && !somebody;
            counts.then_some(judged)
        }
        Some(judged) if nowhere && judged.class == Class::Password && !shape::is_strong_password(text) => None,
        Some(judged) if judged.class == Class::Password => Some(Judged { detector: &CONNECTION, ..judged }),
        Some(judged) => Some(judged),
        // the place says that it is a password, and it is more than a word
        None => None,
    }
}
