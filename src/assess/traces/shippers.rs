//! Configurations of log shippers, as text.

use std::sync::LazyLock;

use super::lines;
use crate::assess::words::Words;

/// What the texts of shippers with an output hold, one at least.
static WORDS: LazyLock<Words> = LazyLock::new(|| {
    Words::of_any_case([
        "[output]",
        "outputs:",
        "<match",
        "<store",
        "sinks",
        "clients:",
        "output.",
        "*.",
        "loki.write ",
        "otelcol.exporter.otlp",
    ])
});

/// Outputs that go to another machine, by the names that shippers have for them.
const REMOTE: [&str; 33] = [
    "elasticsearch",
    "es",
    "opensearch",
    "loki",
    "splunk",
    "splunk_hec",
    "splunk_hec_logs",
    "cloudwatch",
    "cloudwatch_logs",
    "aws_cloudwatch_logs",
    "stackdriver",
    "gcp_stackdriver_logs",
    "google_cloud",
    "azure",
    "azure_blob",
    "azure_logs_ingestion",
    "azure_monitor_logs",
    "kafka",
    "s3",
    "aws_s3",
    "http",
    "socket",
    "syslog",
    "otlp",
    "opentelemetry",
    "forward",
    "datadog",
    "datadog_logs",
    "newrelic",
    "new_relic",
    "nrlogs",
    "kinesis_firehose",
    "gelf",
];

fn is_remote(name: &str) -> bool {
    let name = name.trim_matches(|c: char| matches!(c, '"' | '\'' | ',')).to_ascii_lowercase();
    REMOTE.contains(&name.as_str()) || name.starts_with("aws_kinesis") || name.starts_with("kinesis") || name.starts_with("bigquery")
}

/// Whether a text is a shipper's configuration with an output to another machine.
#[must_use]
pub(in crate::assess) fn ships(text: &str) -> bool {
    ships_lines(text).is_some()
}

/// The line of an output to another machine: of Fluent Bit, Fluentd, Vector, Promtail, Filebeat, rsyslog or Alloy.
#[must_use]
fn ships_lines(text: &str) -> Option<u32> {
    if !WORDS.any_in(text) {
        return None;
    }
    let (mut in_output, mut in_match, mut in_sinks) = (false, false, false);
    let mut in_clients = false;
    let mut in_pipeline = false;
    let is_fluent_yaml = text.contains("pipeline:") && text.contains("outputs:");
    let is_vector = text.contains("sinks:") || text.contains("[sinks.") || text.contains("\"sinks\"");
    for (at, whole) in lines(text) {
        let line = whole.trim();
        // Fluent Bit: `[OUTPUT]` with `Name opensearch`
        if line.starts_with('[') {
            in_output = line.eq_ignore_ascii_case("[output]");
            in_sinks = line.starts_with("[sinks.");
        } else if in_output {
            let mut words = line.split_whitespace();
            if words.next().is_some_and(|word| word.eq_ignore_ascii_case("name")) && words.next().is_some_and(is_remote) {
                return Some(at);
            }
        }
        // Fluent Bit in YAML: `outputs:` with `- name: es`
        if is_fluent_yaml {
            if let Some(key) = line.strip_suffix(':') {
                in_pipeline =
                    if matches!(key, "inputs" | "filters" | "outputs" | "parsers" | "service") { key == "outputs" } else { in_pipeline };
            }
            if in_pipeline && line.trim_start_matches("- ").strip_prefix("name:").is_some_and(|name| is_remote(name.trim())) {
                return Some(at);
            }
        }
        // Fluentd: `<match …>` with `@type elasticsearch`
        if line.starts_with("<match") || line.starts_with("<store") {
            in_match = true;
        } else if line.starts_with("</match") {
            in_match = false;
        } else if in_match
            && line
                .strip_prefix("@type ")
                .is_some_and(|name| is_remote(name.trim()) || name.trim().starts_with("elasticsearch") || name.trim().starts_with("azure"))
        {
            return Some(at);
        }
        // Vector: `sinks:` or `[sinks.x]` with `type`
        if is_vector {
            if whole.starts_with("sinks:") {
                in_sinks = true;
            } else if !whole.starts_with([' ', '\t', '[']) && whole.ends_with(':') {
                in_sinks = false;
            }
            let kind = line.strip_prefix("type:").or_else(|| line.strip_prefix("type =")).or_else(|| line.strip_prefix("type="));
            if in_sinks && kind.is_some_and(|kind| is_remote(kind.trim()) || kind.contains("elasticsearch")) {
                return Some(at);
            }
        }
        // Promtail: `clients:` with `- url:`
        if whole.starts_with("clients:") {
            in_clients = true;
        } else if in_clients && line.trim_start_matches("- ").starts_with("url:") && text.contains("scrape_configs") {
            return Some(at);
        }
        // Filebeat, rsyslog, Alloy
        let output = line.strip_prefix("output.").and_then(|rest| rest.strip_suffix(':'));
        if output.is_some_and(|name| matches!(name, "elasticsearch" | "logstash" | "kafka" | "redis")) {
            return Some(at);
        }
        let syslog =
            line.starts_with("*.") && line.split_whitespace().nth(1).is_some_and(|target| target.starts_with('@') && target.len() > 1);
        if syslog || line.starts_with("loki.write ") || line.starts_with("otelcol.exporter.otlp") {
            return Some(at);
        }
    }
    None
}

/// The line and the kind of an output in a file.
pub(super) fn configuration(name: &str, extension: &str, text: &str) -> Option<(u32, &'static str)> {
    let fits = matches!(extension, "conf" | "toml" | "yaml" | "yml" | "cfg" | "json" | "alloy") || name.is_empty();
    // an object of Kubernetes is read as one
    let has = |word: &str| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    if !fits || has("apiVersion:") && has("kind:") {
        return None;
    }
    ships_lines(text).map(|line| (line, "a log shipper with a remote output"))
}
