use crate::lint::rules::authz_view::{allow_policy, allows_everything, effective_at, filled, is_for_gateway};
use crate::lint::rules::prelude::*;
use crate::model::mesh::operations;
use crate::model::tri::Tri;
use crate::model::value::{Node as ValueNode, Value};

declare_rule! {
    IstioAuthzNoSource {
        id: "istio-authz-no-source",
        group: "istio",
        summary: "an AuthorizationPolicy with a rule that allows any caller",
        why: "A rule without `from` says what may be called and not by whom: every workload that can reach the port is allowed, one without \
              any identity included. Zero trust asks who calls before it asks what for.\n\n\
              Not reported: rules with conditions; policies of gateways, whose callers come from outside of the mesh; endpoints that are \
              meant for anyone, such as those for health checks; and a rule that allows everything, which \
              `istio-authz-allow-all` reports.",
        bad: yaml("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: orders\n  namespace: shop\nspec:\n  action: ALLOW\n  rules:\n  - to:\n    - operation:\n        methods: [GET]\n        paths: [/orders/*]\n"),
        good: yaml("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: orders\n  namespace: shop\nspec:\n  action: ALLOW\n  rules:\n  - from:\n    - source:\n        principals: [cluster.local/ns/shop/sa/web]\n    to:\n    - operation:\n        methods: [GET]\n        paths: [/orders/*]\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://istio.io/latest/docs/ops/best-practices/security/#authorization-policies",
    }
}

impl Rule for IstioAuthzNoSource {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(policy) = allow_policy(object) else { return };
        let open = |rule: &&ValueNode| {
            let absent = |key: &str| rule.get(key).is_none_or(|node| node.is_null() || is_empty_list(node));
            matches!(rule.value, Value::Map(_))
                && absent("from")
                && absent("when")
                && operations(rule).next().is_some()
                && allows_everything(rule) == Tri::No
                && !operations(rule).all(is_for_anyone)
        };
        let mut found = policy.rules().iter().filter(open).peekable();
        if found.peek().is_none() || is_for_gateway(object, effective_at(object, cx).map(|(_, effective)| effective)) {
            return;
        }
        for rule in found {
            if object.partial {
                cx.withhold();
                continue;
            }
            let name = object.name().unwrap_or("the policy");
            if let Some(report) = cx.report_line(&rule.origin, format!("a rule of `{name}` allows any caller: it has no `from`")) {
                report.help("say who calls: `from` with `principals`, `namespaces` or `requestPrincipals`");
            }
        }
    }
}

fn is_empty_list(node: &ValueNode) -> bool {
    matches!(&node.value, Value::List(items) if items.is_empty())
}

/// Whether an operation is only about endpoints that are meant for anyone: health checks, metrics, discovery of keys.
fn is_for_anyone(operation: &ValueNode) -> bool {
    let Some(paths) = filled(operation, "paths") else { return false };
    paths.value.items().iter().all(|path| path.as_str().is_some_and(is_public_path))
}

fn is_public_path(path: &str) -> bool {
    const WORDS: [&str; 20] = [
        "health",
        "healthz",
        "healthcheck",
        "health-check",
        "healthy",
        "live",
        "livez",
        "liveness",
        "alive",
        "ready",
        "readyz",
        "readiness",
        "startup",
        "startupz",
        "ping",
        "status",
        "metrics",
        "version",
        ".well-known",
        "heartbeat",
    ];
    let mut segments = path.split('/').map(|segment| segment.trim_end_matches('*')).filter(|segment| !segment.is_empty());
    segments.any(|segment| WORDS.contains(&segment.to_ascii_lowercase().as_str()))
}
