//! `crypto.x509.*` and `crypto.parse_private_keys`.

use std::collections::HashSet;

use super::super::{Context, Failure, Outcome};
use super::cert::{Certificate, KeyInfo, SignatureAlgorithm};
use super::der::{self, Der};
use super::encoding::Base64;
use super::extensions::{ALT_NAMES, AltNames, Extension};
use super::jwk::{of_private_key, shown_private, shown_public};
use super::keys::PrivateKey;
use super::name::{Name, any, attribute};
use super::show::{self, base64, list};
use super::verify::{Options, chain};
use super::{Try, bytes, fields, object, pem, undefined};
use crate::eval::value::{Object, Value};

const BEGIN: &[u8] = b"-----BEGIN";

/// Certificates in PEM, in base64 of PEM, or in base64 of DER.
fn certificates(text: &[u8]) -> Try<Vec<Certificate>> {
    let decoded;
    let text = if text.starts_with(BEGIN) {
        text
    } else {
        decoded = Base64::STANDARD.decode(text).ok_or_else(undefined)?;
        &decoded
    };
    if !text.starts_with(BEGIN) {
        return Certificate::parse_all(text);
    }
    let mut all = Vec::new();
    let mut rest = text;
    while let Some((block, after)) = pem::decode(rest) {
        if block.kind != b"CERTIFICATE" {
            return Err(undefined());
        }
        all.extend(block.bytes);
        rest = after;
    }
    Certificate::parse_all(&all)
}

pub(super) fn parse_certificates(_: &mut Context, args: &[Value]) -> Outcome {
    let all = certificates(bytes(args, 0)?)?;
    let shown = all.iter().map(|certificate| show::certificate(certificate, true)).collect::<Try<_>>()?;
    Ok(Value::array(shown))
}

/// `[true, chain]`, or `[false, []]` where there is none.
fn verified(context: &Context, text: &[u8], options: impl FnOnce() -> Try<Options>, with_uris: bool) -> Outcome {
    let none = || Ok(Value::array(vec![Value::Bool(false), Value::array(Vec::new())]));
    let all = match certificates(text) {
        Err(Failure::Undefined) => return none(),
        other => other?,
    };
    let Some(chain) = chain(context, &all, &options()?)? else { return none() };
    let shown = chain.into_iter().map(|certificate| show::certificate(certificate, with_uris)).collect::<Try<_>>()?;
    Ok(Value::array(vec![Value::Bool(true), Value::array(shown)]))
}

pub(super) fn parse_and_verify(context: &mut Context, args: &[Value]) -> Outcome {
    let options = Options { time: context.now_ns, ..Options::default() };
    verified(context, bytes(args, 0)?, || Ok(options), true)
}

pub(super) fn parse_and_verify_with_options(context: &mut Context, args: &[Value]) -> Outcome {
    let given = object(args, 1)?;
    verified(context, bytes(args, 0)?, || options(context.now_ns, given), false)
}

fn options(now: i64, given: &Object) -> Try<Options> {
    let mut out = Options { time: now, ..Options::default() };
    let number = |value: &Value| match value {
        Value::Number(number) => number.as_i64().ok_or_else(undefined),
        _ => Err(undefined()),
    };
    for (name, value) in given {
        match name.as_str() {
            Some("DNSName") => value.as_str().ok_or_else(undefined)?.trim_matches('"').clone_into(&mut out.host),
            Some("CurrentTime") => out.time = number(value)?,
            // Go's search for names needs no limit
            Some("MaxConstraintComparisons") => _ = number(value)?,
            Some("KeyUsages") => {
                let texts: Vec<&str> = match value {
                    Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
                    Value::Set(members) => members.iter().filter_map(Value::as_str).collect(),
                    _ => return Err(undefined()),
                };
                out.usages = texts.into_iter().map(|text| usage(text.trim_matches('"'))).collect::<Option<_>>().ok_or_else(undefined)?;
            }
            Some(_) => return Err(undefined()),
            None => {}
        }
    }
    Ok(out)
}

/// Go's number of an extended key usage.
fn usage(name: &str) -> Option<i64> {
    const NAMES: [&str; 14] = [
        "Any",
        "ServerAuth",
        "ClientAuth",
        "CodeSigning",
        "EmailProtection",
        "IPSECEndSystem",
        "IPSECTunnel",
        "IPSECUser",
        "TimeStamping",
        "OCSPSigning",
        "MicrosoftServerGatedCrypto",
        "NetscapeServerGatedCrypto",
        "MicrosoftCommercialCodeSigning",
        "MicrosoftKernelCodeSigning",
    ];
    let name = name.strip_prefix("KeyUsage")?;
    NAMES.iter().position(|known| *known == name).and_then(|index| i64::try_from(index).ok())
}

