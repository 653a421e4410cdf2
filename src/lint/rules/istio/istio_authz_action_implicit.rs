use crate::lint::rules::insert::insert_before;
use crate::lint::rules::prelude::*;
use crate::model::value::Value;

declare_rule! {
    IstioAuthzActionImplicit {
        id: "istio-authz-action-implicit",
        group: "istio",
        summary: "an AuthorizationPolicy with rules that leaves its action to the default",
        why: "Without `action` the rules allow. Someone who reads the rules alone may take them for a list of what is denied, and someone \
              who copies them into a policy with an action turns their meaning round. `spec: {}`, which denies everything, has no \
              rules that could be misread and is not reported.",
        bad: yaml("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: orders\n  namespace: shop\nspec:\n  rules:\n  - from:\n    - source:\n        principals: [cluster.local/ns/shop/sa/web]\n"),
        good: yaml("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: orders\n  namespace: shop\nspec:\n  action: ALLOW\n  rules:\n  - from:\n    - source:\n        principals: [cluster.local/ns/shop/sa/web]\n"),
        severity: Severity::Info,
        recommended: true,
        fix: FixKind::Safe,
        fix_safety: "Writes the default down.",
        source: "https://istio.io/latest/docs/reference/config/security/authorization-policy/",
    }
}

impl Rule for IstioAuthzActionImplicit {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !object.is("security.istio.io", "AuthorizationPolicy") {
            return;
        }
        let Some(spec) = object.spec() else { return };
        let Some(rules) = spec.value.entry("rules") else { return };
        if !matches!(&rules.value.value, Value::List(items) if !items.is_empty()) {
            return;
        }
        let action = spec.value.get("action");
        if action.is_some_and(|action| !action.is_null()) {
            return;
        }
        if object.partial {
            cx.withhold();
            return;
        }
        let edit = if action.is_none() { insert_before(cx.sources(), &spec.value, rules, "action", "ALLOW") } else { None };
        let name = object.name().unwrap_or("the policy");
        let Some(report) = cx.report(&spec.origin, format!("`{name}` has rules without an action: they allow by default")) else { return };
        let report = report.help("write `action: ALLOW`");
        if let Some(edit) = edit {
            report.fix("write the default action", Applicability::Safe, [edit]);
        }
    }
}
