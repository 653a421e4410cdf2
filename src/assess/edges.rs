//! Who can talk to whom, reduced to what two runs are compared by: taken from the graph or read from a JSON report, in the same words.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::connectivity::{EnvironmentReach, ReachResult};
use super::delta::Change;
use crate::reach::{Graph, PROTOCOLS, PortSet};

/// So many edges between workloads are listed one by one; beyond, those between groups alone, and only counts are compared.
pub const MAX_EDGES: usize = 2_000;

/// The graph of an environment.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Edges {
    /// From, to: `open TCP 80`. `None` where there are too many.
    pub list: Option<BTreeMap<(String, String), String>>,
    pub count: u64,
    /// The most workloads that one of them reaches, through others too.
    pub reaches: u64,
}

/// An edge that differs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edge {
    pub from: String,
    pub to: String,
    /// What it admits: `open TCP 80`; empty where it is not there.
    pub before: String,
    pub after: String,
}

/// What changed in an environment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EdgeChange {
    pub environment: String,
    pub edges: Change<u64>,
    pub reaches: Change<u64>,
    /// By workload; empty where one side has too many to list them.
    pub list: Vec<Edge>,
    pub is_listed: bool,
}

impl EdgeChange {
    /// In a few words: `prod: 2 edges more or wider, 1 gone`.
    #[must_use]
    pub fn line(&self) -> String {
        let (edges, reaches) = (&self.edges, &self.reaches);
        let mut parts = vec![format!("{} edges, before {}", edges.after, edges.before)];
        if reaches.is_change() {
            parts.push(format!("one workload reaches {} at most, before {}", reaches.after, reaches.before));
        }
        format!("{}: {}", self.environment, parts.join("; "))
    }
}

impl Edge {
    /// `a → b: open TCP 80`, with what was there before.
    #[must_use]
    pub fn line(&self) -> String {
        let change = match (self.before.as_str(), self.after.as_str()) {
            ("", after) => format!("new, {after}"),
            (before, "") => format!("gone, was {before}"),
            (before, after) => format!("{after}, was {before}"),
        };
        format!("{} → {}: {change}", self.from, self.to)
    }
}

/// The graphs by environment.
#[must_use]
pub fn of_graphs(reach: Option<&ReachResult>) -> BTreeMap<String, Edges> {
    reach.map_or(&[][..], |reach| &reach.environments).iter().map(|own| (own.environment.clone(), of_graph(own))).collect()
}

fn of_graph(own: &EnvironmentReach) -> Edges {
    let graph: &Graph = &own.graph;
    let id = |at: u32| graph.nodes.get(at as usize).map_or_else(String::new, |node| node.id.clone());
    let list = graph.pairs(MAX_EDGES).map(|pairs| {
        let edge = |(from, to, kind): (u32, u32, &crate::reach::EdgeKind)| {
            ((id(from), id(to)), told(kind.word(), &by_name(&kind.ports), &by_name(&kind.perhaps)))
        };
        pairs.into_iter().map(edge).collect()
    });
    Edges { list, count: graph.measures.edges, reaches: graph.measures.blast_radius.max.into() }
}

type Ports = BTreeMap<String, Vec<(u16, u16)>>;

fn by_name(ports: &PortSet) -> Ports {
    let own = PROTOCOLS.iter().enumerate().map(|(at, name)| ((*name).to_owned(), ports.intervals(at).to_vec()));
    own.filter(|(_, intervals)| !intervals.is_empty()).collect()
}

/// `open TCP 80, 8000-8080; perhaps UDP 53`
fn told(state: &str, ports: &Ports, perhaps: &Ports) -> String {
    let words = |ports: &Ports| {
        if PROTOCOLS.iter().all(|name| ports.get(*name).is_some_and(|own| own[..] == [(1, u16::MAX)])) {
            return "any port".to_owned();
        }
        let one = |(first, last): &(u16, u16)| match (first, last) {
            (1, &u16::MAX) => "any port".to_owned(),
            (first, last) if first == last => first.to_string(),
            (first, last) => format!("{first}-{last}"),
        };
        let of =
            |(name, intervals): (&String, &Vec<(u16, u16)>)| format!("{name} {}", intervals.iter().map(one).collect::<Vec<_>>().join(", "));
        ports.iter().map(of).collect::<Vec<_>>().join(", ")
    };
    let mut out = state.to_owned();
    if !ports.is_empty() {
        out += &format!(" {}", words(ports));
    }
    if !perhaps.is_empty() {
        out += &format!("; perhaps {}", words(perhaps));
    }
    out
}

/// `reachability` of a JSON report.
#[derive(Deserialize, Default)]
pub(super) struct ReachRow {
    #[serde(default)]
    environments: Vec<EnvironmentRow>,
}

#[derive(Deserialize)]
struct EnvironmentRow {
    environment: String,
    edges: u64,
    blast_radius: RadiusRow,
    #[serde(default)]
    edges_between: String,
    #[serde(default)]
    nodes: Vec<NodeRow>,
    #[serde(default)]
    edges_list: Vec<EdgeRow>,
}

#[derive(Deserialize)]
struct RadiusRow {
    max: u64,
}

#[derive(Deserialize)]
struct NodeRow {
    id: String,
}

#[derive(Deserialize)]
struct EdgeRow {
    from: usize,
    to: usize,
    state: String,
    #[serde(default)]
    ports: Ports,
    #[serde(default)]
    ports_unknown: Ports,
}

/// The graphs of a JSON report.
pub(super) fn of_report(reach: Option<ReachRow>) -> BTreeMap<String, Edges> {
    let rows = reach.unwrap_or_default().environments.into_iter();
    let one = |row: EnvironmentRow| {
        let id = |at: usize| row.nodes.get(at).map_or_else(String::new, |node| node.id.clone());
        let edge = |edge: &EdgeRow| ((id(edge.from), id(edge.to)), told(&edge.state, &edge.ports, &edge.ports_unknown));
        let list = (row.edges_between == "nodes").then(|| row.edges_list.iter().map(edge).collect());
        (row.environment.clone(), Edges { list, count: row.edges, reaches: row.blast_radius.max })
    };
    rows.map(one).collect()
}

/// What differs, by environment; environments without a difference are left out.
#[must_use]
pub(super) fn between(before: &BTreeMap<String, Edges>, after: &BTreeMap<String, Edges>) -> Vec<EdgeChange> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let none = Edges { list: Some(BTreeMap::new()), count: 0, reaches: 0 };
    let one = |name: &String| {
        let (old, new) = (before.get(name).unwrap_or(&none), after.get(name).unwrap_or(&none));
        let mut list = Vec::new();
        if let (Some(old), Some(new)) = (&old.list, &new.list) {
            let pairs: BTreeSet<&(String, String)> = old.keys().chain(new.keys()).collect();
            for pair in pairs.into_iter().filter(|pair| old.get(*pair) != new.get(*pair)) {
                let side = |of: &BTreeMap<(String, String), String>| of.get(pair).cloned().unwrap_or_default();
                list.push(Edge { from: pair.0.clone(), to: pair.1.clone(), before: side(old), after: side(new) });
            }
        }
        EdgeChange {
            environment: name.clone(),
            edges: Change { before: old.count, after: new.count },
            reaches: Change { before: old.reaches, after: new.reaches },
            list,
            is_listed: old.list.is_some() && new.list.is_some(),
        }
    };
    let changes = names.into_iter().map(one);
    changes.filter(|change| change.edges.is_change() || change.reaches.is_change() || !change.list.is_empty()).collect()
}
