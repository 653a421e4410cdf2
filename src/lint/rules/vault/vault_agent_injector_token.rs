use crate::lint::rules::prelude::*;
use crate::model::k8s::pod;
use crate::model::vault;

declare_rule! {
    VaultAgentInjectorToken {
        id: "vault-agent-injector-token",
        group: "vault",
        summary: "an application that gets the Vault token of its agent",
        why: "With `agent-inject-token` the injector writes the agent's own token to a file in the pod. Whoever reads it, through a path \
              traversal or a shared volume, can ask Vault for everything that the role allows, and from elsewhere. Inject the secrets that \
              the application needs, and leave the token to the agent.",
        bad: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: orders\n  annotations:\n    vault.hashicorp.com/agent-inject: \"true\"\n    vault.hashicorp.com/agent-inject-token: \"true\"\nspec:\n  containers:\n  - name: app\n    image: orders:1.0\n"),
        good: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: orders\n  annotations:\n    vault.hashicorp.com/agent-inject: \"true\"\n    vault.hashicorp.com/agent-inject-secret-db: database/creds/orders\nspec:\n  containers:\n  - name: app\n    image: orders:1.0\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://developer.hashicorp.com/vault/docs/platform/k8s/injector/annotations",
    }
}

impl Rule for VaultAgentInjectorToken {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(entry) = pod(object).and_then(|pod| pod.annotation("vault.hashicorp.com/agent-inject-token")) else { return };
        match vault::truthy(&entry.value) {
            None => cx.withhold(),
            Some(false) => {}
            Some(true) => {
                if let Some(report) = cx.report(&entry.origin, "the agent's Vault token is written into the pod") {
                    report.help("inject the secrets that are needed, not the token");
                }
            }
        }
    }
}
