use crate::lint::rules::pod_view::{judged, named};
use crate::lint::rules::prelude::*;
use crate::model::k8s::{Field, field};
use crate::model::value::{Scalar, Value as Data};

declare_rule! {
    K8sHostPort {
        id: "k8s-host-port",
        group: "k8s",
        summary: "a container that listens on a port of its node",
        why: "A `hostPort` opens a port of the node for the container: it is reached past Services and, with many network plugins, past \
              NetworkPolicies, and no two pods with it fit on one node. The baseline of the Pod Security Standards does not allow it.\n\n\
              `hostPort: 0` means none. DaemonSets of CNI, CSI and the SPIRE agent are not reported.",
        bad: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: web:1\n    ports:\n    - containerPort: 8080\n      hostPort: 8080\n"),
        good: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: web:1\n    ports:\n    - containerPort: 8080\n"),
        recommended: true,
        source: "https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline",
        peers: &["checkov CKV_K8S_26", "trivy KSV-0024", "kubescape C-0044"],
    }
}

impl Rule for K8sHostPort {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(pod) = judged(object) else { return };
        for container in pod.containers() {
            for port in container.ports() {
                match field(port, &port.origin, &["hostPort"], object.partial) {
                    Field::Set(entry) => {
                        let Data::Scalar(Scalar::Number(text)) = &entry.value.value else { continue };
                        if text.parse::<f64>().is_ok_and(|port| port > 0.0)
                            && let Some(report) =
                                cx.report_line(&entry.origin, format!("{} listens on port {text} of its node", named(&container)))
                        {
                            report.help("leave `hostPort` out, and use a Service");
                        }
                    }
                    Field::Unknown => cx.withhold(),
                    Field::Absent(_) => {}
                }
            }
        }
    }
}
