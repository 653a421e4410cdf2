//! Rego v0 and v1: lexer, parser, lossless tree, typed views.

pub mod ast;
mod builtin_names;
mod capabilities;
mod kind;
mod lexer;
pub mod literal;
pub mod metadata;
mod parser;
mod releases;
mod validate;
mod version;

pub use capabilities::Capabilities;
pub use kind::Kind;
pub use parser::MAX_DEPTH;
pub use releases::{ENGINES, is_known, since};
pub use version::{parse_auto, parse_auto_with};

use std::sync::OnceLock;

/// A lossless Rego tree.
pub type Tree = super::tree::Tree<Kind>;
/// A node of a Rego tree.
pub type Node<'t> = super::tree::Node<'t, Kind>;
/// A token of a Rego tree.
pub type Token<'t> = super::tree::Token<'t, Kind>;
/// A child of a Rego node.
pub type Element<'t> = super::tree::Element<'t, Kind>;

/// The language version that a text is read as.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Version {
    V0,
    V1,
}

/// The opt-in keywords that are on in a module, by its version and imports.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Keywords {
    pub r#in: bool,
    pub every: bool,
    pub contains: bool,
    pub r#if: bool,
    /// `not { … }`.
    pub not: bool,
    pub and: bool,
    pub or: bool,
}

/// The result of parsing: always a tree, and what is wrong with the text.
#[derive(Debug)]
pub struct Parse {
    pub tree: Tree,
    pub version: Version,
    pub keywords: Keywords,
    /// `import rego.v1` is present (v0 files: v1 rules apply).
    pub rego_v1_import: bool,
    /// The METADATA blocks in source order.
    pub metadata: Vec<metadata::Metadata>,
    /// Nothing is wrong but METADATA, which `opa fmt` does not read.
    pub formattable: bool,
    /// In source order; empty exactly if opa accepts the module in this version ([`parse_syntax`]: METADATA apart).
    pub errors: Vec<SyntaxError>,
    broken_metadata: OnceLock<bool>,
}

impl Parse {
    /// Whether there is METADATA that cannot be read; looked at when first asked.
    #[must_use]
    pub fn has_broken_metadata(&self) -> bool {
        *self.broken_metadata.get_or_init(|| {
            let mut errors = Vec::new();
            metadata::find(&self.tree, &mut errors);
            !errors.is_empty()
        })
    }
}

/// What is wrong at a place of the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxError {
    pub span: crate::text::Span,
    /// Lower case, what was found in backticks, what was expected.
    pub message: String,
    /// What to write.
    pub help: Option<String>,
}

/// Parses `text` as `version`.
///
/// Never fails: the tree gives back the text, and what is wrong is in [`Parse::errors`].
#[must_use]
pub fn parse(text: impl Into<std::sync::Arc<str>>, version: Version) -> Parse {
    parser::parse(text.into(), version)
}

/// Parses `text` as `version` without reading its METADATA: [`Parse::metadata`] is empty, and nothing in it is an error.
#[must_use]
pub fn parse_syntax(text: impl Into<std::sync::Arc<str>>, version: Version) -> Parse {
    parser::parse_syntax(text.into(), version)
}

/// Parses `text` as statements of a body, as queries are; the root of the tree is a [`Kind::Body`].
#[must_use]
pub fn parse_query(text: impl Into<std::sync::Arc<str>>, version: Version) -> Parse {
    parser::parse_query(text.into(), version)
}

/// The tokens of `text` in order, without gaps. Opt-in keywords are keywords here: whether they are on, the parser decides.
///
/// What is wrong with a token is told by [`parse`]; a text of 4 GiB and more is one unknown token.
#[must_use]
pub fn tokens(text: &str) -> Vec<super::tree::TokenData<Kind>> {
    lexer::lex(text).tokens
}

/// Appends an error, unless there are so many that further ones say nothing new.
fn push_error(errors: &mut Vec<SyntaxError>, span: crate::text::Span, message: String, help: Option<String>) {
    const ENOUGH: usize = 200;
    if errors.len() < ENOUGH {
        errors.push(SyntaxError { span, message, help });
    }
}
