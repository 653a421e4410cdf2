use crate::lint::rules::platform::is_platform;
use crate::lint::rules::prelude::*;
use crate::model::duration;
use crate::model::k8s::Namespace;
use crate::model::value::{Node as Value, Scalar, Value as Data};

declare_rule! {
    CertmanagerLongDuration {
        id: "certmanager-long-duration",
        group: "certmanager",
        summary: "a certificate or key that lives longer than it needs to",
        why: "cert-manager renews by itself, so nothing is gained by a certificate of more than 90 days, and a stolen key is good until it \
              expires. With `rotationPolicy: Never` the key stays the same through every renewal (`Always` is the default since \
              cert-manager 1.18). A certificate with `isCA: true` in a namespace of applications lets whoever reads its Secret issue others; \
              a self-signed issuer vouches for nobody, so it has no place in production but to make a root.\n\n\
              How long a root or an intermediate lives is not reported, nor are authorities in namespaces of the platform.",
        bad: yaml("apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  duration: 8760h\n  secretName: web-tls\n  dnsNames: [web.shop.svc]\n  issuerRef: {name: internal, kind: ClusterIssuer}\n"),
        good: yaml("apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  duration: 2160h\n  secretName: web-tls\n  dnsNames: [web.shop.svc]\n  issuerRef: {name: internal, kind: ClusterIssuer}\n"),
        recommended: true,
        options: &[OptionMeta {
            name: "max-days",
            kind: OptionKind::Integer { min: 1, max: 3650 },
            default: OptionValue::Integer(90),
            doc: "The longest duration of a certificate that passes, in days.",
        }],
        source: "https://cert-manager.io/docs/usage/certificate/",
    }
}

const DAY: i64 = 86_400_000_000_000;
const GROUP: &str = "cert-manager.io";

impl Rule for CertmanagerLongDuration {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        match (&*object.group, &*object.kind) {
            (GROUP, "Certificate") => certificate(object, cx),
            (GROUP, "Issuer") => issuer(object, cx),
            _ => {}
        }
    }
}

fn certificate(object: &Object, cx: &mut ManifestCx<'_>) {
    let Some(spec) = object.root.get("spec") else { return };
    let authority = spec.entry("isCA").filter(|entry| !entry.value.is_null());
    match authority.map(|entry| (&entry.value, entry.value.as_bool())) {
        None if object.partial => return cx.withhold(),
        None | Some((_, Some(false))) => {}
        Some((_, Some(true))) => return ca(object, cx),
        Some((value, None)) => {
            if value.unknown().is_some() {
                cx.withhold();
            }
            return;
        }
    }
    if let Some(entry) = spec.entry("duration") {
        let longest = cx.integer(&entry.origin, "max-days");
        match &entry.value.value {
            Data::Scalar(Scalar::String(text)) if duration::standard(text).is_some_and(|length| length > longest.saturating_mul(DAY)) => {
                if let Some(report) = cx.report(entry.place(), format!("`{text}` is longer than {longest} days")) {
                    report.help(format!("write `duration: {}h` or less: cert-manager renews in time", longest.saturating_mul(24)));
                }
            }
            Data::Scalar(Scalar::Unknown(_)) => cx.withhold(),
            _ => {}
        }
    }
    if let Some(entry) = spec.entry_at(&["privateKey", "rotationPolicy"]) {
        if entry.value.unknown().is_some() {
            cx.withhold();
        }
        if entry.value.as_str() == Some("Never")
            && let Some(report) = cx.report(entry.place(), "`Never` keeps the private key through every renewal")
        {
            report.help("write `rotationPolicy: Always`");
        }
    }
}

/// An authority in a namespace of applications.
fn ca(object: &Object, cx: &mut ManifestCx<'_>) {
    let Some(entry) = object.root.entry_at(&["spec", "isCA"]) else { return };
    match object.namespace() {
        Namespace::Named(name) if is_platform(name, &entry.origin, cx) => {}
        Namespace::Named(name) => {
            if object.partial && object.root.path(&["metadata", "namespace"]).is_none() {
                return cx.withhold();
            }
            let message = format!("an authority in the namespace `{name}`: who reads its Secret can issue certificates");
            if let Some(report) = cx.report(entry.place(), message) {
                report.help("keep authorities in cert-manager's namespace, behind a ClusterIssuer");
            }
        }
        Namespace::Cluster => {}
        Namespace::Unknown => cx.withhold(),
    }
}

/// A self-signed issuer of a production namespace that makes no root.
fn issuer(object: &Object, cx: &mut ManifestCx<'_>) {
    let Some(entry) = object.root.entry_at(&["spec", "selfSigned"]) else { return };
    let Namespace::Named(namespace) = object.namespace() else { return };
    if !namespace.split(['-', '_', '.']).any(|word| matches!(word, "prod" | "production")) {
        return;
    }
    let Some(unit) = cx.unit() else { return };
    let makes_root = |certificate: &Object| {
        let spec = |path: &[&str]| certificate.root.get("spec").and_then(|spec| spec.path(path));
        certificate.namespace() == object.namespace()
            && spec(&["isCA"]).and_then(Value::as_bool) == Some(true)
            && spec(&["issuerRef", "name"]).and_then(Value::as_str) == object.name()
    };
    if unit.cluster().of_kind(GROUP, "Certificate").iter().any(|certificate| makes_root(certificate)) {
        return;
    }
    if let Some(report) = cx.report(entry.place(), format!("self-signed certificates in the namespace `{namespace}` vouch for nobody")) {
        report.help("issue from an authority: `ca`, `vault` or `acme`");
    }
}
