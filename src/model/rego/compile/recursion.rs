//! Rules that depend on themselves are refused.

use super::hir::{Module, Rule, Term};
use super::narrow::Narrowing;
use super::tree::RuleId;
use super::visit::Walk;
use super::{Class, CompileError, World};
use crate::model::rego::value::Value;

/// Of so many rules on cycles the way back is looked for.
const MAX_CYCLES: usize = 200;
/// So many rules of a cycle are named.
const MAX_STEPS: usize = 8;

/// Which rules each rule (and `else` branch) refers to.
#[derive(Debug)]
pub(crate) struct Graph {
    nodes: Vec<Node>,
    edges: Vec<Vec<usize>>,
}

/// A rule, or a branch of one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    pub(crate) rule: RuleId,
    /// Position in the chain of `else` branches.
    pub(crate) branch: usize,
}

/// For each rule of a module and each branch of it the rules that it refers to.
pub(crate) type Edges = Vec<Vec<Vec<RuleId>>>;

/// Reads a module's references as they stand; later stages only move them.
pub(crate) fn edges(module: &Module, world: &World) -> Edges {
    let of_branch = |rule: &Rule| {
        let mut targets: Vec<RuleId> = Vec::new();
        each_reference(rule, &mut |parts| dynamic_rules(world, module.index, parts, &mut targets));
        targets.sort_unstable();
        targets.dedup();
        targets
    };
    module.rules.iter().map(|rule| if rule.broken { Vec::new() } else { rule.chain().map(of_branch).collect() }).collect()
}

impl Graph {
    pub(crate) fn new(modules: &[Module], edges: Vec<Edges>) -> Self {
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
        let branches = |id: &RuleId| {
            let first = starts[id.module][id.rule];
            first..first + modules[id.module].rules[id.rule].chain().count()
        };
        let edges = nodes
            .iter()
            .map(|node| {
                let targets = edges[node.rule.module][node.rule.rule].get(node.branch);
                targets.into_iter().flatten().flat_map(branches).collect()
            })
            .collect();
        Self { nodes, edges }
    }

    /// The rules and branches of those modules that `wanted` names and those that they refer to, as far as `seen` lets them, each after
    /// what it refers to; else in the order of their places.
    pub(crate) fn order(&self, modules: &[Module], wanted: &dyn Fn(usize) -> bool, seen: &dyn Fn(usize) -> bool) -> Vec<Node> {
        let place = |node: &usize| {
            let Node { rule, branch } = self.nodes[*node];
            let rule = &modules[rule.module].rules[rule.rule];
            rule.chain().nth(branch).map(|rule| rule.at)
        };
        let by_place = |nodes: &mut Vec<usize>| nodes.sort_by_cached_key(|node| std::cmp::Reverse(place(node)));
        // depth first without recursion: a node is on the stack once to be entered and once to be left
        let mut entered = vec![false; self.nodes.len()];
        let mut out = Vec::with_capacity(self.nodes.len());
        let mut roots: Vec<usize> = (0..self.nodes.len()).filter(|node| wanted(self.nodes[*node].rule.module)).collect();
        by_place(&mut roots);
        let mut todo: Vec<(usize, bool)> = roots.into_iter().map(|node| (node, false)).collect();
        while let Some((node, leave)) = todo.pop() {
            if leave {
                out.push(self.nodes[node]);
            } else if !std::mem::replace(&mut entered[node], true) {
                todo.push((node, true));
                let new = |target: &usize| !entered[*target] && seen(self.nodes[*target].rule.module);
                let mut targets: Vec<usize> = self.edges[node].iter().copied().filter(new).collect();
                by_place(&mut targets);
                todo.extend(targets.into_iter().map(|target| (target, false)));
            }
        }
        out
    }

