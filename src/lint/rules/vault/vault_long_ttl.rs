use crate::lint::rules::prelude::*;
use crate::model::vault::{Role, RoleKind, Setting, roles};

declare_rule! {
    VaultLongTtl {
        id: "vault-long-ttl",
        group: "vault",
        summary: "a Vault role whose tokens or credentials live for days",
        why: "Vault's tokens and the accounts that it makes are worth as much as they live: what is stolen works until it expires. An hour \
              is enough for most workloads, since they can log in again whenever they like. A periodic token has no end at all, as long as \
              someone renews it; `token_explicit_max_ttl` gives it one.\n\n\
              Certificates of the PKI engine and mounts' own limits are not looked at.",
        bad: shell("vault write auth/kubernetes/role/orders \\\n  bound_service_account_names=orders \\\n  bound_service_account_namespaces=shop \\\n  audience=vault policies=orders \\\n  ttl=720h\n"),
        good: shell("vault write auth/kubernetes/role/orders \\\n  bound_service_account_names=orders \\\n  bound_service_account_namespaces=shop \\\n  audience=vault policies=orders \\\n  ttl=1h\n"),
        recommended: true,
        options: &[OptionMeta {
            name: "max-hours",
            kind: OptionKind::Integer { min: 1, max: 87_600 },
            default: OptionValue::Integer(24),
            doc: "The longest time to live that is accepted, in hours.",
        }],
        source: "https://developer.hashicorp.com/vault/docs/concepts/lease",
    }
}

impl Rule for VaultLongTtl {
    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        roles(part, cx.sources()).iter().for_each(|role| judge(role, cx));
    }
}

const OF_TOKENS: [&str; 6] = ["ttl", "token_ttl", "max_ttl", "token_max_ttl", "explicit_max_ttl", "token_explicit_max_ttl"];
const OF_CREDENTIALS: [&str; 2] = ["default_ttl", "max_ttl"];

fn judge(role: &Role, cx: &mut ManifestCx<'_>) {
    let longest = cx.integer(&role.at, "max-hours");
    let keys: &[&str] = if role.kind == RoleKind::Database { &OF_CREDENTIALS } else { &OF_TOKENS };
    for key in keys {
        let Some(setting) = role.get(key) else { continue };
        match hours(setting) {
            None if setting.values.iter().any(Option::is_none) => cx.withhold(),
            Some(hours) if hours > longest => {
                let message = format!("`{key}` of the role `{}` is {}, more than {longest}h", role.name, setting.text().unwrap_or(""));
                report(setting, message, "an hour or so is enough: workloads can log in again", cx);
            }
            _ => {}
        }
    }
    if role.kind == RoleKind::Database {
        return;
    }
    let limited =
        ["explicit_max_ttl", "token_explicit_max_ttl"].iter().any(|key| role.get(key).is_some_and(|limit| hours(limit) != Some(0)));
    for key in ["period", "token_period"] {
        let Some(setting) = role.get(key).filter(|_| !limited) else { continue };
        match seconds(setting.text().unwrap_or("")) {
            Some(0) => {}
            Some(_) if role.is_open => cx.withhold(),
            Some(_) => {
                let message = format!("tokens of the role `{}` can be renewed for ever: `{key}` without a limit", role.name);
                report(setting, message, "set `token_explicit_max_ttl`, or `token_ttl` in place of the period", cx);
            }
            None if setting.values.iter().any(Option::is_none) => cx.withhold(),
            None => {}
        }
    }
}

fn report(setting: &Setting, message: String, help: &str, cx: &mut ManifestCx<'_>) {
    if let Some(report) = cx.report_line(&setting.at, message) {
        report.help(help);
    }
}

/// A time in hours, rounded up.
fn hours(setting: &Setting) -> Option<i64> {
    seconds(setting.text()?).map(|seconds| seconds.div_euclid(3600) + i64::from(seconds.rem_euclid(3600) > 0))
}

/// A time as Vault reads it, in seconds: a number of them, or `1h30m`, `30d`.
fn seconds(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.is_empty() {
        return Some(0);
    }
    if let Ok(seconds) = text.parse::<i64>() {
        return Some(seconds);
    }
    let mut total = 0.0_f64;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let value: f64 = rest[..digits].parse().ok()?;
        let unit_end = rest[digits..].find(|c: char| c.is_ascii_digit() || c == '.').map_or(rest.len(), |at| digits + at);
        let unit = match &rest[digits..unit_end] {
            "ns" | "us" | "µs" | "ms" => 0.0,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86_400.0,
            "w" => 604_800.0,
            _ => return None,
        };
        total += value * unit;
        rest = &rest[unit_end..];
    }
    #[expect(clippy::cast_possible_truncation, reason = "a float that is too large becomes the largest integer")]
    total.is_finite().then_some(total.ceil() as i64)
}
