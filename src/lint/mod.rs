//! Rules, their registry and engine, suppressions and fixes.

mod compile;
mod context;
mod crash;
mod directive;
mod docs;
mod engine;
mod file;
mod fix;
mod graph;
mod leaks;
mod manifest;
mod needs;
mod place;
mod plan;
mod registry;
mod rendered;
pub(crate) mod rule;
mod rules;
mod selector;
mod source;
mod subject;
mod suppress;
mod texts;

pub use context::{FileCx, Report, Skipped, WorkspaceCx};
pub use docs::{render_rule_index, render_rule_page};
pub use engine::{CodeInput, Commands, Input, Observer, RunOptions, RunResult, Work, run, run_work};
pub use fix::{Applied, FixResult, FixedFile, Refused, fix};
pub use leaks::{describe, rule_of, shown as shown_name};
pub use manifest::{ManifestCx, ManifestReport};
pub use registry::{groups, meta, metas, registry};
pub use rule::{Described, Rule};
pub use selector::{Selection, Selector, UnknownSelector};
pub use source::SourceCx;
pub use texts::Texts;
