use crate::lint::rules::pod_view::is_platform;
use crate::lint::rules::prelude::*;
use crate::model::k8s::{ServiceAccount, pod};

declare_rule! {
    K8sDefaultServiceAccount {
        id: "k8s-default-service-account",
        group: "k8s",
        summary: "a pod without an identity of its own",
        why: "Pods that name no service account all run as `default` of their namespace. To the API server, the mesh \
              (`<trust domain>/ns/shop/sa/default`), SPIRE and the cloud they are one and the same: no policy can tell them apart, and \
              a right that one of them needs is given to all. A pod that needs no token still needs a name: let it have an account of \
              its own, with `automountServiceAccountToken: false`.\n\n\
              Pods of system namespaces (`[check] system-namespaces`) are not reported.",
        bad: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: web:1\n"),
        good: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  serviceAccountName: web\n  containers:\n  - name: web\n    image: web:1\n"),
        recommended: true,
        source: "https://kubernetes.io/docs/concepts/security/service-accounts/#default-service-accounts",
        peers: &["kube-linter default-service-account", "checkov CKV_K8S_41", "checkov CKV_K8S_42", "kubescape C-0189"],
    }
}

impl Rule for K8sDefaultServiceAccount {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(pod) = pod(object) else { return };
        if is_platform(&pod, cx) {
            return;
        }
        let (at, message) = match pod.service_account() {
            ServiceAccount::Unknown => return cx.withhold(),
            ServiceAccount::Named("default", entry) => (&entry.origin, "the pod runs as the service account `default`, which others share"),
            ServiceAccount::Named(..) => return,
            ServiceAccount::Default => {
                let empty = ["serviceAccountName", "serviceAccount"].iter().find_map(|key| pod.spec.value.entry(key));
                (
                    empty.map_or(&pod.spec.origin, |entry| &entry.origin),
                    "the pod names no service account and runs as `default`, which others share",
                )
            }
        };
        if let Some(report) = cx.report(at, message) {
            report.help("make a ServiceAccount for it, and name it in `serviceAccountName`");
        }
    }
}
