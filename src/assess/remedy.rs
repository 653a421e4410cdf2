//! What to write so that a criterion passes: one snippet for each thing that fails, with its own names. What passes gets none.

use std::collections::BTreeSet;

use super::criteria::Criterion;
use super::evaluate::{Evidence, Polarity, Verdict};
use super::observe::{Spot, Subject};
use super::status::Status;

/// A snippet for one subject that fails.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Remedy {
    pub subject: Subject,
    /// Where it fails; `None` where something is missing.
    pub spot: Option<Spot>,
    pub text: String,
}

/// So many snippets are written for one criterion.
const MAX_REMEDIES: usize = 50;

/// The snippets of a verdict, in the order of its evidence; none where it is satisfied, does not apply or is unknown.
#[must_use]
pub fn remedies(verdict: &Verdict) -> Vec<Remedy> {
    if !matches!(verdict.status, Status::NotMet | Status::Partial) {
        return Vec::new();
    }
    let mut out: Vec<Remedy> = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut add = |subject: Subject, spot: Option<Spot>, text: String| {
        if !text.is_empty() && out.len() < MAX_REMEDIES && seen.insert(text.clone()) {
            out.push(Remedy { subject, spot, text });
        }
    };
    let fails = |evidence: &&Evidence| evidence.polarity == Polarity::Contrary && evidence.waived_by.is_none();
    for evidence in verdict.evidence.iter().filter(fails) {
        let observation = &evidence.observation;
        let text = if observation.patch.is_empty() {
            let by_fact = verdict.criterion.patches.iter().find(|(fact, _)| *fact == observation.fact);
            fill(by_fact.map_or_else(|| general(verdict.criterion, &observation.subject), |(_, patch)| patch), &observation.subject)
        } else {
            observation.patch.clone()
        };
        add(observation.subject.clone(), observation.spot.clone(), text);
    }
    for (_, scope) in &verdict.subjects.missing {
        let namespace = scope.split_once('/').map_or("", |(_, namespace)| namespace);
        let subject = Subject::new(namespace, "Scope", scope.clone());
        add(subject.clone(), None, fill(verdict.criterion.patch, &subject));
    }
    out
}

/// The criterion's own example, where it fits the subject: what it shows are manifests, and resources of Terraform are none.
fn general(criterion: &Criterion, subject: &Subject) -> &'static str {
    if subject.kind.contains('_') && criterion.patch.contains('$') { "" } else { criterion.patch }
}

/// Puts a subject's names in. They come from files: what YAML might read otherwise is quoted.
#[must_use]
pub(super) fn fill(patch: &str, subject: &Subject) -> String {
    let namespace = if subject.namespace.is_empty() { "default" } else { &subject.namespace };
    [("$namespace", namespace), ("$name", &subject.name), ("$part", &subject.part)]
        .iter()
        .fold(patch.to_owned(), |text, (key, value)| text.replace(key, &word(value)))
}

/// A text as a scalar of YAML.
pub(super) fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '/');
    let is_name = text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(plain);
    if is_name { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}
