//! X.509 certificates (RFC 5280) as Go's `crypto/x509` reads them.

use num_bigint::{BigInt, Sign};

use super::der::{self, Der, Oid};
use super::extensions::Extensions;
use super::hash::Hash;
use super::keys::{self, PublicKey};
use super::moment::Moment;
use super::name::Name;
use super::{Try, too_large, undefined};

#[derive(Clone, Debug)]
pub(super) struct Certificate {
    pub(super) raw: Vec<u8>,
    pub(super) to_be_signed: Vec<u8>,
    pub(super) key_info: Vec<u8>,
    pub(super) raw_subject: Vec<u8>,
    pub(super) raw_issuer: Vec<u8>,
    pub(super) signature: Vec<u8>,
    pub(super) signature_algorithm: SignatureAlgorithm,
    pub(super) key_algorithm: u8,
    /// `None`: of an unknown kind.
    pub(super) public_key: Option<PublicKey>,
    pub(super) version: i64,
    pub(super) serial: BigInt,
    pub(super) issuer: Name,
    pub(super) subject: Name,
    pub(super) not_before: Moment,
    pub(super) not_after: Moment,
    pub(super) extensions: Extensions,
}

/// The parts of a certificate's structure, before their contents are looked into.
struct Parts<'d> {
    raw: &'d [u8],
    to_be_signed: &'d [u8],
    body: Der<'d>,
    algorithm: &'d [u8],
    signature: Vec<u8>,
}

impl<'d> Parts<'d> {
    fn read(der: &mut Der<'d>) -> Option<Self> {
        let outer = der.element(der::SEQUENCE)?;
        let mut input = Der(outer.content);
        let signed = input.element(der::SEQUENCE)?;
        let algorithm = input.read(der::SEQUENCE)?.0;
        let signature = input.bits()?.right_aligned();
        Some(Self { raw: outer.whole, to_be_signed: signed.whole, body: Der(signed.content), algorithm, signature })
    }
}

/// The parts of a SubjectPublicKeyInfo.
pub(super) struct KeyInfo<'d> {
    pub(super) whole: &'d [u8],
    oid: Oid,
    parameters: &'d [u8],
    data: Vec<u8>,
}

impl<'d> KeyInfo<'d> {
    pub(super) fn read(der: &mut Der<'d>) -> Option<Self> {
        let info = der.element(der::SEQUENCE)?;
        let mut parts = Der(info.content);
        let (oid, parameters) = keys::algorithm(&mut parts.read(der::SEQUENCE)?)?;
        Some(Self { whole: info.whole, oid, parameters, data: parts.bits()?.right_aligned() })
    }

    /// Go's number of the kind of key.
    pub(super) fn algorithm(&self) -> u8 {
        match &self.oid[..] {
            keys::RSA => 1,
            keys::DSA => 2,
            keys::ECDSA => 3,
            keys::ED25519 => 4,
            _ => 0,
        }
    }

    /// `None`: of an unknown kind.
    pub(super) fn key(&self) -> Try<Option<PublicKey>> {
        if self.algorithm() == 0 {
            return Ok(None);
        }
        PublicKey::parse(&self.oid, self.parameters, &self.data).map(Some)
    }
}

impl Certificate {
    /// One certificate that fills the bytes.
    pub(super) fn parse(bytes: &[u8]) -> Try<Self> {
        let mut der = Der(bytes);
        let certificate = Self::read(&mut der)?;
        if der.is_empty() { Ok(certificate) } else { Err(undefined()) }
    }

    /// Certificates one after the other.
    pub(super) fn parse_all(bytes: &[u8]) -> Try<Vec<Self>> {
        let mut der = Der(bytes);
        let mut out = Vec::new();
        while !der.is_empty() {
            out.push(Self::read(&mut der)?);
        }
        Ok(out)
    }

    fn read(der: &mut Der) -> Try<Self> {
        let parts = Parts::read(der).ok_or_else(undefined)?;
        let fixed = Fixed::read(parts.body, parts.algorithm).ok_or_else(undefined)?;
        too_large(fixed.serial.to_signed_bytes_be().as_slice())?;
        let public_key = fixed.key.key()?;
        let extensions = fixed.extensions()?;
        Ok(Self {
            raw: parts.raw.to_vec(),
            to_be_signed: parts.to_be_signed.to_vec(),
            key_info: fixed.key.whole.to_vec(),
            raw_subject: fixed.subject.to_vec(),
            raw_issuer: fixed.issuer.to_vec(),
            signature: parts.signature,
            signature_algorithm: SignatureAlgorithm::parse(parts.algorithm).ok_or_else(undefined)?,
            key_algorithm: fixed.key.algorithm(),
            public_key,
            version: fixed.version,
            serial: fixed.serial,
            issuer: Name::parse(fixed.issuer)?,
            subject: Name::parse(fixed.subject)?,
            not_before: fixed.validity.0,
            not_after: fixed.validity.1,
            extensions,
        })
    }
}

/// What stands before a certificate's extensions, and what comes after it.
struct Fixed<'d> {
    version: i64,
    serial: BigInt,
    issuer: &'d [u8],
    validity: (Moment, Moment),
    subject: &'d [u8],
    key: KeyInfo<'d>,
    rest: Der<'d>,
}

