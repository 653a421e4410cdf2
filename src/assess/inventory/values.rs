//! What a value is: a credential in a provider's format, something random, a password, a default, or nothing secret.

use crate::secrets::value::{Verdict, verdict};
use crate::secrets::{Class, class_of, class_of_variable};

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

impl From<Class> for Value {
    fn from(class: Class) -> Self {
        match class {
            Class::Provider => Self::Provider,
            Class::Random => Self::Random,
            Class::Password => Self::Password,
            Class::Default => Self::Default,
            Class::Public => Self::Plain,
        }
    }
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

/// What the value under `name` is, as the search for secrets tells it.
#[must_use]
pub fn classify(name: &str, value: &str) -> Value {
    judged(value, |text| class_of(name, text, false))
}

/// What the literal under `name` in a program is.
#[must_use]
pub fn classify_literal(name: &str, value: &str) -> Value {
    judged(value, |text| class_of(name, text, true))
}

/// What a container is given in its variable `name`.
pub(super) fn classify_variable(name: &str, value: &str) -> Value {
    judged(value, |text| class_of_variable(name, text))
}

fn judged(value: &str, class: impl FnOnce(&str) -> Option<Class>) -> Value {
    let text = value.trim();
    if verdict(text) == Verdict::Reference { Value::Templated } else { class(text).map_or(Value::Plain, Value::from) }
}
