//! Network isolation against what other tools say: `ZTCTL_NETPOL_TREES` names a checkout of np-guard's netpol-analyzer, whose
//! `tests/<name>` are held against `test_outputs/connlist/<name>_connlist_output.txt`, line by line between workloads.

use std::collections::{BTreeMap, BTreeSet};

use ztctl::model::effective::isolation::{Applied, Network};
use ztctl::model::k8s::selector::selects;
use ztctl::model::k8s::{Cluster, Labels, Pod, Space};
use ztctl::model::network::{Action, Direction, Peer, Ports, Stage};
use ztctl::model::tri::Tri;

use crate::netpol::{Golden, goldens};
use crate::support::Sample;

/// A workload as the goldens name it, with what policies see of it.
struct Workload<'c> {
    name: String,
    space: &'c Space,
    pod: Pod<'c>,
}

const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];

fn matches(peer: &Peer<'_>, own: &Space, other: &Workload<'_>) -> bool {
    let (labels, namespace) = (other.pod.labels(), other.space.labels());
    match peer {
        Peer::Any => true,
        Peer::Pods { namespaces: None, pods } => own.name == other.space.name && selects(*pods, &labels).is_yes(),
        Peer::Pods { namespaces: Some(namespaces), pods } => {
            selects(Some(namespaces), &namespace).is_yes() && selects(*pods, &labels).is_yes()
        }
        _ => false,
    }
}

/// Whether a port of `target` is one of those of a rule.
fn has(ports: &Ports<'_>, protocol: &str, port: u16, target: &Workload<'_>) -> bool {
    match ports {
        Ports::Named { protocol: wanted, name } => {
            wanted.is_none_or(|wanted| wanted == protocol) && named(target, name).contains(&(protocol.to_owned(), port))
        }
        ports => ports.contain(protocol, port).is_yes(),
    }
}

fn named(target: &Workload<'_>, name: &str) -> Vec<(String, u16)> {
    let items = target.pod.containers().flat_map(|container| container.ports());
    items
        .filter(|item| item.get("name").and_then(|node| node.as_str()) == Some(name))
        .filter_map(|item| {
            let data = item.get("containerPort")?;
            let text = match &data.value {
                ztctl::model::value::Value::Scalar(ztctl::model::value::Scalar::Number(text)) => text.parse().ok()?,
                _ => return None,
            };
            Some((item.get("protocol").and_then(|node| node.as_str()).unwrap_or("TCP").to_owned(), text))
        })
        .collect()
}

/// Whether the policies of one end let traffic to a port through. `target` is whose port it is.
fn allows(
    rules: &[Applied<'_>],
    captured: Tri,
    ends: (&Workload<'_>, &Workload<'_>),
    target: &Workload<'_>,
    protocol: &str,
    port: u16,
) -> bool {
    let (own, other) = ends;
    let fits = |applied: &&Applied<'_>| {
        let rule = &applied.statement;
        rule.peers.iter().any(|peer| matches(peer, own.space, other)) && rule.ports.iter().any(|ports| has(ports, protocol, port, target))
    };
    for applied in rules.iter().filter(|applied| matches!(applied.statement.stage, Stage::Admin(_))).filter(fits) {
        match applied.statement.action {
            Action::Allow => return true,
            Action::Deny => return false,
            Action::Pass => break,
            Action::Unknown => {}
        }
    }
    if captured.is_yes() {
        return rules.iter().filter(|applied| applied.statement.stage == Stage::Policies).any(|applied| fits(&applied));
    }
    let baseline = rules.iter().filter(|applied| matches!(applied.statement.stage, Stage::Baseline(_))).find(fits);
    baseline.is_none_or(|applied| applied.statement.action == Action::Allow)
}

