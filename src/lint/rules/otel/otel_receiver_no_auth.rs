use super::otel_insecure_pipeline::exposed;
use crate::lint::rules::prelude::*;
use crate::model::otel::{self, Collector};
use crate::model::tri::Tri;

declare_rule! {
    OtelReceiverNoAuth {
        id: "otel-receiver-no-auth",
        group: "otel",
        summary: "an OTLP receiver that takes data from anyone",
        why: "Whoever reaches the receiver can write traces and logs: flood the backend, or bury what they do among what they invent. \
              An authenticator (`auth.authenticator`), or TLS that demands a client's certificate (`client_ca_file`), says who sends. \
              Receivers on loopback addresses are not reported.",
        bad: yaml("receivers:\n  otlp:\n    protocols:\n      grpc:\n        endpoint: 0.0.0.0:4317\nexporters:\n  debug: {}\nservice:\n  pipelines:\n    traces:\n      receivers: [otlp]\n      exporters: [debug]\n"),
        good: yaml("extensions:\n  oidc: {issuer_url: \"https://login.example.com\", audience: collector}\nreceivers:\n  otlp:\n    protocols:\n      grpc:\n        endpoint: 0.0.0.0:4317\n        auth:\n          authenticator: oidc\nexporters:\n  debug: {}\nservice:\n  extensions: [oidc]\n  pipelines:\n    traces:\n      receivers: [otlp]\n      exporters: [debug]\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://opentelemetry.io/docs/security/config-best-practices/",
    }
}

impl Rule for OtelReceiverNoAuth {
    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        if let Some(collector) = otel::of(part) {
            judge(&collector, cx);
        }
    }
}

fn judge(collector: &Collector<'_>, cx: &mut ManifestCx<'_>) {
    for protocol in collector.otlp_protocols() {
        let node = &protocol.entry.value;
        let present = |path: &[&str]| node.path(path).is_some_and(|value| !value.is_null() && value.as_str() != Some(""));
        if present(&["auth", "authenticator"]) || present(&["tls", "client_ca_file"]) || present(&["tls", "client_ca_pem"]) {
            continue;
        }
        let exposed = exposed(node);
        if exposed.is_no() {
            continue;
        }
        if exposed == Tri::Unknown || collector.partial {
            cx.withhold();
            continue;
        }
        let message = format!("the receiver `{}` takes data over {} from anyone", protocol.receiver, protocol.entry.key);
        if let Some(report) = cx.report_line(&protocol.entry.origin, message) {
            report.help("name an authenticator under `auth`, or demand certificates with `tls.client_ca_file`");
        }
    }
}
