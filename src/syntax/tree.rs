//! A lossless syntax tree: a preorder node table over a flat token list. Trivia are tokens.
//!
//! Nodes are `Copy` handles; a subtree is skipped by one addition, and its text is one slice.

use std::sync::Arc;

use crate::text::Span;

/// A token: its end is the next token's start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TokenData<K> {
    pub kind: K,
    pub start: u32,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct NodeData<K> {
    pub(super) kind: K,
    pub(super) parent: u32,
    /// Index of the first node after this subtree.
    pub(super) subtree_end: u32,
    pub(super) first_token: u32,
    /// Index after the last token.
    pub(super) end_token: u32,
}

/// The tree of one text; node 0 is the root and holds every token.
#[derive(Clone, Debug)]
pub struct Tree<K> {
    pub(super) nodes: Vec<NodeData<K>>,
    pub(super) tokens: Vec<TokenData<K>>,
    pub(super) text: Arc<str>,
}

/// What kinds must tell of themselves.
pub trait SyntaxKind: Copy + Eq + std::fmt::Debug {
    /// White space and comments.
    fn is_trivia(self) -> bool;
}

/// A node of a tree.
#[derive(Clone, Copy)]
pub struct Node<'t, K> {
    tree: &'t Tree<K>,
    id: u32,
}

/// A token of a tree.
#[derive(Clone, Copy)]
pub struct Token<'t, K> {
    tree: &'t Tree<K>,
    id: u32,
}

/// A child: a node, or a token that belongs to no child node.
#[derive(Clone, Copy)]
pub enum Element<'t, K> {
    Node(Node<'t, K>),
    Token(Token<'t, K>),
}

impl<K: SyntaxKind> Tree<K> {
    #[must_use]
    pub fn root(&self) -> Node<'_, K> {
        Node { tree: self, id: 0 }
    }

    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    #[must_use]
    pub fn source(&self) -> &Arc<str> {
        &self.text
    }

    /// All tokens, trivia too, in order; they cover the text without gaps.
    pub fn tokens(&self) -> impl DoubleEndedIterator<Item = Token<'_, K>> + ExactSizeIterator {
        (0..self.tokens.len()).map(|id| Token { tree: self, id: id as u32 })
    }

    /// The token that covers `offset`; at the text's end the last one.
    #[must_use]
    pub fn token_at(&self, offset: u32) -> Option<Token<'_, K>> {
        let id = self.tokens.partition_point(|token| token.start <= offset).checked_sub(1)?;
        Some(Token { tree: self, id: id as u32 })
    }

    /// The node with this id; `None` where there is none.
    #[must_use]
    pub fn node(&self, id: u32) -> Option<Node<'_, K>> {
        ((id as usize) < self.nodes.len()).then_some(Node { tree: self, id })
    }

    /// The number of nodes; ids of nodes lie below it.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    fn token_start(&self, id: u32) -> u32 {
        self.tokens.get(id as usize).map_or(self.text.len() as u32, |token| token.start)
    }
}

impl<'t, K: SyntaxKind> Node<'t, K> {
    /// Stable within the tree: the preorder index.
    #[must_use]
    pub fn id(self) -> u32 {
        self.id
    }

