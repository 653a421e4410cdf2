//! Which kinds have no namespace.

/// Whether objects of a kind lie in a namespace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    Namespaced,
    Cluster,
}

/// The scope of a kind, whatever its version. Kinds that the table does not know are taken for namespaced, but for Gatekeeper's
/// constraints.
#[must_use]
pub fn scope(group: &str, kind: &str) -> Scope {
    let cluster = match group {
        "" => matches!(kind, "Namespace" | "Node" | "PersistentVolume" | "ComponentStatus"),
        "rbac.authorization.k8s.io" => matches!(kind, "ClusterRole" | "ClusterRoleBinding"),
        "networking.k8s.io" => matches!(kind, "IngressClass" | "ServiceCIDR" | "IPAddress"),
        "extensions" | "policy" => kind == "PodSecurityPolicy",
        "scheduling.k8s.io" => kind == "PriorityClass",
        "node.k8s.io" => kind == "RuntimeClass",
        "storage.k8s.io" => matches!(kind, "StorageClass" | "VolumeAttachment" | "CSIDriver" | "CSINode" | "VolumeAttributesClass"),
        "certificates.k8s.io" => matches!(kind, "CertificateSigningRequest" | "ClusterTrustBundle"),
        "gateway.networking.k8s.io" => kind == "GatewayClass",
        "cert-manager.io" => kind == "ClusterIssuer",
        "external-secrets.io" => matches!(kind, "ClusterSecretStore" | "ClusterExternalSecret" | "ClusterPushSecret"),
        "cilium.io" => matches!(
            kind,
            "CiliumClusterwideNetworkPolicy" | "CiliumClusterwideEnvoyConfig" | "CiliumCIDRGroup" | "CiliumNode" | "CiliumIdentity"
        ),
        "projectcalico.org" | "crd.projectcalico.org" => {
            kind.starts_with("Global") || matches!(kind, "IPPool" | "Tier" | "FelixConfiguration")
        }
        "kyverno.io" => matches!(kind, "ClusterPolicy" | "ClusterCleanupPolicy"),
        "security.openshift.io" => kind == "SecurityContextConstraints",
        "constraints.gatekeeper.sh"
        | "templates.gatekeeper.sh"
        | "mutations.gatekeeper.sh"
        | "apiextensions.k8s.io"
        | "apiregistration.k8s.io"
        | "admissionregistration.k8s.io"
        | "policy.networking.k8s.io"
        | "flowcontrol.apiserver.k8s.io"
        | "policies.kyverno.io" => !matches!(kind, "NamespacedValidatingPolicy"),
        "spire.spiffe.io" => matches!(kind, "ClusterSPIFFEID" | "ClusterFederatedTrustDomain" | "ClusterStaticEntry"),
        _ => false,
    };
    if cluster { Scope::Cluster } else { Scope::Namespaced }
}
