//! One file a format over one report value.
//!
//! A report is written whole, so that every format can count and group. Places are those of the outermost file. Text from files is
//! untrusted: each format escapes it for its reader ([`visible`]).

pub mod assess;
mod concise;
mod escape;
mod excerpt;
mod github;
mod gitlab;
mod json;
mod junit;
mod markdown;
pub mod migration;
mod place;
mod pretty;
mod preview;
mod sarif;
mod schema;
mod summary;

use std::io::{self, Write};

use crate::diag::{Diagnostic, RuleMeta};
use crate::text::SourceMap;

pub use concise::Concise;
pub use escape::visible;
pub use github::Github;
pub use gitlab::Gitlab;
pub use json::Json;
pub use junit::Junit;
pub use markdown::Markdown;
pub use pretty::Pretty;
pub use sarif::Sarif;
pub use schema::report_schema;
pub use summary::{Skipped, Summary};

/// All that a run has to say.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The command that ran: `lint`, `verify`, …
    pub command: &'a str,
    pub sources: &'a SourceMap,
    /// Sorted by [`crate::diag::sort`].
    pub findings: &'a [Diagnostic],
    /// What is known of the rules; formats that describe rules look those of the findings up here.
    pub rules: &'a [&'a RuleMeta],
    pub summary: &'a Summary,
    /// `None` where the command runs no tests.
    pub tests: Option<Tests<'a>>,
}

/// The results of a test run.
#[derive(Clone, Copy, Debug)]
pub struct Tests<'a> {
    pub rows: &'a [TestRow],
    /// The same in the shape of `ztctl test --format json`, for the JSON report.
    pub json: Option<&'a serde_json::Value>,
}

/// One test's result.
#[derive(Clone, PartialEq, Debug)]
pub struct TestRow {
    /// What JUnit groups by: a package or a fixture file.
    pub suite: String,
    pub name: String,
    pub classname: String,
    pub seconds: f64,
    pub verdict: Verdict,
    /// Why a test that did not pass did not; may have several lines.
    pub message: String,
    /// What the test printed.
    pub output: String,
    /// Relative to the working directory, with `/`; empty where unknown.
    pub path: String,
    /// 1-based; 0 where unknown.
    pub line: u32,
}

impl TestRow {
    /// `data.authz_test.test_admin`; the bare name for what is in no package.
    fn title(&self) -> String {
        if self.classname.is_empty() { self.name.clone() } else { format!("{}.{}", self.classname, self.name) }
    }
}

/// How a test ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    Passed,
    Failed,
    Error,
    Skipped,
}

/// Writes a report in one format.
pub trait Reporter {
    /// Writes `report` to `out`; the same report gives the same bytes.
    ///
    /// # Errors
    /// What `out` says.
    fn write(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()>;
}

impl Tests<'_> {
    /// The tests that failed or could not be run.
    fn bad(&self) -> impl Iterator<Item = &TestRow> {
        self.rows.iter().filter(|row| matches!(row.verdict, Verdict::Failed | Verdict::Error))
    }

    fn count(&self, verdict: Verdict) -> usize {
        self.rows.iter().filter(|row| row.verdict == verdict).count()
    }
}
