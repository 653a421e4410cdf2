//! Observations → what holds for each criterion in a scope.

use std::collections::{BTreeMap, BTreeSet};

use super::criteria::{Criterion, Empty, Part};
use super::fact::Fact;
use super::observe::{Observation, Reach, Spot, Subject};
use super::parts::Failure;
use super::status::{Reason, Status, Strength};
use super::waivers::{SCOPE, Waiver};

/// Whether a piece of evidence speaks for or against.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Polarity {
    Contrary,
    Positive,
    Unknown,
}

impl Polarity {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Contrary => "contrary",
            Self::Positive => "positive",
            Self::Unknown => "unknown",
        }
    }
}

/// An observation as a criterion sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Evidence {
    pub polarity: Polarity,
    pub observation: Observation,
    /// Why it is open, for [`Polarity::Unknown`].
    pub reason: Option<Reason>,
    pub fingerprint: String,
    /// The waiver that takes its subject out.
    pub waived_by: Option<String>,
}

impl Evidence {
    /// Whether it says what another says: see [`Observation::is_again`].
    fn is_again(&self, other: &Self) -> bool {
        (self.polarity, &self.waived_by) == (other.polarity, &other.waived_by) && self.observation.is_again(&other.observation)
    }
}

/// What owners say of subjects. Both kinds have one shape: `.ztctl/waivers.yaml` and `.ztctl/attestations.yaml`.
#[derive(Clone, Copy, Default, Debug)]
pub struct Exempt<'a> {
    /// They take subjects that fail out of a criterion.
    pub waivers: &'a [Waiver],
    /// They stand in for what is not visible here; never for evidence to the contrary, and never for level 5.
    pub attestations: &'a [Waiver],
    /// Whether attestations count (`--accept-attestations`).
    pub accept: bool,
}

/// How the subjects of a criterion stand.
#[derive(Clone, Default, Debug)]
pub struct Subjects {
    pub met: BTreeSet<Subject>,
    pub failing: BTreeSet<Subject>,
    pub waived: BTreeSet<Subject>,
    pub unknown: BTreeMap<Subject, Reason>,
    /// Open or missing, and an owner states that it holds.
    pub attested: BTreeSet<Subject>,
    /// What is missing altogether, with the scope it is missing in.
    pub missing: BTreeSet<(&'static str, String)>,
}

/// A criterion's result in one scope, or over several.
#[derive(Clone, Debug)]
pub struct Verdict {
    pub criterion: &'static Criterion,
    pub status: Status,
    pub subjects: Subjects,
    pub strength: Strength,
    /// Why it is unknown.
    pub reason: Option<Reason>,
    /// Whether statements of owners count.
    pub accepted: bool,
    /// Sorted: contrary, positive, unknown; then by place.
    pub evidence: Vec<Evidence>,
}

impl Verdict {
    /// `(met, of)`: subjects about which the fact is stated.
    #[must_use]
    pub fn coverage(&self) -> (usize, usize) {
        let met = self.subjects.met.len();
        (met, met + self.subjects.failing.len() + self.subjects.missing.len())
    }

    /// Whether it lets a level be claimed: a statement of the owner does where such count, but never at level 5.
    #[must_use]
    pub fn is_satisfied(&self) -> bool {
        self.status.is_satisfied() || (self.status == Status::Attested && self.accepted && self.criterion.level < 5)
    }

    /// How much of it is done, in hundredths; `None` where it does not apply.
    #[must_use]
    pub fn credit(&self) -> Option<u32> {
        let (met, of) = self.coverage();
        match self.status {
            Status::Met | Status::Waived => Some(100),
            Status::Attested => Some(if self.is_satisfied() { 100 } else { 0 }),
            Status::Partial => Some(u32::try_from(met * 100 / of.max(1)).unwrap_or(0)),
            Status::NotApplicable => None,
            Status::NotMet | Status::Unknown | Status::Error => Some(0),
        }
    }

