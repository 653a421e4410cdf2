use crate::lint::rules::insert::insert_before;
use crate::lint::rules::prelude::*;
use crate::lint::rules::vault_view::add_setting;
use crate::model::value::{Entry, Value};
use crate::model::vault::{Role, RoleKind, roles};

declare_rule! {
    VaultK8sRoleMissingAudience {
        id: "vault-k8s-role-missing-audience",
        group: "vault",
        summary: "a role of Vault's Kubernetes auth method that takes service account tokens made for anyone",
        why: "Without `audience` Vault does not look at whom a service account token was made for: a token that a workload sent to \
              another service, or that was taken from it, opens this role. With `audience`, only tokens made for Vault do, which pods \
              get from a projected volume.\n\n\
              Of Vault Secrets Operator's `VaultAuth` the audiences that it asks for are looked at, unless a `VaultAuthGlobal` may name \
              them. A role that is written in part, without `bound_service_account_names`, or from a file that is not here is not judged.",
        bad: shell("vault write auth/kubernetes/role/orders \\\n  bound_service_account_names=orders \\\n  bound_service_account_namespaces=shop \\\n  policies=orders ttl=1h\n"),
        good: shell("vault write auth/kubernetes/role/orders \\\n  bound_service_account_names=orders \\\n  bound_service_account_namespaces=shop \\\n  audience=vault \\\n  policies=orders ttl=1h\n"),
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "Demands the audience `vault`: pods whose tokens are made for another one cannot log in any more.",
        source: "https://developer.hashicorp.com/vault/api-docs/auth/kubernetes#create-update-role",
    }
}

const HELP: &str = "set `audience` to what pods ask for in their projected token, such as `vault`";

impl Rule for VaultK8sRoleMissingAudience {
    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        roles(part, cx.sources()).iter().for_each(|role| judge(role, cx));
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if object.is("secrets.hashicorp.com", "VaultAuth") {
            vault_auth(object, cx);
        }
    }
}

fn judge(role: &Role, cx: &mut ManifestCx<'_>) {
    if role.kind != RoleKind::Kubernetes || (role.get("bound_service_account_names").is_none() && !role.is_open) {
        return;
    }
    let (at, replaces) = match role.get("audience") {
        Some(audience) if audience.is_blank() => (&audience.at, true),
        Some(_) => return,
        None if role.is_open => return cx.withhold(),
        None => (&role.at, false),
    };
    let beside = ["bound_service_account_namespaces", "bound_service_account_names"];
    let edit = if replaces { None } else { add_setting(cx, role, &beside, "audience", "vault") };
    let Some(report) = cx.report(at, format!("the role `{}` takes service account tokens made for anyone", role.name)) else { return };
    let report = report.help(HELP);
    if let Some(edit) = edit {
        report.fix("demand the audience `vault`", Applicability::Unsafe, [edit]);
    }
}

/// The audiences that Vault Secrets Operator asks for when it logs in.
fn vault_auth(object: &Object, cx: &mut ManifestCx<'_>) {
    let Some(spec) = object.spec() else { return };
    let uses = match spec.value.get("method") {
        Some(method) => method.as_str() == Some("kubernetes"),
        None => true,
    };
    let Some(entry) = spec.value.entry("kubernetes").filter(|entry| uses && matches!(entry.value.value, Value::Map(_))) else { return };
    let audiences: Option<&Entry> = entry.value.entry("audiences");
    let at = match audiences.map(|audiences| &audiences.value.value) {
        None => &entry.origin,
        Some(Value::List(items)) if items.is_empty() => &audiences.map_or(entry, |audiences| audiences).origin,
        Some(_) => return,
    };
    if object.partial || spec.value.get("vaultAuthGlobalRef").is_some() {
        return cx.withhold();
    }
    let next = entry.value.entries().first().filter(|_| audiences.is_none());
    let edit = next.and_then(|next| insert_before(cx.sources(), &entry.value, next, "audiences", "[vault]"));
    let is_json = edit.as_ref().is_some_and(|(_, text)| text.contains("\"audiences\""));
    let Some(report) = cx.report(at, "the operator logs in to Vault with tokens made for the cluster's API") else { return };
    let report = report.help("name the audience of Vault's role under `audiences`");
    if let Some(edit) = edit.filter(|_| !is_json) {
        report.fix("ask for the audience `vault`", Applicability::Unsafe, [edit]);
    }
}
