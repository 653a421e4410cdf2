//! `configurations`: field specs beside kustomize's own.

use super::fields::text_of;
use super::resource::Res;
use crate::model::value::Node;

/// A field of the objects of a kind, as a configuration names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Field {
    path: Vec<String>,
    group: String,
    version: String,
    kind: String,
    pub(super) create: bool,
}

/// References to objects of a kind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct References {
    pub(super) kind: String,
    pub(super) group: String,
    pub(super) fields: Vec<Field>,
}

/// What the configurations of a kustomization, and of those that it builds on, add.
#[derive(Clone, Debug, Default)]
pub(super) struct Config {
    pub(super) references: Vec<References>,
    pub(super) namespaces: Vec<Field>,
    pub(super) labels: Vec<Field>,
    pub(super) annotations: Vec<Field>,
    pub(super) prefixes: Vec<Field>,
    pub(super) suffixes: Vec<Field>,
    pub(super) images: Vec<Field>,
    pub(super) replicas: Vec<Field>,
    /// Where variables are replaced.
    pub(super) variables: Vec<Field>,
}

impl Field {
    pub(super) fn new(node: &Node) -> Option<Self> {
        let text = |key: &str| node.get(key).and_then(text_of).unwrap_or("").to_owned();
        // `\/` is a slash that does not separate
        let written = node.get("path")?.as_str()?.replace("\\/", "\0");
        let path: Vec<String> = written.split('/').filter(|part| !part.is_empty()).map(|part| part.replace('\0', "/")).collect();
        let create = node.get("create").and_then(Node::as_bool).unwrap_or(false);
        (!path.is_empty()).then(|| Self { path, group: text("group"), version: text("version"), kind: text("kind"), create })
    }

    /// A field of all objects of a kind, which is never made.
    pub(super) fn of_kind(kind: &str, path: Vec<String>) -> Self {
        Self { path, group: String::new(), version: String::new(), kind: kind.to_owned(), create: false }
    }

    pub(super) fn path(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    pub(super) fn selects(&self, res: &Res) -> bool {
        let fits = |wanted: &str, is: &str| wanted.is_empty() || wanted == is;
        fits(&self.group, &res.group) && fits(&self.version, &res.version) && fits(&self.kind, &res.kind)
    }
}

impl Config {
    /// Adds what a configuration says; returns the sections that are not followed.
    pub(super) fn add(&mut self, root: &Node) -> Vec<String> {
        let mut unknown = Vec::new();
        for section in root.entries() {
            let items = section.value.items();
            match &*section.key {
                "nameReference" => self.references.extend(items.iter().filter_map(|item| {
                    let text = |key: &str| item.get(key).and_then(text_of).unwrap_or("").to_owned();
                    let fields = item.get("fieldSpecs").map_or(&[][..], Node::items).iter().filter_map(Field::new).collect();
                    (!text("kind").is_empty()).then(|| References { kind: text("kind"), group: text("group"), fields })
                })),
                "namespace" => self.namespaces.extend(items.iter().filter_map(Field::new)),
                "commonLabels" => self.labels.extend(items.iter().filter_map(Field::new)),
                "commonAnnotations" => self.annotations.extend(items.iter().filter_map(Field::new)),
                "namePrefix" => self.prefixes.extend(items.iter().filter_map(Field::new)),
                "nameSuffix" => self.suffixes.extend(items.iter().filter_map(Field::new)),
                "images" => self.images.extend(items.iter().filter_map(Field::new)),
                "replicas" => self.replicas.extend(items.iter().filter_map(Field::new)),
                "varReference" => self.variables.extend(items.iter().filter_map(Field::new)),
                _ if items.is_empty() => {}
                other => unknown.push(other.to_owned()),
            }
        }
        unknown
    }

    pub(super) fn extend(&mut self, other: &Self) {
        fn new<T: Clone + PartialEq>(into: &mut Vec<T>, from: &[T]) {
            // the same configuration often comes by several ways
            for item in from {
                if into.len() < 1_000 && !into.contains(item) {
                    into.push(item.clone());
                }
            }
        }
        new(&mut self.references, &other.references);
        new(&mut self.namespaces, &other.namespaces);
        new(&mut self.labels, &other.labels);
        new(&mut self.annotations, &other.annotations);
        new(&mut self.prefixes, &other.prefixes);
        new(&mut self.suffixes, &other.suffixes);
        new(&mut self.images, &other.images);
        new(&mut self.replicas, &other.replicas);
        new(&mut self.variables, &other.variables);
    }
}