    /// The rules that a reference of module `from` could refer to, and all that refer to those, directly or not.
    pub(crate) fn dependents(&self, world: &World, from: u32, parts: &[Term]) -> Vec<RuleId> {
        let mut start = Vec::new();
        dynamic_rules(world, from, parts, &mut start);
        start.sort_unstable();
        let mut marked = vec![false; self.nodes.len()];
        let mut todo = Vec::new();
        for (node, content) in self.nodes.iter().enumerate() {
            if content.branch == 0 && start.binary_search(&content.rule).is_ok() {
                marked[node] = true;
                todo.push(node);
            }
        }
        if todo.is_empty() {
            return Vec::new();
        }
        let mut back: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        for (node, targets) in self.edges.iter().enumerate() {
            targets.iter().for_each(|target| back[*target].push(node));
        }
        while let Some(node) = todo.pop() {
            for from in &back[node] {
                if !std::mem::replace(&mut marked[*from], true) {
                    todo.push(*from);
                }
            }
        }
        let mut out: Vec<RuleId> = self.nodes.iter().zip(marked).filter(|(_, marked)| *marked).map(|(node, _)| node.rule).collect();
        out.dedup();
        out
    }

    /// One error for each rule that lies on a cycle.
    pub(crate) fn check(&self, modules: &[Module], errors: &mut Vec<CompileError>) {
        let mut shown = 0;
        for (start, cyclic) in self.cyclic().into_iter().enumerate() {
            if !cyclic {
                continue;
            }
            let id = self.nodes[start].rule;
            let rule = &modules[id.module].rules[id.rule];
            if rule.broken {
                continue;
            }
            shown += 1;
            // of very many the names say enough
            let path = if shown > MAX_CYCLES { vec![start, start] } else { self.cycle(start) };
            let name = |node: usize| super::conflicts::path_text(modules, self.nodes[node].rule);
            let names: Vec<String> = path.iter().map(|node| name(*node)).collect();
            let at = rule.chain().nth(self.nodes[start].branch).map(|rule| rule.at).unwrap_or_default();
            let message = format!("rule {} is recursive: {}", name(start), names.join(" -> "));
            let short = |node: usize| {
                let id = self.nodes[node].rule;
                super::conflicts::head_text(&modules[id.module].rules[id.rule], &modules[id.module].vars)
            };
            let mut way: Vec<String> = path.iter().take(MAX_STEPS).map(|node| format!("`{}`", short(*node))).collect();
            if path.len() > MAX_STEPS {
                way.extend(["…".to_owned(), format!("`{}`", short(start))]);
            }
            let mut error = CompileError::new(Class::RecursiveRule, at, "rego_recursion_error", message)
                .within(if self.nodes[start].branch == 0 { rule.head_at.span } else { at.span })
                .saying(format!("`{}` depends on itself: {}", short(start), way.join(" → ")))
                .help("take the dependency out, or walk over nested data with `walk` or `graph.reachable`");
            for pair in path.windows(2).skip(1).take(4) {
                let id = self.nodes[pair[0]].rule;
                let head = modules[id.module].rules[id.rule].head_at;
                if id != self.nodes[start].rule {
                    error = error.label(head, format!("`{}` depends on `{}`", short(pair[0]), short(pair[1])));
                }
            }
            errors.push(error);
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
fn each_reference(rule: &Rule, f: &mut dyn FnMut(&[Term])) {
    let narrowing = Narrowing::new(&rule.body);
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

/// The rules that a reference of module `from` could refer to; parts that are not constant match anything.
fn dynamic_rules(world: &World, from: u32, parts: &[Term], out: &mut Vec<RuleId>) {
    let tree = &world.tree;
    let constants: Vec<Option<Value>> = parts[1..].iter().map(Term::constant).collect();
    let mut todo = vec![(0, 0)];
    while let Some((node, at)) = todo.pop() {
        let mut visit = |child: usize| {
            out.extend(world.rules(from, child).filter(|id| world.tail_matches(*id, &constants[at + 1..])));
            todo.push((child, at + 1));
        };
        match constants.get(at) {
            None => {
                for node in tree.below(node) {
                    out.extend(world.rules(from, node));
                }
            }
            Some(Some(key)) => tree.nodes[node].children.get(key).copied().into_iter().for_each(visit),
            Some(None) => tree.nodes[node].children.values().copied().for_each(&mut visit),
        }
    }
}
