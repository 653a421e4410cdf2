use crate::lint::rules::authz_view::{allow_policy, allows_everything};
use crate::lint::rules::prelude::*;
use crate::model::tri::Tri;

declare_rule! {
    IstioAuthzAllowAll {
        id: "istio-authz-allow-all",
        group: "istio",
        summary: "an AuthorizationPolicy that allows every request",
        why: "A rule that nothing narrows matches every request, whoever sends it: with it the policy switches authorization off for the \
              workloads that it applies to, whatever other ALLOW policies say. An empty rule `{}` does that, and so do `from: []` and \
              `to: []`, which mean that the section is absent, paths like `/*`, and an IP block of all addresses.",
        bad: yaml("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: all\n  namespace: shop\nspec:\n  action: ALLOW\n  rules:\n  - {}\n"),
        good: yaml("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  action: ALLOW\n  rules:\n  - from:\n    - source:\n        principals: [cluster.local/ns/shop/sa/web]\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://istio.io/latest/docs/reference/config/security/authorization-policy/#Rule",
    }
}

impl Rule for IstioAuthzAllowAll {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(policy) = allow_policy(object) else { return };
        for rule in policy.rules() {
            match allows_everything(rule) {
                Tri::Yes => {
                    let name = object.name().unwrap_or("the policy");
                    if let Some(report) = cx.report_line(&rule.origin, format!("a rule of `{name}` allows every request")) {
                        report.help("name who may call: `principals`, `namespaces` or `requestPrincipals`; `spec: {}` allows nothing");
                    }
                }
                Tri::Unknown => cx.withhold(),
                Tri::No => {}
            }
        }
    }
}
