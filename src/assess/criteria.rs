//! The criteria and the disqualifiers: data, with no code that decides.

mod table;

use super::fact::Fact;
use super::status::{Domain, Reason};

pub use table::{CRITERIA, DISQUALIFIERS};

/// How much work it takes to meet a criterion.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Effort {
    Small,
    Medium,
    Large,
}

impl Effort {
    /// `S`, `M` or `L`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Small => "S",
            Self::Medium => "M",
            Self::Large => "L",
        }
    }
}

/// What a criterion is where no probe observed a subject.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Empty {
    NotApplicable,
    Unknown(Reason),
}

/// Something that must be there at least once: where nothing about it was observed, the scope itself is a subject that fails.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// What is missing then: `no …`.
    pub name: &'static str,
    pub facts: &'static [Fact],
}

/// One criterion of the maturity model.
#[derive(Clone, Copy, Debug)]
pub struct Criterion {
    /// `L<level>.<domain>.<number>`
    pub id: &'static str,
    pub level: u8,
    pub domain: Domain,
    /// Whether the headline needs it.
    pub spine: bool,
    /// A few words.
    pub title: &'static str,
    pub statement: &'static str,
    pub why: &'static str,
    /// What would make it pass.
    pub pass: &'static str,
    /// An example of what to write; empty where there is none. `$namespace`, `$name` and `$part` stand for the subject's.
    pub patch: &'static str,
    /// What to write where it is this fact that speaks against it.
    pub patches: &'static [(Fact, &'static str)],
    pub effort: Effort,
    /// The facts that speak for it.
    pub yes: &'static [Fact],
    /// The facts that speak against it; of one subject they win.
    pub no: &'static [Fact],
    /// Those of `yes` that say nothing about what is open beside them.
    pub beside: &'static [Fact],
    /// The facts that leave it open.
    pub open: &'static [(Fact, Reason)],
    pub parts: &'static [Part],
    /// Parts are missing only where one of these was observed; where the list is empty, everywhere.
    pub among: &'static [Fact],
    pub empty: Empty,
}

impl Criterion {
    /// Whether a fact has to do with it.
    #[must_use]
    pub fn concerns(&self, fact: Fact) -> bool {
        self.yes.contains(&fact)
            || self.no.contains(&fact)
            || self.open.iter().any(|(open, _)| *open == fact)
            || self.among.contains(&fact)
            || self.parts.iter().any(|part| part.facts.contains(&fact))
    }
}

/// A fact that holds the level down whatever else is met.
#[derive(Clone, Copy, Debug)]
pub struct Disqualifier {
    pub id: &'static str,
    pub title: &'static str,
    pub facts: &'static [Fact],
    /// The highest headline, where it is held down.
    pub headline: u8,
    pub domain: Domain,
    /// The highest level of the domain.
    pub domain_level: u8,
    /// The criteria whose waivers silence it.
    pub stands_for: &'static [&'static str],
}

/// What makes a result doubtful, whatever the level: it holds none down, and makes the confidence low.
#[derive(Clone, Copy, Debug)]
pub struct Doubt {
    pub id: &'static str,
    pub title: &'static str,
    pub facts: &'static [Fact],
    /// When it is there, in a sentence.
    pub when: &'static str,
}

/// The disqualifier of what people decide.
pub const DOUBT: Doubt = Doubt {
    id: "DQ.GOV.1",
    title: "something is hidden, or accepted for ever",
    facts: &[Fact::DecisionEndless, Fact::FilesHidden],
    when: "A waiver or a statement has no end, or the configuration keeps more files from being read than `[assess] max-hidden-percent` allows.",
};

/// The ids of all disqualifiers; one may stand several times.
pub fn disqualifiers() -> impl Iterator<Item = &'static str> {
    DISQUALIFIERS.iter().map(|row| row.id).chain([DOUBT.id])
}

/// The criterion with this id.
#[must_use]
pub fn criterion(id: &str) -> Option<&'static Criterion> {
    CRITERIA.iter().find(|criterion| criterion.id == id)
}

/// What no repository can show, by domain.
#[must_use]
pub fn limits(domain: Domain) -> &'static [&'static str] {
    match domain {
        Domain::Authentication => {
            &["multi-factor authentication, device posture and the identity provider's settings", "who holds kubectl access"]
        }
        Domain::Authorization => &["which policies the decision points have loaded", "role bindings made outside of the repository"],
        Domain::Secrets => {
            &["whether the values in the manager were ever rotated", "copies elsewhere: forks, the repository's history, workstations"]
        }
        Domain::Encryption => &["encryption at rest as it is", "cipher suites and the lifetimes of issued certificates"],
        Domain::Audit => &["whether logs arrive, are kept and are read"],
        Domain::Network => {
            &["a network plugin that ignores NetworkPolicy", "node and host paths", "cloud firewalls changed outside of the repository"]
        }
    }
}

/// What this version does not look at.
pub const NOT_READ: &[&str] = &[
    "application sources, but for what a line shows: loggers, environment variables, calls of secret managers",
    "binary files, and the middle of files of more than 2 MB, are not searched for credentials",
    "values of Helm charts that are not rendered",
    "what modules of Terraform make that lie in a registry or another repository",
    "the repository's history, but for secrets with `--history`",
    "devices: a pillar of zero trust that no repository shows",
];
