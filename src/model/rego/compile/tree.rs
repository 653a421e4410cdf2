//! The tree of rules by their constant paths.

use std::collections::BTreeMap;

use super::hir::{Module, Term};
use crate::model::rego::value::Value;

/// A rule: module and position in it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct RuleId {
    pub(crate) module: usize,
    pub(crate) rule: usize,
}

/// A place in the tree.
#[derive(Debug, Default)]
pub(crate) struct Node {
    pub(crate) children: BTreeMap<Value, usize>,
    pub(crate) rules: Vec<RuleId>,
    /// `data.system`: not shown when documents are listed.
    pub(crate) hidden: bool,
}

/// All rules; node 0 is `data`.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
}

impl Tree {
    pub(crate) fn new(modules: &[Module]) -> Self {
        let mut tree = Self { nodes: vec![Node::default()] };
        for (index, module) in modules.iter().enumerate() {
            let package = tree.node(0, module.package[1..].iter().filter_map(Term::as_value));
            for (position, rule) in module.rules.iter().enumerate() {
                let keys = std::iter::once(&rule.name).chain(rule.reference[1..].iter().map_while(Term::as_value));
                let node = tree.node(package, keys);
                tree.nodes[node].rules.push(RuleId { module: index, rule: position });
            }
        }
        if let Some(system) = tree.find(&[Value::from("system")]) {
            tree.nodes[system].hidden = true;
        }
        tree
    }

    /// The node at a path below `from`, made where there is none.
    fn node<'v>(&mut self, from: usize, path: impl Iterator<Item = &'v Value>) -> usize {
        let mut at = from;
        for key in path {
            at = match self.nodes[at].children.get(key) {
                Some(child) => *child,
                None => {
                    let child = self.nodes.len();
                    self.nodes.push(Node::default());
                    self.nodes[at].children.insert(key.clone(), child);
                    child
                }
            };
        }
        at
    }

    /// The node of a path below `data`.
    pub(crate) fn find(&self, path: &[Value]) -> Option<usize> {
        path.iter().try_fold(0, |at, key| self.nodes[at].children.get(key).copied())
    }

    /// The node that a reference from `data` of constant parts names.
    pub(crate) fn find_ref(&self, parts: &[Term]) -> Option<usize> {
        if parts[0].as_var() != Some(super::hir::DATA) {
            return None;
        }
        parts[1..].iter().try_fold(0, |at, part| self.nodes[at].children.get(&part.constant()?).copied())
    }

    /// Every node below `node`, itself first, in key order.
    pub(crate) fn below(&self, node: usize) -> Vec<usize> {
        let mut out = Vec::new();
        let mut todo = vec![node];
        while let Some(node) = todo.pop() {
            out.push(node);
            todo.extend(self.nodes[node].children.values().rev());
        }
        out
    }
}
