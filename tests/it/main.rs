//! The one integration-test binary.

mod assess;
mod builtins_more;
mod cases;
mod cli;
mod config;
mod crypto;
mod data;
mod diag;
mod docs;
mod engine;
mod eval;
mod format;
mod k8s;
mod layers;
mod migration;
mod model;
mod parser;
mod report;
mod rules;
mod second_engine;
mod support;
mod test_command;
mod text;
mod units;
mod usage;
mod wrong_types;
