use crate::lint::rules::prelude::*;
use crate::model::envoy::{Endpoints, Site, clusters, endpoints, field, field_path, is_loopback_host, protection, sites};
use crate::model::otel::host;
use crate::model::spire::is_opaque;
use crate::model::value::{Entry, Node as Value};

declare_rule! {
    EnvoyExtauthzPlaintext {
        id: "envoy-extauthz-plaintext",
        group: "envoy",
        summary: "an authorizer that Envoy asks in the clear over the network",
        why: "Requests with their tokens go to the authorizer, and its answers decide. On a connection without TLS anyone on the way can \
              read the tokens and turn `denied` into `allowed`. An authorizer in the same pod, on a loopback address or a Unix socket, \
              is not reported, nor is one whose cluster is not known.\n\n\
              Forwarding headers that callers set themselves (`x-forwarded-for`) is an info: the authorizer may take them for the truth.",
        bad: yaml("static_resources:\n  listeners:\n  - filter_chains:\n    - filters:\n      - name: ext_authz\n        typed_config:\n          \"@type\": type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz\n          http_service:\n            server_uri:\n              uri: http://authz.example.com:8080\n              cluster: authz\n              timeout: 0.25s\n"),
        good: yaml("static_resources:\n  listeners:\n  - filter_chains:\n    - filters:\n      - name: ext_authz\n        typed_config:\n          \"@type\": type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz\n          http_service:\n            server_uri:\n              uri: http://127.0.0.1:8080\n              cluster: authz\n              timeout: 0.25s\n"),
        recommended: true,
        source: "https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/ext_authz_filter",
    }
}

impl Rule for EnvoyExtauthzPlaintext {
    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        let Some(root) = part.root() else { return };
        let mut known = None;
        sites(part, &mut |site| {
            if site.message.is("ext_authz", "ExtAuthz") {
                judge(site, known.get_or_insert_with(|| clusters(root)), cx);
            }
        });
    }
}

fn judge(site: &Site<'_, '_>, known: &[(&str, &Value)], cx: &mut ManifestCx<'_>) {
    let filter = site.message.node;
    let cluster = |name: Option<&Value>| {
        let name = name.and_then(Value::as_str)?;
        known.iter().find(|(known, _)| *known == name).map(|(name, node)| (*name, *node))
    };
    if let Some(service) = field(filter, "http_service").map(|entry| &entry.value) {
        let uri = field_path(service, &["server_uri"]).and_then(|node| field(node, "uri"));
        let target = cluster(field_path(service, &["server_uri", "cluster"]));
        http(uri, target, cx);
        if let Some(request) = field(service, "authorization_request") {
            forwarded(&request.value, cx);
        }
    }
    if let Some(service) = field(filter, "grpc_service").map(|entry| &entry.value) {
        if let Some(google) = field(service, "google_grpc") {
            self::google(google, cx);
        } else if let Some((name, node)) = cluster(field_path(service, &["envoy_grpc", "cluster_name"])) {
            in_the_clear(name, node, cx);
        }
    }
    forwarded(filter, cx);
}

/// An authorizer asked over HTTP: what the cluster says of the connection counts, and where there is none, the address.
fn http(uri: Option<&Entry>, target: Option<(&str, &Value)>, cx: &mut ManifestCx<'_>) {
    let text = uri.and_then(|entry| entry.value.as_str());
    if let Some((_, node)) = target
        && (protection(node).is_some() || endpoints(node) == Endpoints::Local)
    {
        return;
    }
    let is_secure = text.is_some_and(|text| text.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://")));
    let (Some(entry), Some(text), false) = (uri, text, is_secure) else {
        // the address does not tell: the cluster may
        return target.map_or((), |(name, node)| in_the_clear(name, node, cx));
    };
    if is_opaque(text) {
        return cx.withhold();
    }
    let host = host(text);
    // without a scheme it is the cluster that says how
    if let Some((name, node)) = target.filter(|_| !text.contains("://")) {
        return in_the_clear(name, node, cx);
    }
    if host.is_empty() || is_loopback_host(host) || text.starts_with("unix:") || host == "unix" {
        return target.map_or((), |(name, node)| in_the_clear(name, node, cx));
    }
    if let Some(report) = cx.report_line(&entry.origin, format!("the authorizer at `{host}` is asked in the clear")) {
        report.help("use TLS to it, or run it in the same pod and ask it on a loopback address");
    }
}

/// A cluster without TLS whose endpoints are elsewhere.
fn in_the_clear(name: &str, node: &Value, cx: &mut ManifestCx<'_>) {
    if protection(node).is_some() {
        return;
    }
    match endpoints(node) {
        Endpoints::Local => return,
        Endpoints::Unknown => return cx.withhold(),
        Endpoints::Remote => {}
    }
    if let Some(report) =
        cx.report_line(&node.origin, format!("the authorizer is asked in the clear: the cluster `{name}` has no `transport_socket`"))
    {
        report.help("give the cluster a TLS transport socket, or run the authorizer in the same pod");
    }
}

/// A client of Google's library: without credentials the channel has no TLS.
fn google(google: &Entry, cx: &mut ManifestCx<'_>) {
    let has = |name: &str| field(&google.value, name).is_some_and(|entry| !entry.value.is_null());
    if ["channel_credentials", "channel_credentials_plugin", "credentials_factory_name"].iter().any(|name| has(name)) {
        return;
    }
    let Some(target) = field(&google.value, "target_uri").and_then(|entry| entry.value.as_str()) else { return };
    let host = host(target);
    if is_opaque(target) || target.starts_with("unix:") || host.is_empty() || is_loopback_host(host) {
        return;
    }
    if let Some(report) =
        cx.report_line(&google.origin, format!("the authorizer at `{host}` is asked in the clear: there are no `channel_credentials`"))
    {
        report.help("set `channel_credentials`, or run the authorizer in the same pod");
    }
}

/// Headers with a client's address that clients can set as well.
const SPOOFED: [&str; 5] = ["x-forwarded-for", "x-real-ip", "forwarded", "true-client-ip", "x-client-ip"];

/// `allowed_headers` of the filter, or of an HTTP authorizer.
fn forwarded(holder: &Value, cx: &mut ManifestCx<'_>) {
    for pattern in field_path(holder, &["allowed_headers", "patterns"]).map_or(&[][..], Value::items) {
        let Some(name) = field(pattern, "exact").and_then(|entry| entry.value.as_str()) else { continue };
        if !SPOOFED.iter().any(|header| name.eq_ignore_ascii_case(header)) {
            continue;
        }
        let message = format!("the authorizer is told `{name}`, which callers can set themselves");
        if let Some(report) = cx.report_line_as(Severity::Info, &pattern.origin, message) {
            report.help("let the policy use the address of the connection (`attributes.source`), or make sure that the edge overwrites it");
        }
    }
}
