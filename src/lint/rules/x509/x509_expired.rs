use crate::diag::Date;
use crate::lint::rules::certificates::{judge, named};
use crate::lint::rules::prelude::*;
use crate::model::value::Origin;
use crate::model::x509::Certificate;

declare_rule! {
    X509Expired {
        id: "x509-expired",
        group: "x509",
        summary: "a certificate that has expired, or does soon",
        why: "Once a certificate has expired, every connection that it stands for fails, or someone switches verification off. A certificate that \
              lies in a repository is renewed by nobody unless someone thinks of it, so it is reported 30 days before as well. The day is \
              that of `--as-of`.\n\n\
              Looked at are files `.pem`, `.crt`, `.cer`, and what manifests hold: ConfigMaps, Secrets, `caBundle`; files of tests and \
              documentation are not. Private keys are never looked at.",
        bad: yaml("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: trust\n  namespace: shop\ndata:\n  ca.pem: |\n    -----BEGIN CERTIFICATE-----\n    MIIBOjCB4aADAgECAhQgA1HL8548PZn+nfM0YXW9AS2zsDAKBggqhkjOPQQDAjAT\n    MREwDwYDVQQDDAhvbGQgcm9vdDAeFw0xNDAxMDEwMDAwMDBaFw0yNDAxMDEwMDAw\n    MDBaMBMxETAPBgNVBAMMCG9sZCByb290MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcD\n    QgAEj15H4OjU3sqp01k0Xi9PXZ1MVuJNNmGVqcqVUkP+vaSUEsbhRgdCiKg5OBx6\n    EAg8Lra0LazeSK1YnqyLw3Rpe6MTMBEwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjO\n    PQQDAgNIADBFAiACIOLAjNwoHPjDZmJBsNew2ycEXRQd2523Y/bIu2R7kAIhAN7F\n    iTP8Xf2TWHHnATaJjdrSGI4kmtrV+/VyXwFfFNRv\n    -----END CERTIFICATE-----\n"),
        good: yaml("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: trust\n  namespace: shop\ndata:\n  ca.pem: |\n    -----BEGIN CERTIFICATE-----\n    MIIBNDCB26ADAgECAhROY2AtS55Qn1QFdCv40HTvIKXakDAKBggqhkjOPQQDAjAP\n    MQ0wCwYDVQQDDARyb290MCAXDTI0MDEwMTAwMDAwMFoYDzIxMjQwMTAxMDAwMDAw\n    WjAPMQ0wCwYDVQQDDARyb290MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEiRyy\n    YCZ9MufLX3A7mR+825uY2FWbroMh1bwqgokVtpBKIg0LNSCrYXRiGLlWGPgET7e6\n    b+M0l3EM5U+m1Ld266MTMBEwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNI\n    ADBFAiBi8XlZADyi1E2xpx70qLutL01LuWKQT970XSgMpeFR/AIhAKwMp6mr153R\n    qBfaREM7FZejWnW9PPt8nGIbTM33VESK\n    -----END CERTIFICATE-----\n"),
        recommended: true,
        options: &[OptionMeta {
            name: "days",
            kind: OptionKind::Integer { min: 0, max: 36500 },
            default: OptionValue::Integer(30),
            doc: "So many days before its end a certificate is reported.",
        }],
        source: "https://datatracker.ietf.org/doc/html/rfc5280#section-4.1.2.5",
    }
}

const HELP: &str = "renew it, and let something renew it from now on: cert-manager, SPIRE, Vault";

fn test(certificate: &Certificate, _: usize, cx: &ManifestCx<'_>, at: &Origin) -> Option<String> {
    const DAY: i64 = 86_400;
    let today = cx.as_of().days();
    let end = certificate.not_after.div_euclid(DAY);
    let left = end - today;
    let date = Date::from_days(end);
    if left < 0 {
        Some(format!("{} expired on {date}", named(certificate)))
    } else {
        (left <= cx.integer(at, "days")).then(|| format!("{} expires on {date}", named(certificate)))
    }
}

impl Rule for X509Expired {
    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        judge(part, HELP, &test, cx);
    }
}
