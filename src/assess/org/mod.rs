//! Many assessments as one: counters and short lists, so that memory does not grow with their number. Never an average.

mod brief;
mod links;

use std::collections::{BTreeMap, BTreeSet};

use super::criteria::CRITERIA;
use super::status::{Domain, Status};
use crate::diag::Date;

pub use brief::{Brief, Ending, FAILURE, read};
pub use links::{Link, Links, Resolution};

/// So many of each thing that only people read: names behind a number, waivers, groups.
const NAMES: usize = 10;
const WAIVERS: usize = 50;
const GROUPS: usize = 500;
const FAILURES: usize = 1000;
const NOT_RATED: usize = 1000;
/// So many contents are remembered, to tell that one is there twice.
const SEEN: usize = 100_000;

/// A repository in the heat map.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Row {
    pub level: Option<u8>,
    pub name: String,
    /// The report's file.
    pub file: String,
    pub level_without_waivers: Option<u8>,
    /// In the order of [`Domain::ALL`].
    pub domains: [Option<u8>; 6],
    pub kind: String,
    pub owner: Option<String>,
    pub tier: Option<String>,
    pub commit: Option<String>,
    pub as_of: String,
    /// Why it is not rated, or what holds it down.
    pub reason: String,
}

/// How many repositories are at each level, 0 to 5.
pub type Distribution = [usize; 6];

/// A criterion over all rated repositories.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Blocker {
    /// It is not met, or met in part.
    pub fail: usize,
    pub unknown: usize,
    /// Satisfied by a waiver or statement.
    pub excused: usize,
    /// It has a subject.
    pub applies: usize,
    /// The next level needs it.
    pub blocks: usize,
    /// Some of the repositories that fail it, by name.
    pub repositories: BTreeSet<String>,
}

/// Repositories of one owner, tier or tag.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Group {
    pub repositories: usize,
    pub rated: usize,
    /// The least level of its rated repositories.
    pub level: Option<u8>,
    pub levels: Distribution,
    /// Some of the repositories at the least level, by name.
    pub lowest: BTreeSet<String>,
}

/// A waiver of some repository.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct OrgWaiver {
    pub expires: String,
    pub repository: String,
    pub id: String,
    pub owner: String,
    pub criteria: Vec<String>,
    pub over: bool,
}

/// A report that could not be read.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Failure {
    pub file: String,
    pub why: String,
}

/// The merged report.
#[derive(Clone, Debug)]
pub struct Org {
    pub as_of: Date,
    /// Reports that were merged.
    pub reports: usize,
    pub rated: usize,
    pub levels: Distribution,
    pub levels_without_waivers: Distribution,
    /// For each domain how many are at each level, and how many have no subject in it.
    pub domains: [(Distribution, usize); 6],
    /// The lowest first.
    pub rows: BTreeSet<Row>,
    /// Rated repositories that are not among the rows.
    pub more_rows: usize,
    pub not_rated: BTreeSet<Row>,
    pub not_rated_count: usize,
    pub not_rated_kinds: BTreeMap<String, usize>,
    /// In the order of [`CRITERIA`].
    pub blockers: Vec<(&'static str, Blocker)>,
    pub caps: BTreeMap<String, (usize, BTreeSet<String>)>,
    pub owners: BTreeMap<String, Group>,
    pub tiers: BTreeMap<String, Group>,
    pub tags: BTreeMap<String, Group>,
    /// Owners, tiers and tags that are not listed for their number.
    pub more_groups: usize,
    /// By their ends: those that are over longest first.
    pub waivers: BTreeSet<OrgWaiver>,
    pub active_waivers: usize,
    pub expired_waivers: usize,
    pub invalid_waivers: usize,
    /// Values in files that hold a level down, and those to review.
    pub capping_findings: usize,
    pub review_findings: usize,
    /// Versions of the model, with how many reports have each and one of them.
    pub models: BTreeMap<String, (usize, String)>,
    pub failures: BTreeSet<Failure>,
    pub failure_count: usize,
    /// Reports with the content of another one: they count all the same.
    pub duplicates: usize,
    /// The oldest and the newest date of the reports.
    pub dates: Option<(String, String)>,
    pub links: Links,
    most_rows: usize,
    seen: BTreeSet<u128>,
}

impl Org {
    /// Nothing merged yet; of rated repositories the `most_rows` lowest are listed.
    #[must_use]
    pub fn new(as_of: Date, most_rows: usize) -> Self {
        Self {
            as_of,
            reports: 0,
            rated: 0,
            levels: [0; 6],
            levels_without_waivers: [0; 6],
            domains: [([0; 6], 0); 6],
            rows: BTreeSet::new(),
            more_rows: 0,
            not_rated: BTreeSet::new(),
            not_rated_count: 0,
            not_rated_kinds: BTreeMap::new(),
            blockers: CRITERIA.iter().map(|criterion| (criterion.id, Blocker::default())).collect(),
            caps: BTreeMap::new(),
            owners: BTreeMap::new(),
            tiers: BTreeMap::new(),
            tags: BTreeMap::new(),
            more_groups: 0,
            waivers: BTreeSet::new(),
            active_waivers: 0,
            expired_waivers: 0,
            invalid_waivers: 0,
            capping_findings: 0,
            review_findings: 0,
            models: BTreeMap::new(),
            failures: BTreeSet::new(),
            failure_count: 0,
            duplicates: 0,
            dates: None,
            links: Links::default(),
            most_rows: most_rows.max(1),
            seen: BTreeSet::new(),
        }
    }

