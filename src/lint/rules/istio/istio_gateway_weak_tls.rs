use crate::lint::rules::gateways::is_inner;
use crate::lint::rules::prelude::*;
use crate::model::value::{Entry, Node as Value};

declare_rule! {
    IstioGatewayWeakTls {
        id: "istio-gateway-weak-tls",
        group: "istio",
        summary: "a gateway whose TLS proves or protects less than it could",
        why: "TLS 1.0 and 1.1 are broken (RFC 8996) and must not be offered. `ISTIO_MUTUAL` on a gateway for clients from outside presents \
              the certificate of the mesh, which they cannot verify. With `OPTIONAL_MUTUAL` a client without a certificate is taken as \
              well, and with `PASSTHROUGH` the gateway sees nothing of what it forwards, so that no policy for HTTP holds there: \
              both are `info`.\n\n\
              Gateways that the mesh's own workloads send through (egress, east-west) are judged by the versions alone.",
        bad: yaml("apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata:\n  name: public\nspec:\n  selector:\n    istio: ingressgateway\n  servers:\n  - port:\n      number: 443\n      name: https\n      protocol: HTTPS\n    hosts:\n    - shop.example.com\n    tls:\n      mode: SIMPLE\n      credentialName: shop-tls\n      minProtocolVersion: TLSV1_0\n"),
        good: yaml("apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata:\n  name: public\nspec:\n  selector:\n    istio: ingressgateway\n  servers:\n  - port:\n      number: 443\n      name: https\n      protocol: HTTPS\n    hosts:\n    - shop.example.com\n    tls:\n      mode: SIMPLE\n      credentialName: shop-tls\n      minProtocolVersion: TLSV1_2\n"),
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "Raises the lowest version to TLS 1.2: clients that know none as new are cut off.",
        source: "https://istio.io/latest/docs/reference/config/networking/gateway/#ServerTLSSettings",
    }
}

impl Rule for IstioGatewayWeakTls {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !object.is("networking.istio.io", "Gateway") {
            return;
        }
        for tls in object.root.path(&["spec", "servers"]).map_or(&[][..], Value::items).iter().filter_map(|server| server.get("tls")) {
            if let Some(version) = tls.entry("minProtocolVersion") {
                lowest(version, cx);
            }
            if let Some(mode) = tls.entry("mode").filter(|_| !is_inner(object)) {
                judge(mode, cx);
            }
        }
    }
}

fn lowest(entry: &Entry, cx: &mut ManifestCx<'_>) {
    if entry.value.unknown().is_some() {
        cx.withhold();
    }
    let Some(version @ ("TLSV1_0" | "TLSV1_1")) = entry.value.as_str() else { return };
    let edit = cx.replacement(&entry.value, "TLSV1_2");
    let Some(report) = cx.report_line_as(Severity::Error, &entry.origin, format!("this server offers `{version}`, which is broken")) else {
        return;
    };
    let report = report.help("use `TLSV1_2` or `TLSV1_3`");
    if let Some(edit) = edit {
        report.fix("offer TLS 1.2 and newer alone", Applicability::Unsafe, [edit]);
    }
}

fn judge(entry: &Entry, cx: &mut ManifestCx<'_>) {
    if entry.value.unknown().is_some() {
        cx.withhold();
    }
    let (severity, what, help) = match entry.value.as_str() {
        Some("PASSTHROUGH") => (
            Severity::Info,
            "`PASSTHROUGH`: the gateway sees nothing of what it forwards",
            "terminate TLS at the gateway, or see that the server demands what the gateway cannot",
        ),
        Some("OPTIONAL_MUTUAL") => {
            (Severity::Info, "`OPTIONAL_MUTUAL`: clients without a certificate are taken as well", "use `MUTUAL`, or `SIMPLE` with tokens")
        }
        Some("ISTIO_MUTUAL") => {
            (Severity::Warning, "`ISTIO_MUTUAL`: clients from outside cannot verify the mesh's certificate", "use `SIMPLE` or `MUTUAL`")
        }
        _ => return,
    };
    if let Some(report) = cx.report_line_as(severity, &entry.origin, what) {
        report.help(help);
    }
}
