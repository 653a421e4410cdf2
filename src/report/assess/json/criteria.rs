//! The criteria in each scope, with their evidence.

use serde_json::{Value, json};

use super::super::About;
use super::shape::{flag, list, nullable, number, object, optional, text, word, word_or_null};
use crate::assess::Assessment;
use crate::assess::criteria::CRITERIA;
use crate::assess::evaluate::{Evidence, Polarity, Verdict};
use crate::assess::fact::Fact;
use crate::assess::observe::{Observation, Spot};
use crate::assess::remedy::remedies;
use crate::assess::result::ScopeResult;
use crate::assess::snapshot::absent_fingerprint;
use crate::assess::status::{Domain, Reason, Status};

pub(super) fn value(assessment: &Assessment, about: &About) -> Value {
    let asked = |verdict: &&Verdict| about.framework.is_none_or(|own| own.covers(verdict.criterion.id));
    let of = |result: &ScopeResult| {
        let name = result.scope.name();
        result.verdicts.iter().filter(asked).map(|verdict| criterion(verdict, &name, about)).collect::<Vec<_>>()
    };
    assessment.scopes.iter().flat_map(of).collect()
}

pub(in crate::report::assess) fn criterion(verdict: &Verdict, scope: &str, about: &About) -> Value {
    let criterion = verdict.criterion;
    let (met, of) = verdict.coverage();
    let mut found: Vec<Value> = verdict.evidence.iter().flat_map(evidence).collect();
    found.extend(verdict.subjects.missing.iter().map(|(part, scope)| {
        json!({
            "polarity": Polarity::Contrary.as_str(), "path": Value::Null, "line": Value::Null, "col": Value::Null, "end_line": Value::Null,
            "subject": scope, "fact": "absent", "detail": format!("no {part}"), "snippet_redacted": Value::Null,
            "fingerprint": absent_fingerprint(part, scope), "waived_by": Value::Null, "further": false,
        })
    }));
    let confidence = if verdict.status == Status::NotApplicable { Value::Null } else { json!(f64::from(verdict.strength.0) / 100.0) };
    json!({
        "id": criterion.id,
        "level": criterion.level,
        "domain": criterion.domain.as_str(),
        "spine": criterion.spine,
        "scope": scope,
        "status": verdict.status.as_str(),
        "reason": verdict.reason.map(Reason::as_str),
        "coverage": { "met": met, "of": of },
        "confidence": confidence,
        "title": criterion.title,
        "statement": criterion.statement,
        "evidence": found,
        "remediation": remediation(verdict),
        "mappings": super::frameworks::of_criterion(criterion.id, about),
    })
}

/// What would make a criterion pass: in words, and a snippet for each thing that fails.
fn remediation(verdict: &Verdict) -> Value {
    let criterion = verdict.criterion;
    let remedies = remedies(verdict);
    let patches: Vec<Value> = remedies
        .iter()
        .map(|remedy| {
            json!({
                "subject": remedy.subject.to_string(),
                "path": remedy.spot.as_ref().map(|spot| spot.path.as_str()),
                "line": remedy.spot.as_ref().map(|spot| spot.line),
                "text": remedy.text,
            })
        })
        .collect();
    let first = remedies.first().map_or("", |remedy| remedy.text.as_str());
    json!({ "summary": criterion.pass, "patch": first, "patches": patches, "effort": criterion.effort.as_str() })
}

/// A piece of evidence, once for each place that shows it.
fn evidence(evidence: &Evidence) -> impl Iterator<Item = Value> {
    evidence.observation.places().enumerate().map(|(nr, spot)| {
        let mut value = shown_at(&evidence.observation, spot);
        value["further"] = json!(nr > 0);
        value["polarity"] = json!(evidence.polarity.as_str());
        value["fingerprint"] = json!(evidence.fingerprint);
        value["waived_by"] = json!(evidence.waived_by);
        value
    })
}

pub(in crate::report::assess) fn observation(observation: &Observation) -> Value {
    shown_at(observation, observation.spot.as_ref())
}

fn shown_at(observation: &Observation, spot: Option<&Spot>) -> Value {
    json!({
        "path": spot.map(|spot| &spot.path),
        "line": spot.map(|spot| spot.line),
        "col": spot.map(|spot| spot.column),
        "end_line": spot.map(|spot| spot.end_line),
        "subject": observation.subject.to_string(),
        "fact": observation.fact.as_str(),
        "detail": observation.detail,
        "snippet_redacted": Value::Null,
    })
}

pub(super) fn schema() -> Value {
    list(one_schema())
}

/// The schema of a criterion in a scope.
pub(in crate::report::assess) fn one_schema() -> Value {
    object(json!({
        "id": word(CRITERIA.iter().map(|criterion| criterion.id)),
        "level": { "type": "integer", "minimum": 1, "maximum": 5, "description": "the level that asks for it" },
        "domain": word(Domain::ALL.iter().map(|domain| domain.as_str())),
        "spine": flag("whether the headline needs it"),
        "scope": text("the scope's id"),
        "status": word(["met", "partial", "not_met", "waived", "attested", "not_applicable", "unknown", "error"]),
        "reason": word_or_null(Reason::ALL.iter().map(|reason| reason.as_str())),
        "coverage": object(json!({ "met": number("subjects that meet it"), "of": number("subjects about which it is stated") })),
        "confidence": { "type": ["number", "null"], "minimum": 0, "maximum": 1, "description": "null where it does not apply" },
        "title": text("a few words"),
        "statement": text("what is asked"),
        "evidence": list(json!({ "$ref": "#/$defs/evidence" })),
        "remediation": object(json!({
            "summary": text("what would make it pass"),
            "patch": text("the first of the patches; empty where nothing fails"),
            "patches": list(object(json!({
                "subject": text("what fails"), "path": optional("the file that it fails in"), "line": nullable("the line"), "text": text("what to write"),
            }))),
            "effort": word(["S", "M", "L"]),
        })),
        "mappings": { "type": "object", "additionalProperties": list(text("a control's id")), "description": "controls of frameworks that it supports" },
    }))
}

/// The facts' names.
pub(super) fn facts() -> Value {
    word(Fact::ALL.iter().map(|fact| fact.as_str()).chain(["absent"]))
}

pub(in crate::report::assess) fn observation_schema() -> Value {
    object(json!({
        "path": optional("null for something that is absent"),
        "line": nullable("1-based"),
        "col": nullable("1-based, in Unicode scalar values"),
        "end_line": nullable("1-based"),
        "subject": text("namespace/Kind/name, or the scope"),
        "fact": facts(),
        "detail": text("what was found"),
        "snippet_redacted": optional("the line, without values; null where it may hold one"),
    }))
}

pub(in crate::report::assess) fn evidence_schema() -> Value {
    let more = object(json!({
        "polarity": word(["contrary", "positive", "unknown"]),
        "fingerprint": optional("stable across moved lines"),
        "waived_by": optional("the waiver's id"),
        "further": flag("whether it is the evidence before it, at one more place"),
    }));
    json!({ "allOf": [{ "$ref": "#/$defs/observation" }, more] })
}
