//! Waivers as they counted.

use serde_json::{Value, json};

use super::super::About;
use super::shape::{list, number, object, optional, text};
use crate::assess::Assessment;
use crate::assess::waivers::{Rejected, Waiver};

pub(super) fn value(assessment: &Assessment, _: &About) -> Value {
    let waivers = &assessment.waivers;
    json!({
        "active": waivers.active.iter().map(waiver).collect::<Vec<_>>(),
        "expired": waivers.expired.iter().map(waiver).collect::<Vec<_>>(),
        "invalid": waivers.invalid.iter().map(rejected).collect::<Vec<_>>(),
        "unmatched": waivers.unmatched.iter().map(waiver).collect::<Vec<_>>(),
    })
}

pub(in crate::report::assess) fn waiver(waiver: &Waiver) -> Value {
    json!({
        "id": waiver.id,
        "criteria": waiver.criteria,
        "findings": waiver.findings,
        "owner": waiver.owner,
        "approved_by": waiver.approved_by,
        "reason": waiver.reason,
        "note": waiver.note,
        "expires": waiver.expires.map(|date| date.to_string()),
        "path": waiver.spot.path,
        "line": waiver.spot.line,
    })
}

pub(super) fn rejected(waiver: &Rejected) -> Value {
    json!({ "id": waiver.id, "why": waiver.reason, "path": waiver.spot.path, "line": waiver.spot.line })
}

pub(super) fn schema() -> Value {
    let waiver = waiver_schema();
    object(
        json!({ "active": list(waiver.clone()), "expired": list(waiver.clone()), "invalid": list(rejected_schema()), "unmatched": list(waiver) }),
    )
}

pub(in crate::report::assess) fn waiver_schema() -> Value {
    object(json!({
        "id": text("the waiver's id"),
        "criteria": list(text("a criterion")),
        "findings": list(text("a fact, rule or fingerprint")),
        "owner": text("who answers for it"),
        "approved_by": optional("who approved it"),
        "reason": text("why"),
        "note": optional("why it covers nothing, where that is known"),
        "expires": optional("its last day"),
        "path": text("the file"),
        "line": number("1-based"),
    }))
}

/// A mistake in a file of waivers or attestations.
pub(super) fn rejected_schema() -> Value {
    object(json!({
        "id": text("may be empty"), "why": text("what is wrong"), "path": text("the file"), "line": number("1-based, of the mistake"),
    }))
}
