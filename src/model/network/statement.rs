//! The rules of network policies as one form for all their languages: what is done with which peers on which ports.

use std::sync::Arc;

use super::admin::AdminPolicy;
use super::policy::{Items, NetworkPolicy, keys, peers, ports};
use super::{CalicoPolicy, CiliumPolicy, Direction};
use crate::model::k8s::Object;
use crate::model::tri::Tri;
use crate::model::value::{Node, Origin, Scalar, Value};

/// A rule of a policy.
#[derive(Clone, Debug)]
pub struct Statement<'o> {
    pub policy: &'o Arc<Object>,
    /// Where the rule is written.
    pub at: &'o Origin,
    pub stage: Stage<'o>,
    pub action: Action,
    /// It is about any of them; about nobody where there is none.
    pub peers: Vec<Peer<'o>>,
    /// It is about any of them; about nothing where there is none.
    pub ports: Vec<Ports<'o>>,
    /// Something else narrows it down, so that it is about no more than this.
    pub narrowed: bool,
}

/// When a rule is asked. Stages are asked in the order of the variants.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
pub enum Stage<'o> {
    /// Cilium's rules that deny, which win over all others.
    Deny,
    /// Rules of AdminNetworkPolicy and of ClusterNetworkPolicy's tier `Admin`, by priority: the lower first. `None` is unknown.
    Admin(Option<u32>),
    /// Calico's policies of a tier, by their order: the lower first, those without one last. `None` is a tier that is not known.
    Tier(Option<&'o str>, Option<f64>),
    /// The rules of all NetworkPolicies and of Cilium's policies together.
    Policies,
    /// Rules of BaselineAdminNetworkPolicy and of ClusterNetworkPolicy's tier `Baseline`, by priority.
    Baseline(Option<u32>),
}

impl Stage<'_> {
    /// What stages are sorted by; what is not known comes last in its own.
    #[must_use]
    pub fn rank(&self) -> (u8, u64) {
        let number = |value: &Option<u32>| value.map_or(u64::MAX, u64::from);
        // the bits of floats are sorted as they are, those of negative ones the other way round
        let float = |value: f64| if value.is_sign_negative() { !value.to_bits() } else { value.to_bits() | 1 << 63 };
        match self {
            Self::Deny => (0, 0),
            Self::Admin(priority) => (1, number(priority)),
            Self::Tier(tier, order) => (if *tier == Some("default") { 3 } else { 2 }, order.map_or(u64::MAX, float)),
            Self::Policies => (4, 0),
            Self::Baseline(priority) => (5, number(priority)),
        }
    }
}

/// What a rule does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    Allow,
    Deny,
    /// The next stage decides.
    Pass,
    Unknown,
}

/// Whom a rule is about.
#[derive(Clone, Copy, Debug)]
pub enum Peer<'o> {
    /// Everyone.
    Any,
    /// Pods by LabelSelectors: of the policy's own namespace where `namespaces` is `None`, all of them where `pods` is.
    Pods {
        namespaces: Option<&'o Node>,
        pods: Option<&'o Node>,
    },
    /// Endpoints by a selector of Cilium's, those of the policy's own namespace where it names no other.
    Endpoints(&'o Node),
    /// Workloads by selectors of Calico's language; absent, they select everything, and the namespace is the policy's own.
    Selected {
        selector: Option<&'o str>,
        namespaces: Option<&'o str>,
    },
    /// Addresses: a network without its exceptions.
    Block {
        cidr: &'o str,
        except: &'o [Node],
    },
    /// One of Cilium's entities: `world`, `cluster`, `kube-apiserver`.
    Entity(&'o str),
    /// What a DNS name, or a pattern of names, stands for.
    Name(&'o str),
    Unknown,
}

/// Ports of a rule: those of the pods for ingress, those of the peers for egress. `protocol` is `TCP`, `UDP` or `SCTP`; `None` stands for all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ports<'o> {
    Any,
    Range {
        protocol: Option<&'o str>,
        first: u16,
        last: u16,
    },
    /// What containers call it.
    Named {
        protocol: Option<&'o str>,
        name: &'o str,
    },
    Unknown,
}

impl Ports<'_> {
    /// Whether they contain a port of a protocol.
    #[must_use]
    pub fn contain(&self, wanted: &str, port: u16) -> Tri {
        let fits = |protocol: &Option<&str>| Tri::from(protocol.is_none_or(|protocol| protocol == wanted));
        match self {
            Self::Any => Tri::Yes,
            Self::Range { protocol, first, last } => fits(protocol).and((*first..=*last).contains(&port).into()),
            Self::Named { protocol, .. } => fits(protocol).and(Tri::Unknown),
            Self::Unknown => Tri::Unknown,
        }
    }
}

