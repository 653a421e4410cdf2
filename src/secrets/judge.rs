//! One value under its name.

use super::digest::Salt;
use super::found::{Check, Checks, Class, Detector, Secret};
use super::prefilter::{SHORT, prefilter};
use super::scan::Scanner;
use super::value::{self, Verdict, names_secret, words};
use super::{connection, defaults, detect, jwt, made_up, name, pem, random, shape, tokens};

pub(super) static RANDOM: Detector =
    Detector { id: "random-credential", provider: "", title: "random value under a credential's name", docs: "" };
pub(super) static PASSWORD: Detector = Detector { id: "password", provider: "", title: "password in the text", docs: "" };
pub(super) static DEFAULT: Detector = Detector { id: "default-password", provider: "", title: "well-known default password", docs: "" };
pub(super) static CONNECTION: Detector =
    Detector { id: "connection-string", provider: "", title: "password in a connection string", docs: "" };
pub(super) static IN_SECRET: Detector = Detector {
    id: "kubernetes-secret",
    provider: "Kubernetes",
    title: "value of a Kubernetes Secret",
    docs: "https://kubernetes.io/docs/concepts/security/secrets-good-practices/",
};

pub(super) static REGISTRY: Detector = Detector {
    id: "registry-login",
    provider: "Docker",
    title: "login of an image registry",
    docs: "https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/",
};

/// How a value came to be looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum How {
    /// The value of a Kubernetes Secret: its place says that it is secret.
    Secret,
    /// A value of configuration: a text as a whole.
    Setting,
    /// A literal in a program, between quotes.
    Code,
    /// A value of JSON, whose texts are as often shown as used.
    Text,
}

/// What a value is, and which part of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judged {
    pub(super) detector: &'static Detector,
    pub(super) class: Class,
    pub(super) checks: Checks,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Judged {
    pub(super) fn whole(detector: &'static Detector, class: Class, text: &str) -> Self {
        let start = text.len() - text.trim_start().len();
        Self { detector, class, checks: Checks::default(), start, end: text.trim_end().len().max(start) }
    }
}

/// Longer values are no passwords, and files of their own.
const MAX: usize = 4_096;

impl Scanner {
    /// What the `text` of a structured document is, under its key `path` (the outermost key first; the last may be a general one,
    /// such as `value`). `None` where it is no credential.
    #[must_use]
    pub fn judge(&self, path: &[&str], text: &str) -> Option<Secret> {
        let judged = judge(name::of_path(path), text, How::Setting, self.now())?;
        Some(self.secret(&judged, text))
    }

    /// As [`Scanner::judge`], for what a program is given as it stands, a container's variable or an entry of a ConfigMap: under the
    /// name of a password any value is one, and under that of another credential a short one of letters and digits.
    #[must_use]
    pub fn judge_variable(&self, variable: &str, text: &str) -> Option<Secret> {
        self.judge(&[variable], text)
            .or_else(|| self.judge_secret(variable, text.as_bytes()).filter(|judged| is_of_variable(variable, text, judged.class)))
    }

    /// What a decoded value of a Kubernetes Secret is, under its `key`. `None` where it is no credential: a user's name, a
    /// certificate, a reference, a file without a credential.
    #[must_use]
    pub fn judge_secret(&self, key: &str, value: &[u8]) -> Option<Secret> {
        let (judged, text) = super::kubernetes::judge(key, value, self.now())?;
        Some(self.secret(&judged, &text))
    }

    pub(super) fn secret(&self, judged: &Judged, text: &str) -> Secret {
        secret(self.salt(), judged, text)
    }
}

pub(super) fn secret(salt: &Salt, judged: &Judged, text: &str) -> Secret {
    let value = text.get(judged.start..judged.end).unwrap_or(text);
    detect::secret(salt, judged.detector, judged.class, judged.checks, value.as_bytes())
}

/// Whether what would be a credential in a Secret is one in a variable, too.
fn is_of_variable(variable: &str, text: &str, class: Class) -> bool {
    let is_named = names_secret(variable) && !name::is_about_hashes(variable);
    let is_value = !value::is_setting(variable, text) && !shape::is_call_or_format(text.trim());
    let is_short = shape::is_mixed_word(text.trim()) && !made_up::token(text.trim().as_bytes());
    is_named && is_value && (name::is_password(variable) || class < Class::Password || is_short)
}

