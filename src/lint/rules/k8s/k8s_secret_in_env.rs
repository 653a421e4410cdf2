use crate::lint::rules::pod_view::named;
use crate::lint::rules::prelude::*;
use crate::model::k8s::pod;
use crate::model::value::{Entry, Node as Value, Value as Data};

declare_rule! {
    K8sSecretInEnv {
        id: "k8s-secret-in-env",
        group: "k8s",
        summary: "a secret in the environment of a program",
        why: "What stands in the environment is handed to every child process, shows in crash reports, debug pages and `/proc`, and stays \
              as it was when the secret is changed: the pod has to start anew. A mounted file, written by the Vault agent, the Secrets \
              Store CSI driver or Kubernetes itself, can be renewed, and is read by those who mean to.\n\n\
              Reported are `secretKeyRef` and `secretRef` of all containers. Programs that read the environment alone are many: make it \
              `info` in `ztctl.toml` where you cannot change them.",
        bad: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: web:1\n    env:\n    - name: DB_PASSWORD\n      valueFrom:\n        secretKeyRef:\n          name: db\n          key: password\n"),
        good: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: web:1\n    env:\n    - name: DB_PASSWORD_FILE\n      value: /run/secrets/db/password\n    volumeMounts:\n    - name: db\n      mountPath: /run/secrets/db\n  volumes:\n  - name: db\n    secret:\n      secretName: db\n"),
        recommended: true,
        source: "https://kubernetes.io/docs/concepts/security/secrets-good-practices/",
        peers: &["kube-linter env-var-value-from", "kube-linter read-secret-from-env-var", "checkov CKV_K8S_35", "kubescape C-0207"],
    }
}

impl Rule for K8sSecretInEnv {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(pod) = pod(object) else { return };
        for container in pod.containers() {
            for item in container.env() {
                let Some(from) = item.get("valueFrom") else { continue };
                if from.unknown().is_some() {
                    cx.withhold();
                }
                let Some(entry) = reference(from, "secretKeyRef") else { continue };
                let name = item.get("name").and_then(Value::as_str).unwrap_or("a variable");
                report(entry, &format!("{} has the secret `{name}` in its environment", named(&container)), cx);
            }
            for item in container.node.get("envFrom").map_or(&[][..], Value::items) {
                if item.unknown().is_some() {
                    cx.withhold();
                }
                let Some(entry) = reference(item, "secretRef") else { continue };
                let message = format!("{} has all of a Secret in its environment", named(&container));
                report(entry, &message, cx);
            }
        }
    }
}

/// A reference to a Secret: a map with something in it.
fn reference<'o>(node: &'o Value, key: &str) -> Option<&'o Entry> {
    node.entry(key).filter(|entry| matches!(&entry.value.value, Data::Map(entries) if !entries.is_empty()))
}

fn report(entry: &Entry, message: &str, cx: &mut ManifestCx<'_>) {
    if let Some(report) = cx.report_line(&entry.origin, message) {
        report.help("mount it as a file, or let the program fetch it with its workload identity");
    }
}