/// The private keys of PEM blocks, perhaps in base64; blocks of other kinds are passed over.
fn private_keys(text: &[u8]) -> Try<Vec<PrivateKey>> {
    let decoded = Base64::STANDARD.decode(text);
    let mut rest = decoded.as_deref().unwrap_or(text);
    let mut out = Vec::new();
    while let Some((block, after)) = pem::decode(rest) {
        let parse = match &block.kind[..] {
            b"RSA PRIVATE KEY" => Some(PrivateKey::pkcs1 as fn(&[u8]) -> Try<PrivateKey>),
            b"PRIVATE KEY" => Some(PrivateKey::pkcs8 as _),
            b"EC PRIVATE KEY" => Some(PrivateKey::sec1 as _),
            _ => None,
        };
        if let Some(parse) = parse {
            out.push(parse(&block.bytes)?);
        }
        rest = after;
    }
    Ok(out)
}

pub(super) fn parse_private_keys(_: &mut Context, args: &[Value]) -> Outcome {
    let text = bytes(args, 0)?;
    if text.is_empty() {
        return Ok(Value::Null);
    }
    Ok(Value::array(private_keys(text)?.iter().map(shown_private).collect()))
}

pub(super) fn parse_rsa_private_key(_: &mut Context, args: &[Value]) -> Outcome {
    let text = bytes(args, 0)?;
    if text.is_empty() {
        return Err(undefined());
    }
    let keys =
        if text.starts_with(BEGIN) { private_keys(text) } else { private_keys(&Base64::STANDARD.decode(text).ok_or_else(undefined)?) };
    keys?.first().map_or(Ok(Value::Null), of_private_key)
}

/// The text itself if it is PEM, else what it encodes in base64; `Err`: that is DER.
fn pem_or_der(text: &[u8]) -> Try<Result<Vec<u8>, Vec<u8>>> {
    const BEGIN: &[u8] = b"-----BEGIN ";
    if text.starts_with(BEGIN) {
        return Ok(Ok(text.to_vec()));
    }
    let decoded = Base64::STANDARD.decode(text).ok_or_else(undefined)?;
    Ok(if decoded.starts_with(BEGIN) { Ok(decoded) } else { Err(decoded) })
}

pub(super) fn parse_keypair(_: &mut Context, args: &[Value]) -> Outcome {
    let mut certificates = Vec::new();
    match pem_or_der(bytes(args, 0)?)? {
        Err(der) => certificates.push(der),
        Ok(text) => {
            let mut rest = &text[..];
            while let Some((block, after)) = pem::decode(rest) {
                if block.kind == b"CERTIFICATE" {
                    certificates.push(block.bytes);
                }
                rest = after;
            }
        }
    }
    let key = match pem_or_der(bytes(args, 1)?)? {
        Err(der) => der,
        Ok(text) => {
            let mut rest = &text[..];
            loop {
                let (block, after) = pem::decode(rest).ok_or_else(undefined)?;
                if block.kind == b"PRIVATE KEY" || block.kind.ends_with(b" PRIVATE KEY") {
                    break block.bytes;
                }
                rest = after;
            }
        }
    };
    let leaf = Certificate::parse(certificates.first().ok_or_else(undefined)?)?;
    let key = PrivateKey::any(&key)?;
    if leaf.public_key != Some(key.public()) {
        return Err(undefined());
    }
    Ok(fields([
        ("Certificate", list(&certificates, |certificate| base64(certificate))),
        ("Leaf", show::certificate(&leaf, false)?),
        ("OCSPStaple", Value::Null),
        ("PrivateKey", shown_private(&key)),
        ("SignedCertificateTimestamps", Value::Null),
        ("SupportedSignatureAlgorithms", Value::Null),
    ]))
}

/// The parts of a CertificationRequest (RFC 2986).
struct Request<'d> {
    raw: &'d [u8],
    signed: &'d [u8],
    version: i64,
    subject: &'d [u8],
    key: KeyInfo<'d>,
    attributes: Vec<Der<'d>>,
    algorithm: &'d [u8],
    signature: Vec<u8>,
}

