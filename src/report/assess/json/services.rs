//! The section `services`: one object a workload.

use serde_json::{Map, Value, json};

use crate::assess::services::ServiceResult;
use crate::assess::status::Domain;
use crate::assess::world::Runner;

/// The rows, in their order.
pub(super) fn section(services: &[ServiceResult]) -> Value {
    services.iter().map(service).collect()
}

fn service(service: &ServiceResult) -> Value {
    let domains: Map<String, Value> =
        Domain::ALL.iter().zip(service.domains).map(|(domain, level)| (domain.as_str().to_owned(), json!(level))).collect();
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
        "domains": domains,
        "path": service.spot.as_ref().map(|spot| &spot.path),
        "line": service.spot.as_ref().map(|spot| spot.line),
    })
}

/// The section's part of the schema.
pub(in crate::report::assess) fn schema() -> Value {
    let text = |doc: &str| json!({ "type": "string", "description": doc });
    let level = |doc: &str| json!({ "type": ["integer", "null"], "minimum": 0, "maximum": 5, "description": doc });
    json!({
        "type": "array",
        "description": "one object a workload; the same workload in several environments is several objects of one group",
        "items": {
            "type": "object",
            "required": [
                "id", "subject", "environment", "class", "namespace", "group", "runs_on", "level", "credentials", "rung", "domains", "path", "line",
            ],
            "properties": {
                "id": text("environment and subject"),
                "subject": text("namespace/Kind/name"),
                "environment": text("its environment"),
                "class": { "enum": ["production", "non-production", "unclassified"] },
                "namespace": text("empty where nothing has namespaces"),
                "group": text("the application's name, the same in all environments"),
                "runs_on": { "enum": Runner::ALL.map(Runner::as_str) },
                "level": level("the level that it would have alone; null where the repository is not rated"),
                "credentials": { "type": "integer", "minimum": 0, "description": "credentials that it uses" },
                "rung": { "type": ["integer", "null"], "minimum": 0, "maximum": 4, "description": "of its worst credential; null where none is visible" },
                "domains": { "type": "object", "additionalProperties": level("the domain's level") },
                "path": { "type": ["string", "null"], "description": "where it is declared" },
                "line": { "type": ["integer", "null"], "minimum": 1, "description": "1-based" },
            },
        },
    })
}
