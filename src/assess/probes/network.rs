//! Network policies: who is denied by default, and what is let through.

use std::collections::BTreeMap;

use super::{Scene, subject};
use crate::assess::fact::Fact;
use crate::assess::observe::{Observer, Reach, Subject};
use crate::assess::status::Strength;
use crate::model::effective::isolation::Network;
use crate::model::k8s::{Cluster, Object, Space};
use crate::model::network::{Direction, NetworkPolicy, peers, ports};
use crate::model::tri::Tri;

pub(super) fn probe(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    let clusters = &scene.world.clusters;
    let networks: BTreeMap<&str, Network> = clusters.iter().map(|(name, cluster)| (name.as_str(), Network::new(cluster))).collect();
    for scope in &scene.world.scopes {
        let reach = Reach { environment: Some(scope.environment.clone()), namespace: Some(scope.namespace.clone()) };
        let Some(cluster) = clusters.get(&scope.environment) else { continue };
        let Some(network) = networks.get(scope.environment.as_str()) else { continue };
        let who = Subject::new("", "Namespace", scope.namespace.clone());
        match cluster.namespace(&scope.namespace) {
            Some(space) => namespace(observer, (cluster, network), space, &who, &reach),
            // the namespace has no name here
            None if !scope.namespace.is_empty() || scene.world.workloads.iter().any(|workload| workload.namespace.is_empty()) => {
                observer.add(Fact::NetworkUnseen, who, &reach, None, "its name is templated");
            }
            None => {}
        }
    }
}

fn namespace(observer: &mut Observer<'_>, (cluster, network): (&Cluster, &Network), space: &Space, who: &Subject, reach: &Reach) {
    let own: Vec<&Object> = space.objects.iter().map(|object| &**object).filter(|object| is_policy(object)).collect();
    for object in &own {
        policy(observer, object, reach);
    }
    for object in cluster.cluster_scoped.iter().filter(|object| is_policy(object)) {
        observer.add(Fact::Segmented, subject(object), reach, Some(object.kind_at()), "a policy of the cluster").strength =
            Strength::PARSED;
    }
    let ingress = network.namespace(space, Direction::Ingress).default_deny.answer;
    let egress = network.namespace(space, Direction::Egress).default_deny.answer;
    let at = space.anchor();
    let strength = if own.is_empty() { Strength::WEAK } else { Strength::RENDERED };
    let mut add = |fact: Fact, detail: &str| observer.add(fact, who.clone(), reach, at, detail).strength = strength;
    match ingress {
        Tri::Yes => add(Fact::IngressDenied, "a policy denies all ingress that none allows"),
        Tri::No => add(Fact::IngressOpen, "no policy denies ingress by default"),
        Tri::Unknown => add(Fact::NetworkUnseen, "the policies in force cannot be told"),
    }
    let wide = own.iter().find_map(|object| unnamed(object));
    match (ingress.and(egress), wide) {
        (Tri::Yes, None) => {
            add(Fact::BothDenied, "ingress and egress are denied by default, and what is allowed names peers and ports");
            add(Fact::EdgesNotMeasured, "the edges that remain were not computed");
        }
        (Tri::Yes, Some(name)) => add(Fact::EgressOpen, &format!("`{name}` allows without naming peers or ports")),
        (Tri::No, _) if egress.is_no() => add(Fact::EgressOpen, "no policy denies egress by default"),
        _ => {}
    }
}

/// Network policies of Kubernetes, Cilium and Calico.
fn is_policy(object: &Object) -> bool {
    match &*object.group {
        "networking.k8s.io" | "extensions" => &*object.kind == "NetworkPolicy",
        "cilium.io" => matches!(&*object.kind, "CiliumNetworkPolicy" | "CiliumClusterwideNetworkPolicy"),
        "projectcalico.org" | "crd.projectcalico.org" => matches!(&*object.kind, "NetworkPolicy" | "GlobalNetworkPolicy"),
        "policy.networking.k8s.io" => true,
        _ => false,
    }
}

fn policy(observer: &mut Observer<'_>, object: &Object, reach: &Reach) {
    let at = Some(object.kind_at());
    let Some(view) = NetworkPolicy::new(object) else {
        observer.add(Fact::Segmented, subject(object), reach, at, "a network policy").strength = Strength::PARSED;
        return;
    };
    let applied: Vec<Direction> = Direction::ALL.into_iter().filter(|direction| view.applies_to(*direction).is_yes()).collect();
    if let Some(open) = applied.iter().find(|direction| view.allows_all(**direction).is_yes()) {
        observer.add(Fact::NetworkAllowAll, subject(object), reach, at, format!("it allows all {}", open.key()));
    } else if applied.iter().any(|direction| view.allows_all(*direction).is_no()) {
        observer.add(Fact::Segmented, subject(object), reach, at, "it takes edges away");
    } else {
        observer.add(Fact::NetworkUnseen, subject(object), reach, at, "what it allows cannot be told");
    }
}

/// The name of a policy with a rule that names no peer or no port.
fn unnamed(object: &Object) -> Option<&str> {
    let view = NetworkPolicy::new(object)?;
    let open = Direction::ALL.into_iter().filter(|direction| view.applies_to(*direction).is_yes()).any(|direction| {
        view.rules(direction).known().iter().any(|rule| peers(rule, direction).is_some().is_no() || ports(rule).is_some().is_no())
    });
    open.then(|| object.name().unwrap_or("?"))
}
