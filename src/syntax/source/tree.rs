//! The tree: a preorder table of nodes, so that no walk recurses.

use std::sync::Arc;

use super::Language;
use crate::text::Span;

/// What a node is, in any of the languages. Brackets, `await`, casts and `&` are left out: what is in them stands in their place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    File,
    /// A statement or a clause that imports.
    Import,
    /// One imported name, with its alias.
    Specifier,
    /// `* as name`
    Namespace,
    /// `import a.b.*`
    Wildcard,
    /// A function, a method, a lambda.
    Function,
    /// A class, an interface, an enumeration, with or without a name.
    Class,
    /// The methods and fields of a class.
    ClassBody,
    /// What a class extends or implements.
    Heritage,
    Parameters,
    Call,
    /// `new T(…)`
    New,
    Arguments,
    /// `object.name`
    Member,
    /// `object[index]`
    Index,
    Name,
    String,
    /// A text with holes.
    Template,
    Number,
    True,
    False,
    Null,
    /// `{a: b}`, the body of a composite literal.
    Map,
    /// A type with a map or a list: `tls.Config{…}`
    Composite,
    Pair,
    /// `{a}` for `{a: a}`
    Shorthand,
    /// A pattern that takes an object apart.
    Pattern,
    List,
    Spread,
    /// `name=value` of a call
    Keyword,
    /// `left = right`
    Assign,
    /// A declaration of a name, with its value.
    Declare,
    /// A value that is taken for one of another type.
    Cast,
    Unary,
    Binary,
    Ternary,
    If,
    Return,
    Throw,
    Block,
    /// A list of expressions on one side of an assignment.
    Several,
    Error,
    Other,
}

/// What a node is to its parent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    None,
    Callee,
    Arguments,
    Object,
    Name,
    Key,
    Value,
    Left,
    Right,
    Body,
    Type,
    Condition,
    Source,
    Alias,
    Index,
    Parameters,
    Result,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Data {
    pub(super) kind: Kind,
    pub(super) role: Role,
    pub(super) span: Span,
    /// The number behind the last node below.
    pub(super) end: u32,
    pub(super) parent: u32,
    /// The nearest function around it; [`NO_FUNCTION`] without.
    pub(super) function: u32,
}

pub(super) const NO_FUNCTION: u32 = u32::MAX;

/// Longer texts are data; nobody asks what they say.
const MAX_STRING: u32 = 1 << 14;

/// So many casts of one value are looked behind.
const MAX_CASTS: usize = 32;

/// The tree of a source.
#[derive(Clone, Debug)]
pub struct Tree {
    pub language: Language,
    pub(super) text: Arc<str>,
    pub(super) nodes: Vec<Data>,
    /// Comments, in their order.
    pub comments: Vec<Span>,
}

impl Tree {
    #[must_use]
    pub fn root(&self) -> Node<'_> {
        Node { tree: self, id: 0 }
    }

    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All nodes in preorder.
    pub fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        (0..self.nodes.len()).map(|id| Node { tree: self, id: id as u32 })
    }
}

/// A node of a tree.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    tree: &'t Tree,
    id: u32,
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && std::ptr::eq(self.tree, other.tree)
    }
}

impl Eq for Node<'_> {}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}/{:?} {:?}", self.kind(), self.role(), self.text())
    }
}

