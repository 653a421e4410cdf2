//! What running the repository's policy tests gave, as data; who runs them is no matter of this module.

use std::collections::BTreeMap;

/// The tests of policy code.
#[derive(Clone, Default, Debug)]
pub enum PolicyTests {
    /// They were not run: whether they hold is open.
    #[default]
    NotRun,
    /// They were run.
    Ran(TestEvidence),
}

/// What a run showed.
#[derive(Clone, Default, Debug)]
pub struct TestEvidence {
    pub tests: Vec<RanTest>,
    /// Of each module, by its path, the lines with something to evaluate; whether a test reached it.
    pub lines: BTreeMap<String, BTreeMap<u32, bool>>,
    /// The run ended before all tests were done.
    pub cut: bool,
}

/// How a test ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    Passed,
    Failed,
    /// No verdict: it could not be evaluated.
    Error,
    Skipped,
}

/// A test that was run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RanTest {
    pub name: String,
    pub path: String,
    /// 1-based.
    pub line: u32,
    pub ending: Ending,
    /// A fixture case, not a rule.
    pub is_case: bool,
}

/// The text of a file that is no manifest, and says how policy is tested or what it is: a Makefile, a script, a Cedar policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TextFile {
    /// As reports name it.
    pub path: String,
    pub text: std::sync::Arc<str>,
}

/// Whether a file of this name is wanted as a [`TextFile`].
#[must_use]
pub fn is_wanted(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let names = [
        "makefile",
        "gnumakefile",
        "justfile",
        ".justfile",
        "package.json",
        ".pre-commit-config.yaml",
        "taskfile.yml",
        "taskfile.yaml",
        "action.yml",
        "action.yaml",
        ".gitlab-ci.yml",
        "jenkinsfile",
        "azure-pipelines.yml",
        "bitbucket-pipelines.yml",
        "magefile.go",
        "tox.ini",
        "earthfile",
    ];
    let ends = [".mk", ".just", ".sh", ".bash", ".cedar", ".fga", ".polar", ".openfga"];
    let in_ci = path.contains(".circleci/") || path.contains(".buildkite/") || path.contains(".woodpecker");
    names.contains(&name.as_str()) || ends.iter().any(|end| name.ends_with(end)) || in_ci
}
