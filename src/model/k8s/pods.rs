//! The pods that objects make.

use super::object::Object;
use super::selector::Labels;
use crate::model::tri::Tri;
use crate::model::value::{Entry, Node, Scalar, Value};

/// The pod that an object is or makes.
#[derive(Clone, Copy, Debug)]
pub struct Pod<'o> {
    pub object: &'o Object,
    /// The map with the pod's `metadata` and `spec`.
    pub template: &'o Node,
    /// The entry `spec` of the pod: what is missing in it is reported at its key.
    pub spec: &'o Entry,
}

/// One of the three lists of a pod's containers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ContainerKind {
    Init,
    Main,
    Ephemeral,
}

/// A container of a pod.
#[derive(Clone, Copy, Debug)]
pub struct Container<'o> {
    pub kind: ContainerKind,
    /// The list item, a map.
    pub node: &'o Node,
}

/// The service account that a pod runs as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ServiceAccount<'o> {
    /// The account and where it is named.
    Named(&'o str, &'o Entry),
    /// None is named: the account `default` of the namespace.
    Default,
    Unknown,
}

/// The pod that an object is or makes: Pod, PodTemplate, the workloads of `apps`, `batch` and the core group in all their API
/// versions, Argo's Rollout, Knative's Service and Revision, OpenShift's DeploymentConfig, and any other object with
/// `spec.template.spec.containers`. `None` for everything else, and where the pod's `spec` is no map.
#[must_use]
pub fn pod(object: &Object) -> Option<Pod<'_>> {
    let root = &*object.root;
    let template = match (&*object.group, &*object.kind) {
        ("" | "serving.knative.dev", "Pod" | "Revision") => root,
        ("", "PodTemplate") => root.get("template")?,
        ("batch", "CronJob") => root.path(&["spec", "jobTemplate", "spec", "template"])?,
        _ => root.path(&["spec", "template"])?,
    };
    let spec = template.entry("spec").filter(|entry| matches!(entry.value.value, Value::Map(_)))?;
    let known = is_workload(object) || object.is("", "PodTemplate");
    let generic = || matches!(spec.value.get("containers"), Some(Node { value: Value::List(_), .. }));
    (known || generic()).then_some(Pod { object, template, spec })
}

/// Whether objects of this kind run pods, by the kind alone. A PodTemplate runs none.
#[must_use]
pub fn is_workload(object: &Object) -> bool {
    match (&*object.group, &*object.kind) {
        ("", kind) => matches!(kind, "Pod" | "ReplicationController" | "DeploymentConfig"),
        ("apps" | "extensions", kind) => matches!(kind, "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet"),
        ("batch", kind) => matches!(kind, "Job" | "CronJob"),
        ("argoproj.io", kind) => kind == "Rollout",
        ("serving.knative.dev", kind) => matches!(kind, "Service" | "Revision" | "Configuration"),
        ("apps.openshift.io", kind) => kind == "DeploymentConfig",
        _ => false,
    }
}

impl<'o> Pod<'o> {
    /// The labels of the pods, not of the object that makes them.
    #[must_use]
    pub fn labels(&self) -> Labels<'o> {
        match self.template.get("metadata") {
            Some(node) if node.unknown().is_some() => Labels::unknown(),
            metadata => Labels::new(metadata.and_then(|node| node.get("labels")), self.object.partial),
        }
    }

    /// The entry of an annotation of the pods.
    #[must_use]
    pub fn annotation(&self, key: &str) -> Option<&'o Entry> {
        self.template.path(&["metadata", "annotations"])?.entry(key)
    }

    /// The entry of a label of the pods.
    #[must_use]
    pub fn label(&self, key: &str) -> Option<&'o Entry> {
        self.template.path(&["metadata", "labels"])?.entry(key)
    }

    /// `serviceAccountName`, or the older `serviceAccount` where that is empty.
    #[must_use]
    pub fn service_account(&self) -> ServiceAccount<'o> {
        for key in ["serviceAccountName", "serviceAccount"] {
            let Some(entry) = self.spec.value.entry(key) else { continue };
            match &entry.value.value {
                // `${ACCOUNT}`: no name has these characters
                Value::Scalar(Scalar::String(name)) if name.contains(['$', '{']) => return ServiceAccount::Unknown,
                Value::Scalar(Scalar::String(name)) if !name.is_empty() => return ServiceAccount::Named(name, entry),
                Value::Scalar(Scalar::String(_) | Scalar::Null) => {}
                _ => return ServiceAccount::Unknown,
            }
        }
        if self.object.partial { ServiceAccount::Unknown } else { ServiceAccount::Default }
    }

    /// Whether the pods share the node's network, so that no policy selects them and no sidecar is injected.
    #[must_use]
    pub fn host_network(&self) -> Tri {
        flag(self.spec.value.get("hostNetwork"), self.object.partial).unwrap_or(Tri::No)
    }

    /// `automountServiceAccountToken` of the pod; `None` where the service account decides.
    #[must_use]
    pub fn automounts_token(&self) -> Option<Tri> {
        flag(self.spec.value.get("automountServiceAccountToken"), self.object.partial)
    }

    /// The containers of all three lists: those that start the pod, its own, and those added for debugging.
    pub fn containers(&self) -> impl Iterator<Item = Container<'o>> + use<'o> {
        let spec = &self.spec.value;
        let lists = [
            ("initContainers", ContainerKind::Init),
            ("containers", ContainerKind::Main),
            ("ephemeralContainers", ContainerKind::Ephemeral),
        ];
        lists.into_iter().flat_map(move |(key, kind)| {
            let items = spec.get(key).map_or(&[][..], Node::items);
            items.iter().filter(|node| matches!(node.value, Value::Map(_))).map(move |node| Container { kind, node })
        })
    }

    /// The items of `volumes`.
    #[must_use]
    pub fn volumes(&self) -> &'o [Node] {
        self.spec.value.get("volumes").map_or(&[], Node::items)
    }
}

impl<'o> Container<'o> {
    #[must_use]
    pub fn name(&self) -> Option<&'o str> {
        self.node.get("name")?.as_str()
    }

    #[must_use]
    pub fn image(&self) -> Option<&'o str> {
        self.node.get("image")?.as_str()
    }

    /// The items of `ports`: maps with `containerPort`, `name`, `protocol`.
    #[must_use]
    pub fn ports(&self) -> &'o [Node] {
        self.list("ports")
    }

    /// The items of `volumeMounts`.
    #[must_use]
    pub fn mounts(&self) -> &'o [Node] {
        self.list("volumeMounts")
    }

    /// The items of `env`.
    #[must_use]
    pub fn env(&self) -> &'o [Node] {
        self.list("env")
    }

    /// The words of `command` and then of `args`: what is run, as far as the image does not say it.
    pub fn words(&self) -> impl Iterator<Item = &'o Node> + use<'o> {
        self.list("command").iter().chain(self.list("args"))
    }

    fn list(&self, key: &str) -> &'o [Node] {
        self.node.get(key).map_or(&[], Node::items)
    }
}

/// A boolean field; `None` where it is surely absent.
fn flag(node: Option<&Node>, partial: bool) -> Option<Tri> {
    match node.map(|node| &node.value) {
        None | Some(Value::Scalar(Scalar::Null)) => partial.then_some(Tri::Unknown),
        Some(Value::Scalar(Scalar::Bool(value))) => Some((*value).into()),
        Some(_) => Some(Tri::Unknown),
    }
}
