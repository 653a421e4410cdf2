//! The algorithms of JSON Web Signatures (RFC 7518, RFC 8037).

use super::ec::{EcPublic, ed25519_sign, ed25519_verify};
use super::hash::{Hash, equal};
use super::keys::{PrivateKey, PublicKey};
use super::rsa::Salt;
use super::{Try, undefined};

/// What a JWK holds, or a certificate.
#[derive(Clone, Debug)]
pub(super) enum Key {
    Public(PublicKey),
    Private(PrivateKey),
    Symmetric(Vec<u8>),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Family {
    Hmac,
    Pkcs1,
    Pss,
    Ecdsa,
    EdDsa,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Algorithm {
    pub(super) family: Family,
    pub(super) hash: Hash,
}

impl Algorithm {
    const fn new(family: Family, hash: Hash) -> Self {
        Self { family, hash }
    }

    /// The algorithms OPA names in its documentation.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        use Family::{Ecdsa, EdDsa, Hmac, Pkcs1, Pss};
        if name == "EdDSA" {
            return Some(Self::new(EdDsa, Hash::Sha512));
        }
        let (family, bits) = name.split_at_checked(2)?;
        let hash = match bits {
            "256" => Hash::Sha256,
            "384" => Hash::Sha384,
            "512" => Hash::Sha512,
            _ => return None,
        };
        let family = match family {
            "HS" => Hmac,
            "RS" => Pkcs1,
            "PS" => Pss,
            "ES" => Ecdsa,
            _ => return None,
        };
        Some(Self::new(family, hash))
    }

    /// The algorithms that a token's header may name: also `Ed25519` (RFC 9864) and the long names that the library
    /// OPA verifies with happens to take.
    pub(super) fn of_header(name: &str) -> Option<Self> {
        use Family::{Ecdsa, EdDsa, Hmac, Pkcs1, Pss};
        const LONG: [(&str, Family); 4] =
            [("HMAC_WITH_SHA", Hmac), ("RSA_PKCS1v15_WITH_SHA", Pkcs1), ("RSA_PSS_WITH_SHA", Pss), ("ECDSA_WITH_", Ecdsa)];
        let long = LONG.into_iter().find_map(|(prefix, family)| Some((name.strip_prefix(prefix)?, family)));
        match long {
            Some((bits, family)) => {
                let hash = match bits {
                    "256" | "P256_AND_SHA256" => Hash::Sha256,
                    "384" | "P384_AND_SHA384" => Hash::Sha384,
                    "512" | "P521_AND_SHA512" => Hash::Sha512,
                    _ => return None,
                };
                (bits.starts_with('P') == (family == Ecdsa)).then(|| Self::new(family, hash))
            }
            None if name == "Ed25519" => Some(Self::new(EdDsa, Hash::Sha512)),
            None => Self::of_name(name),
        }
    }

    /// `io.jwt.verify_*`: only public keys are taken, salts and halves of signatures of any length.
    pub(super) fn verify_lenient(self, key: &Key, message: &[u8], signature: &[u8]) -> Try<bool> {
        let Key::Public(key) = key else { return Ok(false) };
        match (self.family, key) {
            (Family::Ecdsa, PublicKey::Ec(key)) => self.verify_halves(key, message, signature),
            _ => self.verify_public(key, message, signature, Salt::Any),
        }
    }

    /// `io.jwt.decode_verify`: every key that has a public half is taken, salts as long as the hash.
    pub(super) fn verify(self, key: &Key, message: &[u8], signature: &[u8]) -> Try<bool> {
        let public = match key {
            Key::Symmetric(secret) => {
                return Ok(self.family == Family::Hmac && !secret.is_empty() && equal(&self.hash.hmac(secret, message), signature));
            }
            Key::Private(key) => &key.public(),
            Key::Public(key) => key,
        };
        match (self.family, public) {
            (Family::Ecdsa, PublicKey::Ec(key)) => {
                Ok(signature.len() == 2 * key.curve.size() && self.verify_halves(key, message, signature)?)
            }
            _ => self.verify_public(public, message, signature, Salt::OfHash),
        }
    }

    fn verify_public(self, key: &PublicKey, message: &[u8], signature: &[u8], salt: Salt) -> Try<bool> {
        match (self.family, key) {
            (Family::Pkcs1, PublicKey::Rsa(key)) => {
                key.computable()?;
                Ok(key.verify_pkcs1(self.hash, message, signature))
            }
            (Family::Pss, PublicKey::Rsa(key)) => {
                key.computable()?;
                Ok(key.verify_pss(self.hash, message, signature, salt))
            }
            (Family::EdDsa, PublicKey::Ed25519(key)) => Ok(ed25519_verify(key, message, signature)),
            _ => Ok(false),
        }
    }

    fn verify_halves(self, key: &EcPublic, message: &[u8], signature: &[u8]) -> Try<bool> {
        let (r, s) = signature.split_at(signature.len() / 2);
        key.verify(&self.hash.of(message), r, s)
    }

    /// The signature of a message; undefined for a key of another kind.
    pub(super) fn sign(self, key: &Key, message: &[u8]) -> Try<Vec<u8>> {
        match (self.family, key) {
            (Family::Hmac, Key::Symmetric(secret)) if !secret.is_empty() => Ok(self.hash.hmac(secret, message)),
            (Family::Pkcs1 | Family::Pss, Key::Private(PrivateKey::Rsa(key))) => {
                key.public.computable()?;
                let key = key.as_ref().clone().checked().ok_or_else(undefined)?;
                let signature =
                    if self.family == Family::Pss { key.sign_pss(self.hash, message) } else { key.sign_pkcs1(self.hash, message) };
                signature.ok_or_else(undefined)
            }
            (Family::Ecdsa, Key::Private(PrivateKey::Ec(key))) => key.sign(&self.hash.of(message)),
            (Family::EdDsa, Key::Private(PrivateKey::Ed25519(seed))) => Ok(ed25519_sign(seed, message)),
            _ => Err(undefined()),
        }
    }
}
