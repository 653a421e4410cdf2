//! Log shippers in a cluster: Fluent Bit, Fluentd, Vector, the OpenTelemetry collector, agents of vendors, logging operators.

use super::{Fact, Node, Observer, Reach, Scene, Strength, Subject, is_true, place_of, subject, walk};
use crate::assess::traces::ships;
use crate::model::document::DocumentKind;
use crate::model::otel::{self, Collector, component_type};

pub(super) fn probe(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    configurations(scene, observer);
    collectors(scene, observer);
    operators(scene, observer);
    agents(scene, observer);
}

/// Configurations in ConfigMaps, in values of charts, and in Helm releases.
fn configurations(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    let is_text = |text: &&str| text.len() > 20 && text.len() < 1 << 20 && text.contains('\n');
    for placed in scene.world.deployed() {
        let object = &*placed.object;
        let values = match (&*object.group, &*object.kind) {
            ("", "ConfigMap") => object.root.get("data"),
            ("helm.toolkit.fluxcd.io", "HelmRelease") => object.root.path(&["spec", "values"]),
            ("argoproj.io", "Application") => object.root.path(&["spec", "source", "helm"]),
            _ => None,
        };
        let Some(values) = values else { continue };
        let reach = Reach { environment: placed.environment.clone(), namespace: None };
        let mut found = Vec::new();
        walk(values, &mut |entry| {
            if entry.value.as_str().filter(is_text).is_some_and(ships) {
                found.push(entry);
            }
        });
        for entry in found {
            let who = subject(object).with_part(&*entry.key);
            observer.add(Fact::LogsShipped, who, &reach, Some(&entry.origin), "a log shipper with a remote output").strength =
                Strength::PARSED;
        }
    }
    for document in scene.manifests.documents.iter().filter(|document| document.kind == DocumentKind::ChartValues) {
        let path = observer.sources.get(observer.sources.outermost(document.source)).path.clone();
        let Some(reach) = place_of(scene, &path) else { continue };
        let mut found = Vec::new();
        walk(&document.root, &mut |entry| {
            if entry.value.as_str().filter(is_text).is_some_and(ships) {
                found.push(entry);
            }
        });
        for entry in found {
            let who = Subject::new("", "Values", path.clone()).with_part(&*entry.key);
            observer.add(Fact::LogsShipped, who, &reach, Some(&entry.origin), "a log shipper with a remote output").strength =
                Strength::PARSED;
        }
    }
}

/// Pipelines of OpenTelemetry collectors that carry logs, with an exporter that is not the console.
fn collectors(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for document in &scene.manifests.documents {
        let Some(collector) = otel::of_document(document) else { continue };
        let path = observer.sources.get(observer.sources.outermost(document.source)).path.clone();
        if let Some(reach) = place_of(scene, &path) {
            exports(observer, &Subject::new("", "Collector", path), &reach, &collector);
        }
    }
    for placed in scene.world.deployed() {
        let reach = Reach { environment: placed.environment.clone(), namespace: None };
        if let Some(collector) = otel::of_object(&placed.object) {
            exports(observer, &subject(&placed.object), &reach, &collector);
        }
    }
}

fn exports(observer: &mut Observer<'_>, who: &Subject, reach: &Reach, collector: &Collector<'_>) {
    for pipeline in collector.pipelines().iter().filter(|pipeline| component_type(&pipeline.key) == "logs") {
        let named = pipeline.value.get("exporters");
        let items = named.map_or(&[][..], Node::items).iter().chain(named);
        let console = ["logging", "debug", "file", "nop"];
        let sink = items.filter_map(|item| Some((item.as_str()?, &item.origin))).find(|(id, _)| {
            // one that is not configured does not start
            let is_configured = collector.partial || collector.components("exporters").iter().any(|entry| &*entry.key == *id);
            let is_connector = collector.components("connectors").iter().any(|entry| &*entry.key == *id);
            !console.contains(&component_type(id)) && is_configured && !is_connector
        });
        if let Some((id, at)) = sink {
            let detail = format!("a collector exports logs by `{id}`");
            observer.add(Fact::LogsShipped, who.clone(), reach, Some(at), detail).strength = Strength::PARSED;
        }
    }
}

