//! AdminNetworkPolicy, BaselineAdminNetworkPolicy and ClusterNetworkPolicy (<https://network-policy-api.sigs.k8s.io/>).

use super::Direction;
use super::policy::Items;
use crate::model::k8s::selector::{is_empty, selects};
use crate::model::k8s::{Labels, Object};
use crate::model::tri::Tri;
use crate::model::value::{Node, Value};

/// Whether the policy denies the selected pods every peer in a direction. It isolates nothing implicitly: only the first rule that
/// covers every peer counts.
pub(super) fn isolates(object: &Object, pod: &Labels<'_>, namespace: &Labels<'_>, direction: Direction) -> Tri {
    let Some(spec) = object.root.get("spec").filter(|node| !object.partial && matches!(node.value, Value::Map(_))) else {
        return Tri::Unknown;
    };
    let subject = spec.get("subject");
    let present = |key: &str| subject.and_then(|node| node.get(key)).filter(|node| !node.is_null());
    let selected = match (present("namespaces"), present("pods")) {
        (Some(namespaces), None) => selects(Some(namespaces), namespace),
        (None, Some(pods)) => selects(pods.get("namespaceSelector"), namespace).and(selects(pods.get("podSelector"), pod)),
        _ => Tri::Unknown,
    };
    selected.and(denies(spec, direction))
}

fn denies(spec: &Node, direction: Direction) -> Tri {
    let rules = match Items::of(Some(spec), direction.key()) {
        Items::None => return Tri::No,
        Items::Unknown => return Tri::Unknown,
        Items::Some(rules) => rules,
    };
    let mut unknown = false;
    for rule in rules {
        match covers_all(rule, direction) {
            Tri::No => {}
            Tri::Unknown => unknown = true,
            Tri::Yes if unknown => return Tri::Unknown,
            Tri::Yes => {
                return match rule.get("action").and_then(Node::as_str) {
                    Some("Deny") => Tri::Yes,
                    Some("Allow" | "Accept" | "Pass") => Tri::No,
                    _ => Tri::Unknown,
                };
            }
        }
    }
    if unknown { Tri::Unknown } else { Tri::No }
}

/// Whether a rule is about every peer on every port. Ingress knows no peers but pods; to egress addresses include those of pods.
fn covers_all(rule: &Node, direction: Direction) -> Tri {
    let narrowed = ["ports", "protocols"].map(|key| Items::of(Some(rule), key).is_some());
    let peers = match Items::of(Some(rule), direction.peers_key()) {
        Items::None => return Tri::No,
        Items::Unknown => return Tri::Unknown,
        Items::Some(peers) => peers,
    };
    let all = Tri::any(peers.iter().map(|peer| match direction {
        Direction::Ingress => match (peer.get("namespaces"), peer.get("pods")) {
            (Some(namespaces), None) => is_empty(Some(namespaces)),
            (None, Some(pods)) => is_empty(pods.get("namespaceSelector")).and(is_empty(pods.get("podSelector"))),
            _ => Tri::Unknown,
        },
        Direction::Egress => {
            let world = |node: &Node| if node.unknown().is_some() { Tri::Unknown } else { (node.as_str() == Some("0.0.0.0/0")).into() };
            Tri::any(Items::of(Some(peer), "networks").known().iter().map(world))
        }
    }));
    all.and(!Tri::any(narrowed))
}
