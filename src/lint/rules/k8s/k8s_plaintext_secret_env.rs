use crate::lint::rules::prelude::*;
use crate::model::k8s::pod;
use crate::model::value::Node as Value;
use crate::secrets::value::{Verdict, connection_password, has_private_key, is_setting, names_secret, verdict};

declare_rule! {
    K8sPlaintextSecretEnv {
        id: "k8s-plaintext-secret-env",
        group: "k8s",
        summary: "a password, key or token in the text of a manifest",
        why: "Whoever can read the repository, its history, or the object in the cluster has the credential, and nobody can say who used \
              it. Removing it later does not take it back: change it as well.\n\n\
              Reported are values of variables whose names are those of credentials (`DB_PASSWORD`, `API_KEY`, `CLIENT_SECRET`, \
              `CONNECTION_STRING`), and connection strings with a password under any name. `changeme` and its like are a warning. \
              References (`$(X)`, `${X}`, templates, paths in Vault), placeholders in brackets, switches, names of files and settings of \
              credentials (`_FILE`, `_PATH`, `_NAME`, `_TTL`, `_ENABLED`) are not reported. Values are never printed.",
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
                let Some(text) = entry.value.as_str() else {
                    if entry.value.unknown().is_some() && names_secret(name) {
                        cx.withhold();
                    }
                    continue;
                };
                let Some((severity, what)) = judge(name, text) else { continue };
                let Some(severity) = cx.weigh(&entry.value.origin, severity) else { continue };
                if let Some(report) = cx.report_line_as(severity, &entry.origin, format!("the value of `{name}` is {what}")) {
                    report.help("take it from a secret store, and change it where it is in use");
                }
            }
        }
    }
}

/// How bad a value is, and what it is.
fn judge(name: &str, text: &str) -> Option<(Severity, &'static str)> {
    let (secret, what) = match connection_password(text) {
        Some(password) => (password, "a connection string with a password"),
        None if has_private_key(text) => (text, "a private key"),
        None if names_secret(name) && !is_setting(name, text) => (text, "a credential in plain text"),
        None => return None,
    };
    match verdict(secret) {
        Verdict::Value => Some((Severity::Error, what)),
        Verdict::Default => Some((Severity::Warning, "a default that works until someone changes it")),
        Verdict::Nothing | Verdict::Reference | Verdict::Placeholder | Verdict::Public => None,
    }
}
