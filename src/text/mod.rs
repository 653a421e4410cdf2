//! Texts, places in them, and edits to them.
//!
//! Spans are byte offsets (`u32`); lines and columns are computed only when something is printed.
//! An embedded text (Rego inside a YAML scalar, say) is a [`SourceFile`] of its own with a [`Mapping`] to the text it lies in.

mod edit;
mod mapping;
mod source;
mod span;

pub use edit::{Edit, EditError, apply_edits};
pub use mapping::{EmbeddedIn, Mapping, Segment, TextStyle};
pub use source::{LineColumn, Location, SourceFile, SourceId, SourceMap};
pub use span::Span;
