use crate::lint::rules::prelude::*;
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
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !object.is("security.istio.io", "RequestAuthentication") {
            return;
        }
        let rules = object.root.path(&["spec", "jwtRules"]).map_or(&[][..], ValueNode::items);
        let lacking: Vec<(&ValueNode, &Origin)> = rules.iter().filter_map(|rule| Some((rule, lacks(rule)?))).collect();
        if lacking.is_empty() {
            return;
        }
        let Some(unit) = cx.unit() else { return };
        let compensated = unit.mesh().checks_audiences(object, cx.mesh_root(object.kind_at()), unit.cluster());
        if compensated.is_yes() {
            return;
        }
        for (rule, anchor) in lacking {
            if compensated.is_unknown() || object.partial || unit.may_lack(&["AuthorizationPolicy"]) {
                cx.withhold();
                continue;
            }
            let issuer = rule.get("issuer").and_then(ValueNode::as_str);
            let issuer = issuer.map_or_else(|| "the issuer".to_owned(), |issuer| format!("`{issuer}`"));
            if let Some(report) = cx.report_line(anchor, format!("tokens of {issuer} are accepted for whomever they were issued")) {
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
