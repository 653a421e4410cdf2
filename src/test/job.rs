use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Problem, TestResult};

/// All that an evaluation needs: it is sent to the process that evaluates.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Job {
    /// Sorted by path.
    pub modules: Vec<ModuleText>,
    /// The base documents below `data`, as JSON.
    pub data: String,
    /// Sorted by path.
    pub cases: Vec<CaseFile>,
    /// Builtins of the target engine, as `opa capabilities` prints them.
    pub capabilities: Option<String>,
    /// Only tests whose full name matches (a regular expression).
    pub filter: Option<String>,
    /// For each test.
    pub timeout_ms: u64,
    /// The moment that `time.now_ns` gives.
    pub now_ns: i64,
    pub seed: u64,
    /// Say which lines the tests reach.
    #[serde(default)]
    pub cover: bool,
}

/// A module and the version that it is read as.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ModuleText {
    pub path: String,
    pub text: String,
    pub v0: bool,
}

/// A file of fixture cases and the files that it names.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CaseFile {
    pub path: String,
    pub text: String,
    pub files: BTreeMap<String, String>,
}

/// What a process is asked to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Request {
    pub job: Job,
    /// Run these only (positions in the plan); `None` runs all.
    pub only: Option<Vec<usize>>,
    /// Tests at a time.
    pub threads: usize,
    /// Bytes of address space that the process may use; 0 for no bound.
    pub max_memory: u64,
}

/// What a process says while it works, one JSON text a line.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// First: how many tests there are, and what keeps modules from being run.
    Plan {
        total: usize,
        problems: Vec<Problem>,
        names: Vec<(String, String)>,
    },
    Start(usize),
    Done(usize, Box<TestResult>),
    /// Of each module, by its path, the lines with something to evaluate; whether a test reached it.
    Covered(Vec<(String, Vec<(u32, bool)>)>),
    /// Last: all that was asked for is done.
    End,
}
