//! Probes: what the files say, as facts about subjects. No probe knows a level.

pub(super) mod accounts;
pub(super) mod audit;
pub(super) mod delivery;
pub(super) mod edges;
pub(super) mod endpoints;
pub(super) mod exposure;
pub(super) mod managers;
pub(super) mod mesh;
pub(super) mod network;
pub(super) mod policy;
pub(super) mod sources;
pub(super) mod templated;
pub(super) mod terraform;

use super::connectivity::ReachResult;
use super::inventory::Inventory;
use super::meshes::Meshes;
use super::observe::Subject;
use super::policy_tests::{PolicyTests, TextFile};
use super::traces::TextTraces;
use super::world::{Placed, World, name_of};
use super::{FindingFact, RegoFile};
use crate::model::k8s::{Namespace, Object};
use crate::model::manifests::Manifests;
use crate::model::value::{Node, Scalar, Value, texts};

/// What probes see.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) world: &'a World,
    pub(super) manifests: &'a Manifests,
    pub(super) meshes: &'a Meshes<'a>,
    pub(super) inventory: &'a Inventory,
    pub(super) rego: &'a [RegoFile],
    pub(super) findings: &'a [FindingFact],
    pub(super) roots: &'a [String],
    pub(super) reach: Option<&'a ReachResult>,
    pub(super) traces: &'a [TextTraces],
    pub(super) policy_tests: &'a PolicyTests,
    pub(super) texts: &'a [TextFile],
}

/// An object as a subject.
fn subject(object: &Object) -> Subject {
    let namespace = match object.namespace() {
        Namespace::Named(name) => name,
        Namespace::Cluster | Namespace::Unknown => "",
    };
    Subject::new(namespace, &*object.kind, name_of(object))
}

/// The deployed objects of a kind.
fn of_kind<'w>(world: &'w World, group: &'w str, kind: &'w str) -> impl Iterator<Item = &'w Placed> {
    world.deployed().filter(move |placed| placed.object.is(group, kind))
}

/// Whether a value is `true`, as a boolean or a text.
fn is_true(node: Option<&Node>) -> bool {
    node.is_some_and(|node| node.as_bool() == Some(true) || node.as_str() == Some("true"))
}

/// Whether a value is there: neither null nor an empty text, list or map.
fn is_set(node: Option<&Node>) -> bool {
    node.is_some_and(|node| match &node.value {
        Value::Map(entries) => !entries.is_empty(),
        Value::List(items) => !items.is_empty(),
        Value::Scalar(Scalar::Null) => false,
        Value::Scalar(Scalar::String(text)) => !text.is_empty(),
        Value::Scalar(_) => true,
    })
}

/// A number, also where it is written as a text.
fn number(node: &Node) -> Option<u64> {
    match &node.value {
        Value::Scalar(Scalar::Number(text) | Scalar::String(text)) => text.parse().ok(),
        _ => None,
    }
}

/// Calls `visit` for every entry below a node, to a depth that no sane file reaches.
fn walk<'n>(node: &'n Node, visit: &mut dyn FnMut(&'n crate::model::value::Entry)) {
    let mut waiting = vec![(node, 0u32)];
    while let Some((node, depth)) = waiting.pop() {
        if depth > 64 {
            continue;
        }
        for entry in node.entries() {
            visit(entry);
            waiting.push((&entry.value, depth + 1));
        }
        waiting.extend(node.items().iter().map(|item| (item, depth + 1)));
    }
}

/// Whether a path of Vault's stands for all of its secrets.
fn is_whole(path: &str) -> bool {
    matches!(path.trim_start_matches('/'), "*" | "+/*" | "secret/*" | "secret/data/*" | "secret/+/*" | "kv/*" | "kv/data/*" | "kv/+/*")
}