/// The class of what a program is given under the name of a `variable`: what [`Scanner::judge_variable`] tells of it, without a digest.
#[must_use]
pub fn class_of_variable(variable: &str, text: &str) -> Option<Class> {
    class_of(variable, text, false)
        .or_else(|| super::kubernetes::class_in_secret(variable, text.as_bytes()).filter(|class| is_of_variable(variable, text, *class)))
}

/// The class of `text` under `name`, where it stands as a setting or, with `is_code`, between the quotes of a program: what
/// [`Scanner::judge`] tells of it, without a digest, for callers that only count. `None` where it is no credential.
#[must_use]
pub fn class_of(name: &str, text: &str, is_code: bool) -> Option<Class> {
    judge(name, text, if is_code { How::Code } else { How::Setting }, 0).map(|judged| class(&judged, text))
}

/// The class, but for what documentation prints for all to see.
fn class(judged: &Judged, text: &str) -> Class {
    let is_documented = text.get(judged.start..judged.end).is_some_and(|value| defaults::is_documented(value.as_bytes()));
    if is_documented && judged.class <= Class::Password { Class::Public } else { judged.class }
}

/// What `text` is under `name`.
pub(super) fn judge(name: &str, text: &str, how: How, now: i64) -> Option<Judged> {
    // what Spring Security writes before a password that it takes as it is
    const PLAIN: &str = "{noop}";
    if let Some(plain) = text.strip_prefix(PLAIN) {
        let judged = judge(name, plain, how, now)?;
        return Some(Judged { start: judged.start + PLAIN.len(), end: judged.end + PLAIN.len(), ..judged });
    }
    let trimmed = text.trim();
    if trimmed.len() < 3 || shape::is_call_or_format(trimmed) && how != How::Secret {
        return None;
    }
    match value::verdict(trimmed) {
        Verdict::Nothing | Verdict::Reference | Verdict::Public => return None,
        Verdict::Placeholder | Verdict::Default if !defaults::is_known(trimmed) => return None,
        Verdict::Placeholder | Verdict::Default | Verdict::Value => {}
    }
    if let Some(judged) = issued(name, text, now) {
        return Some(judged);
    }
    if trimmed.len() > MAX || trimmed.contains('\n') {
        return None;
    }
    if let Some((start, end)) = connection::password(text) {
        let inner = judge("password", &text[start..end], if how == How::Secret { How::Secret } else { How::Setting }, now)?;
        let detector = if inner.class == Class::Default { inner.detector } else { &CONNECTION };
        return Some(Judged { detector, start: start + inner.start, end: start + inner.end, ..inner });
    }
    if how == How::Secret {
        return in_secret(name, text);
    }
    if !names_secret(name) || value::is_setting(name, trimmed) || name::is_about_hashes(name) {
        return None;
    }
    named(name, text, how)
}

/// What someone issued: tokens, private keys, JSON web tokens.
fn issued(name: &str, text: &str, now: i64) -> Option<Judged> {
    if let Some(key) = pem::find(text.as_bytes(), 0) {
        return Some(Judged { detector: key.detector, class: key.class, checks: key.checks, start: key.start, end: key.end });
    }
    let bytes = text.as_bytes();
    if bytes.len() > MAX {
        return None;
    }
    let prefilter = prefilter(bytes.len());
    // no web token starts before this
    let mut web = 0;
    for hit in prefilter.automaton.find_overlapping_iter(bytes) {
        let at = hit.start();
        match prefilter.hits[hit.pattern().as_usize()] {
            super::prefilter::Hit::Tokens(from, to) => {
                let mut found = prefilter.rules[from..to].iter().filter_map(|rule| Some((rule, tokens::matches(rule, bytes, at)?)));
                if let Some((rule, found)) = found.next()
                    && (found.checks.has(Check::Checksum) || !made_up::token(&bytes[found.body..found.end]))
                {
                    let (start, end) = (found.start, found.end);
                    return Some(Judged { detector: &rule.detector, class: found.class, checks: found.checks, start, end });
                }
            }
            super::prefilter::Hit::Jwt if at >= web => {
                if let Some(token) = jwt::find(bytes, at, now) {
                    let (start, end) = (token.start, token.end);
                    return Some(Judged { detector: token.detector, class: token.class, checks: token.checks, start, end });
                }
                web = jwt::behind(bytes, at);
            }
            _ => {}
        }
    }
    by_name(name, text)
}

