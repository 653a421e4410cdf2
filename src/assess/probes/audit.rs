//! Logs, audit trails, sinks and detections.

use super::{Scene, is_set, is_true, of_kind, subject, texts, walk};
use crate::assess::fact::Fact;
use crate::assess::observe::{Observer, Reach, Subject};
use crate::assess::status::Strength;
use crate::assess::world::{by_path, is_sample};
use crate::model::document::DocumentKind;
use crate::model::k8s::pod;
use crate::model::value::{Node, Origin};

pub(super) fn probe(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    objects(scene, observer);
    mesh_configs(scene, observer);
    decision_logs(scene, observer);
    shippers(scene, observer);
}

fn objects(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for placed in scene.world.deployed() {
        let object = &*placed.object;
        let who = subject(object);
        let reach = Reach { environment: placed.environment.clone(), namespace: None };
        match (&*object.group, &*object.kind) {
            ("audit.k8s.io", "Policy") => {
                let rules = object.root.get("rules").map_or(&[][..], Node::items);
                let records = rules
                    .iter()
                    .filter_map(|rule| rule.get("level")?.as_str())
                    .any(|level| matches!(level, "Metadata" | "Request" | "RequestResponse"));
                let at = object.kind_at();
                if records {
                    observer.add(Fact::AuditTrail, who.clone(), &reach, Some(at), "the API server's audit");
                    observer.add(Fact::AuditAttributable, who, &reach, Some(at), "the API server's audit names who acts");
                } else if !rules.is_empty() {
                    observer.add(Fact::AuditNothing, who, &reach, Some(at), "the audit policy records nothing");
                }
            }
            ("telemetry.istio.io", "Telemetry") => {
                let whole = placed.reach.namespace.is_none();
                let reach = if whole { &reach } else { &placed.reach };
                for item in object.root.path(&["spec", "accessLogging"]).map_or(&[][..], Node::items) {
                    if is_true(item.get("disabled")) {
                        continue;
                    }
                    let mut providers =
                        item.get("providers").map_or(&[][..], Node::items).iter().filter_map(|provider| provider.get("name")?.as_str());
                    observer.add(Fact::LogConfigured, who.clone(), reach, Some(&item.origin), "access logs of the mesh");
                    if let Some(name) = providers.find(|name| !matches!(*name, "envoy" | "envoy-file-access-log" | "stdout")) {
                        let detail = format!("access logs are sent to the provider `{name}`");
                        observer.add(Fact::LogsShipped, who.clone(), reach, Some(&item.origin), detail).strength = Strength::INFERRED;
                    }
                }
            }
            ("monitoring.coreos.com", "PrometheusRule") => detection(observer, &who, &reach, object.root.get("spec")),
            _ => {}
        }
    }
}

/// Words of alerts on identity, policy and secret signals; processors and memory are none.
const SIGNALS: [&str; 18] = [
    "denied",
    "unauthorized",
    "forbidden",
    "403",
    "401",
    "opa_",
    "policy",
    "vault",
    "secret",
    "authz",
    "authentication",
    "spiffe",
    "spire",
    "mtls",
    "gatekeeper_violations",
    "kyverno_policy",
    "principal",
    "token",
];

fn detection(observer: &mut Observer<'_>, who: &Subject, reach: &Reach, spec: Option<&Node>) {
    for group in spec.and_then(|spec| spec.get("groups")).map_or(&[][..], Node::items) {
        for rule in group.get("rules").map_or(&[][..], Node::items) {
            let Some(alert) = rule.get("alert").and_then(Node::as_str) else { continue };
            let expression = rule.get("expr").and_then(Node::as_str).unwrap_or("").to_ascii_lowercase();
            if SIGNALS.iter().any(|word| expression.contains(word)) {
                let who = who.clone().with_part(alert);
                observer.add(Fact::Detection, who, reach, Some(&rule.origin), format!("alert `{alert}`"));
            }
        }
    }
}