/// Custom resources of operators that configure shippers.
fn operators(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for placed in scene.world.deployed() {
        let object = &*placed.object;
        let spec = object.root.get("spec");
        let keys = || spec.map_or(&[][..], Node::entries).iter().map(|entry| entry.key.to_ascii_lowercase());
        let remote = match (&*object.group, &*object.kind) {
            ("fluentbit.fluent.io" | "fluentd.fluent.io", "ClusterOutput" | "Output") => {
                let local =
                    ["stdout", "file", "null", "match", "matchregex", "alias", "loglevel", "retry_limit", "customplugin", "outputs"];
                let listed = spec.and_then(|spec| spec.get("outputs")).map_or(&[][..], Node::items);
                keys().any(|key| !local.contains(&key.as_str()))
                    || listed.iter().flat_map(Node::entries).any(|entry| !local.contains(&&*entry.key) && &*entry.key != "buffer")
            }
            ("logging.banzaicloud.io", "ClusterOutput" | "Output" | "SyslogNGOutput" | "SyslogNGClusterOutput") => {
                let local = ["nullout", "file", "loggingref", "enabledscope", "protected"];
                keys().any(|key| !local.contains(&key.as_str()))
            }
            ("logging.openshift.io" | "observability.openshift.io", "ClusterLogForwarder") => {
                spec.and_then(|spec| spec.get("pipelines")).is_some_and(|node| !node.items().is_empty())
            }
            ("observability.kaasops.io", "Vector" | "VectorPipeline" | "ClusterVectorPipeline") => {
                let sinks = spec.and_then(|spec| spec.get("sinks")).map_or(&[][..], Node::entries);
                sinks
                    .iter()
                    .any(|sink| !matches!(sink.value.get("type").and_then(Node::as_str), Some("console" | "blackhole" | "file") | None))
            }
            ("monitoring.grafana.com", "LogsInstance" | "GrafanaAgent") => {
                spec.and_then(|spec| spec.get("clients").or_else(|| spec.get("logs"))).is_some()
            }
            ("telemetry.kyma-project.io", "LogPipeline") => spec.and_then(|spec| spec.get("output")).is_some(),
            _ => false,
        };
        if remote {
            let reach = Reach { environment: placed.environment.clone(), namespace: None };
            observer.add(Fact::LogsShipped, subject(object), &reach, Some(object.kind_at()), "a log output to another machine").strength =
                Strength::PARSED;
        }
    }
}

/// Agents of vendors that are told to collect logs.
fn agents(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for workload in &scene.world.workloads {
        let Some(pod) = workload.pod() else { continue };
        let reach = Reach { environment: workload.stated.clone(), namespace: None };
        for container in pod.containers() {
            for variable in container.env() {
                let value = variable.get("value");
                let on = match variable.get("name").and_then(Node::as_str) {
                    Some("DD_LOGS_ENABLED") => is_true(value),
                    _ => false,
                };
                if on {
                    let detail = "an agent collects logs and sends them on";
                    observer.add(Fact::LogsShipped, workload.subject.clone(), &reach, Some(&variable.origin), detail).strength =
                        Strength::PARSED;
                }
            }
            // Fluent's image for Kubernetes is told its sink by the environment
            let image = container.image().unwrap_or("");
            let sink = container.env().iter().find(|variable| {
                let name = variable.get("name").and_then(Node::as_str).unwrap_or("");
                matches!(name, "FLUENT_ELASTICSEARCH_HOST" | "FLUENT_OPENSEARCH_HOST" | "FLUENT_FORWARD_HOST" | "LOKI_URL")
            });
            if let Some(variable) = sink.filter(|_| image.contains("fluent") || image.contains("promtail")) {
                let detail = "an agent collects logs and sends them on";
                observer.add(Fact::LogsShipped, workload.subject.clone(), &reach, Some(&variable.origin), detail).strength =
                    Strength::PARSED;
            }
        }
    }
}
