use crate::lint::rules::prelude::*;
use crate::model::k8s::Labels;
use crate::model::k8s::selector::{is_empty, selects};
use crate::model::network::{Direction, NetworkPolicy, peers};
use crate::model::tri::Tri;
use crate::model::value::Node as Value;

declare_rule! {
    NetpolNamespaceLabelSpoofable {
        id: "netpol-namespace-label-spoofable",
        group: "network",
        summary: "a NetworkPolicy that trusts namespaces by a label that no Namespace carries",
        why: "Whoever may change the labels of a namespace decides whether a selector by such labels lets it in. `kubernetes.io/metadata.name` \
              is set by the API server to the namespace's name and cannot be changed.\n\n\
              Reported where the workspace has Namespace objects and none is selected, so that nothing here says who owns the label. A \
              selector that also asks for the name is not reported.",
        bad: yaml("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  podSelector: {}\n  ingress:\n  - from:\n    - namespaceSelector:\n        matchLabels:\n          team: observability\n"),
        good: yaml("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  podSelector: {}\n  ingress:\n  - from:\n    - namespaceSelector:\n        matchLabels:\n          kubernetes.io/metadata.name: observability\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://kubernetes.io/docs/concepts/services-networking/network-policies/#targeting-a-namespace-by-its-name",
    }
}

const NAME: &str = "kubernetes.io/metadata.name";

impl Rule for NetpolNamespaceLabelSpoofable {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(policy) = NetworkPolicy::new(object) else { return };
        for direction in Direction::ALL {
            let applies = policy.applies_to(direction);
            if applies.is_no() {
                continue;
            }
            for peer in policy.rules(direction).known().iter().flat_map(|rule| peers(rule, direction).known()) {
                let Some(entry) = peer.entry("namespaceSelector").filter(|entry| is_empty(Some(&entry.value)).is_no()) else { continue };
                if names_namespace(&entry.value) {
                    continue;
                }
                match applies.and(is_unowned(&entry.value, cx)) {
                    Tri::No => {}
                    Tri::Unknown => cx.withhold(),
                    Tri::Yes => {
                        let message = "no Namespace here has the labels that this selector trusts";
                        if let Some(report) = cx.report_line(&entry.origin, message) {
                            report.help(format!("select by `{NAME}`, which cannot be changed"));
                        }
                    }
                }
            }
        }
    }
}

fn names_namespace(selector: &Value) -> bool {
    let labels = selector.get("matchLabels").is_some_and(|node| node.get(NAME).is_some());
    let expressions = selector.get("matchExpressions").map_or(&[][..], Value::items);
    labels || expressions.iter().any(|item| item.get("key").and_then(Value::as_str) == Some(NAME))
}

/// Whether there are Namespaces and the selector selects none of them.
fn is_unowned(selector: &Value, cx: &ManifestCx<'_>) -> Tri {
    let mut some = false;
    let mut selected = Tri::No;
    for unit in cx.manifests().applied() {
        for namespace in unit.cluster().of_kind("", "Namespace") {
            some = true;
            selected = selected.or(selects(Some(selector), &Labels::new(namespace.labels(), namespace.partial)));
            if selected.is_yes() {
                return Tri::No;
            }
        }
    }
    if some { !selected } else { Tri::No }
}
