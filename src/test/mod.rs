//! Rego unit tests and fixture cases: discovery, running, snapshots.

pub mod cases;
pub mod data;
pub mod diff;
pub mod record;
