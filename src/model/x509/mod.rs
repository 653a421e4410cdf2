//! X.509 certificates (RFC 5280): what can be told from one alone.

pub(crate) mod der;
pub(crate) mod moment;
mod uses;

use data_encoding::BASE64;

use der::Der;
use moment::Moment;

pub use uses::{Use, Uses, is_test_or_doc};

/// What begins a certificate in PEM.
pub const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";
/// What begins a certificate in PEM that is written in base 64.
pub const ENCODED: &str = "LS0tLS1CRUdJTi";

/// A certificate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Certificate {
    /// The last common name or organisation of its subject; empty without any.
    pub name: String,
    /// Seconds since 1970.
    pub not_before: i64,
    pub not_after: i64,
    /// It may sign others: by its constraints, or as a root of the days before these.
    pub is_authority: bool,
    /// Subject and issuer are the same.
    pub is_self_issued: bool,
    /// The length of an RSA key in bits.
    pub rsa_bits: Option<usize>,
    /// The hash that its signature is made with, where it is a broken one.
    pub broken_hash: Option<&'static str>,
}

const RSA: &[u32] = &[1, 2, 840, 113_549, 1, 1, 1];
const MD2_RSA: &[u32] = &[1, 2, 840, 113_549, 1, 1, 2];
const MD5_RSA: &[u32] = &[1, 2, 840, 113_549, 1, 1, 4];
const SHA1_RSA: &[u32] = &[1, 2, 840, 113_549, 1, 1, 5];
const SHA1_RSA_OIW: &[u32] = &[1, 3, 14, 3, 2, 29];
const SHA1_DSA: &[u32] = &[1, 2, 840, 10_040, 4, 3];
const SHA1_ECDSA: &[u32] = &[1, 2, 840, 10_045, 4, 1];
const COMMON_NAME: &[u32] = &[2, 5, 4, 3];
const ORGANISATION: &[u32] = &[2, 5, 4, 10];
const ALTERNATIVE_NAMES: &[u32] = &[2, 5, 29, 17];
const BASIC_CONSTRAINTS: &[u32] = &[2, 5, 29, 19];

impl Certificate {
    /// Of one certificate in DER; `None` for everything else.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut outer = Der(bytes).read(der::SEQUENCE)?;
        let mut body = outer.read(der::SEQUENCE)?;
        let algorithm = outer.read(der::SEQUENCE)?.oid()?;
        let version = match body.optional(der::constructed(0))? {
            Some(mut version) => version.int64()?,
            None => 0,
        };
        body.read(der::INTEGER)?;
        body.read(der::SEQUENCE)?;
        let issuer = body.element(der::SEQUENCE)?;
        let mut validity = body.read(der::SEQUENCE)?;
        let (not_before, not_after) = (Moment::read(&mut validity)?.unix(), Moment::read(&mut validity)?.unix());
        let subject = body.element(der::SEQUENCE)?;
        let rsa_bits = rsa_bits(body.read(der::SEQUENCE)?)?;
        body.optional(der::context(1))?;
        body.optional(der::context(2))?;
        let extensions = body.optional(der::constructed(3))?;
        let is_self_issued = issuer.whole == subject.whole;
        let extensions = extensions.map_or_else(|| Some(Extensions::default()), Extensions::read)?;
        let is_authority = extensions.authority.unwrap_or(is_self_issued && (version < 2 || !extensions.has_names));
        let broken_hash = match &algorithm[..] {
            MD2_RSA => Some("MD2"),
            MD5_RSA => Some("MD5"),
            SHA1_RSA | SHA1_RSA_OIW | SHA1_DSA | SHA1_ECDSA => Some("SHA-1"),
            _ => None,
        };
        Some(Self {
            name: name(subject.content).unwrap_or_default(),
            not_before,
            not_after,
            is_authority,
            is_self_issued,
            rsa_bits,
            broken_hash,
        })
    }
}

/// What the extensions say.
#[derive(Default)]
struct Extensions {
    authority: Option<bool>,
    has_names: bool,
}

impl Extensions {
    fn read(mut outer: Der<'_>) -> Option<Self> {
        let mut this = Self::default();
        let mut list = outer.read(der::SEQUENCE)?;
        while !list.is_empty() {
            let mut extension = list.read(der::SEQUENCE)?;
            let oid = extension.oid()?;
            extension.optional(der::BOOLEAN)?;
            let content = extension.read(der::OCTET_STRING)?.0;
            match &oid[..] {
                BASIC_CONSTRAINTS => {
                    let mut constraints = Der(content).read(der::SEQUENCE)?;
                    this.authority = Some(constraints.next_is(der::BOOLEAN) && constraints.boolean()?);
                }
                ALTERNATIVE_NAMES => this.has_names = true,
                _ => {}
            }
        }
        Some(this)
    }
}

/// The length of an RSA key; the inner `None` for other keys.
fn rsa_bits(mut info: Der<'_>) -> Option<Option<usize>> {
    if info.read(der::SEQUENCE)?.oid()? != RSA {
        return Some(None);
    }
    let bits = info.bits()?;
    let modulus = Der(bits.bytes).read(der::SEQUENCE)?.positive()?;
    Some(usize::try_from(modulus.bits()).ok())
}

/// The last common name of a subject, else its last organisation.
fn name(subject: &[u8]) -> Option<String> {
    let (mut common, mut organisation) = (None, None);
    let mut sets = Der(subject);
    while let Some(mut set) = sets.read(der::SET) {
        let mut attribute = set.read(der::SEQUENCE)?;
        let oid = attribute.oid()?;
        let value = attribute.any()?;
        let text = || Some(String::from_utf8_lossy(value.content).chars().filter(|c| !c.is_control()).take(80).collect::<String>());
        match &oid[..] {
            COMMON_NAME => common = text(),
            ORGANISATION => organisation = text(),
            _ => {}
        }
    }
    common.or(organisation)
}

/// The certificates of a text in PEM, each with the offset of its first line. Lines may be indented, as in other texts. What cannot be
/// read is left out; private keys are not looked at.
#[must_use]
pub fn certificates(text: &str) -> Vec<(usize, Certificate)> {
    let mut out = Vec::new();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(BEGIN)).map(|at| from + at) {
        let start = at + BEGIN.len();
        let Some(length) = text[start..].find(END) else { break };
        from = start + length + END.len();
        let body: Vec<u8> = text.as_bytes()[start..start + length].iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        if let Some(certificate) = BASE64.decode(&body).ok().and_then(|bytes| Certificate::parse(&bytes)) {
            out.push((at, certificate));
        }
    }
    out
}

/// The certificates of a value: PEM, or PEM in base 64, as Secrets and webhooks hold it.
#[must_use]
pub fn of_value(text: &str) -> Vec<Certificate> {
    let all = |text: &str| certificates(text).into_iter().map(|(_, certificate)| certificate).collect();
    if text.contains(BEGIN) {
        return all(text);
    }
    if !text.trim_start().starts_with(ENCODED) {
        return Vec::new();
    }
    let body: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let decoded = BASE64.decode(&body).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.map_or_else(Vec::new, |text| all(&text))
}
