//! Terraform: what resources, data and calls of modules say, as far as their fields are written out. What an expression decides is
//! left open.

mod documents;
mod encryption;
mod endpoints;
mod iam;
mod logs;
mod network;

use super::{Scene, is_set, is_true, is_whole, texts};
use crate::assess::fact::Fact;
use crate::assess::inventory::terraform::{Block, field, files, labelled, number, resources};
use crate::assess::observe::{Observer, Reach, Subject};
use crate::assess::status::Strength;
use crate::assess::world::{by_path, is_sample};
use crate::model::value::{Node, Origin, Value};

/// A resource, with the scopes that it speaks for.
struct Resource<'n> {
    kind: &'n str,
    name: &'n str,
    body: &'n Node,
    reach: Reach,
    /// It belongs to a call of a module; `kind` is the module's source then.
    is_module: bool,
}

/// All that a run's Terraform files declare.
struct Plan<'n> {
    resources: Vec<Resource<'n>>,
    /// `data` blocks.
    data: Vec<Resource<'n>>,
    /// Nothing runs in a cluster here, so that security groups are what isolates.
    without_cluster: bool,
}

impl<'n> Resource<'n> {
    fn get(&self, path: &[&str]) -> Option<&'n Node> {
        field(self.body, path)
    }

    fn text(&self, path: &[&str]) -> Option<&'n str> {
        self.get(path)?.as_str()
    }

    /// The bodies of nested blocks.
    fn blocks(&self, key: &str) -> impl Iterator<Item = &'n Node> {
        self.body.blocks(key)
    }

    fn subject(&self) -> Subject {
        Subject::new("", if self.is_module { "module" } else { self.kind }, self.name)
    }

    fn at(&self) -> &'n Origin {
        &self.body.origin
    }

    /// Notes a fact about it.
    fn note(&self, observer: &mut Observer<'_>, fact: Fact, at: &Origin, detail: impl Into<String>) {
        observer.add(fact, self.subject(), &self.reach, Some(at), detail).strength = Strength::PARSED;
    }

    /// Notes a fact about a part of it.
    fn note_part(&self, observer: &mut Observer<'_>, fact: Fact, part: &str, at: &Origin, detail: impl Into<String>) {
        observer.add(fact, self.subject().with_part(part), &self.reach, Some(at), detail).strength = Strength::PARSED;
    }
}

/// The expression of a value that is no literal.
fn expression(node: &Node) -> Option<&str> {
    node.unknown()
}

/// Whether a value is or refers to something: a literal, or an expression with `needle` in it.
fn mentions(node: &Node, needle: &str) -> bool {
    match &node.value {
        Value::List(items) => items.iter().any(|item| mentions(item, needle)),
        _ => node.as_str().or_else(|| expression(node)).is_some_and(|text| text.contains(needle)),
    }
}

/// Whether an expression refers to a resource: `aws_lb.main.arn`.
fn refers(node: Option<&Node>, kind: &str, name: &str) -> bool {
    let Some(node) = node else { return false };
    let refers = |text: &str| {
        text.match_indices(kind).any(|(at, _)| {
            let rest = &text[at + kind.len()..];
            rest.strip_prefix('.')
                .and_then(|rest| rest.strip_prefix(name))
                .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        })
    };
    match &node.value {
        Value::List(items) => items.iter().any(|item| expression(item).is_some_and(refers)),
        _ => expression(node).is_some_and(refers),
    }
}

impl<'n> Plan<'n> {
    fn new(scene: &Scene<'n>, observer: &Observer<'_>) -> Self {
        let mut this = Self { resources: Vec::new(), data: Vec::new(), without_cluster: scene.world.workloads.is_empty() };
        for file in files(scene.manifests) {
            let path = &observer.sources.get(observer.sources.outermost(file.source)).path;
            if is_sample(path, scene.roots) {
                continue;
            }
            let reach = Reach { environment: by_path(path, scene.roots), namespace: None };
            let of = |block: Block<'n>| Resource {
                kind: block.kind,
                name: block.name,
                body: block.body,
                reach: reach.clone(),
                is_module: false,
            };
            this.resources.extend(resources(&file.root).into_iter().map(of));
            for kinds in file.root.blocks("data") {
                for kind in kinds.entries() {
                    for names in std::iter::once(&kind.value).chain(kind.value.items()) {
                        for entry in names.entries() {
                            let bodies = std::iter::once(&entry.value).chain(entry.value.items());
                            let bodies = bodies.filter(|node| matches!(node.value, Value::Map(_)));
                            this.data.extend(bodies.map(|body| of(Block { kind: &kind.key, name: &entry.key, body })));
                        }
                    }
                }
            }
            for module in labelled(&file.root, "module") {
                let source = field(module.body, &["source"]).and_then(Node::as_str).unwrap_or("");
                this.resources.push(Resource { kind: source, name: module.name, body: module.body, reach: reach.clone(), is_module: true });
            }
        }
        this
    }

    /// The resources of a type.
    fn of_kind<'p>(&'p self, kind: &'p str) -> impl Iterator<Item = &'p Resource<'n>> {
        self.resources.iter().filter(move |resource| !resource.is_module && resource.kind == kind)
    }

    /// The resource of a type that a value refers to.
    fn referred<'p>(&'p self, node: Option<&Node>, kind: &'p str) -> Option<&'p Resource<'n>> {
        self.of_kind(kind).find(|resource| refers(node, kind, resource.name))
    }
}

pub(in crate::assess) fn probe(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    let plan = Plan::new(scene, observer);
    if plan.resources.is_empty() && plan.data.is_empty() {
        return;
    }
    for resource in &plan.resources {
        encryption::judge(observer, resource);
        endpoints::judge(observer, &plan, resource);
        logs::judge(observer, &plan, resource);
        network::judge(observer, &plan, resource);
    }
    network::groups(observer, &plan);
    iam::judge(observer, &plan);
}
