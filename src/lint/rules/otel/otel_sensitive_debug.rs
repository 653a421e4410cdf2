use crate::lint::rules::prelude::*;
use crate::model::otel::{self, Collector, component_type};
use crate::model::value::Entry;

declare_rule! {
    OtelSensitiveDebug {
        id: "otel-sensitive-debug",
        group: "otel",
        summary: "a collector that writes whole records to its log",
        why: "`verbosity: detailed` prints every attribute and body of what passes: headers, tokens, claims, queries. The collector's log \
              is kept elsewhere and longer, and read by others, than the data.\n\n\
              `loglevel: debug` of the exporter `logging` is the same. Reported for an exporter that a pipeline uses. Pipelines and namespaces that are called after development, tests or \
              debugging are not.",
        bad: yaml("receivers:\n  otlp:\n    protocols: {grpc: {}}\nexporters:\n  debug:\n    verbosity: detailed\nservice:\n  pipelines:\n    traces:\n      receivers: [otlp]\n      exporters: [debug]\n"),
        good: yaml("receivers:\n  otlp:\n    protocols: {grpc: {}}\nexporters:\n  debug:\n    verbosity: basic\nservice:\n  pipelines:\n    traces:\n      receivers: [otlp]\n      exporters: [debug]\n"),
        recommended: true,
        source: "https://github.com/open-telemetry/opentelemetry-collector/blob/main/exporter/debugexporter/README.md",
    }
}

impl Rule for OtelSensitiveDebug {
    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        let Some(collector) = otel::of(part) else { return };
        if !part.namespace(cx.sources()).is_some_and(is_development) {
            judge(&collector, cx);
        }
    }
}

fn judge(collector: &Collector<'_>, cx: &mut ManifestCx<'_>) {
    for exporter in collector.components("exporters").iter().filter(|entry| matches!(component_type(&entry.key), "debug" | "logging")) {
        let Some(verbosity) = whole_records(exporter) else { continue };
        let Some((pipeline, _)) = collector.uses("exporters", &exporter.key).find(|(pipeline, _)| !is_development(&pipeline.key)) else {
            continue;
        };
        let message = format!("the pipeline `{}` writes whole records to the collector's log", pipeline.key);
        if let Some(report) = cx.report(&verbosity.origin, message) {
            report.help("use `basic`, or take the exporter out of the pipeline");
        }
    }
}

/// What makes an exporter write whole records; `loglevel` is what `logging` read before `verbosity`, which wins.
fn whole_records(exporter: &Entry) -> Option<&Entry> {
    if let Some(verbosity) = exporter.value.entry("verbosity") {
        return (verbosity.value.as_str() == Some("detailed")).then_some(verbosity);
    }
    let level = exporter.value.entry("loglevel").filter(|_| component_type(&exporter.key) == "logging")?;
    level.value.as_str().is_some_and(|level| level.eq_ignore_ascii_case("debug")).then_some(level)
}

/// Whether something is called after a place where no one's data is.
fn is_development(name: &str) -> bool {
    const WORDS: [&str; 12] =
        ["dev", "devel", "develop", "development", "test", "testing", "debug", "local", "sandbox", "staging", "e2e", "playground"];
    name.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| WORDS.iter().any(|known| word.eq_ignore_ascii_case(known)))
}