    /// The verdict where a part that its criterion rests on failed: what was observed stays as evidence, and decides nothing.
    #[must_use]
    pub fn or_failed(self, failures: &[Failure]) -> Self {
        let rests = |failure: &Failure| failure.facts.iter().any(|fact| self.criterion.concerns(*fact));
        if !failures.iter().any(rests) {
            return self;
        }
        Self { status: Status::Error, strength: Strength::UNKNOWN, reason: None, ..self }
    }

    /// The verdict if no waiver counted.
    #[must_use]
    pub fn without_waivers(&self) -> Self {
        if self.subjects.waived.is_empty() {
            return self.clone();
        }
        let mut out = self.clone();
        for subject in std::mem::take(&mut out.subjects.waived) {
            // what is missing in a scope has no evidence of its own
            let own = self.evidence.iter().filter(|item| item.observation.subject == subject).min_by_key(|item| item.polarity);
            match own {
                Some(item) if item.polarity == Polarity::Unknown => {
                    out.subjects.unknown.insert(subject, item.reason.unwrap_or(Reason::ManualReview));
                }
                _ => drop(out.subjects.failing.insert(subject)),
            }
        }
        (out.status, out.reason) = status(self.criterion, &out.subjects, true);
        out
    }

    /// Whether a subject that no waiver took out is met: what the rating floor rests on.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.status.claims() && !self.subjects.met.is_empty()
    }
}

/// Judges `criterion` in a scope by the observations that speak for the scope. `missing` says whether what is not observed is
/// missing; it is not where nothing is deployed.
#[must_use]
pub fn evaluate(criterion: &'static Criterion, scope: &str, observations: &[&Observation], exempt: &Exempt<'_>, missing: bool) -> Verdict {
    let mut evidence: Vec<Evidence> = observations.iter().filter_map(|observation| sight(criterion, observation, exempt.waivers)).collect();
    evidence.sort_by(|a, b| order(a).cmp(&order(b)));
    evidence.dedup_by(|a, b| a.is_again(b));
    let mut subjects = Subjects::default();
    let mut strengths: BTreeMap<&Subject, (Polarity, Strength)> = BTreeMap::new();
    for item in &evidence {
        let subject = &item.observation.subject;
        let entry = strengths.entry(subject).or_insert((item.polarity, item.observation.strength));
        if entry.0 == item.polarity {
            entry.1 = entry.1.max(item.observation.strength);
        }
        if item.waived_by.is_some() {
            subjects.waived.insert(subject.clone());
        }
    }
    // what is open is not settled by subjects that the question does not touch
    let settles = |item: &Evidence| item.polarity == Polarity::Positive && !criterion.beside.contains(&item.observation.fact);
    let leaves = !criterion.beside.is_empty()
        && evidence.iter().any(|item| item.polarity == Polarity::Unknown && item.waived_by.is_none())
        && !evidence.iter().any(|item| settles(item) || item.polarity == Polarity::Contrary);
    let mut strength = Strength(100);
    for (subject, (polarity, by)) in strengths.iter().filter(|(_, (polarity, _))| !(leaves && *polarity == Polarity::Positive)) {
        // what is waived leaves the criterion, unless it is met anyway
        if *polarity != Polarity::Positive && subjects.waived.contains(subject) {
            continue;
        }
        match polarity {
            Polarity::Contrary => drop(subjects.failing.insert((*subject).clone())),
            Polarity::Positive => {
                subjects.met.insert((*subject).clone());
                subjects.waived.remove(subject);
            }
            Polarity::Unknown if attested(criterion, &evidence, subject, exempt.attestations) => {
                subjects.attested.insert((*subject).clone());
                continue;
            }
            Polarity::Unknown => {
                let reason = evidence.iter().find(|item| &item.observation.subject == *subject).and_then(|item| item.reason);
                subjects.unknown.insert((*subject).clone(), reason.unwrap_or(Reason::ManualReview));
                continue;
            }
        }
        strength = strength.min(*by);
    }
    let halved = !missing && !subjects.met.is_empty();
    let observed = |facts: &[Fact]| observations.iter().any(|observation| facts.contains(&observation.fact));
    let concerned = criterion.among.is_empty() || observed(criterion.among);
    let mut stated = false;
    if missing && concerned {
        for part in criterion.parts.iter().filter(|part| !observed(part.facts)) {
            let whole = of_scope(scope, part);
            let covered = |list: &[Waiver]| list.iter().any(|one| one.covers(criterion.id, &whole, ""));
            if covered(exempt.waivers) {
                subjects.waived.insert(whole.subject);
            } else if covered(exempt.attestations) {
                stated |= subjects.attested.insert(whole.subject);
            } else {
                subjects.missing.insert((part.name, scope.to_owned()));
                strength = strength.min(Strength::WEAK);
            }
        }
    }
    if missing && criterion.parts.is_empty() && evidence.is_empty() && matches!(criterion.empty, Empty::Unknown(_)) {
        let whole = of_scope(scope, &Part { name: "", facts: criterion.yes });
        if exempt.attestations.iter().any(|one| one.covers(criterion.id, &whole, "")) {
            subjects.attested.insert(whole.subject);
        }
    }
    let (mut status, mut reason) = status(criterion, &subjects, missing);
    // what is deployed from here lies elsewhere, and so may the part that is not seen
    if halved && status == Status::Met && criterion.parts.iter().any(|part| !observed(part.facts)) {
        (status, reason) = (Status::Unknown, Some(Reason::NeedsOtherRepo));
    }
    // a part that only a template could show is as open as the template
    let templated = |part: &Part| {
        let mut own = observations.iter().filter(|observation| part.facts.contains(&observation.fact)).peekable();
        own.peek().is_some() && own.all(|observation| observation.open)
    };
    if status == Status::Met && criterion.parts.iter().any(templated) {
        (status, reason) = (Status::Unknown, Some(Reason::UnrenderedTemplate));
    }
    // what rests on a statement alone is as weak as the statement
    let rests = !subjects.attested.is_empty() && (stated || subjects.met.is_empty());
    if rests && matches!(status, Status::Met | Status::Waived | Status::NotApplicable | Status::Unknown) && subjects.unknown.is_empty() {
        (status, reason) = (Status::Attested, None);
    }
    if status == Status::Unknown || strength == Strength(100) {
        strength = Strength::UNKNOWN;
    }
    Verdict { criterion, status, subjects, strength, reason, accepted: exempt.accept, evidence }
}