/// The rules of a policy for a direction, as they are written; those of Cilium with the part that they belong to.
#[must_use]
pub fn statements(policy: &Arc<Object>, direction: Direction) -> Vec<Statement<'_>> {
    if let Some(view) = NetworkPolicy::new(policy) {
        return kubernetes(policy, &view, direction);
    }
    if let Some(view) = CalicoPolicy::new(policy) {
        return calico(policy, &view, direction);
    }
    if let Some(view) = AdminPolicy::new(policy) {
        return admin(policy, &view, direction);
    }
    match CiliumPolicy::new(policy) {
        Some(view) => view.specs().flat_map(|spec| cilium(policy, spec, direction)).collect(),
        None => Vec::new(),
    }
}

/// A rule that cannot be read, and may be about anything.
fn opaque<'o>(policy: &'o Arc<Object>, at: &'o Origin, stage: Stage<'o>) -> Statement<'o> {
    Statement { policy, at, stage, action: Action::Unknown, peers: vec![Peer::Unknown], ports: vec![Ports::Unknown], narrowed: false }
}

/// The items of a list of rules, or one that stands for a list that cannot be read.
fn each<'o>(
    policy: &'o Arc<Object>,
    items: Items<'o>,
    stage: Stage<'o>,
    read: impl FnMut(&'o Node) -> Statement<'o>,
) -> Vec<Statement<'o>> {
    match items {
        Items::None => Vec::new(),
        Items::Unknown => vec![opaque(policy, policy.kind_at(), stage)],
        Items::Some(rules) => rules.iter().map(read).collect(),
    }
}

fn kubernetes<'o>(policy: &'o Arc<Object>, view: &NetworkPolicy<'o>, direction: Direction) -> Vec<Statement<'o>> {
    each(policy, view.rules(direction), Stage::Policies, |rule| {
        if !keys(rule, direction) {
            return opaque(policy, &rule.origin, Stage::Policies);
        }
        let peers = match peers(rule, direction) {
            Items::None => vec![Peer::Any],
            Items::Unknown => vec![Peer::Unknown],
            Items::Some(items) => items.iter().map(peer).collect(),
        };
        let ports = match ports(rule) {
            Items::None => vec![Ports::Any],
            Items::Unknown => vec![Ports::Unknown],
            Items::Some(items) => items.iter().map(|item| port(item, "port", "endPort", Some("TCP"))).collect(),
        };
        Statement { policy, at: &rule.origin, stage: Stage::Policies, action: Action::Allow, peers, ports, narrowed: false }
    })
}

fn peer(node: &Node) -> Peer<'_> {
    let present = |key: &str| node.get(key).filter(|node| !node.is_null());
    let (namespaces, pods) = (present("namespaceSelector"), present("podSelector"));
    match (present("ipBlock"), namespaces, pods) {
        (Some(block), None, None) => match (block.get("cidr").and_then(Node::as_str), Items::of(Some(block), "except")) {
            (None, _) | (_, Items::Unknown) => Peer::Unknown,
            (Some(cidr), except) => Peer::Block { cidr, except: except.known() },
        },
        (None, None, None) | (Some(_), ..) => Peer::Unknown,
        (None, namespaces, pods) => Peer::Pods { namespaces, pods },
    }
}

