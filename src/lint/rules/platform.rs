//! Which namespaces by their names belong to the platform.

use super::prelude::*;
use crate::model::value::Origin;

/// How the names of namespaces begin that hold a cluster's own parts: its control plane, mesh, policies, secrets, delivery and
/// observation.
const STARTS: [&str; 28] = [
    "kube-",
    "openshift",
    "istio",
    "cert-manager",
    "gatekeeper",
    "kyverno",
    "linkerd",
    "cilium",
    "calico",
    "tigera",
    "flux",
    "argocd",
    "cattle",
    "rancher",
    "gke-",
    "gmp-",
    "aks-",
    "amazon-",
    "monitoring",
    "logging",
    "spire",
    "spiffe",
    "tekton",
    "vault",
    "consul",
    "pki",
    "velero",
    "external-secrets",
];

/// Whether a namespace is one of the platform: as the config of the file at `at` has it, or by its name. For rules that report what
/// is done to namespaces of applications.
pub(super) fn is_platform(name: &str, at: &Origin, cx: &ManifestCx<'_>) -> bool {
    name.ends_with("-system") || name == "opa" || STARTS.iter().any(|start| name.starts_with(start)) || cx.is_system_namespace(name, at)
}
