use crate::lint::rules::prelude::*;
use crate::model::otel::{self, Collector, component_type};
use crate::model::value::{Entry, Node as Value, Origin};
use crate::text::Location;

declare_rule! {
    OtelDeprecatedComponent {
        id: "otel-deprecated-component",
        group: "otel",
        summary: "a component or setting that the OpenTelemetry collector no longer has",
        why: "A collector refuses a configuration with a component that it does not know, so what was to be recorded is not. The exporter \
              `logging` became `debug` (deprecated in 0.86, removed in 0.111), its `loglevel` became `verbosity`; the exporter `jaeger` \
              gave way to OTLP, which Jaeger takes itself; the extension `memory_ballast` to Go's own limit (`GOMEMLIMIT`).",
        bad: yaml("receivers:\n  otlp:\n    protocols: {grpc: {}}\nexporters:\n  logging:\nservice:\n  pipelines:\n    traces:\n      receivers: [otlp]\n      exporters: [logging]\n"),
        good: yaml("receivers:\n  otlp:\n    protocols: {grpc: {}}\nexporters:\n  debug:\nservice:\n  pipelines:\n    traces:\n      receivers: [otlp]\n      exporters: [debug]\n"),
        recommended: true,
        fix: FixKind::Safe,
        fix_safety: "Renames `logging` to `debug` in its definition and in all pipelines, and `loglevel` to the `verbosity` that it stood for.",
        source: "https://github.com/open-telemetry/opentelemetry-collector/blob/main/exporter/debugexporter/README.md",
    }
}

impl Rule for OtelDeprecatedComponent {
    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        if let Some(collector) = otel::of(part) {
            judge(&collector, cx);
        }
    }
}

fn judge(collector: &Collector<'_>, cx: &mut ManifestCx<'_>) {
    for exporter in collector.components("exporters") {
        let kind = component_type(&exporter.key);
        match kind {
            "logging" => {
                let edits = renamed(collector, exporter, cx);
                let message = format!("the exporter `{}` was removed from the collector in 0.111", exporter.key);
                if let Some(report) = cx.report(&exporter.origin, message) {
                    let report = report.help("use `debug`, in the pipelines as well");
                    if let Some(edits) = edits {
                        report.fix("rename the exporter to `debug`", Applicability::Safe, edits);
                    }
                }
            }
            "jaeger" | "jaeger_thrift" => {
                if let Some(report) =
                    cx.report(&exporter.origin, format!("the exporter `{}` was removed from the collector in 0.86", exporter.key))
                {
                    report.help("use `otlp`: Jaeger takes it on port 4317");
                }
            }
            _ => {}
        }
        if matches!(kind, "logging" | "debug")
            && let Some(level) = exporter.value.entry("loglevel")
        {
            let edits = verbosity(&exporter.value, level, cx);
            if let Some(report) = cx.report(&level.origin, "`loglevel` was replaced by `verbosity`") {
                let report = report.help("use `verbosity`: `debug` was `detailed`, `info` was `normal`, all others were `basic`");
                if let Some(edits) = edits {
                    report.fix("write the verbosity", Applicability::Safe, edits);
                }
            }
        }
    }
    for extension in collector.components("extensions").iter().filter(|entry| component_type(&entry.key) == "memory_ballast") {
        if let Some(report) = cx.report(&extension.origin, "the extension `memory_ballast` was removed from the collector") {
            report.help("remove it, in `service.extensions` as well, and set `GOMEMLIMIT` to 80 % of the memory limit");
        }
    }
}

/// The edits that make a `debug` exporter of a `logging` one; `None` where there is one of that name already, or where a part is written
/// in a way that leaves no room.
fn renamed(collector: &Collector<'_>, exporter: &Entry, cx: &ManifestCx<'_>) -> Option<Vec<(Location, String)>> {
    let name = exporter.key.replacen("logging", "debug", 1);
    let taken = collector.components("exporters").iter().any(|other| *other.key == *name);
    let pipelines = collector.root.path(&["service", "pipelines"])?;
    if taken || pipelines.has_unknown() || collector.partial {
        return None;
    }
    let mut edits = vec![rename(&exporter.origin, &exporter.key, &name, cx)?];
    for (_, item) in collector.uses("exporters", &exporter.key) {
        edits.push(rename(&item.origin, &exporter.key, &name, cx)?);
    }
    if let Some(level) = exporter.value.entry("loglevel") {
        edits.extend(verbosity(&exporter.value, level, cx)?);
    }
    edits.sort_by_key(|(at, _)| *at);
    edits.dedup();
    Some(edits)
}

/// The edits that write the verbosity that a level of logs stood for
/// (<https://github.com/open-telemetry/opentelemetry-collector/blob/v0.110.0/exporter/loggingexporter/config.go>).
fn verbosity(exporter: &Value, level: &Entry, cx: &ManifestCx<'_>) -> Option<Vec<(Location, String)>> {
    let text = level.value.as_str()?;
    let verbosity = match text.to_ascii_lowercase().as_str() {
        "debug" => "detailed",
        "info" => "normal",
        "warn" | "warning" | "error" | "dpanic" | "panic" | "fatal" => "basic",
        _ => return None,
    };
    if exporter.get("verbosity").is_some() || !level.value.origin.via.is_empty() {
        return None;
    }
    Some(vec![rename(&level.origin, "loglevel", "verbosity", cx)?, rename(&level.value.origin, text, verbosity, cx)?])
}

/// The edit that writes another plain word in the place of `old`; quotes stay. `None` where it is written in another way.
fn rename(at: &Origin, old: &str, new: &str, cx: &ManifestCx<'_>) -> Option<(Location, String)> {
    let written = cx.sources().get(at.at.source).slice(at.at.span);
    let start = written.find(old).filter(|start| *start <= 1 && written.len() == old.len() + 2 * start)?;
    let start = at.at.span.start + u32::try_from(start).ok()?;
    let end = start + u32::try_from(old.len()).ok()?;
    Some((Location { source: at.at.source, span: Span::new(start, end) }, new.to_owned()))
}
