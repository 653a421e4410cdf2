use crate::lint::rules::netpol::is_whole;
use crate::lint::rules::prelude::*;
use crate::model::k8s::selector::is_empty;
use crate::model::network::{Direction, NetworkPolicy, peers};
use crate::model::tri::Tri;

declare_rule! {
    NetpolAllNamespaces {
        id: "netpol-all-namespaces",
        group: "network",
        summary: "a NetworkPolicy that allows all pods of all namespaces",
        why: "An empty `namespaceSelector` selects every namespace, those of other teams and those that come later. Without a \
              `podSelector` beside it each of their pods is a peer: one that was taken over anywhere in the cluster gets through. \
              With a `podSelector` that names pods (monitoring, DNS) it is not reported.",
        bad: yaml("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: web\nspec:\n  podSelector: {}\n  ingress:\n  - from:\n    - namespaceSelector: {}\n"),
        good: yaml("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: web\nspec:\n  podSelector: {}\n  ingress:\n  - from:\n    - namespaceSelector:\n        matchLabels:\n          kubernetes.io/metadata.name: frontend\n"),
        recommended: true,
        source: "https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors",
    }
}

impl Rule for NetpolAllNamespaces {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(policy) = NetworkPolicy::new(object) else { return };
        for direction in Direction::ALL {
            let applies = policy.rules_apply(direction);
            for peer in policy.rules(direction).known().iter().flat_map(|rule| peers(rule, direction).known()) {
                // absent or null, it is the policy's own namespace
                let Some(entry) = peer.entry("namespaceSelector").filter(|entry| !entry.value.is_null()) else { continue };
                if peer.get("ipBlock").is_some() {
                    continue;
                }
                let whole = is_empty(Some(&entry.value)).and(is_empty(peer.get("podSelector")));
                let read = whole.is_no() || is_whole(cx.sources(), object, peer);
                match applies.and(whole).and(if read { Tri::Yes } else { Tri::Unknown }) {
                    Tri::No => continue,
                    Tri::Unknown => {
                        cx.withhold();
                        continue;
                    }
                    Tri::Yes => {}
                }
                let message = format!("this peer allows {} {} all pods of all namespaces", direction.key(), direction.peers_key());
                if let Some(report) = cx.report_line(&entry.origin, message) {
                    report.help("select namespaces by `kubernetes.io/metadata.name`, or add a `podSelector`");
                }
            }
        }
    }
}
