//! `ztctl.dev/assess/v1`: its schema is [`assess_schema`]; changes within v1 only add.
//!
//! A section is a file with two functions, `value` and `schema`, and a row of [`SECTIONS`].

mod credentials;
pub(super) mod criteria;
mod delta;
mod disqualifiers;
mod domains;
mod environments;
mod errors;
mod findings;
pub(super) mod frameworks;
pub(super) mod governance;
mod overall;
mod questions;
mod reach;
mod services;
pub(super) mod shape;
mod steps;
mod target;
mod unknown;
pub(super) mod waivers;

use serde_json::{Map, Value, json};

use super::About;
use crate::assess::Assessment;

/// What the `schema` key says.
pub(super) const SCHEMA: &str = "ztctl.dev/assess/v1";

/// A key of the report.
struct Section {
    key: &'static str,
    value: fn(&Assessment, &About) -> Value,
    schema: fn() -> Value,
}

const fn section(key: &'static str, value: fn(&Assessment, &About) -> Value, schema: fn() -> Value) -> Section {
    Section { key, value, schema }
}

/// The keys of the report behind `schema`, in their order.
const SECTIONS: &[Section] = &[
    section("tool", target::tool, target::tool_schema),
    section("target", target::value, target::schema),
    section("overall", overall::value, overall::schema),
    section("domains", domains::value, domains::schema),
    section("environments", environments::value, environments::schema),
    section("scopes", environments::scopes, environments::scopes_schema),
    section("criteria", criteria::value, criteria::schema),
    section("credentials", credentials::value, credentials::schema),
    section("services", services::value, services::schema),
    section("findings", findings::value, findings::schema),
    section("waivers", waivers::value, waivers::schema),
    section("attestations", governance::attestations, governance::attestations_schema),
    section("warnings", governance::warnings, governance::warnings_schema),
    section("baseline", governance::baseline, governance::baseline_schema),
    section("delta", delta::value, delta::schema),
    section("history", governance::history, governance::history_schema),
    section("disqualifiers", disqualifiers::value, disqualifiers::schema),
    section("reachability", reach::value, reach::schema),
    section("unknown", unknown::value, unknown::schema),
    section("questions", questions::value, questions::schema),
    section("steps", steps::value, steps::schema),
    section("frameworks", frameworks::value, frameworks::schema),
    section("errors", errors::value, errors::schema),
    section("limits", unknown::limits, unknown::limits_schema),
];

/// The JSON report. The same assessment gives the same bytes.
#[must_use]
pub fn json(assessment: &Assessment, about: &About) -> String {
    let mut text = serde_json::to_string_pretty(&document(assessment, about)).unwrap_or_default();
    text.push('\n');
    text
}

/// The JSON report as a value.
pub(super) fn document(assessment: &Assessment, about: &About) -> Value {
    let mut out = Map::new();
    out.insert("schema".into(), SCHEMA.into());
    for section in SECTIONS {
        out.insert(section.key.into(), (section.value)(assessment, about));
    }
    out.into()
}

/// The JSON schema (2020-12) of the JSON report, as `ztctl schema assess` prints it. Objects are open: changes within v1 only add
/// keys, and readers must not refuse them.
#[must_use]
pub fn assess_schema() -> Value {
    let mut properties = Map::new();
    properties.insert("schema".into(), json!({ "const": SCHEMA }));
    for section in SECTIONS {
        properties.insert(section.key.into(), (section.schema)());
    }
    let required: Vec<&String> = properties.keys().collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://ztctl.dev/schema/assess.v1.json",
        "title": "ztctl assessment",
        "description": "What `ztctl assess --format json` prints. A level is what the files declare, not what runs. No value of a credential is in it.",
        "type": "object",
        "required": required,
        "properties": properties,
        "$defs": { "observation": criteria::observation_schema(), "evidence": criteria::evidence_schema() },
    })
}
