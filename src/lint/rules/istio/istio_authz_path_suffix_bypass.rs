use crate::lint::rules::authz_view::{filled, policy};
use crate::lint::rules::prelude::*;
use crate::model::mesh::{Action, mesh_configs_of, operations};
use crate::model::value::Node as ValueNode;

declare_rule! {
    IstioAuthzPathSuffixBypass {
        id: "istio-authz-path-suffix-bypass",
        group: "istio",
        summary: "a denied path that another spelling of it gets around",
        why: "An exact path in a DENY rule matches that text alone. `/admin/` is another text, and most servers answer it with the same \
              page; so is anything below it. Deny `/admin` and `/admin/*`, or `/admin*`. With `pathNormalization: NONE` the mesh does not \
              even make `/a/../admin` the same as `/admin`.\n\n\
              Not reported: paths with a wildcard or a template, files (`/robots.txt`), and paths beside which the same rule denies \
              what is below.",
        bad: yaml("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: no-admin\n  namespace: shop\nspec:\n  action: DENY\n  rules:\n  - to:\n    - operation:\n        paths: [/admin]\n        ports: ['8080']\n"),
        good: yaml("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: no-admin\n  namespace: shop\nspec:\n  action: DENY\n  rules:\n  - to:\n    - operation:\n        paths: [/admin, /admin/*]\n        ports: ['8080']\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://istio.io/latest/docs/ops/best-practices/security/#customize-your-system-on-path-normalization",
    }
}

impl Rule for IstioAuthzPathSuffixBypass {
    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        mesh_configs_of(part, cx.sources()).into_iter().for_each(|config| normalization(config, cx));
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(policy) = policy(object).filter(|policy| policy.action == Action::Deny && !policy.is_dry_run()) else { return };
        for rule in policy.rules() {
            let lists = operations(rule).filter_map(|operation| filled(operation, "paths"));
            let items: Vec<&ValueNode> = lists.flat_map(|paths| paths.value.items()).collect();
            if items.iter().any(|item| item.unknown().is_some()) {
                cx.withhold();
                continue;
            }
            // the operations of a rule are alternatives
            let all: Vec<&str> = items.iter().filter_map(|item| item.as_str()).collect();
            for item in items {
                let Some(path) = item.as_str().filter(|path| is_exact(path)) else { continue };
                if all.iter().any(|other| covers_slash(other, path)) {
                    continue;
                }
                if let Some(report) = cx.report_line(&item.origin, format!("`{path}` is denied, `{path}/` is not")) {
                    report.help(format!("deny `{path}/*` as well, or `{path}*`"));
                }
            }
        }
    }
}

fn normalization(mesh_config: &ValueNode, cx: &mut ManifestCx<'_>) {
    let Some(entry) = mesh_config.entry_at(&["pathNormalization", "normalization"]) else { return };
    if entry.value.as_str() == Some("NONE")
        && let Some(report) =
            cx.report_line(&entry.origin, "paths are compared as they are written: no spelling is made the same as another")
    {
        report.help("set `normalization: MERGE_SLASHES`, or leave it to the default `BASE`");
    }
}

/// Whether a path stands for itself alone, and for something that may have a slash behind it.
fn is_exact(path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or_default();
    path.len() > 1 && path.starts_with('/') && !path.contains(['*', '{']) && !path.ends_with('/') && !last.contains('.')
}

/// Whether another path of the list matches `path` with a slash behind it.
fn covers_slash(other: &str, path: &str) -> bool {
    let slashed = other.strip_suffix('*').unwrap_or(other);
    let prefix = other.ends_with('*');
    match slashed.strip_prefix(path) {
        Some("") => prefix,
        Some(rest) => rest == "/" || rest.starts_with("/{*"),
        None => {
            (prefix && path.starts_with(slashed))
                || other.strip_prefix('*').is_some_and(|end| end.ends_with('/') && path.ends_with(end.trim_end_matches('/')))
        }
    }
}
