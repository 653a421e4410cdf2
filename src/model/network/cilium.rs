//! CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy (<https://docs.cilium.io/en/stable/security/policy/>).

use super::Direction;
use super::policy::Items;
use crate::model::k8s::selector::{Lookup, selects};
use crate::model::k8s::{Labels, Object};
use crate::model::tri::Tri;
use crate::model::value::{Node, Value};

/// The labels that Cilium's selectors see: those of the pod, and of its namespace under keys of their own.
pub(super) struct Endpoint<'a> {
    pub(super) pod: &'a Labels<'a>,
    pub(super) namespace: &'a Labels<'a>,
    pub(super) name: &'a str,
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

/// The rules of a policy: `spec` and `specs`.
fn specs(object: &Object) -> impl Iterator<Item = &Node> {
    let one = object.root.get("spec").filter(|node| !node.is_null());
    one.into_iter().chain(object.root.get("specs").map_or(&[][..], Node::items))
}

/// Whether the policy puts an endpoint under default deny in a direction and does not let everything through again.
pub(super) fn isolates(object: &Object, endpoint: &Endpoint<'_>, direction: Direction) -> Tri {
    if object.partial || object.root.get("specs").is_some_and(|node| !matches!(node.value, Value::List(_)) && !node.is_null()) {
        return Tri::Unknown;
    }
    let clusterwide = &*object.kind == "CiliumClusterwideNetworkPolicy";
    Tri::any(specs(object).map(|spec| {
        let selected = match (spec.get("endpointSelector"), spec.get("nodeSelector")) {
            (Some(selector), _) => selects(Some(selector), endpoint),
            (None, Some(_)) => Tri::No,
            _ => Tri::Unknown,
        };
        selected.and(denies_by_default(spec, direction)).and(!allows_all(spec, direction, clusterwide))
    }))
}

/// A section of rules, or of rules that deny, puts the endpoint under default deny, unless `enableDefaultDeny` says otherwise.
fn denies_by_default(spec: &Node, direction: Direction) -> Tri {
    let deny = match direction {
        Direction::Ingress => "ingressDeny",
        Direction::Egress => "egressDeny",
    };
    let sections = Items::of(Some(spec), direction.key()).is_some().or(Items::of(Some(spec), deny).is_some());
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
