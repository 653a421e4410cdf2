//! The one integration-test binary.

mod cli;
mod config;
mod docs;
mod engine;
mod eval;
mod format;
mod layers;
mod parser;
mod report;
mod rules;
mod test_command;
