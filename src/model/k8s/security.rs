//! What a pod's fields say of its security, as the Pod Security Standards read them (k8s.io/pod-security-admission `policy`).

use super::object::{Namespace, Object};
use super::pods::{Container, ContainerKind, Pod};
use crate::model::tri::Tri;
use crate::model::units::Unit;
use crate::model::value::{Entry, Node, Origin, Scalar, Value};

/// A field of a map, perhaps through maps in between.
#[derive(Clone, Copy, Debug)]
pub enum Field<'o> {
    /// Written, and not `null`.
    Set(&'o Entry),
    /// Surely not there: at the key of the innermost map that is, or at its own key where it is `null`.
    Absent(&'o Origin),
    /// A template, a value of a type that it cannot have on the way to it, or an object that was not read whole.
    Unknown,
}

/// The field that `keys` lead to from `map`, which begins at `at`. `partial`: keys may be missing that are there.
#[must_use]
pub fn field<'o>(map: &'o Node, at: &'o Origin, keys: &[&str], partial: bool) -> Field<'o> {
    let (mut node, mut at) = (map, at);
    for (nr, key) in keys.iter().enumerate() {
        match &node.value {
            Value::Map(_) => {}
            Value::Scalar(Scalar::Null) => return Field::Absent(at),
            _ => return Field::Unknown,
        }
        match node.entry(key) {
            None => return if partial { Field::Unknown } else { Field::Absent(at) },
            Some(entry) if entry.value.is_null() => return Field::Absent(&entry.origin),
            Some(entry) if entry.value.unknown().is_some() => return Field::Unknown,
            Some(entry) if nr + 1 == keys.len() => return Field::Set(entry),
            Some(entry) => (node, at) = (&entry.value, &entry.origin),
        }
    }
    Field::Unknown
}

/// What reaches a container: from its own `securityContext`, else from the pod's.
#[derive(Clone, Copy, Debug)]
pub enum Effective<'o> {
    Own(&'o Entry),
    OfPod(&'o Entry),
    /// In neither; where the container lacks it.
    Absent(&'o Origin),
    Unknown,
}

impl<'o> Pod<'o> {
    /// A field below the pod's `spec`.
    #[must_use]
    pub fn field(&self, keys: &[&str]) -> Field<'o> {
        field(&self.spec.value, &self.spec.origin, keys, self.object.partial)
    }

    /// A field of one of the pod's containers.
    #[must_use]
    pub fn field_of(&self, container: &Container<'o>, keys: &[&str]) -> Field<'o> {
        field(container.node, &container.node.origin, keys, self.object.partial)
    }

    /// A field of `securityContext` that the pod's containers take from the pod where they do not have it themselves.
    #[must_use]
    pub fn effective(&self, container: &Container<'o>, key: &str) -> Effective<'o> {
        match self.field_of(container, &["securityContext", key]) {
            Field::Set(entry) => Effective::Own(entry),
            Field::Unknown => Effective::Unknown,
            Field::Absent(at) => match self.field(&["securityContext", key]) {
                Field::Set(entry) => Effective::OfPod(entry),
                Field::Unknown => Effective::Unknown,
                Field::Absent(_) => Effective::Absent(at),
            },
        }
    }

    /// Whether the pods run on Windows, where most of `securityContext` means nothing: by `os.name`, or by the nodes that are asked
    /// for.
    #[must_use]
    pub fn is_windows(&self) -> bool {
        let spec = &self.spec.value;
        let is = |node: Option<&Node>| node.and_then(Node::as_str).is_some_and(|name| name.eq_ignore_ascii_case("windows"));
        let asks = |key: &str| is(spec.get("nodeSelector").and_then(|node| node.get(key)));
        is(spec.path(&["os", "name"])) || asks("kubernetes.io/os") || asks("beta.kubernetes.io/os")
    }

    /// Whether the pods have users of their own, so that root in them is none on the node: since 1.35 the standards let it pass.
    #[must_use]
    pub fn has_own_users(&self) -> Tri {
        match self.field(&["hostUsers"]) {
            Field::Set(entry) => entry.value.as_bool().map_or(Tri::Unknown, |shared| Tri::from(!shared)),
            Field::Absent(_) => Tri::No,
            Field::Unknown => Tri::Unknown,
        }
    }

    /// Whether the pods are part of each node: a DaemonSet that sets up its network (CNI), its volumes (CSI) or its workloads'
    /// identity (SPIRE agent). They cannot do their work without rights on the node.
    #[must_use]
    pub fn is_node_agent(&self) -> bool {
        if !(self.object.is("apps", "DaemonSet") || self.object.is("extensions", "DaemonSet")) {
            return false;
        }
        let path = |volume: &Node| {
            let Some(folder) = volume.get("hostPath") else { return false };
            folder.get("path").and_then(Node::as_str).is_some_and(is_agent_path)
                || volume.get("name").and_then(Node::as_str).is_some_and(is_agent_name)
        };
        let image = |container: Container<'_>| {
            container.image().is_some_and(|image| is_agent_name(base_name(image))) || container.name().is_some_and(is_agent_name)
        };
        self.volumes().iter().any(path)
            || self.object.name().is_some_and(is_agent_name)
            || self.containers().filter(|container| container.kind == ContainerKind::Main).any(image)
    }

    /// The namespace that the pods run in, where it is known.
    #[must_use]
    pub fn namespace(&self) -> Option<&'o str> {
        match self.object.namespace() {
            Namespace::Named(_) if self.object.partial && self.object.root.path(&["metadata", "namespace"]).is_none() => None,
            Namespace::Named(name) => Some(name),
            Namespace::Cluster | Namespace::Unknown => None,
        }
    }
}

/// The last part of an image's name, without registry, tag and digest.
#[must_use]
pub fn base_name(image: &str) -> &str {
    let name = image.split('@').next().unwrap_or(image);
    let last = name.rsplit('/').next().unwrap_or(name);
    last.split(':').next().unwrap_or(last)
}

/// Folders of the node that plugins of network and volumes install themselves into.
fn is_agent_path(path: &str) -> bool {
    let folders = [
        "/etc/cni",
        "/opt/cni",
        "/var/lib/cni",
        "/var/lib/cni-networks",
        "/run/flannel",
        "/var/run/calico",
        "/var/lib/calico",
        "/var/run/cilium",
        "/var/lib/kubelet/plugins",
        "/var/lib/kubelet/plugins_registry",
        "/var/lib/kubelet/device-plugins",
        "/var/lib/kubelet/csi-plugins",
    ];
    folders.iter().any(|folder| path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// Whether the name of an image or a DaemonSet is that of a plugin for network or volumes, or of the SPIRE agent.
fn is_agent_name(name: &str) -> bool {
    const KNOWN: [&str; 14] = [
        "spire-agent",
        "calico-node",
        "cilium",
        "cilium-agent",
        "kube-flannel",
        "kube-flannel-ds",
        "flannel",
        "weave-net",
        "aws-node",
        "antrea-agent",
        "ovnkube-node",
        "kube-multus",
        "kube-multus-ds",
        "kube-router",
    ];
    KNOWN.contains(&name)
        || name.ends_with("-spire-agent")
        || name.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == "cni" || word == "csi")
}

/// The label of a namespace that names the standard that pods are held against.
pub const PSA_ENFORCE: &str = "pod-security.kubernetes.io/enforce";
/// The label that names its version.
pub const PSA_ENFORCE_VERSION: &str = "pod-security.kubernetes.io/enforce-version";

/// A label of an object.
#[must_use]
pub fn label<'o>(object: &'o Object, key: &str) -> Field<'o> {
    field(&object.root, object.kind_at(), &["metadata", "labels", key], object.partial)
}

/// Whether an admission configuration among the objects makes the API server enforce a standard where a namespace names none
/// (<https://kubernetes.io/docs/tasks/configure-pod-container/enforce-standards-admission-controller/>).
pub fn cluster_enforces<'u>(units: impl Iterator<Item = &'u Unit>) -> bool {
    let enforces = |configuration: &Node| {
        configuration.path(&["defaults", "enforce"]).and_then(Node::as_str).is_some_and(|level| matches!(level, "baseline" | "restricted"))
    };
    for unit in units {
        let cluster = unit.cluster();
        if cluster.of_kind("pod-security.admission.config.k8s.io", "PodSecurityConfiguration").iter().any(|object| enforces(&object.root)) {
            return true;
        }
        for object in cluster.of_kind("apiserver.config.k8s.io", "AdmissionConfiguration") {
            let plugins = object.root.get("plugins").map_or(&[][..], Node::items);
            if plugins.iter().filter_map(|plugin| plugin.get("configuration")).any(enforces) {
                return true;
            }
        }
    }
    false
}
