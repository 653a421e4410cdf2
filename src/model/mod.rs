//! Trees → meaning; no rules.

pub mod rego;
pub mod workspace;
