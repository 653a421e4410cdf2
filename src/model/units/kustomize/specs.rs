//! The fields that kustomize's transformers touch: its default field specs (`api/internal/konfig/builtinpluginconsts`).

use super::resource::Res;

/// A field of the objects of some kinds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spec {
    pub(super) path: &'static str,
    /// Empty: any.
    pub(super) group: &'static str,
    pub(super) version: &'static str,
    pub(super) kinds: &'static [&'static str],
    pub(super) create: bool,
}

impl Spec {
    pub(super) fn selects(&self, res: &Res) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&&*res.kind))
            && (self.group.is_empty() || self.group == &*res.group)
            && (self.version.is_empty() || self.version == &*res.version)
    }
}

const fn spec(path: &'static str, group: &'static str, kinds: &'static [&'static str], create: bool) -> Spec {
    Spec { path, group, version: "", kinds, create }
}

const fn v1(path: &'static str, kinds: &'static [&'static str]) -> Spec {
    Spec { path, group: "", version: "v1", kinds, create: true }
}

const SETS: &[&str] = &["Deployment", "ReplicaSet", "DaemonSet"];

pub(super) const METADATA_LABELS: Spec = spec("metadata/labels", "", &[], true);

/// The labels of objects and of the templates in them.
pub(super) const TEMPLATE_LABELS: &[Spec] = &[
    METADATA_LABELS,
    v1("spec/template/metadata/labels", &["ReplicationController"]),
    spec("spec/template/metadata/labels", "", SETS, true),
    spec("spec/template/metadata/labels", "apps", &["StatefulSet"], true),
    spec("spec/template/metadata/labels", "batch", &["Job"], true),
    spec("spec/jobTemplate/metadata/labels", "batch", &["CronJob"], true),
    spec("spec/jobTemplate/spec/template/metadata/labels", "batch", &["CronJob"], true),
];

pub(super) const CLAIM_LABELS: &[Spec] = &[spec("spec/volumeClaimTemplates[]/metadata/labels", "apps", &["StatefulSet"], true)];

const SPREAD: &[&str] = &["Deployment", "StatefulSet"];

/// Selectors, which `commonLabels` sets beside [`TEMPLATE_LABELS`] and [`CLAIM_LABELS`].
pub(super) const SELECTORS: &[Spec] = &[
    v1("spec/selector", &["Service", "ReplicationController"]),
    spec("spec/selector/matchLabels", "", SETS, true),
    spec(
        "spec/template/spec/affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
        "apps",
        SPREAD,
        false,
    ),
    spec(
        "spec/template/spec/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
        "apps",
        SPREAD,
        false,
    ),
    spec(
        "spec/template/spec/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
        "apps",
        SPREAD,
        false,
    ),
    spec(
        "spec/template/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
        "apps",
        SPREAD,
        false,
    ),
    spec("spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels", "apps", SPREAD, false),
    spec("spec/selector/matchLabels", "apps", &["StatefulSet"], true),
    spec("spec/selector/matchLabels", "batch", &["Job"], false),
    spec("spec/jobTemplate/spec/selector/matchLabels", "batch", &["CronJob"], false),
    spec("spec/selector/matchLabels", "policy", &["PodDisruptionBudget"], false),
    spec("spec/podSelector/matchLabels", "networking.k8s.io", &["NetworkPolicy"], false),
    spec("spec/ingress/from/podSelector/matchLabels", "networking.k8s.io", &["NetworkPolicy"], false),
    spec("spec/egress/to/podSelector/matchLabels", "networking.k8s.io", &["NetworkPolicy"], false),
];

pub(super) const ANNOTATIONS: &[Spec] = &[
    spec("metadata/annotations", "", &[], true),
    v1("spec/template/metadata/annotations", &["ReplicationController"]),
    spec("spec/template/metadata/annotations", "", &["Deployment", "ReplicaSet", "DaemonSet", "StatefulSet"], true),
    spec("spec/template/metadata/annotations", "batch", &["Job"], true),
    spec("spec/jobTemplate/metadata/annotations", "batch", &["CronJob"], true),
    spec("spec/jobTemplate/spec/template/metadata/annotations", "batch", &["CronJob"], true),
];

pub(super) const IMAGES: &[Spec] = &[
    spec("spec/containers[]/image", "", &[], false),
    spec("spec/initContainers[]/image", "", &[], false),
    spec("spec/volumes[]/image/reference", "", &[], false),
    spec("spec/template/spec/containers[]/image", "", &[], false),
    spec("spec/template/spec/initContainers[]/image", "", &[], false),
    spec("spec/template/spec/volumes[]/image/reference", "", &[], false),
];

pub(super) const REPLICAS: Spec = spec("spec/replicas", "", &["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"], true);

/// Fields beside `metadata.namespace` that name the namespace of the object's own unit.
pub(super) const NAMESPACES: &[Spec] = &[
    v1("metadata/name", &["Namespace"]),
    spec("spec/service/namespace", "apiregistration.k8s.io", &["APIService"], true),
    spec("spec/conversion/webhook/clientConfig/service/namespace", "apiextensions.k8s.io", &["CustomResourceDefinition"], false),
];

/// A field that holds the name of another object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reference {
    /// The kind named; an empty version: any.
    pub(super) target: &'static str,
    pub(super) target_group: Option<&'static str>,
    pub(super) field: Spec,
}

