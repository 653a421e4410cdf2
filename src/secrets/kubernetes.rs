//! Values of Kubernetes Secrets: their place says that they are secret, unless their key or their look says otherwise.

use std::borrow::Cow;

use super::found::{Check, Checks, Class};
use super::judge::{self, How, Judged};
use super::value::{self, Verdict, is_about, is_credential_name, secret_lines, verdict, words};

/// No value is looked at beyond so many bytes.
const MAX: usize = 1 << 20;

/// What the value under `key` is, and the text that its range is of.
pub(super) fn judge<'v>(key: &str, value: &'v [u8], now: i64) -> Option<(Judged, Cow<'v, str>)> {
    if value.len() > MAX || value.is_empty() {
        return None;
    }
    let Ok(text) = std::str::from_utf8(value) else {
        // a key store, a random key
        if is_public_key(key) {
            return None;
        }
        let whole = Judged { detector: &judge::IN_SECRET, class: Class::Random, checks: Checks::default(), start: 0, end: 0 };
        return Some((whole, String::from_utf8_lossy(value)));
    };
    Some((judge_text(key, text, now)?, Cow::Borrowed(text)))
}

/// The class of a decoded value of a Kubernetes Secret under its `key`, as `Scanner::judge_secret` tells it, without a digest; `None`
/// where it is no credential.
#[must_use]
pub fn class_in_secret(key: &str, value: &[u8]) -> Option<Class> {
    judge(key, value, 0).map(|(judged, _)| judged.class)
}

fn judge_text(key: &str, text: &str, now: i64) -> Option<Judged> {
    match verdict(text) {
        Verdict::Nothing | Verdict::Reference | Verdict::Placeholder | Verdict::Default | Verdict::Public => return None,
        Verdict::Value => {}
    }
    let judged = judge::judge(key, text, How::Secret, now);
    if judged.is_some_and(|judged| judged.class == Class::Provider || judged.checks.has(Check::Publishable)) {
        return judged;
    }
    // a key that was cut, or is none that we read: nobody puts it there without a reason
    if let Some(judged) = judged.filter(|judged| judged.checks.has(Check::Fake)) {
        return Some(Judged { detector: &judge::IN_SECRET, class: Class::Password, checks: Checks::default(), ..judged });
    }
    // the frame of a key without the key
    if text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----") {
        return None;
    }
    if super::connection::password(text).is_some() && !text.trim_end().contains('\n') {
        return judged;
    }
    if is_public_key(key) && !names_account(key, text) || is_setting(key, text) {
        return None;
    }
    if key.starts_with(".docker") {
        return registry_login(text);
    }
    if text.trim_end().contains('\n') || is_file(key) {
        return lines(text, now);
    }
    let is_url = text.contains("://") && !text.contains("hooks.slack.com/") && !text.contains("/webhooks/");
    if is_url && !is_credential_name(key) {
        return None;
    }
    judged
}

/// The worst line of a file that sets a credential.
fn lines(text: &str, now: i64) -> Option<Judged> {
    // of equals the first
    each_line(text, now).min_by_key(|judged| judged.class).or_else(|| json(text))
}

/// The lines of a file that set a credential.
fn each_line(text: &str, now: i64) -> impl Iterator<Item = Judged> + '_ {
    secret_lines(text).take(200).filter_map(move |(start, end)| {
        let line = &text[start..end];
        let at = line.find(['=', ':'])?;
        let name = line[..at].trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let rest = &line[at + 1..];
        let value = rest.trim().trim_end_matches(',').trim_matches(['"', '\'']);
        let from = start + at + 1 + rest.find(value).unwrap_or(0);
        let judged = judge::judge(name, value, How::Secret, now).map(|judged| Judged {
            start: judged.start + from,
            end: judged.end + from,
            ..judged
        });
        Some(judged.unwrap_or(Judged {
            detector: &judge::IN_SECRET,
            class: Class::Password,
            checks: Checks::default(),
            start: from,
            end: from + value.len(),
        }))
    })
}

/// All credentials of a value that is a file of lines, where `judged` is one of them; else that one alone.
pub(super) fn all(key: &str, text: &str, judged: Judged, now: i64) -> Vec<Judged> {
    if text.trim_end().contains('\n') || is_file(key) {
        let all: Vec<Judged> = each_line(text, now).collect();
        if all.iter().any(|line| (line.start, line.end) == (judged.start, judged.end)) {
            return all;
        }
    }
    vec![judged]
}

/// Whether a text in JSON on one line has a credential.
fn json(text: &str) -> Option<Judged> {
    let found = text.starts_with('{') && text.split([',', '{', '}']).any(|part| secret_lines(part).next().is_some());
    found.then(|| Judged::whole(&judge::IN_SECRET, Class::Password, text))
}

/// Whether the login of a registry is more than its address and a placeholder.
fn registry_login(text: &str) -> Option<Judged> {
    let login = text.split([',', '{', '}']).find_map(|part| {
        let (name, value) = part.split_once(':')?;
        let value = value.trim().trim_matches('"');
        let named = matches!(name.trim().trim_matches('"'), "auth" | "password" | "identitytoken" | "registrytoken");
        (named && verdict(value) == Verdict::Value).then_some(value)
    })?;
    let start = login.as_ptr() as usize - text.as_ptr() as usize;
    let class = if judge::is_random(login) { Class::Random } else { Class::Password };
    Some(Judged { detector: &super::judge::REGISTRY, class, checks: Checks::default(), start, end: start + login.len() })
}

