//! Keys and the structures that hold them: SubjectPublicKeyInfo, PKCS #1, PKCS #8, SEC 1.

use num_bigint::BigUint;

use super::der::{self, Der};
use super::ec::{Curve, EcPrivate, EcPublic};
use super::rsa::{Crt, RsaPrivate, RsaPublic};
use super::{Try, too_large, undefined};

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum PublicKey {
    Rsa(RsaPublic),
    /// Only ever shown: p, q, g, y.
    Dsa([BigUint; 4]),
    Ec(EcPublic),
    Ed25519([u8; 32]),
    X25519,
}

#[derive(Clone, Debug)]
pub(super) enum PrivateKey {
    Rsa(Box<RsaPrivate>),
    Ec(EcPrivate),
    /// The seed.
    Ed25519([u8; 32]),
    X25519([u8; 32]),
}

pub(super) const RSA: &[u32] = &[1, 2, 840, 113_549, 1, 1, 1];
pub(super) const DSA: &[u32] = &[1, 2, 840, 10040, 4, 1];
pub(super) const ECDSA: &[u32] = &[1, 2, 840, 10045, 2, 1];
pub(super) const X25519: &[u32] = &[1, 3, 101, 110];
pub(super) const ED25519: &[u32] = &[1, 3, 101, 112];

/// The contents of an AlgorithmIdentifier: its object identifier and its parameter's bytes, none if it has none.
pub(super) fn algorithm<'d>(der: &mut Der<'d>) -> Option<(der::Oid, &'d [u8])> {
    let oid = der.oid()?;
    let parameters = if der.is_empty() { &[][..] } else { der.any()?.whole };
    Some((oid, parameters))
}

impl PublicKey {
    /// Of the contents of a SubjectPublicKeyInfo's parts.
    pub(super) fn parse(oid: &[u32], parameters: &[u8], data: &[u8]) -> Try<Self> {
        Self::read(oid, parameters, data)?.ok_or_else(undefined)
    }

    fn read(oid: &[u32], parameters: &[u8], data: &[u8]) -> Try<Option<Self>> {
        too_large(data)?;
        too_large(parameters)?;
        Ok(match oid {
            RSA => Self::rsa(parameters, data),
            ECDSA => Der(parameters).oid().and_then(|oid| Curve::of_oid(&oid)).and_then(|curve| EcPublic::parse(curve, data)).map(Self::Ec),
            ED25519 if parameters.is_empty() => data.try_into().ok().map(Self::Ed25519),
            X25519 if parameters.is_empty() => (data.len() == 32).then_some(Self::X25519),
            DSA => Self::dsa(parameters, data),
            _ => None,
        })
    }

    fn rsa(parameters: &[u8], data: &[u8]) -> Option<Self> {
        let mut key = Der(data).read(der::SEQUENCE).filter(|_| parameters == [5, 0])?;
        let n = key.positive()?;
        let e = key.int64().filter(|e| *e > 0)?;
        Some(Self::Rsa(RsaPublic { n, e }))
    }

    fn dsa(parameters: &[u8], data: &[u8]) -> Option<Self> {
        let y = Der(data).positive()?;
        let mut parameters = Der(parameters).read(der::SEQUENCE)?;
        Some(Self::Dsa([parameters.positive()?, parameters.positive()?, parameters.positive()?, y]))
    }

    /// Of a whole SubjectPublicKeyInfo.
    pub(super) fn of_info(info: &[u8]) -> Try<Self> {
        let mut outer = Der(info);
        let mut parts = || {
            let mut info = outer.read(der::SEQUENCE).filter(|_| outer.is_empty())?;
            let (oid, parameters) = algorithm(&mut info.read(der::SEQUENCE)?)?;
            Some((oid, parameters, info.bits()?.right_aligned()))
        };
        let (oid, parameters, data) = parts().ok_or_else(undefined)?;
        Self::parse(&oid, parameters, &data)
    }
}

