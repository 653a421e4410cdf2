//! Values in files that are credentials, or look like ones. Their values are nowhere.

use serde_json::{Value, json};

use super::super::About;
use super::shape::{level, list, number, object, text, word};
use crate::assess::Assessment;
use crate::assess::inventory::Finding;

pub(super) fn value(assessment: &Assessment, _: &About) -> Value {
    let row = |finding: &Finding| {
        json!({
            "id": finding.id,
            "rule": finding.rule,
            "class": finding.value.class(),
            "context": finding.context(),
            "verdict": finding.effect.as_str(),
            "detector": finding.detector,
            "title": finding.title,
            "cap": finding.effect.cap(),
            "path": finding.spot.path,
            "line": finding.spot.line,
            "subject": finding.subject.to_string(),
            "redacted": "****",
            "length": finding.length,
            "entropy": f64::from(finding.entropy) / 100.0,
            "places": finding.places,
            "allowed_by": finding.allowed,
            "commit": finding.commit,
        })
    };
    assessment.findings.iter().map(row).collect()
}

pub(super) fn schema() -> Value {
    list(object(json!({
        "id": text("stable across runs"),
        "rule": text("the kind of place"),
        "class": word(["V1", "V2", "V3", "V4", "V5"]),
        "context": word(["C1", "C2", "C3", "C4"]),
        "verdict": word(["cap", "leaked", "review", "info"]),
        "detector": text("what recognised it"),
        "title": text("what it is"),
        "cap": level("the level that it holds at"),
        "path": text("the file"),
        "line": number("1-based"),
        "subject": text("the object and its key"),
        "redacted": { "const": "****" },
        "length": number("characters of the value"),
        "entropy": { "type": ["number", "null"], "description": "bits a character; null where it says nothing" },
        "places": number("so many places hold the value"),
        "allowed_by": { "type": ["string", "null"], "description": "the mark beside it that allows it" },
        "commit": { "type": ["string", "null"], "description": "the commit that brought it, where no file has it any more" },
    })))
}
