//! What network policies isolate: pods and namespaces, one direction at a time, and who is let through.
//!
//! Kubernetes' NetworkPolicy (<https://kubernetes.io/docs/concepts/services-networking/network-policies/>), Cilium's and Calico's
//! policies, and those of the Network Policy API. A policy that is there twice under one key may be either of the two: where they
//! differ, what they decide is unknown.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::model::k8s::{Cluster, Labels, Object, Scope, Space};
use crate::model::network::{
    AdminPolicy, CalicoPolicy, CiliumEndpoint, CiliumPolicy, Direction, NetworkPolicy, Statement, cilium_statements, statements,
};
use crate::model::tri::Tri;
use crate::model::value::{Node, Origin};

/// Workloads, or namespaces, times policies that are looked at; beyond, the answer is unknown.
const MAX_PAIRS: usize = 1_000_000;

/// The network policies of a build unit.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// By namespace; several objects of one key stand together.
    own: BTreeMap<Arc<str>, Vec<Policy>>,
    /// Those that are about all namespaces.
    wide: Vec<Policy>,
    /// Those of a namespace that is not known.
    adrift: Vec<Policy>,
    /// Objects that make others write network policies into namespaces.
    makers: Vec<Arc<Object>>,
    /// What was asked before, by namespace and direction.
    spaces: BTreeMap<Arc<str>, [OnceLock<NamespaceIsolation>; 2]>,
    namespaces: usize,
}

/// The objects of one key: one, or several of which one is applied.
type Policy = Vec<Arc<Object>>;

/// An answer, and the policies that give it: where it is no, none; where it is unknown, those that leave it open.
#[derive(Clone, Debug)]
pub struct Fact {
    pub answer: Tri,
    pub by: Vec<Decider>,
}

/// A policy that decides something.
#[derive(Clone, Debug)]
pub struct Decider {
    pub policy: Arc<Object>,
    /// Where it is written: its `spec`, or its `kind` where it has none.
    pub at: Origin,
    pub answer: Tri,
}

/// What isolates the pods of a namespace in one direction.
#[derive(Clone, Debug)]
pub struct NamespaceIsolation {
    /// Every pod, whatever its labels, is denied what no policy allows.
    pub default_deny: Fact,
    /// There are workloads, and each is selected by some policy for this direction that does not let everything through.
    pub every_workload: Tri,
    /// There are workloads, and all use the network of their node, where no policy holds.
    pub only_host_network: Tri,
}

/// A rule that is about a pod, and whether its policy selects the pod.
#[derive(Clone, Debug)]
pub struct Applied<'o> {
    pub statement: Statement<'o>,
    pub selected: Tri,
}

impl Fact {
    fn unknown() -> Self {
        Self { answer: Tri::Unknown, by: Vec::new() }
    }

    /// The answer to whether one of the policies says yes.
    fn any(answers: impl Iterator<Item = (Arc<Object>, Tri)>) -> Self {
        let mut found: Vec<(Arc<Object>, Tri)> = answers.filter(|(_, answer)| !answer.is_no()).collect();
        let answer = Tri::any(found.iter().map(|(_, answer)| *answer));
        found.retain(|(_, own)| *own == answer);
        let decider = |(policy, answer): (Arc<Object>, Tri)| {
            let at = policy.spec().map_or_else(|| policy.kind_at(), |entry| &entry.origin).clone();
            Decider { policy, at, answer }
        };
        Self { answer, by: found.into_iter().map(decider).collect() }
    }
}

impl Network {
    /// Sorts the policies of a cluster.
    #[must_use]
    pub fn new(cluster: &Cluster) -> Self {
        let mut this = Self { namespaces: cluster.namespaces().len(), ..Self::default() };
        for space in cluster.namespaces() {
            let policies = by_key(space.objects.iter().filter(|object| is_policy(object)));
            if !policies.is_empty() {
                this.own.insert(space.name.clone(), policies);
            }
            this.spaces.insert(space.name.clone(), Default::default());
        }
        let (wide, adrift): (Vec<&Arc<Object>>, Vec<_>) =
            cluster.wide_policies.iter().filter(|object| is_policy(object)).partition(|object| object.scope == Scope::Cluster);
        this.wide = by_key(wide.into_iter());
        this.adrift = by_key(adrift.into_iter());
        this.makers = cluster.wide_policies.iter().filter(|object| makes_policies(object)).cloned().collect();
        this
    }

    /// What isolates the pods of a namespace in a direction.
    #[must_use]
    pub fn namespace(&self, space: &Space, direction: Direction) -> NamespaceIsolation {
        match self.spaces.get(&space.name) {
            Some(known) => known[direction as usize].get_or_init(|| self.of_namespace(space, direction)).clone(),
            // another unit's namespace
            None => self.of_namespace(space, direction),
        }
    }

