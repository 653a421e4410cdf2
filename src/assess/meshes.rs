//! The mesh of each environment: what its objects say, and what is in force once all of them are taken together.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::world::{Workload, World};
use crate::model::effective::{self, Effective};
use crate::model::k8s::{Cluster, Object};
use crate::model::mesh::Mesh;

/// The mesh of one environment.
pub(super) struct View<'w> {
    pub(super) cluster: &'w Cluster,
    pub(super) mesh: Mesh,
    pub(super) effective: Effective,
    /// The places of workloads in `effective`, by their objects.
    places: FxHashMap<*const Object, usize>,
    /// Something of a mesh is in sight.
    pub(super) exists: bool,
}

/// The meshes of all environments with workloads.
pub(super) struct Meshes<'w>(BTreeMap<&'w str, View<'w>>);

impl<'w> Meshes<'w> {
    pub(super) fn new(world: &'w World) -> Self {
        let view = |(environment, cluster): (&'w String, &'w Cluster)| {
            let speaks = world.deployed().filter(|placed| placed.environment.as_deref().is_none_or(|own| own == environment));
            let objects: Vec<Arc<Object>> = speaks.map(|placed| placed.object.clone()).collect();
            let mesh = Mesh::new(&objects);
            let root = mesh.root_namespace().unwrap_or(&world.mesh_root);
            let effective = Effective::new(&mesh, cluster, Arc::from(root));
            let places = effective.workloads().iter().enumerate().map(|(at, own)| (Arc::as_ptr(&own.object), at)).collect();
            let exists = objects.iter().any(|object| is_of_mesh(object));
            (environment.as_str(), View { cluster, mesh, effective, places, exists })
        };
        Self(world.clusters.iter().map(view).collect())
    }

    pub(super) fn of(&self, environment: &str) -> Option<&View<'w>> {
        self.0.get(environment)
    }
}

impl View<'_> {
    /// The workload as the mesh sees it.
    pub(super) fn workload(&self, workload: &Workload) -> Option<&effective::Workload> {
        self.effective.workloads().get(*self.places.get(&Arc::as_ptr(&workload.object))?)
    }
}

/// Whether an object shows that there is a mesh: one of its own kinds, or a Namespace that joins it.
fn is_of_mesh(object: &Object) -> bool {
    let marked = || {
        let labels = object.labels();
        let annotations = object.root.path(&["metadata", "annotations"]);
        let keys = ["istio-injection", "istio.io/rev", "istio.io/dataplane-mode"];
        keys.iter().any(|key| labels.is_some_and(|labels| labels.get(key).is_some()))
            || annotations.is_some_and(|node| node.get("linkerd.io/inject").is_some())
    };
    object.group.ends_with("istio.io") || object.group.ends_with("linkerd.io") || (object.is("", "Namespace") && marked())
}
