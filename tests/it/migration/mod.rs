//! That a migration keeps what policies mean.

mod verdicts;
mod workspace;
