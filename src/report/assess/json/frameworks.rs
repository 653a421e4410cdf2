//! `frameworks`: what the files support of each, and the mappings of criteria.

use serde_json::{Map, Value, json};

use super::shape::{flag, list, number, object, optional, text, word};
use crate::assess::Assessment;
use crate::assess::frameworks::support::{Row, Support, rows};
use crate::assess::frameworks::{Basis, FOOTER, FRAMEWORKS, Framework, mappings};
use crate::report::assess::About;

/// The frameworks of a report: the one that was asked for, or all.
fn chosen(about: &About) -> impl Iterator<Item = &'static Framework> {
    let id = about.framework.map(|own| own.id);
    FRAMEWORKS.iter().filter(move |own| id.is_none_or(|id| own.id == id))
}

pub(super) fn value(assessment: &Assessment, about: &About) -> Value {
    let framework = |own: &'static Framework| {
        json!({
            "id": own.id,
            "name": own.name,
            "unit": own.unit,
            "note": own.note,
            "controls": rows(assessment, own).iter().map(control).collect::<Vec<_>>(),
            "outside": own.outside.iter().map(|one| json!({ "id": one.id, "what": one.what, "why": one.why })).collect::<Vec<_>>(),
            "footer": FOOTER,
        })
    };
    chosen(about).map(framework).collect()
}

pub(in crate::report::assess) fn control(row: &Row<'_>) -> Value {
    let (positive, contrary, open) = row.evidence;
    json!({
        "id": row.control.id,
        "asks": row.control.asks,
        "supports": row.control.supports,
        "criteria": row.control.criteria,
        "support": row.support.as_str(),
        "consistent_with": row.stage,
        "evidence": { "positive": positive, "contrary": contrary, "unknown": open },
        "waivers": row.control.waivers.then_some(row.waivers),
        "verified": row.control.is_verified(),
        "basis": row.control.basis.as_str(),
        "source": row.control.source,
    })
}

pub(super) fn schema() -> Value {
    list(object(json!({
        "id": text("the framework"), "name": text("its name and version"), "unit": text("what its ids are called"),
        "note": text("what to know before using it"),
        "controls": list(control_schema()),
        "outside": list(object(json!({ "id": text("a control or a group"), "what": text("what it is about"), "why": text("why no repository shows it") }))),
        "footer": text("what the table does not say"),
    })))
}

pub(in crate::report::assess) fn control_schema() -> Value {
    let words = [Support::Supported, Support::Partly, Support::NotSupported, Support::Unknown, Support::NoSubject].map(Support::as_str);
    object(json!({
            "id": text("as the framework numbers it"), "asks": text("what it asks, in ztctl's words"),
            "supports": text("how evidence supports it, and what it leaves open"), "criteria": list(text("a criterion")),
            "support": word(words), "consistent_with": optional("the stage that the evidence is consistent with; never a claim"),
            "evidence": object(json!({ "positive": number("for"), "contrary": number("against"), "unknown": number("open") })),
            "waivers": { "type": ["integer", "null"], "description": "waivers in force, where they support it" },
            "verified": flag("the control was looked up at `source`"),
            "basis": word([Basis::Text, Basis::Outline, Basis::Memory].map(Basis::as_str)), "source": optional("where the text that was read is published"),
    }))
}

/// The controls that a criterion supports, by framework.
pub(super) fn of_criterion(id: &str, about: &About) -> Value {
    let mut out = Map::new();
    for (framework, controls) in mappings(id) {
        if about.framework.is_none_or(|own| own.id == framework.id) {
            out.insert(framework.id.to_owned(), controls.iter().map(|control| control.id).collect());
        }
    }
    Value::Object(out)
}
