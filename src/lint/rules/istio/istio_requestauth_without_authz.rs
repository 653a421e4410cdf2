use crate::lint::rules::prelude::*;
use crate::model::mesh::TokenDemand;
use crate::model::value::{Node as ValueNode, Value};

declare_rule! {
    IstioRequestauthWithoutAuthz {
        id: "istio-requestauth-without-authz",
        group: "istio",
        summary: "a RequestAuthentication whose workloads take requests without a token",
        why: "A RequestAuthentication refuses invalid tokens; a request without a token passes. Only an AuthorizationPolicy can demand one: \
              an ALLOW policy each of whose rules asks for `requestPrincipals` or a claim, or a DENY policy for \
              `notRequestPrincipals: [\"*\"]`. It has to apply to all workloads that the RequestAuthentication applies to. Where an \
              external authorizer (CUSTOM) is asked, it may look for the token itself: then this is an info.",
        bad: yaml("apiVersion: security.istio.io/v1\nkind: RequestAuthentication\nmetadata:\n  name: jwt\n  namespace: shop\nspec:\n  jwtRules:\n  - issuer: https://login.example.com\n    audiences: [orders]\n"),
        good: yaml("apiVersion: security.istio.io/v1\nkind: RequestAuthentication\nmetadata:\n  name: jwt\n  namespace: shop\nspec:\n  jwtRules:\n  - issuer: https://login.example.com\n    audiences: [orders]\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: require-jwt\n  namespace: shop\nspec:\n  action: DENY\n  rules:\n  - from:\n    - source:\n        notRequestPrincipals: ['*']\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://istio.io/latest/docs/reference/config/security/request_authentication/",
    }
}

impl Rule for IstioRequestauthWithoutAuthz {
    fn reads_manifests(&self) -> bool {
        true
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !object.is("security.istio.io", "RequestAuthentication") {
            return;
        }
        let rules = object.root.path(&["spec", "jwtRules"]).map_or(&[][..], ValueNode::items);
        if !rules.iter().any(|rule| matches!(rule.value, Value::Map(_))) {
            return;
        }
        let Some(unit) = cx.unit() else { return };
        let demand = unit.mesh().demands_token(object, cx.mesh_root(object.kind_at()), unit.cluster());
        let name = object.name().unwrap_or("the policy");
        let (severity, message) = match demand {
            TokenDemand::Yes => return,
            TokenDemand::No | TokenDemand::External if !unit.is_complete() => return cx.withhold(),
            TokenDemand::Unknown => return cx.withhold(),
            TokenDemand::External => {
                (Severity::Info, format!("`{name}` lets requests without a token through, unless the external authorizer looks for it"))
            }
            TokenDemand::No => {
                (Severity::Error, format!("`{name}` lets requests without a token through: no AuthorizationPolicy demands one"))
            }
        };
        if let Some(report) = cx.report_as(severity, object.kind_at(), message) {
            report.help("add an AuthorizationPolicy for the same workloads that denies `notRequestPrincipals: [\"*\"]`");
        }
    }
}