    fn of_namespace(&self, space: &Space, direction: Direction) -> NamespaceIsolation {
        let workloads: Vec<Tri> = space.pods().map(|pod| pod.host_network()).collect();
        let guard = if workloads.len() < space.workloads.len() { Tri::Unknown } else { Tri::Yes };
        let only_host_network = if workloads.is_empty() { Tri::No } else { Tri::all(workloads.iter().copied()).and(guard) };
        if self.wide.len().saturating_mul(self.namespaces) > MAX_PAIRS {
            return NamespaceIsolation { default_deny: Fact::unknown(), every_workload: Tri::Unknown, only_host_network };
        }
        let namespace = space.labels();
        let of = |policy: &Policy| agreed(policy, |object| denies_by_default(object, &namespace, &space.name, direction));
        let mut default_deny = Fact::any(self.policies(space).map(|policy| (policy[0].clone(), of(policy))));
        if !default_deny.answer.is_yes() {
            // a policy of a namespace that is not known may be one for this
            let adrift = self.adrift.iter().filter(|policy| !of(policy).is_no()).map(|policy| &policy[0]);
            let hidden = space.objects.iter().filter(|object| object.partial && is_policy(object));
            let open = adrift.chain(&self.makers).chain(hidden).map(|object| (object.clone(), Tri::Unknown));
            let by = default_deny.by.drain(..).map(|decider| (decider.policy, decider.answer)).collect::<Vec<_>>();
            default_deny = Fact::any(by.into_iter().chain(open));
        }
        let mut every_workload = Tri::No;
        if default_deny.answer.is_no() && !workloads.is_empty() && self.policies(space).next().is_some() {
            let count = self.policies(space).count();
            every_workload = if count.saturating_mul(workloads.len()) > MAX_PAIRS {
                Tri::Unknown
            } else {
                let reached = space.pods().filter(|pod| !pod.host_network().is_yes());
                Tri::all(reached.map(|pod| self.pod(space, &pod.labels(), direction).answer)).and(guard)
            };
        }
        NamespaceIsolation { default_deny, every_workload, only_host_network }
    }

    /// Whether a pod with these labels in a namespace is denied what no policy allows, in a direction, and by which policies. One
    /// that a policy selects whose rules let everything through is not isolated by it.
    #[must_use]
    pub fn pod(&self, space: &Space, pod: &Labels<'_>, direction: Direction) -> Fact {
        let namespace = space.labels();
        let of = |policy: &Policy| agreed(policy, |object| isolates(object, pod, &namespace, &space.name, direction));
        let known = self.policies(space).map(|policy| (policy[0].clone(), of(policy)));
        let adrift = self.adrift.iter().map(|policy| (policy[0].clone(), of(policy).and(Tri::Unknown)));
        Fact::any(known.chain(adrift).chain(self.makers.iter().map(|object| (object.clone(), Tri::Unknown))))
    }

    /// Whether a pod is captured by a policy that isolates for a direction, whatever its rules allow, and by which.
    #[must_use]
    pub fn captured(&self, space: &Space, pod: &Labels<'_>, direction: Direction) -> Fact {
        let namespace = space.labels();
        let of = |policy: &Policy| agreed(policy, |object| captures(object, pod, &namespace, &space.name, direction));
        let known = self.policies(space).map(|policy| (policy[0].clone(), of(policy)));
        let adrift = self.adrift.iter().map(|policy| (policy[0].clone(), of(policy).and(Tri::Unknown)));
        Fact::any(known.chain(adrift).chain(self.makers.iter().map(|object| (object.clone(), Tri::Unknown))))
    }

