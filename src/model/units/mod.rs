//! Build units: what is applied together.

mod chart;
mod files;
mod kustomize;
pub mod rendered;

use std::collections::BTreeSet;
use std::collections::hash_map::Entry;
use std::sync::{Arc, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};

use super::document::Document;
use super::effective::isolation::Network;
use super::effective::{self, Effective};
use super::k8s::{Cluster, Namespace, Object};
use super::mesh::Mesh;
use super::value::Value;
use crate::text::{SourceId, SourceMap};

pub use chart::is_template;
pub use files::FileObjects;
pub use kustomize::InlinePatches;

/// How a unit's objects come about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum UnitKind {
    /// The files that no other unit takes.
    Plain,
    Kustomization,
    /// A Helm chart, its templates read tolerantly.
    Chart,
}

/// Objects that are applied together, as they are applied.
#[derive(Clone, Debug)]
pub struct Unit {
    pub kind: UnitKind,
    /// The folder of the kustomization or chart, `.` for the working directory; empty for plain files. Reports name variants so.
    pub name: String,
    /// In the order of their files and documents.
    pub objects: Vec<Arc<Object>>,
    /// Another unit builds on it: it is judged there.
    pub is_base: bool,
    /// Why objects may be missing or differ: resources that were not read, patches that could not be applied. Where there is one,
    /// nothing can be said to be absent.
    pub gaps: Vec<String>,
    /// The kinds that documents name which syntax errors cut off before they are objects: some of these kinds may be missing.
    pub lost: BTreeSet<Arc<str>>,
    /// Computed when first asked for.
    pub(super) mesh: OnceLock<Mesh>,
    pub(super) cluster: OnceLock<Cluster>,
    pub(super) network: OnceLock<Network>,
    pub(super) effective: effective::Cache,
}

impl Unit {
    /// A complete unit that no other builds on.
    #[must_use]
    pub fn new(kind: UnitKind, name: String, objects: Vec<Arc<Object>>) -> Self {
        Self {
            kind,
            name,
            objects,
            is_base: false,
            gaps: Vec::new(),
            lost: BTreeSet::new(),
            mesh: OnceLock::new(),
            cluster: OnceLock::new(),
            network: OnceLock::new(),
            effective: effective::Cache::default(),
        }
    }

    /// What the unit says of its mesh; sorted once.
    #[must_use]
    pub fn mesh(&self) -> &Mesh {
        self.mesh.get_or_init(|| Mesh::new(&self.objects))
    }

    /// What is in force once all policies are taken together, where `root` is the mesh's root namespace; computed once.
    #[must_use]
    pub fn effective(&self, root: &str) -> &Effective {
        self.effective.get(self.mesh(), self.cluster(), root)
    }

    /// The objects by namespace and kind; sorted once.
    #[must_use]
    pub fn cluster(&self) -> &Cluster {
        self.cluster.get_or_init(|| match self.kind {
            UnitKind::Chart => Cluster::of_chart(&self.objects),
            UnitKind::Plain | UnitKind::Kustomization => Cluster::new(&self.objects),
        })
    }

    /// The network policies and what they isolate; sorted once, each namespace judged when first asked for.
    #[must_use]
    pub fn network(&self) -> &Network {
        self.network.get_or_init(|| Network::new(self.cluster()))
    }

    /// Objects of one group, kind, namespace and name: each but the first, behind the first. Only one of them can be applied; all are
    /// among the objects.
    #[must_use]
    pub fn repeated(&self) -> Vec<(&Arc<Object>, &Arc<Object>)> {
        let mut first: FxHashMap<(&str, &str, Namespace<'_>, &str), &Arc<Object>> = FxHashMap::default();
        let mut out = Vec::new();
        for object in &self.objects {
            // `generateName` gives each a name of its own
            let Some(name) = object.name() else { continue };
            let namespace = object.namespace();
            if namespace == Namespace::Unknown {
                continue;
            }
            match first.entry((&object.group, &object.kind, namespace, name)) {
                Entry::Occupied(known) => out.push((*known.get(), object)),
                Entry::Vacant(place) => drop(place.insert(object)),
            }
        }
        out
    }

    /// Whether an object of one of these kinds may be missing: not everything was read, or one could not be parsed.
    #[must_use]
    pub fn may_lack(&self, kinds: &[&str]) -> bool {
        !self.is_complete() || kinds.iter().any(|kind| self.lost.contains(*kind))
    }

    /// Whether something that is not among the objects is surely absent.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.gaps.is_empty()
    }
}

/// What units are built from.
pub struct Parts<'m> {
    pub sources: &'m SourceMap,
    pub objects: &'m [Arc<Object>],
    pub documents: &'m [Document],
    /// In the order of the objects.
    pub files: &'m [FileObjects],
    pub inline: &'m InlinePatches,
}

/// The units of a run.
#[derive(Debug, Default)]
pub struct Built {
    /// The plain files first, then kustomizations and charts by name.
    pub units: Vec<Unit>,
    /// What of kustomizations could not be followed: the kustomization's text and why.
    pub skipped: Vec<(SourceId, String)>,
    /// Files that a ConfigMap is generated from, with the keys that they get.
    pub generated: Vec<(SourceId, Arc<str>)>,
}

/// Builds all units: kustomizations and charts by folder, and one of all files that neither takes.
#[must_use]
pub fn build(parts: &Parts<'_>) -> Built {
    let files = files::Files::new(parts.sources, parts.objects, parts.files);
    let mut built = Built::default();
    let mut taken: FxHashSet<SourceId> = FxHashSet::default();
    let kustomizations = kustomize::build(&files, parts, &mut built, &mut taken);
    let mut charts = chart::Charts::new(&files, parts.documents);
    let mut plain = Unit::new(UnitKind::Plain, String::new(), Vec::new());
    for file in parts.files {
        if !charts.take(&files, file.source, file) && !taken.contains(&file.source) {
            let beside = files.is_beside_kustomization(file.source);
            for object in files.objects(file) {
                // a patch that is commented out, say: the API server refuses it as an object, and nothing applies it
                if beside && lacks_selector(object) {
                    let name = object.name().unwrap_or("");
                    built
                        .skipped
                        .push((file.source, format!("`{} {name}` has no selector: a patch that no kustomization here takes", object.kind)));
                } else {
                    plain.objects.push(Arc::clone(object));
                }
            }
            plain.lost.extend(file.lost.iter().cloned());
        }
    }
    let mut others = kustomizations;
    others.extend(charts.units());
    others.sort_by(|a, b| (&a.name, a.kind).cmp(&(&b.name, b.kind)));
    built.units.push(plain);
    built.units.append(&mut others);
    built
}

/// Whether a workload lacks the selector that it must have: a part of one.
fn lacks_selector(object: &Object) -> bool {
    object.group.as_ref() == "apps"
        && matches!(&*object.kind, "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
        && !object.partial
        && matches!(object.root.get("spec").map(|spec| &spec.value), Some(Value::Map(_)))
        && object.root.path(&["spec", "selector"]).is_none()
}

/// A folder as a unit's name.
fn display(folder: &str) -> String {
    if folder.is_empty() { ".".to_owned() } else { folder.to_owned() }
}
