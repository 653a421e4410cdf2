//! What people decided beside the waivers: statements, warnings, what a baseline accepts, and the history.

use serde_json::{Map, Value, json};

use super::super::About;
use super::shape::{flag, level, list, nullable, number, object, optional, or_null, text, word};
use super::waivers::{rejected, rejected_schema};
use crate::assess::Assessment;
use crate::assess::attestations::Attestation;
use crate::assess::history::Point;
use crate::assess::status::Domain;

pub(super) fn attestations(assessment: &Assessment, _: &About) -> Value {
    let found = &assessment.governance.attestations;
    json!({
        "accepted": found.accepted,
        "active": found.active.iter().map(attestation).collect::<Vec<_>>(),
        "expired": found.expired.iter().map(attestation).collect::<Vec<_>>(),
        "invalid": found.invalid.iter().map(rejected).collect::<Vec<_>>(),
        "unmatched": found.unmatched.iter().map(attestation).collect::<Vec<_>>(),
    })
}

pub(in crate::report::assess) fn attestation(found: &Attestation) -> Value {
    let entry = &found.entry;
    json!({
        "id": entry.id,
        "criteria": entry.criteria,
        "statement": found.statement,
        "url": found.url,
        "owner": entry.owner,
        "approved_by": entry.approved_by,
        "expires": entry.expires.map(|date| date.to_string()),
        "path": entry.spot.path,
        "line": entry.spot.line,
    })
}

pub(super) fn attestations_schema() -> Value {
    let one = || {
        list(object(json!({
            "id": text("the statement's id"),
            "criteria": list(text("a criterion")),
            "statement": text("what is stated"),
            "url": optional("where it can be read"),
            "owner": text("who answers for it"),
            "approved_by": optional("who approved it"),
            "expires": optional("its last day"),
            "path": text("the file"),
            "line": number("1-based"),
        })))
    };
    object(json!({
        "accepted": flag("whether they count (`--accept-attestations`)"),
        "active": one(),
        "expired": one(),
        "invalid": list(rejected_schema()),
        "unmatched": one(),
    }))
}

pub(super) fn warnings(assessment: &Assessment, _: &About) -> Value {
    let warnings = assessment.governance.warnings.iter().map(|warning| {
        json!({
            "id": warning.id,
            "message": warning.message,
            "path": warning.spot.as_ref().map(|spot| &spot.path),
            "line": warning.spot.as_ref().map(|spot| spot.line),
        })
    });
    warnings.collect()
}

pub(super) fn warnings_schema() -> Value {
    list(object(json!({
        "id": text("`DQ.GOV.1`"),
        "message": text("what makes the result doubtful"),
        "path": optional("the file"),
        "line": nullable("1-based"),
    })))
}

pub(super) fn baseline(assessment: &Assessment, _: &About) -> Value {
    let Some(accepted) = &assessment.governance.accepted else { return Value::Null };
    let domains: Map<String, Value> =
        Domain::ALL.iter().zip(accepted.domains).map(|(domain, level)| (domain.as_str().to_owned(), json!(level))).collect();
    json!({ "accepted": accepted.count, "level": accepted.level, "domains": domains })
}

pub(super) fn baseline_schema() -> Value {
    or_null(object(json!({
        "accepted": number("pieces of evidence that the baseline holds"),
        "level": level("the headline that the gates take: what the baseline holds is not held against it"),
        "domains": { "type": "object", "additionalProperties": level("the domain's level for the gates") },
    })))
}

pub(super) fn history(assessment: &Assessment, _: &About) -> Value {
    assessment.governance.history.iter().map(point).collect()
}

fn point(point: &Point) -> Value {
    serde_json::to_value(point).unwrap_or_default()
}

/// The schema of a line of the history file, too.
pub(in crate::report::assess) fn point_schema() -> Value {
    let domains: Map<String, Value> =
        Domain::ALL.iter().map(|domain| (domain.as_str().to_owned(), level("null where there is no subject"))).collect();
    object(json!({
        "date": text("the date of the run, as `--as-of` has it"),
        "commit": optional("the revision"),
        "level": level("the headline; null where not rated"),
        "level_without_waivers": level("the headline if no waiver counted"),
        "domains": object(domains.into()),
        "counts": object(json!({
            "workloads": number("workloads"),
            "credentials": number("credentials in use"),
            "satisfied": number("criteria that are satisfied"),
            "applicable": number("criteria that apply"),
            "capping": number("values in files that hold the level down"),
            "review": number("values to review"),
            "waivers": number("active waivers"),
        })),
        "model": text("the version of the model"),
    }))
}

pub(super) fn history_schema() -> Value {
    list(point_schema())
}

/// The criteria over the scopes that count: what two reports are compared by.
pub(super) fn criteria(assessment: &Assessment) -> Value {
    let rows: Map<String, Value> = assessment
        .combined
        .iter()
        .map(|verdict| {
            let (met, of) = verdict.coverage();
            (verdict.criterion.id.to_owned(), json!({ "status": verdict.status.as_str(), "met": met, "of": of }))
        })
        .collect();
    rows.into()
}

pub(super) fn criteria_schema() -> Value {
    let status = crate::assess::status::Status::ALL.map(crate::assess::status::Status::as_str);
    let row = object(
        json!({ "status": word(status), "met": number("subjects that meet it"), "of": number("subjects about which it is stated") }),
    );
    json!({ "type": "object", "additionalProperties": row, "description": "each criterion over the scopes that count" })
}