    /// Notes a report that cannot be read.
    pub fn fail(&mut self, file: &str, why: String) {
        self.failure_count += 1;
        bounded(&mut self.failures, Failure { file: file.to_owned(), why }, FAILURES);
    }

    /// Merges a report. The order of reports does not matter, but for which of two equal ones is named.
    pub fn add(&mut self, file: &str, brief: Brief) {
        if self.seen.contains(&brief.digest) {
            self.duplicates += 1;
        } else if self.seen.len() < SEEN {
            self.seen.insert(brief.digest);
        }
        self.reports += 1;
        self.models.entry(brief.model.clone()).or_insert_with(|| (0, file.to_owned())).0 += 1;
        if !brief.as_of.is_empty() {
            let (first, last) = self.dates.get_or_insert_with(|| (brief.as_of.clone(), brief.as_of.clone()));
            if brief.as_of < *first {
                first.clone_from(&brief.as_of);
            }
            if brief.as_of > *last {
                last.clone_from(&brief.as_of);
            }
        }
        self.links.add(&brief);
        self.waivers(&brief);
        self.capping_findings += brief.capping;
        self.review_findings += brief.review;
        for (domain, level) in self.domains.iter_mut().zip(brief.domains) {
            match level {
                Some(level) => domain.0[usize::from(level.min(5))] += 1,
                None => domain.1 += 1,
            }
        }
        for (groups, names) in [
            (&mut self.owners, brief.owner.iter().collect::<Vec<_>>()),
            (&mut self.tiers, brief.tier.iter().collect()),
            (&mut self.tags, brief.tags.iter().collect()),
        ] {
            for name in names {
                if groups.len() >= GROUPS && !groups.contains_key(name) {
                    self.more_groups += 1;
                    continue;
                }
                groups.entry(name.clone()).or_default().add(&brief);
            }
        }
        let row = Row {
            level: brief.level,
            name: brief.name.clone(),
            file: file.to_owned(),
            level_without_waivers: brief.level_without_waivers,
            domains: brief.domains,
            kind: brief.kind.clone(),
            owner: brief.owner.clone(),
            tier: brief.tier.clone(),
            commit: brief.commit.clone(),
            as_of: brief.as_of.clone(),
            reason: brief.reason.clone(),
        };
        match brief.level {
            Some(level) => self.rate(level, row, &brief),
            None => {
                self.not_rated_count += 1;
                let kinds = self.not_rated_kinds.len();
                if kinds < 32 || self.not_rated_kinds.contains_key(&brief.kind) {
                    *self.not_rated_kinds.entry(brief.kind).or_default() += 1;
                }
                bounded(&mut self.not_rated, row, NOT_RATED);
            }
        }
    }

