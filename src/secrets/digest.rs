use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Tells equal values, and nothing else: a keyed hash of a value. A plain hash of a weak password could be reversed by trying;
/// this one cannot without the salt.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Digest([u8; 16]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The key of all digests of a run.
#[derive(Clone)]
pub(super) struct Salt(Hmac<Sha256>);

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt")
    }
}

impl Salt {
    pub(super) fn new(salt: &[u8]) -> Self {
        Self(Hmac::new_from_slice(salt).expect("HMAC takes a key of any length"))
    }

    pub(super) fn digest(&self, value: &[u8]) -> Digest {
        let mut mac = self.0.clone();
        mac.update(value);
        let all = mac.finalize().into_bytes();
        let mut short = [0; 16];
        short.copy_from_slice(&all[..16]);
        Digest(short)
    }
}
