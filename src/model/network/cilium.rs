//! CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy (<https://docs.cilium.io/en/stable/security/policy/>).

use super::Direction;
use super::policy::Items;
use crate::model::k8s::selector::{Lookup, selects};
use crate::model::k8s::{Labels, Object};
use crate::model::tri::Tri;
use crate::model::value::{Node, Value};

/// The labels that Cilium's selectors see: those of the pod, and of its namespace under keys of their own.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint<'a> {
    pub pod: &'a Labels<'a>,
    pub namespace: &'a Labels<'a>,
    /// The name of the namespace.
    pub name: &'a str,
}

const NAMESPACE: &str = "io.kubernetes.pod.namespace";
const NAMESPACE_LABELS: &str = "io.cilium.k8s.namespace.labels.";

impl Lookup for Endpoint<'_> {
    fn has(&self, key: &str) -> Tri {
        match bare(key) {
            None => Tri::No,
            Some(NAMESPACE) => Tri::Yes,
            Some(key) => match key.strip_prefix(NAMESPACE_LABELS) {
                Some(key) => self.namespace.has(key),
                None => self.pod.has(key),
            },
        }
    }

    fn is_one_of(&self, key: &str, values: &[Option<&str>]) -> Tri {
        match bare(key) {
            None => Tri::No,
            Some(NAMESPACE) if values.contains(&Some(self.name)) => Tri::Yes,
            Some(NAMESPACE) => {
                if values.contains(&None) {
                    Tri::Unknown
                } else {
                    Tri::No
                }
            }
            Some(key) => match key.strip_prefix(NAMESPACE_LABELS) {
                Some(key) => self.namespace.is_one_of(key, values),
                None => self.pod.is_one_of(key, values),
            },
        }
    }
}

/// A key without the source of labels in front of it; `None` for sources that no pod's labels have.
fn bare(key: &str) -> Option<&str> {
    match key.split_once(':') {
        None => Some(key),
        Some(("k8s" | "any", key)) => Some(key),
        Some(_) => None,
    }
}

/// A CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy.
#[derive(Clone, Copy, Debug)]
pub struct CiliumPolicy<'o> {
    pub object: &'o Object,
}

impl<'o> CiliumPolicy<'o> {
    /// The view of an object, if it is such a policy.
    #[must_use]
    pub fn new(object: &'o Object) -> Option<Self> {
        let fits = object.is("cilium.io", "CiliumNetworkPolicy") || object.is("cilium.io", "CiliumClusterwideNetworkPolicy");
        fits.then_some(Self { object })
    }

    /// Whether it is about the endpoints of all namespaces.
    #[must_use]
    pub fn is_clusterwide(&self) -> bool {
        &*self.object.kind == "CiliumClusterwideNetworkPolicy"
    }

    /// Its parts, each with a selector and rules of its own: `spec` and those of `specs`.
    pub fn specs(&self) -> impl Iterator<Item = &'o Node> + use<'o> {
        let one = self.object.root.get("spec").filter(|node| !node.is_null());
        one.into_iter().chain(self.object.root.get("specs").map_or(&[][..], Node::items))
    }

    fn is_readable(&self) -> bool {
        let list = self.object.root.get("specs");
        !self.object.partial && list.is_none_or(|node| matches!(node.value, Value::List(_)) || node.is_null())
    }

    /// Whether a part of a policy selects an endpoint with these labels.
    #[must_use]
    pub fn selects(spec: &Node, endpoint: &Endpoint<'_>) -> Tri {
        match (spec.get("endpointSelector"), spec.get("nodeSelector")) {
            (Some(selector), _) => selects(Some(selector), endpoint),
            (None, Some(_)) => Tri::No,
            _ => Tri::Unknown,
        }
    }

    /// The key of the rules that deny.
    #[must_use]
    pub fn deny_key(direction: Direction) -> &'static str {
        match direction {
            Direction::Ingress => "ingressDeny",
            Direction::Egress => "egressDeny",
        }
    }

    /// Whether the policy puts an endpoint under default deny in a direction.
    pub(in crate::model) fn captures(&self, endpoint: &Endpoint<'_>, direction: Direction) -> Tri {
        if !self.is_readable() {
            return Tri::Unknown;
        }
        Tri::any(self.specs().map(|spec| Self::selects(spec, endpoint).and(denies_by_default(spec, direction))))
    }

    /// Whether the policy puts an endpoint under default deny in a direction and does not let everything through again.
    pub(in crate::model) fn isolates(&self, endpoint: &Endpoint<'_>, direction: Direction) -> Tri {
        if !self.is_readable() {
            return Tri::Unknown;
        }
        Tri::any(self.specs().map(|spec| {
            let denied = denies_by_default(spec, direction).and(!allows_all(spec, direction, self.is_clusterwide()));
            Self::selects(spec, endpoint).and(denied)
        }))
    }
}

/// A section of rules, or of rules that deny, puts the endpoint under default deny, unless `enableDefaultDeny` says otherwise.
fn denies_by_default(spec: &Node, direction: Direction) -> Tri {
    let sections = Items::of(Some(spec), direction.key()).is_some().or(Items::of(Some(spec), CiliumPolicy::deny_key(direction)).is_some());
    let enabled = match spec.path(&["enableDefaultDeny", direction.key()]) {
        None => Tri::Yes,
        Some(node) if node.is_null() => Tri::Yes,
        Some(node) => node.as_bool().map_or(Tri::Unknown, Tri::from),
    };
    sections.and(enabled)
}

/// Whether the rules of a direction let every peer in on every port.
fn allows_all(spec: &Node, direction: Direction, clusterwide: bool) -> Tri {
    let prefix = direction.peers_key();
    let (mut cluster, mut world, mut unknown) = (false, false, false);
    for rule in Items::of(Some(spec), direction.key()).known() {
        if Items::of(Some(rule), "toPorts").is_some() != Tri::No {
            continue;
        }
        unknown |= rule.has_unknown();
        for entity in Items::of(Some(rule), &format!("{prefix}Entities")).known() {
            match entity.as_str() {
                Some("all") => return Tri::Yes,
                Some("world") => world = true,
                Some("cluster") => cluster = true,
                _ => {}
            }
        }
        for cidr in Items::of(Some(rule), &format!("{prefix}CIDR")).known() {
            world |= matches!(cidr.as_str(), Some("0.0.0.0/0" | "::/0"));
        }
        // in a namespaced policy it stands for the namespace
        let all = |node: &Node| matches!(&node.value, Value::Map(entries) if entries.is_empty());
        cluster |= clusterwide && Items::of(Some(rule), &format!("{prefix}Endpoints")).known().iter().any(all);
    }
    if cluster && world {
        Tri::Yes
    } else if unknown {
        Tri::Unknown
    } else {
        Tri::No
    }
}
