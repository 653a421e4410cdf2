//! Options of a call: maps, structs, keyword arguments and lists of functions, as far as they are visible in the file.

use super::names::{Names, pair_value};
use crate::syntax::source::{Kind, Node, Role};

/// So deep are maps in maps and spreads followed.
const MAX_DEPTH: usize = 6;

/// A set of options by name.
#[derive(Default, Clone)]
pub(super) struct Options<'t> {
    entries: Vec<(&'t str, Node<'t>)>,
    /// More may be set than can be seen.
    pub(super) open: bool,
}

/// What is set under a name.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Setting<'t> {
    To(Node<'t>),
    Absent,
    Hidden,
}

impl<'t> Setting<'t> {
    /// The value, where there is one.
    pub(super) fn value(self) -> Option<Node<'t>> {
        match self {
            Self::To(node) => Some(node),
            Self::Absent | Self::Hidden => None,
        }
    }
}

impl<'t> Options<'t> {
    fn hidden() -> Self {
        Self { entries: Vec::new(), open: true }
    }

    /// The options that an expression holds.
    pub(super) fn of(names: &Names<'t>, node: Node<'t>) -> Self {
        Self::within(names, node, MAX_DEPTH)
    }

    /// The keyword arguments of a call.
    pub(super) fn of_call(names: &Names<'t>, call: Node<'t>) -> Self {
        let mut out = Self::default();
        for arg in call.args() {
            match arg.kind() {
                Kind::Keyword => out.entry(arg),
                Kind::Spread => out.spread(names, arg, MAX_DEPTH),
                _ => {}
            }
        }
        out
    }

    fn within(names: &Names<'t>, node: Node<'t>, depth: usize) -> Self {
        let Some(depth) = depth.checked_sub(1).filter(|_| names.spend(1)) else { return Self::hidden() };
        let node = node.peeled();
        match node.kind() {
            Kind::Null => Self::default(),
            Kind::Map => {
                let mut out = Self::default();
                for child in node.children() {
                    if !names.spend(1) {
                        out.open = true;
                        break;
                    }
                    match child.kind() {
                        Kind::Pair | Kind::Shorthand if child.key().is_some() => out.entry(child),
                        Kind::Spread => out.spread(names, child, depth),
                        // a computed key, a positional field
                        _ => out.open = true,
                    }
                }
                out
            }
            Kind::Composite => node.child(Role::Body).map_or_else(Self::hidden, |body| Self::within(names, body, depth)),
            Kind::Name | Kind::Member => {
                let resolved = names.resolve(node);
                if resolved == node || matches!(resolved.kind(), Kind::Name | Kind::Member) {
                    return Self::hidden();
                }
                let mut out = Self::within(names, resolved, depth);
                out.additions(names, node);
                out
            }
            Kind::Call => match node.callee_name() {
                Some("assign" | "freeze" | "merge" | "dict" | "defaults") => {
                    let mut out = Self::of_call(names, node);
                    for arg in node.args().filter(|arg| !matches!(arg.kind(), Kind::Keyword | Kind::Spread)) {
                        out.add(Self::within(names, arg, depth));
                    }
                    out
                }
                _ => Self::hidden(),
            },
            Kind::Spread => {
                let mut out = Self::default();
                out.spread(names, node, depth);
                out
            }
            _ => Self::hidden(),
        }
    }

    fn entry(&mut self, node: Node<'t>) {
        let value = if node.kind() == Kind::Shorthand { Some(node) } else { pair_value(node) };
        match (node.key(), value) {
            (Some(key), Some(value)) => self.entries.push((key, value)),
            _ => self.open = true,
        }
    }

    fn add(&mut self, other: Self) {
        self.entries.extend(other.entries);
        self.open |= other.open;
    }

    fn spread(&mut self, names: &Names<'t>, node: Node<'t>, depth: usize) {
        match node.children().next() {
            Some(inner) => self.add(Self::within(names, inner, depth)),
            None => self.open = true,
        }
    }