/// A scope as a subject, of a part that is missing in it.
pub(super) fn of_scope(scope: &str, part: &Part) -> Observation {
    let namespace = scope.split_once('/').map_or("", |(_, namespace)| namespace);
    Observation {
        fact: part.facts.first().copied().unwrap_or(Fact::FilesScanned),
        subject: Subject::new(namespace, SCOPE, scope),
        reach: Reach::everywhere(),
        strength: Strength::WEAK,
        spot: None,
        also: Vec::new(),
        detail: part.name.to_owned(),
        stands: false,
        vault: false,
        open: false,
        patch: String::new(),
        print: String::new(),
    }
}

/// Whether an owner states what is open about a subject.
fn attested(criterion: &Criterion, evidence: &[Evidence], subject: &Subject, attestations: &[Waiver]) -> bool {
    let mut own = evidence.iter().filter(|item| item.observation.subject == *subject);
    own.any(|item| attestations.iter().any(|one| one.covers(criterion.id, &item.observation, &item.fingerprint)))
}

/// The status that subjects give.
fn status(criterion: &Criterion, subjects: &Subjects, missing: bool) -> (Status, Option<Reason>) {
    let (met, failing) = (subjects.met.len(), subjects.failing.len() + subjects.missing.len());
    let status = match (met, failing) {
        (0, 0) if !subjects.waived.is_empty() => Status::Waived,
        (0, 0) => {
            let mut reasons: BTreeMap<Reason, usize> = BTreeMap::new();
            subjects.unknown.values().for_each(|reason| *reasons.entry(*reason).or_default() += 1);
            return match (reasons.into_iter().max_by_key(|(reason, count)| (*count, std::cmp::Reverse(*reason))), criterion.empty) {
                (Some((reason, _)), _) => (Status::Unknown, Some(reason)),
                (None, Empty::Unknown(reason)) if missing => (Status::Unknown, Some(reason)),
                (None, _) => (Status::NotApplicable, None),
            };
        }
        (_, 0) if !subjects.waived.is_empty() => Status::Waived,
        (_, 0) => Status::Met,
        (0, _) => Status::NotMet,
        _ => Status::Partial,
    };
    (status, None)
}

