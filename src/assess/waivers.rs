//! `.ztctl/waivers.yaml`: subjects that a criterion does not count, for a while, by someone's name.

pub(super) mod read;

use std::collections::BTreeSet;
use std::sync::Arc;

use globset::GlobMatcher;

use super::FindingFact;
use super::fact::Fact;
use super::inventory::Finding;
use super::observe::{Observation, Spot};
use super::snapshot::absent_fingerprint;
use crate::diag::Date;
use crate::text::{Anchor, SourceId, SourceMap};

/// The kind of a subject that stands for a whole scope.
pub(super) const SCOPE: &str = "Scope";

/// The longest time from the run to a waiver's end.
pub const MAX_DAYS: i64 = 365;

/// One entry of the file.
#[derive(Clone, Debug)]
pub struct Waiver {
    pub id: String,
    pub criteria: Vec<String>,
    /// Facts, rules or fingerprints.
    pub findings: Vec<String>,
    pub reason: String,
    pub owner: String,
    pub approved_by: Option<String>,
    pub expires: Option<Date>,
    pub spot: Spot,
    /// Why it covers nothing, where that is known.
    pub note: Option<String>,
    matches: Vec<(Field, GlobMatcher)>,
    /// The folder that its paths are relative to, empty or with `/` at its end.
    base: String,
    /// Where the rules that `findings` names found something.
    places: BTreeSet<(String, u32)>,
    /// What a baseline accepts, by fingerprint: then nothing else decides.
    accepted: Option<Arc<BTreeSet<String>>>,
    /// Also credentials in a provider's format (`--allow-secret-waivers`).
    secrets: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Field {
    Path,
    Kind,
    Namespace,
    Name,
    Finding,
}

/// A mistake in a waiver, which does not count then.
#[derive(Clone, Debug)]
pub struct Rejected {
    /// Empty where the entry has none, or the whole file is wrong.
    pub id: String,
    pub reason: String,
    /// Where the mistake is.
    pub spot: Spot,
    /// The line that the entry begins at: one entry may hold several mistakes.
    pub entry: u32,
    /// There is no end, so that it would hold for ever.
    pub endless: bool,
}

/// The waivers of a run.
#[derive(Clone, Default, Debug)]
pub struct Waivers {
    pub active: Vec<Waiver>,
    pub expired: Vec<Waiver>,
    pub invalid: Vec<Rejected>,
}

impl Waivers {
    /// Reads the waivers of the files `files`; what is wrong with one is told in `invalid`. `rules` are the rules that a waiver may
    /// name.
    #[must_use]
    pub fn read(sources: &SourceMap, files: &[SourceId], as_of: Date, rules: &[&str]) -> Self {
        let sheet = read::Sheet { list: "waivers", of: "a waiver", rules, needs_match: true, statement: false };
        let read = read::entries(sources, files, as_of, &sheet);
        let mut this = Self { invalid: read.rejected, ..Self::default() };
        for entry in read.entries {
            let is_over = entry.waiver.expires.is_some_and(|date| date < as_of);
            if is_over { this.expired.push(entry.waiver) } else { this.active.push(entry.waiver) }
        }
        this
    }

    /// Lets waivers that name rules cover what these rules found, and all of them cover credentials in a provider's format where
    /// `secrets` says so.
    pub(super) fn resolve(&mut self, checks: &[FindingFact], values: &[Finding], secrets: bool) {
        for waiver in &mut self.active {
            waiver.secrets = secrets;
            let named = |rule: &str| waiver.findings.iter().any(|name| name == rule);
            let spots = checks.iter().filter(|finding| named(&finding.rule)).map(|finding| &finding.spot);
            let values = values.iter().filter(|finding| named(finding.rule)).map(|finding| &finding.spot);
            waiver.places = spots.chain(values).map(|spot| (spot.path.clone(), spot.line)).collect();
        }
    }

    /// Adds what a baseline accepts.
    pub(super) fn accept(&mut self, accepted: &BTreeSet<String>) {
        let nowhere = Spot { path: String::new(), line: 0, column: 0, end_line: 0 };
        self.active.push(Waiver { accepted: Some(Arc::new(accepted.clone())), ..Waiver::bare("baseline".to_owned(), nowhere) });
    }
}

impl Waiver {
    /// One that covers nothing by itself.
    fn bare(id: String, spot: Spot) -> Self {
        Self {
            id,
            criteria: Vec::new(),
            findings: Vec::new(),
            reason: String::new(),
            owner: String::new(),
            approved_by: None,
            expires: None,
            spot,
            note: None,
            matches: Vec::new(),
            base: String::new(),
            places: BTreeSet::new(),
            accepted: None,
            secrets: false,
        }
    }

    /// The waiver that a mark beside a secret is.
    #[must_use]
    pub fn of_mark(finding: &Finding, anchor: &Anchor) -> Option<Self> {
        let (mark, fact) = (finding.allowed?, finding.fact()?);
        Some(Self {
            findings: vec![anchored(anchor, fact, &finding.spot.path, &finding.subject.to_string())],
            reason: "a mark in the file".to_owned(),
            ..Self::bare(format!("`{mark}` at {}:{}", finding.spot.path, finding.spot.line), finding.spot.clone())
        })
    }

