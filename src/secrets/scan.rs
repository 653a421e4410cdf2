use super::detect::Pass;
use super::digest::Salt;
use super::file::Kind;
use super::found::{Scan, Skipped};
use crate::diag::Date;

/// What all scans of a run share.
#[derive(Clone, Debug)]
pub struct Scanner {
    salt: Salt,
    /// In seconds since 1970.
    now: i64,
}

/// Longer texts are read at their ends only.
const MAX: usize = 2 << 20;
const END: usize = 256 << 10;

impl Scanner {
    /// `salt` keys the digests: equal values have equal digests in runs of the same salt. Tokens that expire are judged as of the
    /// end of `as_of`.
    #[must_use]
    pub fn new(salt: &[u8], as_of: Date) -> Self {
        Self { salt: Salt::new(salt), now: (as_of.days() + 1) * 86_400 }
    }

    pub(super) fn salt(&self) -> &Salt {
        &self.salt
    }

    pub(super) fn now(&self) -> i64 {
        self.now
    }

    /// All that looks like a credential in a file. `path` says what kind of file it is, and is not read.
    #[must_use]
    pub fn scan(&self, path: &str, bytes: &[u8]) -> Scan {
        if memchr::memchr(0, &bytes[..bytes.len().min(8_192)]).is_some() {
            return Scan { found: Vec::new(), skipped: Some(Skipped::Binary) };
        }
        let kind = Kind::of(path);
        let mut pass = Pass::new(&self.salt, self.now, kind, path);
        let mut skipped = None;
        if bytes.len() <= MAX {
            pass.read(bytes, 0);
        } else {
            pass.read(&bytes[..END], 0);
            pass.read(&bytes[bytes.len() - END..], bytes.len() - END);
            skipped = Some(Skipped::Middle(u32::try_from(END).unwrap_or(u32::MAX)));
        }
        Scan { found: pass.finish(), skipped }
    }
}
