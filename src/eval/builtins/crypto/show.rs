//! Certificates and requests as Go's JSON shows them.

use super::cert::Certificate;
use super::constraints::IpRange;
use super::der::{Oid, oid_text};
use super::encoding::{Base64, lossy};
use super::extensions::{AltNames, Extension, Extensions, Subtrees};
use super::jwk::shown_public;
use super::name::Name;
use super::uri::Uri;
use super::{Try, fields, too_large, unsupported};
use crate::eval::value::{Object, Value};

pub(super) fn base64(bytes: &[u8]) -> Value {
    Value::from(Base64::STANDARD.encode(bytes))
}

fn optional_base64(bytes: Option<&Vec<u8>>) -> Value {
    bytes.map_or(Value::Null, |bytes| base64(bytes))
}

/// A list; Go shows one that was never made as `null`.
pub(super) fn list<T>(items: &[T], show: impl FnMut(&T) -> Value) -> Value {
    if items.is_empty() { Value::Null } else { Value::array(items.iter().map(show).collect()) }
}

fn texts(items: &[String]) -> Value {
    list(items, |text| Value::from(&**text))
}

pub(super) fn oid(oid: &Oid) -> Value {
    Value::array(oid.iter().map(|component| Value::int(i64::from(*component))).collect())
}

fn dotted(oid: &[u8]) -> Try<Value> {
    too_large(oid)?;
    oid_text(oid).map(Value::from).ok_or_else(|| unsupported("malformed object identifiers of policies"))
}

fn ip(bytes: &[u8]) -> Value {
    let address = match (<[u8; 4]>::try_from(bytes), <[u8; 16]>::try_from(bytes)) {
        (Ok(v4), _) => core::net::IpAddr::from(v4).to_string(),
        // Go writes an IPv4 address in IPv6 form as IPv4
        (_, Ok(v6)) => core::net::IpAddr::from(v6).to_canonical().to_string(),
        _ => String::new(),
    };
    Value::from(address)
}

fn range(range: &IpRange) -> Value {
    fields([("IP", ip(&range.ip)), ("Mask", base64(&range.mask))])
}

fn uri(uri: &Uri) -> Value {
    fields([
        ("ForceQuery", Value::Bool(uri.force_query)),
        ("Fragment", Value::from(lossy(&uri.fragment))),
        ("Host", Value::from(lossy(&uri.host))),
        ("OmitHost", Value::Bool(uri.omit_host)),
        ("Opaque", Value::from(&*uri.opaque)),
        ("Path", Value::from(lossy(&uri.path))),
        ("RawFragment", Value::from(&*uri.raw_fragment)),
        ("RawPath", Value::from(&*uri.raw_path)),
        ("RawQuery", Value::from(&*uri.raw_query)),
        ("Scheme", Value::from(&*uri.scheme)),
        ("User", uri.user.as_ref().map_or(Value::Null, |_| Value::empty_object())),
    ])
}

