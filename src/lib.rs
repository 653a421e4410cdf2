//! ztctl: checks, formats, tests and scores zero-trust policy kept in Git.

pub mod assess;
pub mod cli;
pub mod commands;
pub mod config;
pub mod diag;
pub mod eval;
pub mod format;
pub mod lint;
pub mod model;
pub mod reach;
pub mod report;
pub mod secrets;
pub mod syntax;
pub mod test;
pub mod text;
