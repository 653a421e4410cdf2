//! Whom the rules of policies are about.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::groups::Class;
use crate::model::k8s::Labels;
use crate::model::k8s::selector::{is_empty, selects};
use crate::model::network::{CiliumEndpoint, Peer, calico_matches};
use crate::model::tri::Tri;
use crate::model::value::Node;

/// Groups that a peer stands for, surely or perhaps.
#[derive(Clone, Debug)]
pub(super) enum Hits {
    None,
    /// Every workload, whatever its labels.
    All(Tri),
    Some(Rc<Vec<(u32, Tri)>>),
}

/// What a peer stands for.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) hits: Hits,
    /// Pods that the files do not name.
    pub(super) elsewhere: Tri,
    /// Addresses outside of the cluster.
    pub(super) outside: Tri,
    /// It names some of the cluster, not all of it.
    pub(super) names_peers: bool,
    /// It names workloads, not namespaces alone.
    pub(super) names_clients: bool,
}

impl Found {
    fn nothing() -> Self {
        Self { hits: Hits::None, elsewhere: Tri::No, outside: Tri::No, names_peers: true, names_clients: true }
    }

    fn everyone(outside: Tri) -> Self {
        Self { hits: Hits::All(Tri::Yes), elsewhere: Tri::Yes, outside, names_peers: false, names_clients: false }
    }

    fn unknown() -> Self {
        Self { hits: Hits::All(Tri::Unknown), elsewhere: Tri::Unknown, outside: Tri::Unknown, names_peers: true, names_clients: true }
    }
}

/// The policy that a peer stands in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Home<'c> {
    /// The namespace of the pods that it selects.
    pub(super) namespace: &'c str,
    /// It is about all namespaces.
    pub(super) is_wide: bool,
    pub(super) is_cilium: bool,
}

/// The groups that a selector takes, or may take.
type Groups = Rc<Vec<(u32, Tri)>>;

/// Finds the groups of peers; each selector is asked once.
pub(super) struct Matcher<'c, 'u> {
    classes: &'c [Class<'u>],
    /// By namespace: its classes.
    spaces: FxHashMap<&'u str, Vec<u32>>,
    known: FxHashMap<(usize, usize, usize), Groups>,
}

impl<'c, 'u> Matcher<'c, 'u> {
    pub(super) fn new(classes: &'c [Class<'u>], members: impl Iterator<Item = (&'u str, u32)>) -> Self {
        let mut spaces: FxHashMap<&'u str, Vec<u32>> = FxHashMap::default();
        for (namespace, class) in members {
            spaces.entry(namespace).or_default().push(class);
        }
        for own in spaces.values_mut() {
            own.sort_unstable();
            own.dedup();
        }
        Self { classes, spaces, known: FxHashMap::default() }
    }

    /// What a peer of a policy stands for.
    pub(super) fn find(&mut self, peer: &Peer<'_>, home: Home<'_>) -> Found {
        match *peer {
            Peer::Any => Found::everyone(Tri::Yes),
            Peer::Unknown => Found::unknown(),
            Peer::Name(_) => Found { outside: Tri::Yes, ..Found::nothing() },
            Peer::Block { cidr, except } => block(cidr, except, home),
            Peer::Entity(name) => entity(name),
            Peer::Pods { namespaces, pods } => self.pods(namespaces, pods, home),
            Peer::Endpoints(selector) => self.endpoints(selector, home),
            Peer::Selected { selector, namespaces } => self.selected(selector, namespaces, home),
        }
    }

    fn pods(&mut self, namespaces: Option<&Node>, pods: Option<&Node>, home: Home<'_>) -> Found {
        let whole = is_empty(pods);
        if namespaces.is_some() && is_empty(namespaces).and(whole).is_yes() {
            return Found::everyone(Tri::No);
        }
        let place = if namespaces.is_none() { self.home(home) } else { usize::MAX };
        let key = (namespaces.map_or(0, address), pods.map_or(0, address), place);
        let hits = self.remembered(key, namespaces.is_none().then_some(home.namespace), |class| {
            selects(namespaces, &class.namespace_labels).and(selects(pods, &class.labels))
        });
        let unknown = Labels::unknown();
        let elsewhere = if namespaces.is_some() { selects(namespaces, &unknown).and(selects(pods, &unknown)) } else { Tri::No };
        let names_peers = namespaces.is_none() || !is_empty(namespaces).is_yes() || !whole.is_yes();
        Found { hits, elsewhere, outside: Tri::No, names_peers, names_clients: !whole.is_yes() }
    }

    fn endpoints(&mut self, selector: &Node, home: Home<'_>) -> Found {
        let keys = || {
            let labels = selector.get("matchLabels").map_or(&[][..], Node::entries).iter().map(|entry| &*entry.key);
            let expressions = selector.get("matchExpressions").map_or(&[][..], Node::items);
            labels.chain(expressions.iter().filter_map(|item| item.get("key")?.as_str()))
        };
        let of_namespace = |key: &str| key.contains("io.kubernetes.pod.namespace") || key.contains("io.cilium.k8s.namespace.labels");
        let anywhere = home.is_wide || keys().any(of_namespace);
        let whole = is_empty(Some(selector));
        if anywhere && whole.is_yes() {
            return Found::everyone(Tri::No);
        }
        let place = if anywhere { usize::MAX } else { self.home(home) };
        let hits = self.remembered((address(selector), 1, place), (!anywhere).then_some(home.namespace), |class| {
            let endpoint = CiliumEndpoint { pod: &class.labels, namespace: &class.namespace_labels, name: &class.space.name };
            selects(Some(selector), &endpoint)
        });
        let elsewhere = if anywhere { Tri::Unknown } else { Tri::No };
        let names_clients = keys().any(|key| !of_namespace(key)) || whole.is_unknown();
        Found { hits, elsewhere, outside: Tri::No, names_peers: true, names_clients }
    }