impl PrivateKey {
    pub(super) fn pkcs1(bytes: &[u8]) -> Try<Self> {
        too_large(bytes)?;
        let mut outer = Der(bytes);
        let mut read = || {
            let mut key = outer.read(der::SEQUENCE).filter(|_| outer.is_empty())?;
            if !(i64::MIN..=1).contains(&key.int64()?) {
                return None;
            }
            let n = key.positive()?;
            let public = RsaPublic { n, e: key.int64()? };
            let d = key.positive()?;
            let mut primes = vec![key.positive()?, key.positive()?];
            let mut values = Vec::new();
            for _ in 0..3 {
                let before = key;
                if key.optional_member(der::INTEGER)?.is_some() {
                    key = before;
                    values.push(key.positive()?);
                }
            }
            if let Some(mut more) = key.optional_member(der::SEQUENCE)? {
                while !more.is_empty() {
                    let mut prime = more.read(der::SEQUENCE)?;
                    primes.push(prime.positive()?);
                    // exponent and coefficient are computed anew
                    prime.integer()?;
                    prime.integer()?;
                }
            }
            let crt = <[BigUint; 3]>::try_from(values).ok().map(|[dp, dq, qinv]| Crt { dp, dq, qinv });
            RsaPrivate { public, d, primes, crt, more: Vec::new() }.checked()
        };
        read().map(|key| Self::Rsa(Box::new(key))).ok_or_else(undefined)
    }

    pub(super) fn pkcs8(bytes: &[u8]) -> Try<Self> {
        let read = || {
            let mut key = Der(bytes).read(der::SEQUENCE)?;
            key.int64()?;
            let (oid, parameters) = algorithm(&mut key.read(der::SEQUENCE)?)?;
            Some((oid, parameters, key.read(der::OCTET_STRING)?.0))
        };
        let (oid, parameters, key) = read().ok_or_else(undefined)?;
        let seed = || Der(key).read(der::OCTET_STRING).filter(|_| parameters.is_empty()).and_then(|seed| <[u8; 32]>::try_from(seed.0).ok());
        match &oid[..] {
            RSA => Self::pkcs1(key),
            ECDSA => Self::sec1_of(Der(parameters).oid(), key),
            ED25519 => seed().map(Self::Ed25519).ok_or_else(undefined),
            X25519 => seed().map(Self::X25519).ok_or_else(undefined),
            _ => Err(undefined()),
        }
    }

    pub(super) fn sec1(bytes: &[u8]) -> Try<Self> {
        Self::sec1_of(None, bytes)
    }

    fn sec1_of(curve: Option<der::Oid>, bytes: &[u8]) -> Try<Self> {
        let read = || {
            let mut key = Der(bytes).read(der::SEQUENCE)?;
            if key.int64()? != 1 {
                return None;
            }
            let d = key.read(der::OCTET_STRING)?.0;
            let named = match key.optional_explicit(0, der::OBJECT_IDENTIFIER)? {
                Some(named) => Some(der::oid(named.0)?),
                None => None,
            };
            if let Some(public) = key.optional_explicit(1, der::BIT_STRING)? {
                der::Bits::parse(public.0)?;
            }
            Some((Curve::of_oid(&curve.or(named)?)?, d))
        };
        let (curve, d) = read().ok_or_else(undefined)?;
        EcPrivate::parse(curve, d).map(Self::Ec)
    }

    /// Of a key in any of the three structures, as TLS takes them.
    pub(super) fn any(bytes: &[u8]) -> Try<Self> {
        use super::Failure;
        for parse in [Self::pkcs1, Self::pkcs8, Self::sec1] {
            match parse(bytes) {
                Err(Failure::Undefined) => {}
                Ok(Self::X25519(_)) => return Err(undefined()),
                other => return other,
            }
        }
        Err(undefined())
    }

    pub(super) fn public(&self) -> PublicKey {
        match self {
            Self::Rsa(key) => PublicKey::Rsa(key.public.clone()),
            Self::Ec(key) => PublicKey::Ec(key.public.clone()),
            Self::Ed25519(seed) => PublicKey::Ed25519(super::ec::ed25519_public(seed)),
            Self::X25519(_) => PublicKey::X25519,
        }
    }
}
