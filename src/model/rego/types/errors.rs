//! What the type checker finds.

use crate::model::rego::compile::hir::Loc;
use crate::model::rego::compile::{Class, CompileError, Stage};

/// An error before it is told.
#[derive(Debug)]
pub(super) struct Found {
    /// What is wrong: an argument, a part of a reference.
    pub(super) at: Loc,
    /// The statement, where OPA places the error.
    pub(super) opa_at: Loc,
    pub(super) class: Class,
    /// In lower case, without a full stop.
    pub(super) message: String,
    /// What to do, or what there is; may be empty.
    pub(super) help: String,
    /// OPA's message without its details.
    pub(super) opa: String,
    /// It comes of something that is not known: an error inside the statement says more.
    pub(super) unknown: bool,
}

impl From<Found> for CompileError {
    fn from(found: Found) -> Self {
        let Found { at, opa_at, class, message, help, opa, .. } = found;
        let mut error = Self::types(class, opa_at, opa).saying(message);
        if at.module == opa_at.module {
            error = error.within(at.span);
        }
        error.stage = Stage::Types;
        if help.is_empty() { error } else { error.help(help) }
    }
}
