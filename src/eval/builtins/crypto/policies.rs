//! Certificate policies along a chain (RFC 5280, 6.1, with the graph of RFC 9618 in place of the tree).

use std::collections::{BTreeMap, BTreeSet};

use super::cert::Certificate;

type Policy = Vec<u8>;

/// 2.5.29.32.0
const ANY: &[u8] = &[0x55, 0x1d, 0x20, 0];

/// A valid policy at one depth.
#[derive(Default)]
struct Node {
    expected: Vec<Policy>,
    /// Where they are, and their policies.
    parents: BTreeSet<(usize, Policy)>,
    children: usize,
}

/// One stratum of nodes for each certificate below the anchor, by valid policy.
struct Graph(Vec<BTreeMap<Policy, Node>>);

impl Graph {
    fn new() -> Self {
        let root = Node { expected: vec![ANY.to_vec()], ..Node::default() };
        Self(vec![BTreeMap::from([(ANY.to_vec(), root)])])
    }

    fn leaves(&mut self) -> &mut BTreeMap<Policy, Node> {
        self.0.last_mut().expect("a graph has a root")
    }

    /// Adds a node to the deepest stratum below nodes of the one above.
    fn insert(&mut self, policy: Policy, parents: BTreeSet<Policy>) {
        let above = self.0.len() - 2;
        for parent in &parents {
            if let Some(parent) = self.0[above].get_mut(parent) {
                parent.children += 1;
            }
        }
        let parents = parents.into_iter().map(|parent| (above, parent)).collect();
        self.leaves().insert(policy.clone(), Node { expected: vec![policy], parents, children: 0 });
    }

    fn remove(&mut self, depth: usize, policy: &Policy) {
        let Some(node) = self.0[depth].remove(policy) else { return };
        for (depth, parent) in &node.parents {
            if let Some(parent) = self.0[*depth].get_mut(parent) {
                parent.children = parent.children.saturating_sub(1);
            }
        }
    }

    /// Removes the nodes that lead to no leaf.
    fn prune(&mut self) {
        for depth in (1..self.0.len() - 1).rev() {
            let barren: Vec<Policy> =
                self.0[depth].iter().filter(|(_, node)| node.children == 0).map(|(policy, _)| policy.clone()).collect();
            for policy in &barren {
                self.remove(depth, policy);
            }
        }
    }

    /// 6.1.3 (d).
    fn descend(&mut self, policies: &[Policy], any_allowed: bool) {
        let above = self.0.len() - 1;
        let mut expecting: BTreeMap<Policy, BTreeSet<Policy>> = BTreeMap::new();
        for (policy, node) in &self.0[above] {
            for expected in &node.expected {
                expecting.entry(expected.clone()).or_default().insert(policy.clone());
            }
        }
        let any_above = self.0[above].contains_key(ANY);
        self.0.push(BTreeMap::new());
        for policy in policies.iter().filter(|policy| *policy != ANY) {
            match expecting.get(policy) {
                Some(parents) => self.insert(policy.clone(), parents.clone()),
                None if any_above => self.insert(policy.clone(), BTreeSet::from([ANY.to_vec()])),
                None => {}
            }
        }
        if any_allowed && policies.iter().any(|policy| policy == ANY) {
            for (policy, parents) in expecting {
                if !self.leaves().contains_key(&policy) {
                    self.insert(policy, parents);
                }
            }
        }
        self.prune();
    }

    /// 6.1.4 (b); `false`: a mapping of any policy.
    fn map(&mut self, mappings: &[(Policy, Policy)], allowed: bool) -> bool {
        let mut subjects: BTreeMap<&Policy, Vec<Policy>> = BTreeMap::new();
        for (issuer, subject) in mappings {
            if !allowed {
                self.remove(self.0.len() - 1, issuer);
            } else if issuer == ANY || subject == ANY {
                return false;
            } else {
                subjects.entry(issuer).or_default().push(subject.clone());
            }
        }
        self.prune();
        let depth = self.0.len() - 1;
        for (issuer, subjects) in subjects {
            let leaves = self.leaves();
            if let Some(leaf) = leaves.get_mut(issuer) {
                leaf.expected = subjects;
            } else if let Some(any) = leaves.get_mut(ANY) {
                // a sibling that hangs below the leaf of any policy, so that it keeps it
                any.children += 1;
                let node = Node { expected: subjects, parents: BTreeSet::from([(depth, ANY.to_vec())]), children: 0 };
                leaves.insert(issuer.clone(), node);
            }
        }
        true
    }

    /// Whether some policy holds for the whole chain.
    fn holds(&mut self) -> bool {
        let from_any = |(policy, node): (&Policy, &Node)| {
            policy != ANY && node.parents.len() == 1 && node.parents.iter().all(|(_, parent)| parent == ANY)
        };
        self.0.iter().flatten().any(from_any) || self.leaves().contains_key(ANY)
    }
}

/// Whether the policies of a chain, leaf first, are valid for a user who accepts any policy.
pub(super) fn chain_is_valid(chain: &[&Certificate]) -> bool {
    let Some(n) = chain.len().checked_sub(1).filter(|n| *n > 0) else { return true };
    let start = i64::try_from(n + 1).unwrap_or(i64::MAX);
    let (mut inhibit_any, mut explicit, mut mapping) = (start, start, start);
    let mut graph = Some(Graph::new());
    for (i, certificate) in chain[..n].iter().enumerate().rev() {
        let extensions = &certificate.extensions;
        let self_issued = certificate.raw_issuer == certificate.raw_subject;
        let policies = extensions.policies.as_deref().unwrap_or_default();
        if policies.is_empty() {
            graph = None;
        }
        match &mut graph {
            None if explicit == 0 => return false,
            None => {}
            Some(graph) => {
                graph.descend(policies, inhibit_any > 0 || i > 0 && self_issued);
                if i > 0 && !extensions.mappings.is_empty() && !graph.map(&extensions.mappings, mapping > 0) {
                    return false;
                }
            }
        }
        if i > 0 {
            if !self_issued {
                for counter in [&mut explicit, &mut mapping, &mut inhibit_any] {
                    *counter = (*counter - 1).max(0);
                }
            }
            let lower = |counter: &mut i64, stated: Option<i64>| *counter = (*counter).min(stated.unwrap_or(i64::MAX));
            lower(&mut explicit, extensions.require_policy.get());
            lower(&mut mapping, extensions.inhibit_mapping.get());
            lower(&mut inhibit_any, extensions.inhibit_any.get());
        }
    }
    explicit = (explicit - 1).max(0);
    if chain[0].extensions.require_policy.stated_zero {
        explicit = 0;
    }
    explicit > 0 || graph.is_some_and(|mut graph| graph.holds())
}
