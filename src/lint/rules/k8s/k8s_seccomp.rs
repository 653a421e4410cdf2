use crate::lint::rules::insert::insert_first;
use crate::lint::rules::pod_view::{Found, is_platform, judged, named, report_lines};
use crate::lint::rules::prelude::*;
use crate::model::k8s::{Effective, Field, field};

declare_rule! {
    K8sSeccomp {
        id: "k8s-seccomp",
        group: "k8s",
        summary: "a container that may use every system call",
        why: "A seccomp profile takes away the system calls that programs never use and exploits of the kernel need. Kubernetes sets none \
              unless it is asked to: without `seccompProfile` a container runs unconfined, as with `type: Unconfined`, which is an error. \
              The restricted Pod Security Standard asks for `RuntimeDefault` or `Localhost` for each container; what the pod says counts \
              for containers that say nothing. The annotations of old are not read since 1.27.\n\n\
              Windows pods, pods of system namespaces that leave it out, and DaemonSets of CNI, CSI and the SPIRE agent are not reported.",
        bad: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  securityContext:\n    seccompProfile:\n      type: Unconfined\n  containers:\n  - name: web\n    image: web:1\n"),
        good: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  securityContext:\n    seccompProfile:\n      type: RuntimeDefault\n  containers:\n  - name: web\n    image: web:1\n"),
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "A program that uses a rare system call stops working.",
        source: "https://kubernetes.io/docs/tutorials/security/seccomp/",
        peers: &["checkov CKV_K8S_31", "trivy KSV-0030", "trivy KSV-0104", "kubescape C-0210", "kube-score container-seccomp-profile"],
    }
}

impl Rule for K8sSeccomp {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(pod) = judged(object).filter(|pod| !pod.is_windows()) else { return };
        let mut found = Vec::new();
        let is_platform = is_platform(&pod, cx);
        for container in pod.containers() {
            let what = || named(&container);
            let profile = match pod.effective(&container, "seccompProfile") {
                Effective::Unknown => {
                    cx.withhold();
                    continue;
                }
                Effective::Own(profile) | Effective::OfPod(profile) => profile,
                Effective::Absent(at) => {
                    if !is_platform {
                        let context = container.node.get("securityContext").filter(|map| map.get("seccompProfile").is_none());
                        let value = ["{type: RuntimeDefault}", "{\"type\": \"RuntimeDefault\"}"];
                        let edit = context.and_then(|map| insert_first(cx.sources(), map, "seccompProfile", value));
                        let message = format!("{} has no seccomp profile: it may use every system call", what());
                        let help = "set `seccompProfile.type: RuntimeDefault` in the `securityContext` of the pod or the container";
                        found.push(Found { severity: Severity::Warning, at, message, help, edit });
                    }
                    continue;
                }
            };
            match field(&profile.value, &profile.origin, &["type"], object.partial) {
                Field::Unknown => cx.withhold(),
                Field::Set(entry) if entry.value.as_str() == Some("Unconfined") => found.push(Found {
                    severity: Severity::Error,
                    at: &entry.origin,
                    message: format!("{} runs without seccomp: it may use every system call", what()),
                    help: "use `RuntimeDefault`, or a profile of its own with `Localhost`",
                    edit: cx.replacement(&entry.value, "RuntimeDefault"),
                }),
                Field::Set(_) => {}
                Field::Absent(at) => {
                    let message = format!("the seccomp profile of {} has no type", what());
                    found.push(Found { severity: Severity::Warning, at, message, help: "write `type: RuntimeDefault`", edit: None });
                }
            }
        }
        report_lines(found, "use the runtime's profile", cx);
    }
}
