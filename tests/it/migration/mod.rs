//! That a migration keeps what policies mean.

mod generated;
mod names;
mod verdicts;
mod workspace;
