//! What an id means that a reader asks about, and who took what out of a criterion.

use super::criteria::{CRITERIA, Criterion, disqualifiers};
use super::evaluate::{Verdict, combine};
use super::frameworks::{Control, Framework, controls};
use super::observe::Subject;
use super::result::Assessment;
use super::status::{Domain, Status};
use super::waivers::Waiver;
use crate::diag::suggest::{list, nearest};

/// What is asked about.
#[derive(Clone, Debug)]
pub enum Topic<'a> {
    Criterion(&'static Criterion),
    /// The id of a disqualifier: `DQ.SEC.1`.
    Disqualifier(&'static str),
    Domain(Domain),
    Waiver(&'a Waiver, Standing),
    /// Controls of frameworks, which may share an id.
    Controls(Vec<(&'static Framework, &'static Control)>),
}

/// How a waiver stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Standing {
    /// It takes at least one subject out.
    Active,
    Expired,
    /// It covers nothing.
    Unmatched,
}

impl Standing {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Unmatched => "unmatched",
        }
    }
}

impl Assessment {
    /// What an id means, whatever the case of its letters: a criterion, a disqualifier, a domain or its three letters, a waiver of the
    /// repository, a control of a framework.
    #[must_use]
    pub fn topic(&self, id: &str) -> Option<Topic<'_>> {
        let is = |own: &str| own.eq_ignore_ascii_case(id);
        if let Some(criterion) = CRITERIA.iter().find(|one| is(one.id)) {
            return Some(Topic::Criterion(criterion));
        }
        if let Some(own) = disqualifiers().find(|own| is(own)) {
            return Some(Topic::Disqualifier(own));
        }
        if let Some(domain) = Domain::ALL.into_iter().find(|domain| is(domain.as_str()) || is(letters(*domain))) {
            return Some(Topic::Domain(domain));
        }
        if let Some((waiver, standing)) = self.all_waivers().find(|(waiver, _)| waiver.id == id) {
            return Some(Topic::Waiver(waiver, standing));
        }
        let found = controls(id);
        (!found.is_empty()).then_some(Topic::Controls(found))
    }

    /// What may be meant by an id that means nothing: those that begin with it, else the nearest; in backticks. Empty where none is near.
    #[must_use]
    pub fn similar(&self, id: &str) -> String {
        let fixed = CRITERIA.iter().map(|one| one.id).chain(disqualifiers()).chain(Domain::ALL.iter().map(|domain| domain.as_str()));
        let mut all: Vec<&str> = fixed.collect();
        all.extend(self.all_waivers().map(|(waiver, _)| waiver.id.as_str()));
        all.dedup();
        let wanted = id.to_ascii_lowercase();
        let begins = |own: &&&str| wanted.len() > 1 && own.to_ascii_lowercase().starts_with(&wanted);
        let longer: Vec<&str> = all.iter().filter(begins).copied().take(8).collect();
        if longer.is_empty() { nearest(id, all.iter().copied()).map_or_else(String::new, |near| list(&[near])) } else { list(&longer) }
    }

    /// Every waiver that could be read, with how it stands: those of the file, then marks beside values.
    pub fn all_waivers(&self) -> impl Iterator<Item = (&Waiver, Standing)> {
        let own = &self.waivers;
        [(&own.active, Standing::Active), (&own.expired, Standing::Expired), (&own.unmatched, Standing::Unmatched)]
            .into_iter()
            .flat_map(|(waivers, standing)| waivers.iter().map(move |waiver| (waiver, standing)))
            .filter(|(waiver, _)| !waiver.owner.is_empty() || !waiver.reason.is_empty())
    }

    /// The waivers that are about a criterion: those that name it, and those that take a subject out of it.
    #[must_use]
    pub fn waivers_of(&self, criterion: &str) -> Vec<(&Waiver, Standing)> {
        let about =
            |waiver: &Waiver| waiver.criteria.iter().any(|id| id == criterion) || !self.taken_out(waiver, Some(criterion)).is_empty();
        self.all_waivers().filter(|(waiver, _)| about(waiver)).collect()
    }

    /// What a waiver takes out: criterion, scope, subject; of one criterion, or of all.
    #[must_use]
    pub fn taken_out(&self, waiver: &Waiver, criterion: Option<&str>) -> Vec<(&'static str, String, Subject)> {
        let mut out = Vec::new();
        for scope in &self.scopes {
            for verdict in scope.verdicts.iter().filter(|verdict| criterion.is_none_or(|id| id == verdict.criterion.id)) {
                for subject in verdict.subjects.waived.iter().filter(|subject| takes(waiver, verdict, subject)) {
                    out.push((verdict.criterion.id, scope.scope.name(), subject.clone()));
                }
            }
        }
        out
    }

    /// The status of a criterion over the scopes that count if no waiver counted.
    #[must_use]
    pub fn status_without_waivers(&self, criterion: &str) -> Option<Status> {
        let counting = self.scopes.iter().filter(|scope| self.counts(scope));
        let own = counting.filter_map(|scope| scope.verdicts.iter().find(|verdict| verdict.criterion.id == criterion));
        let verdicts: Vec<Verdict> = own.map(Verdict::without_waivers).collect();
        combine(&verdicts.iter().collect::<Vec<_>>()).map(|verdict| verdict.status)
    }
}

/// Whether it is this waiver that takes a subject out of a criterion.
fn takes(waiver: &Waiver, verdict: &Verdict, subject: &Subject) -> bool {
    let mut own = verdict.evidence.iter().filter(|item| &item.observation.subject == subject).peekable();
    if own.peek().is_some() {
        return own.any(|item| item.waived_by.as_deref() == Some(waiver.id.as_str()));
    }
    // something that is missing: the scope is the subject
    let parts = &verdict.criterion.parts;
    parts.iter().any(|part| waiver.covers(verdict.criterion.id, &super::evaluate::of_scope(&subject.name, part), ""))
}

/// The letters of a domain in ids.
fn letters(domain: Domain) -> &'static str {
    match domain {
        Domain::Authentication => "AUT",
        Domain::Authorization => "AUZ",
        Domain::Secrets => "SEC",
        Domain::Encryption => "ENC",
        Domain::Audit => "AUD",
        Domain::Network => "NET",
    }
}
