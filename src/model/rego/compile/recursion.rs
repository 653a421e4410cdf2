//! Rules that depend on themselves are refused.

use super::CompileError;
use super::conflicts::head_text;
use super::hir::{Module, Rule, Term, Vars, dotted};
use super::narrow::Narrowing;
use super::tree::{RuleId, Tree};
use super::visit::Walk;

/// Which rules each rule (and `else` branch) refers to.
pub(crate) struct Graph {
    nodes: Vec<Node>,
    edges: Vec<Vec<usize>>,
}

struct Node {
    rule: RuleId,
    /// Position in the chain of `else` branches.
    branch: usize,
}

impl Graph {
    /// Reads the references as they stand; later stages only move them.
    pub(crate) fn new(modules: &[Module], tree: &Tree, vars: &Vars) -> Self {
        let mut nodes = Vec::new();
        let mut starts: Vec<Vec<usize>> = Vec::new();
        for (module, content) in modules.iter().enumerate() {
            let mut firsts = Vec::new();
            for (rule, content) in content.rules.iter().enumerate() {
                firsts.push(nodes.len());
                nodes.extend(content.chain().enumerate().map(|(branch, _)| Node { rule: RuleId { module, rule }, branch }));
            }
            starts.push(firsts);
        }
        let mut edges = Vec::with_capacity(nodes.len());
        for node in &nodes {
            let Some(rule) = modules[node.rule.module].rules[node.rule.rule].chain().nth(node.branch) else {
                edges.push(Vec::new());
                continue;
            };
            let mut targets: Vec<usize> = Vec::new();
            each_reference(rule, vars, &mut |parts| {
                for id in dynamic_rules(modules, tree, parts) {
                    let first = starts[id.module][id.rule];
                    targets.extend(first..first + modules[id.module].rules[id.rule].chain().count());
                }
            });
            targets.sort_unstable();
            targets.dedup();
            edges.push(targets);
        }
        Self { nodes, edges }
    }

    /// One error for each rule that lies on a cycle.
    pub(crate) fn check(&self, modules: &[Module], vars: &Vars, errors: &mut Vec<CompileError>) {
        for (start, cyclic) in self.cyclic().into_iter().enumerate() {
            if !cyclic {
                continue;
            }
            let path = self.cycle(start);
            let name = |node: usize| {
                let id = self.nodes[node].rule;
                let package = dotted(&modules[id.module].package, vars).unwrap_or_default();
                format!("{package}.{}", head_text(&modules[id.module].rules[id.rule], vars))
            };
            let names: Vec<String> = path.iter().map(|node| name(*node)).collect();
            let id = self.nodes[start].rule;
            let at = modules[id.module].rules[id.rule].chain().nth(self.nodes[start].branch).map(|rule| rule.at).unwrap_or_default();
            errors.push(CompileError::recursion(at, format!("rule {} is recursive: {}", name(start), names.join(" -> "))));
        }
    }

    /// For each node whether it can reach itself (Tarjan's components, without recursion).
    fn cyclic(&self) -> Vec<bool> {
        const UNSEEN: usize = usize::MAX;
        let count = self.nodes.len();
        let (mut index, mut low) = (vec![UNSEEN; count], vec![0; count]);
        let mut on_stack = vec![false; count];
        let (mut stack, mut next) = (Vec::new(), 0);
        let mut out = vec![false; count];
        for root in 0..count {
            if index[root] != UNSEEN {
                continue;
            }
            let mut work: Vec<(usize, usize)> = vec![(root, 0)];
            while let Some((node, edge)) = work.pop() {
                if edge == 0 {
                    index[node] = next;
                    low[node] = next;
                    next += 1;
                    stack.push(node);
                    on_stack[node] = true;
                }
                if let Some(target) = self.edges[node].get(edge) {
                    work.push((node, edge + 1));
                    if index[*target] == UNSEEN {
                        work.push((*target, 0));
                    } else if on_stack[*target] {
                        low[node] = low[node].min(index[*target]);
                    }
                    continue;
                }
                if low[node] == index[node] {
                    let mut members = Vec::new();
                    while let Some(member) = stack.pop() {
                        on_stack[member] = false;
                        members.push(member);
                        if member == node {
                            break;
                        }
                    }
                    let alone = members.len() == 1 && self.edges[node].binary_search(&node).is_err();
                    for member in members {
                        out[member] = !alone;
                    }
                }
                if let Some((parent, _)) = work.last() {
                    low[*parent] = low[*parent].min(low[node]);
                }
            }
        }
        out
    }

