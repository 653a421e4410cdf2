//! What rules about the mesh ask of more than one object.

use rustc_hash::FxHashSet;

use crate::lint::manifest::ManifestCx;
use crate::model::k8s::Space;
use crate::model::mesh;
use crate::model::tri::Tri;
use crate::model::units::Unit;
use crate::model::value::Origin;

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
        match mesh::in_mesh(space) {
            Tri::Yes => found.push(MeshSpace { space, root, anchor }),
            Tri::Unknown => cx.withhold(),
            Tri::No => {}
        }
    }
    found
}

/// The other units that are applied to the same cluster as far as the files tell: those that share no file with `unit`. Overlays of
/// one base are variants of each other.
pub(super) fn companions_of<'u>(unit: &Unit, cx: &ManifestCx<'u>) -> Vec<&'u Unit> {
    let sources = cx.sources();
    let own: FxHashSet<_> = unit.objects.iter().map(|object| sources.outermost(object.source)).collect();
    let others = cx.manifests().applied().filter(|other| (other.kind, &other.name) != (unit.kind, &unit.name));
    others.filter(|other| !other.objects.iter().any(|object| own.contains(&sources.outermost(object.source)))).collect()
}