    fn data(self) -> &'t NodeData<K> {
        &self.tree.nodes[self.id as usize]
    }

    #[must_use]
    pub fn tree(self) -> &'t Tree<K> {
        self.tree
    }

    #[must_use]
    pub fn kind(self) -> K {
        self.data().kind
    }

    /// From the first token to the last; trivia at the edges belong to the parent (the root has them all).
    #[must_use]
    pub fn span(self) -> Span {
        let data = self.data();
        let start = self.tree.token_start(data.first_token);
        Span::new(start, if data.first_token == data.end_token { start } else { self.tree.token_start(data.end_token) })
    }

    #[must_use]
    pub fn text(self) -> &'t str {
        &self.tree.text[self.span().range()]
    }

    #[must_use]
    pub fn parent(self) -> Option<Self> {
        (self.id != 0).then(|| Self { tree: self.tree, id: self.data().parent })
    }

    /// The parent, its parent, up to the root.
    pub fn ancestors(self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.parent(), |node| node.parent())
    }

    /// Child nodes in order.
    pub fn children(self) -> impl Iterator<Item = Self> {
        let end = self.data().subtree_end;
        let mut next = self.id + 1;
        std::iter::from_fn(move || {
            (next < end).then(|| {
                let node = Self { tree: self.tree, id: next };
                next = node.data().subtree_end;
                node
            })
        })
    }

    /// This node and all below it in preorder.
    pub fn descendants(self) -> impl Iterator<Item = Self> {
        (self.id..self.data().subtree_end).map(move |id| Self { tree: self.tree, id })
    }

    /// Child nodes and own tokens in source order, trivia included.
    pub fn elements(self) -> impl Iterator<Item = Element<'t, K>> {
        let data = self.data();
        let tree = self.tree;
        let (mut node, mut token) = (self.id + 1, data.first_token);
        std::iter::from_fn(move || {
            if node < data.subtree_end {
                let child = &tree.nodes[node as usize];
                if child.first_token <= token {
                    let element = Element::Node(Node { tree, id: node });
                    token = token.max(child.end_token);
                    node = child.subtree_end;
                    return Some(element);
                }
            }
            (token < data.end_token).then(|| {
                token += 1;
                Element::Token(Token { tree, id: token - 1 })
            })
        })
    }

    /// Own tokens without trivia (those of child nodes are not among them).
    pub fn own_tokens(self) -> impl Iterator<Item = Token<'t, K>> {
        self.elements().filter_map(|element| match element {
            Element::Token(token) if !token.kind().is_trivia() => Some(token),
            _ => None,
        })
    }

    /// The first own token of `kind`.
    #[must_use]
    pub fn token(self, kind: K) -> Option<Token<'t, K>> {
        self.own_tokens().find(|token| token.kind() == kind)
    }

    /// The first child of `kind`.
    #[must_use]
    pub fn child(self, kind: K) -> Option<Self> {
        self.children().find(|node| node.kind() == kind)
    }

    /// All tokens below, trivia included.
    pub fn tokens(self) -> impl DoubleEndedIterator<Item = Token<'t, K>> {
        let data = self.data();
        (data.first_token..data.end_token).map(move |id| Token { tree: self.tree, id })
    }

    #[must_use]
    pub fn first_token(self) -> Option<Token<'t, K>> {
        let data = self.data();
        (data.first_token < data.end_token).then_some(Token { tree: self.tree, id: data.first_token })
    }

    #[must_use]
    pub fn last_token(self) -> Option<Token<'t, K>> {
        let data = self.data();
        (data.first_token < data.end_token).then(|| Token { tree: self.tree, id: data.end_token - 1 })
    }
}

impl<'t, K: SyntaxKind> Token<'t, K> {
    /// Stable within the tree: the index in [`Tree::tokens`].
    #[must_use]
    pub fn id(self) -> u32 {
        self.id
    }

    #[must_use]
    pub fn kind(self) -> K {
        self.tree.tokens[self.id as usize].kind
    }

    #[must_use]
    pub fn span(self) -> Span {
        Span::new(self.tree.token_start(self.id), self.tree.token_start(self.id + 1))
    }

    #[must_use]
    pub fn text(self) -> &'t str {
        &self.tree.text[self.span().range()]
    }

    /// The next token, trivia included.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        ((self.id as usize) + 1 < self.tree.tokens.len()).then(|| Self { tree: self.tree, id: self.id + 1 })
    }

    /// The previous token, trivia included.
    #[must_use]
    pub fn previous(self) -> Option<Self> {
        self.id.checked_sub(1).map(|id| Self { tree: self.tree, id })
    }
}

impl<K> PartialEq for Node<'_, K> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.tree, other.tree) && self.id == other.id
    }
}

impl<K> Eq for Node<'_, K> {}

impl<K: SyntaxKind> std::fmt::Debug for Node<'_, K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}@{}..{}", self.kind(), self.span().start, self.span().end)
    }
}

impl<K: SyntaxKind> std::fmt::Debug for Element<'_, K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Node(node) => node.fmt(f),
            Self::Token(token) => token.fmt(f),
        }
    }
}

impl<K: SyntaxKind> std::fmt::Debug for Token<'_, K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}@{:?}", self.kind(), self.text())
    }
}
