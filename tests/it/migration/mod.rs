//! That a migration keeps what policies mean.

mod builtins;
mod generated;
mod names;
mod verdicts;
mod workspace;
