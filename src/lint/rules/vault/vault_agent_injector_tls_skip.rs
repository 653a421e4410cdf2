use crate::lint::rules::prelude::*;
use crate::model::k8s::pod;
use crate::model::vault;

declare_rule! {
    VaultAgentInjectorTlsSkip {
        id: "vault-agent-injector-tls-skip",
        group: "vault",
        summary: "a Vault agent that does not check whom it talks to",
        why: "With `tls-skip-verify` the injected agent takes whoever answers for Vault, and sends it the pod's service account token. \
              Give it the authority that issued Vault's certificate: `vault.hashicorp.com/tls-secret` and `ca-cert`.",
        bad: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: orders\n  annotations:\n    vault.hashicorp.com/agent-inject: \"true\"\n    vault.hashicorp.com/tls-skip-verify: \"true\"\nspec:\n  containers:\n  - name: app\n    image: orders:1.0\n"),
        good: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: orders\n  annotations:\n    vault.hashicorp.com/agent-inject: \"true\"\n    vault.hashicorp.com/tls-secret: vault-ca\n    vault.hashicorp.com/ca-cert: /vault/tls/ca.crt\nspec:\n  containers:\n  - name: app\n    image: orders:1.0\n"),
        severity: Severity::Error,
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "Switches the check on: the agent needs the authority that issued Vault's certificate.",
        source: "https://developer.hashicorp.com/vault/docs/platform/k8s/injector/annotations",
    }
}

impl Rule for VaultAgentInjectorTlsSkip {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(entry) = pod(object).and_then(|pod| pod.annotation("vault.hashicorp.com/tls-skip-verify")) else { return };
        match vault::truthy(&entry.value) {
            None => cx.withhold(),
            Some(false) => {}
            Some(true) => {
                let edit = entry.value.origin.via.is_empty().then(|| cx.replacement(&entry.value, "false")).flatten();
                let Some(report) = cx.report(&entry.origin, "the agent takes whoever answers for Vault") else { return };
                let report = report.help("name the authority that issued Vault's certificate: `vault.hashicorp.com/ca-cert`");
                if let Some(edit) = edit {
                    report.fix("check Vault's certificate", Applicability::Unsafe, [edit]);
                }
            }
        }
    }
}