    fn selected(&mut self, selector: Option<&str>, namespaces: Option<&str>, home: Home<'_>) -> Found {
        let is_all = |text: Option<&str>| text.is_none_or(|text| matches!(text.trim(), "" | "all()"));
        let anywhere = home.is_wide || namespaces.is_some();
        if anywhere && is_all(selector) && is_all(namespaces) {
            return Found::everyone(if namespaces.is_none() { Tri::Unknown } else { Tri::No });
        }
        let place = if anywhere { usize::MAX } else { self.home(home) };
        let at = |text: Option<&str>| text.map_or(0, |text| text.as_ptr().addr());
        let hits = self.remembered((at(selector), at(namespaces), place), (!anywhere).then_some(home.namespace), |class| {
            let name = &*class.space.name;
            let pod = class.labels.clone().with("projectcalico.org/namespace", name).with("projectcalico.org/orchestrator", "k8s");
            let namespace = class.namespace_labels.clone().with("projectcalico.org/name", name);
            calico_matches(selector.unwrap_or(""), &pod).and(calico_matches(namespaces.unwrap_or(""), &namespace))
        });
        let elsewhere = if anywhere { Tri::Unknown } else { Tri::No };
        Found { hits, elsewhere, outside: Tri::No, names_peers: true, names_clients: !is_all(selector) }
    }

    /// A number for the namespace of a policy.
    fn home(&self, home: Home<'_>) -> usize {
        self.spaces.get(home.namespace).map_or(usize::MAX - 1, |own| own.as_ptr().addr())
    }

    fn remembered(&mut self, key: (usize, usize, usize), within: Option<&str>, asks: impl Fn(&Class<'u>) -> Tri) -> Hits {
        if let Some(known) = self.known.get(&key) {
            return Hits::Some(known.clone());
        }
        let ask = |at: u32| {
            let class = self.classes.get(at as usize)?;
            // from the node's address no selector knows a pod
            let seen = if class.host_network.is_no() { Tri::Yes } else { Tri::Unknown };
            let answer = asks(class).and(seen);
            (!answer.is_no()).then_some((at, answer))
        };
        let found: Vec<(u32, Tri)> = match within {
            // one class may have members in several namespaces only where no policy of theirs tells them apart
            Some(namespace) => self.spaces.get(namespace).map_or(&[][..], Vec::as_slice).iter().filter_map(|at| ask(*at)).collect(),
            None => (0..u32::try_from(self.classes.len()).unwrap_or(u32::MAX)).filter_map(ask).collect(),
        };
        let found = Rc::new(found);
        self.known.insert(key, found.clone());
        Hits::Some(found)
    }
}

fn address(node: &Node) -> usize {
    std::ptr::from_ref(node).addr()
}

/// The networks that pods usually have their addresses from (RFC 1918, RFC 6598, RFC 4193).
const PRIVATE: [&str; 5] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"];

/// Addresses: outside of the cluster, and perhaps pods' own where private ones are among them.
fn block(cidr: &str, except: &[Node], home: Home<'_>) -> Found {
    let network = Network::parse(cidr);
    let whole = network.as_ref().is_some_and(|network| network.length == 0);
    let excluded =
        |private: &Network| except.iter().any(|node| node.as_str().and_then(Network::parse).is_some_and(|network| network.holds(private)));
    let pods = match network {
        // Cilium knows pods by their labels, never by address
        _ if home.is_cilium => Tri::No,
        None => Tri::Unknown,
        Some(network) => {
            let mut private = PRIVATE.iter().filter_map(|text| Network::parse(text));
            let may = private.any(|private| (network.holds(&private) || private.holds(&network)) && !excluded(&private));
            if may { Tri::Unknown } else { Tri::No }
        }
    };
    let hits = if pods.is_no() { Hits::None } else { Hits::All(pods) };
    Found { hits, elsewhere: pods, outside: Tri::Yes, names_peers: !whole, names_clients: false }
}

fn entity(name: &str) -> Found {
    match name {
        "all" => Found::everyone(Tri::Yes),
        "cluster" => Found::everyone(Tri::No),
        "world" | "world-ipv4" | "world-ipv6" | "kube-apiserver" => Found { outside: Tri::Yes, names_clients: false, ..Found::nothing() },
        "host" | "remote-node" | "health" | "init" | "ingress" | "unmanaged" | "none" => Found::nothing(),
        _ => Found::unknown(),
    }
}

/// An IPv4 or IPv6 network.
#[derive(Clone, Copy, Debug)]
struct Network {
    address: u128,
    length: u32,
    is_v6: bool,
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
            None => (text, None),
        };
        match address.trim().parse::<core::net::IpAddr>().ok()? {
            core::net::IpAddr::V4(address) => {
                let length = length.unwrap_or(32);
                (length <= 32).then(|| Self { address: u128::from(address.to_bits()) << 96, length, is_v6: false })
            }
            core::net::IpAddr::V6(address) => {
                let length = length.unwrap_or(128);
                (length <= 128).then(|| Self { address: address.to_bits(), length, is_v6: true })
            }
        }
    }

    /// Whether all addresses of another network are in this.
    fn holds(&self, other: &Self) -> bool {
        let prefix = |address: u128| if self.length == 0 { 0 } else { address >> (128 - self.length) };
        self.is_v6 == other.is_v6 && self.length <= other.length && prefix(self.address) == prefix(other.address)
    }
}
