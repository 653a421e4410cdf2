use crate::lint::rules::prelude::*;
use crate::model::k8s::pod;
use crate::model::value::Node as Value;
use crate::secrets::value::names_secret;

declare_rule! {
    K8sPlaintextSecretEnv {
        id: "k8s-plaintext-secret-env",
        group: "k8s",
        summary: "a password, key or token in the text of a manifest",
        why: "Whoever can read the repository, its history, or the object in the cluster has the credential, and nobody can say who used \
              it. Removing it later does not take it back: change it as well.\n\n\
              Reported are secrets in the values of variables: under names of credentials (`DB_PASSWORD`, `API_KEY`, `CLIENT_SECRET`), in \
              connection strings, and tokens and private keys under any name. What is one, of which kind, and how bad that is where it \
              stands, is the verdict of the group `secrets`, whose rules do not report it again; a well-known default is a warning. \
              References (`$(X)`, `${X}`, templates, paths in Vault), placeholders (`changeme`, `<password>`), switches, names of files and \
              settings of credentials (`_FILE`, `_PATH`, `_NAME`, `_TTL`, `_ENABLED`) are not reported. Values are never printed.",
        bad: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: web:1\n    env:\n    - name: DB_PASSWORD\n      value: correct-horse-7\n"),
        good: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: web:1\n    env:\n    - name: DB_PASSWORD_FILE\n      value: /run/secrets/db/password\n"),
        severity: Severity::Error,
        recommended: true,
        is_secret: true,
        source: "https://kubernetes.io/docs/concepts/security/secrets-good-practices/",
        peers: &["kube-linter env-var-secret", "kubescape C-0012", "trivy KSV-0109"],
    }
}

impl Rule for K8sPlaintextSecretEnv {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(pod) = pod(object) else { return };
        for container in pod.containers() {
            for item in container.env() {
                let (Some(name), Some(entry)) = (item.get("name").and_then(Value::as_str), item.entry("value")) else { continue };
                if entry.value.unknown().is_some() && names_secret(name) {
                    cx.withhold();
                }
                cx.report_secrets(name, entry, "take it from a secret store, and change it where it is in use");
            }
        }
    }
}
