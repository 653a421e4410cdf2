//! Rego inside other files: ConstraintTemplates and ConfigMaps in YAML and JSON, code blocks in Markdown.
//!
//! [`find`] takes the texts out; whoever formats them gives the new ones to [`put`], which changes nothing but them and proves it by
//! reading the result again.

mod data;
mod fences;
mod imports;
mod proof;
mod put;
mod raise;
mod raise_flow;

use crate::diag::Diagnostic;
use crate::syntax::rego::Version;
use crate::text::{SourceFile, SourceId, Span};

pub use imports::for_gatekeeper;
pub use put::{Change, Problem, Put, put};

/// What a file that may hold Rego is written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Yaml,
    Json,
    Markdown,
}

/// Rego inside a file.
#[derive(Debug)]
pub struct Text {
    /// The text with its place in the outer one.
    pub file: SourceFile,
    /// `None`: what the text says.
    pub version: Option<Version>,
    /// The scalar or the code block in the outer text.
    pub span: Span,
    /// Texts of one group are migrated together or not at all: their group's place in [`Found::groups`].
    pub group: usize,
    /// It must stay as it is; a finding says why.
    pub left_alone: bool,
}

/// Texts that are compiled together.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Group {
    /// Places in [`Found::texts`].
    pub texts: Vec<usize>,
    /// They are parts of ConstraintTemplates.
    pub is_template: bool,
}

/// What a file holds.
#[derive(Debug, Default)]
pub struct Found {
    pub texts: Vec<Text>,
    pub groups: Vec<Group>,
    /// Why the file or a text in it is left alone.
    pub findings: Vec<Diagnostic>,
}

/// Whether a file can hold Rego at all. A search costs less than reading.
#[must_use]
pub fn may_hold_rego(text: &str, kind: Kind) -> bool {
    let has = |needle: &str| memchr::memmem::find(text.as_bytes(), needle.as_bytes()).is_some();
    match kind {
        Kind::Markdown => (has("```") || has("~~~")) && has("package"),
        Kind::Yaml | Kind::Json => has("rego") && (has("ConstraintTemplate") || (has(".rego") && (has("ConfigMap") || has("Secret")))),
    }
}

/// Takes the Rego out of `outer`, the text that `id` names. What is in a file that [`may_hold_rego`] turns down is not looked for.
#[must_use]
pub fn find(id: SourceId, outer: &SourceFile, kind: Kind) -> Found {
    if !may_hold_rego(&outer.text, kind) {
        return Found::default();
    }
    match kind {
        Kind::Markdown => fences::find(id, outer),
        Kind::Yaml | Kind::Json => data::read(id, outer, kind).found(id, outer),
    }
}
