//! `questions`: the self-check, answered.

use serde_json::{Value, json};

use crate::assess::Assessment;
use crate::assess::advice::Point;
use crate::report::assess::About;

pub(super) fn value(assessment: &Assessment, _about: &About) -> Value {
    let questions = assessment.questions.iter().map(|question| {
        json!({
            "id": question.id,
            "question": question.text,
            "answer": question.answer.as_str(),
            "because": question.because,
            "evidence": question.evidence.iter().map(point).collect::<Vec<_>>(),
            "not_visible": question.unseen,
            "criteria": question.criteria,
            "advice": question.advice,
        })
    });
    questions.collect()
}

/// A thing that was found.
pub(super) fn point(point: &Point) -> Value {
    json!({
        "path": point.spot.as_ref().map(|spot| &spot.path),
        "line": point.spot.as_ref().map(|spot| spot.line),
        "subject": point.subject,
        "detail": point.detail,
    })
}

pub(super) fn schema() -> Value {
    json!({
        "type": "array",
        "description": "the self-check questions; `yes` is always the bad answer",
        "items": {
            "type": "object",
            "required": ["id", "question", "answer", "because", "evidence", "not_visible", "criteria", "advice"],
            "properties": {
                "id": { "type": "string", "description": "stable across versions" },
                "question": { "type": "string" },
                "answer": { "enum": ["yes", "no", "cannot_tell"] },
                "because": { "type": "string", "description": "the answer in a sentence" },
                "evidence": { "type": "array", "items": point_schema() },
                "not_visible": { "type": "array", "items": { "type": "string" }, "description": "what the files do not show: why it cannot be told, or the limits of the answer" },
                "criteria": { "type": "array", "items": { "type": "string" }, "description": "the criteria that it is about" },
                "advice": { "type": "string", "description": "what to do where the answer is yes" },
            },
        },
    })
}

/// The schema of [`point`].
pub(super) fn point_schema() -> Value {
    json!({
        "type": "object",
        "required": ["path", "line", "subject", "detail"],
        "properties": {
            "path": { "type": ["string", "null"], "description": "null for what is absent" },
            "line": { "type": ["integer", "null"], "minimum": 0, "description": "1-based" },
            "subject": { "type": "string", "description": "namespace/Kind/name; may be empty" },
            "detail": { "type": "string", "description": "what was found; never a credential's value" },
        },
    })
}