    /// The rules that are in force for a pod in a direction, surely or perhaps, in the order that they are asked in: by their stages,
    /// and within one as policies and rules are written. Rules of a policy that is there twice are perhaps in force.
    #[must_use]
    pub fn applied(&self, space: &Space, pod: &Labels<'_>, direction: Direction) -> Vec<Applied<'_>> {
        let namespace = space.labels();
        let mut out = Vec::new();
        let all = self.policies(space).map(|policy| (policy, Tri::Yes)).chain(self.adrift.iter().map(|policy| (policy, Tri::Unknown)));
        for (policy, sure) in all {
            let sure = if policy.len() > 1 { Tri::Unknown } else { sure };
            for object in policy {
                if let Some(view) = CiliumPolicy::new(object) {
                    let endpoint = CiliumEndpoint { pod, namespace: &namespace, name: &space.name };
                    for spec in view.specs() {
                        let selected = CiliumPolicy::selects(spec, &endpoint).and(sure);
                        if !selected.is_no() {
                            let rules = cilium_statements(object, spec, direction).into_iter();
                            out.extend(rules.map(|statement| Applied { statement, selected }));
                        }
                    }
                    continue;
                }
                let selected = applies(object, pod, &namespace, &space.name, direction).and(sure);
                if !selected.is_no() {
                    out.extend(statements(object, direction).into_iter().map(|statement| Applied { statement, selected }));
                }
            }
        }
        out.sort_by_key(|applied| applied.statement.stage.rank());
        out
    }

    /// The policies that may be about a namespace's pods.
    fn policies(&self, space: &Space) -> impl Iterator<Item = &Policy> {
        self.own.get(&space.name).into_iter().flatten().chain(&self.wide)
    }
}

/// The objects by key, in their order.
fn by_key<'o>(objects: impl Iterator<Item = &'o Arc<Object>>) -> Vec<Policy> {
    let mut out: Vec<Policy> = Vec::new();
    let mut known: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    for object in objects {
        // `generateName` gives each a name of its own
        let Some(name) = object.name() else {
            out.push(vec![object.clone()]);
            continue;
        };
        let at = *known.entry((&object.group, &object.kind, name)).or_insert(out.len());
        match out.get_mut(at) {
            Some(policy) => policy.push(object.clone()),
            None => out.push(vec![object.clone()]),
        }
    }
    out
}

/// What all objects of a key say, or unknown where they differ.
fn agreed(policy: &Policy, answer: impl Fn(&Arc<Object>) -> Tri) -> Tri {
    let first = answer(&policy[0]);
    if policy[1..].iter().all(|object| answer(object) == first) { first } else { Tri::Unknown }
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
    if let Some(policy) = NetworkPolicy::new(object) {
        return policy.selects(pod).and(policy.applies_to(direction)).and(!policy.allows_all(direction));
    }
    if let Some(policy) = CiliumPolicy::new(object) {
        return policy.isolates(&CiliumEndpoint { pod, namespace, name }, direction);
    }
    if let Some(policy) = AdminPolicy::new(object) {
        return policy.isolates(pod, namespace, direction);
    }
    calico(object, pod, namespace, name, |policy, pod, namespace| policy.isolates(pod, namespace, direction))
}

/// Whether a policy selects pods with these labels and is about a direction.
fn applies(object: &Object, pod: &Labels<'_>, namespace: &Labels<'_>, name: &str, direction: Direction) -> Tri {
    if let Some(policy) = NetworkPolicy::new(object) {
        return policy.selects(pod).and(policy.applies_to(direction));
    }
    if let Some(policy) = CiliumPolicy::new(object) {
        return policy.captures(&CiliumEndpoint { pod, namespace, name }, direction);
    }
    if let Some(policy) = AdminPolicy::new(object) {
        return policy.selects(pod, namespace);
    }
    calico(object, pod, namespace, name, |policy, pod, namespace| policy.selects(pod, namespace).and(policy.applies_to(direction)))
}

/// As [`applies`], for policies that isolate what they select: those of administrators deny nothing but what their rules deny.
fn captures(object: &Object, pod: &Labels<'_>, namespace: &Labels<'_>, name: &str, direction: Direction) -> Tri {
    if AdminPolicy::new(object).is_some() { Tri::No } else { applies(object, pod, namespace, name, direction) }
}

/// Asks a policy of Calico, with the labels that Calico gives to pods and namespaces; unknown for anything else.
fn calico(
    object: &Object,
    pod: &Labels<'_>,
    namespace: &Labels<'_>,
    name: &str,
    ask: impl Fn(&CalicoPolicy<'_>, &Labels<'_>, &Labels<'_>) -> Tri,
) -> Tri {
    let Some(policy) = CalicoPolicy::new(object) else { return Tri::Unknown };
    let pod = pod.clone().with("projectcalico.org/namespace", name).with("projectcalico.org/orchestrator", "k8s");
    let namespace = namespace.clone().with("projectcalico.org/name", name);
    ask(&policy, &pod, &namespace)
}

/// Whether an object is a network policy of a kind that is known, or of one that is not, whose effect is unknown then. Policies
/// that are only staged have none.
#[must_use]
pub fn is_policy(object: &Object) -> bool {
    match &*object.group {
        "networking.k8s.io" | "extensions" => &*object.kind == "NetworkPolicy",
        "cilium.io" => matches!(&*object.kind, "CiliumNetworkPolicy" | "CiliumClusterwideNetworkPolicy"),
        "projectcalico.org" | "crd.projectcalico.org" => matches!(&*object.kind, "NetworkPolicy" | "GlobalNetworkPolicy"),
        _ => object.kind.ends_with("NetworkPolicy"),
    }
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
