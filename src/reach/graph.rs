//! What connectivity is told as: plain data.

use super::ports::PortSet;
use crate::model::tri::Tri;

/// Where something is written: a path as reports name it and a 1-based line, with the object that it belongs to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Place {
    pub path: String,
    pub line: u32,
    /// `Kind/name`.
    pub object: String,
}

/// What sees requests, or packets alone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Layer {
    Four,
    Seven,
}

impl Layer {
    /// `4` or `7`.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Four => 4,
            Self::Seven => 7,
        }
    }
}

/// A workload.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node {
    /// `namespace/Kind/name`, unique in a graph.
    pub id: String,
    pub namespace: String,
    pub kind: String,
    pub name: String,
    /// Where its object is written.
    pub place: Place,
    /// The group that it is in.
    pub group: u32,
    /// Whether it is counted: it belongs to the repository's own workloads, not to the platform.
    pub is_counted: bool,
    /// The datastore or broker that it runs, by image or port: `postgres`.
    pub datastore: Option<&'static str>,
    /// It uses its node's network, where no policy holds.
    pub host_network: bool,
}

/// Workloads that no policy tells apart.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Group {
    /// Their places in [`Graph::nodes`].
    pub nodes: Vec<u32>,
    /// How many of them are counted.
    pub counted: u32,
    /// What anyone may do whom the files do not name: other pods of the cluster.
    pub from_elsewhere: u32,
    /// What callers from outside of the cluster may do; ports are the pods' own.
    pub from_outside: u32,
    /// Whom they may call outside of the cluster.
    pub to_outside: u32,
}

/// What lets traffic through from some peers, or what would.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Verdict {
    /// What passes surely.
    pub ports: PortSet,
    /// What passes if something is so that the files leave open; nothing of [`Verdict::ports`] is in it.
    pub perhaps: PortSet,
    /// The rules that let it through, by their places in [`Graph::places`]; none where no policy isolates.
    pub by: Vec<u32>,
    /// Every rule that lets something through names peers: some of the cluster, not all.
    pub names_peers: bool,
    /// Every such rule names workloads, by labels or by identity, not namespaces alone.
    pub names_clients: bool,
    /// Every such rule names ports.
    pub names_ports: bool,
    pub layer: Layer,
}

impl Verdict {
    /// No policy: everything passes.
    #[must_use]
    pub fn open() -> Self {
        Self {
            ports: PortSet::all(),
            perhaps: PortSet::default(),
            by: Vec::new(),
            names_peers: false,
            names_clients: false,
            names_ports: false,
            layer: Layer::Four,
        }
    }

    /// Whether something passes.
    #[must_use]
    pub fn answer(&self) -> Tri {
        match (self.ports.is_empty(), self.perhaps.is_empty()) {
            (false, _) => Tri::Yes,
            (true, false) => Tri::Unknown,
            (true, true) => Tri::No,
        }
    }

    /// `open`, `unknown` or `closed`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self.answer() {
            Tri::Yes => "open",
            Tri::Unknown => "unknown",
            Tri::No => "closed",
        }
    }

    /// Whether peer and port are written down.
    #[must_use]
    pub fn is_explicit(&self) -> bool {
        self.names_peers && self.names_ports
    }
}

/// What an edge is like. Many edges share one.
pub type EdgeKind = Verdict;

/// Traffic from the workloads of one group to those of another, or of the same, that passes surely or perhaps.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Edge {
    pub from: u32,
    pub to: u32,
    /// Its place in [`Graph::kinds`].
    pub kind: u32,
}

/// An entry point of the cluster and a group behind it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Exposure {
    /// `namespace/Kind/name` of the Service, Ingress, route or gateway.
    pub point: String,
    pub place: Place,
    /// The workload behind it, by its place in [`Graph::nodes`].
    pub to: u32,
    /// Its kind, by its place in [`Graph::kinds`].
    pub kind: u32,
}

/// How many workloads can be reached from one, through any others, itself aside.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct BlastRadius {
    pub median: u32,
    pub max: u32,
    /// The most if every edge counts that only perhaps exists.
    pub max_perhaps: u32,
}

