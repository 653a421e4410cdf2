use crate::lint::rules::prelude::*;
use crate::model::envoy::{Site, field, messages_in, requirements, sites};
use crate::model::value::{Node as Value, Scalar, Value as Kinds};

declare_rule! {
    EnvoyJwtAllowMissing {
        id: "envoy-jwt-allow-missing",
        group: "envoy",
        summary: "a requirement of Envoy's JWT filter that a request without a valid token meets",
        why: "`allow_missing` lets requests without a token through, and `allow_missing_or_failed` also those whose token is forged, \
              expired or someone else's. The filter then tells who called if it can, and keeps nobody out.\n\n\
              Not reported where an RBAC filter behind it decides by the token's payload (`metadata` of \
              `envoy.filters.http.jwt_authn`).",
        bad: yaml("static_resources:\n  listeners:\n  - filter_chains:\n    - filters:\n      - name: jwt_authn\n        typed_config:\n          \"@type\": type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication\n          providers:\n            corporate: {issuer: https://login.example.com, audiences: [orders]}\n          rules:\n          - match: {prefix: /}\n            requires:\n              requires_any:\n                requirements:\n                - provider_name: corporate\n                - allow_missing_or_failed: {}\n"),
        good: yaml("static_resources:\n  listeners:\n  - filter_chains:\n    - filters:\n      - name: jwt_authn\n        typed_config:\n          \"@type\": type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication\n          providers:\n            corporate: {issuer: https://login.example.com, audiences: [orders]}\n          rules:\n          - match: {prefix: /}\n            requires: {provider_name: corporate}\n"),
        recommended: true,
        source: "https://www.envoyproxy.io/docs/envoy/latest/api-v3/extensions/filters/http/jwt_authn/v3/config.proto",
    }
}

impl Rule for EnvoyJwtAllowMissing {
    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        sites(part, &mut |site| judge(site, cx));
    }
}

fn judge(site: &Site<'_, '_>, cx: &mut ManifestCx<'_>) {
    if !site.message.is("jwt_authn", "JwtAuthentication") {
        return;
    }
    let mut decided = None;
    requirements(site.message.node, &mut |requirement| {
        for (name, severity, what) in [
            ("allow_missing_or_failed", Severity::Error, "requests without a token, and requests with a forged or expired one"),
            ("allow_missing", Severity::Warning, "requests without a token"),
        ] {
            let Some(entry) = field(requirement, name) else { continue };
            if matches!(entry.value.value, Kinds::Scalar(Scalar::Bool(false) | Scalar::Unknown(_))) {
                continue;
            }
            if *decided.get_or_insert_with(|| site.behind().iter().any(decides_by_payload)) {
                continue;
            }
            if let Some(report) = cx.report_as(severity, &entry.origin, format!("`{}` lets {what} through", entry.key)) {
                report.help("require a provider; give paths that are open to everyone a rule of their own");
            }
        }
    });
}

/// Whether a filter is an RBAC filter that looks at what the JWT filter found out.
fn decides_by_payload(filter: &Value) -> bool {
    messages_in(filter)
        .iter()
        .any(|message| message.is("rbac", "RBAC") && message.field("rules").is_some_and(|rules| names_payload(&rules.value, 0)))
}

fn names_payload(node: &Value, depth: usize) -> bool {
    let is_source =
        |value: &Value| field(value, "filter").is_some_and(|entry| entry.value.as_str() == Some("envoy.filters.http.jwt_authn"));
    depth < 60
        && (is_source(node)
            || node.entries().iter().any(|entry| names_payload(&entry.value, depth + 1))
            || node.items().iter().any(|item| names_payload(item, depth + 1)))
}
