//! What changed since a revision or an earlier report.

use serde_json::{Value, json};

use super::super::About;
use super::shape::{level, list, number, object, optional, or_null, text, word};
use crate::assess::Assessment;
use crate::assess::delta::{Against, Change, CriterionChange};
use crate::assess::edges::{Edge, EdgeChange};
use crate::assess::snapshot::{Finding, Item, Standing};

pub(super) fn value(assessment: &Assessment, _: &About) -> Value {
    let Some(delta) = &assessment.governance.delta else { return Value::Null };
    let (kind, name, commit) = match &delta.against {
        Against::Revision { name, commit } => ("revision", name, Some(commit)),
        Against::Report { path, commit } => ("report", path, commit.as_ref()),
    };
    let levels = |rows: &[(String, Change<Option<u8>>)]| {
        let rows = rows.iter().map(|(id, change)| json!({ "id": id, "before": change.before, "after": change.after }));
        rows.collect::<Vec<_>>()
    };
    json!({
        "against": { "kind": kind, "name": name, "commit": commit, "model": delta.model.before },
        "changed": !delta.is_empty(),
        "level": { "before": delta.level.before, "after": delta.level.after },
        "level_without_waivers": { "before": delta.level_without_waivers.before, "after": delta.level_without_waivers.after },
        "domains": levels(&delta.domains),
        "environments": levels(&delta.environments),
        "criteria": delta.criteria.iter().map(criterion).collect::<Vec<_>>(),
        "disqualifiers": { "added": delta.caps_added, "removed": delta.caps_removed },
        "evidence": {
            "added": delta.evidence_added.iter().map(item).collect::<Vec<_>>(),
            "removed": delta.evidence_removed.iter().map(item).collect::<Vec<_>>(),
        },
        "findings": {
            "added": delta.findings_added.iter().map(finding).collect::<Vec<_>>(),
            "removed": delta.findings_removed.iter().map(finding).collect::<Vec<_>>(),
        },
        "reachability": delta.edges.iter().map(edges).collect::<Vec<_>>(),
        "renamed": delta.renamed.iter().map(|(from, to)| json!({ "from": from, "to": to })).collect::<Vec<_>>(),
        "regressions": delta.regressions(),
    })
}

fn criterion(change: &CriterionChange) -> Value {
    let side = |standing: &Option<Standing>| {
        standing.as_ref().map(|standing| json!({ "status": standing.status, "met": standing.met, "of": standing.of }))
    };
    json!({ "id": change.id, "before": side(&change.before), "after": side(&change.after) })
}

fn item(item: &Item) -> Value {
    json!({
        "polarity": item.polarity,
        "fact": item.fact,
        "path": (!item.path.is_empty()).then_some(&item.path),
        "line": (item.line > 0).then_some(item.line),
        "subject": item.subject,
        "detail": item.detail,
        "criteria": item.criteria,
        "fingerprint": item.fingerprint,
    })
}

fn edges(change: &EdgeChange) -> Value {
    let none = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let edge = |one: &Edge| json!({ "from": one.from, "to": one.to, "before": none(&one.before), "after": none(&one.after) });
    json!({
        "environment": change.environment,
        "edges": { "before": change.edges.before, "after": change.edges.after },
        "blast_radius_max": { "before": change.reaches.before, "after": change.reaches.after },
        "listed": change.is_listed,
        "changed": change.list.iter().map(edge).collect::<Vec<_>>(),
    })
}

fn finding(finding: &Finding) -> Value {
    json!({
        "id": finding.id,
        "rule": finding.rule,
        "class": finding.class,
        "verdict": finding.verdict,
        "cap": finding.cap,
        "path": finding.path,
        "line": finding.line,
        "subject": finding.subject,
    })
}

pub(super) fn schema() -> Value {
    let change = || object(json!({ "before": level("null where there is none"), "after": level("null where there is none") }));
    let counts = |doc: &str| object(json!({ "before": number(doc), "after": number(doc) }));
    let named = || {
        list(object(
            json!({ "id": text("its name"), "before": level("null where there is none"), "after": level("null where there is none") }),
        ))
    };
    let standing =
        || or_null(object(json!({ "status": text("its status"), "met": number("subjects that meet it"), "of": number("subjects") })));
    let item = || {
        list(object(json!({
            "polarity": word(["contrary", "positive", "unknown"]),
            "fact": text("what was observed"),
            "path": optional("null for something that is absent"),
            "line": { "type": ["integer", "null"], "minimum": 1 },
            "subject": text("namespace/Kind/name, or the scope"),
            "detail": text("what was found"),
            "criteria": list(text("a criterion")),
            "fingerprint": text("stable across moved lines"),
        })))
    };
    let finding = || {
        list(object(json!({
            "id": text("stable across runs"),
            "rule": text("the kind of place"),
            "class": text("V1 to V5"),
            "verdict": text("cap or review"),
            "cap": level("the level that it holds at"),
            "path": text("the file"),
            "line": number("1-based"),
            "subject": text("the object and its key"),
        })))
    };
    let both = |of: Value| object(json!({ "added": of.clone(), "removed": of }));
    or_null(object(json!({
        "against": object(json!({
            "kind": word(["revision", "report"]), "name": text("as it was given"), "commit": optional("its commit"),
            "model": text("the version of the model that the other side was judged by"),
        })),
        "changed": { "type": "boolean", "description": "whether anything changed that a reader would act on" },
        "level": change(),
        "level_without_waivers": change(),
        "domains": named(),
        "environments": named(),
        "criteria": list(object(json!({ "id": text("a criterion whose status changed"), "before": standing(), "after": standing() }))),
        "disqualifiers": both(list(text("a disqualifier"))),
        "evidence": both(item()),
        "findings": both(finding()),
        "reachability": list(object(json!({
            "environment": text("its name"), "edges": counts("edges between workloads"),
            "blast_radius_max": counts("the most workloads that one of them reaches"),
            "listed": { "type": "boolean", "description": "whether both sides list their edges; counts alone differ otherwise" },
            "changed": list(object(json!({
                "from": text("a workload"), "to": text("a workload"), "before": optional("what it admitted; null where it was not there"),
                "after": optional("what it admits; null where it is gone"),
            }))),
        }))),
        "renamed": list(object(json!({ "from": text("the old name"), "to": text("the new name") }))),
        "regressions": list(text("what got worse, in words")),
    })))
}
