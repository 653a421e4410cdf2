//! Environments, and the scopes in them.

use serde_json::{Map, Value, json};

use super::super::About;
use super::shape::{by_name, level, list, number, object, text, word};
use crate::assess::Assessment;
use crate::assess::result::ScopeResult;
use crate::assess::status::Domain;

const CLASSES: [&str; 3] = ["production", "non-production", "unclassified"];

pub(super) fn value(assessment: &Assessment, _: &About) -> Value {
    let row = |environment: &crate::assess::result::EnvironmentResult| {
        json!({
            "id": environment.id,
            "class": environment.class.as_str(),
            "level": environment.level,
            "namespaces": environment.namespaces,
            "domains": levels(environment.domains),
        })
    };
    assessment.environments.iter().map(row).collect()
}

pub(super) fn schema() -> Value {
    list(object(json!({
        "id": text("its name"),
        "class": word(CLASSES),
        "level": level("the least of its scopes"),
        "namespaces": list(text("a namespace with workloads")),
        "domains": by_name("by domain", level("the domain's level")),
    })))
}

/// Levels by domain.
pub(super) fn levels(levels: [Option<u8>; 6]) -> Map<String, Value> {
    Domain::ALL.iter().zip(levels).map(|(domain, level)| (domain.as_str().to_owned(), json!(level))).collect()
}

pub(super) fn scopes(assessment: &Assessment, _: &About) -> Value {
    let row = |result: &ScopeResult| {
        json!({
            "id": result.scope.name(),
            "environment": result.scope.environment,
            "namespace": result.scope.namespace,
            "class": result.class.as_str(),
            "workloads": result.workloads,
            "level": result.level,
            "level_without_waivers": result.level_without_waivers,
            "confidence": result.confidence.word(),
            "domains": levels(result.domains),
        })
    };
    assessment.scopes.iter().map(row).collect()
}

pub(super) fn scopes_schema() -> Value {
    list(object(json!({
        "id": text("environment/namespace"),
        "environment": text("its environment"),
        "namespace": text("empty where nothing has namespaces"),
        "class": word(CLASSES),
        "workloads": number("workloads in it"),
        "level": level("its level"),
        "level_without_waivers": level("its level if no waiver counted"),
        "confidence": word(["high", "medium", "low"]),
        "domains": by_name("by domain", level("the domain's level")),
    })))
}
