use crate::diag::{Product, Release};
use crate::lint::rules::insert::replace_bool;
use crate::lint::rules::prelude::*;
use crate::model::envoy::is_true;
use crate::model::k8s::{Labels, Namespace};
use crate::model::tri::Tri;
use crate::model::value::{Entry, Node as Value};

declare_rule! {
    IstioDestinationruleTls {
        id: "istio-destinationrule-tls",
        group: "istio",
        summary: "a DestinationRule that switches TLS, or its verification, off",
        why: "`mode: DISABLE` makes the sidecars of callers send plaintext to a service of the mesh, whatever the server would accept: what \
              is sent can be read and changed, and the caller has no identity. `insecureSkipVerify: true` keeps encryption and gives \
              up knowing whom it is with.\n\n\
              `DISABLE` is not reported for hosts outside of the mesh: a name with dots that is no `*.svc` one, a host of a \
              ServiceEntry that is `MESH_EXTERNAL`, a Service in a namespace whose injection is disabled, the Kubernetes API. `SIMPLE` \
              without `caCertificates` is verified by the authorities of the system, from Istio 1.21 on; with an older target \
              (`--target istio=1.20`) it is reported.",
        bad: yaml("apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata:\n  name: payment\n  namespace: shop\nspec:\n  host: payment.shop.svc.cluster.local\n  trafficPolicy:\n    tls:\n      mode: DISABLE\n"),
        good: yaml("apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata:\n  name: payment\n  namespace: shop\nspec:\n  host: payment.shop.svc.cluster.local\n  trafficPolicy:\n    tls:\n      mode: ISTIO_MUTUAL\n"),
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "Callers use mutual TLS, or verify certificates, from then on: a server without a sidecar or with another certificate is cut off.",
        source: "https://istio.io/latest/docs/reference/config/networking/destination-rule/#ClientTLSSettings",
        peers: &["istioctl analyze IST0128, IST0129 (missing caCertificates)"],
    }
}

impl Rule for IstioDestinationruleTls {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !object.is("networking.istio.io", "DestinationRule") {
            return;
        }
        let Some(spec) = object.root.get("spec") else { return };
        let subsets = spec.get("subsets").map_or(&[][..], Value::items).iter();
        let policies = spec.get("trafficPolicy").into_iter().chain(subsets.filter_map(|subset| subset.get("trafficPolicy")));
        for policy in policies {
            let ports = policy.get("portLevelSettings").map_or(&[][..], Value::items).iter();
            for tls in policy.get("tls").into_iter().chain(ports.filter_map(|port| port.get("tls"))) {
                judge(object, spec.get("host"), tls, cx);
            }
        }
    }
}

fn judge(object: &Object, host: Option<&Value>, tls: &Value, cx: &mut ManifestCx<'_>) {
    let written = host.and_then(Value::as_str).map_or_else(|| "the host".to_owned(), |host| format!("`{host}`"));
    if let Some(entry) = tls.entry("insecureSkipVerify") {
        if entry.value.unknown().is_some() {
            cx.withhold();
        } else if is_true(&entry.value) {
            let edit = replace_bool(cx.sources(), &entry.value, false);
            let message = format!("the certificate of {written} is not verified");
            if let Some(report) = cx.report_line_as(Severity::Error, &entry.origin, message) {
                let report = report.help("remove `insecureSkipVerify`; name the authority by `caCertificates` if it is no public one");
                if let Some(edit) = edit {
                    report.fix("verify the certificate", Applicability::Unsafe, [edit]);
                }
            }
        }
    }
    let Some(mode) = tls.entry("mode") else { return };
    if mode.value.unknown().is_some() {
        cx.withhold();
    }
    match mode.value.as_str() {
        Some("DISABLE") => {}
        Some("SIMPLE") => return unverified(&written, tls, mode, cx),
        _ => return,
    }
    match in_mesh(object, host, cx) {
        Tri::No => {}
        Tri::Unknown => cx.withhold(),
        Tri::Yes => {
            let edit = cx.replacement(&mode.value, "ISTIO_MUTUAL");
            if let Some(report) = cx.report_line(&mode.origin, format!("callers send plaintext to {written}")) {
                let report = report.help("use `ISTIO_MUTUAL`, or remove `tls`: Istio uses mutual TLS where the server speaks it");
                if let Some(edit) = edit {
                    report.fix("use mutual TLS", Applicability::Unsafe, [edit]);
                }
            }
        }
    }
}

