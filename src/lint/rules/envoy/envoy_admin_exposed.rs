use core::net::IpAddr;

use crate::lint::rules::prelude::*;
use crate::model::envoy::{field, field_path, is_loopback_host, values_of};
use crate::model::value::{Node as ValueNode, Scalar, Value};

declare_rule! {
    EnvoyAdminExposed {
        id: "envoy-admin-exposed",
        group: "envoy",
        summary: "an administration interface of Envoy on an address that others reach",
        why: "The administration interface asks for no credentials: who reaches it can read the configuration with its certificates' \
              metadata, drain connections, change log levels and shut the proxy down. Envoy's documentation asks for it to be reachable \
              only through a secure network.",
        bad: yaml("admin:\n  address:\n    socket_address:\n      address: 0.0.0.0\n      port_value: 9901\nstatic_resources:\n  listeners: []\n"),
        good: yaml("admin:\n  address:\n    socket_address:\n      address: 127.0.0.1\n      port_value: 9901\nstatic_resources:\n  listeners: []\n"),
        severity: Severity::Error,
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "Probes and collectors outside of the pod no longer reach the interface.",
        source: "https://www.envoyproxy.io/docs/envoy/latest/operations/admin",
    }
}

impl Rule for EnvoyAdminExposed {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind == DocumentKind::Envoy {
            judge(&document.root, cx);
        }
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if object.is("networking.istio.io", "EnvoyFilter") {
            values_of(object).into_iter().for_each(|(value, _)| judge(value, cx));
        }
    }
}

/// A bootstrap configuration.
fn judge(bootstrap: &ValueNode, cx: &mut ManifestCx<'_>) {
    let Some(socket) = field_path(bootstrap, &["admin", "address", "socket_address"]) else { return };
    let Some(address) = field(socket, "address") else { return };
    let text = match &address.value.value {
        Value::Scalar(Scalar::String(text)) => &**text,
        Value::Scalar(Scalar::Unknown(_)) => return cx.withhold(),
        _ => return,
    };
    if is_loopback_host(text) {
        return;
    }
    // names and variables may be anything
    let Ok(ip) = text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() else { return cx.withhold() };
    let loopback = if ip.is_ipv6() { "::1" } else { "127.0.0.1" };
    let edit = cx.replacement(&address.value, loopback);
    let Some(report) = cx.report(&address.origin, format!("the administration interface listens on `{text}`")) else { return };
    let report = report.help(format!("listen on `{loopback}`"));
    if let Some(edit) = edit {
        report.fix("listen on the loopback interface", Applicability::Unsafe, [edit]);
    }
}