fn mesh_configs(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for document in scene.manifests.documents.iter().filter(|document| document.kind == DocumentKind::MeshConfig) {
        let path = observer.sources.get(observer.sources.outermost(document.source)).path.clone();
        if is_sample(&path, scene.roots) {
            continue;
        }
        let reach = Reach { environment: by_path(&path, scene.roots), namespace: None };
        mesh_config(observer, &Subject::new("", "MeshConfig", path), &reach, &document.root);
    }
    for placed in scene.world.deployed() {
        for config in crate::model::mesh::mesh_configs(&placed.object) {
            let reach = Reach { environment: placed.environment.clone(), namespace: None };
            mesh_config(observer, &subject(&placed.object), &reach, config);
        }
    }
}

fn mesh_config(observer: &mut Observer<'_>, who: &Subject, reach: &Reach, config: &Node) {
    if let Some(file) = config.get("accessLogFile").filter(|node| is_set(Some(node))) {
        observer.add(Fact::LogConfigured, who.clone(), reach, Some(&file.origin), "access logs of the mesh");
        let format = config.get("accessLogFormat").and_then(Node::as_str).unwrap_or("");
        if format.contains("DOWNSTREAM_PEER_URI_SAN") || format.contains("DOWNSTREAM_PEER_SUBJECT") {
            observer.add(Fact::AuditAttributable, who.clone(), reach, Some(&file.origin), "access logs name the peer's identity");
        }
    }
    for provider in config.get("extensionProviders").map_or(&[][..], Node::items) {
        let sends = ["envoyOtelAls", "envoyHttpAls", "envoyTcpAls"].iter().any(|key| provider.get(key).is_some());
        if sends {
            let name = provider.get("name").and_then(Node::as_str).unwrap_or("?");
            observer.add(Fact::LogConfigured, who.clone().with_part(name), reach, Some(&provider.origin), "an access-log service");
        }
    }
}

/// OPA's decision logs, in its configuration wherever it lies.
fn decision_logs(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for document in scene.manifests.documents.iter().filter(|document| document.kind == DocumentKind::Opa) {
        let path = observer.sources.get(observer.sources.outermost(document.source)).path.clone();
        if !is_sample(&path, scene.roots) {
            let reach = Reach { environment: by_path(&path, scene.roots), namespace: None };
            logs_of(
                observer,
                &Subject::new("", "OPA", path),
                &reach,
                document.root.entry("decision_logs").map(|entry| (&entry.value, &entry.origin)),
            );
        }
    }
    // a configuration that was given to OPA by flags
    for workload in &scene.world.workloads {
        let Some(pod) = pod(&workload.object) else { continue };
        for container in pod.containers() {
            for word in container.words().filter_map(|node| Some((node.as_str()?, &node.origin))) {
                if let Some(setting) = word.0.strip_prefix("--set=decision_logs.").or_else(|| word.0.strip_prefix("decision_logs.")) {
                    let reach = Reach { environment: workload.stated.clone(), namespace: None };
                    let who = workload.subject.clone().with_part("decision_logs");
                    if setting.starts_with("service=") {
                        observer.add(Fact::LogsShipped, who.clone(), &reach, Some(word.1), "decision logs are sent to a service");
                    }
                    if setting.starts_with("service=") || setting == "console=true" {
                        observer.add(Fact::DecisionLogs, who, &reach, Some(word.1), "OPA's decision logs");
                    }
                }
            }
        }
    }
}

fn logs_of(observer: &mut Observer<'_>, who: &Subject, reach: &Reach, logs: Option<(&Node, &Origin)>) {
    let Some((logs, at)) = logs else { return };
    let remote = is_set(logs.get("service")) || is_set(logs.get("plugin"));
    if remote || is_true(logs.get("console")) {
        observer.add(Fact::DecisionLogs, who.clone(), reach, Some(at), "OPA's decision logs");
    }
    if remote {
        observer.add(Fact::LogsShipped, who.clone(), reach, Some(at), "decision logs are sent to a service");
    }
}

/// Outputs of log shippers that go to another machine.
const REMOTE: [&str; 12] =
    ["elasticsearch", "opensearch", "loki", "splunk", "cloudwatch", "stackdriver", "azure", "kafka", "s3", "http", "otlp", "forward"];

