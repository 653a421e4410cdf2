use crate::lint::rules::prelude::*;
use crate::model::vault::{PathRule, Role, RoleKind, is_broad, path_rules, roles};

declare_rule! {
    VaultPolicyWildcard {
        id: "vault-policy-wildcard",
        group: "vault",
        summary: "a Vault policy that reaches over a whole engine, or a role with the policy `root`",
        why: "A policy for `*`, `secret/*` or `sys/*` gives whoever has it the secrets of all teams, or Vault itself: one stolen token is \
              enough. `sudo` outside of `sys/` and `auth/token/` opens paths that only root should use, and a role with the policy `root` \
              is root.\n\n\
              A wildcard is reported where fewer than two literal segments stand between the mount and it: `secret/data/team/*` is fine, \
              and so is a template such as `{{identity.entity.name}}`. So is a prefix such as `secret/shop*`. \
              `+` is no literal segment. Nothing is said of paths that are denied, of a token's own `cubbyhole/*`, or of the names that \
              `list` alone gives below a mount.",
        bad: hcl("path \"secret/*\" {\n  capabilities = [\"read\", \"list\"]\n}\n"),
        good: hcl("path \"secret/data/orders/*\" {\n  capabilities = [\"read\"]\n}\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://developer.hashicorp.com/vault/docs/concepts/policies",
    }
}

impl Rule for VaultPolicyWildcard {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        path_rules(document).iter().for_each(|rule| judge(rule, cx));
    }

    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        roles(part, cx.sources()).iter().for_each(|role| attached(role, cx));
    }
}

fn judge(rule: &PathRule<'_>, cx: &mut ManifestCx<'_>) {
    let path = rule.path;
    let has = |capability: &str| rule.capabilities.as_ref().is_some_and(|all| all.contains(&capability));
    let only_lists = rule.capabilities.as_ref().is_some_and(|all| all.iter().all(|one| *one == "list"));
    // names below a mount are what a user interface shows
    let broad = is_broad(path)
        && !(only_lists && path.trim_start_matches('/').split('/').filter(|part| !matches!(*part, "*" | "+" | "")).count() > 1);
    let bare = path.trim_start_matches('/');
    let sudo = has("sudo") && !bare.starts_with("sys/") && !bare.starts_with("auth/token/");
    if !broad && !sudo {
        return;
    }
    match rule.grants() {
        None => return cx.withhold(),
        Some(false) => return,
        Some(true) => {}
    }
    let message = if broad {
        format!("the policy covers all of `{path}`")
    } else {
        format!("`sudo` on `{path}`, which is neither below `sys/` nor `auth/token/`")
    };
    if let Some(report) = cx.report(rule.at, message) {
        report.help(if broad { "name the paths that are needed, down to the team or the application" } else { "leave `sudo` out" });
    }
}

/// A role that gives its users the policy `root`.
fn attached(role: &Role, cx: &mut ManifestCx<'_>) {
    if role.kind == RoleKind::Database {
        return;
    }
    for key in ["policies", "token_policies"] {
        if let Some(setting) = role.get(key).filter(|setting| setting.has("root"))
            && let Some(report) = cx.report(&setting.at, format!("whoever uses the role `{}` is root in Vault", role.name))
        {
            report.help("attach a policy that names the paths that are needed");
            return;
        }
    }
}
