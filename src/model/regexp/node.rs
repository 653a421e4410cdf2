//! Parsed expressions.

/// A set of characters: ranges of code points, and other sets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Class {
    pub(crate) negated: bool,
    pub(crate) fold: bool,
    pub(crate) items: Vec<Item>,
}

#[derive(Clone, Debug)]
pub(crate) enum Item {
    Range(u32, u32),
    /// ASCII ranges, and whether they are negated.
    Ascii(&'static [(u8, u8)], bool),
    /// A Unicode property as the `regex` crate names it, and whether it is negated.
    Property(&'static str, bool),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Assertion {
    TextStart,
    TextEnd,
    LineStart,
    LineEnd,
    Word,
    NotWord,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Empty,
    /// A code point, and whether case matters not.
    Char(u32, bool),
    Class(Class),
    Any {
        newline: bool,
    },
    Assert(Assertion),
    Capture(Box<Node>),
    Concat(Vec<Node>),
    Alternate(Vec<Node>),
    Repeat {
        node: Box<Node>,
        min: u32,
        max: Option<u32>,
        greedy: bool,
        counted: bool,
    },
}

#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) height: u32,
    /// Instructions that Go's compiler would make of it.
    pub(crate) size: u64,
}

impl Node {
    pub(crate) fn new(kind: Kind) -> Self {
        let (height, size) = match &kind {
            Kind::Empty | Kind::Char(..) | Kind::Class(_) | Kind::Any { .. } | Kind::Assert(_) => (1, 1),
            Kind::Capture(node) => (node.height + 1, node.size + 2),
            Kind::Concat(nodes) => (tallest(nodes) + 1, nodes.iter().map(|node| node.size).sum()),
            Kind::Alternate(nodes) => {
                let size: u64 = nodes.iter().map(|node| node.size).sum();
                (tallest(nodes) + 1, size + nodes.len() as u64 - 1)
            }
            Kind::Repeat { node, min, max, .. } => {
                let size = match max {
                    None if *min == 0 => node.size + 2,
                    None => 1 + u64::from(*min) * node.size,
                    Some(max) => u64::from(*max) * node.size + u64::from(max.saturating_sub(*min)),
                };
                (node.height + 1, size)
            }
        };
        Self { kind, height, size: size.max(1) }
    }

    /// Whether nested counts stay within `limit` copies of the innermost expression.
    pub(crate) fn repeats_within(&self, mut limit: u32) -> bool {
        match &self.kind {
            Kind::Repeat { node, min, max, counted, .. } => {
                if *counted {
                    if *max == Some(0) {
                        return true;
                    }
                    let count = max.unwrap_or(*min);
                    if count > limit {
                        return false;
                    }
                    limit = limit.checked_div(count).unwrap_or(limit);
                }
                node.repeats_within(limit)
            }
            Kind::Capture(node) => node.repeats_within(limit),
            Kind::Concat(nodes) | Kind::Alternate(nodes) => nodes.iter().all(|node| node.repeats_within(limit)),
            _ => true,
        }
    }
}

fn tallest(nodes: &[Node]) -> u32 {
    nodes.iter().map(|node| node.height).max().unwrap_or(0)
}
