//! Rego unit tests and fixture cases: what runs, how it ends, and what it says.
//!
//! Evaluation happens in a process of its own ([`Job`], [`run`], [`Supervisor`]): it can be stopped, its memory can be bounded, and
//! if it dies only the test that killed it is lost. Nothing here does I/O; the edge moves the messages.

pub mod cases;
pub mod data;
pub mod diff;
mod job;
mod json;
mod plan;
pub mod record;
mod result;
mod run;
mod supervise;

pub use job::{CaseFile, Event, Job, ModuleText, Request};
pub use json::report;
pub use result::{Failure, Problem, Site, SubResult, SubResults, TestResult, Verdict};
pub use run::run;
pub use supervise::{Next, Supervisor};
