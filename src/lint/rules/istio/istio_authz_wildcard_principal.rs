use crate::lint::rules::authz_view::{allow_policy, asks_about, filled};
use crate::lint::rules::prelude::*;
use crate::model::mesh::{condition_key, conditions, sources};
use crate::model::value::{Entry, Node as ValueNode};

declare_rule! {
    IstioAuthzWildcardPrincipal {
        id: "istio-authz-wildcard-principal",
        group: "istio",
        summary: "an AuthorizationPolicy that allows every identity of the mesh",
        why: "`principals: [\"*\"]` and `namespaces: [\"*\"]` match every caller that has any certificate of the mesh: one workload that is \
              taken over may call everything that the policy protects.\n\n\
              Not reported: `requestPrincipals: [\"*\"]`, which demands a valid token; `notPrincipals: [\"*\"]` in a DENY policy, which \
              demands mutual TLS; wildcards in a part of a name (`cluster.local/ns/prod/*`); and a `*` beside something that names the \
              caller or the user: another field of the same source, or a condition on the token.",
        bad: yaml("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: orders\n  namespace: shop\nspec:\n  action: ALLOW\n  rules:\n  - from:\n    - source:\n        principals: ['*']\n"),
        good: yaml("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: orders\n  namespace: shop\nspec:\n  action: ALLOW\n  rules:\n  - from:\n    - source:\n        principals: [cluster.local/ns/shop/sa/web]\n"),
        recommended: true,
        source: "https://istio.io/latest/docs/reference/config/security/authorization-policy/#Source",
    }
}

/// Fields of a source that name a caller or a user, where they are not `*` themselves.
const NAMES: [&str; 5] = ["principals", "namespaces", "requestPrincipals", "serviceAccounts", "trustDomains"];

impl Rule for IstioAuthzWildcardPrincipal {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(policy) = allow_policy(object) else { return };
        for rule in policy.rules() {
            if asks_about(rule, &["request.auth."]) {
                continue;
            }
            let named_by_condition = conditions(rule).iter().any(|condition| {
                condition_key(condition).is_some_and(is_identity) && filled(condition, "values").is_some_and(|list| !is_any(list))
            });
            if named_by_condition {
                continue;
            }
            for source in sources(rule) {
                let named =
                    NAMES.iter().filter_map(|key| filled(source, key)).any(|list| &*list.key == "requestPrincipals" || !is_any(list));
                if !named {
                    ["principals", "namespaces"].iter().filter_map(|key| filled(source, key)).for_each(|list| report(list, &list.key, cx));
                }
            }
            for condition in conditions(rule) {
                let Some(key) = condition_key(condition).filter(|key| is_identity(key)) else { continue };
                // a source that names the caller narrows it
                let named = sources(rule).any(|source| NAMES.iter().filter_map(|key| filled(source, key)).any(|list| !is_any(list)));
                if let Some(list) = filled(condition, "values").filter(|_| !named) {
                    report(list, key, cx);
                }
            }
        }
    }
}

fn is_identity(key: &str) -> bool {
    matches!(key, "source.principal" | "source.namespace")
}

/// Whether a list holds `*`, so that its other items are without meaning.
fn is_any(list: &Entry) -> bool {
    list.value.items().iter().any(|item| item.as_str() == Some("*"))
}

fn report(list: &Entry, field: &str, cx: &mut ManifestCx<'_>) {
    let any: Vec<&ValueNode> = list.value.items().iter().filter(|item| item.as_str() == Some("*")).collect();
    for item in any {
        if let Some(report) = cx.report_line(&item.origin, format!("`*` in `{field}` allows every identity of the mesh")) {
            report.help("name the service accounts that call: `<trust domain>/ns/<namespace>/sa/<account>`");
        }
    }
}
