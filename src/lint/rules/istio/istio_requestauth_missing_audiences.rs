use crate::lint::rules::prelude::*;
use crate::model::mesh::{Action, Authorization, covers};
use crate::model::tri::Tri;
use crate::model::value::{Node as ValueNode, Origin, Scalar, Value};

declare_rule! {
    IstioRequestauthMissingAudiences {
        id: "istio-requestauth-missing-audiences",
        group: "istio",
        summary: "a RequestAuthentication that does not check for whom a token was issued",
        why: "Istio hands `audiences` to Envoy as it is, and without audiences Envoy does not look at `aud`: a token that the same issuer \
              made for another service is accepted here. Whoever gets hold of one, the other service included, can replay it \
              (RFC 7519 §4.1.3, RFC 8725 §3.9).\n\n\
              An AuthorizationPolicy that applies to all the same workloads and demands `request.auth.audiences` or \
              `request.auth.claims[aud]` does as well.",
        bad: yaml("apiVersion: security.istio.io/v1\nkind: RequestAuthentication\nmetadata:\n  name: jwt\n  namespace: shop\nspec:\n  jwtRules:\n  - issuer: https://login.example.com\n"),
        good: yaml("apiVersion: security.istio.io/v1\nkind: RequestAuthentication\nmetadata:\n  name: jwt\n  namespace: shop\nspec:\n  jwtRules:\n  - issuer: https://login.example.com\n    audiences: [orders]\n"),
        recommended: true,
        source: "https://istio.io/latest/docs/reference/config/security/request_authentication/#JWTRule",
    }
}

impl Rule for IstioRequestauthMissingAudiences {
    fn reads_manifests(&self) -> bool {
        true
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !object.is("security.istio.io", "RequestAuthentication") {
            return;
        }
        let rules = object.root.path(&["spec", "jwtRules"]).map_or(&[][..], ValueNode::items);
        let lacking: Vec<(&ValueNode, &Origin)> = rules.iter().filter_map(|rule| Some((rule, lacks(rule)?))).collect();
        if lacking.is_empty() {
            return;
        }
        let compensated = compensation(object, cx);
        if compensated.is_yes() {
            return;
        }
        let complete = cx.unit().is_none_or(Unit::is_complete);
        for (rule, anchor) in lacking {
            if compensated.is_unknown() || object.partial || !complete {
                cx.withhold();
                continue;
            }
            let issuer = rule.get("issuer").and_then(ValueNode::as_str);
            let issuer = issuer.map_or_else(|| "the issuer".to_owned(), |issuer| format!("`{issuer}`"));
            if let Some(report) = cx.report(anchor, format!("tokens that {issuer} made for any audience are accepted")) {
                report.help("list what this service is called in tokens under `audiences`");
            }
        }
    }
}

/// Where the missing audiences of a rule are reported, if they are missing: at its first line, or at the key of an empty list.
fn lacks(rule: &ValueNode) -> Option<&Origin> {
    if !matches!(rule.value, Value::Map(_)) {
        return None;
    }
    let Some(audiences) = rule.entry("audiences") else { return Some(&rule.origin) };
    match &audiences.value.value {
        Value::List(items) if items.is_empty() => Some(&audiences.origin),
        Value::Scalar(Scalar::Null) => Some(&audiences.origin),
        _ => None,
    }
}

/// Whether an AuthorizationPolicy checks the audience of all requests to the workloads of a RequestAuthentication.
fn compensation(object: &Object, cx: &ManifestCx<'_>) -> Tri {
    let Some(unit) = cx.unit() else { return Tri::No };
    let root = cx.mesh_root(object.kind_at());
    Tri::any(unit.mesh().authorization_policies.iter().map(|policy| {
        let checks = checks_audience(&Authorization::new(policy));
        if checks.is_no() { Tri::No } else { checks.and(covers(policy, object, root, unit.cluster())) }
    }))
}

/// Whether a policy refuses tokens that were issued for others. Rules without any condition on the token are open to requests
/// without one too, so they are no matter of audiences; a rule that asks for a token but not for its audience lets every audience
/// through.
fn checks_audience(policy: &Authorization<'_>) -> Tri {
    if policy.is_dry_run() {
        return Tri::No;
    }
    let demanded = match policy.action {
        Action::Allow => "values",
        Action::Deny => "notValues",
        Action::Unknown => return if policy.rules().iter().any(|rule| names_audience(rule)) { Tri::Unknown } else { Tri::No },
        Action::Audit | Action::Custom => return Tri::No,
    };
    let mut answers: Vec<Tri> = Vec::new();
    for rule in policy.rules() {
        let checked = Tri::any(conditions(rule).map(|condition| demands(condition, demanded)));
        let about_tokens = names_token(rule);
        if !checked.is_no() || (about_tokens && policy.action == Action::Allow) {
            answers.push(checked);
        }
    }
    if answers.is_empty() { Tri::No } else { Tri::all(answers) }
}

fn conditions(rule: &ValueNode) -> impl Iterator<Item = &ValueNode> {
    rule.get("when").map_or(&[][..], ValueNode::items).iter()
}

fn is_audience(key: &str) -> bool {
    matches!(key, "request.auth.audiences" | "request.auth.claims[aud]")
}

fn names_audience(rule: &ValueNode) -> bool {
    conditions(rule).any(|condition| condition.get("key").and_then(ValueNode::as_str).is_some_and(is_audience))
}

/// Whether a condition asks for particular audiences. `*` is any.
fn demands(condition: &ValueNode, list: &str) -> Tri {
    let Some(key) = condition.get("key") else { return Tri::No };
    match key.as_str() {
        Some(key) if is_audience(key) => {}
        None if key.unknown().is_some() => return Tri::Unknown,
        _ => return Tri::No,
    }
    match condition.get(list).map(|node| (node, &node.value)) {
        Some((_, Value::List(items))) if items.iter().any(|item| item.as_str() == Some("*")) => Tri::No,
        Some((_, Value::List(items))) => Tri::from(!items.is_empty()),
        Some((node, _)) if node.unknown().is_some() => Tri::Unknown,
        _ => Tri::No,
    }
}

/// Whether a rule asks for a token in any way.
fn names_token(rule: &ValueNode) -> bool {
    let principals = rule.get("from").map_or(&[][..], ValueNode::items).iter().any(|from| {
        let source = from.get("source");
        source.is_some_and(|source| source.get("requestPrincipals").is_some_and(|list| !list.items().is_empty()))
    });
    principals
        || conditions(rule)
            .any(|condition| condition.get("key").and_then(ValueNode::as_str).is_some_and(|key| key.starts_with("request.auth.")))
}
