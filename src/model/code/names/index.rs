//! Where calls and names stand, so that a function is not walked again for every call in it.

use rustc_hash::FxHashMap;

use super::Names;
use crate::syntax::source::{Kind, Node, Role, Tree};

/// Longer texts are not taken for the names of variables.
const MAX_NAME: u32 = 256;

/// Places by what stands there, each list in the order of the text.
#[derive(Default)]
pub(super) struct Index<'t> {
    calls: Vec<Node<'t>>,
    calls_by_name: FxHashMap<&'t str, Vec<Node<'t>>>,
    uses: FxHashMap<&'t str, Vec<Node<'t>>>,
    /// Assignments to a member, by the text of what has it.
    settings: FxHashMap<&'t str, Vec<Node<'t>>>,
}

impl<'t> Index<'t> {
    pub(super) fn new(tree: &'t Tree) -> Self {
        let mut this = Self::default();
        for node in tree.nodes() {
            match node.kind() {
                Kind::Call => {
                    this.calls.push(node);
                    if let Some(name) = node.callee_name() {
                        this.calls_by_name.entry(name).or_default().push(node);
                    }
                }
                Kind::Name | Kind::Shorthand => this.uses.entry(node.text()).or_default().push(node),
                Kind::Assign => {
                    let object = assigned(node)
                        .filter(|left| matches!(left.kind(), Kind::Member | Kind::Index))
                        .and_then(|left| left.child(Role::Object))
                        .filter(|object| object.span().len() <= MAX_NAME);
                    if let Some(object) = object {
                        this.settings.entry(object.text()).or_default().push(node);
                    }
                }
                _ => {}
            }
        }
        this
    }
}

/// What is assigned to; of several the first.
fn assigned(assignment: Node<'_>) -> Option<Node<'_>> {
    let left = assignment.child(Role::Left)?;
    Some(if left.kind() == Kind::Several { left.children().next().unwrap_or(left) } else { left })
}

impl<'t> Names<'t> {
    fn index(&self) -> &Index<'t> {
        self.index.get_or_init(|| Index::new(self.tree))
    }

    /// The calls below a node.
    pub(in crate::model::code) fn calls_in(&self, part: Node<'t>) -> &[Node<'t>] {
        below(&self.index().calls, part)
    }

    /// The calls of functions and methods of a name.
    pub(in crate::model::code) fn calls_named(&self, name: &str) -> &[Node<'t>] {
        self.index().calls_by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// The calls of a name below a node.
    pub(in crate::model::code) fn calls_named_in(&self, part: Node<'t>, name: &str) -> &[Node<'t>] {
        below(self.calls_named(name), part)
    }

    /// Where a name stands below a node.
    pub(in crate::model::code) fn uses_in(&self, part: Node<'t>, name: &str) -> &[Node<'t>] {
        below(self.index().uses.get(name).map_or(&[], Vec::as_slice), part)
    }

    /// What is set on `object`: the assignment, the member, the value; `None` where the text is too long to be a variable's.
    pub(in crate::model::code) fn settings_of(&self, object: &str) -> Option<impl Iterator<Item = (Node<'t>, Node<'t>, Option<Node<'t>>)>> {
        if object.len() > MAX_NAME as usize {
            return None;
        }
        let settings = self.index().settings.get(object).map_or(&[][..], Vec::as_slice).iter();
        Some(settings.filter_map(|assignment| {
            let right = assignment.child(Role::Right).map(|right| match right.kind() {
                Kind::Several => right.children().next().unwrap_or(right),
                _ => right,
            });
            Some((*assignment, assigned(*assignment)?, right))
        }))
    }
}

/// The part of a list in the order of the text that lies below a node.
fn below<'a, 't>(nodes: &'a [Node<'t>], part: Node<'t>) -> &'a [Node<'t>] {
    let from = nodes.partition_point(|node| node.id() <= part.id());
    let rest = &nodes[from..];
    &rest[..rest.partition_point(|node| part.holds(*node))]
}
