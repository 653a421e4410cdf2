//! Which workloads a policy applies to, as istiod attaches policies (`pilot/pkg/model/policyattachment.go`).

use crate::model::k8s::selector::is_empty;
use crate::model::k8s::{Cluster, Labels, Namespace, Object};
use crate::model::tri::Tri;
use crate::model::value::{Node, Value};

/// How far a policy reaches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PolicyScope<'o> {
    /// It lies in the root namespace and selects nothing.
    Mesh,
    /// All workloads of this namespace.
    Namespace(&'o str),
    /// Some workloads of this namespace; of all namespaces where that is the root namespace.
    Workloads(&'o str),
    Unknown,
}

/// What a policy names to narrow it down.
#[derive(Clone, Debug)]
pub enum Target<'o> {
    Everything,
    /// `selector.matchLabels`, not empty.
    Labels(&'o Node),
    /// `targetRefs`, or the older `targetRef`.
    Refs(Vec<TargetRef<'o>>),
    Unknown,
}

/// One of `targetRefs`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TargetRef<'o> {
    pub group: &'o str,
    pub kind: &'o str,
    pub name: &'o str,
}

/// The namespace of an object; unknown where one that was not read whole names none.
#[must_use]
pub fn namespace_of(object: &Object) -> Option<&str> {
    match object.namespace() {
        Namespace::Named(_) if object.partial && object.root.path(&["metadata", "namespace"]).is_none() => None,
        Namespace::Named(name) => Some(name),
        Namespace::Cluster | Namespace::Unknown => None,
    }
}

/// Whether a policy of Istio is of a version that is or was served (`manifests/charts/base/files/crd-all.gen.yaml`).
#[must_use]
pub fn is_known_version(policy: &Object) -> bool {
    matches!(&*policy.version, "v1" | "v1beta1")
}

/// What a policy applies to. `root` is the mesh's root namespace.
#[must_use]
pub fn scope_of<'o>(policy: &'o Object, root: &str) -> PolicyScope<'o> {
    match (target(policy), namespace_of(policy)) {
        (Target::Unknown, _) | (_, None) => PolicyScope::Unknown,
        (Target::Everything, Some(name)) if name == root => PolicyScope::Mesh,
        (Target::Everything, Some(name)) => PolicyScope::Namespace(name),
        (Target::Labels(_) | Target::Refs(_), Some(name)) => PolicyScope::Workloads(name),
    }
}

/// What a policy names to narrow it down. Empty selectors and lists name nothing.
#[must_use]
pub fn target(policy: &Object) -> Target<'_> {
    let Some(spec) = policy.spec().map(|entry| &entry.value) else {
        return if policy.partial { Target::Unknown } else { Target::Everything };
    };
    if !matches!(spec.value, Value::Map(_)) && !spec.is_null() {
        return Target::Unknown;
    }
    let refs = match spec.get("targetRefs").map(|node| (node, &node.value)) {
        Some((_, Value::List(items))) if !items.is_empty() => items.iter().collect(),
        Some((node, Value::Scalar(_))) if !node.is_null() => return Target::Unknown,
        _ => spec.get("targetRef").filter(|node| !node.is_null()).into_iter().collect::<Vec<_>>(),
    };
    if !refs.is_empty() {
        let read: Option<Vec<TargetRef<'_>>> = refs.into_iter().map(target_ref).collect();
        return read.map_or(Target::Unknown, Target::Refs);
    }
    let selector = spec.get("selector");
    match (is_empty(selector), selector.and_then(|node| node.get("matchLabels"))) {
        (Tri::Yes, _) if policy.partial => Target::Unknown,
        (Tri::Yes, _) => Target::Everything,
        // Istio's selectors have labels alone
        (Tri::No, Some(labels)) if selector.is_some_and(|node| node.get("matchExpressions").is_none()) => Target::Labels(labels),
        _ => Target::Unknown,
    }
}

fn target_ref(node: &Node) -> Option<TargetRef<'_>> {
    let text = |key: &str| node.get(key).map_or(Some(""), |value| if value.is_null() { Some("") } else { value.as_str() });
    let group = match text("group")? {
        "core" => "",
        group => group,
    };
    Some(TargetRef { group, kind: text("kind")?, name: text("name")? })
}

