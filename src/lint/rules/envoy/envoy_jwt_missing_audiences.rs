use crate::lint::rules::prelude::*;
use crate::model::envoy::{JwtUse, Message, field, jwt_uses, sites};
use crate::model::value::{Entry, Scalar, Value};

declare_rule! {
    EnvoyJwtMissingAudiences {
        id: "envoy-jwt-missing-audiences",
        group: "envoy",
        summary: "a JWT provider of Envoy that does not check for whom a token was issued",
        why: "Without `audiences` Envoy does not look at `aud`: a token that the same issuer made for another service is accepted here. \
              Whoever gets hold of one, the other service included, can replay it (RFC 8725 §3.9).\n\n\
              Audiences in the requirements (`provider_and_audiences`) do as well. A provider that no requirement uses is an info.",
        bad: yaml("static_resources:\n  listeners:\n  - filter_chains:\n    - filters:\n      - name: jwt_authn\n        typed_config:\n          \"@type\": type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication\n          providers:\n            corporate:\n              issuer: https://login.example.com\n          rules:\n          - match: {prefix: /}\n            requires: {provider_name: corporate}\n"),
        good: yaml("static_resources:\n  listeners:\n  - filter_chains:\n    - filters:\n      - name: jwt_authn\n        typed_config:\n          \"@type\": type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication\n          providers:\n            corporate:\n              issuer: https://login.example.com\n              audiences: [orders]\n          rules:\n          - match: {prefix: /}\n            requires: {provider_name: corporate}\n"),
        recommended: true,
        source: "https://www.envoyproxy.io/docs/envoy/latest/api-v3/extensions/filters/http/jwt_authn/v3/config.proto",
    }
}

impl Rule for EnvoyJwtMissingAudiences {
    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        sites(part, &mut |site| judge(site.message, site.partial, cx));
    }
}

fn judge(message: Message<'_>, partial: bool, cx: &mut ManifestCx<'_>) {
    if !message.is("jwt_authn", "JwtAuthentication") {
        return;
    }
    let providers = message.field("providers").map_or(&[][..], |entry| entry.value.entries());
    let lacking: Vec<(&Entry, &Entry)> = providers.iter().filter_map(|provider| Some((provider, lacks(provider)?))).collect();
    if lacking.is_empty() {
        return;
    }
    let uses = jwt_uses(message.node).filter(|_| !partial);
    for (provider, anchor) in lacking {
        let Some(uses) = &uses else {
            cx.withhold();
            continue;
        };
        let name = &*provider.key;
        let (severity, message) = match uses.get(name) {
            Some(JwtUse::WithAudiences) => continue,
            Some(JwtUse::Unknown) => {
                cx.withhold();
                continue;
            }
            Some(JwtUse::Plain) => (Severity::Warning, format!("the provider `{name}` accepts tokens that were issued for any audience")),
            None => (
                Severity::Info,
                format!("the provider `{name}`, which no requirement uses, would accept tokens that were issued for any audience"),
            ),
        };
        if let Some(report) = cx.report_as(severity, &anchor.origin, message) {
            report.help("list what this service is called in tokens under `audiences`");
        }
    }
}

/// Where a provider's missing audiences are reported, if they are missing: at its name, or at the key of an empty list.
fn lacks(provider: &Entry) -> Option<&Entry> {
    if !matches!(provider.value.value, Value::Map(_) | Value::Scalar(Scalar::Null)) {
        return None;
    }
    let Some(audiences) = field(&provider.value, "audiences") else { return Some(provider) };
    match &audiences.value.value {
        Value::List(items) if items.is_empty() => Some(audiences),
        Value::Scalar(Scalar::Null) => Some(audiences),
        _ => None,
    }
}
