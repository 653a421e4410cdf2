//! The headline.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::About;
use super::shape::{flag, level, list, number, object, or_null, text, word};
use crate::assess::Assessment;
use crate::assess::criteria;

pub(super) fn value(assessment: &Assessment, _: &About) -> Value {
    let overall = &assessment.overall;
    json!({
        "rated": overall.rated,
        "level": overall.level,
        "level_without_waivers": overall.level_without_waivers,
        "level_without_attestations": assessment.governance.level_without_attestations,
        "level_all_scopes": overall.level_all_scopes,
        "progress": overall.progress.map(|(next, percent)| json!({ "next": next, "percent": percent })),
        "confidence": overall.confidence.word(),
        "caps": assessment.disqualifiers(),
        "reason": overall.reason,
        "criteria": super::governance::criteria(assessment),
    })
}

pub(super) fn schema() -> Value {
    let percent = json!({ "type": "integer", "minimum": 0, "maximum": 100, "description": "how much of it is done" });
    object(json!({
        "rated": flag("whether the repository has a headline"),
        "level": level("the headline; null where not rated"),
        "level_without_waivers": level("the headline if no waiver counted"),
        "level_without_attestations": level("the headline if no attestation counted"),
        "level_all_scopes": level("the least level of all scopes"),
        "progress": or_null(object(json!({ "next": number("the next level"), "percent": percent }))),
        "confidence": word(["high", "medium", "low"]),
        "caps": list(word(disqualifiers())),
        "reason": text("why it is this level"),
        "criteria": super::governance::criteria_schema(),
    }))
}

/// The ids of the disqualifiers, each once.
pub(super) fn disqualifiers() -> BTreeSet<&'static str> {
    criteria::disqualifiers().collect()
}
