use std::collections::BTreeSet;

use crate::lint::rules::prelude::*;
use crate::model::manifests::Manifests;
use crate::model::value::Origin;
use crate::model::vault;

declare_rule! {
    VaultAuditMissing {
        id: "vault-audit-missing",
        group: "vault",
        summary: "a Vault that is set up without an audit device",
        why: "Without an audit device Vault records nothing: who read which secret, and with which token, can never be told again. Once \
              one is enabled, Vault answers no request that it could not record.\n\n\
              Reported once for each script, and each folder of Terraform, that enables auth methods or secrets engines, unless something \
              in the workspace enables an audit device.",
        bad: shell("vault auth enable kubernetes\nvault secrets enable -path=secret kv-v2\n"),
        good: shell("vault audit enable file file_path=/vault/audit/audit.log\nvault auth enable kubernetes\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://developer.hashicorp.com/vault/docs/audit",
    }
}

/// Resources of Terraform that enable an auth method or a secrets engine.
const ENABLING: [&str; 22] = [
    "vault_ad_secret_backend",
    "vault_auth_backend",
    "vault_aws_secret_backend",
    "vault_azure_secret_backend",
    "vault_consul_secret_backend",
    "vault_database_secrets_mount",
    "vault_gcp_auth_backend",
    "vault_gcp_secret_backend",
    "vault_github_auth_backend",
    "vault_jwt_auth_backend",
    "vault_kmip_secret_backend",
    "vault_kubernetes_secret_backend",
    "vault_ldap_auth_backend",
    "vault_ldap_secret_backend",
    "vault_mongodbatlas_secret_backend",
    "vault_mount",
    "vault_nomad_secret_backend",
    "vault_oci_auth_backend",
    "vault_okta_auth_backend",
    "vault_rabbitmq_secret_backend",
    "vault_saml_auth_backend",
    "vault_terraform_cloud_secret_backend",
];

impl Rule for VaultAuditMissing {
    fn manifests(&self, cx: &mut ManifestCx<'_>) {
        let manifests = cx.manifests();
        if audits(manifests) {
            return;
        }
        let mut files = BTreeSet::new();
        for script in &manifests.scripts {
            let file = cx.sources().outermost(script.source);
            let Some(at) = first_enabling(script).filter(|_| files.insert(file)) else { continue };
            report(&at, cx);
        }
        let mut folders = BTreeSet::new();
        for document in manifests.documents.iter().filter(|document| document.kind == DocumentKind::Terraform) {
            let enabling = vault::resources(&document.root).filter(|resource| ENABLING.contains(&resource.kind));
            let Some(first) = enabling.min_by_key(|resource| resource.at.at.span) else { continue };
            let path = &cx.sources().get(document.source).path;
            if folders.insert(path.rsplit_once('/').map_or("", |(folder, _)| folder)) {
                report(first.at, cx);
            }
        }
    }
}

fn report(at: &Origin, cx: &mut ManifestCx<'_>) {
    if let Some(report) = cx.report(at, "Vault is set up here, and nothing enables an audit device") {
        report.help("enable one first: `vault audit enable file file_path=…`, in Terraform `vault_audit`");
    }
}

/// Whether anything that was read enables an audit device.
fn audits(manifests: &Manifests) -> bool {
    let by_script = |script: &Script| {
        let calls = script.calls("vault").any(|(_, call)| {
            let mut words = call.operands();
            matches!((words.next(), words.next()), (Some(Some("audit")), Some(Some("enable"))) | (Some(Some("audit-enable")), _))
        });
        calls || script.commands.iter().flat_map(|command| &command.words).any(|word| word.text.contains("sys/audit"))
    };
    let by_terraform = |document: &Document| {
        document.kind == DocumentKind::Terraform && vault::resources(&document.root).any(|resource| resource.kind == "vault_audit")
    };
    let by_object = |object: &Object| {
        object.is("redhatcop.redhat.io", "Audit")
            || object.is("vault.banzaicloud.com", "Vault")
                && object.root.path(&["spec", "externalConfig", "audit"]).is_some_and(|audit| !audit.items().is_empty())
    };
    manifests.scripts.iter().any(by_script)
        || manifests.documents.iter().any(by_terraform)
        || manifests.objects.iter().any(|object| by_object(object))
}

/// The first command that enables an auth method or a secrets engine.
fn first_enabling(script: &Script) -> Option<Origin> {
    let enables = |words: &[&str]| matches!(words, ["auth" | "secrets", "enable"] | ["auth-enable" | "mount", _]);
    let calls = script.calls("vault").filter(|(_, call)| {
        let words: Vec<&str> = call.operands().take(2).map(|word| word.unwrap_or("")).collect();
        enables(&words)
    });
    calls.map(|(_, call)| call.at).min_by_key(|at| at.at.span)
}
