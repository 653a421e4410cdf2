//! What changed between two graphs.

use std::collections::BTreeMap;

use super::graph::{EdgeKind, Graph};

/// An edge between workloads of which both graphs know that it is not the same.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change<'g> {
    /// Ids of workloads; each of `from` and each of `to`, itself aside.
    pub from: Vec<&'g str>,
    pub to: Vec<&'g str>,
    /// `None` where there was no edge.
    pub before: Option<&'g EdgeKind>,
    pub after: Option<&'g EdgeKind>,
}

/// The edges that differ, with the ports that pass. Workloads that only one graph has have no edges in the other. Sorted by the ids.
#[must_use]
pub fn diff<'g>(before: &'g Graph, after: &'g Graph) -> Vec<Change<'g>> {
    // workloads that are in the same group in both graphs differ in the same way
    let mut refined: BTreeMap<(Option<u32>, Option<u32>), Vec<&str>> = BTreeMap::new();
    let group = |graph: &Graph, id: &str| graph.find(id).map(|at| graph.nodes[at].group);
    for node in &after.nodes {
        refined.entry((group(before, &node.id), Some(node.group))).or_default().push(&node.id);
    }
    for node in before.nodes.iter().filter(|node| after.find(&node.id).is_none()) {
        refined.entry((Some(node.group), None)).or_default().push(&node.id);
    }
    let mut out = Vec::new();
    for ((from_before, from_after), from) in &refined {
        for ((to_before, to_after), to) in &refined {
            if from == to && from.len() < 2 {
                continue;
            }
            let edge = |graph: &'g Graph, from: &Option<u32>, to: &Option<u32>| graph.between((*from)?, (*to)?);
            let (old, new) = (edge(before, from_before, to_before), edge(after, from_after, to_after));
            let passes = |kind: Option<&EdgeKind>| kind.map(|kind| (kind.ports.clone(), kind.perhaps.clone()));
            if passes(old) != passes(new) {
                out.push(Change { from: from.clone(), to: to.clone(), before: old, after: new });
            }
        }
    }
    out.sort_by(|a, b| (&a.from, &a.to).cmp(&(&b.from, &b.to)));
    out
}
