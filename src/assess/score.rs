//! The arithmetic of levels. Verdicts go in, numbers come out; no weights, no averages across levels.

use std::collections::BTreeSet;

use super::criteria::{DISQUALIFIERS, Disqualifier};
use super::evaluate::Verdict;
use super::observe::Observation;
use super::status::{Domain, Status, Strength};
use super::waivers::Waiver;

/// A disqualifier that holds a scope down, with what triggered it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cap {
    pub disqualifier: &'static str,
    pub title: &'static str,
    /// The highest headline.
    pub headline: u8,
    pub domain: Domain,
    pub domain_level: u8,
    pub evidence: Vec<Observation>,
}

/// The disqualifiers that the observations of a scope trigger; waivers of what one stands for silence it.
#[must_use]
pub fn caps(observations: &[&Observation], waivers: &[Waiver]) -> Vec<Cap> {
    let silenced = |row: &Disqualifier, observation: &Observation| {
        row.stands_for.iter().any(|id| waivers.iter().any(|waiver| waiver.covers(id, observation, &observation.print)))
    };
    let mut out = Vec::new();
    for row in DISQUALIFIERS {
        let mut evidence: Vec<Observation> = observations
            .iter()
            .filter(|observation| !observation.open && row.facts.contains(&observation.fact) && !silenced(row, observation))
            .map(|observation| (*observation).clone())
            .collect();
        if !evidence.is_empty() {
            settle(&mut evidence);
            let Disqualifier { id, title, headline, domain, domain_level, .. } = *row;
            out.push(Cap { disqualifier: id, title, headline, domain, domain_level, evidence });
        }
    }
    out
}

/// Sorts observations of a scope by subject and place; what several renderings of one file show alike is one.
pub(super) fn settle(evidence: &mut Vec<Observation>) {
    evidence.sort_by(|a, b| (&a.subject, &a.spot, a.fact, &a.detail).cmp(&(&b.subject, &b.spot, b.fact, &b.detail)));
    evidence.dedup_by(|a, b| a.is_again(b));
}

/// What is satisfied; without waivers and statements of owners, where `waivers` is false.
fn is_satisfied(verdict: &Verdict, waivers: bool) -> bool {
    verdict.is_satisfied() && (waivers || !matches!(verdict.status, Status::Waived | Status::Attested))
}

/// The highest level whose spine criteria, and those of all levels below it, are satisfied. What has no subject passes through.
#[must_use]
pub fn through(verdicts: &[Verdict], waivers: bool) -> u8 {
    let spine = |level: u8| verdicts.iter().filter(move |verdict| verdict.criterion.spine && verdict.criterion.level == level);
    (1..=5).take_while(|level| spine(*level).all(|verdict| is_satisfied(verdict, waivers))).last().unwrap_or(0)
}

/// The rating floor of scopes that are rated together: the highest level such that it and each level from 2 on has a spine criterion
/// that something shows to be met, in one of the scopes. A scope without credentials claims nothing, and holds nothing down.
#[must_use]
pub fn floor<'v>(scopes: impl Iterator<Item = &'v [Verdict]> + Clone) -> u8 {
    let shown = |level: u8| {
        scopes.clone().flatten().any(|verdict| verdict.criterion.spine && verdict.criterion.level == level && verdict.is_shown())
    };
    (2..=5).take_while(|level| shown(*level)).last().unwrap_or(1)
}

/// The headline of a scope: what is satisfied, up to the rating floor, held down by caps.
#[must_use]
pub fn headline(verdicts: &[Verdict], floor: u8, caps: &[Cap], waivers: bool) -> u8 {
    caps.iter().map(|cap| cap.headline).fold(through(verdicts, waivers).min(floor), u8::min)
}

/// The levels at which a domain has a criterion that is met, in one of the scopes that are rated together.
#[must_use]
pub fn claimed<'v>(scopes: impl Iterator<Item = &'v [Verdict]>, domain: Domain) -> BTreeSet<u8> {
    let own = scopes.flatten().filter(|verdict| verdict.criterion.domain == domain && verdict.status.claims());
    own.map(|verdict| verdict.criterion.level).collect()
}

/// The level of a domain in a scope: the highest that is claimed, below the lowest with a criterion that is not satisfied here.
/// `None` where the domain has no subject here.
#[must_use]
pub fn domain(verdicts: &[Verdict], claimed: &BTreeSet<u8>, caps: &[Cap], domain: Domain) -> Option<u8> {
    let own = || verdicts.iter().filter(|verdict| verdict.criterion.domain == domain);
    if own().all(|verdict| verdict.status == Status::NotApplicable) {
        return None;
    }
    let unsatisfied = own().filter(|verdict| !verdict.is_satisfied()).map(|verdict| verdict.criterion.level).min().unwrap_or(6);
    let level = claimed.range(..unsatisfied).next_back().copied().unwrap_or(0);
    Some(caps.iter().filter(|cap| cap.domain == domain).map(|cap| cap.domain_level).fold(level, u8::min))
}

/// How much of level `next` is done, in percent; held at 99 while anything is unsatisfied or `held` says that a cap holds.
#[must_use]
pub fn progress(verdicts: &[&Verdict], next: u8, held: bool) -> u32 {
    let spine = || verdicts.iter().filter(|verdict| verdict.criterion.spine && verdict.criterion.level == next);
    let credits: Vec<u32> = spine().filter_map(|verdict| verdict.credit()).collect();
    let count = u32::try_from(credits.len()).unwrap_or(u32::MAX);
    let mean = if credits.is_empty() { 0 } else { credits.iter().sum::<u32>() / count };
    let unsatisfied = held || spine().any(|verdict| !verdict.is_satisfied());
    if unsatisfied { mean.min(99) } else { mean }
}

/// The least strength among the criteria that decide `level`: its spine that is met, and the first of the next level that is not.
#[must_use]
pub fn confidence(verdicts: &[Verdict], level: u8, caps: &[Cap]) -> Strength {
    let uncapped = through(verdicts, true);
    let spine = |at: u8| verdicts.iter().filter(move |verdict| verdict.criterion.spine && verdict.criterion.level == at);
    let mut least = Strength(95);
    for verdict in spine(level).filter(|verdict| verdict.status.claims()) {
        least = least.min(verdict.strength);
    }
    let held = caps.iter().filter(|cap| cap.headline == level && uncapped > level);
    let by_cap = held.filter_map(|cap| cap.evidence.iter().map(|evidence| evidence.strength).max()).max();
    if let Some(strength) = by_cap {
        return least.min(strength);
    }
    if let Some(verdict) = spine(level + 1).find(|verdict| !verdict.is_satisfied()) {
        least = least.min(verdict.strength);
    }
    least
}
