use crate::lint::rules::prelude::*;
use crate::model::tri::Tri;
use crate::model::value::{Entry, Node as Value, Value as Data};

declare_rule! {
    K8sAuditPolicyWeak {
        id: "k8s-audit-policy-weak",
        group: "k8s",
        summary: "an audit policy that logs nothing, or the contents of Secrets",
        why: "The first rule that matches a request decides. A rule for everything with `level: None` in front of all others switches the \
              audit log off. `Request` and `RequestResponse` for Secrets write their contents to the log, where far more people and \
              systems read them: log them as `Metadata`, by a rule that stands before those for everything.\n\n\
              A rule that is about reading alone holds no body at `Request`.",
        bad: yaml("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: RequestResponse\n"),
        good: yaml("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: Metadata\n  resources:\n  - group: \"\"\n    resources: [secrets, configmaps]\n- level: RequestResponse\n"),
        recommended: true,
        source: "https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#audit-policy",
        peers: &["kubescape C-0160", "kubescape C-0161"],
    }
}

impl Rule for K8sAuditPolicyWeak {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !object.is("audit.k8s.io", "Policy") {
            return;
        }
        let rules = object.root.get("rules").map_or(&[][..], Value::items);
        if let Some(level) = switches_off(rules) {
            if let Some(report) = cx.report(level.place(), "`None` for everything: nothing is logged") {
                report.help("log `Metadata` at least, and leave out what is noise by rules of its own");
            }
            return;
        }
        for rule in rules {
            let Some(entry) = rule.entry("level") else { continue };
            let covers = covers_secrets(rule);
            let leaks = match entry.value.as_str() {
                Some("RequestResponse") => Tri::Yes,
                // what is only read has no body
                Some("Request") => !reads_only(rule),
                Some(_) => Tri::No,
                None => Tri::Unknown,
            };
            match covers.and(leaks) {
                Tri::Yes => {
                    let level = entry.value.as_str().unwrap_or_default();
                    if let Some(report) = cx.report(entry.place(), format!("`{level}` writes the contents of Secrets to the log")) {
                        report.help("put a rule with `level: Metadata` for `secrets` before it");
                    }
                }
                Tri::Unknown => cx.withhold(),
                Tri::No => {}
            }
            // the first rule that matches decides
            if covers.is_yes() && is_for_all(rule).is_yes() {
                return;
            }
            if covers.is_unknown() {
                return;
            }
        }
    }
}

/// The level of the rule that switches logging off: one for everything before any rule that logs, or the first of rules that all
/// say `None`.
fn switches_off(rules: &[Value]) -> Option<&Entry> {
    let is_none = |rule: &Value| rule.get("level").and_then(Value::as_str) == Some("None");
    let silent = rules.iter().take_while(|rule| is_none(rule));
    let everything =
        silent.clone().find(|rule| is_for_all(rule).is_yes() && is_blank(rule, "resources") && is_blank(rule, "nonResourceURLs"));
    let all = rules.first().filter(|_| rules.iter().all(is_none));
    everything.or(all).and_then(|rule| rule.entry("level"))
}

/// Whether nothing limits a rule to some callers, verbs or namespaces.
fn is_for_all(rule: &Value) -> Tri {
    let keys = ["users", "userGroups", "verbs", "namespaces"];
    if keys.iter().any(|key| rule.get(key).is_some_and(|value| value.unknown().is_some())) {
        return Tri::Unknown;
    }
    keys.iter().all(|key| is_blank(rule, key)).into()
}

fn is_blank(map: &Value, key: &str) -> bool {
    map.get(key).is_none_or(|value| value.is_null() || matches!(&value.value, Data::List(items) if items.is_empty()))
}

/// Whether a rule is about Secrets, among others.
fn covers_secrets(rule: &Value) -> Tri {
    if ["resources", "nonResourceURLs"].iter().any(|key| rule.get(key).is_some_and(Value::has_unknown)) {
        return Tri::Unknown;
    }
    if is_blank(rule, "resources") {
        return is_blank(rule, "nonResourceURLs").into();
    }
    let of_group = |item: &Value| item.get("group").is_none_or(|group| group.is_null() || group.as_str() == Some(""));
    let named = |item: &Value| {
        let words = item.get("resources").map_or(&[][..], Value::items);
        is_blank(item, "resources") || words.iter().filter_map(Value::as_str).any(|word| matches!(word, "secrets" | "*"))
    };
    let all = |item: &Value| is_blank(item, "resourceNames");
    let items = rule.get("resources").map_or(&[][..], Value::items);
    items.iter().any(|item| matches!(item.value, Data::Map(_)) && of_group(item) && named(item) && all(item)).into()
}

fn reads_only(rule: &Value) -> Tri {
    if is_blank(rule, "verbs") {
        return Tri::No;
    }
    let verbs = rule.get("verbs").map_or(&[][..], Value::items);
    Tri::all(verbs.iter().map(|verb| match verb.as_str() {
        Some(word) => matches!(word, "get" | "list" | "watch" | "delete" | "deletecollection").into(),
        None => Tri::Unknown,
    }))
}
