use crate::lint::rules::prelude::*;
use crate::model::k8s::selector;
use crate::model::tri::Tri;
use crate::model::value::{Node as Value, Value as Data};

declare_rule! {
    EsoClusterstoreUnrestricted {
        id: "eso-clusterstore-unrestricted",
        group: "eso",
        summary: "a ClusterSecretStore that every namespace may use",
        why: "Who may write an ExternalSecret in any namespace reads what the store can read: the store's identity, not the caller's, is \
              asked. `conditions` limit a ClusterSecretStore to namespaces by name, by pattern or by label. A condition that selects every \
              namespace (`namespaceSelector: {}`) limits nothing; an empty condition (`{}`) selects none.",
        bad: yaml("apiVersion: external-secrets.io/v1\nkind: ClusterSecretStore\nmetadata:\n  name: vault\nspec:\n  provider:\n    vault:\n      server: https://vault.example.com\n"),
        good: yaml("apiVersion: external-secrets.io/v1\nkind: ClusterSecretStore\nmetadata:\n  name: vault\nspec:\n  conditions:\n  - namespaceSelector:\n      matchLabels: {secrets: vault}\n  provider:\n    vault:\n      server: https://vault.example.com\n"),
        recommended: true,
        source: "https://external-secrets.io/latest/api/clustersecretstore/",
    }
}

impl Rule for EsoClusterstoreUnrestricted {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !object.is("external-secrets.io", "ClusterSecretStore") {
            return;
        }
        let Some(spec) = object.spec().filter(|spec| matches!(spec.value.value, Data::Map(_))) else { return };
        let name = object.name().unwrap_or_default();
        let Some(conditions) = spec.value.entry("conditions") else {
            if object.partial {
                return cx.withhold();
            }
            if let Some(report) = cx.report(&spec.origin, format!("`{name}` has no `conditions`: every namespace may use it")) {
                report.help("name the namespaces that may use the store under `conditions`");
            }
            return;
        };
        let is_empty = match &conditions.value.value {
            Data::List(items) => items.is_empty(),
            _ => conditions.value.is_null(),
        };
        if is_empty {
            if let Some(report) = cx.report(conditions.place(), format!("`{name}` has empty `conditions`: every namespace may use it")) {
                report.help("name the namespaces that may use the store");
            }
            return;
        }
        if conditions.value.unknown().is_some() {
            cx.withhold();
        }
        for condition in conditions.value.items() {
            // without a selector the names decide
            let Some(entry) = condition.entry("namespaceSelector").filter(|entry| !entry.value.is_null()) else { continue };
            match selector::is_empty(Some(&entry.value)) {
                Tri::Yes => {
                    let message = format!("an empty `namespaceSelector` lets every namespace use `{name}`");
                    if let Some(report) = cx.report(entry.place(), message) {
                        report.help("select the namespaces that may use the store by a label");
                    }
                }
                Tri::Unknown => cx.withhold(),
                Tri::No => {}
            }
        }
        everything_by_pattern(&conditions.value, name, cx);
    }
}

/// Patterns that match every namespace.
fn everything_by_pattern(conditions: &Value, name: &str, cx: &mut ManifestCx<'_>) {
    let patterns = conditions.items().iter().filter_map(|condition| condition.get("namespaceRegexes")).flat_map(Value::items);
    for pattern in patterns {
        let Some(text) = pattern.as_str().filter(|text| matches!(*text, "" | ".*" | "^.*$" | ".+" | "^.+$" | "^.*" | ".*$")) else {
            continue;
        };
        if let Some(report) = cx.report(&pattern.origin, format!("`{text}` lets every namespace use `{name}`")) {
            report.help("match the namespaces that may use the store");
        }
    }
}
