//! One object of a manifest.

use std::sync::Arc;

use super::scope::{Scope, scope};
use super::selector::is_placeholder;
use crate::model::value::{Entry, Node, Origin};
use crate::text::{Location, SourceId};

/// An object as it is written, or as a build unit makes it.
#[derive(Clone, Debug)]
pub struct Object {
    /// The whole object: a map with `apiVersion` and `kind`.
    pub root: Arc<Node>,
    /// The API group, empty for the core group.
    pub group: Arc<str>,
    pub version: Arc<str>,
    pub kind: Arc<str>,
    /// Nothing can be said to be absent: the object is cut off or read around template actions.
    pub partial: bool,
    /// The text that its `kind` is written in.
    pub source: SourceId,
    /// Its document in that text, counted as `kubectl` does.
    pub document: usize,
    /// As the table of known kinds has it, or a CustomResourceDefinition of the workspace.
    pub scope: Scope,
}

/// The namespace that an object lies in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Namespace<'o> {
    /// The kind has none.
    Cluster,
    Named(&'o str),
    /// Templated, or of a type that no namespace has.
    Unknown,
}

impl Object {
    /// The object that a value is, if it is one: a map with the strings `apiVersion` and `kind`.
    #[must_use]
    pub fn new(root: Arc<Node>, partial: bool, document: usize) -> Option<Self> {
        let api_version = root.get("apiVersion")?.as_str()?;
        let kind = root.get("kind")?;
        let (group, version) = match api_version.rsplit_once('/') {
            Some((group, version)) => (group, version),
            None => ("", api_version),
        };
        let (group, version): (Arc<str>, Arc<str>) = (group.into(), version.into());
        let source = kind.origin.at.source;
        let kind: Arc<str> = kind.as_str()?.into();
        let scope = scope(&group, &kind);
        (!kind.is_empty() && !version.is_empty()).then_some(Self { root, group, version, kind, partial, source, document, scope })
    }

    /// Whether the object is of this group and kind, whatever its version.
    #[must_use]
    pub fn is(&self, group: &str, kind: &str) -> bool {
        *self.kind == *kind && *self.group == *group
    }

    /// The place of the key `kind`: where findings about the object as a whole point.
    #[must_use]
    pub fn kind_at(&self) -> &Origin {
        self.key_at("kind")
    }

    /// The place of the key `apiVersion`.
    #[must_use]
    pub fn api_version_at(&self) -> &Origin {
        self.key_at("apiVersion")
    }

    fn key_at(&self, key: &str) -> &Origin {
        self.root.entry(key).map_or(&self.root.origin, |entry| &entry.origin)
    }

    /// Where the object lies: all of it, as far as it is written in one place.
    #[must_use]
    pub fn location(&self) -> Location {
        self.root.origin.at
    }

    /// `metadata.name`; `None` where it is absent (`generateName`), templated or no string.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.root.path(&["metadata", "name"])?.as_str()
    }

    /// The entry `spec`.
    #[must_use]
    pub fn spec(&self) -> Option<&Entry> {
        self.root.entry("spec")
    }

    /// The namespace that it is applied to: `default` where none is named and the kind has one.
    #[must_use]
    pub fn namespace(&self) -> Namespace<'_> {
        if self.scope == Scope::Cluster {
            return Namespace::Cluster;
        }
        match self.root.path(&["metadata", "namespace"]) {
            None if self.root.get("metadata").is_some_and(|node| node.unknown().is_some()) => Namespace::Unknown,
            None => Namespace::Named("default"),
            Some(node) if node.is_null() => Namespace::Named("default"),
            Some(node) => match node.as_str() {
                Some("") => Namespace::Named("default"),
                Some(name) if is_placeholder(name) => Namespace::Unknown,
                Some(name) => Namespace::Named(name),
                None => Namespace::Unknown,
            },
        }
    }

    /// The value of the annotation `key`, if it is a string.
    #[must_use]
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.root.path(&["metadata", "annotations"])?.get(key)?.as_str()
    }

    /// `metadata.labels`.
    #[must_use]
    pub fn labels(&self) -> Option<&Node> {
        self.root.path(&["metadata", "labels"])
    }

    /// `group/kind/namespace/name`, as fingerprints and reports name it.
    #[must_use]
    pub fn id(&self) -> String {
        let namespace = match self.namespace() {
            Namespace::Named(name) => name,
            Namespace::Cluster | Namespace::Unknown => "",
        };
        format!("{}/{}/{namespace}/{}", self.group, self.kind, self.name().unwrap_or(""))
    }
}
