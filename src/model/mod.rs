//! Trees → meaning; no rules.

pub mod rego;
pub mod value;
pub mod workspace;