impl<'t> Node<'t> {
    fn data(self) -> &'t Data {
        &self.tree.nodes[self.id as usize]
    }

    /// Its place in preorder.
    #[must_use]
    pub fn id(self) -> u32 {
        self.id
    }

    #[must_use]
    pub fn tree(self) -> &'t Tree {
        self.tree
    }

    #[must_use]
    pub fn kind(self) -> Kind {
        self.data().kind
    }

    #[must_use]
    pub fn role(self) -> Role {
        self.data().role
    }

    #[must_use]
    pub fn span(self) -> Span {
        self.data().span
    }

    #[must_use]
    pub fn text(self) -> &'t str {
        self.tree.text.get(self.data().span.range()).unwrap_or("")
    }

    #[must_use]
    pub fn parent(self) -> Option<Self> {
        (self.id > 0).then(|| Self { tree: self.tree, id: self.data().parent })
    }

    /// The node's ancestors, the nearest first.
    pub fn ancestors(self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.parent(), |node| node.parent())
    }

    /// The functions around it, the nearest first.
    pub fn functions(self) -> impl Iterator<Item = Self> {
        let tree = self.tree;
        let at = move |id: u32| (id != NO_FUNCTION).then_some(Self { tree, id });
        std::iter::successors(at(self.data().function), move |node: &Self| at(node.data().function))
    }

    pub fn children(self) -> impl Iterator<Item = Self> + Clone {
        let (tree, end) = (self.tree, self.data().end);
        let at = move |id: u32| (id < end).then_some(Self { tree, id });
        std::iter::successors(at(self.id + 1), move |child: &Self| at(child.data().end))
    }

    /// Everything below it, in preorder.
    pub fn descendants(self) -> impl Iterator<Item = Self> + Clone {
        let tree = self.tree;
        (self.id + 1..self.data().end).map(move |id| Self { tree, id })
    }

    /// Whether `other` is it or below it.
    #[must_use]
    pub fn holds(self, other: Self) -> bool {
        self.id <= other.id && other.id < self.data().end
    }

    /// The first child in a role.
    #[must_use]
    pub fn child(self, role: Role) -> Option<Self> {
        self.children().find(|child| child.role() == role)
    }

    /// The first child of a kind.
    #[must_use]
    pub fn child_of(self, kind: Kind) -> Option<Self> {
        self.children().find(|child| child.kind() == kind)
    }

    /// The value that a cast is about, else the node itself.
    #[must_use]
    pub fn peeled(self) -> Self {
        let inner = |node: Self| node.child(Role::Value).or_else(|| node.children().next());
        std::iter::successors(Some(self), |node| if node.kind() == Kind::Cast { inner(*node) } else { None })
            .take(MAX_CASTS)
            .last()
            .unwrap_or(self)
    }

    /// The value of a text literal without holes and escapes; none of one that is very long.
    #[must_use]
    pub fn string(self) -> Option<&'t str> {
        if self.kind() != Kind::String || self.data().span.len() > MAX_STRING {
            return None;
        }
        let text = self.text();
        // Python: `r"…"`, `b'…'`
        let text = text.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let quote = text.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
        let triple: String = std::iter::repeat_n(quote, 3).collect();
        let quotes = if text.len() >= 6 && text.starts_with(&triple) { 3 } else { 1 };
        let inner = text.get(quotes..text.len().checked_sub(quotes)?)?;
        (!inner.contains('\\')).then_some(inner)
    }

    /// The arguments of a call.
    pub fn args(self) -> impl Iterator<Item = Self> + Clone {
        self.child(Role::Arguments).into_iter().flat_map(Self::children)
    }

    /// The name of what is called, without what it is called on: `verify` of `jwt.verify(…)`.
    #[must_use]
    pub fn callee_name(self) -> Option<&'t str> {
        match self.child(Role::Callee) {
            Some(callee) => callee.last_name(),
            None => self.child(Role::Name).map(Self::text),
        }
    }

    /// What a method is called on.
    #[must_use]
    pub fn receiver(self) -> Option<Self> {
        match self.child(Role::Callee) {
            Some(callee) if callee.kind() == Kind::Member => callee.child(Role::Object),
            Some(_) => None,
            None => self.child(Role::Object),
        }
    }

    /// The name itself, or the member's.
    #[must_use]
    pub fn last_name(self) -> Option<&'t str> {
        match self.kind() {
            Kind::Name | Kind::Shorthand => Some(self.text()),
            Kind::Member => self.child(Role::Name).map(Self::text),
            Kind::Index => self.child(Role::Index).and_then(Self::string),
            _ => None,
        }
    }

    /// The key of a pair, a keyword argument or a shorthand.
    #[must_use]
    pub fn key(self) -> Option<&'t str> {
        match self.kind() {
            Kind::Pair | Kind::Keyword => {
                let key = self.child(Role::Key)?;
                key.string().or_else(|| (key.kind() == Kind::Name).then(|| key.text()))
            }
            Kind::Shorthand => Some(self.text()),
            _ => None,
        }
    }
}
