//! Credentials of pipelines, and how their jobs reach clouds.

mod github;
mod gitlab;
mod others;

use std::collections::BTreeSet;

use super::values::classify;
use super::{Consumer, Credential, Holding, Inventory};
use crate::assess::fact::Fact;
use crate::assess::observe::{Observer, Reach, Spot, Subject};
use crate::assess::status::Strength;
use crate::assess::world::{Ground, World, canonical};
use crate::model::value::{Node, Origin};

/// What all readers of pipelines report to.
struct Pipelines<'a, 's> {
    ground: &'a Ground<'a>,
    world: &'a World,
    out: &'a mut Inventory,
    observer: &'a mut Observer<'s>,
}

/// One job.
#[derive(Clone)]
struct Job {
    subject: Subject,
    reach: Reach,
}

pub(super) fn credentials(out: &mut Inventory, observer: &mut Observer<'_>, world: &World, ground: &Ground<'_>) {
    let mut pipelines = Pipelines { ground, world, out, observer };
    github::workflows(&mut pipelines);
    gitlab::pipelines(&mut pipelines);
    others::objects(&mut pipelines);
    others::texts(&mut pipelines);
}

impl Pipelines<'_, '_> {
    /// The scopes that a job speaks for which states an environment: those of it, where there are any.
    fn reach(&self, environment: Option<&str>) -> Reach {
        let stated = environment.map(|name| {
            let own = self.ground.settings.environments.iter().find(|rule| rule.name == name).map(|rule| rule.name.clone());
            own.or_else(|| name.split(['-', '_', '/', ' ']).find_map(canonical).map(str::to_owned)).unwrap_or_else(|| name.to_owned())
        });
        let known = |name: &String| self.world.scopes.iter().any(|scope| scope.environment == *name);
        Reach { environment: stated.filter(known), namespace: None }
    }

    fn fact(&mut self, fact: Fact, job: &Job, at: &Origin, detail: impl Into<String>) {
        self.observer.add(fact, job.subject.clone(), &job.reach, Some(at), detail);
    }

    fn credential(&mut self, job: &Job, name: &str, holding: Holding, source: &str, at: &Origin) {
        let spot = Spot::of(self.observer.sources, at.at);
        self.credential_at(job, name, holding, source, Strength::PARSED, spot);
    }

    fn credential_at(&mut self, job: &Job, name: &str, holding: Holding, source: &str, strength: Strength, spot: Spot) {
        let subject = job.subject.clone().with_part(name);
        let (consumer, reach, source) = (Consumer::Pipeline, job.reach.clone(), source.to_owned());
        self.out.credentials.push(Credential { consumer, subject, reach, holding, source, strength, spots: vec![spot], secret: None });
    }

    /// A value that stands in the pipeline.
    fn literal(&mut self, job: &Job, key: &str, node: &Node) {
        let Some(text) = node.as_str() else { return };
        let value = classify(key, text);
        if value < super::values::Value::Templated {
            self.credential(job, key, super::held_as(value), "a value in the pipeline", &node.origin);
        }
    }
}

/// An origin ordered by its place.
#[derive(Clone, PartialEq, Eq)]
struct At(Origin);

impl PartialOrd for At {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for At {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.at.cmp(&other.0.at)
    }
}

/// Calls `visit` with each text below a node.
fn texts<'n>(node: &'n Node, visit: &mut dyn FnMut(&'n str, &'n Origin), depth: usize) {
    if depth > 64 {
        return;
    }
    if let Some(text) = node.as_str() {
        visit(text, &node.origin);
    }
    node.items().iter().for_each(|item| texts(item, visit, depth + 1));
    node.entries().iter().for_each(|entry| texts(&entry.value, visit, depth + 1));
}

/// The names in `${{ secrets.NAME }}` below a node, but for the job's own token.
fn secrets(node: &Node, names: &mut BTreeSet<(String, At)>) {
    texts(
        node,
        &mut |text, origin| {
            for (at, _) in text.match_indices("secrets.") {
                let name: String = text[at + 8..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                let known = names.iter().any(|(own, _)| *own == name);
                let inside = text[..at].rfind("${{").is_some_and(|open| !text[open..at].contains("}}"));
                if !name.is_empty() && name != "GITHUB_TOKEN" && inside && !known {
                    names.insert((name, At(origin.clone())));
                }
            }
        },
        0,
    );
}
