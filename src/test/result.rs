use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::eval::{Value, to_json};

/// How a test ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Pass,
    Fail,
    /// No verdict: the evaluation could not be done.
    Error,
    Skip,
}

/// A place as people read it: 1-based line and column, 0 where there is none.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
pub struct Site {
    pub path: String,
    pub row: u32,
    pub column: u32,
}

/// Why a test has no verdict.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Failure {
    /// OPA's code where it has one.
    pub code: String,
    pub message: String,
    pub at: Option<Site>,
}

/// What keeps a module from being run: OPA would refuse it too.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Problem {
    pub path: String,
    /// Byte offsets in the module.
    pub start: u32,
    pub end: u32,
    pub code: String,
    pub message: String,
}

/// A test that was run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TestResult {
    /// `data.authz_test`; for a fixture case its file.
    pub package: String,
    pub name: String,
    pub at: Site,
    pub verdict: Verdict,
    pub error: Option<Failure>,
    pub sub_results: SubResults,
    /// What `print` wrote.
    pub output: String,
    pub duration_ns: u64,
    /// Of a fixture case: how the decision differs from what is expected, line by line.
    pub diff: Vec<String>,
    /// Of a fixture case that does not decide as expected: the decision as JSON, `Some(None)` for undefined.
    pub decision: Option<Option<String>>,
    /// Whether this is a fixture case.
    pub is_case: bool,
}

/// The cases of a table test by key, in key order.
pub type SubResults = BTreeMap<String, SubResult>;

/// A case of a table test, or a group of them.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct SubResult {
    pub fail: bool,
    pub sub_results: SubResults,
}

impl TestResult {
    /// A result without anything found out yet.
    #[must_use]
    pub fn new(package: impl Into<String>, name: impl Into<String>, at: Site, verdict: Verdict) -> Self {
        Self {
            package: package.into(),
            name: name.into(),
            at,
            verdict,
            error: None,
            sub_results: SubResults::new(),
            output: String::new(),
            duration_ns: 0,
            diff: Vec::new(),
            decision: None,
            is_case: false,
        }
    }

    #[must_use]
    pub fn with_error(mut self, code: &str, message: impl Into<String>) -> Self {
        self.verdict = Verdict::Error;
        self.error = Some(Failure { code: code.to_owned(), message: message.into(), at: None });
        self
    }
}

/// The cases of a table test: those in its value, and those that were reached without becoming part of it, which failed
/// (OPA's `tester.subResults`). The first tells whether one failed.
#[must_use]
pub(super) fn sub_results(value: &Value, reached: &[Vec<Value>]) -> (bool, SubResults) {
    let (mut fail, mut results) = of_value(value, 0);
    for path in reached {
        fail |= reach(&mut results, path);
    }
    (fail, results)
}

/// Deeper tables than this are values, not tables.
const MAX_LEVELS: usize = 64;

fn of_value(value: &Value, level: usize) -> (bool, SubResults) {
    let mut results = SubResults::new();
    let Value::Object(entries) = value else { return (false, results) };
    for (key, value) in entries.iter() {
        let result = match value {
            Value::Object(_) if level < MAX_LEVELS => {
                let (fail, sub_results) = of_value(value, level + 1);
                SubResult { fail, sub_results }
            }
            Value::Bool(passed) => SubResult { fail: !passed, ..SubResult::default() },
            _ => SubResult { fail: true, ..SubResult::default() },
        };
        results.insert(key_text(key), result);
    }
    (results.values().any(|result| result.fail), results)
}

/// Notes that a case was reached; one that is not there yet failed.
fn reach(results: &mut SubResults, path: &[Value]) -> bool {
    let Some((first, rest)) = path.split_first() else { return true };
    let entry = results.entry(key_text(first)).or_insert_with(|| SubResult { fail: true, ..SubResult::default() });
    if rest.is_empty() {
        return entry.fail;
    }
    let fail = reach(&mut entry.sub_results, rest);
    entry.fail |= fail;
    fail
}

fn key_text(key: &Value) -> String {
    key.as_str().map_or_else(|| to_json(key), str::to_owned)
}
