//! Text → tree. Never fails, does no I/O: any text gives a tree plus diagnostics, and the tree gives back the text.

pub mod event;
pub mod rego;
pub mod tree;
pub mod yaml;
