//! The NetworkPolicy of Kubernetes
//! (<https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/>).

use super::Direction;
use crate::model::k8s::selector;
use crate::model::k8s::{Labels, Object};
use crate::model::tri::Tri;
use crate::model::value::{Node, Scalar, Value};

/// A NetworkPolicy of `networking.k8s.io`, or of `extensions`, where it began.
#[derive(Clone, Copy, Debug)]
pub struct NetworkPolicy<'o> {
    pub object: &'o Object,
    /// `None` where it is absent or null, which is an empty one.
    spec: Option<&'o Node>,
}

/// A list of a policy.
#[derive(Clone, Copy, Debug)]
pub enum Items<'o> {
    /// Absent, null or empty, which all mean the same.
    None,
    Some(&'o [Node]),
    /// Templated, or of a wrong type.
    Unknown,
}

impl<'o> Items<'o> {
    /// The list under `key` of a map.
    #[must_use]
    pub fn of(map: Option<&'o Node>, key: &str) -> Self {
        match map.and_then(|node| node.get(key)).map(|node| &node.value) {
            None | Some(Value::Scalar(Scalar::Null)) => Self::None,
            Some(Value::List(items)) if items.is_empty() => Self::None,
            Some(Value::List(items)) => Self::Some(items),
            Some(_) => Self::Unknown,
        }
    }

    /// The items; none where they are not known.
    #[must_use]
    pub fn known(self) -> &'o [Node] {
        match self {
            Self::Some(items) => items,
            Self::None | Self::Unknown => &[],
        }
    }

    /// Whether there is an item.
    #[must_use]
    pub fn is_some(self) -> Tri {
        match self {
            Self::None => Tri::No,
            Self::Some(_) => Tri::Yes,
            Self::Unknown => Tri::Unknown,
        }
    }
}

impl<'o> NetworkPolicy<'o> {
    /// The view of an object, if it is a NetworkPolicy of Kubernetes.
    #[must_use]
    pub fn new(object: &'o Object) -> Option<Self> {
        let fits = object.is("networking.k8s.io", "NetworkPolicy") || object.is("extensions", "NetworkPolicy");
        let spec = object.root.get("spec").filter(|node| !node.is_null());
        fits.then_some(Self { object, spec })
    }

    /// Whether its `spec` can be read: it is a map, or absent, and the object was read whole.
    fn is_readable(&self) -> bool {
        !self.object.partial && self.spec.is_none_or(|node| matches!(node.value, Value::Map(_)))
    }

