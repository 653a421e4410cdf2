//! AdminNetworkPolicy, BaselineAdminNetworkPolicy and ClusterNetworkPolicy (<https://network-policy-api.sigs.k8s.io/>).

use super::Direction;
use super::policy::Items;
use crate::model::k8s::selector::{is_empty, selects};
use crate::model::k8s::{Labels, Object};
use crate::model::tri::Tri;
use crate::model::value::{Node, Scalar, Value};

/// A policy of the cluster's administrators.
#[derive(Clone, Copy, Debug)]
pub struct AdminPolicy<'o> {
    pub object: &'o Object,
    /// `None` where it cannot be read.
    spec: Option<&'o Node>,
}

impl<'o> AdminPolicy<'o> {
    /// The view of an object, if it is such a policy.
    #[must_use]
    pub fn new(object: &'o Object) -> Option<Self> {
        let fits = &*object.group == "policy.networking.k8s.io" && object.kind.ends_with("NetworkPolicy");
        let spec = object.root.get("spec").filter(|node| !object.partial && matches!(node.value, Value::Map(_)));
        fits.then_some(Self { object, spec })
    }

    /// Whether it is asked behind all other policies.
    #[must_use]
    pub fn is_baseline(&self) -> bool {
        let tier = self.spec.and_then(|spec| spec.get("tier")).and_then(Node::as_str);
        &*self.object.kind == "BaselineAdminNetworkPolicy" || tier == Some("Baseline")
    }

    /// The number that policies of a tier are sorted by: the lower first. A baseline policy of the older API is alone.
    #[must_use]
    pub fn priority(&self) -> Option<u32> {
        if &*self.object.kind == "BaselineAdminNetworkPolicy" {
            return Some(0);
        }
        match &self.spec?.get("priority")?.value {
            Value::Scalar(Scalar::Number(text)) => text.parse().ok(),
            _ => None,
        }
    }

    /// The rules of a direction.
    #[must_use]
    pub fn rules(&self, direction: Direction) -> Items<'o> {
        if self.spec.is_none() { Items::Unknown } else { Items::of(self.spec, direction.key()) }
    }

    /// Whether it is about pods with these labels in a namespace with those.
    #[must_use]
    pub fn selects(&self, pod: &Labels<'_>, namespace: &Labels<'_>) -> Tri {
        let Some(subject) = self.spec.and_then(|spec| spec.get("subject")) else { return Tri::Unknown };
        let present = |key: &str| subject.get(key).filter(|node| !node.is_null());
        match (present("namespaces"), present("pods")) {
            (Some(namespaces), None) => selects(Some(namespaces), namespace),
            (None, Some(pods)) => selects(pods.get("namespaceSelector"), namespace).and(selects(pods.get("podSelector"), pod)),
            _ => Tri::Unknown,
        }
    }

    /// Whether the policy denies the selected pods every peer in a direction. It isolates nothing implicitly: only the first rule
    /// that covers every peer counts.
    pub(in crate::model) fn isolates(&self, pod: &Labels<'_>, namespace: &Labels<'_>, direction: Direction) -> Tri {
        self.selects(pod, namespace).and(self.denies(direction))
    }

    fn denies(&self, direction: Direction) -> Tri {
        let rules = match self.rules(direction) {
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
