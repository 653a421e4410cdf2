//! The words of an assessment: domains, statuses, reasons, strengths.

/// The six responsibilities that a level is given for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Domain {
    Authentication,
    Authorization,
    Secrets,
    Encryption,
    Audit,
    Network,
}

impl Domain {
    pub const ALL: [Self; 6] = [Self::Authentication, Self::Authorization, Self::Secrets, Self::Encryption, Self::Audit, Self::Network];

    /// The name that reports and `--min-domain` use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::Authorization => "authorization",
            Self::Secrets => "secrets",
            Self::Encryption => "encryption",
            Self::Audit => "audit",
            Self::Network => "network",
        }
    }

    /// The inverse of [`Domain::as_str`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|domain| domain.as_str() == name)
    }
}

/// What holds for a criterion in a scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// Positive evidence for every subject, and none against.
    Met,
    /// Some subjects, not all.
    Partial,
    NotMet,
    /// Not met, and a valid waiver covers every subject that fails.
    Waived,
    /// Not visible here, and a statement of the owner covers everything that is open. Counts only where statements are accepted.
    Attested,
    /// There is no subject.
    NotApplicable,
    /// There is a subject, and the deciding fact lies elsewhere.
    Unknown,
    /// The evaluation of the criterion failed: a defect of ztctl.
    Error,
}

impl Status {
    pub const ALL: [Self; 8] =
        [Self::Met, Self::Partial, Self::NotMet, Self::Waived, Self::Attested, Self::NotApplicable, Self::Unknown, Self::Error];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Partial => "partial",
            Self::NotMet => "not_met",
            Self::Waived => "waived",
            Self::Attested => "attested",
            Self::NotApplicable => "not_applicable",
            Self::Unknown => "unknown",
            Self::Error => "error",
        }
    }

    /// Whether it lets a level be claimed; `not_applicable` passes through, and claims nothing of its own. Statements of owners
    /// are weighed by [`Verdict::is_satisfied`](super::evaluate::Verdict::is_satisfied).
    #[must_use]
    pub fn is_satisfied(self) -> bool {
        matches!(self, Self::Met | Self::Waived | Self::NotApplicable)
    }

    /// Whether it counts for a domain's level.
    #[must_use]
    pub fn claims(self) -> bool {
        matches!(self, Self::Met | Self::Waived)
    }
}

/// Why a criterion is unknown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reason {
    NeedsRuntime,
    NeedsOtherRepo,
    UnrenderedTemplate,
    Unparsed,
    NeedsConfig,
    ManualReview,
}

impl Reason {
    pub const ALL: [Self; 6] =
        [Self::NeedsRuntime, Self::NeedsOtherRepo, Self::UnrenderedTemplate, Self::Unparsed, Self::NeedsConfig, Self::ManualReview];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NeedsRuntime => "needs_runtime",
            Self::NeedsOtherRepo => "needs_other_repo",
            Self::UnrenderedTemplate => "unrendered_template",
            Self::Unparsed => "unparsed",
            Self::NeedsConfig => "needs_config",
            Self::ManualReview => "manual_review",
        }
    }

    /// In words.
    #[must_use]
    pub fn explain(self) -> &'static str {
        match self {
            Self::NeedsRuntime => "only the running system shows it",
            Self::NeedsOtherRepo => "what decides it lies in another repository",
            Self::UnrenderedTemplate => "a template that was not rendered decides it",
            Self::Unparsed => "a file that could not be read decides it",
            Self::NeedsConfig => "a setting in `ztctl.toml` decides it",
            Self::ManualReview => "this version of ztctl does not evaluate it; look by hand",
        }
    }
}

/// How much a piece of evidence can be trusted, in percent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Strength(pub u8);

impl Strength {
    /// Parsed, and rendered where a build unit renders it.
    pub const RENDERED: Self = Self(95);
    /// Parsed, not rendered.
    pub const PARSED: Self = Self(80);
    /// Right practice whose other half is not in sight.
    pub const INFERRED: Self = Self(70);
    /// By absence, or indirect.
    pub const WEAK: Self = Self(60);
    /// Nothing decides it here.
    pub const UNKNOWN: Self = Self(50);

    /// `high`, `medium` or `low`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self.0 {
            80.. => "high",
            50..80 => "medium",
            _ => "low",
        }
    }
}

/// What an environment is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Class {
    Production,
    NonProduction,
    /// Judged as production.
    Unclassified,
}

impl Class {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::NonProduction => "non-production",
            Self::Unclassified => "unclassified",
        }
    }

    /// Whether its scopes decide the headline.
    #[must_use]
    pub fn counts(self) -> bool {
        self != Self::NonProduction
    }
}

/// What a repository is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Service,
    Gitops,
    GitopsMonorepo,
    Platform,
    Terraform,
    PolicyBundle,
    Library,
    Docs,
}

impl Kind {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Gitops => "gitops",
            Self::GitopsMonorepo => "gitops-monorepo",
            Self::Platform => "platform",
            Self::Terraform => "terraform",
            Self::PolicyBundle => "policy-bundle",
            Self::Library => "library",
            Self::Docs => "docs",
        }
    }

    /// Whether it can have a headline: what deploys nothing would reach levels 1 to 4 by having no subject.
    #[must_use]
    pub fn is_ratable(self) -> bool {
        !matches!(self, Self::PolicyBundle | Self::Library | Self::Docs)
    }
}

/// The names of the levels.
pub const LEVELS: [&str; 6] = [
    "passwords in the repository",
    "environment variables and hand-managed credentials",
    "platform secrets and segregation",
    "secret manager and scheduled rotation",
    "identity-based access and dynamic credentials",
    "zero trust, verified continuously",
];
