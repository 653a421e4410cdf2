//! What rules about the mesh ask of more than one object.

use rustc_hash::FxHashSet;

use crate::lint::manifest::ManifestCx;
use crate::model::effective::joins_mesh;
use crate::model::k8s::{Object, Space};
use crate::model::tri::Tri;
use crate::model::units::Unit;
use crate::model::value::{Node, Origin};

/// A namespace of a unit that the mesh's policies are judged for.
pub(super) struct MeshSpace<'u> {
    pub(super) space: &'u Space,
    pub(super) root: &'u str,
    /// Where something that the namespace lacks is reported.
    pub(super) anchor: &'u Origin,
}

/// The namespaces of a unit that are described there, in the mesh and none of the platform's.
pub(super) fn mesh_spaces<'u>(unit: &'u Unit, cx: &mut ManifestCx<'u>) -> Vec<MeshSpace<'u>> {
    let mut found = Vec::new();
    for space in unit.cluster().namespaces().filter(|space| space.is_described()) {
        let Some(anchor) = space.anchor() else { continue };
        let root = cx.mesh_root(anchor);
        if &*space.name == root || cx.is_system_namespace(&space.name, anchor) {
            continue;
        }
        match joins_mesh(space) {
            Tri::Yes => found.push(MeshSpace { space, root, anchor }),
            Tri::Unknown => cx.withhold(),
            Tri::No => {}
        }
    }
    found
}

impl MeshSpace<'_> {
    /// The object that the finding points at, and the value that names the namespace in it; `None` where the namespace is the default
    /// one.
    pub(super) fn anchor_object(&self) -> Option<(&Object, Option<&Node>)> {
        if let Some(object) = self.space.declared.first() {
            return Some((object, object.root.path(&["metadata", "name"])));
        }
        let object = self.space.workloads.first()?;
        Some((object, object.root.path(&["metadata", "namespace"])))
    }
}

/// Whether a namespace has an object of this kind and name, so that another one of that name would take its place.
pub(super) fn has_named(space: &Space, kind: &str, name: &str) -> bool {
    space.objects.iter().any(|object| object.is("security.istio.io", kind) && object.name() == Some(name))
}

/// The other units that are applied to the same cluster as far as the files tell: those that share no file with `unit`. Overlays of
/// one base are variants of each other.
pub(super) fn companions_of<'u>(unit: &Unit, cx: &ManifestCx<'u>) -> Vec<&'u Unit> {
    let sources = cx.sources();
    let own: FxHashSet<_> = unit.objects.iter().map(|object| sources.outermost(object.source)).collect();
    let others = cx.manifests().applied().filter(|other| (other.kind, &other.name) != (unit.kind, &unit.name));
    others.filter(|other| !other.objects.iter().any(|object| own.contains(&sources.outermost(object.source)))).collect()
}

/// Whether an object makes workloads that no file shows: the release of a chart, a gateway that its controller deploys.
pub(super) fn makes_workloads_unseen(object: &Object) -> bool {
    match (&*object.group, &*object.kind) {
        ("helm.toolkit.fluxcd.io", kind) => kind == "HelmRelease",
        ("helm.cattle.io", kind) => kind == "HelmChart",
        ("gateway.networking.k8s.io", kind) => kind == "Gateway",
        // operators make workloads of resources of their own
        ("argoproj.io", kind) => matches!(kind, "Application" | "ApplicationSet"),
        ("kustomize.toolkit.fluxcd.io", kind) => kind == "Kustomization",
        _ => false,
    }
}
