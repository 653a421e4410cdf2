//! What an assessment says: plain data for reports.

use std::collections::{BTreeMap, BTreeSet};

use super::advice::{Question, Step};
use super::connectivity::ReachResult;
use super::evaluate::Verdict;
use super::governance::Governance;
use super::inventory::{Credential, Finding};
use super::parts::Failure;
use super::runbook::{Lookup, Sheet};
use super::score::Cap;
use super::services::ServiceResult;
use super::status::{Class, Domain, Kind, Reason, Strength};
use super::waivers::{Rejected, Waiver};
use super::world::Scope;
use crate::diag::Date;

/// The version of the model: criteria, arithmetic, readings.
pub const MODEL: &str = "2026.11";

/// One scope's result.
#[derive(Clone, Debug)]
pub struct ScopeResult {
    pub scope: Scope,
    pub class: Class,
    pub workloads: usize,
    /// `None` where the repository is not rated.
    pub level: Option<u8>,
    pub level_without_waivers: Option<u8>,
    /// In the order of [`Domain::ALL`]; `None` where a domain has no subject.
    pub domains: [Option<u8>; 6],
    pub caps: Vec<Cap>,
    /// What would hold it down if no waiver counted.
    pub caps_without_waivers: Vec<Cap>,
    pub confidence: Strength,
    /// In the order of the criteria.
    pub verdicts: Vec<Verdict>,
}

/// One environment's result: the least of its scopes.
#[derive(Clone, Debug)]
pub struct EnvironmentResult {
    pub id: String,
    pub class: Class,
    pub level: Option<u8>,
    pub namespaces: BTreeSet<String>,
    pub domains: [Option<u8>; 6],
}

/// One domain's result.
#[derive(Clone, Debug)]
pub struct DomainResult {
    pub domain: Domain,
    pub level: Option<u8>,
    /// The next level and the criteria that it needs.
    pub next: Option<(u8, Vec<&'static str>)>,
    pub by_environment: BTreeMap<String, Option<u8>>,
    /// Why it is not higher, in the scopes that count.
    pub why: String,
}

/// The headline.
#[derive(Clone, Debug)]
pub struct Overall {
    pub rated: bool,
    pub level: Option<u8>,
    pub level_without_waivers: Option<u8>,
    pub level_all_scopes: Option<u8>,
    /// Every scope counts for the headline (`--scope all`).
    pub all_scopes: bool,
    /// The next level and how much of it is done, in percent.
    pub progress: Option<(u8, u32)>,
    pub confidence: Strength,
    /// What holds the headline down, of all scopes that count.
    pub caps: Vec<Cap>,
    /// Why the level is what it is.
    pub reason: String,
}

/// The waivers as they counted.
#[derive(Clone, Default, Debug)]
pub struct WaiverResult {
    pub active: Vec<Waiver>,
    pub expired: Vec<Waiver>,
    pub invalid: Vec<Rejected>,
    /// Active ones that covered nothing.
    pub unmatched: Vec<Waiver>,
}

impl WaiverResult {
    /// How many entries do not count for a mistake; one may hold several.
    #[must_use]
    pub fn rejected(&self) -> usize {
        self.invalid.iter().map(|mistake| (&mistake.spot.path, mistake.entry)).collect::<BTreeSet<_>>().len()
    }
}

/// A file that was not looked at.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct SkippedFile {
    pub path: String,
    pub reason: String,
}

/// A whole assessment.
#[derive(Clone, Debug)]
pub struct Assessment {
    pub target: String,
    pub kind: Kind,
    pub as_of: Date,
    pub scanned: usize,
    pub skipped: Vec<SkippedFile>,
    pub workloads: usize,
    /// Objects in tests, documents and examples.
    pub samples: usize,
    pub overall: Overall,
    pub domains: Vec<DomainResult>,
    pub environments: Vec<EnvironmentResult>,
    pub scopes: Vec<ScopeResult>,
    /// Each criterion over the scopes that count.
    pub combined: Vec<Verdict>,
    pub credentials: Vec<Credential>,
    /// By environment and subject.
    pub services: Vec<ServiceResult>,
    pub findings: Vec<Finding>,
    pub waivers: WaiverResult,
    /// Who can talk to whom; `None` where no workload runs in a cluster.
    pub reach: Option<ReachResult>,
    /// What people decided beside the waivers, and how it went over time.
    pub governance: Governance,
    /// Criterion, scope, reason.
    pub unknown: Vec<(&'static str, String, Reason)>,
    /// The self-check questions, answered.
    pub questions: Vec<Question>,
    /// What to do next, in the order in which it can be done.
    pub steps: Vec<Step>,
    /// The sheets of the workload that was asked for; `None` where none was.
    pub runbook: Option<Result<Vec<Sheet>, Lookup>>,
    /// The parts of ztctl that failed: what rests on them is `error`, and the rest holds.
    pub failures: Vec<Failure>,
}

impl Assessment {
    /// The combined verdict of a criterion.
    #[must_use]
    pub fn verdict(&self, id: &str) -> Option<&Verdict> {
        self.combined.iter().find(|verdict| verdict.criterion.id == id)
    }

    /// Whether a scope counts for the headline: production and unclassified ones do; all, where there are no others.
    #[must_use]
    pub fn counts(&self, scope: &ScopeResult) -> bool {
        self.overall.all_scopes || scope.class.counts() || !self.scopes.iter().any(|one| one.class.counts())
    }

    /// The level of a domain.
    #[must_use]
    pub fn domain(&self, domain: Domain) -> Option<u8> {
        self.domains.iter().find(|result| result.domain == domain)?.level
    }

    /// The ids of the disqualifiers of what counts, each once; what makes the result doubtful is one of them.
    #[must_use]
    pub fn disqualifiers(&self) -> BTreeSet<&'static str> {
        let caps = self.overall.caps.iter().map(|cap| cap.disqualifier);
        caps.chain(self.governance.warnings.iter().map(|warning| warning.id)).collect()
    }

    /// What holds the headline down where it is; it is told with the next step.
    pub fn holding(&self) -> impl Iterator<Item = &Cap> {
        let level = self.overall.progress.and(self.overall.level);
        self.overall.caps.iter().filter(move |cap| level.is_some_and(|level| cap.headline <= level))
    }

    /// What would hold the headline down if it were higher, and holds its domain down.
    pub fn waiting(&self) -> impl Iterator<Item = &Cap> {
        let level = self.overall.progress.and(self.overall.level);
        self.overall.caps.iter().filter(move |cap| level.is_none_or(|level| cap.headline > level))
    }

    /// The spine criteria of the next level, or all that it needs, that are not satisfied.
    pub fn missing(&self) -> impl Iterator<Item = &Verdict> {
        let next = self.overall.level.map_or(u8::MAX, |level| level + 1);
        self.combined.iter().filter(move |verdict| verdict.criterion.spine && verdict.criterion.level == next && !verdict.is_satisfied())
    }
}
