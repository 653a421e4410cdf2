use crate::lint::rules::pod_view::{flag, is_platform, judged, named};
use crate::lint::rules::prelude::*;
use crate::model::k8s::{Container, Effective, Pod};
use crate::model::tri::Tri;
use crate::model::value::{Entry, Scalar, Value as Data};

declare_rule! {
    K8sRunAsRoot {
        id: "k8s-run-as-root",
        group: "k8s",
        summary: "a container that runs as root, or may",
        why: "Root in a container is root on the node but for what namespaces and capabilities take away; a flaw in the kernel or the \
              runtime, or one mount too many, gives it back. `runAsUser: 0` is an error. Where neither the container nor its pod has \
              `runAsNonRoot: true` or a `runAsUser` other than 0, the image decides, and most images decide for root: that is a warning, as is `runAsNonRoot: false`. \
              What the container says counts before what its pod says.\n\n\
              Pods with `hostUsers: false` are not reported: their root is none on the node. Neither are Windows pods, pods of system \
              namespaces that leave the question open, and DaemonSets of CNI, CSI and the SPIRE agent.",
        bad: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: web:1\n    securityContext:\n      runAsUser: 0\n"),
        good: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  securityContext:\n    runAsNonRoot: true\n  containers:\n  - name: web\n    image: web:1\n"),
        recommended: true,
        source: "https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted",
        peers: &["kube-linter run-as-non-root", "kube-score container-security-context-user-group-id", "checkov CKV_K8S_23", "trivy KSV-0012", "kubescape C-0013"],
    }
}

impl Rule for K8sRunAsRoot {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(pod) = judged(object).filter(|pod| !pod.is_windows()) else { return };
        match pod.has_own_users() {
            Tri::Yes => return,
            Tri::Unknown => return cx.withhold(),
            Tri::No => {}
        }
        let is_platform = is_platform(&pod, cx);
        for container in pod.containers() {
            judge(&pod, &container, is_platform, cx);
        }
    }
}

/// A user's number; `None` for a value of another type, which the API server refuses.
fn number(entry: &Entry) -> Option<f64> {
    match &entry.value.value {
        Data::Scalar(Scalar::Number(text)) => text.parse().ok(),
        _ => None,
    }
}

fn judge(pod: &Pod<'_>, container: &Container<'_>, is_platform: bool, cx: &mut ManifestCx<'_>) {
    let mut has_user = false;
    match pod.effective(container, "runAsUser") {
        Effective::Unknown => return cx.withhold(),
        Effective::Own(entry) | Effective::OfPod(entry) if number(entry) == Some(0.0) => {
            if let Some(report) = cx.report_line_as(Severity::Error, &entry.origin, format!("{} runs as root", named(container))) {
                report.help("name a user other than 0, and set `runAsNonRoot: true`");
            }
            return;
        }
        Effective::Own(_) | Effective::OfPod(_) => has_user = true,
        Effective::Absent(_) => {}
    }
    match pod.effective(container, "runAsNonRoot") {
        // with a user, only what the container says itself is held against it
        Effective::Unknown | Effective::OfPod(_) if has_user => {}
        Effective::Unknown => cx.withhold(),
        Effective::Own(entry) | Effective::OfPod(entry) => {
            if flag(entry) == Some(false)
                && let Some(report) = cx.report_line(&entry.origin, format!("{} may run as root", named(container)))
            {
                report.help("set `runAsNonRoot: true`");
            }
        }
        Effective::Absent(at) => {
            if !is_platform
                && !has_user
                && let Some(report) = cx.report_line(at, format!("{} may run as root: its image decides", named(container)))
            {
                report.help("set `runAsNonRoot: true` in the `securityContext` of the pod or the container");
            }
        }
    }
}
