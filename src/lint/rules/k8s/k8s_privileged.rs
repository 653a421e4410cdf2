use crate::lint::rules::insert::replace_bool;
use crate::lint::rules::pod_view::{Found, flag, judged, named, report_lines};
use crate::lint::rules::prelude::*;
use crate::model::k8s::Field;

declare_rule! {
    K8sPrivileged {
        id: "k8s-privileged",
        group: "k8s",
        summary: "a container that has all rights of root on its node",
        why: "A privileged container sees all devices of the node, has every capability and no seccomp or AppArmor profile: whoever gets \
              into it owns the node, and with it every identity and secret of the pods there. On Windows `hostProcess` does the same. \
              Both break the baseline of the Pod Security Standards.\n\n\
              All containers count, those of `initContainers` and `ephemeralContainers` as well. DaemonSets that set up the node's \
              network (CNI), its volumes (CSI) or its workloads' identity (the SPIRE agent) are not reported.",
        bad: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: build\nspec:\n  containers:\n  - name: build\n    image: build:1\n    securityContext:\n      privileged: true\n"),
        good: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: build\nspec:\n  containers:\n  - name: build\n    image: build:1\n    securityContext:\n      privileged: false\n"),
        severity: Severity::Error,
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "A program that uses devices or mounts file systems stops working.",
        source: "https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline",
        peers: &["kube-linter privileged-container", "kube-score container-security-context-privileged", "checkov CKV_K8S_16", "trivy KSV-0017", "kubescape C-0057"],
    }
}

impl Rule for K8sPrivileged {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(pod) = judged(object) else { return };
        let mut found = Vec::new();
        let host_process = ["securityContext", "windowsOptions", "hostProcess"];
        judge(pod.field(&host_process), || "the pod's containers are HostProcess containers: they run".to_owned(), &mut found, cx);
        for container in pod.containers() {
            let privileged = pod.field_of(&container, &["securityContext", "privileged"]);
            judge(privileged, || format!("{} is privileged: it runs", named(&container)), &mut found, cx);
            let what = || format!("{} is a HostProcess container: it runs", named(&container));
            judge(pod.field_of(&container, &host_process), what, &mut found, cx);
        }
        report_lines(found, "take the rights away", cx);
    }
}

fn judge<'o>(field: Field<'o>, what: impl FnOnce() -> String, found: &mut Vec<Found<'o>>, cx: &mut ManifestCx<'_>) {
    match field {
        Field::Set(entry) if flag(entry) == Some(true) => found.push(Found {
            severity: Severity::Error,
            at: &entry.origin,
            message: format!("{} with all rights on the node", what()),
            help: "leave it out, and add the one capability or device that is needed",
            edit: replace_bool(cx.sources(), &entry.value, false),
        }),
        Field::Unknown => cx.withhold(),
        _ => {}
    }
}
