//! Whether the pods of a namespace are denied what no policy allows.

use std::sync::Arc;

use super::cilium::Endpoint;
use super::{CalicoPolicy, CiliumPolicy, Direction, NetworkPolicy, admin};
use crate::model::k8s::{Cluster, Labels, Object, Scope, Space, scope};
use crate::model::tri::Tri;
use crate::model::value::Node;

/// Workloads, or namespaces, times policies that are looked at; beyond, the answer is unknown.
const MAX_PAIRS: usize = 1_000_000;

/// What isolates the pods of a namespace in one direction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Isolation {
    /// Every pod, whatever its labels, is denied what no policy allows.
    pub default_deny: Tri,
    /// There are workloads, and each is selected by some policy for this direction that does not let everything through.
    pub every_workload: Tri,
    /// There are workloads, and all use the network of their node, where no policy holds.
    pub only_host_network: Tri,
}

/// What isolates the pods of a namespace: Kubernetes' NetworkPolicy, Cilium's and Calico's policies, namespaced or not, and the
/// cluster policies of the Network Policy API.
#[must_use]
pub fn isolation(cluster: &Cluster, space: &Space, direction: Direction) -> Isolation {
    if cluster.wide_policies.len().saturating_mul(cluster.namespaces().len()) > MAX_PAIRS {
        return Isolation { default_deny: Tri::Unknown, every_workload: Tri::Unknown, only_host_network: Tri::Unknown };
    }
    let namespace = space.labels();
    let own = space.objects.iter().filter(|object| is_policy(object));
    let is_global = |object: &&Arc<Object>| is_policy(object) && scope(&object.group, &object.kind) == Scope::Cluster;
    let policies: Vec<&Arc<Object>> = own.chain(cluster.wide_policies.iter().filter(is_global)).collect();
    let denies = |object: &Arc<Object>| denies_by_default(object, &namespace, &space.name, direction);
    let mut default_deny = Tri::any(policies.iter().map(|object| denies(object)));
    // a policy of a namespace that is not known may be one for this
    let may_be_for_this = |object: &Arc<Object>| is_policy(object) && !is_global(&object) && !denies(object).is_no();
    let elsewhere = cluster.wide_policies.iter().any(|object| makes_policies(object) || may_be_for_this(object));
    if elsewhere || hides_policies(space) {
        default_deny = default_deny.or(Tri::Unknown);
    }
    let workloads: Vec<Tri> = space.pods().map(|pod| pod.host_network()).collect();
    let unread = workloads.len() < space.workloads.len();
    let guard = if unread { Tri::Unknown } else { Tri::Yes };
    let only_host_network = if workloads.is_empty() { Tri::No } else { Tri::all(workloads.iter().copied()).and(guard) };
    let mut every_workload = Tri::No;
    if default_deny.is_no() && !policies.is_empty() && !workloads.is_empty() {
        every_workload = if policies.len().saturating_mul(workloads.len()) > MAX_PAIRS {
            Tri::Unknown
        } else {
            let reached = space.pods().filter(|pod| !pod.host_network().is_yes());
            let selected =
                |labels: &Labels<'_>| Tri::any(policies.iter().map(|object| isolates(object, labels, &namespace, &space.name, direction)));
            Tri::all(reached.map(|pod| selected(&pod.labels()))).and(guard)
        };
    }
    Isolation { default_deny, every_workload, only_host_network }
}

/// Whether a pod with these labels in a namespace is denied what no policy allows, in a direction.
#[must_use]
pub fn isolates_pod(cluster: &Cluster, space: &Space, pod: &Labels<'_>, direction: Direction) -> Tri {
    let namespace = space.labels();
    let of = |object: &Arc<Object>| isolates(object, pod, &namespace, &space.name, direction);
    let own = Tri::any(space.objects.iter().filter(|object| is_policy(object)).map(of));
    let wide = cluster.wide_policies.iter().map(|object| match is_policy(object) {
        true if scope(&object.group, &object.kind) == Scope::Cluster => of(object),
        // one of a namespace that is not known may be one of this
        true => of(object).and(Tri::Unknown),
        false if makes_policies(object) => Tri::Unknown,
        false => Tri::No,
    });
    own.or(Tri::any(wide))
}

/// Whether a policy denies every pod of a namespace, whatever its labels, what it does not allow.
fn denies_by_default(object: &Object, namespace: &Labels<'_>, name: &str, direction: Direction) -> Tri {
    let of = |pod: &Labels<'_>| isolates(object, pod, namespace, name, direction);
    match of(&Labels::unknown()) {
        // the labels of a pod decide, so it is no default; unless it is as unknown for a pod whose labels are known
        Tri::Unknown if of(&Labels::default()) != Tri::Unknown => Tri::No,
        answer => answer,
    }
}

/// Whether a policy selects pods with these labels for a direction and does not let everything through.
fn isolates(object: &Object, pod: &Labels<'_>, namespace: &Labels<'_>, name: &str, direction: Direction) -> Tri {
    match (&*object.group, &*object.kind) {
        ("networking.k8s.io" | "extensions", _) => NetworkPolicy::new(object)
            .map_or(Tri::No, |policy| policy.selects(pod).and(policy.applies_to(direction)).and(!policy.allows_all(direction))),
        ("cilium.io", _) => CiliumPolicy::new(object)
            .map_or(Tri::No, |policy| policy.isolates(&Endpoint { pod, namespace, name }, direction)),
        ("projectcalico.org" | "crd.projectcalico.org", _) => {
            let pod = pod.clone().with("projectcalico.org/namespace", name);
            let namespace = namespace.clone().with("projectcalico.org/name", name);
            CalicoPolicy::new(object).map_or(Tri::No, |policy| policy.isolates(&pod, &namespace, direction))
        }
        ("policy.networking.k8s.io", _) => admin::isolates(object, pod, namespace, direction),
        _ => Tri::Unknown,
    }
}

/// Whether an object is a network policy of a kind that is known, or of one that is not, whose effect is unknown then. Policies
/// that are only staged have none.
fn is_policy(object: &Object) -> bool {
    let known = match &*object.group {
        "networking.k8s.io" | "extensions" => return &*object.kind == "NetworkPolicy",
        "cilium.io" => return matches!(&*object.kind, "CiliumNetworkPolicy" | "CiliumClusterwideNetworkPolicy"),
        "projectcalico.org" | "crd.projectcalico.org" => matches!(&*object.kind, "NetworkPolicy" | "GlobalNetworkPolicy"),
        "policy.networking.k8s.io" => true,
        _ => true,
    };
    known && object.kind.ends_with("NetworkPolicy")
}

/// Whether an object that was not read whole may be a policy of the namespace.
fn hides_policies(space: &Space) -> bool {
    space.objects.iter().any(|object| object.partial && is_policy(object))
}

/// Whether an object makes others write network policies into namespaces: Kyverno's generators, Capsule's tenants.
fn makes_policies(object: &Object) -> bool {
    match (&*object.group, &*object.kind) {
        ("kyverno.io", "ClusterPolicy") => {
            let rules = object.root.path(&["spec", "rules"]).map_or(&[][..], Node::items);
            rules.iter().any(|rule| {
                let kind = rule.path(&["generate", "kind"]);
                kind.is_some_and(|kind| kind.as_str().is_none_or(|kind| kind.ends_with("NetworkPolicy")))
            })
        }
        ("policies.kyverno.io", "GeneratingPolicy") => true,
        ("capsule.clastix.io", "Tenant") => object.root.path(&["spec", "networkPolicies"]).is_some(),
        _ => false,
    }
}
