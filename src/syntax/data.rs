//! A small tree with spans that the readers of JSON, TOML and HCL share.

use std::sync::Arc;

use crate::diag::Diagnostic;
use crate::text::{Location, SourceId, Span};

/// Collections nested deeper than this are an error.
pub(super) const MAX_DEPTH: usize = 255;
/// So many errors are told of one text; one broken place can have many consequences.
const MAX_ERRORS: usize = 50;

/// A value as it is written.
#[derive(Debug)]
pub struct Node {
    pub span: Span,
    pub kind: Kind,
}

#[derive(Debug)]
pub enum Kind {
    Null,
    Bool(bool),
    /// A JSON number.
    Number(Arc<str>),
    String(Arc<str>),
    /// A value that the text does not say, as it is written there: an expression, a variable.
    Unknown(Arc<str>),
    List(Vec<Node>),
    /// In text order, with repeated keys.
    Map(Vec<(Key, Node)>),
}

/// A key as a map holds it.
#[derive(Debug)]
pub struct Key {
    pub text: Arc<str>,
    pub span: Span,
}

/// What a text holds; reading never fails.
#[derive(Debug)]
pub struct Stream {
    pub documents: Vec<Document>,
    /// In text order.
    pub diagnostics: Vec<Diagnostic>,
}

/// One value of a stream: a whole text, but for JSON, which may hold several.
#[derive(Debug)]
pub struct Document {
    /// `None` where nothing is there.
    pub root: Option<Node>,
    /// `false` where a syntax error lost a part of it.
    pub complete: bool,
    pub span: Span,
}

impl Stream {
    /// The stream of a text that is one document.
    pub(super) fn of(text: &str, root: Option<Node>, errors: Errors) -> Self {
        let Errors { found, complete, .. } = errors;
        Self { documents: vec![Document { root, complete, span: span(0, text.len()) }], diagnostics: found }
    }
}

/// Collects syntax errors.
#[derive(Debug)]
pub(super) struct Errors {
    source: SourceId,
    pub(super) found: Vec<Diagnostic>,
    pub(super) complete: bool,
}

impl Errors {
    pub(super) fn new(source: SourceId) -> Self {
        Self { source, found: Vec::new(), complete: true }
    }

    pub(super) fn at(&self, span: Span) -> Location {
        Location { source: self.source, span }
    }

    /// An error after which something of the text is lost.
    pub(super) fn lost(&mut self, span: Span, message: impl Into<String>) {
        self.complete = false;
        self.push(Diagnostic::syntax(self.at(span), message));
    }

    /// An error that loses nothing.
    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        if self.found.len() < MAX_ERRORS {
            self.found.push(diagnostic);
        }
    }
}

/// An offset in a text of at most `u32::MAX` bytes.
pub(super) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

pub(super) fn span(start: usize, end: usize) -> Span {
    Span::new(offset(start), offset(end))
}
