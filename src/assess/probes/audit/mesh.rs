//! Access logs of a mesh: MeshConfig and Telemetry (<https://istio.io/latest/docs/reference/config/telemetry/>).

use std::collections::BTreeMap;

use super::{Fact, Node, Observer, Origin, Reach, Scene, Strength, Subject, is_set, is_true, of_kind, place_of, subject, texts, walk};
use crate::model::document::DocumentKind;

/// Where the access logs of a provider go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Sink {
    /// The proxy's own output.
    Console,
    Remote,
}

/// A provider of access logs.
#[derive(Clone, Copy, Debug)]
struct Provider<'n> {
    sink: Sink,
    names_peer: bool,
    at: &'n Origin,
}

/// Whether a format of access logs says which identity called.
pub(super) fn names_peer(format: &str) -> bool {
    const WORDS: [&str; 5] =
        ["DOWNSTREAM_PEER_URI_SAN", "DOWNSTREAM_PEER_SUBJECT", "DOWNSTREAM_PEER_PRINCIPAL", "source.principal", "uri_san_peer_certificate"];
    WORDS.iter().any(|word| format.contains(word)) || format.contains("source_principal")
}

fn holds_peer(node: &Node) -> bool {
    let mut found = false;
    walk(node, &mut |entry| found |= names_peer(&entry.key) || entry.value.as_str().is_some_and(names_peer));
    found
}

pub(super) fn probe(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    let mut configs: Vec<(Subject, Reach, &Node)> = Vec::new();
    for document in scene.manifests.documents.iter().filter(|document| document.kind == DocumentKind::MeshConfig) {
        let path = observer.sources.get(observer.sources.outermost(document.source)).path.clone();
        if let Some(reach) = place_of(scene, &path) {
            configs.push((Subject::new("", "MeshConfig", path), reach, &document.root));
        }
    }
    for document in scene.manifests.documents.iter().filter(|document| document.kind == DocumentKind::ChartValues) {
        let path = observer.sources.get(observer.sources.outermost(document.source)).path.clone();
        if let (Some(reach), Some(config)) = (place_of(scene, &path), document.root.get("meshConfig")) {
            configs.push((Subject::new("", "MeshConfig", path), reach, config));
        }
    }
    for placed in scene.world.deployed() {
        for config in crate::model::mesh::mesh_configs(&placed.object) {
            let reach = Reach { environment: placed.environment.clone(), namespace: None };
            configs.push((subject(&placed.object), reach, config));
        }
    }
    let mut providers: BTreeMap<&str, Provider<'_>> = BTreeMap::new();
    for (_, _, config) in &configs {
        for item in config.get("extensionProviders").map_or(&[][..], Node::items) {
            let Some(name) = item.get("name").and_then(Node::as_str) else { continue };
            let remote = ["envoyOtelAls", "envoyHttpAls", "envoyTcpAls"].iter().find_map(|key| item.get(key).map(|node| (*key, node)));
            let file = item.get("envoyFileAccessLog");
            let provider = match (remote, file) {
                // Envoy's own service is sent the certificates' names
                (Some((key, node)), _) => {
                    Provider { sink: Sink::Remote, names_peer: key != "envoyOtelAls" || holds_peer(node), at: &item.origin }
                }
                (None, Some(node)) => Provider { sink: Sink::Console, names_peer: holds_peer(node), at: &item.origin },
                (None, None) => continue,
            };
            providers.insert(name, provider);
        }
    }
    for (who, reach, config) in &configs {
        if let Some(file) = config.get("accessLogFile").filter(|node| is_set(Some(node))) {
            observer.note(Fact::LogConfigured, who.clone(), reach, Some(&file.origin), "access logs of the mesh");
            if config.get("accessLogFormat").and_then(Node::as_str).is_some_and(names_peer) {
                observer.note(Fact::AuditAttributable, who.clone(), reach, Some(&file.origin), "access logs name the peer's identity");
            }
        }
        let service = config.get("enableEnvoyAccessLogService").filter(|node| is_true(Some(node)));
        if let Some(node) = service {
            observer.note(Fact::LogConfigured, who.clone(), reach, Some(&node.origin), "access logs of the mesh");
            observer.note(Fact::LogsShipped, who.clone(), reach, Some(&node.origin), "access logs are sent to a service");
            observer.note(Fact::AuditAttributable, who.clone(), reach, Some(&node.origin), "access logs name the peer's identity");
        }
        let defaults = config.path(&["defaultProviders", "accessLogging"]);
        let names: Vec<&str> = texts(defaults).collect();
        if let Some(node) = defaults.filter(|_| !names.is_empty()) {
            logs(observer, who, reach, &node.origin, &names, &providers);
        }
    }
    for placed in of_kind(scene.world, "telemetry.istio.io", "Telemetry") {
        // a Telemetry of a namespace logs for that namespace; one of the mesh's root for all
        let root = matches!(placed.object.namespace(), crate::model::k8s::Namespace::Named(name) if name == scene.world.mesh_root);
        let whole = Reach { environment: placed.environment.clone(), namespace: None };
        let reach = if root || placed.reach.namespace.is_none() { &whole } else { &placed.reach };
        let who = subject(&placed.object);
        for item in placed.object.root.path(&["spec", "accessLogging"]).map_or(&[][..], Node::items) {
            if is_true(item.get("disabled")) {
                continue;
            }
            let names: Vec<&str> =
                item.get("providers").map_or(&[][..], Node::items).iter().filter_map(|provider| provider.get("name")?.as_str()).collect();
            logs(observer, &who, reach, &item.origin, &names, &providers);
        }
    }
}

/// Access logs that are given to providers; to the default one where none is named.
fn logs(observer: &mut Observer<'_>, who: &Subject, reach: &Reach, at: &Origin, names: &[&str], providers: &BTreeMap<&str, Provider<'_>>) {
    observer.note(Fact::LogConfigured, who.clone(), reach, Some(at), "access logs of the mesh");
    for name in names {
        match providers.get(name) {
            Some(provider) => {
                if provider.sink == Sink::Remote {
                    let detail = format!("access logs are sent to the provider `{name}`");
                    observer.note(Fact::LogsShipped, who.clone(), reach, Some(at), detail);
                }
                if provider.names_peer {
                    let who = who.clone().with_part(*name);
                    observer.note(Fact::AuditAttributable, who, reach, Some(provider.at), "access logs name the peer's identity");
                }
            }
            None if matches!(*name, "envoy" | "envoy-file-access-log" | "stdout" | "mesh-default") => {}
            // a provider that is set up elsewhere
            None => {
                let detail = format!("access logs are given to the provider `{name}`, which is set up elsewhere");
                observer.add(Fact::LogsShipped, who.clone(), reach, Some(at), detail).strength = Strength::INFERRED;
            }
        }
    }
}