    fn rate(&mut self, level: u8, row: Row, brief: &Brief) {
        self.rated += 1;
        self.levels[usize::from(level.min(5))] += 1;
        let without = brief.level_without_waivers.unwrap_or(level);
        self.levels_without_waivers[usize::from(without.min(5))] += 1;
        for ((id, blocker), status) in self.blockers.iter_mut().zip(&brief.statuses) {
            let Some(status) = status else { continue };
            blocker.applies += usize::from(*status != Status::NotApplicable);
            match status {
                Status::NotMet | Status::Partial | Status::Error => {
                    blocker.fail += 1;
                    bounded(&mut blocker.repositories, brief.name.clone(), NAMES);
                }
                Status::Unknown => blocker.unknown += 1,
                Status::Waived | Status::Attested => blocker.excused += 1,
                Status::Met | Status::NotApplicable => {}
            }
            let open = matches!(status, Status::NotMet | Status::Partial | Status::Error | Status::Unknown);
            let next = super::criteria::criterion(id).is_some_and(|criterion| criterion.spine && criterion.level == level + 1);
            blocker.blocks += usize::from(open && next);
        }
        for cap in &brief.caps {
            if self.caps.len() < 64 || self.caps.contains_key(cap) {
                let (count, names) = self.caps.entry(cap.clone()).or_default();
                *count += 1;
                bounded(names, brief.name.clone(), NAMES);
            }
        }
        bounded(&mut self.rows, row, self.most_rows);
        self.more_rows = self.rated - self.rows.len();
    }

    fn waivers(&mut self, brief: &Brief) {
        self.invalid_waivers += brief.invalid_waivers;
        let today = self.as_of.to_string();
        for ending in &brief.waivers {
            // what was active then may be over by now
            let over = ending.expires < today;
            *(if over { &mut self.expired_waivers } else { &mut self.active_waivers }) += 1;
            let waiver = OrgWaiver {
                expires: ending.expires.clone(),
                repository: brief.name.clone(),
                id: ending.id.clone(),
                owner: ending.owner.clone(),
                criteria: ending.criteria.clone(),
                over,
            };
            bounded(&mut self.waivers, waiver, WAIVERS);
        }
    }

    /// The criteria that fail somewhere: those first that most repositories need for their next level, then those that most fail.
    #[must_use]
    pub fn commonest(&self) -> Vec<(&'static str, &Blocker)> {
        let mut out: Vec<(&'static str, &Blocker)> =
            self.blockers.iter().filter(|(_, blocker)| blocker.fail + blocker.blocks > 0).map(|(id, blocker)| (*id, blocker)).collect();
        out.sort_by(|(a, x), (b, y)| (y.blocks, y.fail, a).cmp(&(x.blocks, x.fail, b)));
        out
    }

    /// The least level of the rated repositories.
    #[must_use]
    pub fn least(&self) -> Option<u8> {
        self.levels.iter().position(|count| *count > 0).and_then(|at| u8::try_from(at).ok())
    }

    /// How many rated repositories are below a level.
    #[must_use]
    pub fn below(&self, level: u8) -> usize {
        self.levels.iter().take(usize::from(level)).sum()
    }
}

impl Group {
    fn add(&mut self, brief: &Brief) {
        self.repositories += 1;
        let Some(level) = brief.level else { return };
        self.rated += 1;
        self.levels[usize::from(level.min(5))] += 1;
        if self.level.is_none_or(|least| level < least) {
            self.level = Some(level);
            self.lowest.clear();
        }
        if self.level == Some(level) {
            bounded(&mut self.lowest, brief.name.clone(), NAMES);
        }
    }
}

/// Adds to a sorted list that keeps its first `most` items.
fn bounded<T: Ord>(list: &mut BTreeSet<T>, item: T, most: usize) {
    list.insert(item);
    if list.len() > most {
        list.pop_last();
    }
}

/// The domains' names, as the columns of heat maps have them.
#[must_use]
pub fn columns() -> [&'static str; 6] {
    Domain::ALL.map(Domain::as_str)
}
