//! The section `services`: one object a workload.

use serde_json::{Value, json};

use super::super::About;
use super::environments::levels;
use super::shape::{by_name, level, list, number, object, optional, text, word};
use crate::assess::Assessment;
use crate::assess::services::ServiceResult;
use crate::assess::world::Runner;

pub(super) fn value(assessment: &Assessment, _: &About) -> Value {
    assessment.services.iter().map(service).collect()
}

fn service(service: &ServiceResult) -> Value {
    json!({
        "id": format!("{}/{}", service.environment, service.subject),
        "subject": service.subject.to_string(),
        "environment": service.environment,
        "class": service.class.as_str(),
        "namespace": service.namespace,
        "group": service.group,
        "runs_on": service.runner.as_str(),
        "level": service.level,
        "credentials": service.credentials,
        "rung": service.rung,
        "domains": levels(service.domains),
        "path": service.spots.first().map(|spot| &spot.path),
        "line": service.spots.first().map(|spot| spot.line),
        "evidence": service.spots.iter().map(|spot| format!("{}:{}", spot.path, spot.line)).collect::<Vec<_>>(),
    })
}

/// One object a workload; the same workload in several environments is several objects of one group.
pub(super) fn schema() -> Value {
    list(object(json!({
        "id": text("environment and subject"),
        "subject": text("namespace/Kind/name"),
        "environment": text("its environment"),
        "class": word(["production", "non-production", "unclassified"]),
        "namespace": text("empty where nothing has namespaces"),
        "group": text("the application's name, the same in all environments"),
        "runs_on": word(Runner::ALL.map(Runner::as_str)),
        "level": level("the level that it would have alone; null where the repository is not rated"),
        "credentials": number("credentials that it uses"),
        "rung": { "type": ["integer", "null"], "minimum": 0, "maximum": 4, "description": "of its worst credential; null where none is visible" },
        "domains": by_name("by domain", level("the domain's level")),
        "path": optional("where it is declared"),
        "line": { "type": ["integer", "null"], "minimum": 1, "description": "1-based" },
        "evidence": list(text("path:line of every rendering: plain manifests, charts and overlays may declare one workload")),
    })))
}
