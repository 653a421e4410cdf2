use crate::lint::rules::prelude::*;
use crate::model::value::{Entry, Node as Value};

declare_rule! {
    IstioEnvoyfilterSecurityCritical {
        id: "istio-envoyfilter-security-critical",
        group: "istio",
        summary: "an EnvoyFilter that changes the filters which decide about requests, or whose place among them is left to chance",
        why: "Removing `rbac`, `jwt_authn` or `ext_authz`, or merging something into them, takes back what policies say, and nobody who \
              reads the policies sees it. `INSERT_BEFORE` and `INSERT_AFTER` depend on what other EnvoyFilters have done before: without \
              `priority` the order is that of creation, and without a filter in the match (`listener.filterChain.filter`) the place is \
              the front of the chain. A filter that decides can then run behind what it should protect.",
        bad: yaml("apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata:\n  name: authz\n  namespace: shop\nspec:\n  configPatches:\n  - applyTo: HTTP_FILTER\n    match:\n      context: SIDECAR_INBOUND\n    patch:\n      operation: INSERT_BEFORE\n      value:\n        name: envoy.filters.http.ext_authz\n"),
        good: yaml("apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata:\n  name: authz\n  namespace: shop\nspec:\n  priority: 10\n  configPatches:\n  - applyTo: HTTP_FILTER\n    match:\n      context: SIDECAR_INBOUND\n      listener:\n        filterChain:\n          filter:\n            name: envoy.filters.network.http_connection_manager\n            subFilter:\n              name: envoy.filters.http.router\n    patch:\n      operation: INSERT_BEFORE\n      value:\n        name: envoy.filters.http.ext_authz\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://istio.io/latest/docs/reference/config/networking/envoy-filter/",
        peers: &["istioctl IST0151"],
    }
}

impl Rule for IstioEnvoyfilterSecurityCritical {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !object.is("networking.istio.io", "EnvoyFilter") {
            return;
        }
        let Some(spec) = object.spec().map(|entry| &entry.value) else { return };
        let has_priority = spec.get("priority").is_some_and(|node| !node.is_null());
        for patch in spec.get("configPatches").map_or(&[][..], Value::items) {
            let Some(operation) = patch.entry_at(&["patch", "operation"]) else { continue };
            let Some(finding) = judge(patch, operation, has_priority) else { continue };
            if object.partial && finding.is_absence {
                cx.withhold();
                continue;
            }
            if let Some(report) = cx.report_line(&operation.origin, finding.message) {
                report.help(finding.help);
            }
        }
    }
}

struct Finding {
    message: String,
    help: &'static str,
    is_absence: bool,
}

fn judge(patch: &Value, operation: &Entry, has_priority: bool) -> Option<Finding> {
    let word = operation.value.as_str()?;
    let filter = patch.path(&["match", "listener", "filterChain", "filter"]);
    match word {
        "REMOVE" | "MERGE" => {
            let name = target(patch).filter(|name| decides(name))?;
            let does = if word == "REMOVE" { "removes" } else { "merges into" };
            Some(Finding {
                message: format!("`{word}` {does} the filter `{name}`, which decides about requests"),
                help: "say it with AuthorizationPolicy or RequestAuthentication instead",
                is_absence: false,
            })
        }
        "INSERT_BEFORE" | "INSERT_AFTER" => {
            let placed = matches!(patch.get("applyTo").and_then(Value::as_str), Some("HTTP_FILTER" | "NETWORK_FILTER") | None);
            let message = match (filter.is_none_or(Value::is_null) && word == "INSERT_BEFORE" && placed, has_priority) {
                (true, false) => format!("`{word}` names no filter in `listener.filterChain`, and there is no `priority`"),
                (true, true) => format!("`{word}` names no filter in `listener.filterChain`"),
                (false, false) => format!("`{word}` without `priority`: the place depends on the other EnvoyFilters"),
                (false, true) => return None,
            };
            Some(Finding { message, help: "set `priority`, and name the filter that the new one stands before", is_absence: true })
        }
        _ => None,
    }
}

/// The filter that a patch is about: what it matches, innermost, or what its value is.
fn target(patch: &Value) -> Option<&str> {
    let filter = patch.path(&["match", "listener", "filterChain", "filter"]);
    let named = filter.and_then(|filter| filter.path(&["subFilter", "name"]).or_else(|| filter.get("name"))).and_then(Value::as_str);
    let value = patch.path(&["patch", "value"]);
    let by_type = || value?.path(&["typed_config", "@type"]).or_else(|| value?.path(&["typedConfig", "@type"]))?.as_str();
    let by_name = || value?.get("name")?.as_str();
    [named, by_name(), by_type()].into_iter().flatten().find(|name| decides(name)).or(named)
}

/// Whether a filter, by its name or type, decides about requests.
fn decides(name: &str) -> bool {
    let known = |word: &str| name.split(['.', '/']).any(|part| part == word);
    name.contains("envoy.") && ["rbac", "jwt_authn", "ext_authz"].iter().any(|word| known(word))
}