/// Whether a policy applies to the workloads of namespace `namespace` with these labels.
#[must_use]
pub fn applies_to(policy: &Object, namespace: &str, labels: &Labels<'_>, root: &str) -> Tri {
    let here = match namespace_of(policy) {
        Some(name) => Tri::from(name == root || name == namespace),
        None => Tri::Unknown,
    };
    here.and(match target(policy) {
        Target::Everything => Tri::Yes,
        Target::Labels(selector) => labels.has_all(Some(selector)),
        Target::Refs(refs) => attached(&refs, labels),
        Target::Unknown => Tri::Unknown,
    })
}

/// The label that a Gateway's pods carry.
const GATEWAY_NAME: &str = "gateway.networking.k8s.io/gateway-name";

/// Whether `targetRefs` name the gateway that pods with these labels belong to. What a waypoint is told is not asked of the pods
/// behind it.
#[must_use]
pub fn attached(refs: &[TargetRef<'_>], labels: &Labels<'_>) -> Tri {
    Tri::any(refs.iter().map(|target| match target.kind {
        "Gateway" => labels.is_one_of(GATEWAY_NAME, &[Some(target.name)]),
        _ => Tri::No,
    }))
}

/// Whether `policy` applies to every workload that `other` applies to; `cluster` tells which workloads there are.
#[must_use]
pub fn covers(policy: &Object, other: &Object, root: &str, cluster: &Cluster) -> Tri {
    let (outer, inner) = (namespace_of(policy), namespace_of(other));
    let here = match (outer, inner) {
        (Some(outer), _) if outer == root => Tri::Yes,
        (Some(outer), Some(inner)) => Tri::from(outer == inner),
        _ => Tri::Unknown,
    };
    if here.is_no() {
        return Tri::No;
    }
    let reach = match (target(policy), target(other)) {
        (Target::Unknown, _) => Tri::Unknown,
        (Target::Everything, Target::Refs(refs)) => Tri::all(refs.iter().map(|target| Tri::from(target.kind == "Gateway"))),
        (Target::Everything, _) => Tri::Yes,
        (_, Target::Unknown) => Tri::Unknown,
        (Target::Labels(wide), Target::Labels(narrow)) if is_subset(wide, narrow) => Tri::Yes,
        (Target::Labels(wide), narrow @ (Target::Labels(_) | Target::Everything)) => {
            let narrow = if let Target::Labels(labels) = narrow { Some(labels) } else { None };
            match inner {
                Some(name) if name != root => covers_workloads(cluster, name, wide, narrow),
                _ => Tri::No,
            }
        }
        (Target::Labels(labels), Target::Refs(refs)) => Tri::all(refs.iter().map(|target| {
            let own = labels.get(GATEWAY_NAME).and_then(Node::as_str) == Some(target.name) && labels.entries().len() == 1;
            if own && target.kind == "Gateway" { Tri::Yes } else { Tri::Unknown }
        })),
        (Target::Refs(outer), Target::Refs(inner)) => Tri::all(inner.iter().map(|target| Tri::from(outer.contains(target)))),
        (Target::Refs(_), _) => Tri::No,
    };
    here.and(reach)
}

/// Whether every label of `wide` is one of `narrow`, so that `wide` selects at least as much.
fn is_subset(wide: &Node, narrow: &Node) -> bool {
    wide.entries().iter().all(|label| match label.value.as_str() {
        Some(value) => narrow.get(&label.key).and_then(Node::as_str) == Some(value),
        None => false,
    })
}

/// Whether all workloads of a namespace that `narrow` selects are selected by `wide`; no where none is known.
fn covers_workloads(cluster: &Cluster, namespace: &str, wide: &Node, narrow: Option<&Node>) -> Tri {
    let Some(space) = cluster.namespace(namespace) else { return Tri::No };
    let mut some = false;
    let covered = Tri::all(space.pods().map(|pod| {
        let labels = pod.labels();
        let selected = labels.has_all(narrow);
        some |= selected.is_yes();
        (!selected).or(labels.has_all(Some(wide)))
    }));
    if some { covered } else { Tri::No }
}
