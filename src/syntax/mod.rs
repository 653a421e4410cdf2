//! Text → tree. Never fails, does no I/O: any text gives a tree plus diagnostics, and the tree gives back the text.

pub mod comments;
pub mod data;
pub mod event;
pub mod hcl;
pub mod json;
pub mod markdown;
pub mod rego;
pub mod shell;
pub mod source;
pub mod toml;
pub mod tree;
pub mod yaml;