pub(super) fn alt_names(names: &AltNames) -> [(&'static str, Value); 4] {
    [
        ("DNSNames", texts(&names.dns)),
        ("EmailAddresses", texts(&names.email)),
        ("IPAddresses", list(&names.ip, |address| ip(address))),
        ("URIs", list(&names.uris, uri)),
    ]
}

pub(super) fn extension(extension: &Extension) -> Value {
    fields([("Critical", Value::Bool(extension.critical)), ("Id", oid(&extension.id)), ("Value", base64(&extension.value))])
}

pub(super) fn name(name: &Name) -> Value {
    let values = |last: u32| list(&name.values(last).collect::<Vec<_>>(), |value| Value::from(*value));
    let last_value = |last: u32| Value::from(name.values(last).next_back().unwrap_or_default());
    fields([
        ("CommonName", last_value(3)),
        ("Country", values(6)),
        ("ExtraNames", Value::Null),
        ("Locality", values(7)),
        ("Names", list(&name.0, |(id, value)| fields([("Type", oid(id)), ("Value", value.clone())]))),
        ("Organization", values(10)),
        ("OrganizationalUnit", values(11)),
        ("PostalCode", values(17)),
        ("Province", values(8)),
        ("SerialNumber", last_value(5)),
        ("StreetAddress", values(9)),
    ])
}

impl Subtrees {
    fn show(&self, names: [&'static str; 4]) -> [(&'static str, Value); 4] {
        let [dns, email, ip, uri] = names;
        [(dns, texts(&self.dns)), (email, texts(&self.email)), (ip, list(&self.ip, range)), (uri, texts(&self.uri))]
    }
}

impl Extensions {
    fn show(&self) -> Try<Object> {
        let entries = fields([
            ("AuthorityKeyId", optional_base64(self.authority_key.as_ref())),
            ("BasicConstraintsValid", Value::Bool(self.basic_constraints)),
            ("CRLDistributionPoints", texts(&self.revocation)),
            ("ExtKeyUsage", list(&self.usages, |usage| Value::int(*usage))),
            ("Extensions", list(self.all.as_deref().unwrap_or_default(), extension)),
            ("ExtraExtensions", Value::Null),
            ("InhibitAnyPolicy", Value::int(self.inhibit_any.value)),
            ("InhibitAnyPolicyZero", Value::Bool(self.inhibit_any.stated_zero)),
            ("InhibitPolicyMapping", Value::int(self.inhibit_mapping.value)),
            ("InhibitPolicyMappingZero", Value::Bool(self.inhibit_mapping.stated_zero)),
            ("IsCA", Value::Bool(self.is_ca)),
            ("IssuingCertificateURL", texts(&self.issuing)),
            ("KeyUsage", Value::int(self.key_usage)),
            ("MaxPathLen", Value::int(self.max_path.value)),
            ("MaxPathLenZero", Value::Bool(self.max_path.stated_zero)),
            ("OCSPServer", texts(&self.ocsp)),
            ("PermittedDNSDomainsCritical", Value::Bool(self.constraints_critical)),
            ("RequireExplicitPolicy", Value::int(self.require_policy.value)),
            ("RequireExplicitPolicyZero", Value::Bool(self.require_policy.stated_zero)),
            ("SubjectKeyId", optional_base64(self.subject_key.as_ref())),
            ("UnhandledCriticalExtensions", list(&self.unhandled, oid)),
            ("UnknownExtKeyUsage", list(&self.other_usages, oid)),
        ]);
        let Value::Object(entries) = entries else { return Ok(Object::new()) };
        let mut out = Object::clone(&entries);
        out.extend(self.show_policies()?.into_iter().map(|(name, value)| (Value::from(name), value)));
        let subtrees = [
            self.permitted.show(["PermittedDNSDomains", "PermittedEmailAddresses", "PermittedIPRanges", "PermittedURIDomains"]),
            self.excluded.show(["ExcludedDNSDomains", "ExcludedEmailAddresses", "ExcludedIPRanges", "ExcludedURIDomains"]),
            alt_names(&self.names),
        ];
        out.extend(subtrees.into_iter().flatten().map(|(name, value)| (Value::from(name), value)));
        Ok(out)
    }

    fn show_policies(&self) -> Try<[(&'static str, Value); 3]> {
        let (mut identifiers, mut policies) = (Value::Null, Value::Null);
        if let Some(given) = &self.policies {
            // numbers only where each fits into 31 bits
            identifiers = Value::array(given.iter().filter_map(|policy| super::der::oid(policy)).map(|id| oid(&id)).collect());
            if !given.is_empty() {
                policies = Value::array(given.iter().map(|policy| dotted(policy)).collect::<Try<_>>()?);
            }
        }
        let mut mappings = Vec::new();
        for (issuer, subject) in &self.mappings {
            mappings.push(fields([("IssuerDomainPolicy", dotted(issuer)?), ("SubjectDomainPolicy", dotted(subject)?)]));
        }
        Ok([("Policies", policies), ("PolicyIdentifiers", identifiers), ("PolicyMappings", list(&mappings, Value::clone))])
    }
}

/// A certificate; `with_uris`: also with its URIs as texts.
pub(super) fn certificate(certificate: &Certificate, with_uris: bool) -> Try<Value> {
    let own = fields([
        ("Issuer", name(&certificate.issuer)),
        ("NotAfter", Value::from(certificate.not_after.text())),
        ("NotBefore", Value::from(certificate.not_before.text())),
        ("PublicKey", shown_public(certificate.public_key.as_ref())),
        ("PublicKeyAlgorithm", Value::int(i64::from(certificate.key_algorithm))),
        ("Raw", base64(&certificate.raw)),
        ("RawIssuer", base64(&certificate.raw_issuer)),
        ("RawSubject", base64(&certificate.raw_subject)),
        ("RawSubjectPublicKeyInfo", base64(&certificate.key_info)),
        ("RawTBSCertificate", base64(&certificate.to_be_signed)),
        ("SerialNumber", Value::Number(certificate.serial.clone().into())),
        ("Signature", base64(&certificate.signature)),
        ("SignatureAlgorithm", Value::int(certificate.signature_algorithm.number())),
        ("Subject", name(&certificate.subject)),
        ("Version", Value::int(certificate.version)),
    ]);
    let mut out = certificate.extensions.show()?;
    if let Value::Object(own) = own {
        out.extend(own.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    if with_uris {
        out.insert(Value::from("URIStrings"), list(&certificate.extensions.names.uris, |uri| Value::from(uri.text())));
    }
    Ok(Value::object(out))
}
