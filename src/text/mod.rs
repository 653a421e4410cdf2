//! Texts, places in them, and edits to them.
//!
//! Spans are byte offsets (`u32`); lines and columns are computed only when something is printed.
//! An embedded text (Rego inside a YAML scalar, say) is a [`SourceFile`] of its own with a [`Mapping`] to the text it lies in.

mod anchor;
mod columns;
mod edit;
mod embed;
mod mapping;
mod outer_edit;
mod source;
mod span;

pub use anchor::Anchor;
pub use edit::{Edit, EditError, apply_edits};
pub use mapping::{EmbeddedIn, Mapping, Segment, TextStyle};
pub use outer_edit::double_quoted;
pub use source::{LineColumn, Location, SourceFile, SourceId, SourceMap};
pub use span::Span;

/// A length or index as an offset. Texts are at most `u32::MAX` bytes: discovery refuses larger files.
fn offset(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
