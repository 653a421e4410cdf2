use crate::lint::rules::prelude::*;
use crate::model::envoy::{Site, field, sites};
use crate::model::value::{Entry, Value};

declare_rule! {
    EnvoyExtauthzNoTimeout {
        id: "envoy-extauthz-no-timeout",
        group: "envoy",
        summary: "an authorizer that Envoy asks without a timeout of its own",
        why: "What happens when the authorizer is slow should be decided, not inherited: over gRPC the default is 200 ms, after which \
              requests are refused (or let through, with `failure_mode_allow`); for an HTTP authorizer Envoy demands a timeout and \
              refuses the filter without it.",
        bad: yaml("static_resources:\n  listeners:\n  - filter_chains:\n    - filters:\n      - name: ext_authz\n        typed_config:\n          \"@type\": type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz\n          transport_api_version: V3\n          grpc_service:\n            envoy_grpc: {cluster_name: opa}\n"),
        good: yaml("static_resources:\n  listeners:\n  - filter_chains:\n    - filters:\n      - name: ext_authz\n        typed_config:\n          \"@type\": type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz\n          transport_api_version: V3\n          grpc_service:\n            envoy_grpc: {cluster_name: opa}\n            timeout: 0.5s\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/ext_authz_filter",
    }
}

impl Rule for EnvoyExtauthzNoTimeout {
    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        sites(part, &mut |site| judge(site, cx));
    }
}

fn judge(site: &Site<'_, '_>, cx: &mut ManifestCx<'_>) {
    if !site.message.is("ext_authz", "ExtAuthz") {
        return;
    }
    let grpc = site.message.field("grpc_service");
    let uri = site.message.field("http_service").and_then(|service| field(&service.value, "server_uri"));
    let Some(service) = grpc.filter(|entry| is_map(entry)).or(uri.filter(|entry| is_map(entry))) else { return };
    let timeout = field(&service.value, "timeout");
    if timeout.is_some_and(|entry| !entry.value.is_null()) {
        return;
    }
    if site.partial {
        return cx.withhold();
    }
    let at = timeout.unwrap_or(service);
    if let Some(report) = cx.report(&at.origin, "the authorizer is asked without a timeout") {
        report.help("set `timeout` to what requests may wait for, say `0.25s`");
    }
}

fn is_map(entry: &Entry) -> bool {
    matches!(entry.value.value, Value::Map(_))
}