/// A server that is not verified for want of an authority: before 1.21 the proxy fell back on none.
fn unverified(host: &str, tls: &Value, mode: &Entry, cx: &mut ManifestCx<'_>) {
    let is_old = cx.target(Product::Istio, &mode.origin).is_some_and(|target| target < Release::new(1, 21));
    let names = |key: &str| tls.get(key).is_some_and(|node| !node.is_null() && node.as_str() != Some(""));
    let skipped = tls.get("insecureSkipVerify").is_some_and(is_true);
    if !is_old || skipped || names("caCertificates") || names("credentialName") {
        return;
    }
    let message = format!("the certificate of {host} is not verified: `SIMPLE` without `caCertificates` before Istio 1.21");
    if let Some(report) = cx.report_line(&mode.origin, message) {
        report.help("name the authority by `caCertificates`");
    }
}

/// Whether the host of a DestinationRule is one of the mesh, as far as its name and the workspace tell.
fn in_mesh(object: &Object, host: Option<&Value>, cx: &ManifestCx<'_>) -> Tri {
    let Some(host) = host else { return if object.partial { Tri::Unknown } else { Tri::No } };
    let Some(host) = host.as_str() else { return if host.unknown().is_some() { Tri::Unknown } else { Tri::No } };
    // filled in before it is applied
    if host.contains("${") || host.contains("{{") {
        return Tri::Unknown;
    }
    let is_external = |other: &Object| {
        let spec = other.root.get("spec");
        let inside = spec.and_then(|spec| spec.get("location")).and_then(Value::as_str) == Some("MESH_INTERNAL");
        let hosts = spec.and_then(|spec| spec.get("hosts")).map_or(&[][..], Value::items);
        !inside && hosts.iter().any(|item| item.as_str() == Some(host))
    };
    if cx
        .manifests()
        .applied()
        .any(|unit| unit.cluster().of_kind("networking.istio.io", "ServiceEntry").iter().any(|other| is_external(other)))
    {
        return Tri::No;
    }
    let own = match object.namespace() {
        Namespace::Named(name) => Some(name),
        Namespace::Cluster | Namespace::Unknown => None,
    };
    let mut labels = host.split('.');
    let (service, namespace) = match (labels.next(), labels.next(), labels.next()) {
        (Some(service), None, None) => (service, own),
        (Some(service), Some(namespace), Some("svc")) => (service, Some(namespace)),
        // `*.local` and the like stand for every service of the cluster
        (Some("*"), ..) if "svc.cluster.local".ends_with(&host[1..].trim_start_matches('.')) => return Tri::Yes,
        _ if host.contains(".svc") => (host, None),
        _ => return Tri::No,
    };
    if service == "kubernetes" && namespace == Some("default") {
        return Tri::No;
    }
    let Some(space) = namespace.and_then(|name| cx.unit()?.cluster().namespace(name)) else { return Tri::Yes };
    let disabled = space.declared.iter().any(|namespace| {
        let labels = Labels::new(namespace.labels(), namespace.partial);
        labels.get("istio-injection") == Some("disabled") && labels.get("istio.io/dataplane-mode") != Some("ambient")
    });
    let elsewhere = space
        .services
        .iter()
        .any(|known| known.name() == Some(service) && known.root.path(&["spec", "type"]).and_then(Value::as_str) == Some("ExternalName"));
    Tri::from(!disabled && !elsewhere)
}
