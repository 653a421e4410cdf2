//! The Rego evaluator: compiles parsed modules once, then evaluates queries with input, data and replacements.

mod builtins;
mod link;
mod program;
mod query;
mod run;

pub use crate::model::rego::compile::{Capabilities, CompileError, Options, Source};
use crate::model::rego::value;
pub use link::compile;
pub use program::{Program, TestRule};
pub use query::{EvalError, Limits, Outcome};
pub use value::{JsonError, Number, Object, Set, Value, from_json, to_json, to_json_indented, to_text};

/// The call stack that a thread which evaluates must have.
pub const STACK_SIZE: usize = 256 << 20;
