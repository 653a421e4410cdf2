//! Elliptic curves: ECDSA over the NIST curves, and Ed25519.

use num_bigint::BigUint;

use super::{Try, undefined, unsupported};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Curve {
    P224,
    P256,
    P384,
    P521,
}

/// A point of the curve other than the one at infinity.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct EcPublic {
    pub(super) curve: Curve,
    /// Uncompressed: 4, x, y.
    point: Vec<u8>,
}

#[derive(Clone, Debug)]
pub(super) struct EcPrivate {
    pub(super) public: EcPublic,
    /// As long as a coordinate.
    pub(super) d: Vec<u8>,
}

/// Runs an expression with the curve's module as `curve`; P-224 has none.
macro_rules! of_curve {
    ($curve:expr, $module:ident => $run:expr) => {
        match $curve {
            Curve::P224 => Err(unsupported("signatures and private keys of the curve P-224")),
            Curve::P256 => {
                use p256::ecdsa as $module;
                Ok($run)
            }
            Curve::P384 => {
                use p384::ecdsa as $module;
                Ok($run)
            }
            Curve::P521 => {
                use p521::ecdsa as $module;
                Ok($run)
            }
        }
    };
}

impl Curve {
    /// By object identifier (RFC 5480, 2.1.1.1).
    pub(super) fn of_oid(oid: &[u32]) -> Option<Self> {
        match oid {
            [1, 3, 132, 0, 33] => Some(Self::P224),
            [1, 2, 840, 10045, 3, 1, 7] => Some(Self::P256),
            [1, 3, 132, 0, 34] => Some(Self::P384),
            [1, 3, 132, 0, 35] => Some(Self::P521),
            _ => None,
        }
    }

    /// By name in a JWK, which knows no P-224.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        [Self::P256, Self::P384, Self::P521].into_iter().find(|curve| curve.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::P224 => "P-224",
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    /// A coordinate's length in bytes.
    pub(super) fn size(self) -> usize {
        match self {
            Self::P224 => 28,
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// A number as long as a coordinate, if it fits.
    fn fitted(self, number: &[u8]) -> Option<Vec<u8>> {
        let start = number.iter().position(|b| *b != 0).unwrap_or(number.len());
        let digits = &number[start..];
        let zeros = self.size().checked_sub(digits.len())?;
        Some([&vec![0; zeros][..], digits].concat())
    }

    /// The leftmost bytes of a hash, as long as a coordinate.
    fn shortened(self, digest: &[u8]) -> Vec<u8> {
        match digest.get(..self.size()) {
            Some(left) => left.to_vec(),
            None => self.fitted(digest).unwrap_or_default(),
        }
    }
}

impl EcPublic {
    /// The point of uncompressed bytes; `None` if the curve has no such point.
    pub(super) fn parse(curve: Curve, point: &[u8]) -> Option<Self> {
        if point.len() != 1 + 2 * curve.size() || point[0] != 4 {
            return None;
        }
        let known = of_curve!(curve, ecdsa => ecdsa::VerifyingKey::from_sec1_bytes(point).is_ok()).unwrap_or_else(|_| on_p224(point));
        known.then(|| Self { curve, point: point.to_vec() })
    }

    pub(super) fn x(&self) -> &[u8] {
        &self.point[1..=self.curve.size()]
    }

    pub(super) fn y(&self) -> &[u8] {
        &self.point[1 + self.curve.size()..]
    }

    /// Whether `r` and `s` (of any length) sign a hash.
    pub(super) fn verify(&self, digest: &[u8], r: &[u8], s: &[u8]) -> Try<bool> {
        let curve = self.curve;
        let (Some(r), Some(s)) = (curve.fitted(r), curve.fitted(s)) else { return Ok(false) };
        of_curve!(curve, ecdsa => {
            use ecdsa::signature::hazmat::PrehashVerifier as _;
            let key = ecdsa::VerifyingKey::from_sec1_bytes(&self.point);
            let signature = ecdsa::Signature::from_slice(&[r, s].concat());
            match (key, signature) {
                (Ok(key), Ok(signature)) => key.verify_prehash(&curve.shortened(digest), &signature).is_ok(),
                _ => false,
            }
        })
    }
}

impl EcPrivate {
    /// The key of a number of any length, with the point it belongs to.
    pub(super) fn parse(curve: Curve, d: &[u8]) -> Try<Self> {
        let d = curve.fitted(d).ok_or_else(undefined)?;
        let point = of_curve!(curve, ecdsa => {
            let key = ecdsa::SigningKey::from_slice(&d).map_err(|_| undefined())?;
            key.verifying_key().to_sec1_point(false).as_bytes().to_vec()
        })?;
        Ok(Self { public: EcPublic { curve, point }, d })
    }

    /// `r` and `s`, each as long as a coordinate; the nonce comes from key and hash (RFC 6979).
    pub(super) fn sign(&self, digest: &[u8]) -> Try<Vec<u8>> {
        let curve = self.public.curve;
        of_curve!(curve, ecdsa => {
            use ecdsa::signature::hazmat::PrehashSigner as _;
            let key = ecdsa::SigningKey::from_slice(&self.d).map_err(|_| undefined())?;
            let signature: ecdsa::Signature = key.sign_prehash(&curve.shortened(digest)).map_err(|_| undefined())?;
            signature.to_bytes().to_vec()
        })
    }
}

/// Whether a point of 57 bytes solves y² = x³ - 3x + b (FIPS 186-4, D.1.2.2).
fn on_p224(point: &[u8]) -> bool {
    let p = (BigUint::from(1u8) << 224u32) - (BigUint::from(1u8) << 96u32) + 1u8;
    let b = [
        0xb4, 0x05, 0x0a, 0x85, 0x0c, 0x04, 0xb3, 0xab, 0xf5, 0x41, 0x32, 0x56, 0x50, 0x44, 0xb0, 0xb7, 0xd7, 0xbf, 0xd8, 0xba, 0x27, 0x0b,
        0x39, 0x43, 0x23, 0x55, 0xff, 0xb4,
    ];
    let (x, y) = (BigUint::from_bytes_be(&point[1..29]), BigUint::from_bytes_be(&point[29..]));
    x < p && y < p && (&y * &y) % &p == (&x * &x * &x + (&p - &x) * 3u8 + BigUint::from_bytes_be(&b)) % &p
}

pub(super) fn ed25519_verify(key: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
    use ed25519_dalek::Verifier as _;
    let (Ok(key), Ok(signature)) = (ed25519_dalek::VerifyingKey::from_bytes(key), ed25519_dalek::Signature::from_slice(signature)) else {
        return false;
    };
    key.verify(message, &signature).is_ok()
}

/// The public key of a seed.
pub(super) fn ed25519_public(seed: &[u8; 32]) -> [u8; 32] {
    ed25519_dalek::SigningKey::from_bytes(seed).verifying_key().to_bytes()
}

pub(super) fn ed25519_sign(seed: &[u8; 32], message: &[u8]) -> Vec<u8> {
    use ed25519_dalek::Signer as _;
    ed25519_dalek::SigningKey::from_bytes(seed).sign(message).to_bytes().to_vec()
}

/// The public key of an X25519 private key.
pub(super) fn x25519_public(private: &[u8; 32]) -> [u8; 32] {
    curve25519_dalek::MontgomeryPoint::mul_base_clamped(*private).to_bytes()
}
