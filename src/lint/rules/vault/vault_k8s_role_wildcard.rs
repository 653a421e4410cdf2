use crate::lint::rules::prelude::*;
use crate::model::vault::{Role, RoleKind, Setting, roles};

declare_rule! {
    VaultK8sRoleWildcard {
        id: "vault-k8s-role-wildcard",
        group: "vault",
        summary: "a role of Vault's Kubernetes auth method that any service account or namespace may use",
        why: "`*` as a name lets every service account of the namespaces in, also the one that an attacker's pod runs as; `*` as a \
              namespace lets everyone in who can make a service account of that name somewhere, and an empty selector selects all \
              namespaces. Name the accounts and namespaces. A prefix such as `orders-*` is not reported.",
        bad: shell("vault write auth/kubernetes/role/orders \\\n  bound_service_account_names=orders \\\n  bound_service_account_namespaces='*' \\\n  audience=vault policies=orders ttl=1h\n"),
        good: shell("vault write auth/kubernetes/role/orders \\\n  bound_service_account_names=orders \\\n  bound_service_account_namespaces=shop \\\n  audience=vault policies=orders ttl=1h\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://developer.hashicorp.com/vault/api-docs/auth/kubernetes#create-update-role",
    }
}

impl Rule for VaultK8sRoleWildcard {
    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        roles(part, cx.sources()).iter().for_each(|role| judge(role, cx));
    }
}

fn judge(role: &Role, cx: &mut ManifestCx<'_>) {
    if role.kind != RoleKind::Kubernetes {
        return;
    }
    for (key, what) in [("bound_service_account_names", "every service account"), ("bound_service_account_namespaces", "every namespace")] {
        if let Some(setting) = role.get(key).filter(|setting| setting.has("*")) {
            report(setting, format!("`*` lets {what} use the role `{}`", role.name), cx);
        }
    }
    if let Some(setting) = role.get("bound_service_account_namespace_selector").filter(|setting| selects_all(setting)) {
        report(setting, format!("an empty selector lets every namespace use the role `{}`", role.name), cx);
    }
}

fn report(setting: &Setting, message: String, cx: &mut ManifestCx<'_>) {
    if let Some(report) = cx.report_line(&setting.at, message) {
        report.help("name the service accounts and namespaces that need it");
    }
}

/// `{}`, or a selector whose parts are empty.
fn selects_all(setting: &Setting) -> bool {
    let text = setting.values.iter().map(|value| value.as_deref().unwrap_or("?")).collect::<Vec<_>>().join(",");
    let bare: String = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'')).collect();
    setting.is_empty
        || matches!(
            bare.as_str(),
            "{}" | "{matchLabels:{}}" | "{matchExpressions:[]}" | "{matchLabels:{},matchExpressions:[]}" | "matchLabels:{}"
        )
}