/// A port of a list. `absent`: the protocol where none is named.
fn port<'o>(item: &'o Node, first: &str, last: &str, absent: Option<&'static str>) -> Ports<'o> {
    let protocol = match item.get("protocol").map(|node| (node, &node.value)) {
        None | Some((_, Value::Scalar(Scalar::Null))) => absent,
        Some((node, _)) => match node.as_str() {
            Some("ANY" | "") => None,
            Some(name) => Some(name),
            None => return Ports::Unknown,
        },
    };
    let Some(at) = item.get(first).filter(|node| !node.is_null()) else {
        return Ports::Range { protocol, first: 0, last: u16::MAX };
    };
    match (number(at), item.get(last).filter(|node| !node.is_null())) {
        (Some(0), _) => Ports::Range { protocol, first: 0, last: u16::MAX },
        (Some(first), None) => Ports::Range { protocol, first, last: first },
        (Some(first), Some(last)) => match number(last) {
            Some(last) => Ports::Range { protocol, first, last: last.max(first) },
            None => Ports::Unknown,
        },
        (None, _) => at.as_str().map_or(Ports::Unknown, |name| Ports::Named { protocol, name }),
    }
}

fn number(node: &Node) -> Option<u16> {
    match &node.value {
        Value::Scalar(Scalar::Number(text) | Scalar::String(text)) => text.parse().ok(),
        _ => None,
    }
}

fn admin<'o>(policy: &'o Arc<Object>, view: &AdminPolicy<'o>, direction: Direction) -> Vec<Statement<'o>> {
    let stage = if view.is_baseline() { Stage::Baseline(view.priority()) } else { Stage::Admin(view.priority()) };
    each(policy, view.rules(direction), stage, |rule| {
        let action = match rule.get("action").and_then(Node::as_str) {
            Some("Allow" | "Accept") => Action::Allow,
            Some("Deny") => Action::Deny,
            Some("Pass") => Action::Pass,
            _ => Action::Unknown,
        };
        let peers = match Items::of(Some(rule), direction.peers_key()) {
            Items::None => Vec::new(),
            Items::Unknown => vec![Peer::Unknown],
            Items::Some(items) => items.iter().flat_map(admin_peer).collect(),
        };
        let listed = |key: &str, read: fn(&Node) -> Ports<'_>| match Items::of(Some(rule), key) {
            Items::None => None,
            Items::Unknown => Some(vec![Ports::Unknown]),
            Items::Some(items) => Some(items.iter().map(read).collect()),
        };
        let ports = listed("ports", admin_port).or_else(|| listed("protocols", protocol)).unwrap_or_else(|| vec![Ports::Any]);
        Statement { policy, at: &rule.origin, stage, action, peers, ports, narrowed: false }
    })
}

fn admin_peer(node: &Node) -> Vec<Peer<'_>> {
    if let Some(namespaces) = node.get("namespaces") {
        return vec![Peer::Pods { namespaces: Some(namespaces), pods: None }];
    }
    if let Some(pods) = node.get("pods") {
        let Some(namespaces) = pods.get("namespaceSelector") else { return vec![Peer::Unknown] };
        return vec![Peer::Pods { namespaces: Some(namespaces), pods: pods.get("podSelector") }];
    }
    let block = |node: &'_ Node| -> Option<()> { node.as_str().map(|_| ()) };
    match Items::of(Some(node), "networks") {
        Items::Some(items) if items.iter().all(|item| block(item).is_some()) => {
            return items.iter().filter_map(|item| Some(Peer::Block { cidr: item.as_str()?, except: &[] })).collect();
        }
        Items::Some(_) | Items::Unknown => return vec![Peer::Unknown],
        Items::None => {}
    }
    match Items::of(Some(node), "domainNames") {
        Items::Some(items) => items.iter().map(|item| item.as_str().map_or(Peer::Unknown, Peer::Name)).collect(),
        _ => vec![Peer::Unknown],
    }
}