/// Configurations of Fluent Bit, Vector and the OpenTelemetry Collector in ConfigMaps and custom resources.
fn shippers(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for placed in of_kind(scene.world, "", "ConfigMap") {
        let object = &*placed.object;
        let reach = Reach { environment: placed.environment.clone(), namespace: None };
        for entry in object.root.get("data").map_or(&[][..], Node::entries) {
            let Some(text) = entry.value.as_str().filter(|text| text.len() < 1 << 20) else { continue };
            if ships(text) {
                observer
                    .add(
                        Fact::LogsShipped,
                        subject(object).with_part(&*entry.key),
                        &reach,
                        Some(&entry.origin),
                        "a log shipper with a remote output",
                    )
                    .strength = Strength::PARSED;
            } else if audit_of_vault(text) {
                observer.add(Fact::AuditTrail, subject(object).with_part(&*entry.key), &reach, Some(&entry.origin), "Vault's audit device");
            }
        }
    }
    for placed in scene.world.deployed() {
        let object = &*placed.object;
        let remote = match (&*object.group, &*object.kind) {
            ("fluentbit.fluent.io", "ClusterOutput" | "Output") => object.root.get("spec").is_some_and(|spec| {
                spec.entries().iter().any(|entry| REMOTE.iter().any(|word| entry.key.starts_with(word)) || &*entry.key == "es")
            }),
            ("logging.banzaicloud.io", "ClusterOutput" | "Output") => {
                object.root.get("spec").is_some_and(|spec| !spec.entries().is_empty())
            }
            ("opentelemetry.io", "OpenTelemetryCollector") => {
                let mut exports = object.root.path(&["spec", "config"]).and_then(Node::as_str).is_some_and(exports_logs);
                if let Some(config) = object.root.path(&["spec", "config"]) {
                    walk(config, &mut |entry| {
                        if &*entry.key == "logs" {
                            exports |= texts(entry.value.get("exporters"))
                                .any(|name| !matches!(name.split('/').next(), Some("logging" | "debug" | "file")));
                        }
                    });
                }
                exports
            }
            _ => false,
        };
        if remote {
            let reach = Reach { environment: placed.environment.clone(), namespace: None };
            observer.add(Fact::LogsShipped, subject(object), &reach, Some(object.kind_at()), "a log output to another machine").strength =
                Strength::PARSED;
        }
    }
}

/// Whether a text is a shipper's configuration with a remote output.
fn ships(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    // Fluent Bit: `[OUTPUT]` with `Name opensearch`
    let mut in_output = false;
    for line in lower.lines().map(str::trim) {
        if line.starts_with('[') {
            in_output = line == "[output]";
        } else if in_output {
            let mut words = line.split_whitespace();
            if words.next() == Some("name") && words.next().is_some_and(|name| REMOTE.contains(&name) || name == "es") {
                return true;
            }
        }
    }
    // Fluentd: `<match …>` with `@type elasticsearch`
    let fluentd = lower.contains("<match")
        && lower
            .lines()
            .any(|line| line.trim().strip_prefix("@type ").is_some_and(|name| REMOTE.iter().any(|word| name.trim().starts_with(word))));
    // Vector: `sinks:` or `[sinks.x]`
    let vector = (lower.contains("\nsinks:") || lower.contains("[sinks."))
        && REMOTE.iter().any(|word| lower.contains(&format!("type: {word}")) || lower.contains(&format!("type = \"{word}")));
    fluentd || vector || exports_logs(&lower)
}

/// Whether a collector's `logs` pipeline exports to more than the console.
fn exports_logs(text: &str) -> bool {
    let Some((_, service)) = text.split_once("pipelines:") else { return false };
    let Some((_, logs)) = service.split_once("logs:") else { return false };
    let Some((_, exporters)) = logs.split_once("exporters:") else { return false };
    let list = exporters.lines().next().unwrap_or("");
    REMOTE.iter().chain(&["otlphttp", "googlecloud", "awscloudwatchlogs"]).any(|word| list.contains(word))
}

/// Whether a Vault configuration switches its audit on.
fn audit_of_vault(text: &str) -> bool {
    text.contains("audit enable") && text.contains("vault")
}
