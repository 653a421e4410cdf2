use crate::lint::rules::prelude::*;
use crate::lint::rules::vault_view::add_setting;
use crate::model::vault::{Role, RoleKind, roles};

declare_rule! {
    VaultJwtRoleMissingBoundAudiences {
        id: "vault-jwt-role-missing-bound-audiences",
        group: "vault",
        summary: "a role of Vault's JWT auth method that does not say for whom tokens must be made",
        why: "Without `bound_audiences` the role takes tokens that name no audience, whoever they were made for; older releases took all \
              tokens of the issuer. Since Vault 1.17 a token that has an audience is refused then, so logins fail or are unchecked.\n\n\
              Roles of type `oidc` may leave it out: there the audience is the client's own ID. So may a role without a type that has \
              `allowed_redirect_uris`, since `oidc` is the default.",
        bad: shell("vault write auth/jwt/role/ci \\\n  role_type=jwt \\\n  user_claim=sub \\\n  bound_subject=repo:shop \\\n  policies=ci\n"),
        good: shell("vault write auth/jwt/role/ci \\\n  role_type=jwt \\\n  user_claim=sub \\\n  bound_subject=repo:shop \\\n  bound_audiences=https://vault.example.com \\\n  policies=ci\n"),
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "Demands the audience `vault`: callers whose tokens are made for another one cannot log in any more.",
        source: "https://developer.hashicorp.com/vault/docs/upgrading/upgrade-to-1.17.x",
    }
}

impl Rule for VaultJwtRoleMissingBoundAudiences {
    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        roles(part, cx.sources()).iter().for_each(|role| judge(role, cx));
    }
}

fn judge(role: &Role, cx: &mut ManifestCx<'_>) {
    if role.kind != RoleKind::Jwt {
        return;
    }
    let role_type = role.get("role_type");
    match role_type.map(|setting| setting.text()) {
        Some(Some("oidc")) => return,
        Some(Some("")) | None if role.get("allowed_redirect_uris").is_some() => return,
        Some(None) => return cx.withhold(),
        _ => {}
    }
    let (at, is_there) = match role.get("bound_audiences") {
        Some(audiences) if audiences.is_blank() => (&audiences.at, true),
        Some(_) => return,
        None if role.is_open => return cx.withhold(),
        None => (&role.at, false),
    };
    let beside = ["user_claim", "bound_subject", "bound_claims", "role_type"];
    let edit = if is_there { None } else { add_setting(cx, role, &beside, "bound_audiences", "vault") };
    let Some(report) = cx.report(at, format!("the role `{}` does not say for whom tokens must be made", role.name)) else { return };
    let report = report.help("set `bound_audiences` to what Vault is called in the tokens of its callers");
    if let Some(edit) = edit {
        report.fix("demand the audience `vault`", Applicability::Unsafe, [edit]);
    }
}
