//! DestinationRules that tell clients to speak plain text to a workload, whatever it would take.

use std::collections::BTreeSet;

use super::super::{Scene, of_kind, subject};
use crate::assess::fact::Fact;
use crate::assess::observe::{Observer, Reach, Subject};
use crate::assess::world::Placed;
use crate::model::k8s::Namespace;
use crate::model::value::{Node, Origin};

pub(super) fn observe(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    let members: BTreeSet<Subject> =
        observer.found.iter().filter(|seen| seen.fact == Fact::MeshMember).map(|seen| seen.subject.clone()).collect();
    for placed in of_kind(scene.world, "networking.istio.io", "DestinationRule") {
        let Some(at) = plain(placed.object.root.get("spec")) else { continue };
        rule(scene, observer, &members, placed, at);
    }
}

/// Where a rule switches TLS off: for the host, a port or a subset.
fn plain(spec: Option<&Node>) -> Option<&Origin> {
    let spec = spec?;
    let subsets = spec.get("subsets").map_or(&[][..], Node::items).iter().filter_map(|subset| subset.get("trafficPolicy"));
    spec.get("trafficPolicy").into_iter().chain(subsets).find_map(mode_of)
}

fn mode_of(policy: &Node) -> Option<&Origin> {
    let ports = policy.get("portLevelSettings").map_or(&[][..], Node::items);
    std::iter::once(policy)
        .chain(ports)
        .filter_map(|part| part.path(&["tls", "mode"]))
        .find(|node| node.as_str() == Some("DISABLE"))
        .map(|node| &node.origin)
}

fn rule(scene: &Scene<'_>, observer: &mut Observer<'_>, members: &BTreeSet<Subject>, placed: &Placed, at: &Origin) {
    let host = placed.object.root.path(&["spec", "host"]).and_then(Node::as_str).unwrap_or("");
    let own = match placed.object.namespace() {
        Namespace::Named(name) => name,
        Namespace::Cluster | Namespace::Unknown => "",
    };
    let stem = host.trim_end_matches('.').trim_end_matches(".cluster.local").trim_end_matches(".svc").trim_end_matches(".local");
    // `orders`, `orders.shop`, `*.shop`, `*`
    let (service, namespace) = match stem.split_once('.') {
        _ if stem == "*" || matches!(host, "*" | "*.local" | "*.svc.cluster.local" | "*.cluster.local") => ("*", None),
        None => (stem, Some(own)),
        Some((service, namespace)) if !namespace.contains('.') => (service, Some(namespace)),
        // another host than one of the cluster's
        Some(_) => return,
    };
    let here = placed.environment.as_deref();
    for workload in scene.world.subjects() {
        let in_reach = here.is_none_or(|own| own == workload.environment) && namespace.is_none_or(|name| name == workload.namespace);
        if !in_reach {
            continue;
        }
        let selected = service == "*" || {
            let space = scene.world.clusters.get(&workload.environment).and_then(|cluster| cluster.namespace(&workload.namespace));
            let labels = workload.pod().map(|pod| pod.labels());
            match (space, &labels) {
                (Some(space), Some(labels)) => {
                    space.services_of(labels).any(|(object, selected)| selected.is_yes() && object.name() == Some(service))
                }
                _ => false,
            }
        };
        if selected && members.contains(&workload.subject) {
            let who = workload.subject.clone().with_part(format!("clients of {}", subject(&placed.object).name));
            let reach = Reach { environment: Some(workload.environment.clone()), namespace: Some(workload.namespace.clone()) };
            observer.add(Fact::MtlsNotStrict, who, &reach, Some(at), "clients are told to speak plain text");
        }
    }
}
