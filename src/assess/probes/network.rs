//! Network policies: who is denied by default, and what is let through.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Scene, subject};
use crate::assess::fact::Fact;
use crate::assess::observe::{Observer, Reach, Spot, Subject};
use crate::assess::status::Strength;
use crate::model::effective::isolation::{Network, is_policy};
use crate::model::k8s::selector::is_empty;
use crate::model::k8s::{Cluster, Labels, Object, Space, pod};
use crate::model::network::{
    Action, AdminPolicy, CalicoPolicy, CiliumPolicy, Direction, NetworkPolicy, Peer, Ports, Stage, Statement, statements,
};
use crate::model::tri::Tri;
use crate::model::value::Origin;

pub(in crate::assess) fn probe(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    let clusters = &scene.world.clusters;
    let networks: BTreeMap<&str, Network> = clusters.iter().map(|(name, cluster)| (name.as_str(), Network::new(cluster))).collect();
    for scope in &scene.world.scopes {
        let reach = Reach { environment: Some(scope.environment.clone()), namespace: Some(scope.namespace.clone()) };
        let Some(cluster) = clusters.get(&scope.environment) else { continue };
        let Some(network) = networks.get(scope.environment.as_str()) else { continue };
        let who = Subject::new("", "Namespace", scope.namespace.clone());
        match cluster.namespace(&scope.namespace) {
            Some(space) => View { cluster, network, space, reach: &reach }.judge(observer, &who),
            // the namespace has no name here
            None if scene.world.workloads.iter().any(|workload| workload.namespace == scope.namespace) => {
                observer.add(Fact::NetworkUnseen, who, &reach, None, "its name is templated");
            }
            None => {}
        }
    }
}

/// The namespaces of an environment of which it was observed that the policies in force cannot be told.
pub(super) fn unseen(observer: &Observer<'_>, environment: &str) -> BTreeSet<String> {
    let found = observer.found.iter().filter(|one| one.fact == Fact::NetworkUnseen && one.subject.kind == "Namespace");
    found.filter(|one| one.reach.environment.as_deref() == Some(environment)).filter_map(|one| one.reach.namespace.clone()).collect()
}

/// A namespace as the policies of its cluster see it.
struct View<'w> {
    cluster: &'w Cluster,
    network: &'w Network,
    space: &'w Space,
    reach: &'w Reach,
}

