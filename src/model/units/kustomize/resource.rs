//! The objects of a kustomization on their way through its transformers.

use std::sync::Arc;

use super::fields::{size, text_of};
use crate::model::k8s::{Object, Scope};
use crate::model::value::Node;

/// A name that an object has or had.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Id {
    pub(super) group: Arc<str>,
    pub(super) version: Arc<str>,
    pub(super) kind: Arc<str>,
    pub(super) name: Arc<str>,
    /// `default` where none is named; no namespace's name for kinds without.
    pub(super) namespace: Arc<str>,
}

/// What a generated object does to one of the same name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Behavior {
    Create,
    Replace,
    Merge,
}

/// Trees may be copied until they have so many values in all: overlays of overlays could ask for any number.
#[derive(Debug)]
pub(super) struct Budget(pub(super) usize);

/// An object.
#[derive(Clone, Debug)]
pub(super) struct Res {
    pub(super) root: Arc<Node>,
    /// The object as it was read.
    original: Option<Arc<Object>>,
    pub(super) group: Arc<str>,
    pub(super) version: Arc<str>,
    pub(super) kind: Arc<str>,
    pub(super) partial: bool,
    document: usize,
    scope: Scope,
    /// Its former names, first to last.
    pub(super) previous: Vec<Id>,
    pub(super) prefixes: Vec<Arc<str>>,
    pub(super) suffixes: Vec<Arc<str>>,
    /// The variables that it has the values of.
    pub(super) variables: Vec<Arc<str>>,
}

/// Names that are kept of an object.
const MAX_NAMES: usize = 16;
const NO_NAMESPACE: &str = "\0";

impl Res {
    pub(super) fn of(object: &Arc<Object>) -> Self {
        Self {
            root: Arc::clone(&object.root),
            original: Some(Arc::clone(object)),
            group: Arc::clone(&object.group),
            version: Arc::clone(&object.version),
            kind: Arc::clone(&object.kind),
            partial: object.partial,
            document: object.document,
            scope: object.scope,
            previous: Vec::new(),
            prefixes: Vec::new(),
            suffixes: Vec::new(),
            variables: Vec::new(),
        }
    }

    /// An object that a kustomization makes; `None` for what is none.
    pub(super) fn made(root: Node) -> Option<Self> {
        let object = Object::new(Arc::new(root), false, 0)?;
        Some(Self { original: None, ..Self::of(&Arc::new(object)) })
    }

    /// The tree to change; `None` where there have been too many.
    pub(super) fn edit(&mut self, budget: &mut Budget) -> Option<&mut Node> {
        if Arc::get_mut(&mut self.root).is_none() {
            let size = size(&self.root);
            budget.0 = budget.0.checked_sub(size)?;
        }
        Some(Arc::make_mut(&mut self.root))
    }

    /// Reads group, version and kind anew after a patch.
    pub(super) fn refresh(&mut self) {
        if let Some(object) = Object::new(Arc::clone(&self.root), self.partial, self.document) {
            if object.group != self.group || object.kind != self.kind {
                self.scope = object.scope;
            }
            (self.group, self.version, self.kind) = (object.group, object.version, object.kind);
        }
    }

    pub(super) fn object(self) -> Option<Arc<Object>> {
        match self.original {
            Some(object) if Arc::ptr_eq(&object.root, &self.root) && object.partial == self.partial => Some(object),
            _ => {
                let (group, kind) = (self.group, self.kind);
                let mut object = Object::new(self.root, self.partial, self.document)?;
                if object.group == group && object.kind == kind {
                    object.scope = self.scope;
                }
                Some(Arc::new(object))
            }
        }
    }

    pub(super) fn name(&self) -> &str {
        self.root.path(&["metadata", "name"]).and_then(text_of).unwrap_or("")
    }

    /// `metadata.namespace`, empty where it is absent.
    pub(super) fn namespace(&self) -> &str {
        self.root.path(&["metadata", "namespace"]).and_then(text_of).unwrap_or("")
    }

    pub(super) fn is_cluster_scoped(&self) -> bool {
        is_cluster_scoped(&self.group, &self.version, &self.kind)
    }

    pub(super) fn id(&self) -> Id {
        id(&self.group, &self.version, &self.kind, self.name(), self.namespace())
    }

    pub(super) fn is_secret(&self) -> bool {
        self.group.is_empty() && &*self.kind == "Secret"
    }

    /// The name that it was read with.
    pub(super) fn first_id(&self) -> Id {
        self.previous.first().cloned().unwrap_or_else(|| self.id())
    }

    pub(super) fn has_id(&self, id: &Id) -> bool {
        self.previous.contains(id) || self.id() == *id
    }

    pub(super) fn remember(&mut self) {
        let id = self.id();
        if self.previous.len() < MAX_NAMES && !self.previous.contains(&id) {
            self.previous.push(id);
        }
    }

    /// `config.kubernetes.io/local-config`: what kustomize reads and does not give out.
    pub(super) fn is_local(&self) -> bool {
        let value = self.root.path(&["metadata", "annotations"]).and_then(|node| node.get("config.kubernetes.io/local-config"));
        value.is_some_and(|node| text_of(node) != Some("false"))
    }
}

pub(super) fn id(group: &Arc<str>, version: &Arc<str>, kind: &Arc<str>, name: &str, namespace: &str) -> Id {
    let namespace = match namespace {
        _ if is_cluster_scoped(group, version, kind) => NO_NAMESPACE,
        "" => "default",
        name => name,
    };
    Id { group: Arc::clone(group), version: Arc::clone(version), kind: Arc::clone(kind), name: name.into(), namespace: namespace.into() }
}

/// The kinds that kustomize knows to have no namespace: those of Kubernetes itself. All others get one
/// (`precomputedIsNamespaceScoped` in kyaml's `openapi.go`).
pub(super) fn is_cluster_scoped(group: &str, version: &str, kind: &str) -> bool {
    match group {
        "" => version == "v1" && matches!(kind, "ComponentStatus" | "Namespace" | "Node" | "PersistentVolume"),
        "admissionregistration.k8s.io" => matches!(
            kind,
            "MutatingWebhookConfiguration"
                | "ValidatingWebhookConfiguration"
                | "ValidatingAdmissionPolicy"
                | "ValidatingAdmissionPolicyBinding"
        ),
        "apiextensions.k8s.io" => kind == "CustomResourceDefinition",
        "apiregistration.k8s.io" => kind == "APIService",
        "certificates.k8s.io" => kind == "CertificateSigningRequest",
        "flowcontrol.apiserver.k8s.io" => matches!(kind, "FlowSchema" | "PriorityLevelConfiguration"),
        "networking.k8s.io" => kind == "IngressClass",
        "node.k8s.io" => kind == "RuntimeClass",
        "policy" => kind == "PodSecurityPolicy",
        "rbac.authorization.k8s.io" => matches!(kind, "ClusterRole" | "ClusterRoleBinding"),
        "scheduling.k8s.io" => kind == "PriorityClass",
        "storage.k8s.io" => matches!(kind, "CSIDriver" | "CSINode" | "StorageClass" | "VolumeAttachment"),
        _ => false,
    }
}