/// A port of AdminNetworkPolicy.
fn admin_port(item: &Node) -> Ports<'_> {
    if let Some(one) = item.get("portNumber") {
        return port(one, "port", "", Some("TCP"));
    }
    if let Some(range) = item.get("portRange") {
        return port(range, "start", "end", Some("TCP"));
    }
    item.get("namedPort").and_then(Node::as_str).map_or(Ports::Unknown, |name| Ports::Named { protocol: None, name })
}

/// A protocol of ClusterNetworkPolicy.
fn protocol(item: &Node) -> Ports<'_> {
    if let Some(name) = item.get("destinationNamedPort").and_then(Node::as_str) {
        return Ports::Named { protocol: None, name };
    }
    for (key, name) in [("tcp", "TCP"), ("udp", "UDP"), ("sctp", "SCTP")] {
        let Some(one) = item.get(key) else { continue };
        let Some(at) = one.get("destinationPort").filter(|node| !node.is_null()) else {
            return Ports::Range { protocol: Some(name), first: 0, last: u16::MAX };
        };
        return match at.get("range") {
            Some(range) => port(range, "start", "end", Some(name)),
            None => port(at, "number", "", Some(name)),
        };
    }
    Ports::Unknown
}

fn calico<'o>(policy: &'o Arc<Object>, view: &CalicoPolicy<'o>, direction: Direction) -> Vec<Statement<'o>> {
    let stage = Stage::Tier(view.tier(), view.order());
    let (peer_key, own_key) = match direction {
        Direction::Ingress => ("source", "destination"),
        Direction::Egress => ("destination", "source"),
    };
    each(policy, view.rules(direction), stage, |rule| {
        let action = match rule.get("action").and_then(Node::as_str) {
            Some("Allow") => Action::Allow,
            Some("Deny") => Action::Deny,
            Some("Pass") => Action::Pass,
            _ => Action::Unknown,
        };
        let (side, own, target) = (rule.get(peer_key), rule.get(own_key), rule.get("destination"));
        let known =
            |node: Option<&Node>, keys: &[&str]| node.is_none_or(|node| node.entries().iter().all(|entry| keys.contains(&&*entry.key)));
        let narrowed = !known(Some(rule), &["action", "metadata", "protocol", "source", "destination"])
            || !known(side, &["selector", "namespaceSelector", "nets", "ports"])
            || !known(own, &["ports"])
            || rule.path(&["source", "ports"]).is_some();
        Statement { policy, at: &rule.origin, stage, action, peers: calico_peers(side), ports: calico_ports(rule, target), narrowed }
    })
}

fn calico_peers(side: Option<&Node>) -> Vec<Peer<'_>> {
    let Some(side) = side else { return vec![Peer::Any] };
    let text = |key: &str| side.get(key).filter(|node| !node.is_null()).map(Node::as_str);
    match (Items::of(Some(side), "nets"), text("selector"), text("namespaceSelector")) {
        (Items::Unknown, ..) | (_, Some(None), _) | (_, _, Some(None)) | (Items::Some(_), Some(_), _) => vec![Peer::Unknown],
        (Items::Some(nets), None, _) => {
            nets.iter().map(|net| net.as_str().map_or(Peer::Unknown, |cidr| Peer::Block { cidr, except: &[] })).collect()
        }
        (Items::None, None, None) => vec![Peer::Any],
        (Items::None, selector, namespaces) => vec![Peer::Selected { selector: selector.flatten(), namespaces: namespaces.flatten() }],
    }
}

