use std::fmt;

use super::digest::Digest;
use crate::text::Span;

/// The class of a value (docs/assess.md, values in files).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Class {
    /// V1: in a provider's format, or a private key.
    Provider,
    /// V2: random, under a credential's name.
    Random,
    /// V3: a password that a person made.
    Password,
    /// V4: a well-known default.
    Default,
    /// V5: looks like a credential and is none: a publishable key, an expired example.
    Public,
}

impl Class {
    /// `V1` to `V5`.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Provider => "V1",
            Self::Random => "V2",
            Self::Password => "V3",
            Self::Default => "V4",
            Self::Public => "V5",
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
            Self::Public => "no secret",
        }
    }
}

/// What the bytes of a value say of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Check {
    /// Its checksum is right: it was issued.
    Checksum = 1,
    /// Its date has passed.
    Expired = 2,
    /// A key of a provider's test environment.
    Test = 4,
    /// A private key behind a passphrase.
    Encrypted = 8,
    /// It stands in base 64, as in a Secret's `data`.
    Encoded = 16,
    /// The frame of a key or token without one inside.
    Fake = 32,
    /// The example of a provider's documentation.
    Documented = 64,
    /// Meant for everyone: a publishable key.
    Publishable = 128,
}

/// A set of [`Check`]s.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Checks(u8);

impl Checks {
    #[must_use]
    pub fn has(self, check: Check) -> bool {
        self.0 & check as u8 != 0
    }

    #[must_use]
    pub fn with(self, check: Check) -> Self {
        Self(self.0 | check as u8)
    }
}

impl From<Check> for Checks {
    fn from(check: Check) -> Self {
        Self(check as u8)
    }
}

impl fmt::Debug for Checks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use Check::*;
        let all = [Checksum, Expired, Test, Encrypted, Encoded, Fake, Documented, Publishable];
        f.debug_set().entries(all.iter().filter(|check| self.has(**check))).finish()
    }
}

/// What a value was recognised by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Detector {
    /// `github-pat`.
    pub id: &'static str,
    /// Who issued it; empty for what nobody issues.
    pub provider: &'static str,
    /// What it is, in words: `GitHub personal access token`.
    pub title: &'static str,
    /// Where its format is described, or how it is revoked; may be empty.
    pub docs: &'static str,
}

/// One value, without the value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Secret {
    pub detector: &'static Detector,
    pub class: Class,
    pub checks: Checks,
    /// In characters, decoded where it is encoded.
    pub length: u32,
    /// Shannon's, in hundredths of a bit for each character.
    pub entropy: u16,
    /// The same for equal values, wherever and however they stand.
    pub digest: Digest,
}

impl Secret {
    /// `**** (40 characters)`.
    #[must_use]
    pub fn redacted(&self) -> String {
        format!("**** ({} character{})", self.length, if self.length == 1 { "" } else { "s" })
    }
}

/// One place of a file that holds a secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Found {
    /// The value as it is written, without quotes.
    pub at: Span,
    /// The name that it stands under, where there is one.
    pub key: Option<Span>,
    pub secret: Secret,
}

/// What a file holds.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Scan {
    /// In text order; no two overlap.
    pub found: Vec<Found>,
    /// What was not read.
    pub skipped: Option<Skipped>,
}

/// Why a file, or a part of it, was not read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Skipped {
    /// It is no text.
    Binary,
    /// Its kind holds hashes and no secrets: a lock file.
    Kind,
    /// It is long: only its first and last bytes, so many each, were read.
    Middle(u32),
}
