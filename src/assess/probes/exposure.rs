//! What is public by accident: datastores behind node ports and load balancers, on ports of their nodes, in Compose files; and how
//! Compose separates services.

use std::collections::BTreeSet;

use super::{Scene, is_true};
use crate::assess::connectivity::EnvironmentReach;
use crate::assess::fact::Fact;
use crate::assess::observe::{Observer, Reach, Subject};
use crate::assess::world::{Workload, is_sample};
use crate::model::document::DocumentKind;
use crate::model::k8s::Object;
use crate::model::value::{Node, Value};

pub(in crate::assess) fn probe(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for own in scene.reach.map_or(&[][..], |reach| &reach.environments) {
        for workload in scene.world.subjects().filter(|workload| workload.environment == own.environment) {
            if let Some(name) = datastore(own, workload) {
                services(scene, observer, workload, name);
                nodes(observer, workload, name);
            }
        }
    }
    if scene.world.workloads.is_empty() {
        networks(scene, observer);
    }
}

/// The datastore that a workload runs.
fn datastore(own: &EnvironmentReach, workload: &Workload) -> Option<&'static str> {
    let id = format!("{}/{}/{}", workload.namespace, workload.subject.kind, workload.subject.name);
    own.graph.nodes.get(own.graph.find(&id)?)?.datastore
}

/// A Service that leads to a datastore from outside of the cluster.
fn services(scene: &Scene<'_>, observer: &mut Observer<'_>, workload: &Workload, name: &str) {
    let Some(pod) = workload.pod() else { return };
    let Some(space) = scene.world.clusters.get(&workload.environment).and_then(|cluster| cluster.namespace(&workload.namespace)) else {
        return;
    };
    let labels = pod.labels();
    for (service, selected) in space.services_of(&labels) {
        let Some(spec) = service.root.get("spec") else { continue };
        let kind = spec.get("type").filter(|node| matches!(node.as_str(), Some("LoadBalancer" | "NodePort")));
        let addresses = spec.get("externalIPs").filter(|node| !node.items().is_empty());
        let Some(at) = kind.or(addresses).filter(|_| selected.is_yes() && !is_internal(service)) else { continue };
        let detail = format!("the Service `{}` leads to it from outside of the cluster ({name})", service.name().unwrap_or("?"));
        observer.note(Fact::DatastoreExposed, workload.subject.clone(), &workload.reach(), Some(&at.origin), detail);
    }
}

/// A load balancer that stays inside, or that admits named networks only.
pub(super) fn is_internal(service: &Object) -> bool {
    let annotations = service.root.path(&["metadata", "annotations"]).map_or(&[][..], Node::entries);
    let internal = annotations.iter().any(|entry| {
        entry.key.contains("internal") && (is_true(Some(&entry.value)) || entry.value.as_str() == Some("0.0.0.0/0"))
            || entry.value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("internal"))
    });
    let ranges = service.root.path(&["spec", "loadBalancerSourceRanges"]).map_or(&[][..], Node::items);
    internal || (!ranges.is_empty() && !ranges.iter().any(|range| matches!(range.as_str(), Some("0.0.0.0/0" | "::/0"))))
}

/// A datastore on a port of its node.
fn nodes(observer: &mut Observer<'_>, workload: &Workload, name: &str) {
    let Some(pod) = workload.pod() else { return };
    if pod.host_network().is_yes() {
        let detail = format!("it uses the network of its node ({name})");
        observer.note(Fact::DatastoreExposed, workload.subject.clone(), &workload.reach(), Some(&pod.spec.origin), detail);
    }
    for port in pod.containers().flat_map(|container| container.ports()) {
        let loopback = port.get("hostIP").and_then(Node::as_str).is_some_and(|ip| ip.starts_with("127.") || ip == "::1");
        if let Some(at) = port.get("hostPort").filter(|node| !node.is_null() && !loopback) {
            let detail = format!("it takes a port of its node ({name})");
            observer.note(Fact::DatastoreExposed, workload.subject.clone(), &workload.reach(), Some(&at.origin), detail);
        }
    }
}

/// Networks of a Compose file: services that share none cannot reach each other.
fn networks(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for document in scene.manifests.documents.iter().filter(|document| document.kind == DocumentKind::Compose) {
        let path = &observer.sources.get(observer.sources.outermost(document.source)).path;
        if is_sample(path, scene.roots) {
            continue;
        }
        let services = document.root.get("services").map_or(&[][..], Node::entries);
        let joined: Vec<BTreeSet<&str>> = services
            .iter()
            .map(|service| match service.value.get("networks").map(|node| &node.value) {
                Some(Value::List(items)) => items.iter().filter_map(Node::as_str).collect(),
                Some(Value::Map(entries)) => entries.iter().map(|entry| &*entry.key).collect(),
                _ => BTreeSet::from(["default"]),
            })
            .collect();
        let apart = joined.iter().enumerate().any(|(at, own)| joined[at + 1..].iter().any(|other| own.is_disjoint(other)));
        let Some(first) = services.iter().find(|service| service.value.get("networks").is_some()).filter(|_| apart) else { continue };
        let who = Subject::new("", "Compose", "networks");
        observer.note(Fact::Segmented, who, &Reach::everywhere(), Some(&first.origin), "services are on networks of their own");
    }
}