    fn field(&self, key: &str) -> Option<&'o Node> {
        self.spec?.get(key)
    }

    /// Whether the policy isolates the pods it selects in a direction: `policyTypes` as the API server defaults them. Absent or
    /// empty they are Ingress, and Egress if there are egress rules.
    #[must_use]
    pub fn applies_to(&self, direction: Direction) -> Tri {
        if !self.is_readable() {
            return Tri::Unknown;
        }
        match Items::of(self.spec, "policyTypes") {
            Items::Some(types) => Tri::any(types.iter().map(|item| match item.as_str() {
                Some(name) if name == direction.policy_type() => Tri::Yes,
                Some("Ingress" | "Egress") => Tri::No,
                // refused
                _ => Tri::Unknown,
            })),
            Items::Unknown => Tri::Unknown,
            Items::None if direction == Direction::Ingress => Tri::Yes,
            Items::None => self.rules(Direction::Egress).is_some(),
        }
    }

    /// Whether the rules that are written for a direction are in force: as [`Self::applies_to`], and of a template that was read
    /// around its actions, which types are there.
    #[must_use]
    pub fn rules_apply(&self, direction: Direction) -> Tri {
        if !self.object.partial {
            return self.applies_to(direction);
        }
        match Items::of(self.spec, "policyTypes") {
            Items::Some(types) if types.iter().any(|item| item.as_str() == Some(direction.policy_type())) => Tri::Yes,
            Items::None => self.rules(direction).is_some(),
            Items::Some(_) | Items::Unknown => Tri::Unknown,
        }
    }

    /// Whether `policyTypes` names types, so that they are not defaulted.
    #[must_use]
    pub fn names_types(&self) -> Tri {
        if self.is_readable() { Items::of(self.spec, "policyTypes").is_some() } else { Tri::Unknown }
    }

    /// The rules of a direction, whether it applies or not.
    #[must_use]
    pub fn rules(&self, direction: Direction) -> Items<'o> {
        Items::of(self.spec, direction.key())
    }

    /// Whether it selects pods with these labels in its namespace.
    #[must_use]
    pub fn selects(&self, labels: &Labels<'_>) -> Tri {
        if self.is_readable() { selector::selects(self.field("podSelector"), labels) } else { Tri::Unknown }
    }

    /// Whether the rules of a direction together let everything through.
    #[must_use]
    pub fn allows_all(&self, direction: Direction) -> Tri {
        let items = match self.rules(direction) {
            _ if !self.is_readable() => return Tri::Unknown,
            Items::None => return Tri::No,
            Items::Unknown => return Tri::Unknown,
            Items::Some(items) => items,
        };
        let (mut pods, mut world, mut unknown) = (false, false, false);
        for rule in items {
            let (peers, ports) = (peers(rule, direction), ports(rule));
            if !keys(rule, direction) {
                unknown = true;
                continue;
            }
            match (peers, ports) {
                (Items::None, Items::None) => return Tri::Yes,
                (_, Items::Some(_)) => {}
                (Items::Unknown, _) | (_, Items::Unknown) => unknown = true,
                (Items::Some(peers), Items::None) => {
                    for peer in peers {
                        match reach(peer) {
                            Reach::AllPods => pods = true,
                            Reach::World => world = true,
                            Reach::Some => {}
                            Reach::Unknown => unknown = true,
                        }
                    }
                }
            }
        }
        match (pods, world) {
            (true, true) => Tri::Yes,
            // whether addresses include those of pods depends on the network plugin
            (false, true) => Tri::Unknown,
            _ if unknown => Tri::Unknown,
            _ => Tri::No,
        }
    }
}

/// Whom a peer of a rule stands for.
enum Reach {
    /// All pods of all namespaces.
    AllPods,
    /// All addresses of IPv4 or IPv6.
    World,
    Some,
    Unknown,
}

fn reach(peer: &Node) -> Reach {
    if let Some(block) = peer.get("ipBlock").filter(|node| !node.is_null()) {
        return match (block.get("cidr").and_then(Node::as_str), Items::of(Some(block), "except")) {
            (Some("0.0.0.0/0" | "::/0"), Items::None) => Reach::World,
            (Some("0.0.0.0/0" | "::/0"), Items::Unknown) | (None, _) => Reach::Unknown,
            _ => Reach::Some,
        };
    }
    // absent or null, the namespace is the policy's own
    let Some(namespaces) = peer.get("namespaceSelector").filter(|node| !node.is_null()) else { return Reach::Some };
    match selector::is_empty(Some(namespaces)).and(selector::is_empty(peer.get("podSelector"))) {
        Tri::Yes => Reach::AllPods,
        Tri::No => Reach::Some,
        Tri::Unknown => Reach::Unknown,
    }
}

/// The peers of a rule; none of them stand for every peer.
#[must_use]
pub fn peers(rule: &Node, direction: Direction) -> Items<'_> {
    Items::of(Some(rule), direction.peers_key())
}

/// The ports of a rule; none of them stand for every port.
#[must_use]
pub fn ports(rule: &Node) -> Items<'_> {
    Items::of(Some(rule), "ports")
}

/// Whether a rule is a map of keys that rules of the direction have; null is read as an empty one.
#[must_use]
pub fn keys(rule: &Node, direction: Direction) -> bool {
    match &rule.value {
        Value::Map(entries) => entries.iter().all(|entry| [direction.peers_key(), "ports"].contains(&&*entry.key)),
        _ => rule.is_null(),
    }
}
