use crate::lint::describe;
use crate::lint::rules::prelude::*;
use crate::secrets::{Class, Leak};

declare_rule! {
    K8sSecretManifestInGit {
        id: "k8s-secret-manifest-in-git",
        group: "k8s",
        summary: "a Secret with its values in a file",
        why: "Base 64 hides nothing: a Secret in a repository is known to everyone who ever cloned it, in history and in forks, for ever. Keep \
              it in a secret store and let the cluster fetch it (External Secrets, the Secrets Store CSI driver, Vault), or encrypt it \
              (SOPS, Sealed Secrets), and change what was written here.\n\n\
              There is one finding for each key with a value that is neither empty, a reference, a placeholder (`changeme`, \
              `<password>`), a certificate nor a public key. Not reported are keys that name no credential (`username`, `host`, `port`, \
              `ca.crt`), files of configuration without a credential, and Secrets encrypted by SOPS. Values are never printed.",
        bad: yaml("apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  password: correct-horse-7\n"),
        good: yaml("apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  password: <path:secret/data/db#password>\n"),
        severity: Severity::Error,
        recommended: true,
        is_secret: true,
        source: "https://kubernetes.io/docs/concepts/security/secrets-good-practices/#avoid-sharing-secret-manifests",
        peers: &["checkov CKV_SECRET", "kubescape C-0012", "gitleaks"],
    }
}

impl Rule for K8sSecretManifestInGit {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !object.is("", "Secret") || object.root.get("sops").is_some() {
            return;
        }
        for field in ["stringData", "data"] {
            let Some(values) = object.root.get(field) else { continue };
            if values.unknown().is_some() {
                cx.withhold();
            }
            for entry in values.entries() {
                if entry.value.as_str().is_none() {
                    if entry.value.unknown().is_some() {
                        cx.withhold();
                    }
                    continue;
                }
                let found = cx.leak_in(&entry.value.origin).filter(|(_, leak)| !asks_for_change(leak));
                let Some((severity, leak)) = found else { continue };
                let what = describe(&leak.secret, "");
                if let Some(report) =
                    cx.report_line_as(severity, &entry.origin, format!("the value of `{}` stands in the file: {what}", entry.key))
                {
                    report.help("keep it in a secret store or encrypted, and change it: whoever has the repository has it");
                }
            }
        }
    }
}

/// Whether a value says itself that it is due to be changed: `changeme` has a rule of its own.
fn asks_for_change(leak: &Leak) -> bool {
    leak.secret.class == Class::Default && leak.secret.length >= 8
}