impl View<'_> {
    fn judge(&self, observer: &mut Observer<'_>, who: &Subject) {
        let space = self.space;
        let mut policies: Vec<&Arc<Object>> = space.objects.iter().filter(|object| is_policy(object)).collect();
        // of those for all namespaces the ones that are about this
        policies.extend(self.cluster.cluster_scoped.iter().filter(|object| is_policy(object) && !self.is_about(object).is_no()));
        let before = observer.found.len();
        for object in &policies {
            self.policy(observer, object);
        }
        if observer.found.len() == before
            && let Some(object) = policies.iter().find(|object| self.selects_none(object))
        {
            let detail = "it selects no workload of the namespace";
            let selector = ["podSelector", "endpointSelector", "selector"].iter().find_map(|key| object.root.get("spec")?.entry(key));
            let selector = selector.map(|entry| Spot::of(observer.sources, observer.sources.first_line(entry.value.origin.at)));
            observer.add(Fact::NetworkSelectsNone, subject(object), self.reach, Some(object.kind_at()), detail).also.extend(selector);
        }
        let isolation = Direction::ALL.map(|direction| self.network.namespace(space, direction));
        if isolation[0].only_host_network.is_yes() {
            let detail = "all its workloads use their nodes' network, where no policy holds";
            observer.add(Fact::IngressOpen, who.clone(), self.reach, space.anchor(), detail);
            return;
        }
        let [ingress, egress] = Direction::ALL.map(|direction| {
            let found = &isolation[direction as usize].default_deny;
            let voided = policies.iter().find_map(|object| self.voids(object, direction));
            let at = found.by.first().map(|decider| decider.at.clone());
            match (found.answer, voided) {
                (Tri::Yes, Some((name, at))) => (Tri::No, Some(at.clone()), Some(name)),
                (answer, _) => (answer, at, None),
            }
        });
        let strength = if policies.is_empty() { Strength::WEAK } else { Strength::RENDERED };
        let mut add = |fact: Fact, at: Option<&Origin>, detail: String| {
            observer.add(fact, who.clone(), self.reach, at.or(space.anchor()), detail).strength = strength;
        };
        match &ingress {
            (Tri::Yes, at, _) => add(Fact::IngressDenied, at.as_ref(), "a policy denies all ingress that none allows".to_owned()),
            (Tri::No, at, Some(name)) => add(Fact::IngressOpen, at.as_ref(), format!("`{name}` lets all ingress in again")),
            (Tri::No, ..) if isolation[0].every_workload.is_yes() => {
                add(Fact::IngressOpen, None, "each workload has a policy; no policy denies ingress to the pods to come".to_owned());
            }
            (Tri::No, ..) => add(Fact::IngressOpen, None, "no policy denies ingress by default".to_owned()),
            (Tri::Unknown, at, _) => add(Fact::NetworkUnseen, at.as_ref(), "the policies in force cannot be told".to_owned()),
        }
        let both = ingress.0.and(egress.0);
        let loose = policies.iter().find_map(|object| self.loose(object));
        match (both, loose) {
            (Tri::Yes, None) => {
                let detail = "ingress and egress are denied by default, and what is allowed names peers and ports";
                add(Fact::BothDenied, egress.1.as_ref(), detail.to_owned());
            }
            (Tri::Yes, Some((name, direction, at, missing))) => {
                add(Fact::EgressOpen, Some(at), format!("`{name}` allows {} without naming {missing}", direction.key()));
            }
            (Tri::No, _) if egress.0.is_no() => match &egress.2 {
                Some(name) => add(Fact::EgressOpen, egress.1.as_ref(), format!("`{name}` lets all egress out again")),
                None => add(Fact::EgressOpen, None, "no policy denies egress by default".to_owned()),
            },
            _ => {}
        }
    }

    /// Whether a policy of the namespace surely selects none of its workloads.
    fn selects_none(&self, object: &Object) -> bool {
        let pods: Vec<Labels<'_>> = self.space.workloads.iter().filter_map(|object| pod(object)).map(|pod| pod.labels()).collect();
        let namespace = self.space.labels();
        let name = &*self.space.name;
        let asks = |labels: &Labels<'_>| -> Tri {
            if let Some(view) = NetworkPolicy::new(object) {
                return view.selects(labels);
            }
            if let Some(view) = CiliumPolicy::new(object) {
                let endpoint = crate::model::network::CiliumEndpoint { pod: labels, namespace: &namespace, name };
                return Tri::any(view.specs().map(|spec| CiliumPolicy::selects(spec, &endpoint)));
            }
            if let Some(view) = CalicoPolicy::new(object) {
                let pod = labels.clone().with("projectcalico.org/namespace", name).with("projectcalico.org/orchestrator", "k8s");
                return view.selects(&pod, &namespace.clone().with("projectcalico.org/name", name));
            }
            Tri::Unknown
        };
        !pods.is_empty() && Tri::any(pods.iter().map(asks)).is_no()
    }

    /// Whether a policy for all namespaces may be about pods of this.
    fn is_about(&self, object: &Object) -> Tri {
        let namespace = self.space.labels();
        let pods = self.space.workloads.iter().filter_map(|object| pod(object)).map(|pod| pod.labels());
        let asks = |labels: &Labels<'_>| -> Tri {
            if let Some(view) = AdminPolicy::new(object) {
                return view.selects(labels, &namespace);
            }
            if let Some(view) = CalicoPolicy::new(object) {
                let name = &*self.space.name;
                let pod = labels.clone().with("projectcalico.org/namespace", name).with("projectcalico.org/orchestrator", "k8s");
                return view.selects(&pod, &namespace.clone().with("projectcalico.org/name", name));
            }
            if let Some(view) = CiliumPolicy::new(object) {
                let endpoint = crate::model::network::CiliumEndpoint { pod: labels, namespace: &namespace, name: &self.space.name };
                return Tri::any(view.specs().map(|spec| CiliumPolicy::selects(spec, &endpoint)));
            }
            Tri::Unknown
        };
        Tri::any(pods.map(|labels| asks(&labels)))
    }

    /// What one policy does by itself.
    fn policy(&self, observer: &mut Observer<'_>, object: &Arc<Object>) {
        let who = subject(object);
        let open: Vec<(Direction, Tri, &Origin)> = Direction::ALL
            .into_iter()
            .filter_map(|direction| {
                let (answer, at) = admits_everyone(object, direction)?;
                Some((direction, answer, at))
            })
            .collect();
        let isolates = Direction::ALL.map(|direction| isolates(object, direction));
        let others = |direction: Direction| {
            let own = std::ptr::from_ref(&**object);
            self.network.namespace(self.space, direction).default_deny.by.iter().any(|by| !std::ptr::eq(&*by.policy, own))
                && self.network.namespace(self.space, direction).default_deny.answer.is_yes()
        };
        let ingress = open.iter().find(|(direction, answer, _)| *direction == Direction::Ingress && answer.is_yes());
        let egress = open.iter().find(|(direction, answer, _)| *direction == Direction::Egress && answer.is_yes());
        let takes = Direction::ALL.into_iter().any(|direction| {
            isolates[direction as usize].is_yes() && !open.iter().any(|(own, answer, _)| *own == direction && !answer.is_no())
        });
        match (ingress, egress) {
            (Some((_, _, at)), _) => {
                observer.add(Fact::NetworkAllowAll, who, self.reach, Some(at), "it admits every peer on every port");
            }
            (None, Some((_, _, at))) if !takes => {
                observer.add(Fact::NetworkAllowAll, who, self.reach, Some(at), "it lets everything out and denies nothing");
            }
            (None, egress) => {
                if let Some((_, _, at)) = egress.filter(|_| others(Direction::Egress)) {
                    observer.add(
                        Fact::NetworkDenyVoided,
                        who.clone(),
                        self.reach,
                        Some(at),
                        "it lets everything out again that is denied by default",
                    );
                }
                if takes && self.selects_none(object) {
                    // it is told where no other policy does more
                } else if takes {
                    observer.add(Fact::Segmented, who, self.reach, Some(object.kind_at()), "it takes edges away");
                } else if Tri::any(isolates).is_unknown() || open.iter().any(|(_, answer, _)| answer.is_unknown()) {
                    observer.add(Fact::NetworkUnseen, who, self.reach, Some(object.kind_at()), "what it allows cannot be told");
                }
            }
        }
    }

    /// The name and place of a policy that lets every pod of the namespace have everything, whatever others deny.
    fn voids<'o>(&self, object: &'o Arc<Object>, direction: Direction) -> Option<(String, &'o Origin)> {
        let (answer, at) = admits_everyone(object, direction)?;
        let every = if let Some(view) = NetworkPolicy::new(object) {
            view.selects(&Labels::unknown())
        } else if let Some(view) = CiliumPolicy::new(object) {
            Tri::any(view.specs().map(|spec| is_empty(spec.get("endpointSelector"))))
        } else {
            // their order decides, which the default deny has taken into account
            Tri::No
        };
        answer.and(every).is_yes().then(|| (name_of(object), at))
    }

    /// A rule of a policy that names no peer or no port. Name resolution is let through everywhere.
    fn loose<'o>(&self, object: &'o Arc<Object>) -> Option<(String, Direction, &'o Origin, &'static str)> {
        for direction in Direction::ALL {
            for statement in in_force(object, direction) {
                if statement.action != Action::Allow || matches!(statement.stage, Stage::Baseline(_)) || statement.peers.is_empty() {
                    continue;
                }
                let is_dns = direction == Direction::Egress && statement.ports.iter().all(is_name_resolution);
                if is_dns {
                    continue;
                }
                let missing = match (statement.peers.iter().all(names_peer), statement.ports.iter().all(names_port)) {
                    (true, true) => continue,
                    // the API server has one port
                    (true, false)
                        if statement.peers.iter().all(|peer| matches!(peer, Peer::Entity("kube-apiserver" | "host" | "health"))) =>
                    {
                        continue;
                    }
                    (true, false) => "ports",
                    (false, true) => "peers",
                    (false, false) => "peers and ports",
                };
                return Some((name_of(object), direction, statement.at, missing));
            }
        }
        None
    }
}

