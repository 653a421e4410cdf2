use crate::lint::rules::prelude::*;
use crate::model::envoy::{Site, field, sites};
use crate::model::value::{Node as Value, Origin};

declare_rule! {
    EnvoyJwtRuleWithoutRequires {
        id: "envoy-jwt-rule-without-requires",
        group: "envoy",
        summary: "a rule of Envoy's JWT filter for all paths that asks for no token and hides the rules below it",
        why: "The first rule that matches a request decides. One for `/` without `requires` lets every request pass without a token, and \
              the rules below it, which ask for one, are never reached. Rules for health checks and other single paths are not reported, \
              nor is an open rule that comes last.",
        bad: yaml("static_resources:\n  listeners:\n  - filter_chains:\n    - filters:\n      - name: jwt_authn\n        typed_config:\n          \"@type\": type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication\n          providers:\n            corporate: {issuer: https://login.example.com, audiences: [orders]}\n          rules:\n          - match: {prefix: /}\n          - match: {prefix: /orders}\n            requires: {provider_name: corporate}\n"),
        good: yaml("static_resources:\n  listeners:\n  - filter_chains:\n    - filters:\n      - name: jwt_authn\n        typed_config:\n          \"@type\": type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication\n          providers:\n            corporate: {issuer: https://login.example.com, audiences: [orders]}\n          rules:\n          - match: {prefix: /healthz}\n          - match: {prefix: /}\n            requires: {provider_name: corporate}\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/jwt_authn_filter",
    }
}

impl Rule for EnvoyJwtRuleWithoutRequires {
    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        sites(part, &mut |site| judge(site, cx));
    }
}

fn judge(site: &Site<'_, '_>, cx: &mut ManifestCx<'_>) {
    if !site.message.is("jwt_authn", "JwtAuthentication") {
        return;
    }
    let rules = site.message.field("rules").map_or(&[][..], |entry| entry.value.items());
    let Some(last) = rules.iter().rposition(asks) else { return };
    for rule in rules[..last].iter().filter(|rule| matches_everything(rule)) {
        let Some(anchor) = open(rule) else { continue };
        if let Some(report) =
            cx.report(anchor, "this rule matches every request and asks for no token: the rules below it are never reached")
        {
            report.help("name a provider under `requires`, or move the rule to the end");
        }
        return;
    }
}

/// Whether a rule requires something.
fn asks(rule: &Value) -> bool {
    let requires = field(rule, "requires").is_some_and(|entry| !entry.value.entries().is_empty());
    requires || field(rule, "requirement_name").is_some_and(|entry| entry.value.as_str().is_some_and(|name| !name.is_empty()))
}

/// Where a rule without a requirement is reported: its first line, or the key of an empty one.
fn open(rule: &Value) -> Option<&Origin> {
    if field(rule, "requirement_name").is_some() {
        return None;
    }
    match field(rule, "requires") {
        None => Some(&rule.origin),
        Some(entry)
            if entry.value.is_null() || matches!(&entry.value.value, crate::model::value::Value::Map(entries) if entries.is_empty()) =>
        {
            Some(&entry.origin)
        }
        Some(_) => None,
    }
}

fn matches_everything(rule: &Value) -> bool {
    let Some(what) = field(rule, "match") else { return false };
    let entries = what.value.entries();
    entries.len() == 1 && &*entries[0].key == "prefix" && matches!(entries[0].value.as_str(), Some("/" | ""))
}
