//! Logs, audit trails, sinks and detections.

mod mesh;
mod shipping;

use super::{Scene, is_set, is_true, of_kind, subject, texts, walk};
use crate::assess::fact::Fact;
use crate::assess::observe::{Observer, Reach, Spot, Subject};
use crate::assess::status::Strength;
use crate::assess::traces::{is_signal, rules};
use crate::assess::world::is_sample;
use crate::model::document::DocumentKind;
use crate::model::k8s::{Object, pod};
use crate::model::value::{Node, Origin};

pub(in crate::assess) fn probe(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    objects(scene, observer);
    mesh::probe(scene, observer);
    decision_logs(scene, observer);
    shipping::probe(scene, observer);
    compose(scene, observer);
    envoys(scene, observer);
    texts_of_files(scene, observer);
}

/// The environment that a file speaks for; `None` for samples.
fn place_of(scene: &Scene<'_>, path: &str) -> Option<Reach> {
    (!is_sample(path, scene.roots)).then(|| super::sources::reach(scene, path))
}

/// What programs and configurations say that are no manifests.
fn texts_of_files(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for file in scene.traces {
        let Some(reach) = place_of(scene, &file.path) else { continue };
        for trace in file.found.iter().filter(|trace| !super::sources::FACTS.contains(&trace.fact)) {
            let who = Subject::new("", "File", file.path.clone());
            let observation = observer.add(trace.fact, who, &reach, None, trace.detail.clone());
            observation.strength = trace.strength;
            observation.spot = Some(Spot { path: file.path.clone(), line: trace.line, column: 1, end_line: trace.line });
        }
    }
}

fn objects(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for placed in scene.world.deployed() {
        let object = &*placed.object;
        let who = subject(object);
        let reach = Reach { environment: placed.environment.clone(), namespace: None };
        match (&*object.group, &*object.kind) {
            ("audit.k8s.io", "Policy") => api_audit(observer, &who, &reach, object),
            ("monitoring.coreos.com", "PrometheusRule") => detection(observer, &who, &reach, object.root.get("spec")),
            ("", "ConfigMap") => config_map(observer, &who, &reach, object),
            ("eksctl.io", "ClusterConfig") => {
                let types = object.root.path(&["cloudWatch", "clusterLogging", "enableTypes"]);
                if let Some(types) = types.filter(|node| texts(Some(node)).any(|kind| matches!(kind, "audit" | "*" | "all"))) {
                    control_plane(observer, &who, &reach, &types.origin, true);
                }
            }
            // kubeadm, kops, Cluster API: the flags of the API server
            ("kubeadm.k8s.io" | "kops.k8s.io" | "cluster.x-k8s.io" | "controlplane.cluster.x-k8s.io", _) => {
                let mut found = None;
                walk(&object.root, &mut |entry| {
                    let named = matches!(&*entry.key, "audit-policy-file" | "audit-log-path" | "auditLogPath" | "auditPolicyFile");
                    let listed = &*entry.key == "name" && matches!(entry.value.as_str(), Some("audit-policy-file" | "audit-log-path"));
                    if named || listed {
                        found = found.or(Some(&entry.origin));
                    }
                });
                if let Some(at) = found {
                    control_plane(observer, &who, &reach, at, false);
                }
            }
            ("networking.k8s.io" | "extensions", "Ingress") => {
                for key in ["alb.ingress.kubernetes.io/load-balancer-attributes", "alb.ingress.kubernetes.io/actions.access-logs"] {
                    if object.annotation(key).is_some_and(|text| text.contains("access_logs.s3.enabled=true")) {
                        observer.note(Fact::LogConfigured, who.clone(), &reach, Some(object.kind_at()), "access logs of the load balancer");
                        observer.note(Fact::LogsShipped, who.clone(), &reach, Some(object.kind_at()), "access logs are kept in a bucket");
                    }
                }
            }
            ("", "Service") if object.annotation("service.beta.kubernetes.io/aws-load-balancer-access-log-enabled") == Some("true") => {
                observer.note(Fact::LogConfigured, who, &reach, Some(object.kind_at()), "access logs of the load balancer");
            }
            ("cloud.google.com", "BackendConfig") => {
                if let Some(node) = object.root.path(&["spec", "logging", "enable"]).filter(|node| is_true(Some(node))) {
                    observer.note(Fact::LogConfigured, who, &reach, Some(&node.origin), "access logs of the load balancer");
                }
            }
            ("gateway.envoyproxy.io", "EnvoyProxy") => {
                if let Some(node) = object.root.path(&["spec", "telemetry", "accessLog"]).filter(|node| !is_true(node.get("disable"))) {
                    observer.note(Fact::LogConfigured, who, &reach, Some(&node.origin), "access logs of the gateway");
                }
            }
            _ => {}
        }
    }
    for workload in scene.world.workloads.iter() {
        let reach = Reach { environment: workload.stated.clone(), namespace: None };
        if let Some(pod) = workload.pod() {
            if let Some(entry) = pod.annotation("config.linkerd.io/access-log") {
                observer.note(Fact::LogConfigured, workload.subject.clone(), &reach, Some(&entry.origin), "access logs of the mesh");
            }
            for word in pod.containers().flat_map(|container| container.words()) {
                flag(observer, &workload.subject, &reach, word);
            }
        }
    }
}

