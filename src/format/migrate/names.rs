//! Variables, rules and imports with the name of a keyword.

use super::step::Problem;
use crate::model::rego::{Module, Scopes};
use crate::syntax::rego::Parse;

/// What is found in a module.
pub(super) fn problems(_parse: &Parse, _module: &Module<'_>, _scopes: &Scopes<'_>) -> Vec<Problem> {
    Vec::new()
}
