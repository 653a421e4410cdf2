//! Kubernetes' own APIs: <https://kubernetes.io/docs/reference/using-api/deprecation-guide/>, and the changelogs of 1.23 and 1.24 for
//! what was removed without an entry there.

use super::Schema::{Defaults, Other, Same};
use super::{Api, Table, release, removed, replaced, successor};
use crate::diag::Product;

/// NetworkPolicies, which are a rule of their own.
pub static NETWORK_POLICY: Table = Table {
    product: Product::Kubernetes,
    apis: &[removed(
        "extensions",
        "v1beta1",
        &["NetworkPolicy"],
        &[successor("networking.k8s.io/v1", release(1, 7), Same)],
        release(1, 16),
    )],
};

/// Everything else.
pub static KUBERNETES: Table = Table { product: Product::Kubernetes, apis: APIS };

const FLOW: &[&str] = &["FlowSchema"];
const PRIORITY: &[&str] = &["PriorityLevelConfiguration"];
const WEBHOOKS: &[&str] = &["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"];
const POLICIES: &[&str] = &["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"];
const REVIEWS: &[&str] = &["LocalSubjectAccessReview", "SelfSubjectAccessReview", "SubjectAccessReview", "SelfSubjectRulesReview"];
const ROLES: &[&str] = &["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"];
const HPA: &[&str] = &["HorizontalPodAutoscaler"];

const FLOW_V1: super::Successor = successor("flowcontrol.apiserver.k8s.io/v1", release(1, 29), Same);
const FLOW_V1BETA3: super::Successor = successor("flowcontrol.apiserver.k8s.io/v1beta3", release(1, 26), Same);
const FLOW_V1BETA2: super::Successor = successor("flowcontrol.apiserver.k8s.io/v1beta2", release(1, 23), Same);
const FLOW_V1BETA1: super::Successor = successor("flowcontrol.apiserver.k8s.io/v1beta1", release(1, 20), Same);
const PRIORITY_V1: super::Successor = successor("flowcontrol.apiserver.k8s.io/v1", release(1, 29), Other);
const PRIORITY_V1BETA3: super::Successor = successor("flowcontrol.apiserver.k8s.io/v1beta3", release(1, 26), Other);
const PRIORITY_V1BETA2: super::Successor = successor("flowcontrol.apiserver.k8s.io/v1beta2", release(1, 23), Same);
const PRIORITY_V1BETA1: super::Successor = successor("flowcontrol.apiserver.k8s.io/v1beta1", release(1, 20), Same);
const APPS_V1: &[super::Successor] = &[successor("apps/v1", release(1, 9), Defaults)];
const RBAC_V1: &[super::Successor] = &[successor("rbac.authorization.k8s.io/v1", release(1, 8), Same)];
const INGRESS: &[super::Successor] =
    &[successor("networking.k8s.io/v1", release(1, 19), Other), successor("networking.k8s.io/v1beta1", release(1, 14), Same)];

