//! `ztctl.dev/migration/v1`: its schema is [`super::migration_schema`]; changes within v1 only add.

use serde_json::{Map, Value, json};

use super::{Migration, Row, State, version_name, wish};
use crate::diag::{Diagnostic, Place};
use crate::format::Target;
use crate::format::migrate::{Step, StepState};
use crate::report::place::{Position, Range};

/// What the `schema` key says.
pub(super) const SCHEMA: &str = "ztctl.dev/migration/v1";

/// The report as JSON. The same migration gives the same bytes.
#[must_use]
pub fn json(migration: &Migration<'_>) -> String {
    let totals = migration.totals();
    let counts = |counts: &std::collections::BTreeMap<&'static str, usize>| -> Map<String, Value> {
        counts.iter().map(|(name, number)| ((*name).to_owned(), json!(number))).collect()
    };
    let states: Map<String, Value> =
        State::ALL.iter().map(|state| (state.as_str().to_owned(), json!(totals.states.get(state).unwrap_or(&0)))).collect();
    let steps: Map<String, Value> = totals
        .steps
        .iter()
        .map(|(kind, states)| {
            let of = |state: &StepState| (state.name().to_owned(), json!(states.get(state).unwrap_or(&0)));
            let states: Map<String, Value> = StepState::ALL.iter().map(of).collect();
            (kind.name().to_owned(), states.into())
        })
        .collect();
    let document = json!({
        "schema": SCHEMA,
        "tool": { "name": "ztctl", "version": env!("CARGO_PKG_VERSION") },
        "target": if migration.target == Target::Both { "both" } else { "v1" },
        "unsafe_fixes": migration.allow_unsafe,
        "dry_run": migration.is_dry,
        "texts": migration.rows.iter().map(|row| text(migration, row)).collect::<Vec<_>>(),
        "summary": {
            "texts": migration.rows.len(),
            "states": states,
            "steps": steps,
            "versions": { "before": counts(&totals.before), "after": counts(&totals.after) },
            "left": migration.left().count(),
            "skipped": migration.skipped.iter().map(|s| json!({ "path": s.path, "reason": s.reason })).collect::<Vec<_>>(),
        },
    });
    format!("{document:#}\n")
}

fn text(migration: &Migration<'_>, row: &Row) -> Value {
    let holder = migration.sources.holder(row.source);
    json!({
        "path": row.path(migration.sources),
        "embedded_in": holder.map(|h| json!({ "kind": h.kind, "object": h.object, "key": h.key })),
        "state": row.state.as_str(),
        "version": { "before": version_name(row.version), "after": row.after(migration.target) },
        "written": row.is_written,
        "steps": row.steps.iter().map(|step| self::step(migration, row, step)).collect::<Vec<_>>(),
        "left": row.findings.iter().map(|finding| left(migration, finding)).collect::<Vec<_>>(),
    })
}

fn step(migration: &Migration<'_>, row: &Row, step: &Step) -> Value {
    let (start, end) = points(row.place(migration.sources, step).range);
    json!({
        "kind": step.kind.name(), "state": step.state.name(), "start": start, "end": end, "message": step.message, "help": step.help,
    })
}

fn left(migration: &Migration<'_>, finding: &Diagnostic) -> Value {
    // a file as a whole has no place in it
    let range = match finding.place {
        Place::At(_) => Position::of(migration.sources, finding.place).range,
        Place::File(_) | Place::Run => None,
    };
    let (start, end) = points(range);
    json!({ "rule": finding.rule, "start": start, "end": end, "message": wish(finding), "help": finding.help })
}

fn points(range: Option<Range<'_>>) -> (Value, Value) {
    let Some(range) = range else { return (Value::Null, Value::Null) };
    let point = |at: u32| {
        let place = range.file.line_column(at);
        json!({ "line": place.line, "column": place.column, "offset": at })
    };
    (point(range.span.start), point(range.span.end))
}
