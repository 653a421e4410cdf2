//! What holds scopes down.

use serde_json::{Value, json};

use super::super::About;
use super::criteria::observation;
use super::overall::disqualifiers;
use super::shape::{list, number, object, optional, text, word, word_or_null};
use crate::assess::Assessment;
use crate::assess::criteria::DOUBT;
use crate::assess::governance::Warning;
use crate::assess::score::Cap;
use crate::assess::status::Domain;

pub(super) fn value(assessment: &Assessment, _: &About) -> Value {
    let caps = assessment.scopes.iter().flat_map(|result| result.caps.iter().map(|found| cap(found, &result.scope.name())));
    caps.chain(doubt(&assessment.governance.warnings)).collect()
}

/// What makes the result as a whole doubtful: of no scope, and no level's cap.
fn doubt(warnings: &[Warning]) -> Option<Value> {
    let evidence = |warning: &Warning| {
        let spot = warning.spot.as_ref();
        json!({
            "path": spot.map(|spot| &spot.path),
            "line": spot.map(|spot| spot.line),
            "col": spot.map(|spot| spot.column),
            "end_line": spot.map(|spot| spot.end_line),
            "subject": "",
            "fact": warning.fact.as_str(),
            "detail": warning.message,
            "snippet_redacted": Value::Null,
        })
    };
    let doubt = || {
        json!({
            "id": DOUBT.id,
            "title": DOUBT.title,
            "scope": Value::Null,
            "headline": 5,
            "domain": Value::Null,
            "domain_level": 5,
            "evidence": warnings.iter().map(evidence).collect::<Vec<_>>(),
        })
    };
    (!warnings.is_empty()).then(doubt)
}

fn cap(cap: &Cap, scope: &str) -> Value {
    json!({
        "id": cap.disqualifier,
        "title": cap.title,
        "scope": scope,
        "headline": cap.headline,
        "domain": cap.domain.as_str(),
        "domain_level": cap.domain_level,
        "evidence": cap.evidence.iter().map(observation).collect::<Vec<_>>(),
    })
}

pub(super) fn schema() -> Value {
    list(object(json!({
        "id": word(disqualifiers()),
        "title": text("what it is"),
        "scope": optional("the scope's id; null for what makes the result as a whole doubtful, and holds no level down"),
        "headline": number("the highest headline"),
        "domain": word_or_null(Domain::ALL.iter().map(|domain| domain.as_str())),
        "domain_level": number("the highest level of the domain"),
        "evidence": list(json!({ "$ref": "#/$defs/observation" })),
    })))
}
