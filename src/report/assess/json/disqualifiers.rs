//! What holds scopes down.

use serde_json::{Value, json};

use super::super::About;
use super::criteria::observation;
use super::overall::disqualifiers;
use super::shape::{list, number, object, text, word};
use crate::assess::Assessment;
use crate::assess::score::Cap;
use crate::assess::status::Domain;

pub(super) fn value(assessment: &Assessment, _: &About) -> Value {
    assessment.scopes.iter().flat_map(|result| result.caps.iter().map(|found| cap(found, &result.scope.name()))).collect()
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
        "scope": text("the scope's id"),
        "headline": number("the highest headline"),
        "domain": word(Domain::ALL.iter().map(|domain| domain.as_str())),
        "domain_level": number("the highest level of the domain"),
        "evidence": list(json!({ "$ref": "#/$defs/observation" })),
    })))
}
