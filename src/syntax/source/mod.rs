//! Go, Java, JavaScript, TypeScript and Python: one tree for all of them, with the constructs that they share.
//!
//! The grammars are tree-sitter's, behind the feature `sources`; nothing outside of this folder names them. Without the feature no
//! source has a tree.

#[cfg(feature = "sources")]
mod grammar;
pub mod properties;
mod tree;

pub use tree::{Kind, Node, Role, Tree};

use std::sync::Arc;

use super::comments::Comment;
use crate::text::Span;

/// Whether this build can read sources.
pub const AVAILABLE: bool = cfg!(feature = "sources");

/// Longer texts are not parsed: they are generated, or data.
pub const MAX_LEN: usize = 2 << 20;

/// A language that has a grammar.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Language {
    Go,
    Java,
    JavaScript,
    TypeScript,
    /// TypeScript with JSX, which changes the grammar.
    Tsx,
    Python,
    /// Java's properties, which have no tree.
    Properties,
}

impl Language {
    /// The language of a file, by the end of its name in lower case.
    #[must_use]
    pub fn of(path: &str) -> Option<Self> {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_ascii_lowercase();
        let (stem, extension) = name.rsplit_once('.')?;
        Some(match extension {
            "go" => Self::Go,
            "java" => Self::Java,
            "js" | "mjs" | "cjs" | "jsx" => Self::JavaScript,
            "ts" | "mts" | "cts" => Self::TypeScript,
            "tsx" => Self::Tsx,
            "py" => Self::Python,
            "properties" if ["application", "bootstrap"].iter().any(|word| stem.starts_with(word)) => Self::Properties,
            _ => return None,
        })
    }

    /// Whether it is JavaScript or a dialect of it.
    #[must_use]
    pub fn is_script(self) -> bool {
        matches!(self, Self::JavaScript | Self::TypeScript | Self::Tsx)
    }
}

/// The tree of a text; `None` for languages and builds without a grammar, for texts over [`MAX_LEN`], and for texts that would take
/// too long. What a grammar cannot read lies in the tree as [`Kind::Error`], with whatever could be made of it.
#[must_use]
pub fn parse(text: &Arc<str>, language: Language) -> Option<Tree> {
    if text.len() > MAX_LEN {
        return None;
    }
    #[cfg(feature = "sources")]
    let tree = grammar::parse(text, language);
    #[cfg(not(feature = "sources"))]
    let tree = {
        let _ = language;
        None
    };
    tree
}

/// The comments of a source; none where it has no tree.
#[must_use]
pub fn comments(text: &Arc<str>, language: Language) -> Vec<Comment> {
    let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let (spans, first): (Vec<Span>, u32) = if language == Language::Properties {
        (properties::comments(text).collect(), properties::read(text).next().map_or(end, |first| first.at.start))
    } else {
        match parse(text, language) {
            Some(tree) => (tree.comments.clone(), tree.root().children().next().map_or(end, |first| first.span().start)),
            None => return Vec::new(),
        }
    };
    let comment = |span: Span| {
        let at_start = span.start < first;
        Comment { span, heads: None, at_start }
    };
    spans.into_iter().map(comment).collect()
}
