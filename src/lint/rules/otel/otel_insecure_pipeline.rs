use crate::lint::rules::insert::replace_bool;
use crate::lint::rules::prelude::*;
use crate::model::envoy::{is_loopback_host, is_true};
use crate::model::mesh::MtlsMode;
use crate::model::otel::{self, Collector, host};
use crate::model::spire::is_opaque;
use crate::model::tri::Tri;
use crate::model::value::{Entry, Node as Value};

declare_rule! {
    OtelInsecurePipeline {
        id: "otel-insecure-pipeline",
        group: "otel",
        summary: "a collector that takes or sends telemetry in the clear, or does not check whom it sends it to",
        why: "Traces and logs name users, carry tokens and show how a system is attacked; audit records are evidence. An OTLP receiver on \
              an address that others reach needs `tls`; an exporter with `insecure: true`, `insecure_skip_verify: true` or an `http://` \
              endpoint gives the data to anyone on the way.\n\n\
              Receivers and exporters on loopback addresses are not reported, nor exporters to an agent on the same node, nor endpoints \
              that the environment decides. In a namespace whose mesh demands mutual TLS a finding is an info.",
        bad: yaml("receivers:\n  otlp:\n    protocols:\n      grpc:\n        endpoint: 0.0.0.0:4317\nexporters:\n  otlp/backend:\n    endpoint: tempo.example.com:4317\nservice:\n  pipelines:\n    traces:\n      receivers: [otlp]\n      exporters: [otlp/backend]\n"),
        good: yaml("receivers:\n  otlp:\n    protocols:\n      grpc:\n        endpoint: 0.0.0.0:4317\n        tls:\n          cert_file: /run/tls/tls.crt\n          key_file: /run/tls/tls.key\n          client_ca_file: /run/tls/ca.crt\nexporters:\n  otlp/backend:\n    endpoint: tempo.example.com:4317\nservice:\n  pipelines:\n    traces:\n      receivers: [otlp]\n      exporters: [otlp/backend]\n"),
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "The exporter speaks TLS and verifies then: a backend without a certificate that the collector trusts gets no data.",
        source: "https://opentelemetry.io/docs/security/config-best-practices/",
    }
}

impl Rule for OtelInsecurePipeline {
    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        if let Some(collector) = otel::of(part) {
            judge(&collector, part.namespace(cx.sources()), cx);
        }
    }
}

struct Judge {
    severity: Severity,
}

fn judge(collector: &Collector<'_>, namespace: Option<&str>, cx: &mut ManifestCx<'_>) {
    let severity = if namespace.is_some_and(|name| is_protected(name, collector.root, cx)) { Severity::Info } else { Severity::Warning };
    let judge = Judge { severity };
    for protocol in collector.otlp_protocols() {
        match exposed(&protocol.entry.value) {
            Tri::No => continue,
            Tri::Unknown => {
                cx.withhold();
                continue;
            }
            Tri::Yes => {}
        }
        if protocol.entry.value.get("tls").is_some_and(|node| !node.is_null()) {
            continue;
        }
        if collector.partial {
            cx.withhold();
            continue;
        }
        let message = format!("the receiver `{}` takes data over {} in the clear", protocol.receiver, protocol.entry.key);
        if let Some(report) = cx.report_line_as(judge.severity, &protocol.entry.origin, message) {
            report.help("add `tls` with a certificate, and `client_ca_file` to know who sends");
        }
    }
    for exporter in collector.components("exporters") {
        judge.exporter(&exporter.key, &exporter.value, None, 0, cx);
    }
}

/// Whether a receiver's protocol is reached from elsewhere. Without an endpoint it listens on `localhost`.
pub(crate) fn exposed(protocol: &Value) -> Tri {
    let Some(endpoint) = protocol.get("endpoint").filter(|node| !node.is_null()) else {
        return if protocol.unknown().is_some() { Tri::Unknown } else { Tri::No };
    };
    let Some(text) = endpoint.as_str() else { return Tri::Unknown };
    let host = host(text);
    if protocol.get("transport").and_then(Value::as_str).is_some_and(|transport| transport.starts_with("unix")) || text.starts_with('/') {
        Tri::No
    } else if is_opaque(host) || is_opaque(text) && host.is_empty() {
        Tri::Unknown
    } else {
        Tri::from(!is_loopback_host(host))
    }
}

impl Judge {
    /// An exporter, or a part of one; `endpoint` is the one that holds for it.
    fn exporter(&self, name: &str, node: &Value, endpoint: Option<&str>, depth: usize, cx: &mut ManifestCx<'_>) {
        if depth > 20 {
            return;
        }
        let endpoint = node.get("endpoint").and_then(Value::as_str).or(endpoint);
        for entry in node.entries() {
            let is_endpoint =
                matches!(&*entry.key, "endpoint" | "traces_endpoint" | "metrics_endpoint" | "logs_endpoint" | "profiles_endpoint");
            match &*entry.key {
                _ if is_endpoint => self.address(name, &entry.value, &entry.origin, cx),
                "endpoints" => entry.value.items().iter().for_each(|item| self.address(name, item, &item.origin, cx)),
                "insecure" if depth > 0 => self.flag(name, entry, endpoint, "sends in the clear", cx),
                "insecure_skip_verify" => self.flag(name, entry, endpoint, "does not verify whom it sends to", cx),
                _ => self.exporter(name, &entry.value, endpoint, depth + 1, cx),
            }
        }
    }

    fn address(&self, name: &str, node: &Value, at: &crate::model::value::Origin, cx: &mut ManifestCx<'_>) {
        let Some(url) = node.as_str().filter(|url| url.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("http://"))) else { return };
        let host = host(url);
        if is_opaque(host) || host.is_empty() {
            return cx.withhold();
        }
        if !is_loopback_host(host)
            && let Some(report) = cx.report_line_as(self.severity, at, format!("the exporter `{name}` sends to `{host}` in the clear"))
        {
            report.help("use `https`");
        }
    }

    fn flag(&self, name: &str, entry: &Entry, endpoint: Option<&str>, what: &str, cx: &mut ManifestCx<'_>) {
        if entry.value.unknown().is_some() {
            cx.withhold();
        }
        if !is_true(&entry.value) || endpoint.is_some_and(|endpoint| is_loopback_host(host(endpoint)) || is_on_node(endpoint)) {
            return;
        }
        let edit = replace_bool(cx.sources(), &entry.value, false);
        let Some(report) = cx.report_line_as(self.severity, &entry.origin, format!("the exporter `{name}` {what}")) else { return };
        let report = report.help(format!("remove `{}`, and name the backend's authority with `ca_file`", entry.key));
        if let Some(edit) = edit {
            report.fix("speak TLS and verify", Applicability::Unsafe, [edit]);
        }
    }
}

/// Whether an endpoint is the address of the node: `${env:HOST_IP}`, as agents of a DaemonSet are asked.
fn is_on_node(endpoint: &str) -> bool {
    let host = host(endpoint).to_ascii_uppercase();
    is_opaque(endpoint)
        && ["NODE_IP", "HOST_IP", "NODE_NAME", "HOSTIP", "NODEIP"].iter().any(|name| host.contains(name) || endpoint.contains(name))
}

/// Whether the mesh protects what workloads of a namespace send each other.
fn is_protected(namespace: &str, root: &Value, cx: &ManifestCx<'_>) -> bool {
    let mesh_root = cx.mesh_root(&root.origin);
    cx.manifests().applied().any(|unit| unit.effective(mesh_root).namespace_mtls(namespace).mode == MtlsMode::Strict)
}
