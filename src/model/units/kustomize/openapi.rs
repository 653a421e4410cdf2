//! `openapi:`: the schema that says how lists are merged, in the place of Kubernetes' own
//! (`kyaml/openapi` in kubernetes-sigs/kustomize).

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::fields::text_of;
use crate::model::value::{Node, Value};
use crate::text::SourceId;

/// References inside one another that are followed.
const MAX_REFERENCES: usize = 16;

/// Group, version and kind.
type Kind = (Arc<str>, Arc<str>, Arc<str>);

/// The definitions of an OpenAPI document, and which of them describe which kinds.
#[derive(Debug)]
pub(super) struct Schema {
    pub(super) source: SourceId,
    root: Arc<Node>,
    kinds: FxHashMap<Kind, Arc<str>>,
}

/// How the schema has a list merged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Merged {
    /// By the values of these fields.
    By(Vec<Arc<str>>),
    Set,
    Replaced,
}

impl Schema {
    pub(super) fn new(root: &Node) -> Option<Self> {
        let definitions = root.get("definitions").filter(|node| matches!(node.value, Value::Map(_)))?;
        let mut kinds = FxHashMap::default();
        for definition in definitions.entries() {
            for kind in definition.value.get("x-kubernetes-group-version-kind").map_or(&[][..], Node::items) {
                let text = |key: &str| Arc::<str>::from(kind.get(key).and_then(text_of).unwrap_or(""));
                kinds.insert((text("group"), text("version"), text("kind")), Arc::clone(&definition.key));
            }
        }
        Some(Self { source: root.origin.at.source, root: Arc::new(root.clone()), kinds })
    }

    /// How the list at `path` of an object is merged.
    pub(super) fn list(&self, group: &str, version: &str, kind: &str, path: &[Arc<str>]) -> Merged {
        self.find(group, version, kind, path).map_or(Merged::Replaced, merged)
    }

    fn find(&self, group: &str, version: &str, kind: &str, path: &[Arc<str>]) -> Option<&Node> {
        let name = self.kinds.get(&(Arc::from(group), Arc::from(version), Arc::from(kind)))?;
        let mut at = self.root.get("definitions")?.get(name)?;
        for key in path {
            at = self.followed(at)?;
            // items of a list have no step of their own
            for _ in 0..MAX_REFERENCES {
                let Some(items) = at.get("items").filter(|_| at.get("properties").is_none()) else { break };
                at = self.followed(items)?;
            }
            at = match at.get("properties").and_then(|properties| properties.get(key)) {
                Some(property) => property,
                None => at.get("additionalProperties").filter(|node| matches!(node.value, Value::Map(_)))?,
            };
        }
        self.followed(at)
    }

    fn followed<'n>(&'n self, mut node: &'n Node) -> Option<&'n Node> {
        for _ in 0..MAX_REFERENCES {
            let Some(reference) = node.get("$ref").and_then(Node::as_str) else { return Some(node) };
            node = self.root.get("definitions")?.get(reference.strip_prefix("#/definitions/")?)?;
        }
        None
    }
}

fn merged(property: &Node) -> Merged {
    let strategy = property.get("x-kubernetes-patch-strategy").and_then(text_of).unwrap_or("");
    if !strategy.split(',').any(|word| word == "merge") {
        return Merged::Replaced;
    }
    let several = property.get("x-kubernetes-list-map-keys").map_or(&[][..], Node::items);
    let several: Vec<Arc<str>> = several.iter().filter_map(text_of).map(Arc::from).collect();
    match property.get("x-kubernetes-patch-merge-key").and_then(text_of) {
        _ if !several.is_empty() => Merged::By(several),
        Some(key) => Merged::By(vec![key.into()]),
        None => Merged::Set,
    }
}
