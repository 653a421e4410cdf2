use crate::lint::rules::prelude::*;
use crate::model::envoy::{Site, sites_of_document, sites_of_object, values_of};
use crate::model::value::{Node as Value, Scalar, Value as Kinds};

declare_rule! {
    EnvoyV2Api {
        id: "envoy-v2-api",
        group: "envoy",
        summary: "a configuration of Envoy's API v2, which Envoy 1.18 removed",
        why: "Envoy refuses messages of v2 and filters with an untyped `config` since 1.18, so the filter that should keep requests out \
              is in no listener, or the proxy runs on a release that gets no security fixes. An authorizer that is asked over gRPC also \
              needs `transport_api_version: V3`: `V2` was removed, and `AUTO`, the default, is refused.\n\n\
              Types that are not Envoy's own are not reported.",
        bad: yaml("static_resources:\n  listeners:\n  - filter_chains:\n    - filters:\n      - name: ext_authz\n        typed_config:\n          \"@type\": type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz\n          transport_api_version: V2\n          grpc_service: {envoy_grpc: {cluster_name: opa}, timeout: 0.5s}\n"),
        good: yaml("static_resources:\n  listeners:\n  - filter_chains:\n    - filters:\n      - name: ext_authz\n        typed_config:\n          \"@type\": type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz\n          transport_api_version: V3\n          grpc_service: {envoy_grpc: {cluster_name: opa}, timeout: 0.5s}\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://www.envoyproxy.io/docs/envoy/latest/faq/api/envoy_v3",
    }
}

impl Rule for EnvoyV2Api {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind == DocumentKind::Envoy {
            sites_of_document(document, &mut |site| judge(site, cx));
            untyped(&document.root, 0, cx);
        }
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        sites_of_object(object, &mut |site| judge(site, cx));
        if object.is("networking.istio.io", "EnvoyFilter") {
            values_of(object).into_iter().for_each(|(value, _)| untyped(value, 0, cx));
        }
    }
}

const HELP: &str = "use the message of API v3: see Envoy's documentation of the filter";

fn judge(site: &Site<'_, '_>, cx: &mut ManifestCx<'_>) {
    let name = site.message.type_name;
    if name.split('.').any(|part| part == "v2" || part.strip_prefix("v2").is_some_and(|rest| rest.starts_with("alpha"))) {
        let written = site.message.type_entry();
        if let Some(entry) = written
            && let Some(report) = cx.report_line(&entry.origin, format!("`{name}` is of API v2, which Envoy 1.18 removed"))
        {
            report.help(HELP);
        }
        return;
    }
    if !site.message.is("ext_authz", "ExtAuthz") {
        return;
    }
    let version = site.message.field("transport_api_version");
    let is_old = match version.map(|entry| &entry.value.value) {
        Some(Kinds::Scalar(Scalar::String(text))) => matches!(&**text, "V2" | "AUTO"),
        Some(Kinds::Scalar(Scalar::Number(text))) => matches!(&**text, "0" | "1"),
        Some(Kinds::Scalar(Scalar::Unknown(_))) => return cx.withhold(),
        None | Some(Kinds::Scalar(Scalar::Null)) => false,
        Some(_) => return,
    };
    if let Some(entry) = version.filter(|_| is_old) {
        let shown = entry.value.as_str().unwrap_or("AUTO");
        if let Some(report) =
            cx.report_line(&entry.origin, format!("the authorizer is asked by the protocol `{shown}`, which Envoy 1.18 removed"))
        {
            report.help("set `transport_api_version: V3`");
        }
        return;
    }
    let is_grpc = site.message.field("grpc_service").is_some_and(|entry| !entry.value.is_null());
    if !is_grpc || version.is_some_and(|entry| !entry.value.is_null()) {
        return;
    }
    if site.partial {
        return cx.withhold();
    }
    let anchor = match (version, site.key()) {
        (Some(entry), _) => &entry.origin,
        (None, Some(entry)) => &entry.origin,
        (None, None) => &site.message.node.origin,
    };
    if let Some(report) =
        cx.report_line(anchor, "the authorizer is asked over gRPC without `transport_api_version`: the default is refused")
    {
        report.help("set `transport_api_version: V3`");
    }
}

/// Filters, transport sockets and the like by the name of an extension of Envoy, with a `config` of no type.
fn untyped(node: &Value, depth: usize, cx: &mut ManifestCx<'_>) {
    if depth > 200 {
        return;
    }
    let name = node.entry("name");
    if let Some(name) = name
        && let Some(text) = name.value.as_str().filter(|text| text.starts_with("envoy."))
        && node.get("config").is_some_and(|config| matches!(config.value, Kinds::Map(_)) && config.get("@type").is_none())
        && ["typed_config", "typedConfig"].iter().all(|key| node.get(key).is_none())
        && let Some(report) = cx.report_line(&name.origin, format!("`{text}` has an untyped `config`, which Envoy 1.18 removed"))
    {
        report.help("use `typed_config` with the `@type` of API v3");
    }
    node.entries().iter().for_each(|entry| untyped(&entry.value, depth + 1, cx));
    node.items().iter().for_each(|item| untyped(item, depth + 1, cx));
}