fn name_of(object: &Object) -> String {
    format!("{}/{}", object.kind, object.name().unwrap_or("?"))
}

/// The rules of a policy that are in force in a direction.
fn in_force(object: &Arc<Object>, direction: Direction) -> Vec<Statement<'_>> {
    let applies = if let Some(view) = NetworkPolicy::new(object) {
        view.applies_to(direction)
    } else if let Some(view) = CalicoPolicy::new(object) {
        view.applies_to(direction)
    } else {
        Tri::Yes
    };
    if applies.is_yes() { statements(object, direction) } else { Vec::new() }
}

/// Whether a policy denies something in a direction to what it selects, whatever its rules allow.
fn isolates(object: &Object, direction: Direction) -> Tri {
    if let Some(view) = NetworkPolicy::new(object) {
        return view.applies_to(direction);
    }
    if let Some(view) = CalicoPolicy::new(object) {
        return view.applies_to(direction);
    }
    if let Some(view) = CiliumPolicy::new(object) {
        return Tri::any(view.specs().map(|spec| {
            let has = |key: &str| crate::model::network::Items::of(Some(spec), key).is_some();
            has(direction.key()).or(has(CiliumPolicy::deny_key(direction)))
        }));
    }
    match AdminPolicy::new(object) {
        Some(view) => Tri::any(
            view.rules(direction)
                .known()
                .iter()
                .map(|rule| Tri::from(rule.get("action").and_then(crate::model::value::Node::as_str) == Some("Deny"))),
        ),
        None => Tri::Unknown,
    }
}

