//! `ztctl.toml` and `.regal/config.yaml`. Mistakes in them are diagnostics.
//!
//! Nothing here reads files: [`ConfigStore`] asks its caller for them, finds the config of each folder and follows `extends`.

mod check;
mod globs;
mod keys;
mod paths;
mod read;
mod regal;
mod regal_globs;
mod schema;
mod store;
mod target;
mod toml;
mod value;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{RuleSettings, Severity};
use crate::syntax::rego::{ENGINES, Version};

pub use globs::Globs;
pub use schema::{config_keys, config_schema};
pub use store::{ConfigStore, Files, Found, Source};
pub use target::targets;

/// What holds for the files of a folder.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file that says so, as reports name it; `None` for the built-in defaults.
    pub path: Option<String>,
    pub fail_level: Severity,
    /// What the walk leaves out.
    pub exclude: Globs,
    /// Rego files that Regal's config leaves out.
    exclude_rego: Globs,
    /// `None`: found out file by file.
    pub rego_version: Option<Version>,
    pub capabilities: Option<Capabilities>,
    pub projects: Vec<Project>,
    /// Preset, `[rules]`, `[suppress]` and `[check]`.
    pub rules: RuleSettings,
    /// Absolute paths of folders with rules written in Rego.
    pub custom_rules: Vec<String>,
    /// The absolute path of a JSON Schema or of a folder of them.
    pub schemas: Option<String>,
    pub environments: Vec<Environment>,
    pub test_fixtures: Globs,
    pub assess: Assess,
    /// The parts of the gate.
    pub verify: Vec<Part>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            path: None,
            fail_level: Severity::Warning,
            exclude: Globs::default(),
            exclude_rego: Globs::default(),
            rego_version: None,
            capabilities: None,
            projects: Vec::new(),
            rules: RuleSettings::default(),
            custom_rules: Vec::new(),
            schemas: None,
            environments: Vec::new(),
            test_fixtures: Globs::default(),
            assess: Assess::default(),
            verify: Part::ALL.to_vec(),
        }
    }
}

impl Config {
    /// Whether the walk leaves a path of the run out: it or a folder above it is excluded. A folder of which everything is excluded
    /// is too, so that configs inside it are not asked.
    #[must_use]
    pub fn excludes(&self, path: &str, is_dir: bool) -> bool {
        self.exclude.matches(path, is_dir)
            || (is_dir && self.exclude.covers(path))
            || (!is_dir && path.ends_with(".rego") && self.exclude_rego.matches(path, false))
    }

    /// Whether [`Config::excludes`] can say yes.
    #[must_use]
    pub fn may_exclude(&self) -> bool {
        !self.exclude.is_empty() || !self.exclude_rego.is_empty()
    }

    /// The version that a Rego file is read as: that of the innermost project it lies in, else the config's; `None` is `auto`.
    #[must_use]
    pub fn rego_version_of(&self, path: &str) -> Option<Version> {
        self.project_of(path).map_or(self.rego_version, |project| project.rego_version.or(self.rego_version))
    }

    /// The innermost project that a Rego file lies in.
    #[must_use]
    pub fn project_of(&self, path: &str) -> Option<&Project> {
        let projects = self.projects.iter().filter(|project| project.holds(path));
        projects.max_by_key(|project| project.path.len())
    }
}

/// What the target engine can do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Capabilities {
    pub from: CapabilitiesFrom,
    /// Builtins besides: name and number of arguments.
    pub plus: Vec<(String, usize)>,
    /// Builtins that are not to be had.
    pub minus: Vec<String>,
}

/// Where capabilities are to be found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CapabilitiesFrom {
    /// Those of the newest OPA.
    Current,
    /// `opa`, `1.18`
    Release(String, String),
    /// The absolute path of a file.
    File(String),
}

impl Capabilities {
    /// Reads `opa@1.18`, `file://…`, or a path, which is seen from `dir` unless that is empty.
    #[must_use]
    pub fn parse(text: &str, dir: &str) -> Self {
        let from = match text.split_once('@') {
            Some((engine, version)) if ENGINES.contains(&engine) => {
                CapabilitiesFrom::Release(engine.to_owned(), version.trim_start_matches('v').to_owned())
            }
            _ => {
                let path = text.strip_prefix("file://").unwrap_or(text);
                CapabilitiesFrom::File(if dir.is_empty() { path.to_owned() } else { paths::join(dir, path) })
            }
        };
        Self::from(from)
    }
}

impl From<CapabilitiesFrom> for Capabilities {
    fn from(from: CapabilitiesFrom) -> Self {
        Self { from, plus: Vec::new(), minus: Vec::new() }
    }
}

/// A Rego root.
#[derive(Clone, Debug)]
pub struct Project {
    /// Absolute.
    pub path: String,
    pub rego_version: Option<Version>,
    base: globs::Base,
}

impl Project {
    fn new(base: &globs::Base, path: &str, rego_version: Option<Version>) -> Self {
        Self { path: paths::join(&base.dir, path), rego_version, base: base.clone() }
    }

    /// Whether a path of the run lies in it.
    #[must_use]
    pub fn holds(&self, path: &str) -> bool {
        paths::below(&paths::join(&self.base.cwd, path), &self.path).is_some()
    }
}

/// An entry of `[environments]`.
#[derive(Clone, Debug)]
pub struct Environment {
    pub name: String,
    pub class: Option<Class>,
    pub paths: Globs,
    /// Names, or patterns with `*` and `?`.
    pub namespaces: Vec<String>,
}

/// How strictly an environment is judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    Production,
    NonProduction,
}

/// `[assess]`.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Assess {
    pub min_level: Option<u8>,
    pub profile: Option<String>,
    pub k8s_plain_secret: PlainSecret,
    pub static_by_nature: Vec<String>,
    /// Domains, as they are named in reports, with their least levels.
    pub min_domain: BTreeMap<String, u8>,
    pub fail_on: BTreeSet<FailOn>,
    pub baseline: Option<String>,
    pub no_regress: bool,
    pub history_file: Option<String>,
    pub accept_attestations: bool,
    /// In percent.
    pub max_hidden: Option<u32>,
    pub name: Option<String>,
    pub owner: Option<String>,
    pub tier: Option<String>,
    pub tags: Vec<String>,
    pub links: Vec<String>,
}

/// What else makes `assess` fail.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum FailOn {
    Review,
    Waivers,
}

impl FailOn {
    fn parse(name: &str) -> Option<Self> {
        match name {
            "review" => Some(Self::Review),
            "waivers" => Some(Self::Waivers),
            _ => None,
        }
    }
}

/// What a plain Secret value in the repository does to the level.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum PlainSecret {
    #[default]
    Cap0,
    Cap1,
    Warn,
}

/// A part of `verify`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    Fmt,
    Lint,
    Check,
    Test,
}

impl Part {
    pub const ALL: [Self; 4] = [Self::Fmt, Self::Lint, Self::Check, Self::Test];

    /// `fmt`, `lint`, `check` or `test`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Lint => "lint",
            Self::Check => "check",
            Self::Test => "test",
        }
    }

    /// The inverse of [`Part::as_str`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.as_str() == name)
    }
}
