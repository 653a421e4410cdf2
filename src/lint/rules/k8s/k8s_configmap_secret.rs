use crate::lint::rules::prelude::*;
use crate::model::value::Node as Value;
use crate::secrets::value::names_secret;

declare_rule! {
    K8sConfigmapSecret {
        id: "k8s-configmap-secret",
        group: "k8s",
        summary: "a credential in a ConfigMap",
        why: "ConfigMaps are not for secrets: everyone who may read configuration reads them, they are not encrypted at rest, they show in \
              dashboards and diffs, and their manifests lie in the repository. Keep the value in a secret store and mount it from there.\n\n\
              Reported are secrets in the values: under names of credentials, in connection strings, tokens, private keys, and in values of \
              several lines each by itself. What is one, of which kind, and how bad that is where it stands, is the verdict of the group \
              `secrets`, whose rules do not report it again; a well-known default is a warning. References, placeholders, certificates, \
              names of files and settings of credentials are not reported. Values are never printed.",
        bad: yaml("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  DB_HOST: db.shop.svc\n  DB_PASSWORD: correct-horse-7\n"),
        good: yaml("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  DB_HOST: db.shop.svc\n  DB_PASSWORD_FILE: /run/secrets/db/password\n"),
        severity: Severity::Error,
        recommended: true,
        is_secret: true,
        source: "https://kubernetes.io/docs/concepts/configuration/configmap/",
        peers: &["trivy KSV-0109", "trivy KSV-01010", "kubescape C-0012"],
    }
}

impl Rule for K8sConfigmapSecret {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !object.is("", "ConfigMap") || object.root.get("sops").is_some() {
            return;
        }
        for entry in object.root.get("data").map_or(&[][..], Value::entries) {
            // Knative's documentation of its own settings
            if &*entry.key == "_example" {
                continue;
            }
            if entry.value.unknown().is_some() && names_secret(&entry.key) {
                cx.withhold();
            }
            cx.report_secrets(&entry.key, entry, "keep it in a secret store, mount it from there, and change it where it is in use");
        }
    }
}
