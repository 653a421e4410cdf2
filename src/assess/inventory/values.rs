//! What a value is: a credential in a provider's format, something random, a password, a default, or nothing secret.

use crate::secrets::value::{url_password, words};

pub(super) use crate::secrets::value::has_word;
pub use crate::secrets::value::is_credential_name;

/// The class of a value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Value {
    /// In a provider's format, or a private key.
    Provider,
    /// Random, under a credential's name.
    Random,
    /// A password that a person made.
    Password,
    /// A well-known default.
    Default,
    /// A template or a reference decides.
    Templated,
    /// Not a secret.
    Plain,
}

impl Value {
    /// `V1` to `V5`; templated values have no class.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Provider => "V1",
            Self::Random => "V2",
            Self::Password => "V3",
            Self::Default => "V4",
            Self::Templated | Self::Plain => "V5",
        }
    }

    /// In words.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Provider => "a credential in a provider's format",
            Self::Random => "a random credential",
            Self::Password => "a password",
            Self::Default => "a well-known default password",
            Self::Templated => "a templated value",
            Self::Plain => "no secret",
        }
    }
}

/// Whether a connection string takes its password from a variable: `redis://:${REDIS_PASSWORD}@redis`.
pub(super) fn asks_password(text: &str) -> bool {
    text.split("://").skip(1).any(|rest| {
        let authority = rest.split(['/', '?', ' ', '"', '\'']).next().unwrap_or(rest);
        let user = authority.rsplit_once('@').map(|(user, _)| user);
        user.and_then(|user| user.split_once(':')).is_some_and(|(_, password)| password.starts_with("${") || password.starts_with("{{"))
    })
}

/// What a setting says of the encryption of a connection: `Some(true)` where it demands TLS, `Some(false)` where it switches TLS, or
/// the verification of certificates, off.
pub(super) fn says_tls(name: &str, text: &str) -> Option<bool> {
    let lower = text.to_ascii_lowercase();
    let off = lower.contains("sslmode=disable")
        || lower.contains("ssl=false")
        || lower.contains("usessl=false")
        || lower.contains("tls=false") && lower.contains("://")
        || name == "NODE_TLS_REJECT_UNAUTHORIZED" && text == "0"
        || name == "PGSSLMODE" && text == "disable"
        || name == "PYTHONHTTPSVERIFY" && text == "0"
        || matches!(name, "GIT_SSL_NO_VERIFY" | "VAULT_SKIP_VERIFY") && matches!(lower.as_str(), "1" | "true");
    let on = ["sslmode=require", "sslmode=verify", "rediss://", "amqps://", "mongodb+srv://", "tls=true", "ssl=true"]
        .iter()
        .any(|mark| lower.contains(mark))
        || name == "PGSSLMODE" && matches!(text, "require" | "verify-ca" | "verify-full");
    if off { Some(false) } else { on.then_some(true) }
}

/// Whether a name is exactly that of a password.
fn is_password_name(name: &str) -> bool {
    words(name)
        .iter()
        .any(|word| ["password", "passwd", "pwd", "passphrase", "pass"].contains(&word.as_str()) || word.ends_with("password"))
}

/// Prefixes of tokens, and the least number of characters behind them.
const PROVIDERS: [(&str, usize); 24] = [
    ("ghp_", 36),
    ("gho_", 36),
    ("ghs_", 36),
    ("github_pat_", 60),
    ("glpat-", 20),
    ("xoxb-", 20),
    ("xoxp-", 20),
    ("xoxa-", 20),
    ("xoxs-", 20),
    ("sk_live_", 20),
    ("rk_live_", 20),
    ("sk-ant-", 40),
    ("sk-proj-", 40),
    ("AIza", 35),
    ("ya29.", 30),
    ("SG.", 60),
    ("npm_", 36),
    ("pypi-", 60),
    ("hvs.", 24),
    ("hvb.", 24),
    ("dop_v1_", 64),
    ("dapi", 32),
    ("shpat_", 32),
    ("AKIA", 16),
];

/// What the value under `name` is.
#[must_use]
pub fn classify(name: &str, value: &str) -> Value {
    let text = value.trim();
    if text.is_empty() {
        return Value::Plain;
    }
    if is_reference(text) {
        return Value::Templated;
    }
    if is_provider(text) {
        return Value::Provider;
    }
    if let Some(password) = url_password(text) {
        return classify("password", password);
    }
    if !is_credential_name(name) || is_flag(text) {
        return Value::Plain;
    }
    if is_placeholder(text) {
        return Value::Plain;
    }
    if DEFAULTS.contains(&text.to_ascii_lowercase().as_str()) {
        return Value::Default;
    }
    if text.contains(char::is_whitespace) || is_place(text) {
        return Value::Plain;
    }
    if is_random(text) {
        Value::Random
    } else if is_password_name(name) || (text.len() >= 8 && text.bytes().any(|b| b.is_ascii_digit())) {
        Value::Password
    } else {
        Value::Plain
    }
}