/// Where the spec of a pod lies, by kind.
pub(super) fn pod_spec(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "Pod" => "spec",
        "PodTemplate" => "template/spec",
        "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet" | "Job" | "ReplicationController" => "spec/template/spec",
        "CronJob" => "spec/jobTemplate/spec/template/spec",
        _ => return None,
    })
}

/// References inside the spec of a pod: the kind named, the path, and whether kustomize follows it only where it follows service
/// accounts, not in what it follows ConfigMaps and Secrets in.
pub(super) const POD_REFERENCES: &[(&str, &str)] = &[
    ("ConfigMap", "volumes/configMap/name"),
    ("ConfigMap", "containers/env/valueFrom/configMapKeyRef/name"),
    ("ConfigMap", "initContainers/env/valueFrom/configMapKeyRef/name"),
    ("ConfigMap", "containers/envFrom/configMapRef/name"),
    ("ConfigMap", "initContainers/envFrom/configMapRef/name"),
    ("ConfigMap", "volumes/projected/sources/configMap/name"),
    ("Secret", "volumes/secret/secretName"),
    ("Secret", "containers/env/valueFrom/secretKeyRef/name"),
    ("Secret", "initContainers/env/valueFrom/secretKeyRef/name"),
    ("Secret", "containers/envFrom/secretRef/name"),
    ("Secret", "initContainers/envFrom/secretRef/name"),
    ("Secret", "imagePullSecrets/name"),
    ("Secret", "volumes/projected/sources/secret/name"),
    ("ServiceAccount", "serviceAccountName"),
    ("PersistentVolumeClaim", "volumes/persistentVolumeClaim/claimName"),
    ("PriorityClass", "priorityClassName"),
];

/// Whether kustomize follows references to `target` in the pods of `kind`.
pub(super) fn follows(target: &str, kind: &str) -> bool {
    match target {
        "ConfigMap" | "Secret" => kind != "ReplicationController",
        _ => !matches!(kind, "PodTemplate" | "ReplicaSet"),
    }
}

const fn reference(target: &'static str, path: &'static str, group: &'static str, kinds: &'static [&'static str]) -> Reference {
    Reference { target, target_group: None, field: spec(path, group, kinds, false) }
}

const fn reference_of(
    target: &'static str,
    target_group: &'static str,
    path: &'static str,
    group: &'static str,
    kinds: &'static [&'static str],
) -> Reference {
    Reference { target, target_group: Some(target_group), field: spec(path, group, kinds, false) }
}

const RBAC: &str = "rbac.authorization.k8s.io";
const ADMISSION: &str = "admissionregistration.k8s.io";
const WEBHOOKS: &[&str] = &["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"];