/// Whether the rules of a policy in a direction admit every peer on every port, and where; `None` where none does.
fn admits_everyone(object: &Arc<Object>, direction: Direction) -> Option<(Tri, &Origin)> {
    if let Some(view) = CalicoPolicy::new(object) {
        // an unconditional rule behind others that deny admits what is left
        for rule in in_force(object, direction) {
            let whole =
                view.rules(direction).known().iter().any(|node| node.origin == *rule.at && CalicoPolicy::is_unconditional(node).is_yes());
            match rule.action {
                Action::Allow if whole => return Some((Tri::Yes, rule.at)),
                Action::Allow => {}
                Action::Unknown => return Some((Tri::Unknown, rule.at)),
                Action::Deny | Action::Pass => return None,
            }
        }
        return None;
    }
    let (mut pods, mut world): (Option<&Origin>, Option<&Origin>) = (None, None);
    let mut open = None;
    for statement in in_force(object, direction) {
        // what a baseline allows was allowed anyway
        if statement.narrowed || matches!(statement.stage, Stage::Baseline(_)) {
            continue;
        }
        let whole = |ports: &Ports<'_>| match ports {
            Ports::Any => Tri::Yes,
            Ports::Unknown => Tri::Unknown,
            Ports::Range { .. } | Ports::Named { .. } => Tri::No,
        };
        let ports = Tri::any(statement.ports.iter().map(whole));
        if ports.is_no() {
            continue;
        }
        if statement.action == Action::Unknown || ports.is_unknown() || statement.peers.iter().any(|peer| matches!(peer, Peer::Unknown)) {
            open = open.or(Some(statement.at));
            continue;
        }
        if statement.action != Action::Allow {
            continue;
        }
        for peer in &statement.peers {
            match peer {
                Peer::Any | Peer::Entity("all") => return Some((Tri::Yes, statement.at)),
                Peer::Entity("world") => world = world.or(Some(statement.at)),
                Peer::Entity("cluster") => pods = pods.or(Some(statement.at)),
                Peer::Block { cidr: "0.0.0.0/0" | "::/0", except: [] } => world = world.or(Some(statement.at)),
                Peer::Pods { namespaces: Some(namespaces), pods: selector }
                    if is_empty(Some(namespaces)).and(is_empty(*selector)).is_yes() =>
                {
                    pods = pods.or(Some(statement.at));
                }
                _ => {}
            }
        }
        // administrators' rules win over all others, and know no peers but pods
        if matches!(statement.stage, Stage::Admin(_)) && pods.is_some() && direction == Direction::Ingress {
            return pods.map(|at| (Tri::Yes, at));
        }
    }
    match (pods, world) {
        (Some(at), Some(_)) => Some((Tri::Yes, at)),
        _ => open.map(|at| (Tri::Unknown, at)),
    }
}

/// Whether a peer says who: not everyone, and not all pods of all namespaces.
fn names_peer(peer: &Peer<'_>) -> bool {
    match peer {
        Peer::Any | Peer::Entity("all" | "cluster") => false,
        Peer::Pods { namespaces: Some(namespaces), pods } => !is_empty(Some(namespaces)).and(is_empty(*pods)).is_yes(),
        Peer::Selected { selector, namespaces } => {
            let all = |text: &Option<&str>| text.is_none_or(|text| matches!(text.trim(), "" | "all()"));
            !(all(selector) && all(namespaces))
        }
        _ => true,
    }
}

fn names_port(ports: &Ports<'_>) -> bool {
    match ports {
        Ports::Any => false,
        Ports::Range { first, last, .. } => !(*first <= 1 && *last == u16::MAX),
        Ports::Named { .. } | Ports::Unknown => true,
    }
}

/// DNS, also over TLS, and where OpenShift and others serve it.
fn is_name_resolution(ports: &Ports<'_>) -> bool {
    match ports {
        Ports::Range { first, last, .. } => first == last && matches!(first, 53 | 853 | 5353 | 8053 | 9153),
        Ports::Named { name, .. } => name.starts_with("dns"),
        Ports::Any | Ports::Unknown => false,
    }
}
