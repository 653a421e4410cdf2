//! Which namespaces and workloads are in the mesh
//! (<https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/>, `.../ambient/usage/add-workloads/`).

use crate::model::k8s::{Labels, Pod, Space};
use crate::model::tri::Tri;
use crate::model::value::{Entry, Scalar, Value};

/// Whether a namespace is in the mesh: its labels say so, or a pod in it asks for the mesh. Without evidence the answer is no:
/// injection may be switched on elsewhere, but the files do not say so.
#[must_use]
pub fn in_mesh(space: &Space) -> Tri {
    let declared = Tri::any(space.declared.iter().map(|object| joins(&Labels::new(object.labels(), false))));
    let refused = space.declared.iter().any(|object| opts_out(&Labels::new(object.labels(), false)));
    // where the namespace opts out, the injector is not asked about its pods
    declared.or(Tri::any(space.pods().filter(|_| !refused).map(|pod| asks(&pod))))
}

/// Whether the labels of a namespace put its workloads into the mesh.
fn joins(labels: &Labels<'_>) -> Tri {
    if opts_out(labels) {
        return Tri::No;
    }
    let enabled = labels.is_one_of("istio-injection", &[Some("enabled")]);
    let revision = match labels.get("istio.io/rev") {
        Some(revision) => Tri::from(!revision.is_empty()),
        None => labels.has("istio.io/rev").and(Tri::Unknown),
    };
    let ambient = labels.is_one_of("istio.io/dataplane-mode", &[Some("ambient")]);
    Tri::any([enabled, revision, ambient])
}

/// `istio-injection: disabled` wins over a revision; ambient is a matter of its own label.
fn opts_out(labels: &Labels<'_>) -> bool {
    labels.get("istio-injection") == Some("disabled") && labels.get("istio.io/dataplane-mode") != Some("ambient")
}

/// Whether a pod asks for a sidecar or for ambient mode, whatever its namespace says. The label wins over the older annotation.
fn asks(pod: &Pod<'_>) -> Tri {
    let ambient = pod.label("istio.io/dataplane-mode").map_or(Tri::No, |entry| is(entry, "ambient"));
    let inject = pod.label("sidecar.istio.io/inject").or_else(|| pod.annotation("sidecar.istio.io/inject"));
    let injected = inject.map_or(Tri::No, |entry| is(entry, "true"));
    // a pod of the node's network gets no sidecar
    ambient.or(injected.and(!pod.host_network()))
}

/// Whether the value of a label is `wanted`; a boolean, which the API server refuses, is meant as its text.
fn is(entry: &Entry, wanted: &str) -> Tri {
    match &entry.value.value {
        Value::Scalar(Scalar::String(text)) => Tri::from(&**text == wanted),
        Value::Scalar(Scalar::Bool(value)) => Tri::from((if *value { "true" } else { "false" }) == wanted),
        Value::Scalar(Scalar::Unknown(_)) => Tri::Unknown,
        _ => Tri::No,
    }
}
