//! YAML with the place of every node: aliases, merge keys and the types of plain scalars are left to the model.

mod comments;
mod plain;
mod read;
mod split;
pub mod template;
mod texts;

use std::sync::Arc;

use crate::diag::Diagnostic;
use crate::text::Span;

pub use comments::comments;
pub use read::read;

/// What a text holds; reading never fails.
#[derive(Debug, Default)]
pub struct Stream {
    pub documents: Vec<Document>,
    /// Syntax errors and aliases without an anchor, in text order.
    pub diagnostics: Vec<Diagnostic>,
}

/// One document.
#[derive(Debug)]
pub struct Document {
    /// `None` where the document holds nothing but comments.
    pub root: Option<Node>,
    /// `false` where a syntax error cut the document off: what came before is there.
    pub complete: bool,
    /// Whether a node in it has an anchor.
    pub has_anchors: bool,
    /// The document with the comments and directives before it and its `---` and `...`.
    pub span: Span,
}

/// A node as it is written.
#[derive(Debug)]
pub struct Node {
    /// The value itself, without tag and anchor; of a block collection from its first to its last child,
    /// empty where nothing is written.
    pub span: Span,
    /// Where the node begins with its tag and anchor.
    pub start: u32,
    /// The tag as the text resolves it: `tag:yaml.org,2002:str`, `!local`.
    pub tag: Option<Arc<str>>,
    /// Names the node in its document, if it has an anchor.
    pub anchor: Option<u32>,
    pub kind: Kind,
}

#[derive(Debug)]
pub enum Kind {
    Scalar {
        text: Arc<str>,
        style: Style,
    },
    List {
        items: Vec<Node>,
        flow: bool,
    },
    Map {
        entries: Vec<(Node, Node)>,
        flow: bool,
    },
    /// The anchor that an alias names; `None` where there is none.
    Alias(Option<u32>),
    /// A value that a syntax error has cut off.
    Missing,
}

/// How a scalar is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    Plain,
    Single,
    Double,
    Literal,
    Folded,
}

impl Node {
    /// Whether it is a list or map in block style.
    #[must_use]
    pub fn is_block_collection(&self) -> bool {
        matches!(self.kind, Kind::List { flow: false, .. } | Kind::Map { flow: false, .. })
    }

    /// Whether it is a list or map in flow style.
    #[must_use]
    pub fn is_flow(&self) -> bool {
        matches!(self.kind, Kind::List { flow: true, .. } | Kind::Map { flow: true, .. })
    }
}
