//! Whether a workload's traffic goes through the mesh, and what says so
//! (<https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/>, `.../ambient/usage/add-workloads/`,
//! <https://linkerd.io/2/features/proxy-injection/>; `pkg/kube/inject/inject.go` and the chart's `mutatingwebhook.yaml`).

use crate::model::k8s::{Pod, Space};
use crate::model::tri::Tri;
use crate::model::value::{Entry, Origin, Scalar, Value};

/// What carries a workload's traffic.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Plane {
    Sidecar,
    Ambient,
    Linkerd,
}

/// Whether a workload is in a mesh. Without evidence the answer is no: injection may be switched on elsewhere, but the files do not
/// say so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Injection {
    pub joined: Tri,
    /// What it is in, or taken out of; `None` where nothing is said.
    pub plane: Option<Plane>,
    /// What decided it.
    pub at: Option<Origin>,
}

impl Injection {
    fn none() -> Self {
        Self { joined: Tri::No, plane: None, at: None }
    }

    fn said(joined: Tri, plane: Plane, at: &Origin) -> Self {
        Self { joined, plane: Some(plane), at: Some(at.clone()) }
    }
}

/// Whether the pods of a workload in `space` are in a mesh.
#[must_use]
pub fn injection(pod: &Pod<'_>, space: &Space) -> Injection {
    let istio = sidecar(pod, space);
    if istio.joined.is_yes() {
        return istio;
    }
    let ambient = ambient(pod, space);
    if ambient.joined.is_yes() {
        return ambient;
    }
    let linkerd = linkerd(pod, space);
    if linkerd.joined.is_yes() {
        return linkerd;
    }
    [istio, ambient, linkerd]
        .into_iter()
        .reduce(|best, next| {
            let better = (next.joined, next.at.is_some()) > (best.joined, best.at.is_some());
            if better { next } else { best }
        })
        .unwrap_or_else(Injection::none)
}

/// The sidecar: the node's network has none; the pod's own label, or older annotation, comes before the namespace's label; where the
/// namespace opts out the injector is not asked.
fn sidecar(pod: &Pod<'_>, space: &Space) -> Injection {
    let namespace = space_label(space, "istio-injection");
    if let Some(container) = pod.containers().find(|container| container.name() == Some("istio-proxy")) {
        // `image: auto` is a gateway's, for the injector to fill in
        if container.image() != Some("auto") {
            return Injection::said(Tri::Yes, Plane::Sidecar, &container.node.origin);
        }
    }
    let inject = pod.label("sidecar.istio.io/inject").or_else(|| pod.annotation("sidecar.istio.io/inject"));
    let revision = pod.label("istio.io/rev");
    let by_namespace = match &namespace {
        Some(entry) => (is(entry, "enabled"), &entry.origin),
        None => match space_label(space, "istio.io/rev") {
            Some(entry) => (is_filled(entry), &entry.origin),
            None => (Tri::No, &pod.spec.origin),
        },
    };
    let found = match (inject, &namespace) {
        (Some(entry), _) if is(entry, "false").is_yes() => return Injection::said(Tri::No, Plane::Sidecar, &entry.origin),
        (_, Some(entry)) if is(entry, "disabled").is_yes() => return Injection::said(Tri::No, Plane::Sidecar, &entry.origin),
        (Some(entry), _) if is(entry, "true").is_yes() => Injection::said(Tri::Yes, Plane::Sidecar, &entry.origin),
        (Some(entry), _) if entry.value.unknown().is_some() => Injection::said(Tri::Unknown, Plane::Sidecar, &entry.origin),
        _ if !by_namespace.0.is_no() => Injection::said(by_namespace.0, Plane::Sidecar, by_namespace.1),
        _ => match revision {
            Some(entry) if namespace.is_none() => Injection::said(is_filled(entry), Plane::Sidecar, &entry.origin),
            _ => return Injection::none(),
        },
    };
    match pod.host_network() {
        Tri::No => found,
        host => {
            let at = pod.spec.value.entry("hostNetwork").map_or(&pod.spec.origin, |entry| &entry.origin);
            Injection::said(found.joined.and(!host), Plane::Sidecar, at)
        }
    }
}

/// Ambient mode: the pod's own label comes before the namespace's.
fn ambient(pod: &Pod<'_>, space: &Space) -> Injection {
    const KEY: &str = "istio.io/dataplane-mode";
    let by_pod = pod.label(KEY).or_else(|| pod.annotation(KEY).filter(|entry| is(entry, "none").is_yes()));
    match by_pod.or_else(|| space_label(space, KEY)) {
        None => Injection::none(),
        Some(entry) => Injection::said(is(entry, "ambient").and(!pod.host_network()), Plane::Ambient, &entry.origin),
    }
}

fn linkerd(pod: &Pod<'_>, space: &Space) -> Injection {
    const KEY: &str = "linkerd.io/inject";
    if let Some(container) = pod.containers().find(|container| container.name() == Some("linkerd-proxy")) {
        return Injection::said(Tri::Yes, Plane::Linkerd, &container.node.origin);
    }
    let space_entry = space.declared.iter().find_map(|object| object.root.path(&["metadata", "annotations"])?.entry(KEY));
    match pod.annotation(KEY).or(space_entry) {
        None => Injection::none(),
        Some(entry) => {
            let asked = is(entry, "enabled").or(is(entry, "ingress"));
            Injection::said(asked.and(!pod.host_network()), Plane::Linkerd, &entry.origin)
        }
    }
}

/// Whether a namespace is in Istio's mesh: its labels say so, or a pod in it asks for the mesh.
#[must_use]
pub fn joins_mesh(space: &Space) -> Tri {
    let refused = space_label(space, "istio-injection").is_some_and(|entry| is(entry, "disabled").is_yes());
    let revision = || space_label(space, "istio.io/rev").map_or(Tri::No, is_filled);
    let ambient = space_label(space, "istio.io/dataplane-mode").map_or(Tri::No, |entry| is(entry, "ambient"));
    let enabled = space_label(space, "istio-injection").map_or_else(revision, |entry| is(entry, "enabled"));
    let labels_unknown = space.declared.iter().any(|object| object.partial || object.labels().is_some_and(|node| node.unknown().is_some()));
    let declared = if refused { ambient } else { enabled.or(ambient) };
    let declared = if labels_unknown { declared.or(Tri::Unknown) } else { declared };
    declared.or(Tri::any(space.pods().map(|pod| {
        let found = injection(&pod, space);
        if found.plane == Some(Plane::Linkerd) { Tri::No } else { found.joined }
    })))
}

/// The entry of a label in the Namespace objects of a namespace; the first that has it.
fn space_label<'s>(space: &'s Space, key: &str) -> Option<&'s Entry> {
    space.declared.iter().find_map(|object| object.labels()?.entry(key))
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

/// Whether a label has a value at all.
fn is_filled(entry: &Entry) -> Tri {
    match &entry.value.value {
        Value::Scalar(Scalar::String(text)) => Tri::from(!text.is_empty()),
        Value::Scalar(Scalar::Unknown(_)) => Tri::Unknown,
        Value::Scalar(Scalar::Number(_)) => Tri::Yes,
        _ => Tri::No,
    }
}
