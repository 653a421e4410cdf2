use crate::lint::rules::prelude::*;
use crate::model::envoy::{Site, field, is_true, messages_in, sites};
use crate::model::value::{Entry, Node as Value, Scalar, Value as Kinds};

declare_rule! {
    EnvoyRbacAllowAny {
        id: "envoy-rbac-allow-any",
        group: "envoy",
        summary: "an RBAC filter of Envoy that lets everyone do everything",
        why: "A policy with `any: true` among its permissions and among its principals allows every request, whatever the other policies \
              say: they are alternatives. A filter with `shadow_rules` and no `rules` only counts what it would refuse. Filters that deny, \
              and policies with a condition, are not reported.",
        bad: yaml("static_resources:\n  listeners:\n  - filter_chains:\n    - filters:\n      - name: rbac\n        typed_config:\n          \"@type\": type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC\n          rules:\n            action: ALLOW\n            policies:\n              everyone:\n                permissions: [{any: true}]\n                principals: [{any: true}]\n"),
        good: yaml("static_resources:\n  listeners:\n  - filter_chains:\n    - filters:\n      - name: rbac\n        typed_config:\n          \"@type\": type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC\n          rules:\n            action: ALLOW\n            policies:\n              web:\n                permissions: [{any: true}]\n                principals: [{authenticated: {principal_name: {exact: \"spiffe://example.com/web\"}}}]\n"),
        recommended: true,
        source: "https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/rbac/v3/rbac.proto",
    }
}

impl Rule for EnvoyRbacAllowAny {
    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        sites(part, &mut |site| judge(site, cx));
    }
}

fn judge(site: &Site<'_, '_>, cx: &mut ManifestCx<'_>) {
    if site.message.is("rbac", "RBACPerRoute") {
        if let Some(rbac) = site.message.field("rbac") {
            filter(&rbac.value, site, cx);
        }
    } else if site.message.is("rbac", "RBAC") {
        filter(site.message.node, site, cx);
    }
}

fn filter(node: &Value, site: &Site<'_, '_>, cx: &mut ManifestCx<'_>) {
    let present = |name: &str| field(node, name).filter(|entry| !entry.value.is_null());
    if present("rules").is_none()
        && present("matcher").is_none()
        && let Some(shadow) = present("shadow_rules").or_else(|| present("shadow_matcher"))
    {
        if site.partial {
            cx.withhold();
        } else if site.behind().iter().any(asks_about_shadow) {
            // it chooses what the authorizer is asked about
        } else if let Some(report) = cx.report(&shadow.origin, format!("`{}` without rules refuses nothing: it only counts", shadow.key)) {
            report.help("move them to `rules` once they hold what they should");
        }
    }
    let Some(rules) = present("rules") else { return };
    if !allows(&rules.value) {
        return;
    }
    for policy in field(&rules.value, "policies").map_or(&[][..], |entry| entry.value.entries()) {
        let has = |name: &str| field(&policy.value, name).is_some_and(|entry| !entry.value.is_null());
        let narrowed = ["condition", "checked_condition", "cel_config"].iter().any(|name| has(name));
        if !narrowed && any_of(&policy.value, "permissions") && any_of(&policy.value, "principals") {
            let message = format!("the policy `{}` allows everyone everything", policy.key);
            if let Some(report) = cx.report(&policy.origin, message) {
                report.help("name the principals that need it, and what they need");
            }
        }
    }
}

/// Whether a filter is an authorizer that is asked about what an RBAC filter before it has marked.
fn asks_about_shadow(filter: &Value) -> bool {
    messages_in(filter).iter().any(|message| message.is("ext_authz", "ExtAuthz") && message.field("filter_enabled_metadata").is_some())
}

/// Whether rules allow what they match, which is the default.
fn allows(rules: &Value) -> bool {
    match field(rules, "action").map(|entry: &Entry| &entry.value.value) {
        None | Some(Kinds::Scalar(Scalar::Null)) => true,
        Some(Kinds::Scalar(Scalar::String(action))) => &**action == "ALLOW",
        Some(Kinds::Scalar(Scalar::Number(action))) => &**action == "0",
        Some(_) => false,
    }
}

/// Whether one of the alternatives in a list matches everything.
fn any_of(policy: &Value, list: &str) -> bool {
    let items = field(policy, list).map_or(&[][..], |entry| entry.value.items());
    items.iter().any(|item| is_any(item, 0))
}

fn is_any(item: &Value, depth: usize) -> bool {
    let all = |set: &str, list: &str| {
        let items = field(item, set).and_then(|entry| field(&entry.value, list)).map_or(&[][..], |entry| entry.value.items());
        !items.is_empty() && items.iter().all(|item| is_any(item, depth + 1))
    };
    let some = |set: &str, list: &str| {
        let items = field(item, set).and_then(|entry| field(&entry.value, list)).map_or(&[][..], |entry| entry.value.items());
        items.iter().any(|item| is_any(item, depth + 1))
    };
    depth < 30
        && (field(item, "any").is_some_and(|entry| is_true(&entry.value))
            || all("and_rules", "rules")
            || all("and_ids", "ids")
            || some("or_rules", "rules")
            || some("or_ids", "ids"))
}