/// Whether a key is a file's name whose content decides.
fn is_file(key: &str) -> bool {
    let kinds = ["yaml", "yml", "json", "conf", "cfg", "ini", "toml", "properties", "xml", "env", "sh", "txt", "config", "sql", "py"];
    key.rsplit_once('.').is_some_and(|(name, kind)| !name.is_empty() && kinds.contains(&kind))
}

/// What a value stands for that is written in base 64; `None` where it is none.
pub(super) fn decode(written: &str) -> Option<zeroize::Zeroizing<Vec<u8>>> {
    let packed: zeroize::Zeroizing<Vec<u8>> = zeroize::Zeroizing::new(written.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect());
    let bytes = data_encoding::BASE64.decode(&packed).or_else(|_| data_encoding::BASE64_NOPAD.decode(&packed));
    bytes.ok().map(zeroize::Zeroizing::new)
}

/// The checks of a value that stands in base 64.
pub(super) fn encoded(judged: Judged) -> Judged {
    Judged { checks: judged.checks.with(Check::Encoded), ..judged }
}

/// Whether a text is written in a form that says where the value is: its base 64 need not be undone.
pub(super) fn is_reference(written: &str) -> bool {
    value::verdict(written) == Verdict::Reference
}

/// What a key of a secret manager is called: the last part of its path. `shop/db` holds what opens the database, not its name.
#[must_use]
pub fn named(key: &str) -> &str {
    let last = key.rsplit('/').next().unwrap_or(key);
    if matches!(last.to_ascii_lowercase().as_str(), "db" | "database" | "server" | "account" | "login" | "admin") {
        "password"
    } else {
        last
    }
}

/// Whether a key names an account whose password the value is by its look: `admin: Harvest-81!`.
fn names_account(key: &str, text: &str) -> bool {
    let last = words(key).pop().unwrap_or_default();
    let text = text.trim();
    matches!(last.as_str(), "admin" | "login" | "account" | "db" | "database")
        && super::shape::is_strong_password(text)
        && !super::shape::is_place(text)
}

/// Whether a key is that of a setting, which a Secret may hold beside its credentials: `theme-layout: grid`, `LOG_LEVEL: debug`.
fn is_setting(key: &str, text: &str) -> bool {
    const WORDS: [&str; 40] = [
        "alias",
        "aliases",
        "layout",
        "theme",
        "color",
        "colour",
        "level",
        "locale",
        "language",
        "timezone",
        "currency",
        "channel",
        "topic",
        "queue",
        "index",
        "table",
        "collection",
        "branch",
        "tag",
        "image",
        "number",
        "flag",
        "feature",
        "tier",
        "plan",
        "profile",
        "style",
        "status",
        "state",
        "team",
        "project",
        "app",
        "application",
        "env",
        "context",
        "country",
        "site",
        "stage",
        "vhost",
        "exchange",
    ];
    let is_about = is_about(key) || words(key).last().is_some_and(|last| WORDS.contains(&last.as_str()));
    // `ENCRYPTION_KEY_ALIAS` is about a credential, and none itself
    if is_credential_name(key) && !is_about {
        return false;
    }
    let trimmed = text.trim();
    let is_sentence = trimmed.contains(char::is_whitespace);
    is_about && !super::judge::is_random(trimmed) && (is_sentence || !super::shape::is_strong_password(trimmed))
        // one word that names something, under a key that names no credential
        || !is_credential_name(key) && super::shape::is_common_word(trimmed)
}

/// Whether a key names no credential: who, where, what kind; or a certificate.
fn is_public_key(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    if [".crt", ".cer", ".pub", ".csr", ".crl", "ca.pem", "cert.pem", "truststore.jks", "cacerts"].iter().any(|end| lower.ends_with(end)) {
        return true;
    }
    const WORDS: [&str; 66] = [
        "username",
        "user",
        "host",
        "hostname",
        "port",
        "database",
        "dbname",
        "db",
        "namespace",
        "endpoint",
        "region",
        "server",
        "type",
        "name",
        "email",
        "issuer",
        "url",
        "uri",
        "project",
        "bucket",
        "schema",
        "protocol",
        "sslmode",
        "insecure",
        "enabled",
        "tenant",
        "domain",
        "address",
        "account",
        "kind",
        "version",
        "realm",
        "audience",
        "scope",
        "scopes",
        "role",
        "environment",
        "zone",
        "engine",
        "description",
        "expiration",
        "path",
        "file",
        "hosts",
        "login",
        "admin",
        "servers",
        "ttl",
        "timeout",
        "mode",
        "org",
        "organization",
        "cluster",
        "subscription",
        "location",
        "ca",
        "cert",
        "certificate",
        "crt",
        "fingerprint",
        "algorithm",
        "provider",
        "driver",
        "owner",
        "repository",
        "registry",
    ];
    if lower.starts_with("usage-bootstrap") || lower == "token-id" || lower == "auth-extra-groups" || lower == "known_hosts" {
        return true;
    }
    if lower.contains("username") || lower.ends_with("accountname") {
        return true;
    }
    let words = words(key);
    // `DB_HOST`, `clientId`, `aws-region`; not `user-password`
    let id = words.last().is_some_and(|word| word == "id")
        && !matches!(words.iter().map(String::as_str).collect::<Vec<_>>()[..], [.., "secret", "id"]);
    (words.last().is_some_and(|word| WORDS.contains(&word.as_str())) || id) && !is_credential_name(key)
}
