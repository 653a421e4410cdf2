use crate::lint::rules::certificates::{judge, named};
use crate::lint::rules::prelude::*;
use crate::model::value::Origin;
use crate::model::x509::Certificate;

declare_rule! {
    X509LongLived {
        id: "x509-long-lived",
        group: "x509",
        summary: "a certificate of a workload that lives for long",
        why: "Certificates are hardly ever revoked: who gets hold of the key may use it until the certificate ends. One that lives for years is \
              also one whose renewal nobody has practised. Let something issue certificates for days or weeks, and renew them.\n\n\
              Authorities may live long and are not reported, nor is what counts as a root: issued by itself, without constraints and \
              without names of hosts.\n\n\
              Looked at are files `.pem`, `.crt`, `.cer`, and what manifests hold: ConfigMaps, Secrets, `caBundle`; files of tests and \
              documentation are not. Private keys are never looked at.",
        bad: yaml("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: trust\n  namespace: shop\ndata:\n  ca.pem: |\n    -----BEGIN CERTIFICATE-----\n    MIIBXDCCAQGgAwIBAgIUF3AMXY2cM4OwkJeYTKpkmV7YuhcwCgYIKoZIzj0EAwIw\n    DzENMAsGA1UEAwwEcm9vdDAeFw0yNjAxMDEwMDAwMDBaFw0zNjAxMDEwMDAwMDBa\n    MBwxGjAYBgNVBAMMEWxvbmcuc2hvcC5leGFtcGxlMFkwEwYHKoZIzj0CAQYIKoZI\n    zj0DAQcDQgAEL/u+/bO/O7WOPdkU20AOZ6RxIyUcV6s6k5i6sTTeeIgsIo5SYjY0\n    NPkxUlJS2boz+Y0B/sH29OjNcc/QMB841qMuMCwwDAYDVR0TAQH/BAIwADAcBgNV\n    HREEFTATghFsb25nLnNob3AuZXhhbXBsZTAKBggqhkjOPQQDAgNJADBGAiEA1wxS\n    JOFAnU/bK03xcZeCJgsjpRvlLzMmbWfdJzsfJP0CIQCCNr01iKkH2Tvyyo1P8sxP\n    oEZK7WLUG3jnz8UoW7Q24Q==\n    -----END CERTIFICATE-----\n"),
        good: yaml("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: trust\n  namespace: shop\ndata:\n  ca.pem: |\n    -----BEGIN CERTIFICATE-----\n    MIIBWDCB/6ADAgECAhR6jrw5d1fPiEbYoIX1+rPjAwBoDjAKBggqhkjOPQQDAjAP\n    MQ0wCwYDVQQDDARyb290MB4XDTI2MTEwMTAwMDAwMFoXDTI3MDEzMDAwMDAwMFow\n    GzEZMBcGA1UEAwwQd2ViLnNob3AuZXhhbXBsZTBZMBMGByqGSM49AgEGCCqGSM49\n    AwEHA0IABLdyxNr7ewZ5tqnPrVZSnulA5y+uOzFhFcGpBPKtvpiz0fqheridTiaZ\n    TzheZRcahq6jpj/0bcNpkiSvw8/IlSCjLTArMAwGA1UdEwEB/wQCMAAwGwYDVR0R\n    BBQwEoIQd2ViLnNob3AuZXhhbXBsZTAKBggqhkjOPQQDAgNIADBFAiEAxcCcMbR/\n    1IIcdIO7ffMBJNILoziwRpazLvWSynBXLAoCIEw6MhtrZUtORATZgJNJmcWBvi9M\n    HIbQP9w4V5j8fpUo\n    -----END CERTIFICATE-----\n"),
        recommended: true,
        options: &[OptionMeta {
            name: "days",
            kind: OptionKind::Integer { min: 0, max: 36500 },
            default: OptionValue::Integer(90),
            doc: "So many days a certificate may live.",
        }],
        source: "https://cert-manager.io/docs/usage/certificate/",
    }
}

const HELP: &str = "issue it for 90 days at most, and let something renew it: cert-manager, SPIRE, Vault";

fn test(certificate: &Certificate, _: usize, cx: &ManifestCx<'_>, at: &Origin) -> Option<String> {
    // issuers set the beginning back for clocks that are late
    const SLACK: i64 = 3_600;
    const DAY: i64 = 86_400;
    let life = certificate.not_after.saturating_sub(certificate.not_before);
    let is_long = life > cx.integer(at, "days") * DAY + SLACK;
    (is_long && !certificate.is_authority).then(|| format!("{} lives for {} days", named(certificate), life / DAY))
}

impl Rule for X509LongLived {
    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        judge(part, HELP, &test, cx);
    }
}