/// References outside of pods.
pub(super) const REFERENCES: &[Reference] = &[
    reference("Deployment", "spec/scaleTargetRef/name", "", &["HorizontalPodAutoscaler"]),
    reference("ReplicationController", "spec/scaleTargetRef/name", "", &["HorizontalPodAutoscaler"]),
    reference("ReplicaSet", "spec/scaleTargetRef/name", "", &["HorizontalPodAutoscaler"]),
    reference("StatefulSet", "spec/scaleTargetRef/name", "", &["HorizontalPodAutoscaler"]),
    reference("ConfigMap", "spec/configSource/configMap", "", &["Node"]),
    reference("ConfigMap", "rules/resourceNames", "", &["Role", "ClusterRole"]),
    reference("ConfigMap", "metadata/annotations/nginx.ingress.kubernetes.io~fastcgi-params-configmap", "", &["Ingress"]),
    reference("Secret", "spec/tls/secretName", "", &["Ingress"]),
    reference("Secret", "metadata/annotations/ingress.kubernetes.io~auth-secret", "", &["Ingress"]),
    reference("Secret", "metadata/annotations/nginx.ingress.kubernetes.io~auth-secret", "", &["Ingress"]),
    reference("Secret", "metadata/annotations/nginx.ingress.kubernetes.io~auth-tls-secret", "", &["Ingress"]),
    reference("Secret", "imagePullSecrets/name", "", &["ServiceAccount"]),
    reference("Secret", "parameters/secretName", "", &["StorageClass"]),
    reference("Secret", "parameters/adminSecretName", "", &["StorageClass"]),
    reference("Secret", "parameters/userSecretName", "", &["StorageClass"]),
    reference("Secret", "parameters/secretRef", "", &["StorageClass"]),
    reference("Secret", "rules/resourceNames", "", &["Role", "ClusterRole"]),
    reference("Secret", "spec/template/spec/containers/env/valueFrom/secretKeyRef/name", "serving.knative.dev", &["Service"]),
    reference("Secret", "spec/azureFile/secretName", "", &["PersistentVolume"]),
    reference("Service", "spec/serviceName", "apps", &["StatefulSet"]),
    reference("Service", "spec/rules/http/paths/backend/serviceName", "", &["Ingress"]),
    reference("Service", "spec/backend/serviceName", "", &["Ingress"]),
    reference("Service", "spec/rules/http/paths/backend/service/name", "", &["Ingress"]),
    reference("Service", "spec/defaultBackend/service/name", "", &["Ingress"]),
    reference("Service", "spec/service/name", "apiregistration.k8s.io", &["APIService"]),
    reference("Service", "webhooks/clientConfig/service", ADMISSION, WEBHOOKS),
    reference_of("Role", RBAC, "roleRef/name", RBAC, &["RoleBinding"]),
    reference_of("ClusterRole", RBAC, "roleRef/name", RBAC, &["RoleBinding", "ClusterRoleBinding"]),
    reference("ServiceAccount", "subjects", RBAC, &["RoleBinding", "ClusterRoleBinding"]),
    reference("PersistentVolume", "spec/volumeName", "", &["PersistentVolumeClaim"]),
    reference("PersistentVolume", "rules/resourceNames", "", &["ClusterRole"]),
    reference_of("StorageClass", "storage.k8s.io", "spec/storageClassName", "", &["PersistentVolume", "PersistentVolumeClaim"]),
    reference_of("StorageClass", "storage.k8s.io", "spec/volumeClaimTemplates/spec/storageClassName", "", &["StatefulSet"]),
    reference_of("ValidatingAdmissionPolicy", ADMISSION, "spec/policyName", ADMISSION, &["ValidatingAdmissionPolicyBinding"]),
];

/// What variables are replaced in, below the pod's `spec`; kustomize names these fields of each kind.
const VARIABLE_FIELDS: [&str; 9] = [
    "containers/args",
    "containers/command",
    "containers/env/value",
    "containers/volumeMounts/mountPath",
    "initContainers/args",
    "initContainers/command",
    "initContainers/env/value",
    "initContainers/volumeMounts/mountPath",
    "volumes/nfs/server",
];

/// The fields of the objects of a kind that variables are replaced in (`varreference.go`).
pub(super) fn variable_fields(kind: &str) -> impl Iterator<Item = String> {
    let pod = pod_spec(kind).filter(|_| !matches!(kind, "PodTemplate" | "ReplicationController"));
    let own: &[&str] = match kind {
        "Deployment" => &["spec/template/metadata/annotations"],
        "Ingress" => &["spec/rules/host", "spec/tls/hosts", "spec/tls/secretName"],
        "Service" => &["spec/ports/port", "spec/ports/targetPort"],
        "StatefulSet" => &["spec/volumeClaimTemplates/spec/nfs/server"],
        "PersistentVolume" => &["spec/nfs/server"],
        _ => &[],
    };
    let is_here = move |field: &&str| match kind {
        "CronJob" => *field != "volumes/nfs/server",
        "StatefulSet" => *field != "volumes/nfs/server",
        _ => true,
    };
    let in_pod: Vec<&str> = VARIABLE_FIELDS.iter().copied().filter(is_here).collect();
    let everywhere = ["metadata/labels", "metadata/annotations"];
    pod.into_iter()
        .flat_map(move |pod| in_pod.clone().into_iter().map(move |field| format!("{pod}/{field}")))
        .chain(own.iter().chain(&everywhere).map(|path| (*path).to_owned()).collect::<Vec<_>>())
}