const DEFAULTS: [&str; 22] = [
    "postgres",
    "password",
    "admin",
    "root",
    "guest",
    "mysql",
    "redis",
    "minio",
    "minioadmin",
    "elastic",
    "changeme",
    "secret",
    "test",
    "example",
    "demo",
    "default",
    "user",
    "passw0rd",
    "password1",
    "admin123",
    "root123",
    "123456",
];

fn is_flag(text: &str) -> bool {
    matches!(text.to_ascii_lowercase().as_str(), "true" | "false" | "yes" | "no" | "on" | "off" | "none" | "null" | "disabled" | "enabled")
        || text.bytes().all(|b| b.is_ascii_digit()) && text.len() < 6
}

/// A value that stands for another one.
fn is_reference(text: &str) -> bool {
    let inside = ["${", "$(", "{{", "<%", "%(", "#{"];
    let start = ["$", "vault:", "arn:", "ref+", "op://", "secretref:", "projects/", "gcp:", "aws-sm:", "ENC[", "var.", "data."];
    inside.iter().any(|mark| text.contains(mark)) || start.iter().any(|mark| text.starts_with(mark) && text.len() > mark.len())
}

fn is_provider(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if text.contains("-----BEGIN") && text.contains("PRIVATE KEY-----") {
        // a header alone is an example
        return text.len() > 120;
    }
    PROVIDERS.iter().any(|(prefix, least)| {
        text.match_indices(prefix).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let rest = &text[at + prefix.len()..];
            let length = rest.chars().take_while(|c| word(*c)).count();
            let body = &rest[..rest.char_indices().nth(length).map_or(rest.len(), |(end, _)| end)];
            let aws = *prefix != "AKIA" || (length == 16 && body.chars().all(|c| c.is_ascii_uppercase() || ('2'..='7').contains(&c)));
            before.is_none_or(|c| !c.is_ascii_alphanumeric()) && length >= *least && aws && !is_placeholder(body)
        })
    })
}

/// A text that people put where a value is due.
fn is_placeholder(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let marks = [
        "changeme",
        "change-me",
        "change_me",
        "replace",
        "your-",
        "your_",
        "yourpassword",
        "dummy",
        "redacted",
        "todo",
        "placeholder",
        "insert",
        "xxxx",
        "****",
        "....",
        "fake",
        "sample",
        "not-a-",
        "notreal",
    ];
    let bounds = lower.starts_with('<') && lower.ends_with('>') || lower.starts_with('[') && lower.ends_with(']');
    let words = words(&lower);
    let example = words.iter().any(|word| word == "example" || word == "secret" && words.len() > 2);
    // the same character, or a run of neighbours
    let bytes = lower.as_bytes();
    let run = bytes.len() >= 4 && bytes.windows(2).all(|pair| pair[0] == pair[1]);
    let sequence =
        bytes.len() >= 5 && bytes.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1) || (pair[0] == b'9' && pair[1] == b'0'));
    bounds
        || run
        || sequence
        || lower.ends_with("example")
        || (example && lower != "example")
        || marks.iter().any(|mark| lower.contains(mark) && lower != "changeme")
}

/// A path, an address, a name of something in the cluster.
fn is_place(text: &str) -> bool {
    text.starts_with('/') || text.contains("://") || text.starts_with("./") || (text.contains('.') && text.contains('/'))
}

/// Whether a text has the mix of characters that people do not type: long enough, several classes, and few repetitions.
fn is_random(text: &str) -> bool {
    let length = text.chars().count();
    if !(16..=4096).contains(&length) || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return false;
    }
    let mut counts = [0u32; 128];
    text.bytes().for_each(|b| counts[usize::from(b & 127)] += 1);
    let total = length as f64;
    let entropy: f64 =
        counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / total).map(|share| -share * share.log2()).sum();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    // hex needs less, words with separators have more
    let hex = text.bytes().all(|b| b.is_ascii_hexdigit());
    let parts = text.split(['-', '_', '.']).filter(|part| part.len() > 2 && part.bytes().all(|b| b.is_ascii_alphabetic())).count();
    digits >= 2 && parts < 3 && entropy >= if hex { 3.0 } else { 3.5 }
}
