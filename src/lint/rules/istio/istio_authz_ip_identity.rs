use crate::lint::rules::authz_view::{
    IDENTITY_CONDITIONS, allow_policy, allows_everything, asks_about, effective_at, filled, fills_any, is_for_gateway,
};
use crate::lint::rules::prelude::*;
use crate::model::mesh::sources;

declare_rule! {
    IstioAuthzIpIdentity {
        id: "istio-authz-ip-identity",
        group: "istio",
        summary: "an AuthorizationPolicy that tells callers apart by their addresses alone",
        why: "An address is no identity: pods get new ones, networks are shared and translated, and whoever runs in the range is allowed. \
              `remoteIpBlocks` is read from `X-Forwarded-For`, which any client may write unless `numTrustedProxies` fits. Inside of the \
              mesh the caller's certificate says who it is.\n\n\
              Not reported: sources that also name a principal, a namespace or a token's subject; conditions that do; policies of \
              gateways, where allow lists of addresses are all that there is; DENY policies, which block addresses.",
        bad: yaml("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: orders\n  namespace: shop\nspec:\n  action: ALLOW\n  rules:\n  - from:\n    - source:\n        ipBlocks: [10.4.0.0/16]\n"),
        good: yaml("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: orders\n  namespace: shop\nspec:\n  action: ALLOW\n  rules:\n  - from:\n    - source:\n        principals: [cluster.local/ns/shop/sa/web]\n        ipBlocks: [10.4.0.0/16]\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://istio.io/latest/docs/reference/config/security/authorization-policy/#Source",
    }
}

/// What names a caller in a source.
const IDENTITIES: [&str; 10] = [
    "principals",
    "notPrincipals",
    "requestPrincipals",
    "notRequestPrincipals",
    "namespaces",
    "notNamespaces",
    "serviceAccounts",
    "notServiceAccounts",
    "trustDomains",
    "notTrustDomains",
];

impl Rule for IstioAuthzIpIdentity {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(policy) = allow_policy(object) else { return };
        let mut is_gateway = None;
        for rule in policy.rules() {
            if asks_about(rule, &IDENTITY_CONDITIONS) || !allows_everything(rule).is_no() {
                continue;
            }
            for source in sources(rule).filter(|source| !fills_any(source, &IDENTITIES)) {
                let Some(list) = ["ipBlocks", "remoteIpBlocks"].iter().find_map(|key| filled(source, key)) else { continue };
                let effective = || effective_at(object, cx).map(|(_, effective)| effective);
                if *is_gateway.get_or_insert_with(|| is_for_gateway(object, effective())) {
                    return;
                }
                let message = format!("`{}` is all that tells who may call: an address is no identity", list.key);
                if let Some(report) = cx.report_line(&list.origin, message) {
                    report.help("name `principals` or `namespaces` in the same source");
                }
            }
        }
    }
}