impl<'d> Request<'d> {
    fn read(bytes: &'d [u8]) -> Option<Self> {
        let mut der = Der(bytes);
        let outer = der.element(der::SEQUENCE).filter(|_| der.is_empty())?;
        let mut parts = Der(outer.content);
        let info = parts.element(der::SEQUENCE)?;
        let algorithm = parts.read(der::SEQUENCE)?.0;
        let signature = parts.bits()?.right_aligned();
        let mut body = Der(info.content);
        let version = body.int64()?;
        let subject = body.any()?.whole;
        let key = KeyInfo::read(&mut body)?;
        let mut list = body.read(der::constructed(0))?;
        let mut attributes = Vec::new();
        while !list.is_empty() {
            attributes.push(Der(list.any()?.whole));
        }
        Some(Self { raw: outer.whole, signed: info.whole, version, subject, key, attributes, algorithm, signature })
    }

    /// Attributes whose values are sequences of attributes themselves, as Go's JSON shows them.
    fn shown_attributes(&self) -> Try<Vec<Value>> {
        let mut out = Vec::new();
        for attribute in &self.attributes {
            match shown_attribute(*attribute) {
                Ok(shown) => out.push(shown),
                // challenge passwords and the like
                Err(Failure::Undefined) => {}
                Err(failure) => return Err(failure),
            }
        }
        Ok(out)
    }

    /// The extensions that the request asks for.
    fn extensions(&self) -> Option<Vec<Extension>> {
        let mut out: Vec<Extension> = Vec::new();
        for attribute in &self.attributes {
            let mut attribute = *attribute;
            let mut first = || {
                let mut parts = attribute.read(der::SEQUENCE)?;
                let id = parts.oid()?;
                let mut values = parts.read(der::SET)?;
                let first = values.any()?;
                while !values.is_empty() {
                    values.any()?;
                }
                (id == [1, 2, 840, 113_549, 1, 9, 14]).then_some(first.whole)
            };
            let Some(first) = first() else { continue };
            let mut list = Der(first).read(der::SEQUENCE)?;
            while !list.is_empty() {
                out.push(Extension::read(&mut list)?);
            }
        }
        let mut seen = HashSet::new();
        out.iter().all(|extension| seen.insert(extension.id.clone())).then_some(out)
    }
}

fn shown_attribute(mut der: Der) -> Try<Value> {
    let mut parts = der.read(der::SEQUENCE).ok_or_else(undefined)?;
    let id = parts.oid().ok_or_else(undefined)?;
    let mut set = parts.read(der::SET).ok_or_else(undefined)?;
    let mut values = Vec::new();
    while !set.is_empty() {
        let mut inner = set.read(der::SEQUENCE).ok_or_else(undefined)?;
        let mut list = Vec::new();
        while !inner.is_empty() {
            let (id, value) = attribute(&mut inner, any)?;
            list.push(fields([("Type", show::oid(&id)), ("Value", value)]));
        }
        values.push(Value::array(list));
    }
    Ok(fields([("Type", show::oid(&id)), ("Value", Value::array(values))]))
}

pub(super) fn parse_request(_: &mut Context, args: &[Value]) -> Outcome {
    let text = bytes(args, 0)?;
    let mut decoded = if text.starts_with(b"-----BEGIN CERTIFICATE REQUEST-----") {
        text.to_vec()
    } else {
        Base64::STANDARD.decode(text).ok_or_else(undefined)?
    };
    if let Some((block, _)) = pem::decode(&decoded) {
        if block.kind != b"CERTIFICATE REQUEST" {
            return Err(undefined());
        }
        decoded = block.bytes;
    }
    let request = Request::read(&decoded).ok_or_else(undefined)?;
    let key = request.key.key()?;
    let extensions = request.extensions().ok_or_else(undefined)?;
    let names = match extensions.iter().find(|extension| extension.id == ALT_NAMES) {
        Some(names) => AltNames::parse(Der(&names.value)).ok_or_else(undefined)?,
        None => AltNames::default(),
    };
    let own = [
        ("Attributes", list(&request.shown_attributes()?, Value::clone)),
        ("Extensions", list(&extensions, show::extension)),
        ("ExtraExtensions", Value::Null),
        ("PublicKey", shown_public(key.as_ref())),
        ("PublicKeyAlgorithm", Value::int(i64::from(request.key.algorithm()))),
        ("Raw", base64(request.raw)),
        ("RawSubject", base64(request.subject)),
        ("RawSubjectPublicKeyInfo", base64(request.key.whole)),
        ("RawTBSCertificateRequest", base64(request.signed)),
        ("Signature", base64(&request.signature)),
        ("SignatureAlgorithm", Value::int(SignatureAlgorithm::parse(request.algorithm).ok_or_else(undefined)?.number())),
        ("Subject", show::name(&Name::parse_any(request.subject)?)),
        ("Version", Value::int(request.version)),
    ];
    Ok(fields(own.into_iter().chain(show::alt_names(&names))))
}
