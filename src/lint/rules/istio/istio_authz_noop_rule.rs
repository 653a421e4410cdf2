use crate::lint::rules::prelude::*;
use crate::model::mesh::{Action, Authorization};
use crate::model::value::{Entry, Node as ValueNode, Origin, Value};

declare_rule! {
    IstioAuthzNoopRule {
        id: "istio-authz-noop-rule",
        group: "istio",
        summary: "an AuthorizationPolicy that Istio refuses because a part of it means nothing",
        why: "A DENY or CUSTOM policy without rules is never triggered, an empty `source` or `operation` names nobody and nothing, and a \
              condition without values holds for nothing. Istio's validation refuses such policies; where the webhook is not asked, they \
              do not do what their author meant. An ALLOW policy without rules is another thing: it allows nothing.",
        bad: yaml("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: no-admin\n  namespace: shop\nspec:\n  action: DENY\n"),
        good: yaml("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: no-admin\n  namespace: shop\nspec:\n  action: DENY\n  rules:\n  - to:\n    - operation:\n        ports: ['9090']\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://istio.io/latest/docs/reference/config/security/authorization-policy/",
        peers: &["istioctl analyze IST0106"],
    }
}

impl Rule for IstioAuthzNoopRule {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !object.is("security.istio.io", "AuthorizationPolicy") {
            return;
        }
        let Some(spec) = object.spec().map(|entry| &entry.value) else { return };
        let policy = Authorization::new(object);
        if matches!(policy.action, Action::Deny | Action::Custom) {
            without_rules(object, spec, cx);
        }
        for rule in policy.rules() {
            section(rule, "from", "source", object.partial, cx);
            section(rule, "to", "operation", object.partial, cx);
            for condition in rule.get("when").map_or(&[][..], ValueNode::items) {
                without_values(condition, object.partial, cx);
            }
        }
    }
}

fn report(at: &Origin, message: String, help: &str, cx: &mut ManifestCx<'_>) {
    if let Some(report) = cx.report_line(at, message) {
        report.help(help);
    }
}

/// A list that decodes to nothing: absent, null or empty.
fn is_nothing(entry: Option<&Entry>) -> bool {
    entry.is_none_or(|entry| match &entry.value.value {
        Value::List(items) => items.is_empty(),
        _ => entry.value.is_null(),
    })
}

fn without_rules(object: &Object, spec: &ValueNode, cx: &mut ManifestCx<'_>) {
    let rules = spec.entry("rules");
    if !is_nothing(rules) {
        return;
    }
    if object.partial {
        cx.withhold();
        return;
    }
    let Some(action) = spec.entry("action") else { return };
    let at = rules.unwrap_or(action);
    let written = action.value.as_str().unwrap_or_default();
    let message = format!("a policy of action `{written}` without rules is never triggered, and Istio refuses it");
    report(&at.origin, message, "add rules; the rule `{}` matches every request", cx);
}

/// The items of `from` or `to`.
fn section(rule: &ValueNode, section: &str, field: &str, partial: bool, cx: &mut ManifestCx<'_>) {
    for item in rule.get(section).map_or(&[][..], ValueNode::items) {
        if !matches!(item.value, Value::Map(_)) {
            continue;
        }
        let inner = item.entry(field);
        let is_empty = inner.is_none_or(|inner| match &inner.value.value {
            Value::Map(entries) => entries.iter().all(|entry| is_nothing(Some(entry))),
            _ => inner.value.is_null(),
        });
        if is_empty && partial {
            cx.withhold();
        } else if is_empty {
            let at = inner.map_or(&item.origin, |inner| &inner.origin);
            let message = match inner {
                Some(_) => format!("`{field}` is empty, and Istio refuses the policy"),
                None => format!("an item of `{section}` without `{field}`: Istio refuses the policy"),
            };
            report(at, message, "say what it matches, or remove it", cx);
        } else if let Some(inner) = inner {
            values(&inner.value, cx);
        }
    }
}

/// The lists of a `source` or an `operation`.
fn values(node: &ValueNode, cx: &mut ManifestCx<'_>) {
    let fills = |key: &str| node.entry(key).is_some_and(|entry| !entry.value.items().is_empty());
    for entry in node.entries() {
        let accounts = matches!(&*entry.key, "serviceAccounts" | "notServiceAccounts");
        for item in entry.value.items() {
            match item.as_str() {
                Some("") => {
                    report(&item.origin, format!("`{}` holds an empty text, and Istio refuses the policy", entry.key), "remove it", cx);
                }
                Some(text) if accounts && text.contains('*') => {
                    let message = format!("`{}` takes no wildcards: Istio refuses `{text}`", entry.key);
                    report(&item.origin, message, "name the service accounts, or match `namespaces` or `principals`", cx);
                }
                _ => {}
            }
        }
        let others = ["principals", "notPrincipals", "namespaces", "notNamespaces"];
        if accounts && !entry.value.items().is_empty() && others.iter().any(|key| fills(key)) {
            let message = format!("`{}` beside principals or namespaces: Istio refuses the policy", entry.key);
            report(&entry.origin, message, "write two sources, or principals alone", cx);
        }
    }
}

fn without_values(condition: &ValueNode, partial: bool, cx: &mut ManifestCx<'_>) {
    if !matches!(condition.value, Value::Map(_)) || !["values", "notValues"].iter().all(|key| is_nothing(condition.entry(key))) {
        return;
    }
    if partial {
        cx.withhold();
        return;
    }
    let key = condition.get("key").and_then(ValueNode::as_str);
    let key = key.map_or_else(|| "a condition".to_owned(), |key| format!("the condition on `{key}`"));
    report(&condition.origin, format!("{key} has neither `values` nor `notValues`: Istio refuses the policy"), "add the values", cx);
}