impl<'d> Fixed<'d> {
    fn read(mut body: Der<'d>, algorithm: &[u8]) -> Option<Self> {
        let version = match body.optional(der::constructed(0))? {
            Some(mut version) => Some(version.int64()?).filter(|_| version.is_empty())?,
            None => 0,
        };
        if !(0..3).contains(&version) {
            return None;
        }
        let serial = body.integer().filter(|serial| serial.sign() != Sign::Minus)?;
        // the algorithm stands inside and outside of what is signed
        if body.read(der::SEQUENCE)?.0 != algorithm {
            return None;
        }
        let issuer = body.element(der::SEQUENCE)?.whole;
        let mut validity = body.read(der::SEQUENCE)?;
        let validity = (Moment::read(&mut validity)?, Moment::read(&mut validity)?);
        let subject = body.element(der::SEQUENCE)?.whole;
        let key = KeyInfo::read(&mut body)?;
        Some(Self { version: version + 1, serial, issuer, validity, subject, key, rest: body })
    }

    fn extensions(&self) -> Try<Extensions> {
        let mut rest = self.rest;
        let mut read = || {
            if self.version > 1 {
                // issuerUniqueID, subjectUniqueID
                rest.optional(der::context(1))?;
                rest.optional(der::context(2))?;
            }
            if self.version == 3 { rest.optional(der::constructed(3)) } else { Some(None) }
        };
        match read().ok_or_else(undefined)? {
            Some(extensions) => Extensions::parse(extensions).ok_or_else(undefined),
            None => Ok(Extensions::absent()),
        }
    }
}

/// How a certificate is signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum SignatureAlgorithm {
    Unknown,
    Rsa(Hash),
    Dsa(Hash),
    Ecdsa(Hash),
    RsaPss(Hash),
    Ed25519,
}

impl SignatureAlgorithm {
    /// Of the contents of an AlgorithmIdentifier.
    pub(super) fn parse(content: &[u8]) -> Option<Self> {
        let (oid, parameters) = keys::algorithm(&mut Der(content))?;
        Some(match &oid[..] {
            [1, 2, 840, 113_549, 1, 1, last] => match last {
                4 => Self::Rsa(Hash::Md5),
                5 => Self::Rsa(Hash::Sha1),
                10 => pss_hash(parameters).map_or(Self::Unknown, Self::RsaPss),
                11 => Self::Rsa(Hash::Sha256),
                12 => Self::Rsa(Hash::Sha384),
                13 => Self::Rsa(Hash::Sha512),
                _ => Self::Unknown,
            },
            [1, 3, 14, 3, 2, 29] => Self::Rsa(Hash::Sha1),
            [1, 2, 840, 10040, 4, 3] => Self::Dsa(Hash::Sha1),
            [2, 16, 840, 1, 101, 3, 4, 3, 2] => Self::Dsa(Hash::Sha256),
            [1, 2, 840, 10045, 4, 1] => Self::Ecdsa(Hash::Sha1),
            [1, 2, 840, 10045, 4, 3, 2] => Self::Ecdsa(Hash::Sha256),
            [1, 2, 840, 10045, 4, 3, 3] => Self::Ecdsa(Hash::Sha384),
            [1, 2, 840, 10045, 4, 3, 4] => Self::Ecdsa(Hash::Sha512),
            keys::ED25519 if parameters.is_empty() => Self::Ed25519,
            _ => Self::Unknown,
        })
    }

    /// Go's number of the algorithm.
    pub(super) fn number(self) -> i64 {
        match self {
            Self::Unknown => 0,
            Self::Rsa(Hash::Md5) => 2,
            Self::Rsa(Hash::Sha1) => 3,
            Self::Rsa(Hash::Sha256) => 4,
            Self::Rsa(Hash::Sha384) => 5,
            Self::Rsa(Hash::Sha512) => 6,
            Self::Dsa(Hash::Sha1) => 7,
            Self::Dsa(_) => 8,
            Self::Ecdsa(Hash::Sha1 | Hash::Md5) => 9,
            Self::Ecdsa(Hash::Sha256) => 10,
            Self::Ecdsa(Hash::Sha384) => 11,
            Self::Ecdsa(Hash::Sha512) => 12,
            Self::RsaPss(Hash::Sha512) => 15,
            Self::RsaPss(Hash::Sha384) => 14,
            Self::RsaPss(_) => 13,
            Self::Ed25519 => 16,
        }
    }
}

/// The hash of RSASSA-PSS-params (RFC 4055, 3.1) with the same hash in its mask and a salt as long as it.
fn pss_hash(parameters: &[u8]) -> Option<Hash> {
    let null_or_none = |parameters: &[u8]| parameters.is_empty() || parameters == [5, 0];
    let mut params = Der(parameters).read(der::SEQUENCE)?;
    let (hash, of_hash) = keys::algorithm(&mut params.optional_explicit(0, der::SEQUENCE)??)?;
    let (mask, of_mask) = keys::algorithm(&mut params.optional_explicit(1, der::SEQUENCE)??)?;
    let (mask_hash, of_mask_hash) = keys::algorithm(&mut Der(of_mask).read(der::SEQUENCE)?)?;
    let salt = der::int64(params.optional_explicit(2, der::INTEGER)??.0)?;
    let trailer = match params.optional_explicit(3, der::INTEGER)? {
        Some(trailer) => der::int64(trailer.0)?,
        None => 1,
    };
    let plain = null_or_none(of_hash) && null_or_none(of_mask_hash) && trailer == 1;
    if !plain || mask != [1, 2, 840, 113_549, 1, 1, 8] || mask_hash != hash {
        return None;
    }
    match (&hash[..], salt) {
        ([2, 16, 840, 1, 101, 3, 4, 2, 1], 32) => Some(Hash::Sha256),
        ([2, 16, 840, 1, 101, 3, 4, 2, 2], 48) => Some(Hash::Sha384),
        ([2, 16, 840, 1, 101, 3, 4, 2, 3], 64) => Some(Hash::Sha512),
        _ => None,
    }
}
