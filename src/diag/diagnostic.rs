use std::borrow::Cow;

use super::Fix;
use crate::text::{Location, SourceId};

/// How bad a finding is; ordered, so that `>=` compares with a level.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    Info,
    Warning,
    Error,
}

impl Severity {
    /// `error`, `warning` or `info`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// The inverse of [`Severity::as_str`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Info, Self::Warning, Self::Error].into_iter().find(|s| s.as_str() == name)
    }
}

/// What a diagnostic is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Place {
    /// The run as a whole.
    Run,
    /// A file without a place in it.
    File(SourceId),
    At(Location),
}

/// A second place that explains the finding; it may lie in another file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    pub at: Location,
    pub message: String,
}

/// One finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// The rule's id, kebab-case.
    pub rule: Cow<'static, str>,
    pub group: Cow<'static, str>,
    pub severity: Severity,
    /// Lower case, no final stop, what was found in backticks.
    pub message: String,
    pub place: Place,
    pub labels: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
    /// Why: the rule's page.
    pub url: Option<String>,
    pub fix: Option<Fix>,
    /// Where the file belongs, as its own path is written: a remedy that no edit is. Files are moved only where that is asked for.
    pub moves_to: Option<String>,
    /// What a fingerprint is made of instead of a line number, beside the trimmed line: `package.rule` for Rego,
    /// `group/kind/ns/name#json-path` for objects.
    pub subject: String,
    /// The subject says it all: the line's text is left out of the fingerprint (objects, secrets).
    pub subject_is_exact: bool,
    /// What it points at may be a secret: reports show neither the line nor what a fix would change.
    pub is_secret: bool,
    /// Where the secret stands that it is about: of several findings about one, one is reported.
    pub value: Option<Location>,
    /// So many more findings of the rule on the same line that it stands for.
    pub others: usize,
    /// The build variants that show the finding, where not all do.
    pub variants: Vec<String>,
}

impl Diagnostic {
    /// A finding without help, labels or fix.
    #[must_use]
    pub fn new(
        rule: impl Into<Cow<'static, str>>,
        group: impl Into<Cow<'static, str>>,
        severity: Severity,
        place: Place,
        message: impl Into<String>,
    ) -> Self {
        Self {
            rule: rule.into(),
            group: group.into(),
            severity,
            message: message.into(),
            place,
            labels: Vec::new(),
            help: None,
            url: None,
            fix: None,
            moves_to: None,
            subject: String::new(),
            subject_is_exact: false,
            is_secret: false,
            value: None,
            others: 0,
            variants: Vec::new(),
        }
    }

    /// A `syntax-error` of severity error at `at`: input that cannot be read is a finding like any other.
    #[must_use]
    pub fn syntax(at: Location, message: impl Into<String>) -> Self {
        Self::new("syntax-error", "syntax", Severity::Error, Place::At(at), message)
    }

    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    #[must_use]
    pub fn with_label(mut self, at: Location, message: impl Into<String>) -> Self {
        self.labels.push(Label { at, message: message.into() });
        self
    }

    #[must_use]
    pub fn with_fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    #[must_use]
    pub fn with_subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = subject.into();
        self
    }
    /// A subject that names the finding without its line's text: an object's path, a secret's keyed hash.
    #[must_use]
    pub fn with_exact_subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = subject.into();
        self.subject_is_exact = true;
        self
    }

    #[must_use]
    pub fn with_url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }
}
