use rustc_hash::FxHashSet;

use crate::lint::rules::prelude::*;
use crate::model::k8s::rbac::{RoleRule, rules};

declare_rule! {
    RbacWildcard {
        id: "rbac-wildcard",
        group: "rbac",
        summary: "a role with `*` among its verbs or resources",
        why: "`*` grants what nobody has thought of: verbs such as `escalate` and `impersonate`, subresources such as `pods/exec`, and \
              every resource that a later release or a new definition brings. Name the verbs and resources that are used. \
              `*/scale` is every kind's scale.\n\n\
              A `*` in `apiGroups` or `nonResourceURLs` alone is not reported, nor are roles that a controller fills in \
              (`aggregationRule`), and those that the control plane makes (`system:…`, `kubernetes.io/bootstrapping`). In API groups \
              that are an operator's own it is a warning.",
        bad: yaml("apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: deployer\nrules:\n- apiGroups: [apps]\n  resources: [deployments]\n  verbs: [\"*\"]\n"),
        good: yaml("apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: deployer\nrules:\n- apiGroups: [apps]\n  resources: [deployments]\n  verbs: [get, list, watch, create, update, patch]\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege",
        peers: &["kube-linter wildcard-in-rules", "checkov CKV_K8S_49", "kubescape C-0187", "trivy KSV-0044", "trivy KSV-0045", "trivy KSV-0046"],
    }
}

impl Rule for RbacWildcard {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let mut lines = FxHashSet::default();
        for rule in rules(object) {
            for key in ["verbs", "resources"] {
                let words = rule.words(key);
                let Some(entry) = words.entry() else { continue };
                let found = words.any(|word| if key == "verbs" { word == "*" } else { word.contains('*') });
                if found.is_unknown() {
                    cx.withhold();
                }
                if !found.is_yes() {
                    continue;
                }
                let at = entry.place().at;
                let line = (at.source, cx.sources().get(at.source).line(at.span.start));
                // one anchor, many aliases
                if !lines.insert(line) {
                    continue;
                }
                let word = words.items().iter().filter_map(|item| item.as_str()).find(|word| word.contains('*')).unwrap_or("*");
                let severity = if is_of_operator(rule) { Severity::Warning } else { Severity::Error };
                let what = if key == "verbs" { "verb" } else { "resource" };
                let message = match word {
                    "*" => format!("`*` in `{key}` grants every {what}"),
                    _ => format!("`{word}` in `{key}` grants more than it names"),
                };
                if let Some(report) = cx.report_as(severity, entry.place(), message) {
                    report.help(format!("name the {what}s that are used"));
                }
            }
        }
    }
}

/// Whether the rule is about groups alone that are none of Kubernetes' own.
fn is_of_operator(rule: RoleRule<'_>) -> bool {
    let own = |word: &str| word.contains('.') && !word.contains('*') && !word.ends_with(".k8s.io");
    !rule.groups().is_empty() && rule.groups().items().iter().all(|item| item.as_str().is_some_and(own))
}
