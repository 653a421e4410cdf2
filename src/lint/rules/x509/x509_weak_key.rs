use crate::lint::rules::certificates::{judge, named};
use crate::lint::rules::prelude::*;
use crate::model::value::Origin;
use crate::model::x509::Certificate;

declare_rule! {
    X509WeakKey {
        id: "x509-weak-key",
        group: "x509",
        summary: "a certificate with a short RSA key or a broken hash",
        why: "RSA keys below 2048 bits can be factored by those who want it enough, and with SHA-1 or MD5 another certificate can be made that \
              has the same signature. Libraries refuse both by now: Go takes no SHA-1 signatures since 1.18.\n\n\
              The hash of a root, an authority that signed itself, is not judged: it is trusted as it is, and nobody checks its signature. \
              Its key is. In collections of more than ten certificates, those of public roots, that goes for every one that signed \
              itself.\n\n\
              Looked at are files `.pem`, `.crt`, `.cer`, and what manifests hold: ConfigMaps, Secrets, `caBundle`; files of tests and \
              documentation are not. Private keys are never looked at.",
        bad: yaml("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: trust\n  namespace: shop\ndata:\n  ca.pem: |\n    -----BEGIN CERTIFICATE-----\n    MIIBvjCCASegAwIBAgIUTdUKfEu+hM99lwNYuMBEy8vx9dswDQYJKoZIhvcNAQEL\n    BQAwEDEOMAwGA1UEAwwFc21hbGwwIBcNMjYwMTAxMDAwMDAwWhgPMjEyNjAxMDEw\n    MDAwMDBaMBAxDjAMBgNVBAMMBXNtYWxsMIGfMA0GCSqGSIb3DQEBAQUAA4GNADCB\n    iQKBgQC4f5L4tCkJuSydLsgoTWymndJd2e8q8BWyr8Aw9w1f7mv+gmxX1iJy+DfM\n    l8g0SQXcAXgMuQNELzMZENs6V0hXenLwM/KyAIc/JeK0ByEDTqd3bp0nbj41Xq71\n    uVc04zXzB2EzethFKzrWmLf5P9UUL4nyN2cUee0kH++z7A9RyQIDAQABoxMwETAP\n    BgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA4GBAIOSEoLDeeaYZxdTLUZP\n    L/0wz1gSK3+PW4qdFu93lB/OpnvbWtnzZqcDlB5kruKhRnGLFdjluE00XPIhF25f\n    2Eo/uSUL7kPVWp/EZSJw5vURVSXT+SFIj2BDy9dnPuGiwj+rGWUETFv9cTONj6Kk\n    zxck/aZIlf8HHpRtTLudKZQa\n    -----END CERTIFICATE-----\n"),
        good: yaml("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: trust\n  namespace: shop\ndata:\n  ca.pem: |\n    -----BEGIN CERTIFICATE-----\n    MIIBNDCB26ADAgECAhROY2AtS55Qn1QFdCv40HTvIKXakDAKBggqhkjOPQQDAjAP\n    MQ0wCwYDVQQDDARyb290MCAXDTI0MDEwMTAwMDAwMFoYDzIxMjQwMTAxMDAwMDAw\n    WjAPMQ0wCwYDVQQDDARyb290MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEiRyy\n    YCZ9MufLX3A7mR+825uY2FWbroMh1bwqgokVtpBKIg0LNSCrYXRiGLlWGPgET7e6\n    b+M0l3EM5U+m1Ld266MTMBEwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNI\n    ADBFAiBi8XlZADyi1E2xpx70qLutL01LuWKQT970XSgMpeFR/AIhAKwMp6mr153R\n    qBfaREM7FZejWnW9PPt8nGIbTM33VESK\n    -----END CERTIFICATE-----\n"),
        recommended: true,
        source: "https://nvlpubs.nist.gov/nistpubs/SpecialPublications/NIST.SP.800-131Ar2.pdf",
    }
}

const HELP: &str = "issue it anew, with ECDSA P-256 or RSA of 2048 bits, and SHA-256";

/// The shortest RSA key that is not weak.
const BITS: usize = 2048;
/// A value with more certificates is a collection of public roots.
const COLLECTION: usize = 10;

fn test(certificate: &Certificate, all: usize, _: &ManifestCx<'_>, _: &Origin) -> Option<String> {
    if let Some(bits) = certificate.rsa_bits.filter(|bits| *bits < BITS) {
        return Some(format!("{} has an RSA key of {bits} bits", named(certificate)));
    }
    let is_root = certificate.is_self_issued && (certificate.is_authority || all > COLLECTION);
    let hash = certificate.broken_hash.filter(|_| !is_root)?;
    Some(format!("{} is signed with {hash}", named(certificate)))
}

impl Rule for X509WeakKey {
    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        judge(part, HELP, &test, cx);
    }
}