    /// What is set later, on the variable: `options.audience = …`, `options["audience"] = …`. A variable that is handed to someone
    /// else may be changed there.
    fn additions(&mut self, names: &Names<'t>, variable: Node<'t>) {
        let Some(settings) = names.settings_of(variable.text()) else {
            self.open = true;
            return;
        };
        for (_, member, value) in settings {
            match (member.last_name(), value) {
                _ if !names.spend(1) => {
                    self.open = true;
                    return;
                }
                (Some(key), Some(value)) => self.entries.push((key, value)),
                _ => self.open = true,
            }
        }
    }

    /// The last value of a name; `null` and the like are as good as nothing.
    pub(super) fn get(&self, names: &[&str]) -> Setting<'t> {
        let found = self.entries.iter().rev().find(|(key, _)| names.contains(key));
        match found {
            Some((_, value)) if value.kind() == Kind::Null => Setting::Absent,
            Some((_, value)) => Setting::To(*value),
            None if self.open => Setting::Hidden,
            None => Setting::Absent,
        }
    }
}

/// The items of a list, as far as they are visible, and whether there may be more.
pub(super) fn elements<'t>(names: &Names<'t>, node: Node<'t>) -> (Vec<Node<'t>>, bool) {
    elements_within(names, node, MAX_DEPTH)
}

fn elements_within<'t>(names: &Names<'t>, node: Node<'t>, depth: usize) -> (Vec<Node<'t>>, bool) {
    let Some(depth) = depth.checked_sub(1).filter(|_| names.spend(1)) else { return (Vec::new(), true) };
    let node = node.peeled();
    let mut out = (Vec::new(), false);
    let mut all = |items: &mut dyn Iterator<Item = Node<'t>>| {
        for item in items {
            if !names.spend(1) {
                out.1 = true;
                return;
            }
            if item.kind() == Kind::Spread {
                let inner = item.children().next().map_or((Vec::new(), true), |inner| elements_within(names, inner, depth));
                out.0.extend(inner.0);
                out.1 |= inner.1;
            } else {
                out.0.push(item);
            }
        }
    };
    match node.kind() {
        Kind::Null => {}
        Kind::List | Kind::Map => all(&mut node.children()),
        Kind::Composite => match node.child(Role::Body) {
            Some(body) => all(&mut body.children()),
            None => out.1 = true,
        },
        // `Arrays.asList(…)`, `Set.of(…)`, `new Set([…])`, `new HashSet<>(…)`
        Kind::Call if matches!(node.callee_name(), Some("asList" | "of" | "set" | "frozenset" | "tuple" | "list" | "singleton")) => {
            for arg in node.args() {
                let inner = if matches!(arg.kind(), Kind::List) { elements_within(names, arg, depth) } else { (vec![arg], false) };
                out.0.extend(inner.0);
                out.1 |= inner.1;
            }
        }
        Kind::New => {
            for arg in node.args() {
                let inner = elements_within(names, arg, depth);
                out.0.extend(inner.0);
                out.1 |= inner.1;
            }
        }
        // `append(options, …)`
        Kind::Call if node.callee_name() == Some("append") => all(&mut node.args().skip(1)),
        Kind::Name | Kind::Member => match names.values(node) {
            Some(values) if !values.is_empty() => {
                for value in values.iter().filter(|value| !value.holds(node)) {
                    let inner = elements_within(names, *value, depth);
                    out.0.extend(inner.0);
                    out.1 |= inner.1;
                }
            }
            _ => out.1 = true,
        },
        _ => out.1 = true,
    }
    out
}

/// The texts in a list; `None` where it may hold others.
pub(super) fn strings<'t>(names: &Names<'t>, node: Node<'t>) -> Option<Vec<&'t str>> {
    let resolved = names.resolve(node);
    if let Some(text) = resolved.string() {
        return Some(vec![text]);
    }
    let (items, open) = elements(names, node);
    let texts: Option<Vec<&str>> = items.into_iter().map(|item| names.resolve(item).string()).collect();
    texts.filter(|_| !open)
}