    /// A shortest way from `start` back to it.
    fn cycle(&self, start: usize) -> Vec<usize> {
        let mut from = vec![usize::MAX; self.nodes.len()];
        let mut queue = std::collections::VecDeque::from([start]);
        while let Some(node) = queue.pop_front() {
            for target in &self.edges[node] {
                if *target == start {
                    let mut path = vec![start, node];
                    let mut at = node;
                    while at != start {
                        at = from[at];
                        path.push(at);
                    }
                    path.reverse();
                    if path.len() > 2 && path[0] == path[1] {
                        path.remove(0);
                    }
                    return path;
                }
                if from[*target] == usize::MAX {
                    from[*target] = node;
                    queue.push_back(*target);
                }
            }
        }
        vec![start]
    }
}

/// Calls `f` with each reference from `data` in a rule, its variables replaced by the values that they can only have.
fn each_reference(rule: &Rule, vars: &Vars, f: &mut dyn FnMut(&[Term])) {
    let narrowing = Narrowing::new(&rule.body, vars);
    let visit = |walk: &dyn Walk, at: usize, f: &mut dyn FnMut(&[Term])| {
        walk.walk(&mut |term| {
            if term.is_ref_to(super::hir::DATA)
                && let Some(parts) = term.as_ref()
            {
                narrowing.expand(parts, at, f);
            }
            true
        });
    };
    for (index, expr) in rule.body.iter().enumerate() {
        visit(expr, index, f);
    }
    let end = rule.body.len();
    visit(&rule.reference, end, f);
    visit(&rule.args, end, f);
    visit(&rule.key, end, f);
    visit(&rule.value, end, f);
}

/// The rules that a reference could refer to; parts that are not constant match anything.
fn dynamic_rules(modules: &[Module], tree: &Tree, parts: &[Term]) -> Vec<RuleId> {
    let constants: Vec<Option<crate::model::rego::value::Value>> = parts[1..].iter().map(Term::constant).collect();
    let intersects = |id: &RuleId, from: usize| {
        let module = &modules[id.module];
        let rule = &module.rules[id.rule];
        let package = module.package.len() - 1;
        (from..constants.len()).all(|at| {
            let own = if at < package {
                module.package[at + 1].constant()
            } else if at == package {
                Some(rule.name.clone())
            } else {
                match rule.reference.get(at - package) {
                    Some(part) => part.constant(),
                    None => return true,
                }
            };
            match (&constants[at], own) {
                (Some(wanted), Some(own)) => *wanted == own,
                _ => true,
            }
        })
    };
    let mut out = Vec::new();
    let mut todo = vec![(0, 0)];
    while let Some((node, at)) = todo.pop() {
        match constants.get(at) {
            None => {
                for node in tree.below(node) {
                    out.extend(&tree.nodes[node].rules);
                }
            }
            Some(Some(key)) => {
                if let Some(child) = tree.nodes[node].children.get(key) {
                    out.extend(tree.nodes[*child].rules.iter().filter(|id| intersects(id, at + 1)));
                    todo.push((*child, at + 1));
                }
            }
            Some(None) => {
                for child in tree.nodes[node].children.values() {
                    out.extend(tree.nodes[*child].rules.iter().filter(|id| intersects(id, at + 1)));
                    todo.push((*child, at + 1));
                }
            }
        }
    }
    out.sort_unstable();
    out.dedup();
    out
}
