use crate::lint::rules::insert::{insert_first, replace_bool};
use crate::lint::rules::pod_view::{Found, flag, is_platform, judged, named, report_lines};
use crate::lint::rules::prelude::*;
use crate::model::k8s::Field;

declare_rule! {
    K8sPrivilegeEscalation {
        id: "k8s-privilege-escalation",
        group: "k8s",
        summary: "a container whose processes may gain rights that it was not started with",
        why: "Unless `allowPrivilegeEscalation` is `false`, a program with the setuid bit or file capabilities gives a process more \
              rights than its parent has: a foothold as some user becomes root. The restricted Pod Security Standard asks for `false` \
              in every container. `true` is an error, the absence, which means `true`, a warning.\n\n\
              Pods of system namespaces (`[check] system-namespaces`) that leave it out, Windows pods, and DaemonSets of CNI, CSI and \
              the SPIRE agent are not reported.",
        bad: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: web:1\n    securityContext:\n      runAsNonRoot: true\n"),
        good: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: web:1\n    securityContext:\n      runAsNonRoot: true\n      allowPrivilegeEscalation: false\n"),
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "Programs that rely on setuid, such as `sudo` or `ping`, stop working.",
        source: "https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted",
        peers: &["kube-linter privilege-escalation-container", "checkov CKV_K8S_20", "trivy KSV-0001", "kubescape C-0016"],
    }
}

impl Rule for K8sPrivilegeEscalation {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(pod) = judged(object).filter(|pod| !pod.is_windows()) else { return };
        let mut found = Vec::new();
        let is_platform = is_platform(&pod, cx);
        for container in pod.containers() {
            match pod.field_of(&container, &["securityContext", "allowPrivilegeEscalation"]) {
                Field::Unknown => cx.withhold(),
                Field::Set(entry) if flag(entry) == Some(true) => found.push(Found {
                    severity: Severity::Error,
                    at: &entry.origin,
                    message: format!("{} lets its processes gain rights", named(&container)),
                    help: "set `allowPrivilegeEscalation: false`",
                    edit: replace_bool(cx.sources(), &entry.value, false),
                }),
                Field::Absent(at) if !is_platform => {
                    let context = container.node.get("securityContext").filter(|map| map.get("allowPrivilegeEscalation").is_none());
                    found.push(Found {
                        severity: Severity::Warning,
                        at,
                        message: format!("{} does not forbid its processes to gain rights", named(&container)),
                        help: "set `securityContext.allowPrivilegeEscalation: false`",
                        edit: context.and_then(|map| insert_first(cx.sources(), map, "allowPrivilegeEscalation", ["false", "false"])),
                    });
                }
                _ => {}
            }
        }
        report_lines(found, "forbid it", cx);
    }
}
