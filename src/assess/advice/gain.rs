//! What steps bring: the levels are computed again as if their criteria were met.

use std::collections::{BTreeMap, BTreeSet};

use super::steps::Step;
use crate::assess::evaluate::{Subjects, Verdict};
use crate::assess::observe::Subject;
use crate::assess::result::{Assessment, ScopeResult};
use crate::assess::score::Cap;
use crate::assess::status::{Domain, Status};
use crate::assess::tally;

/// Fills in the gain of each step, once it and all steps before it are done. A criterion is met when the last step for it is done.
pub(super) fn gains(assessment: &Assessment, steps: &mut [Step], all: bool) {
    let mut scopes: Vec<ScopeResult> = assessment.scopes.iter().map(bare).collect();
    let mut waiting: BTreeMap<&'static str, usize> = BTreeMap::new();
    for step in steps.iter().filter(|step| step.task == super::Task::Change) {
        for id in step.criteria.iter().chain(&step.disqualifiers) {
            *waiting.entry(id).or_default() += 1;
        }
    }
    let mut level = assessment.overall.level;
    let mut domains = tally::levels(&scopes, all);
    for step in steps.iter_mut().filter(|step| step.task == super::Task::Change) {
        let mut done: BTreeSet<&'static str> = BTreeSet::new();
        for id in step.criteria.iter().chain(&step.disqualifiers) {
            if let Some(number) = waiting.get_mut(id) {
                *number -= 1;
                if *number == 0 {
                    done.insert(id);
                }
            }
        }
        if done.is_empty() {
            continue;
        }
        for scope in &mut scopes {
            meet(scope, &done);
        }
        tally::rate(&mut scopes, assessment.overall.rated, all);
        let (headline, now) = (tally::least_level(&scopes, all), tally::levels(&scopes, all));
        if headline > level {
            step.gain.level = headline;
        }
        for (at, domain) in Domain::ALL.into_iter().enumerate() {
            if let (Some(from), Some(to)) = (domains[at], now[at])
                && to > from
            {
                step.gain.domains.push((domain, from, to));
            }
        }
        (level, domains) = (headline, now);
    }
}

/// A scope without its evidence, which levels do not need.
fn bare(scope: &ScopeResult) -> ScopeResult {
    let cap = |cap: &Cap| Cap { evidence: Vec::new(), ..*cap };
    ScopeResult {
        scope: scope.scope.clone(),
        class: scope.class,
        workloads: scope.workloads,
        level: scope.level,
        level_without_waivers: scope.level_without_waivers,
        domains: scope.domains,
        caps: scope.caps.iter().map(cap).collect(),
        caps_without_waivers: scope.caps_without_waivers.iter().map(cap).collect(),
        confidence: scope.confidence,
        verdicts: scope.verdicts.iter().map(bare_verdict).collect(),
    }
}

fn bare_verdict(verdict: &Verdict) -> Verdict {
    let mut subjects = Subjects::default();
    if !verdict.subjects.met.is_empty() {
        subjects.met.insert(Subject::default());
    }
    let Verdict { criterion, status, strength, reason, accepted, .. } = *verdict;
    Verdict { criterion, status, subjects, strength, reason, accepted, evidence: Vec::new() }
}

fn meet(scope: &mut ScopeResult, done: &BTreeSet<&'static str>) {
    for verdict in &mut scope.verdicts {
        if done.contains(verdict.criterion.id) && matches!(verdict.status, Status::NotMet | Status::Partial) {
            verdict.status = Status::Met;
            verdict.subjects.met.insert(Subject::default());
        }
    }
    scope.caps.retain(|cap| !done.contains(cap.disqualifier));
    scope.caps_without_waivers.retain(|cap| !done.contains(cap.disqualifier));
}
