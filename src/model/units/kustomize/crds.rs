//! `crds:`: which fields of custom resources hold names, labels and annotations, as OpenAPI definitions with kustomize's own
//! extensions say (`api/internal/accumulator/loadconfigfromcrds.go` in kubernetes-sigs/kustomize).

use super::config::{Config, Field, References};
use super::fields::text_of;
use crate::model::value::Node;

/// Definitions inside one another.
const MAX_DEPTH: usize = 24;
/// Properties that are looked at in one file.
const MAX_PROPERTIES: usize = 20_000;
/// Fields that one kustomization learns of; each is looked for in all of its objects.
const MAX_FIELDS: usize = 1_000;

/// Adds what the definitions of a file say.
pub(super) fn add(config: &mut Config, definitions: &Node) {
    let mut left = MAX_PROPERTIES;
    for entry in definitions.entries() {
        let Some(properties) = properties(&entry.value) else { continue };
        // what has the fields of an object
        if ["kind", "apiVersion", "metadata"].iter().all(|key| properties.get(key).is_some()) {
            let kind = entry.key.rsplit('.').next().unwrap_or(&entry.key);
            let mut path = Vec::new();
            fields(config, definitions, kind, &entry.key, &mut path, &mut left);
        }
    }
}

fn properties(definition: &Node) -> Option<&Node> {
    definition.get("Schema").or_else(|| definition.get("schema"))?.get("properties")
}

fn fields(config: &mut Config, definitions: &Node, kind: &str, name: &str, path: &mut Vec<String>, left: &mut usize) {
    let Some(properties) = definitions.get(name).and_then(properties).filter(|_| path.len() < MAX_DEPTH) else { return };
    for property in properties.entries() {
        let known = config.annotations.len() + config.labels.len() + config.prefixes.len() + config.references.len();
        let Some(rest) = left.checked_sub(1).filter(|_| known < MAX_FIELDS) else { return };
        *left = rest;
        let text = |key: &str| property.value.get(key).and_then(text_of);
        path.push(property.key.to_string());
        let here = || Field::of_kind(kind, path.clone());
        if text("x-kubernetes-annotation").is_some() {
            config.annotations.push(here());
        }
        if text("x-kubernetes-label-selector").is_some() {
            config.labels.push(here());
        }
        if text("x-kubernetes-identity").is_some() {
            config.prefixes.push(here());
        }
        if let (Some(_), Some(named)) = (text("x-kubernetes-object-ref-api-version"), text("x-kubernetes-object-ref-kind")) {
            let mut field = path.clone();
            field.push(text("x-kubernetes-object-ref-name-key").unwrap_or("name").to_owned());
            let fields = vec![Field::of_kind(kind, field)];
            config.references.push(References { kind: named.to_owned(), group: String::new(), fields });
        }
        if let Some(other) = text("$ref") {
            fields(config, definitions, kind, other, path, left);
        }
        path.pop();
    }
}
