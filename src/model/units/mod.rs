//! Build units: what is applied together.

use std::sync::{Arc, OnceLock};

use super::k8s::{Cluster, Object};
use super::mesh::Mesh;

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
    /// The folder of the kustomization or chart; empty for plain files. Reports name variants so.
    pub name: String,
    /// In the order of their files and documents.
    pub objects: Vec<Arc<Object>>,
    /// Another unit builds on it: it is judged there.
    pub is_base: bool,
    /// Why objects may be missing: resources that were not read, patches that could not be applied. Where there is one, nothing
    /// can be said to be absent.
    pub gaps: Vec<String>,
    /// Computed when first asked for.
    pub(super) mesh: OnceLock<Mesh>,
    pub(super) cluster: OnceLock<Cluster>,
}

impl Unit {
    /// A complete unit that no other builds on.
    #[must_use]
    pub fn new(kind: UnitKind, name: String, objects: Vec<Arc<Object>>) -> Self {
        Self { kind, name, objects, is_base: false, gaps: Vec::new(), mesh: OnceLock::new(), cluster: OnceLock::new() }
    }

    /// What the unit says of its mesh; sorted once.
    #[must_use]
    pub fn mesh(&self) -> &Mesh {
        self.mesh.get_or_init(|| Mesh::new(&self.objects))
    }

    /// The objects by namespace and kind; sorted once.
    #[must_use]
    pub fn cluster(&self) -> &Cluster {
        self.cluster.get_or_init(|| Cluster::new(&self.objects))
    }

    /// Whether something that is not among the objects is surely absent.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.gaps.is_empty()
    }
}