fn calico_ports<'o>(rule: &'o Node, target: Option<&'o Node>) -> Vec<Ports<'o>> {
    let protocol = match rule.get("protocol").filter(|node| !node.is_null()) {
        None => None,
        Some(node) => match node.as_str() {
            Some(name) => Some(name),
            None => return vec![Ports::Unknown],
        },
    };
    match Items::of(target, "ports") {
        Items::None if protocol.is_none() => vec![Ports::Any],
        Items::None => vec![Ports::Range { protocol, first: 0, last: u16::MAX }],
        Items::Unknown => vec![Ports::Unknown],
        Items::Some(items) => items
            .iter()
            .map(|item| match (number(item), item.as_str()) {
                (Some(port), _) => Ports::Range { protocol, first: port, last: port },
                (None, Some(text)) => match text.split_once(':').map(|(first, last)| (first.parse(), last.parse())) {
                    Some((Ok(first), Ok(last))) => Ports::Range { protocol, first, last },
                    Some(_) => Ports::Unknown,
                    None => Ports::Named { protocol, name: text },
                },
                (None, None) => Ports::Unknown,
            })
            .collect(),
    }
}

/// The rules of a part of a Cilium policy.
#[must_use]
pub fn cilium<'o>(policy: &'o Arc<Object>, spec: &'o Node, direction: Direction) -> Vec<Statement<'o>> {
    let deny = CiliumPolicy::deny_key(direction);
    let mut all = Vec::new();
    for (key, stage, action) in [(deny, Stage::Deny, Action::Deny), (direction.key(), Stage::Policies, Action::Allow)] {
        all.extend(each(policy, Items::of(Some(spec), key), stage, |rule| {
            let (peers, narrowed) = cilium_peers(rule, direction);
            let ports = match Items::of(Some(rule), "toPorts") {
                // an empty rule allows nothing
                Items::None => vec![Ports::Any],
                Items::Unknown => vec![Ports::Unknown],
                Items::Some(items) => items.iter().flat_map(cilium_ports).collect(),
            };
            Statement { policy, at: &rule.origin, stage, action, peers, ports, narrowed }
        }));
    }
    all
}

/// The peers of a rule, and whether something narrows them down that is not read.
fn cilium_peers(rule: &Node, direction: Direction) -> (Vec<Peer<'_>>, bool) {
    let prefix = direction.peers_key();
    let (mut peers, mut named, mut narrowed) = (Vec::new(), false, false);
    for entry in rule.entries() {
        let Some(what) = entry.key.strip_prefix(prefix) else {
            narrowed |= !matches!(&*entry.key, "toPorts" | "icmps");
            continue;
        };
        if what == "Ports" {
            continue;
        }
        named = true;
        let items = entry.value.items();
        match what {
            "Endpoints" => peers.extend(items.iter().map(Peer::Endpoints)),
            "Entities" => peers.extend(items.iter().map(|item| item.as_str().map_or(Peer::Unknown, Peer::Entity))),
            "CIDR" => peers.extend(items.iter().map(|item| item.as_str().map_or(Peer::Unknown, |cidr| Peer::Block { cidr, except: &[] }))),
            "CIDRSet" => {
                peers.extend(items.iter().map(|item| match (item.get("cidr").and_then(Node::as_str), Items::of(Some(item), "except")) {
                    (Some(cidr), Items::None) => Peer::Block { cidr, except: &[] },
                    (Some(cidr), Items::Some(except)) => Peer::Block { cidr, except },
                    _ => Peer::Unknown,
                }))
            }
            "FQDNs" => peers.extend(items.iter().map(|item| {
                let name = item.get("matchName").or_else(|| item.get("matchPattern")).and_then(Node::as_str);
                name.map_or(Peer::Unknown, Peer::Name)
            })),
            "Requires" => narrowed = true,
            _ => peers.push(Peer::Unknown),
        }
    }
    if !named && Items::of(Some(rule), "toPorts").is_some().is_yes() {
        peers.push(Peer::Any);
    }
    (peers, narrowed)
}

fn cilium_ports(item: &Node) -> Vec<Ports<'_>> {
    match Items::of(Some(item), "ports") {
        Items::None => vec![Ports::Any],
        Items::Unknown => vec![Ports::Unknown],
        Items::Some(items) => items.iter().map(|item| port(item, "port", "endPort", None)).collect(),
    }
}