/// A flag of a server that logs: the API server's, Traefik's, Vault's, PostgreSQL's.
fn flag(observer: &mut Observer<'_>, who: &Subject, reach: &Reach, word: &Node) {
    let Some(text) = word.as_str() else { return };
    if text.starts_with("--audit-policy-file=") || text.starts_with("--audit-log-path=") {
        control_plane(observer, who, reach, &word.origin, false);
    } else if matches!(text, "--accesslog" | "--accesslog=true") || text.starts_with("--accesslog.filepath") {
        observer.note(Fact::LogConfigured, who.clone(), reach, Some(&word.origin), "access logs of the gateway");
    } else if text.contains("shared_preload_libraries") && text.contains("pgaudit") || text.starts_with("pgaudit.log=") {
        observer.note(Fact::AuditTrail, who.clone(), reach, Some(&word.origin), "PostgreSQL's pgaudit");
    } else if text.contains("vault audit enable") {
        vault_audit(observer, who, reach, &word.origin, text);
    }
}

fn vault_audit(observer: &mut Observer<'_>, who: &Subject, reach: &Reach, at: &Origin, text: &str) {
    observer.note(Fact::AuditTrail, who.clone(), reach, Some(at), "Vault's audit device");
    observer.note(Fact::AuditAttributable, who.clone(), reach, Some(at), "Vault's audit names who acts");
    let call = text.split("vault audit enable").nth(1).unwrap_or("").lines().next().unwrap_or("");
    if call.split_whitespace().any(|word| matches!(word, "socket" | "syslog")) {
        observer.note(Fact::LogsShipped, who.clone(), reach, Some(at), "Vault's audit is sent on");
    }
}

/// An audit log of the control plane; a managed one lies in the cloud's own store.
fn control_plane(observer: &mut Observer<'_>, who: &Subject, reach: &Reach, at: &Origin, managed: bool) {
    observer.note(Fact::AuditTrail, who.clone(), reach, Some(at), "the control plane's audit log");
    if managed {
        observer.note(Fact::AuditAttributable, who.clone(), reach, Some(at), "the control plane's audit names who acts");
        observer.note(Fact::LogsShipped, who.clone(), reach, Some(at), "the control plane's logs go to the cloud's log service");
    }
}

/// The API server's audit policy: of use if some rule records.
fn api_audit(observer: &mut Observer<'_>, who: &Subject, reach: &Reach, object: &Object) {
    let rules = object.root.get("rules").map_or(&[][..], Node::items);
    let level = |rule: &Node| rule.get("level").and_then(Node::as_str).map(str::to_owned);
    let recording = rules.iter().find(|rule| matches!(level(rule).as_deref(), Some("Metadata" | "Request" | "RequestResponse")));
    match recording {
        Some(rule) => {
            observer.note(Fact::AuditTrail, who.clone(), reach, Some(&rule.origin), "the API server's audit");
            observer.note(Fact::AuditAttributable, who.clone(), reach, Some(&rule.origin), "the API server's audit names who acts");
        }
        None if rules.iter().any(|rule| rule.get("level").is_none_or(|node| node.unknown().is_some())) || object.partial => {}
        None => {
            let at = rules.iter().find_map(|rule| rule.entry("level")).map_or(object.kind_at(), |entry| &entry.origin);
            observer.note(Fact::AuditNothing, who.clone(), reach, Some(at), "the audit policy records nothing");
        }
    }
}

fn detection(observer: &mut Observer<'_>, who: &Subject, reach: &Reach, spec: Option<&Node>) {
    for group in spec.and_then(|spec| spec.get("groups")).map_or(&[][..], Node::items) {
        for rule in group.get("rules").map_or(&[][..], Node::items) {
            let Some(alert) = rule.get("alert").and_then(Node::as_str) else { continue };
            if rule.get("expr").and_then(Node::as_str).is_some_and(is_signal) {
                let who = who.clone().with_part(alert);
                observer.add(Fact::Detection, who, reach, Some(&rule.origin), format!("alert `{alert}`"));
            }
        }
    }
}

