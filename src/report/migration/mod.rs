//! Reports of a migration: what was rewritten, what is left, and what people are to write.
//!
//! The unit is a text of Rego: a file, or a text inside one. Places are those of the outermost file.

mod json;
mod markdown;
mod pretty;
mod schema;

use std::collections::BTreeMap;

use super::Skipped;
use super::place::Position;
use super::summary::plural;
use crate::diag::{Diagnostic, Place};
use crate::format::Target;
use crate::format::migrate::{Step, StepKind, StepState};
use crate::syntax::rego::Version;
use crate::text::{Location, SourceId, SourceMap};

pub use json::json;
pub use markdown::markdown;
pub use pretty::pretty;
pub use schema::migration_schema;

/// A migration, or what it would do.
#[derive(Clone, Copy, Debug)]
pub struct Migration<'a> {
    pub sources: &'a SourceMap,
    /// In the order of the files.
    pub rows: &'a [Row],
    /// [`Target::Both`] or [`Target::V1Only`].
    pub target: Target,
    /// Whether rewrites are made that may change a result or a name that others query.
    pub allow_unsafe: bool,
    /// Whether nothing was to be written.
    pub is_dry: bool,
    /// Sorted by path.
    pub skipped: &'a [Skipped],
}

/// A text, and what became of it.
#[derive(Clone, Debug)]
pub struct Row {
    pub source: SourceId,
    pub state: State,
    /// What it was read as; `None` where it could not be read.
    pub version: Option<Version>,
    /// In the order of the text.
    pub steps: Vec<Step>,
    /// What is left for people to do, as findings.
    pub findings: Vec<Diagnostic>,
    /// Whether the file holds the result now.
    pub is_written: bool,
}

/// What became of a text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum State {
    /// It is as it should be.
    Unchanged,
    /// Formatting alone was enough.
    Formatted,
    /// What formatting alone cannot write was rewritten.
    Rewritten,
    /// It waits for another text that goes with it.
    Held,
    /// It needs `--unsafe-fixes`.
    Unsafe,
    /// People decide.
    Manual,
    /// It is not for us to judge, such as a template.
    Skipped,
    SyntaxError,
    /// The result did not stand the proof: a defect of ztctl.
    Defect,
}

impl State {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 9] = [
        Self::Unchanged,
        Self::Formatted,
        Self::Rewritten,
        Self::Held,
        Self::Unsafe,
        Self::Manual,
        Self::Skipped,
        Self::SyntaxError,
        Self::Defect,
    ];

    /// The name in reports of a migration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Formatted => "migrated",
            Self::Rewritten => "rewritten",
            Self::Held => "held",
            Self::Unsafe => "unsafe",
            Self::Manual => "manual",
            Self::Skipped => "skipped",
            Self::SyntaxError => "syntax-error",
            Self::Defect => "defect",
        }
    }

    /// The state in words.
    fn words(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Formatted => "migrated",
            Self::Rewritten => "migrated with rewrites",
            Self::Held => "waits for another file",
            Self::Unsafe => "needs --unsafe-fixes",
            Self::Manual => "needs people",
            Self::Skipped => "left alone",
            Self::SyntaxError => "syntax error",
            Self::Defect => "not migrated for a defect of ztctl",
        }
    }

    /// Whether the text is left alone although it is not as it should be.
    #[must_use]
    pub fn is_refused(self) -> bool {
        !matches!(self, Self::Unchanged | Self::Formatted | Self::Rewritten)
    }
}

/// Counts over all texts.
struct Totals {
    states: BTreeMap<State, usize>,
    steps: BTreeMap<StepKind, BTreeMap<StepState, usize>>,
    /// By name of the version, `unknown` for texts that could not be read.
    before: BTreeMap<&'static str, usize>,
    after: BTreeMap<&'static str, usize>,
}

/// The name of a version, or of the versions that a result is accepted by.
fn version_name(version: Option<Version>) -> &'static str {
    match version {
        Some(Version::V0) => "v0",
        Some(Version::V1) => "v1",
        None => "unknown",
    }
}

impl Row {
    /// The versions that the text is for after the migration.
    fn after(&self, target: Target) -> &'static str {
        match target {
            _ if self.state.is_refused() => version_name(self.version),
            Target::Both => "both",
            Target::V0 => "v0",
            Target::V1 | Target::V1Only => "v1",
        }
    }

    fn path<'m>(&self, sources: &'m SourceMap) -> &'m str {
        Position::of(sources, Place::File(self.source)).path
    }

    fn place<'m>(&self, sources: &'m SourceMap, step: &Step) -> Position<'m> {
        Position::at(sources, Location { source: self.source, span: step.span })
    }
}

impl Migration<'_> {
    fn totals(&self) -> Totals {
        let mut totals = Totals { states: BTreeMap::new(), steps: BTreeMap::new(), before: BTreeMap::new(), after: BTreeMap::new() };
        for row in self.rows {
            *totals.states.entry(row.state).or_default() += 1;
            *totals.before.entry(version_name(row.version)).or_default() += 1;
            *totals.after.entry(row.after(self.target)).or_default() += 1;
            for step in &row.steps {
                *totals.steps.entry(step.kind).or_default().entry(step.state).or_default() += 1;
            }
        }
        totals
    }

    /// What the migration leads to, in words.
    fn aim(&self) -> &'static str {
        match self.target {
            Target::Both => "Rego that v0 and v1 accept",
            Target::V0 => "Rego v0",
            Target::V1 | Target::V1Only => "Rego v1",
        }
    }

    fn heading(&self) -> String {
        let dry = if self.is_dry { " (dry run: nothing was written)" } else { "" };
        let fixes = if self.allow_unsafe { ", with --unsafe-fixes" } else { "" };
        format!("Migration to {}{fixes}{dry}", self.aim())
    }

    /// What is left to do, in the order of the files.
    fn left(&self) -> impl Iterator<Item = &Diagnostic> {
        self.rows.iter().flat_map(|row| &row.findings)
    }
}

impl Totals {
    /// `3 files: 1 unchanged, 2 migrated`
    fn files(&self) -> String {
        let texts: usize = self.states.values().sum();
        let states: Vec<String> = self.states.iter().map(|(state, number)| format!("{number} {}", state.words())).collect();
        if states.is_empty() { "nothing to migrate".to_owned() } else { format!("{}: {}", plural(texts, "text"), states.join(", ")) }
    }

    /// `read as: 2 v0, 1 v1; now: 3 v1`
    fn versions(&self, is_dry: bool) -> String {
        let list = |counts: &BTreeMap<&'static str, usize>| {
            let parts: Vec<String> = counts.iter().map(|(version, number)| format!("{number} {version}")).collect();
            parts.join(", ")
        };
        format!("versions before: {}; {}: {}", list(&self.before), if is_dry { "then" } else { "now" }, list(&self.after))
    }
}

/// What a finding asks for, without what every one says.
fn wish(finding: &Diagnostic) -> &str {
    finding.message.strip_prefix("not migrated: ").unwrap_or(&finding.message)
}
