use crate::lint::rules::prelude::*;

declare_rule! {
    K8sSecretManifestInGit {
        id: "k8s-secret-manifest-in-git",
        group: "k8s",
        summary: "a Secret with its values in a file",
        why: "Base 64 hides nothing: a Secret in a repository is known to everyone who ever cloned it, in history and in forks, for ever. Keep \
              it in a secret store and let the cluster fetch it (External Secrets, the Secrets Store CSI driver, Vault), or encrypt it \
              (SOPS, Sealed Secrets), and change what was written here.\n\n\
              There is one finding for each secret. What is one, of which kind, and how bad that is where it stands (an error in what is \
              deployed, less or nothing in examples and tests), is the verdict of the group `secrets`, whose rules do not report it again. \
              Not reported are references, placeholders (`changeme`, `<password>`), certificates, public keys, keys that name no \
              credential (`username`, `host`, `ca.crt`), files without a credential, and Secrets encrypted by SOPS. Values are never \
              printed.",
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
                if entry.value.unknown().is_some() {
                    cx.withhold();
                }
                cx.report_secrets(
                    &entry.key,
                    entry,
                    "keep it in a secret store or encrypted, and change it: whoever has the repository has it",
                );
            }
        }
    }
}