/// Texts under the keys of a ConfigMap: alerting rules, scripts that switch Vault's audit on, logs of ingress-nginx.
fn config_map(observer: &mut Observer<'_>, who: &Subject, reach: &Reach, object: &Object) {
    for entry in object.root.get("data").map_or(&[][..], Node::entries) {
        let Some(text) = entry.value.as_str().filter(|text| text.len() < 1 << 20) else { continue };
        let who = || who.clone().with_part(&*entry.key);
        for (_, detail) in rules(text) {
            observer.add(Fact::Detection, who(), reach, Some(&entry.origin), detail).strength = Strength::PARSED;
        }
        if text.contains("vault audit enable") {
            vault_audit(observer, &who(), reach, &entry.origin, text);
        }
        if matches!(&*entry.key, "log-format-upstream" | "access-log-path" | "http-access-log-path") {
            observer.note(Fact::LogConfigured, who(), reach, Some(&entry.origin), "access logs of the ingress controller");
        }
        if &*entry.key == "postgresql.conf" && text.contains("pgaudit") {
            observer.note(Fact::AuditTrail, who(), reach, Some(&entry.origin), "PostgreSQL's pgaudit");
        }
        let is_audit_policy = text.contains("audit.k8s.io/") && text.contains("kind: Policy");
        let records = ["level: Metadata", "level: Request"].iter().any(|level| text.contains(level));
        if is_audit_policy && records {
            control_plane(observer, &who(), reach, &entry.origin, false);
            observer.note(Fact::AuditAttributable, who(), reach, Some(&entry.origin), "the API server's audit names who acts");
        }
    }
}

/// OPA's decision logs, in its configuration wherever it lies.
fn decision_logs(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for document in scene.manifests.documents.iter().filter(|document| document.kind == DocumentKind::Opa) {
        let path = observer.sources.get(observer.sources.outermost(document.source)).path.clone();
        if let Some(reach) = place_of(scene, &path) {
            let logs = document.root.entry("decision_logs").map(|entry| (&entry.value, &entry.origin));
            logs_of(observer, &Subject::new("", "OPA", path), &reach, logs);
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
                    let remote = setting.starts_with("service=") || setting.starts_with("plugin=");
                    if remote {
                        observer.add(Fact::LogsShipped, who.clone(), &reach, Some(word.1), "decision logs are sent to a service");
                    }
                    if remote || setting == "console=true" {
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

/// Drivers of a Compose service's logs.
fn compose(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for document in scene.manifests.documents.iter().filter(|document| document.kind == DocumentKind::Compose) {
        let path = observer.sources.get(observer.sources.outermost(document.source)).path.clone();
        let Some(reach) = place_of(scene, &path) else { continue };
        for service in document.root.get("services").map_or(&[][..], Node::entries) {
            let who = Subject::new("", "Compose", &*service.key);
            if let Some(driver) = service.value.path(&["logging", "driver"]) {
                match driver.as_str() {
                    Some("none") | None => {}
                    Some(name) => {
                        observer.note(Fact::LogConfigured, who.clone(), &reach, Some(&driver.origin), "the service's logs");
                        if !matches!(name, "json-file" | "local" | "journald") {
                            let detail = format!("logs are sent on by the driver `{name}`");
                            observer.note(Fact::LogsShipped, who.clone(), &reach, Some(&driver.origin), detail);
                        }
                    }
                }
            }
            let command = service.value.get("command");
            for word in command.into_iter().chain(command.map_or(&[][..], Node::items)) {
                flag(observer, &who, &reach, word);
            }
        }
    }
}

/// Access logs in configurations of Envoy.
fn envoys(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for document in scene.manifests.documents.iter().filter(|document| document.kind == DocumentKind::Envoy) {
        let path = observer.sources.get(observer.sources.outermost(document.source)).path.clone();
        let Some(reach) = place_of(scene, &path) else { continue };
        let who = Subject::new("", "Envoy", path);
        let mut logs: Vec<(&Node, &Origin)> = Vec::new();
        walk(&document.root, &mut |entry| {
            if matches!(&*entry.key, "access_log" | "accessLog") && is_set(Some(&entry.value)) {
                logs.push((&entry.value, &entry.origin));
            }
        });
        logs.sort_by_key(|(_, at)| at.at);
        for (log, at) in logs {
            observer.note(Fact::LogConfigured, who.clone(), &reach, Some(at), "Envoy's access logs");
            let (mut named, mut sent) = (false, false);
            walk(log, &mut |entry| {
                if let Some(text) = entry.value.as_str() {
                    named |= mesh::names_peer(text);
                    sent |=
                        &*entry.key == "@type" && (text.ends_with("GrpcAccessLogConfig") || text.ends_with("OpenTelemetryAccessLogConfig"));
                }
            });
            if sent {
                observer.note(Fact::LogsShipped, who.clone(), &reach, Some(at), "access logs are sent to a service");
            }
            if named {
                observer.note(Fact::AuditAttributable, who.clone(), &reach, Some(at), "access logs name the peer's identity");
            }
        }
    }
}