/// What only name and shape together tell: `AWS_SECRET_ACCESS_KEY` and forty characters of base 64.
pub(super) fn by_name(name: &str, text: &str) -> Option<Judged> {
    let whole = Judged::whole(&RANDOM, Class::Provider, text);
    let value = &text.as_bytes()[whole.start..whole.end];
    if !names_secret(name) && !is_account_key(name, value) || made_up::token(value) {
        return None;
    }
    let short = SHORT.iter().find(|rule| {
        // a rule whose literal stands within
        let at = rule.before.map_or(0, |(_, least, _)| least.min(value.len()));
        tokens::matches(&tokens::Rule { near: &[], ..***rule }, value, at).is_some_and(|found| (found.start, found.end) == (0, value.len()))
            && (rule.near.is_empty() || rule.near.iter().any(|near| tokens::contains_word(name.as_bytes(), near.as_bytes())))
    });
    if let Some(rule) = short {
        return Some(Judged { detector: &rule.detector, ..whole });
    }
    let known = tokens::named::RULES.iter().find(|rule| rule.fits(name, value))?;
    Some(Judged { detector: &known.detector, ..whole })
}

/// Whether a value is of the length of an account's key at Azure, 64 bytes in base 64, and its name ends as theirs do.
fn is_account_key(name: &str, value: &[u8]) -> bool {
    value.len() == 88 && value.ends_with(b"==") && words(name).last().is_some_and(|last| last.ends_with("key"))
}

/// What a value of a Secret is, whatever its key.
fn in_secret(name: &str, text: &str) -> Option<Judged> {
    let trimmed = text.trim();
    if shape::is_hash(trimmed) {
        return None;
    }
    let (class, detector) = if defaults::is_known(trimmed) && (name::is_password(name) || !names_secret(name)) {
        (Class::Default, &DEFAULT)
    } else if is_random(trimmed) {
        (Class::Random, &IN_SECRET)
    } else {
        (Class::Password, &IN_SECRET)
    };
    Some(Judged::whole(detector, class, text))
}

/// What a value under a credential's name is, if it is not issued.
fn named(name: &str, text: &str, how: How) -> Option<Judged> {
    let trimmed = text.trim();
    let password = name::is_password(name);
    if password && defaults::is_known(trimmed) {
        return Some(Judged::whole(&DEFAULT, Class::Default, text));
    }
    if trimmed.contains(char::is_whitespace) || shape::is_no_literal(trimmed) || shape::is_hash(trimmed) || shape::is_place(trimmed) {
        return None;
    }
    if shape::is_uuid(trimmed) {
        // an id, but under a name that says that it is the secret itself
        let says = password || words(name).iter().any(|word| matches!(word.as_str(), "secret" | "token" | "apikey" | "key"));
        return (says && !made_up::token(trimmed.as_bytes()) && (how != How::Text || password))
            .then(|| Judged::whole(&RANDOM, Class::Random, text));
    }
    if is_random(trimmed) {
        return Some(Judged::whole(&RANDOM, Class::Random, text));
    }
    let human = if password { shape::is_password(name, trimmed, how) } else { shape::is_strong_password(trimmed) };
    human.then(|| Judged::whole(&PASSWORD, Class::Password, text))
}

/// Whether a value under a credential's name was drawn, not thought of.
pub(super) fn is_random(text: &str) -> bool {
    let bytes = text.as_bytes();
    if !(15..=512).contains(&bytes.len()) || !text.is_ascii() || made_up::token(bytes) {
        return false;
    }
    let digits = bytes.iter().filter(|b| b.is_ascii_digit()).count();
    let threshold = if digits == 0 { random::THRESHOLD * 10.0 } else { random::THRESHOLD };
    // the padding of base 64 and symbols that passwords have are no part of the alphabet
    let plain: Vec<u8> =
        bytes.iter().copied().filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'_' | b'-' | b'.')).collect();
    let symbols = bytes.len() - plain.len();
    if plain.len() * 2 < bytes.len() || shape::is_words(text) {
        return false;
    }
    let lengthened = symbols > 2 && plain.len() >= 12;
    (plain.len() >= 15 || lengthened) && random::probability(&plain) >= threshold
}
