use crate::lint::rules::netpol::is_whole;
use crate::lint::rules::prelude::*;
use crate::model::network::{CiliumPolicy, Direction, Items};
use crate::model::value::{Node as Value, Value as Data};

declare_rule! {
    CiliumL7PathUnanchored {
        id: "cilium-l7-path-unanchored",
        group: "network",
        summary: "an HTTP rule of a Cilium policy that allows every path, or every method",
        why: "Cilium's expressions match the whole path, so that `/api` needs no anchors; but `.*` and `/.*` match every path, and a rule \
              without `method` allows all of them, those that write and delete included. Such a rule costs a proxy and decides \
              nothing.",
        bad: yaml("apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata:\n  name: api\nspec:\n  endpointSelector:\n    matchLabels:\n      app: api\n  ingress:\n  - fromEndpoints:\n    - matchLabels:\n        app: web\n    toPorts:\n    - ports:\n      - port: \"8080\"\n        protocol: TCP\n      rules:\n        http:\n        - method: GET\n          path: \"/.*\"\n"),
        good: yaml("apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata:\n  name: api\nspec:\n  endpointSelector:\n    matchLabels:\n      app: api\n  ingress:\n  - fromEndpoints:\n    - matchLabels:\n        app: web\n    toPorts:\n    - ports:\n      - port: \"8080\"\n        protocol: TCP\n      rules:\n        http:\n        - method: GET\n          path: /v1/orders/[0-9]+\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://docs.cilium.io/en/stable/security/policy/language/#http",
    }
}

impl Rule for CiliumL7PathUnanchored {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(policy) = CiliumPolicy::new(object) else { return };
        for spec in policy.specs() {
            for direction in Direction::ALL {
                let rules = Items::of(Some(spec), direction.key()).known().iter();
                let ports = rules.flat_map(|rule| Items::of(Some(rule), "toPorts").known());
                for http in ports.flat_map(|item| Items::of(item.get("rules"), "http").known()) {
                    judge(http, !is_whole(cx.sources(), object, http), cx);
                }
            }
        }
    }
}

fn judge(http: &Value, partial: bool, cx: &mut ManifestCx<'_>) {
    if !matches!(http.value, Data::Map(_)) {
        return;
    }
    let absent = |key: &str| match http.entry(key) {
        None => Some(&http.origin),
        Some(entry) if entry.value.is_null() || entry.value.as_str() == Some("") => Some(&entry.origin),
        Some(_) => None,
    };
    let method = absent("method");
    if let Some(entry) = http.entry("path")
        && entry.value.as_str().is_some_and(matches_everything)
    {
        let path = entry.value.as_str().unwrap_or_default();
        if let Some(report) = cx.report_line(&entry.origin, format!("the path `{path}` matches every path")) {
            report.help("write the paths that are needed, or leave the HTTP rule out");
        }
    }
    let Some(at) = method else { return };
    if partial {
        cx.withhold();
    } else if let Some(report) = cx.report_line(at, "this HTTP rule allows every method: it names none") {
        report.help("name the method, such as `method: GET`");
    }
}

/// Whether an expression matches every path: they match as a whole, with anchors or without.
fn matches_everything(path: &str) -> bool {
    let bare = path.strip_prefix('^').unwrap_or(path);
    let bare = bare.strip_suffix('$').unwrap_or(bare);
    matches!(bare, ".*" | "/.*" | ".+" | "/.+" | "(.*)" | "/(.*)" | "/?.*")
}