    /// Whether it takes the subject of `observation` out of `criterion`.
    #[must_use]
    pub fn covers(&self, criterion: &str, observation: &Observation, fingerprint: &str) -> bool {
        (self.secrets || !observation.stands) && self.would_cover(criterion, observation, fingerprint)
    }

    /// As [`Waiver::covers`], for credentials in a provider's format too.
    #[must_use]
    pub fn would_cover(&self, criterion: &str, observation: &Observation, fingerprint: &str) -> bool {
        let subject = &observation.subject;
        // something is missing in a scope: the scope is the subject
        let absent = subject.kind == SCOPE;
        let own = if absent { absent_fingerprint(&observation.detail, &subject.name) } else { String::new() };
        let fingerprint = if absent { &own } else { fingerprint };
        if let Some(accepted) = &self.accepted {
            return accepted.contains(fingerprint);
        }
        let spot = observation.spot.as_ref();
        let Some(path) = spot.map_or(Some(""), |spot| self.inside(&spot.path)) else { return false };
        let paths = || observation.places().flatten().filter_map(|spot| self.inside(&spot.path));
        // a fingerprint may have been taken from the folder that the file lies in
        let from_there = || fingerprint_of(observation, path);
        let is_print = |name: &str| name == fingerprint || (!self.base.is_empty() && name == from_there());
        let found = || observation.places().flatten().any(|spot| self.places.contains(&(spot.path.clone(), spot.line)));
        let fact = if absent { "absent" } else { observation.fact.as_str() };
        let finding = |name: &str| name == fact || is_print(name);
        let named = self.criteria.iter().any(|id| id == criterion) || self.findings.iter().any(|name| finding(name)) || found();
        let environment = || subject.name.split('/').next().unwrap_or_default();
        named
            && self.matches.iter().all(|(field, glob)| match field {
                Field::Path => paths().any(|path| glob.is_match(path)),
                Field::Kind => glob.is_match(&subject.kind) || (absent && glob.is_match("Namespace")),
                Field::Namespace => glob.is_match(&subject.namespace) || (subject.kind == "Namespace" && glob.is_match(&subject.name)),
                Field::Name if absent => glob.is_match(&subject.name) || glob.is_match(&subject.namespace) || glob.is_match(environment()),
                Field::Name => glob.is_match(&subject.name),
                Field::Finding => glob.is_match(fact) || glob.is_match(fingerprint),
            })
    }

    /// Whether it covers a value that is to be reviewed: by its rule, its fingerprint, or as a subject of `L1.SEC.1`.
    #[must_use]
    pub fn covers_value(&self, finding: &Finding) -> bool {
        let id = finding.id.clone();
        if let Some(accepted) = &self.accepted {
            return accepted.contains(&id);
        }
        let Some(path) = self.inside(&finding.spot.path) else { return false };
        let subject = &finding.subject;
        let by_name = self.findings.iter().any(|name| name == finding.rule || *name == id || name == "secret_to_review");
        let found = self.places.contains(&(finding.spot.path.clone(), finding.spot.line));
        (by_name || found || self.criteria.iter().any(|id| id == "L1.SEC.1"))
            && self.matches.iter().all(|(field, glob)| match field {
                Field::Path => glob.is_match(path),
                Field::Kind => glob.is_match(&subject.kind),
                Field::Namespace => glob.is_match(&subject.namespace),
                Field::Name => glob.is_match(&subject.name),
                Field::Finding => glob.is_match(finding.rule) || glob.is_match(&id),
            })
    }

    /// The path below the folder that the waiver is of; `None` outside of it.
    fn inside<'p>(&self, path: &'p str) -> Option<&'p str> {
        path.strip_prefix(self.base.as_str())
    }
}

fn fingerprint_of(observation: &Observation, path: &str) -> String {
    fingerprint(observation.fact, path, &observation.subject.to_string())
}

/// Names a piece of evidence across runs: by its fact, file and subject, not by its line or any value.
#[must_use]
pub fn fingerprint(fact: Fact, path: &str, subject: &str) -> String {
    print_of([fact.as_str(), path, subject])
}

/// The [`fingerprint`] with the file named from its project's folder; the subject may be the file.
#[must_use]
pub fn anchored(anchor: &Anchor, fact: Fact, path: &str, subject: &str) -> String {
    let name = anchor.name(path);
    if name == path { fingerprint(fact, path, subject) } else { fingerprint(fact, &name, &subject.replace(path, &name)) }
}

/// The fingerprint of three fields.
pub(super) fn print_of(fields: [&str; 3]) -> String {
    // FNV-1a, 128 bits, as findings have it; a field's length goes first
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for field in fields {
        let length = (field.len() as u64).to_be_bytes();
        for byte in length.iter().chain(field.as_bytes()) {
            hash = (hash ^ u128::from(*byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b);
        }
    }
    format!("{hash:032x}")
}
