use crate::lint::rules::prelude::*;
use crate::model::envoy::{Site, field, sites};
use crate::model::value::{Scalar, Value};

declare_rule! {
    EnvoyJwtMissingIssuer {
        id: "envoy-jwt-missing-issuer",
        group: "envoy",
        summary: "a JWT provider of Envoy that does not check who issued a token",
        why: "Without `issuer` Envoy does not look at `iss`: every token that one of the provider's keys signed is good, whichever \
              tenant or realm it was issued for. Identity providers that share keys between tenants make this a way in.",
        bad: yaml("static_resources:\n  listeners:\n  - filter_chains:\n    - filters:\n      - name: jwt_authn\n        typed_config:\n          \"@type\": type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication\n          providers:\n            corporate:\n              audiences: [orders]\n"),
        good: yaml("static_resources:\n  listeners:\n  - filter_chains:\n    - filters:\n      - name: jwt_authn\n        typed_config:\n          \"@type\": type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication\n          providers:\n            corporate:\n              issuer: https://login.example.com\n              audiences: [orders]\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://www.envoyproxy.io/docs/envoy/latest/api-v3/extensions/filters/http/jwt_authn/v3/config.proto",
    }
}

impl Rule for EnvoyJwtMissingIssuer {
    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        sites(part, &mut |site| judge(site, cx));
    }
}

fn judge(site: &Site<'_, '_>, cx: &mut ManifestCx<'_>) {
    if !site.message.is("jwt_authn", "JwtAuthentication") {
        return;
    }
    for provider in site.message.field("providers").map_or(&[][..], |entry| entry.value.entries()) {
        if !matches!(provider.value.value, Value::Map(_) | Value::Scalar(Scalar::Null)) {
            continue;
        }
        let issuer = field(&provider.value, "issuer");
        let anchor = match issuer.map(|entry| &entry.value.value) {
            None if site.partial => {
                cx.withhold();
                continue;
            }
            None => &provider.origin,
            Some(Value::Scalar(Scalar::String(text))) if !text.is_empty() => continue,
            Some(Value::Scalar(Scalar::String(_) | Scalar::Null)) => issuer.map_or(&provider.origin, |entry| &entry.origin),
            Some(_) => continue,
        };
        let message = format!("the provider `{}` accepts tokens of any issuer that its keys signed", provider.key);
        if let Some(report) = cx.report(anchor, message) {
            report.help("set `issuer` to exactly what the tokens have as `iss`");
        }
    }
}