/// The connections from one workload to another, as the goldens write them; empty where there is none.
fn connections(network: &Network, from: &Workload<'_>, to: &Workload<'_>) -> String {
    let labels: [Labels<'_>; 2] = [from.pod.labels(), to.pod.labels()];
    let egress = network.applied(from.space, &labels[0], Direction::Egress);
    let ingress = network.applied(to.space, &labels[1], Direction::Ingress);
    let out = network.captured(from.space, &labels[0], Direction::Egress).answer;
    let into = network.captured(to.space, &labels[1], Direction::Ingress).answer;
    let mut starts: BTreeSet<u32> = BTreeSet::from([1]);
    for ports in egress.iter().chain(&ingress).flat_map(|applied| &applied.statement.ports) {
        match ports {
            Ports::Range { first, last, .. } => starts.extend([u32::from(*first).max(1), u32::from(*last) + 1]),
            Ports::Named { name, .. } => {
                starts.extend(named(to, name).into_iter().flat_map(|(_, port)| [u32::from(port), u32::from(port) + 1]));
            }
            Ports::Any | Ports::Unknown => {}
        }
    }
    let starts: Vec<u32> = starts.into_iter().filter(|start| *start <= 65535).collect();
    let mut parts = Vec::new();
    for protocol in PROTOCOLS {
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for (at, start) in starts.iter().enumerate() {
            let end = starts.get(at + 1).map_or(65535, |next| next - 1);
            let port = u16::try_from(*start).expect("within the range of ports");
            let open = allows(&egress, out, (from, to), to, protocol, port) && allows(&ingress, into, (to, from), to, protocol, port);
            match ranges.last_mut() {
                Some(last) if open && last.1 + 1 == *start => last.1 = end,
                _ if open => ranges.push((*start, end)),
                _ => {}
            }
        }
        if !ranges.is_empty() {
            let text: Vec<String> = ranges.iter().map(|(a, b)| if a == b { a.to_string() } else { format!("{a}-{b}") }).collect();
            parts.push(format!("{protocol} {}", text.join(",")));
        }
    }
    let all = PROTOCOLS.map(|protocol| format!("{protocol} 1-65535"));
    if parts == all { "All Connections".to_owned() } else { parts.join(",") }
}

#[test]
fn connections_are_those_of_netpol_analyzer() {
    let Some(trees) = goldens() else { return };
    let (mut judged, mut wrong) = (0, Vec::new());
    for Golden { name, objects, edges, .. } in trees {
        judged += 1;
        let cluster = Cluster::new(&objects);
        let network = Network::new(&cluster);
        let mut workloads: BTreeMap<String, Workload<'_>> = BTreeMap::new();
        for space in cluster.namespaces() {
            for pod in space.pods() {
                let kind = if &*pod.object.kind == "Pod" { "Pod" } else { &pod.object.kind };
                let name = format!("{}/{}[{kind}]", space.name, pod.object.name().unwrap_or("?"));
                workloads.insert(name.clone(), Workload { name, space, pod });
            }
        }
        let known = |(from, to): &(String, String)| workloads.contains_key(from) && workloads.contains_key(to);
        let wanted: BTreeMap<(String, String), String> = edges.into_iter().filter(|(pair, _)| known(pair)).collect();
        for from in workloads.values() {
            for to in workloads.values().filter(|to| to.name != from.name) {
                let found = connections(&network, from, to);
                let want = wanted.get(&(from.name.clone(), to.name.clone())).cloned().unwrap_or_default();
                if found != want {
                    wrong.push(format!("{name}: {} => {}: found `{found}`, want `{want}`", from.name, to.name));
                }
            }
        }
    }
    assert!(judged > 50, "only {judged} trees have a golden");
    assert!(wrong.is_empty(), "{} of {judged} trees' edges differ:\n{}", wrong.len(), wrong[..wrong.len().min(60)].join("\n"));
}

/// Asks the network of one file.
fn asked<T>(text: &str, ask: impl FnOnce(&Network, &Cluster, &Sample) -> T) -> T {
    let sample = Sample::new([("a.yaml", text)], None);
    let unit = sample.texts.manifests.applied().next().expect("a unit");
    ask(unit.network(), unit.cluster(), &sample)
}

/// The default deny of a namespace, with the lines that decide it.
fn default_deny(text: &str, namespace: &str, direction: Direction) -> (Tri, Vec<usize>) {
    asked(text, |network, cluster, sample| {
        let space = cluster.namespace(namespace).expect("the namespace");
        let fact = network.namespace(space, direction).default_deny;
        let line = |at: &ztctl::model::value::Origin| sample.texts.sources.get(at.at.source).line(at.at.span.start) + 1;
        (fact.answer, fact.by.iter().map(|decider| line(&decider.at)).collect())
    })
}

const SHOP: &str = "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {env: prod}}}\n---\n";

#[test]
fn a_fact_names_the_policies_that_decide_it() {
    let text = format!(
        "{SHOP}apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: a, namespace: shop}}\nspec: {{podSelector: {{}}}}\n"
    );
    assert_eq!(default_deny(&text, "shop", Direction::Ingress), (Tri::Yes, vec![6]));
    assert_eq!(default_deny(&text, "shop", Direction::Egress), (Tri::No, vec![]));
}

#[test]
fn what_is_there_twice_is_unknown_where_it_differs() {
    let policy = |rules: &str| {
        format!(
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: a, namespace: shop}}\nspec: {{podSelector: {{}}{rules}}}\n"
        )
    };
    let differ = format!("{SHOP}{}{}", policy(""), policy(", ingress: [{}]"));
    assert_eq!(default_deny(&differ, "shop", Direction::Ingress).0, Tri::Unknown);
    let agree = format!("{SHOP}{}{}", policy(""), policy(", ingress: []"));
    assert_eq!(default_deny(&agree, "shop", Direction::Ingress).0, Tri::Yes);
}

