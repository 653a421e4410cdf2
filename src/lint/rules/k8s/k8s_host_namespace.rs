use crate::lint::rules::insert::replace_bool;
use crate::lint::rules::pod_view::{Found, flag, judged, report_lines};
use crate::lint::rules::prelude::*;
use crate::model::k8s::Field;

declare_rule! {
    K8sHostNamespace {
        id: "k8s-host-namespace",
        group: "k8s",
        summary: "a pod that shares the network, the processes or the shared memory of its node",
        why: "With `hostNetwork` a pod has the node's address: no NetworkPolicy selects it, no sidecar stands in front of it, and it \
              reaches what listens on the node's loopback and the cloud's metadata service. With `hostPID` it sees and can signal all \
              processes of the node and read their environment, with `hostIPC` their shared memory. All three break the baseline of the \
              Pod Security Standards.\n\n\
              DaemonSets of CNI, CSI and the SPIRE agent are not reported.",
        bad: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  hostNetwork: true\n  containers:\n  - name: web\n    image: web:1\n"),
        good: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  hostNetwork: false\n  containers:\n  - name: web\n    image: web:1\n"),
        severity: Severity::Error,
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "What the pod did with the node's namespace it cannot do any more.",
        source: "https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline",
        peers: &["kube-linter host-network", "kube-linter host-pid", "kube-linter host-ipc", "checkov CKV_K8S_17", "checkov CKV_K8S_18", "checkov CKV_K8S_19", "trivy KSV-0009", "kubescape C-0041"],
    }
}

const FIELDS: [(&str, &str); 3] =
    [("hostNetwork", "the network"), ("hostPID", "the processes"), ("hostIPC", "the shared memory and semaphores")];

impl Rule for K8sHostNamespace {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(pod) = judged(object) else { return };
        let mut found = Vec::new();
        for (key, what) in FIELDS {
            match pod.field(&[key]) {
                Field::Set(entry) if flag(entry) == Some(true) => found.push(Found {
                    severity: Severity::Error,
                    at: &entry.origin,
                    message: format!("`{key}` gives the pod {what} of its node"),
                    help: "leave it out",
                    edit: replace_bool(cx.sources(), &entry.value, false),
                }),
                Field::Unknown => cx.withhold(),
                _ => {}
            }
        }
        report_lines(found, "give the pod a namespace of its own", cx);
    }
}
