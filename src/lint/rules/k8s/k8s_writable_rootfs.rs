use crate::lint::rules::insert::{insert_first, replace_bool};
use crate::lint::rules::pod_view::{Found, flag, is_platform, judged, named, report_lines};
use crate::lint::rules::prelude::*;
use crate::model::k8s::Field;

declare_rule! {
    K8sWritableRootfs {
        id: "k8s-writable-rootfs",
        group: "k8s",
        summary: "a container that can change its own programs",
        why: "Where the root file system can be written, whoever gets into a container can leave tools there or change what it runs. With \
              `readOnlyRootFilesystem: true` only the volumes that are mounted for it can be written. No Pod Security Standard asks \
              for it, the restricted one neither, whatever is said elsewhere: it is a matter of good practice.\n\n\
              Windows pods, where it means nothing, pods of system namespaces that leave it out, and DaemonSets of CNI, CSI and the \
              SPIRE agent are not reported.",
        bad: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: web:1\n    securityContext:\n      readOnlyRootFilesystem: false\n"),
        good: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: web:1\n    securityContext:\n      readOnlyRootFilesystem: true\n"),
        severity: Severity::Info,
        fix: FixKind::Unsafe,
        fix_safety: "A program that writes to a folder without a volume fails.",
        source: "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",
        peers: &["kube-linter no-read-only-root-fs", "kube-score container-security-context-readonlyrootfilesystem", "checkov CKV_K8S_22", "trivy KSV-0014", "kubescape C-0017"],
    }
}

impl Rule for K8sWritableRootfs {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(pod) = judged(object).filter(|pod| !pod.is_windows()) else { return };
        let mut found = Vec::new();
        let is_platform = is_platform(&pod, cx);
        for container in pod.containers() {
            let (at, edit) = match pod.field_of(&container, &["securityContext", "readOnlyRootFilesystem"]) {
                Field::Unknown => {
                    cx.withhold();
                    continue;
                }
                Field::Set(entry) if flag(entry) == Some(false) => (&entry.origin, replace_bool(cx.sources(), &entry.value, true)),
                Field::Absent(at) if !is_platform => {
                    let context = container.node.get("securityContext").filter(|map| map.get("readOnlyRootFilesystem").is_none());
                    let edit = context.and_then(|map| insert_first(cx.sources(), map, "readOnlyRootFilesystem", ["true", "true"]));
                    (at, edit)
                }
                _ => continue,
            };
            let message = format!("{} can write to its root file system", named(&container));
            let help = "set `securityContext.readOnlyRootFilesystem: true`, and mount an `emptyDir` where it has to write";
            found.push(Found { severity: Severity::Info, at, message, help, edit });
        }
        report_lines(found, "make it read-only", cx);
    }
}