/// The observation as the criterion sees it, if it is about one of its facts.
fn sight(criterion: &Criterion, observation: &Observation, waivers: &[Waiver]) -> Option<Evidence> {
    let open = criterion.open.iter().find(|(fact, _)| *fact == observation.fact).map(|(_, reason)| *reason);
    let templated = observation.open && criterion.concerns(observation.fact);
    let open = if templated { Some(Reason::UnrenderedTemplate) } else { open };
    let polarity = if templated {
        Polarity::Unknown
    } else if criterion.no.contains(&observation.fact) {
        Polarity::Contrary
    } else if criterion.yes.contains(&observation.fact) {
        Polarity::Positive
    } else if open.is_some() {
        Polarity::Unknown
    } else {
        return None;
    };
    let fingerprint = observation.print.clone();
    let waived_by = if polarity == Polarity::Positive {
        None
    } else {
        waivers.iter().find(|waiver| waiver.covers(criterion.id, observation, &fingerprint)).map(|waiver| waiver.id.clone())
    };
    Some(Evidence { polarity, observation: observation.clone(), reason: open, fingerprint, waived_by })
}

fn order(evidence: &Evidence) -> (Polarity, &Subject, Option<&Spot>, Fact, &str, std::cmp::Reverse<Strength>) {
    let observation = &evidence.observation;
    let strongest = std::cmp::Reverse(observation.strength);
    (evidence.polarity, &observation.subject, observation.spot.as_ref(), observation.fact, &observation.detail, strongest)
}

/// The verdicts of one criterion in several scopes as one: a subject fails if it fails in any of them.
#[must_use]
pub fn combine(verdicts: &[&Verdict]) -> Option<Verdict> {
    let criterion = verdicts.first()?.criterion;
    let mut subjects = Subjects::default();
    let mut evidence = Vec::new();
    let mut strength = Strength(100);
    for verdict in verdicts {
        subjects.failing.extend(verdict.subjects.failing.iter().cloned());
        subjects.met.extend(verdict.subjects.met.iter().cloned());
        subjects.waived.extend(verdict.subjects.waived.iter().cloned());
        subjects.attested.extend(verdict.subjects.attested.iter().cloned());
        subjects.unknown.extend(verdict.subjects.unknown.iter().map(|(subject, reason)| (subject.clone(), *reason)));
        subjects.missing.extend(verdict.subjects.missing.iter().cloned());
        evidence.extend(verdict.evidence.iter().cloned());
        if verdict.status != Status::NotApplicable {
            strength = strength.min(verdict.strength);
        }
    }
    subjects.met.retain(|subject| !subjects.failing.contains(subject));
    evidence.sort_by(|a, b| order(a).cmp(&order(b)));
    evidence.dedup_by(|a, b| a.is_again(b));
    // each scope decides by itself; together the worst one does
    let all = |status: Status| verdicts.iter().all(|verdict| verdict.status == status);
    let any = |status: Status| verdicts.iter().any(|verdict| verdict.status == status);
    let credit = |verdict: &Verdict| matches!(verdict.status, Status::Met | Status::Waived | Status::Attested | Status::Partial);
    let status = if any(Status::Error) {
        Status::Error
    } else if all(Status::NotApplicable) {
        Status::NotApplicable
    } else if any(Status::NotMet) || any(Status::Partial) {
        if verdicts.iter().any(|verdict| credit(verdict)) && !subjects.met.is_empty() { Status::Partial } else { Status::NotMet }
    } else if any(Status::Unknown) {
        Status::Unknown
    } else if any(Status::Attested) {
        Status::Attested
    } else if any(Status::Waived) {
        Status::Waived
    } else {
        Status::Met
    };
    let accepted = verdicts.iter().all(|verdict| verdict.accepted);
    let reason = if status == Status::Unknown { verdicts.iter().find_map(|verdict| verdict.reason) } else { None };
    Some(Verdict { criterion, status, subjects, strength: strength.min(Strength(95)), reason, accepted, evidence })
}
