use crate::lint::rules::insert::{insert_first, replace_bool};
use crate::lint::rules::pod_view::{Lines, flag, is_platform, judged, named};
use crate::lint::rules::prelude::*;
use crate::model::k8s::Field;
use crate::model::value::Node as Value;

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
    fn reads_manifests(&self) -> bool {
        true
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(pod) = judged(object).filter(|pod| !pod.is_windows()) else { return };
        let mut lines = Lines::default();
        let is_platform = is_platform(&pod, cx);
        for container in pod.containers() {
            match pod.field_of(&container, &["securityContext", "allowPrivilegeEscalation"]) {
                Field::Unknown => cx.withhold(),
                Field::Set(entry) if flag(entry) == Some(true) && lines.is_new(&entry.origin, cx) => {
                    let edit = replace_bool(cx.sources(), &entry.value, false);
                    let message = format!("{} lets its processes gain rights", named(&container));
                    let Some(report) = cx.report_as(Severity::Error, &entry.origin, message) else { continue };
                    let report = report.help("set `allowPrivilegeEscalation: false`");
                    if let Some(edit) = edit {
                        report.fix("forbid it", Applicability::Unsafe, [edit]);
                    }
                }
                Field::Absent(at) if !is_platform && lines.is_new(at, cx) => {
                    let context = container.node.get("securityContext").filter(|map| !map.entries().is_empty());
                    let is_null = |map: &&Value| map.get("allowPrivilegeEscalation").is_some();
                    let edit = context
                        .filter(|map| !is_null(map))
                        .and_then(|map| insert_first(cx.sources(), map, "allowPrivilegeEscalation", ["false", "false"]));
                    let message = format!("{} does not forbid its processes to gain rights", named(&container));
                    let Some(report) = cx.report(at, message) else { continue };
                    let report = report.help("set `securityContext.allowPrivilegeEscalation: false`");
                    if let Some(edit) = edit {
                        report.fix("forbid it", Applicability::Unsafe, [edit]);
                    }
                }
                _ => {}
            }
        }
    }
}
