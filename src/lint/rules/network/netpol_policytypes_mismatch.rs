use crate::lint::rules::insert::append_item;
use crate::lint::rules::prelude::*;
use crate::model::network::{Direction, NetworkPolicy};
use crate::model::value::Node as Value;
use crate::text::{Location, SourceMap};

declare_rule! {
    NetpolPolicytypesMismatch {
        id: "netpol-policytypes-mismatch",
        group: "network",
        summary: "rules of a NetworkPolicy for a direction that its `policyTypes` leave out",
        why: "`policyTypes` decides for which directions the policy holds. Rules for another one are ignored: `egress` rules without \
              the type Egress restrict nothing, although they read as if they did.",
        bad: yaml("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: web\nspec:\n  podSelector: {}\n  policyTypes: [Ingress]\n  egress:\n  - to:\n    - podSelector: {}\n"),
        good: yaml("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: web\nspec:\n  podSelector: {}\n  policyTypes: [Ingress, Egress]\n  egress:\n  - to:\n    - podSelector: {}\n"),
        severity: Severity::Error,
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "Adds the type, so that what the rules do not allow is denied from then on.",
        source: "https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/#NetworkPolicySpec",
    }
}

impl Rule for NetpolPolicytypesMismatch {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(policy) = NetworkPolicy::new(object) else { return };
        for direction in Direction::ALL {
            let ignored = policy.rules(direction).is_some().and(!policy.applies_to(direction));
            if ignored.is_unknown() {
                cx.withhold();
            }
            let Some(entry) = object.root.entry_at(&["spec", direction.key()]).filter(|_| ignored.is_yes()) else { continue };
            let (key, name) = (direction.key(), direction.policy_type());
            let edit = object.root.path(&["spec", "policyTypes"]).and_then(|types| add(cx.sources(), types, name));
            let Some(report) = cx.report(&entry.origin, format!("these `{key}` rules are ignored: `policyTypes` lacks `{name}`")) else {
                continue;
            };
            let report = report.help(format!("add `{name}` to `policyTypes`, or remove the rules"));
            if let Some(edit) = edit {
                report.fix(format!("add `{name}` to `policyTypes`"), Applicability::Unsafe, [edit]);
            }
        }
    }
}

/// The edit that adds a type, quoted as the last one is.
fn add(sources: &SourceMap, list: &Value, word: &str) -> Option<(Location, String)> {
    let last = list.items().last()?.origin.at;
    let quote = sources.get(last.source).slice(last.span).chars().next().filter(|c| matches!(c, '"' | '\'')).map(String::from);
    let quote = quote.unwrap_or_default();
    append_item(sources, list, &format!("{quote}{word}{quote}"))
}
