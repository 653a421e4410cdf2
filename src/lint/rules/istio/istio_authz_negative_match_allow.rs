use crate::lint::rules::authz_view::{allow_policy, filled};
use crate::lint::rules::prelude::*;
use crate::model::mesh::{operations, sources};
use crate::model::value::Node as ValueNode;

declare_rule! {
    IstioAuthzNegativeMatchAllow {
        id: "istio-authz-negative-match-allow",
        group: "istio",
        summary: "an AuthorizationPolicy that allows everything but what it lists",
        why: "A rule of an ALLOW policy that only says what it does not match allows all the rest: the next path, method or caller that \
              appears is allowed without anyone having decided so, and a request that is written in an unusual way slips past the list. \
              Allow with positive matches, and deny with negative ones.\n\n\
              A rule that also says what it does match, or has conditions, is not reported.",
        bad: yaml("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: orders\n  namespace: shop\nspec:\n  action: ALLOW\n  rules:\n  - to:\n    - operation:\n        notPaths: [/admin*]\n"),
        good: yaml("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: orders\n  namespace: shop\nspec:\n  action: DENY\n  rules:\n  - to:\n    - operation:\n        paths: [/admin*]\n"),
        recommended: true,
        source: "https://istio.io/latest/docs/ops/best-practices/security/#use-allow-with-positive-matching-and-deny-with-negative-match-patterns",
    }
}

impl Rule for IstioAuthzNegativeMatchAllow {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(policy) = allow_policy(object) else { return };
        for rule in policy.rules() {
            let Some(field) = only_negative(rule) else { continue };
            let name = object.name().unwrap_or("the policy");
            let message = format!("a rule of `{name}` allows everything but what `{field}` lists");
            if let Some(report) = cx.report_line(&rule.origin, message) {
                report.help("list what is allowed, or turn it into a DENY policy");
            }
        }
    }
}

/// The first negative field of a rule that has no other.
fn only_negative(rule: &ValueNode) -> Option<&str> {
    let mut first = None;
    for part in sources(rule).chain(operations(rule)) {
        for entry in part.entries() {
            match (entry.key.starts_with("not"), filled(part, &entry.key)) {
                (true, Some(_)) => first = first.or(Some(&*entry.key)),
                // positive, or of a wrong type
                (false, Some(_)) => return None,
                (_, None) if matches!(&entry.value.value, crate::model::value::Value::List(_)) || entry.value.is_null() => {}
                (_, None) => return None,
            }
        }
    }
    let narrowed = rule.get("when").is_some_and(|when| !when.is_null() && !when.items().is_empty() || when.unknown().is_some());
    first.filter(|_| !narrowed)
}
