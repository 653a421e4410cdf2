use crate::lint::rules::prelude::*;
use crate::model::envoy::{field, is_true};
use crate::model::mesh::{PolicyScope, Target, scope_of, target};
use crate::model::value::{Node as Value, Value as Data};

declare_rule! {
    IstioRequestauthTokenLeak {
        id: "istio-requestauth-token-leak",
        group: "istio",
        summary: "a token that is sent to more places than verify it",
        why: "`forwardOriginalToken: true` hands the caller's token to the workload behind the proxy, which can use it elsewhere in the caller's \
              name. On a gateway, or for all workloads of a namespace or of the mesh, that is every one of them. A token in the address \
              (`fromParams`) ends up in logs, histories and referrers.\n\n\
              Not reported for selected workloads other than gateways: there it is one workload that asked for it.",
        bad: yaml("apiVersion: security.istio.io/v1\nkind: RequestAuthentication\nmetadata:\n  name: users\n  namespace: shop\nspec:\n  jwtRules:\n  - issuer: https://login.example.com\n    audiences: [shop]\n    forwardOriginalToken: true\n"),
        good: yaml("apiVersion: security.istio.io/v1\nkind: RequestAuthentication\nmetadata:\n  name: users\n  namespace: shop\nspec:\n  jwtRules:\n  - issuer: https://login.example.com\n    audiences: [shop]\n    outputClaimToHeaders:\n    - header: x-user\n      claim: sub\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://istio.io/latest/docs/reference/config/security/jwt/#JWTRule",
    }
}

impl Rule for IstioRequestauthTokenLeak {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !object.is("security.istio.io", "RequestAuthentication") {
            return;
        }
        for rule in object.root.path(&["spec", "jwtRules"]).map_or(&[][..], Value::items) {
            if let Some(entry) = field(rule, "forward_original_token") {
                if entry.value.unknown().is_some() {
                    cx.withhold();
                }
                if is_true(&entry.value) && is_wide(object, cx) {
                    let message = "every workload behind gets the caller's token";
                    if let Some(report) = cx.report_line(&entry.origin, message) {
                        report.help("send claims in headers (`outputClaimToHeaders`), or forward it on the workload that needs it");
                    }
                }
            }
            let Some(entry) = field(rule, "from_params") else { continue };
            if matches!(&entry.value.value, Data::List(items) if !items.is_empty())
                && let Some(report) = cx.report_line(&entry.origin, "tokens are taken from the address, which is logged and passed on")
            {
                report.help("take tokens from a header");
            }
        }
    }
}

/// Whether a policy is about more than one workload: it has no selector, or it is about a gateway.
fn is_wide(object: &Object, cx: &ManifestCx<'_>) -> bool {
    match target(object) {
        Target::Everything => !matches!(scope_of(object, cx.mesh_root(object.kind_at())), PolicyScope::Unknown),
        Target::Refs(refs) => refs.iter().any(|target| target.kind == "Gateway"),
        Target::Labels(labels) => {
            let named = |entry: &crate::model::value::Entry| entry.value.as_str().is_some_and(|text| text.contains("gateway"));
            labels.entries().iter().any(|entry| named(entry) || entry.key.starts_with("gateway.networking.k8s.io/"))
        }
        Target::Unknown => false,
    }
}
