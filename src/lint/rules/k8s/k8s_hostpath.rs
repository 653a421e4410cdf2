use crate::lint::rules::pod_view::judged;
use crate::lint::rules::prelude::*;
use crate::model::k8s::Field;
use crate::model::value::{Node as Value, Value as Data};

declare_rule! {
    K8sHostpath {
        id: "k8s-hostpath",
        group: "k8s",
        summary: "a pod with a folder of its node",
        why: "A `hostPath` volume ties the pod to what lies on the node. Where that is a container runtime's socket, the kubelet's folder, \
              `/etc`, `/proc` or the root, whoever gets into the pod owns the node: these are errors. Any other path still lets pods of \
              different owners meet on the node, outlives them, and breaks the baseline of the Pod Security Standards.\n\n\
              DaemonSets of CNI, CSI and the SPIRE agent are not reported, nor are PersistentVolumes, which administrators make.",
        bad: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: build\nspec:\n  containers:\n  - name: build\n    image: build:1\n  volumes:\n  - name: docker\n    hostPath:\n      path: /var/run/docker.sock\n"),
        good: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: build\nspec:\n  containers:\n  - name: build\n    image: build:1\n  volumes:\n  - name: cache\n    emptyDir: {}\n"),
        recommended: true,
        source: "https://kubernetes.io/docs/concepts/storage/volumes/#hostpath",
        peers: &["kube-linter sensitive-host-mounts", "kube-linter docker-sock", "checkov CKV_K8S_27", "trivy KSV-0023", "kubescape C-0048"],
    }
}

impl Rule for K8sHostpath {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(pod) = judged(object) else { return };
        if matches!(pod.field(&["volumes"]), Field::Unknown) {
            cx.withhold();
        }
        for volume in pod.volumes() {
            let Some(entry) = volume.entry("hostPath") else { continue };
            if !matches!(entry.value.value, Data::Map(_)) {
                continue;
            }
            let path = entry.value.get("path").and_then(Value::as_str);
            let name = volume.get("name").and_then(Value::as_str).unwrap_or("a volume");
            let message = match path {
                Some(path) => format!("volume `{name}` is `{path}` of the node"),
                None => format!("volume `{name}` is a folder of the node"),
            };
            let severity = if path.is_some_and(is_sensitive) { Severity::Error } else { Severity::Warning };
            if let Some(report) = cx.report_line_as(severity, &entry.origin, message) {
                report.help("use an `emptyDir`, a PersistentVolumeClaim, or the CSI driver that is made for it");
            }
        }
    }
}

/// Whether a path of the node gives the node away.
fn is_sensitive(path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let below = [
        "/etc",
        "/proc",
        "/sys",
        "/dev",
        "/boot",
        "/root",
        "/home",
        "/usr",
        "/bin",
        "/sbin",
        "/lib",
        "/var/lib/kubelet",
        "/var/lib/docker",
        "/var/lib/containerd",
        "/var/lib/etcd",
        "/run/containerd",
        "/run/docker",
        "/run/crio",
        "/var/run/containerd",
        "/var/run/crio",
    ];
    matches!(path, "" | "/var" | "/var/lib" | "/run" | "/var/run" | "/var/log" | "/opt" | "/mnt" | "/host")
        || path.ends_with(".sock") && ["docker", "containerd", "crio", "dockershim", "podman"].iter().any(|runtime| path.contains(runtime))
        || below.iter().any(|folder| path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}
