use crate::lint::rules::pod_view::{is_platform, judged, named};
use crate::lint::rules::prelude::*;
use crate::model::k8s::{Container, Field, Pod};
use crate::model::value::Node as Value;

declare_rule! {
    K8sCapabilities {
        id: "k8s-capabilities",
        group: "k8s",
        summary: "a container with capabilities that it was given or that nobody took",
        why: "Capabilities are the parts of root's power. Some are as good as all of it (`SYS_ADMIN`, `SYS_PTRACE`, `NET_ADMIN`); what the \
              baseline of the Pod Security Standards does not allow to be added is an error. The restricted standard asks every \
              container to drop `ALL` and lets only `NET_BIND_SERVICE` be added; what falls short of that is a warning: the runtime's \
              defaults still hold `NET_RAW`, `SETUID`, `DAC_OVERRIDE` and others that few programs need.\n\n\
              Windows pods, pods of system namespaces that drop nothing, and DaemonSets of CNI, CSI and the SPIRE agent are not reported.",
        bad: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: web:1\n    securityContext:\n      capabilities:\n        drop: [ALL]\n        add:\n        - SYS_ADMIN\n"),
        good: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: web:1\n    securityContext:\n      capabilities:\n        drop: [ALL]\n        add:\n        - NET_BIND_SERVICE\n"),
        recommended: true,
        source: "https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted",
        peers: &["kube-linter drop-net-raw-capability", "checkov CKV_K8S_25", "checkov CKV_K8S_37", "checkov CKV_K8S_39", "trivy KSV-0003", "trivy KSV-0022", "kubescape C-0046"],
    }
}

/// What the baseline lets be added (`capabilities_allowed_1_0` of k8s.io/pod-security-admission).
const BASELINE: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

impl Rule for K8sCapabilities {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(pod) = judged(object).filter(|pod| !pod.is_windows()) else { return };
        let is_platform = is_platform(&pod, cx);
        for container in pod.containers() {
            added(&pod, &container, cx);
            if !is_platform {
                dropped(&pod, &container, cx);
            }
        }
    }
}

/// A capability's name as runtimes compare it: in upper case, without the prefix that some tools write.
fn name(text: &str) -> String {
    let upper = text.to_ascii_uppercase();
    upper.strip_prefix("CAP_").map(str::to_owned).unwrap_or(upper)
}

fn added(pod: &Pod<'_>, container: &Container<'_>, cx: &mut ManifestCx<'_>) {
    let Field::Set(list) = pod.field_of(container, &["securityContext", "capabilities", "add"]) else { return };
    // of several on one line the worst is named
    let mut found: Vec<(bool, String, &Value)> = Vec::new();
    for item in list.value.items() {
        match item.as_str().map(name) {
            Some(own) if own == "NET_BIND_SERVICE" || own.is_empty() => {}
            Some(own) => found.push((BASELINE.contains(&own.as_str()), own, item)),
            None if item.unknown().is_some() => cx.withhold(),
            None => {}
        }
    }
    found.sort_by_key(|(is_baseline, ..)| *is_baseline);
    for (is_baseline, own, item) in found {
        let (severity, standard) = if is_baseline { (Severity::Warning, "restricted standard") } else { (Severity::Error, "baseline") };
        let message = format!("{} adds the capability `{own}`, which the {standard} does not allow", named(container));
        if let Some(report) = cx.report_line_as(severity, &item.origin, message) {
            report.help("leave it out; a program that listens below port 1024 needs `NET_BIND_SERVICE` alone");
        }
    }
}

fn dropped(pod: &Pod<'_>, container: &Container<'_>, cx: &mut ManifestCx<'_>) {
    let at = match pod.field_of(container, &["securityContext", "capabilities", "drop"]) {
        Field::Unknown => return cx.withhold(),
        Field::Absent(at) => at,
        Field::Set(list) => {
            let items = list.value.items();
            if items.iter().any(|item| item.as_str().is_some_and(|text| text.eq_ignore_ascii_case("ALL"))) {
                return;
            }
            if items.iter().any(|item| item.unknown().is_some()) {
                return cx.withhold();
            }
            if !matches!(list.value.value, crate::model::value::Value::List(_)) {
                return;
            }
            &list.origin
        }
    };
    if let Some(report) = cx.report_line(at, format!("{} does not drop all capabilities", named(container))) {
        report.help("set `securityContext.capabilities.drop: [ALL]`, and add what is needed");
    }
}