const APIS: &[Api] = &[
    removed("flowcontrol.apiserver.k8s.io", "v1beta3", FLOW, &[FLOW_V1], release(1, 32)),
    removed("flowcontrol.apiserver.k8s.io", "v1beta2", FLOW, &[FLOW_V1, FLOW_V1BETA3], release(1, 29)),
    removed("flowcontrol.apiserver.k8s.io", "v1beta1", FLOW, &[FLOW_V1, FLOW_V1BETA3, FLOW_V1BETA2], release(1, 26)),
    removed("flowcontrol.apiserver.k8s.io", "v1alpha1", FLOW, &[FLOW_V1, FLOW_V1BETA3, FLOW_V1BETA2, FLOW_V1BETA1], release(1, 24)),
    removed(
        "flowcontrol.apiserver.k8s.io",
        "v1beta3",
        PRIORITY,
        &[successor("flowcontrol.apiserver.k8s.io/v1", release(1, 29), Defaults)],
        release(1, 32),
    ),
    removed("flowcontrol.apiserver.k8s.io", "v1beta2", PRIORITY, &[PRIORITY_V1, PRIORITY_V1BETA3], release(1, 29)),
    removed("flowcontrol.apiserver.k8s.io", "v1beta1", PRIORITY, &[PRIORITY_V1, PRIORITY_V1BETA3, PRIORITY_V1BETA2], release(1, 26)),
    removed(
        "flowcontrol.apiserver.k8s.io",
        "v1alpha1",
        PRIORITY,
        &[PRIORITY_V1, PRIORITY_V1BETA3, PRIORITY_V1BETA2, PRIORITY_V1BETA1],
        release(1, 24),
    ),
    removed("storage.k8s.io", "v1beta1", &["CSIStorageCapacity"], &[successor("storage.k8s.io/v1", release(1, 24), Same)], release(1, 27)),
    removed("storage.k8s.io", "v1alpha1", &["CSIStorageCapacity"], &[successor("storage.k8s.io/v1", release(1, 24), Same)], release(1, 24)),
    removed("autoscaling", "v2beta2", HPA, &[successor("autoscaling/v2", release(1, 23), Same)], release(1, 26)),
    removed(
        "autoscaling",
        "v2beta1",
        HPA,
        &[successor("autoscaling/v2", release(1, 23), Other), successor("autoscaling/v2beta2", release(1, 12), Other)],
        release(1, 25),
    ),
    removed("batch", "v1beta1", &["CronJob"], &[successor("batch/v1", release(1, 21), Same)], release(1, 25)),
    removed(
        "batch",
        "v2alpha1",
        &["CronJob"],
        &[successor("batch/v1", release(1, 21), Same), successor("batch/v1beta1", release(1, 8), Same)],
        release(1, 21),
    ),
    removed("discovery.k8s.io", "v1beta1", &["EndpointSlice"], &[successor("discovery.k8s.io/v1", release(1, 21), Other)], release(1, 25)),
    removed("discovery.k8s.io", "v1alpha1", &["EndpointSlice"], &[successor("discovery.k8s.io/v1", release(1, 21), Other)], release(1, 22)),
    removed("events.k8s.io", "v1beta1", &["Event"], &[successor("events.k8s.io/v1", release(1, 19), Other)], release(1, 25)),
    // an empty selector selects every pod in v1 and none before
    removed("policy", "v1beta1", &["PodDisruptionBudget"], &[successor("policy/v1", release(1, 21), Defaults)], release(1, 25)),
    Api {
        advice: "label namespaces with `pod-security.kubernetes.io/enforce`: Pod Security takes its place",
        deprecated: Some(release(1, 21)),
        ..removed("policy", "v1beta1", &["PodSecurityPolicy"], &[], release(1, 25))
    },
    Api {
        advice: "label namespaces with `pod-security.kubernetes.io/enforce`: Pod Security takes its place",
        deprecated: Some(release(1, 10)),
        ..removed("extensions", "v1beta1", &["PodSecurityPolicy"], &[], release(1, 16))
    },
    removed("node.k8s.io", "v1beta1", &["RuntimeClass"], &[successor("node.k8s.io/v1", release(1, 20), Same)], release(1, 25)),
    removed("node.k8s.io", "v1alpha1", &["RuntimeClass"], &[successor("node.k8s.io/v1", release(1, 20), Other)], release(1, 24)),
    removed("audit.k8s.io", "v1beta1", &[], &[successor("audit.k8s.io/v1", release(1, 12), Same)], release(1, 24)),
    removed("audit.k8s.io", "v1alpha1", &[], &[successor("audit.k8s.io/v1", release(1, 12), Defaults)], release(1, 24)),
    removed(
        "admissionregistration.k8s.io",
        "v1beta1",
        WEBHOOKS,
        &[successor("admissionregistration.k8s.io/v1", release(1, 16), Defaults)],
        release(1, 22),
    ),
    replaced("admissionregistration.k8s.io", "v1beta1", POLICIES, &[successor("admissionregistration.k8s.io/v1", release(1, 30), Same)]),
    replaced(
        "admissionregistration.k8s.io",
        "v1alpha1",
        POLICIES,
        &[successor("admissionregistration.k8s.io/v1", release(1, 30), Defaults)],
    ),
    removed(
        "apiextensions.k8s.io",
        "v1beta1",
        &["CustomResourceDefinition"],
        &[successor("apiextensions.k8s.io/v1", release(1, 16), Other)],
        release(1, 22),
    ),
    removed(
        "apiregistration.k8s.io",
        "v1beta1",
        &["APIService"],
        &[successor("apiregistration.k8s.io/v1", release(1, 10), Same)],
        release(1, 22),
    ),
    removed(
        "authentication.k8s.io",
        "v1beta1",
        &["TokenReview"],
        &[successor("authentication.k8s.io/v1", release(1, 6), Same)],
        release(1, 22),
    ),
    replaced("authentication.k8s.io", "v1beta1", &["SelfSubjectReview"], &[successor("authentication.k8s.io/v1", release(1, 28), Same)]),
    // `spec.group` is `spec.groups` in v1
    removed("authorization.k8s.io", "v1beta1", REVIEWS, &[successor("authorization.k8s.io/v1", release(1, 6), Other)], release(1, 22)),
    removed(
        "certificates.k8s.io",
        "v1beta1",
        &["CertificateSigningRequest"],
        &[successor("certificates.k8s.io/v1", release(1, 19), Defaults)],
        release(1, 22),
    ),
    removed("coordination.k8s.io", "v1beta1", &["Lease"], &[successor("coordination.k8s.io/v1", release(1, 14), Same)], release(1, 22)),
    removed("extensions", "v1beta1", &["Ingress"], INGRESS, release(1, 22)),
    removed("networking.k8s.io", "v1beta1", &["Ingress"], &[successor("networking.k8s.io/v1", release(1, 19), Other)], release(1, 22)),
    removed("networking.k8s.io", "v1beta1", &["IngressClass"], &[successor("networking.k8s.io/v1", release(1, 19), Same)], release(1, 22)),
    removed("rbac.authorization.k8s.io", "v1beta1", ROLES, RBAC_V1, release(1, 22)),
    removed("rbac.authorization.k8s.io", "v1alpha1", ROLES, RBAC_V1, release(1, 23)),
    removed("scheduling.k8s.io", "v1beta1", &["PriorityClass"], &[successor("scheduling.k8s.io/v1", release(1, 14), Same)], release(1, 22)),
    removed(
        "scheduling.k8s.io",
        "v1alpha1",
        &["PriorityClass"],
        &[successor("scheduling.k8s.io/v1", release(1, 14), Same)],
        release(1, 23),
    ),
    removed("storage.k8s.io", "v1beta1", &["CSIDriver"], &[successor("storage.k8s.io/v1", release(1, 19), Same)], release(1, 22)),
    removed("storage.k8s.io", "v1beta1", &["CSINode"], &[successor("storage.k8s.io/v1", release(1, 17), Same)], release(1, 22)),
    removed("storage.k8s.io", "v1beta1", &["StorageClass"], &[successor("storage.k8s.io/v1", release(1, 6), Same)], release(1, 22)),
    removed("storage.k8s.io", "v1beta1", &["VolumeAttachment"], &[successor("storage.k8s.io/v1", release(1, 13), Same)], release(1, 22)),
    removed("storage.k8s.io", "v1alpha1", &["VolumeAttachment"], &[successor("storage.k8s.io/v1", release(1, 13), Same)], release(1, 24)),
    removed("extensions", "v1beta1", &["DaemonSet", "Deployment", "ReplicaSet"], APPS_V1, release(1, 16)),
    removed("apps", "v1beta1", &["Deployment", "StatefulSet", "ReplicaSet", "ControllerRevision"], APPS_V1, release(1, 16)),
    removed("apps", "v1beta2", &["DaemonSet", "Deployment", "StatefulSet", "ReplicaSet", "ControllerRevision"], APPS_V1, release(1, 16)),
    Api {
        advice: "use a mutating admission policy or webhook",
        ..removed("settings.k8s.io", "v1alpha1", &["PodPreset"], &[], release(1, 20))
    },
    Api {
        advice: "write an audit policy, which the API server reads from a file",
        ..removed("auditregistration.k8s.io", "v1alpha1", &["AuditSink"], &[], release(1, 19))
    },
];
