//! Credentials of Compose services. Beside a cluster's manifests a Compose file is for local use; alone it is what is deployed.

use super::secrets::effect;
use super::values::{Value, classify, is_credential_name};
use super::{Consumer, Credential, Finding, Holding, Inventory};
use crate::assess::observe::{Reach, Spot, Subject};
use crate::assess::status::{Class, Strength};
use crate::assess::world::{World, is_sample};
use crate::model::document::DocumentKind;
use crate::model::manifests::Manifests;
use crate::model::value::{Node, Origin, Value as Data};
use crate::text::SourceMap;

pub(super) fn credentials(out: &mut Inventory, sources: &SourceMap, world: &World, manifests: &Manifests, roots: &[String]) {
    let deployed = world.workloads.is_empty();
    for document in manifests.documents.iter().filter(|document| document.kind == DocumentKind::Compose) {
        let path = &sources.get(sources.outermost(document.source)).path;
        let is_local = !deployed || is_sample(path, roots);
        for service in document.root.get("services").map_or(&[][..], Node::entries) {
            let subject = Subject::new("", "Compose", &*service.key);
            let mut add = |name: &str, holding: Holding, source: &str, at: &Origin| {
                if !is_local {
                    let subject = subject.clone().with_part(name);
                    let (consumer, reach, strength) = (Consumer::Workload, Reach::everywhere(), Strength::PARSED);
                    let spots = vec![Spot::of(sources, at.at)];
                    out.credentials.push(Credential {
                        consumer,
                        subject,
                        reach,
                        holding,
                        source: source.to_owned(),
                        strength,
                        spots,
                        secret: None,
                    });
                }
            };
            let mut values = Vec::new();
            for (name, text, at) in variables(service.value.get("environment")) {
                match text.map(|text| (classify(&name, text), text)) {
                    Some((value @ (Value::Provider | Value::Random | Value::Password | Value::Default), text)) => {
                        let holding = if value == Value::Default { Holding::Manual } else { Holding::Literal };
                        add(&name, holding, "a value in the Compose file", at);
                        values.push((name, value, text, at));
                    }
                    Some((Value::Templated, _)) | None if is_credential_name(&name) => add(&name, Holding::Manual, "the environment", at),
                    _ => {}
                }
            }
            for item in service.value.get("secrets").map_or(&[][..], Node::items) {
                let name = item.as_str().or_else(|| item.get("source").and_then(Node::as_str)).unwrap_or("secret");
                add(name, Holding::Stored, "a Compose secret", &item.origin);
            }
            for (name, value, text, at) in values {
                let Some(effect) = effect(value, is_local, Class::Unclassified) else { continue };
                let subject = subject.clone().with_part(name);
                let spot = Spot::of(sources, at.at);
                let found = Finding::new("compose-env-credential", text, value, effect, subject, Reach::everywhere(), spot);
                out.findings.push(Finding { is_sample: is_local, ..found });
            }
        }
    }
}

/// The variables of a service: a map, or a list of `NAME=value`. `None` for a variable that is passed through.
fn variables(node: Option<&Node>) -> Vec<(String, Option<&str>, &Origin)> {
    let Some(node) = node else { return Vec::new() };
    match &node.value {
        Data::Map(entries) => entries.iter().map(|entry| (entry.key.to_string(), entry.value.as_str(), &entry.origin)).collect(),
        Data::List(items) => {
            let texts = items.iter().filter_map(|item| Some((item.as_str()?, &item.origin)));
            texts
                .map(|(text, at)| match text.split_once('=') {
                    Some((name, value)) => (name.to_owned(), Some(value), at),
                    None => (text.to_owned(), None, at),
                })
                .collect()
        }
        Data::Scalar(_) => Vec::new(),
    }
}
