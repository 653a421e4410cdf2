use crate::lint::rules::prelude::*;
use crate::model::envoy::{Site, Step, field, is_true, sites};
use crate::model::value::Node as Value;

declare_rule! {
    EnvoyExtauthzDisabledPerRoute {
        id: "envoy-extauthz-disabled-per-route",
        group: "envoy",
        summary: "a route or virtual host of Envoy that skips the authorizer",
        why: "`ExtAuthzPerRoute` with `disabled: true` takes the authorizer away from what the route matches; on `prefix: /` or on a \
              virtual host that is everything. Routes of health checks, redirects and direct responses are not reported, nor are routes \
              whose match cannot be seen.",
        bad: yaml("static_resources:\n  listeners:\n  - filter_chains:\n    - filters:\n      - typed_config:\n          \"@type\": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager\n          route_config:\n            virtual_hosts:\n            - name: all\n              domains: [\"*\"]\n              routes:\n              - match: {prefix: /}\n                route: {cluster: web}\n                typed_per_filter_config:\n                  envoy.filters.http.ext_authz:\n                    \"@type\": type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute\n                    disabled: true\n"),
        good: yaml("static_resources:\n  listeners:\n  - filter_chains:\n    - filters:\n      - typed_config:\n          \"@type\": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager\n          route_config:\n            virtual_hosts:\n            - name: all\n              domains: [\"*\"]\n              routes:\n              - match: {path: /healthz}\n                route: {cluster: web}\n                typed_per_filter_config:\n                  envoy.filters.http.ext_authz:\n                    \"@type\": type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute\n                    disabled: true\n"),
        recommended: true,
        source: "https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/ext_authz_filter#per-route-configuration",
    }
}

impl Rule for EnvoyExtauthzDisabledPerRoute {
    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        sites(part, &mut |site| judge(site, cx));
    }
}

fn judge(site: &Site<'_, '_>, cx: &mut ManifestCx<'_>) {
    if !site.message.is("ext_authz", "ExtAuthzPerRoute") {
        return;
    }
    let Some(disabled) = site.message.field("disabled").filter(|entry| is_true(&entry.value)) else { return };
    let what = match reach(site) {
        Reach::Path(path) => format!("the route `{path}`"),
        Reach::Everything => "every route here".to_owned(),
        Reach::Harmless => return,
        Reach::Unknown => return cx.withhold(),
    };
    if let Some(report) = cx.report(&disabled.origin, format!("{what} skips the authorizer")) {
        report.help("remove it, and let the policy decide what is open");
    }
}

enum Reach {
    Path(String),
    Everything,
    /// Health checks, and what reaches no upstream.
    Harmless,
    Unknown,
}

/// What the configuration around a message is in force for.
fn reach(site: &Site<'_, '_>) -> Reach {
    for step in site.steps() {
        let Step::Key(holder, _) = step else { continue };
        if ["redirect", "direct_response"].iter().any(|name| field(holder, name).is_some()) {
            return Reach::Harmless;
        }
        if let Some(what) = field(holder, "match") {
            return of_match(&what.value);
        }
        if ["domains", "virtual_hosts", "vhds"].iter().any(|name| field(holder, name).is_some()) {
            return Reach::Everything;
        }
    }
    Reach::Unknown
}

fn of_match(node: &Value) -> Reach {
    let paths = ["prefix", "path", "path_separated_prefix", "safe_regex", "regex"];
    for name in paths {
        let Some(entry) = field(node, name) else { continue };
        let value = if name == "safe_regex" { field(&entry.value, "regex").map(|entry| &entry.value) } else { Some(&entry.value) };
        let Some(path) = value.and_then(Value::as_str) else { return Reach::Unknown };
        return if is_health(path) { Reach::Harmless } else { Reach::Path(path.to_owned()) };
    }
    Reach::Unknown
}

/// Whether a path is one that probes ask for.
fn is_health(path: &str) -> bool {
    const WORDS: [&str; 13] = [
        "health",
        "healthz",
        "healthcheck",
        "health-check",
        "health_check",
        "livez",
        "live",
        "liveness",
        "readyz",
        "ready",
        "readiness",
        "ping",
        "status",
    ];
    let words = path.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_')));
    words
        .filter(|word| !word.is_empty())
        .any(|word| WORDS.contains(&&*word.to_ascii_lowercase()) || word.to_ascii_lowercase().starts_with("health"))
        || path.contains("grpc.health")
}