/// Counts over the workloads that are counted.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Measures {
    pub workloads: u64,
    /// Ordered pairs of workloads between which something passes surely.
    pub edges: u64,
    /// Pairs between which something passes only perhaps.
    pub perhaps: u64,
    /// Pairs in a flat network.
    pub flat: u64,
    /// Of the edges, those whose peers or ports no rule names.
    pub implicit: u64,
    pub blast_radius: BlastRadius,
}

impl Measures {
    /// How much less than flat, in percent, rounded down; `None` where there is no pair. Edges that only perhaps exist count as `perhaps`
    /// says.
    #[must_use]
    pub fn reduction(&self, perhaps: bool) -> Option<u32> {
        let edges = self.edges + if perhaps { self.perhaps } else { 0 };
        (self.flat > 0).then(|| u32::try_from((self.flat - edges.min(self.flat)) * 100 / self.flat).unwrap_or(0))
    }
}

/// The connectivity of one environment.
#[derive(Clone, Default, Debug)]
pub struct Graph {
    /// By namespace, kind and name.
    pub nodes: Vec<Node>,
    pub groups: Vec<Group>,
    /// Sorted, one for each pair.
    pub edges: Vec<Edge>,
    pub kinds: Vec<EdgeKind>,
    pub places: Vec<Place>,
    /// Sorted.
    pub exposures: Vec<Exposure>,
    /// Workloads of a namespace that cannot be known, which are not in the graph.
    pub unplaced: u32,
    pub measures: Measures,
    /// By node: how many counted workloads it reaches.
    pub radius: Vec<u32>,
}

impl Graph {
    /// The kind of the edge between two groups.
    #[must_use]
    pub fn between(&self, from: u32, to: u32) -> Option<&EdgeKind> {
        let at = self.edges.binary_search_by_key(&(from, to), |edge| (edge.from, edge.to)).ok()?;
        self.kinds.get(self.edges[at].kind as usize)
    }

    /// The kind of the edge between two workloads, by their places in [`Graph::nodes`].
    #[must_use]
    pub fn edge(&self, from: usize, to: usize) -> Option<&EdgeKind> {
        if from == to { None } else { self.between(self.nodes.get(from)?.group, self.nodes.get(to)?.group) }
    }

    /// The place of a workload in [`Graph::nodes`].
    #[must_use]
    pub fn find(&self, id: &str) -> Option<usize> {
        self.nodes.binary_search_by(|node| node.id.as_str().cmp(id)).ok()
    }

    /// The edges into a group, with the groups that they come from.
    pub fn into(&self, group: u32) -> impl Iterator<Item = (u32, &EdgeKind)> {
        self.edges.iter().filter(move |edge| edge.to == group).filter_map(|edge| Some((edge.from, self.kinds.get(edge.kind as usize)?)))
    }

    /// The edges between workloads one by one, by their places in [`Graph::nodes`]; `None` where there are more than `limit`.
    #[must_use]
    pub fn pairs(&self, limit: usize) -> Option<Vec<(u32, u32, &EdgeKind)>> {
        let mut out = Vec::new();
        for edge in &self.edges {
            let kind = self.kinds.get(edge.kind as usize)?;
            let members = |group: u32| self.groups.get(group as usize).map_or(&[][..], |group| &group.nodes);
            if members(edge.from).len().saturating_mul(members(edge.to).len()).saturating_add(out.len()) > limit.saturating_mul(2) {
                return None;
            }
            for from in members(edge.from) {
                out.extend(members(edge.to).iter().filter(|to| *to != from).map(|to| (*from, *to, kind)));
            }
        }
        out.sort_by_key(|(from, to, _)| (*from, *to));
        (out.len() <= limit).then_some(out)
    }

    /// The places that a kind names.
    pub fn places_of<'g>(&'g self, kind: &'g EdgeKind) -> impl Iterator<Item = &'g Place> {
        kind.by.iter().filter_map(|at| self.places.get(*at as usize))
    }
}
