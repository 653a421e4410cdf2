use crate::lint::rules::prelude::*;
use crate::model::otel::{self, Collector};
use crate::model::value::{Entry, Node as Value};

declare_rule! {
    OtelUnusedComponent {
        id: "otel-unused-component",
        group: "otel",
        summary: "an exporter that no pipeline uses, or an extension that is not enabled",
        why: "A component that is only defined does nothing: an exporter to the audit store gets no record, and an authenticator guards \
              nothing, until `service` names them.",
        bad: yaml("receivers:\n  otlp:\n    protocols: {grpc: {}}\nexporters:\n  otlp/audit: {endpoint: \"audit.example.com:4317\"}\n  otlp/traces: {endpoint: \"tempo.example.com:4317\"}\nservice:\n  pipelines:\n    traces:\n      receivers: [otlp]\n      exporters: [otlp/traces]\n"),
        good: yaml("receivers:\n  otlp:\n    protocols: {grpc: {}}\nexporters:\n  otlp/audit: {endpoint: \"audit.example.com:4317\"}\n  otlp/traces: {endpoint: \"tempo.example.com:4317\"}\nservice:\n  pipelines:\n    traces:\n      receivers: [otlp]\n      exporters: [otlp/traces]\n    logs:\n      receivers: [otlp]\n      exporters: [otlp/audit]\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://opentelemetry.io/docs/collector/configuration/#service",
    }
}

impl Rule for OtelUnusedComponent {
    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        if let Some(collector) = otel::of(part) {
            judge(&collector, cx);
        }
    }
}

fn judge(collector: &Collector<'_>, cx: &mut ManifestCx<'_>) {
    let enabled = collector.root.path(&["service", "extensions"]);
    let enables = |id: &str| enabled.map_or(&[][..], Value::items).iter().any(|item| item.as_str() == Some(id));
    let exports = |id: &str| collector.uses("exporters", id).next().is_some();
    let report = |entry: &Entry, message: String, help: &str, cx: &mut ManifestCx<'_>| {
        // what the template or the environment names may be this one
        if collector.partial || collector.root.get("service").is_none_or(Value::has_unknown) {
            cx.withhold();
        } else if let Some(report) = cx.report_line(&entry.origin, message) {
            report.help(help);
        }
    };
    for exporter in collector.components("exporters").iter().filter(|entry| !exports(&entry.key)) {
        report(exporter, format!("no pipeline uses the exporter `{}`", exporter.key), "name it in a pipeline, or remove it", cx);
    }
    for extension in collector.components("extensions").iter().filter(|entry| !enables(&entry.key)) {
        report(extension, format!("the extension `{}` is not enabled", extension.key), "name it in `service.extensions`, or remove it", cx);
    }
}
