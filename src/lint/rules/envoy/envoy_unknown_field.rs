use crate::lint::rules::prelude::*;
use crate::model::envoy::{Shape, Site, field, sites};
use crate::model::value::{Entry, Node as Value, Value as Kinds};

declare_rule! {
    EnvoyUnknownField {
        id: "envoy-unknown-field",
        group: "envoy",
        summary: "a field that a message of Envoy's does not have",
        why: "Envoy refuses a message with an unknown field, and a control plane that sends one leaves proxies with what they had before: \
              the check that was written is not in force. Fields of the TLS contexts and of the filters `ext_authz`, `jwt_authn` and \
              `rbac` are judged, as of Envoy 1.40, in snake case and in lower camel case. So is an HTTP authorizer without the \
              `timeout` that Envoy demands.",
        bad: yaml("transport_socket:\n  name: envoy.transport_sockets.tls\n  typed_config:\n    \"@type\": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext\n    validation_context:\n      trusted_ca: {filename: /etc/ca.pem}\n"),
        good: yaml("transport_socket:\n  name: envoy.transport_sockets.tls\n  typed_config:\n    \"@type\": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext\n    common_tls_context:\n      validation_context:\n        trusted_ca: {filename: /etc/ca.pem}\n"),
        recommended: true,
        source: "https://www.envoyproxy.io/docs/envoy/latest/api-v3/api",
    }
}

impl Rule for EnvoyUnknownField {
    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        sites(part, &mut |site| judge(site, cx));
    }
}

fn judge(site: &Site<'_, '_>, cx: &mut ManifestCx<'_>) {
    let Some(root) = Shape::of(&site.message) else { return };
    let mut found = 0;
    // the message itself, and misplaced ones: what they hold is wrong in the right place too
    let mut left = vec![(root, site.message.node)];
    while let Some((shape, node)) = left.pop() {
        shape.unknown(node, &mut |shape, entry| {
            found += 1;
            if found <= MAX_ADVICE
                && let Some(misplaced) = root.of_misplaced(&entry.key)
            {
                left.push((misplaced, &entry.value));
            }
            let shown: String = entry.key.chars().take(80).collect();
            let help = if found <= MAX_ADVICE { advice(root, shape, &entry.key) } else { REMOVE.to_owned() };
            if let Some(report) = cx.report_line(&entry.origin, format!("`{shown}` is no field of `{}`", shape.name)) {
                report.help(help);
            }
        });
    }
    if site.message.is("ext_authz", "ExtAuthz")
        && let Some(service) = site.message.field("http_service")
        && let Some(at) = lacks_timeout(service)
    {
        if site.partial {
            cx.withhold();
        } else if let Some(report) = cx.report_line(&at.origin, "an HTTP authorizer has no `server_uri.timeout`: Envoy refuses the filter")
        {
            report.help("set `timeout` beside `uri`, say `0.25s`");
        }
    }
}

/// Where the lack of a timeout is reported, if there is none.
fn lacks_timeout(service: &Entry) -> Option<&Entry> {
    if !matches!(service.value.value, Kinds::Map(_)) {
        return None;
    }
    let Some(uri) = field(&service.value, "server_uri") else { return Some(service) };
    let absent = |node: &Value| field(node, "timeout").is_none_or(|entry| entry.value.is_null());
    (matches!(uri.value.value, Kinds::Map(_)) && absent(&uri.value)).then(|| field(&uri.value, "timeout").unwrap_or(uri))
}

/// Unknown fields of a message that are compared with known ones.
const MAX_ADVICE: usize = 20;

const REMOVE: &str = "remove it, or see the reference for what it should be";

/// What may have been meant: the field of that name in another message, or one with a name like it.
fn advice(root: &'static Shape, shape: &'static Shape, key: &str) -> String {
    if let Some(holder) = root.holders(key).first() {
        return format!("`{key}` is a field of `{holder}`");
    }
    let snake = snake(key);
    // a long key is no misspelling of a short one, and comparing costs the product of their lengths
    let near = |fields: &mut dyn Iterator<Item = &'static str>, most: usize| {
        let distances = fields.filter(|_| key.len() < 80).map(|field| (strsim::damerau_levenshtein(&snake, field), field));
        distances.min().filter(|(distance, _)| *distance <= most).map(|(_, field)| field)
    };
    if let Some(name) = near(&mut shape.fields(), (key.len() / 3).clamp(1, 4)) {
        return format!("did you mean `{name}`?");
    }
    match root.all().find_map(|other| Some((near(&mut other.fields(), 1)?, other.name))) {
        Some((name, holder)) => format!("did you mean `{name}` of `{holder}`?"),
        None => REMOVE.to_owned(),
    }
}

/// A name in snake case.
fn snake(key: &str) -> String {
    let mut out = String::with_capacity(key.len() + 4);
    for c in key.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}