#[test]
fn what_cannot_be_read_is_unknown() {
    let of = |spec: &str| {
        let text =
            format!("{SHOP}apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: a, namespace: shop}}\nspec: {spec}\n");
        default_deny(&text, "shop", Direction::Ingress).0
    };
    for spec in ["7", "[a]", "{podSelector: 7}", "{podSelector: {}, policyTypes: 7}", "{podSelector: {}, ingress: {from: []}}"] {
        assert_eq!(of(spec), Tri::Unknown, "{spec}");
    }
    let adrift = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a, namespace: [x]}, spec: {podSelector: {}}}\n";
    assert_eq!(default_deny(&format!("{SHOP}{adrift}"), "shop", Direction::Ingress).0, Tri::Unknown);
}

#[test]
fn policies_of_all_languages_isolate() {
    let of = |head: &str, spec: &str, direction| {
        let text = format!("{SHOP}{{{head}, metadata: {{name: a, namespace: shop}}, spec: {spec}}}\n");
        default_deny(&text, "shop", direction).0
    };
    let cilium = |spec: &str, direction| of("apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy", spec, direction);
    assert_eq!(cilium("{endpointSelector: {}, ingress: [{}]}", Direction::Ingress), Tri::Yes);
    assert_eq!(cilium("{endpointSelector: {}, ingress: []}", Direction::Ingress), Tri::No);
    assert_eq!(cilium("{endpointSelector: {}, ingressDeny: [{fromEntities: [world]}]}", Direction::Ingress), Tri::Yes);
    assert_eq!(cilium("{endpointSelector: {}, ingress: [{}], enableDefaultDeny: {ingress: false}}", Direction::Ingress), Tri::No);
    assert_eq!(cilium("{endpointSelector: {matchLabels: {app: a}}, ingress: [{}]}", Direction::Ingress), Tri::No);
    let calico = |spec: &str, direction| of("apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy", spec, direction);
    assert_eq!(calico("{types: [Ingress, Egress]}", Direction::Egress), Tri::Yes);
    assert_eq!(calico("{namespaceSelector: \"env != 'prod'\", types: [Egress]}", Direction::Egress), Tri::No);
    assert_eq!(calico("{selector: \"projectcalico.org/orchestrator == 'k8s'\", types: [Egress]}", Direction::Egress), Tri::Yes);
    assert_eq!(calico("{egress: [{action: Pass}]}", Direction::Egress), Tri::Unknown);
    let admin = |spec: &str, direction| of("apiVersion: policy.networking.k8s.io/v1alpha2, kind: ClusterNetworkPolicy", spec, direction);
    let subject = "tier: Admin, priority: 1, subject: {namespaces: {}}";
    assert_eq!(admin(&format!("{{{subject}, ingress: [{{action: Deny, from: [{{namespaces: {{}}}}]}}]}}"), Direction::Ingress), Tri::Yes);
    assert_eq!(admin(&format!("{{{subject}, ingress: [{{action: Accept, from: [{{namespaces: {{}}}}]}}]}}"), Direction::Ingress), Tri::No);
    assert_eq!(admin(&format!("{{{subject}, egress: [{{action: Deny, to: [{{networks: [0.0.0.0/0]}}]}}]}}"), Direction::Egress), Tri::Yes);
}

#[test]
fn rules_stand_in_the_order_that_they_are_asked_in() {
    let text = format!(
        "{SHOP}{}",
        [
            "{apiVersion: policy.networking.k8s.io/v1alpha1, kind: BaselineAdminNetworkPolicy, metadata: {name: default}, spec: {subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}}",
            "{apiVersion: policy.networking.k8s.io/v1alpha1, kind: AdminNetworkPolicy, metadata: {name: late}, spec: {priority: 20, subject: {namespaces: {}}, ingress: [{action: Pass, from: [{namespaces: {}}]}]}}",
            "{apiVersion: policy.networking.k8s.io/v1alpha1, kind: AdminNetworkPolicy, metadata: {name: early}, spec: {priority: 10, subject: {namespaces: {}}, ingress: [{action: Allow, from: [{namespaces: {}}], ports: [{portRange: {start: 1, end: 9}}]}]}}",
            "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: np, namespace: shop}, spec: {podSelector: {}, ingress: [{ports: [{port: web}]}]}}",
            "{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: cnp, namespace: shop}, spec: {endpointSelector: {}, ingressDeny: [{fromEntities: [world]}]}}",
        ]
        .join("\n---\n")
    );
    asked(&text, |network, cluster, _| {
        let space = cluster.namespace("shop").expect("the namespace");
        let rules = network.applied(space, &Labels::default(), Direction::Ingress);
        let names: Vec<_> = rules.iter().map(|rule| rule.statement.policy.name().unwrap_or("?")).collect();
        assert_eq!(names, ["cnp", "early", "late", "np", "default"]);
        assert!(rules.iter().all(|rule| rule.selected.is_yes()));
        assert_eq!(rules[1].statement.ports, [Ports::Range { protocol: Some("TCP"), first: 1, last: 9 }]);
        assert_eq!(rules[3].statement.ports, [Ports::Named { protocol: Some("TCP"), name: "web" }]);
    });
}
