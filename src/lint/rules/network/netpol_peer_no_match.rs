use crate::lint::rules::netpol::{is_elsewhere, selects_no_pod};
use crate::lint::rules::prelude::*;
use crate::model::k8s::selector::{is_empty, selects};
use crate::model::k8s::{Cluster, Space};
use crate::model::network::{Direction, NetworkPolicy, peers};
use crate::model::tri::Tri;
use crate::model::value::Node as Value;

declare_rule! {
    NetpolPeerNoMatch {
        id: "netpol-peer-no-match",
        group: "network",
        summary: "a peer of a NetworkPolicy whose `podSelector` selects no pod",
        why: "A peer that no pod is allows nothing: what was meant to be allowed is denied, or the label belongs to a workload that is gone \
              and whoever takes it next is let in.\n\n\
              Held against the pods of the policy's own namespace, or of the one that `kubernetes.io/metadata.name` names, where the \
              files show workloads of it and nothing in it makes pods that no file shows. Other namespace selectors may mean \
              namespaces that are not described here.",
        bad: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: shop\n  labels:\n    app: web\nspec:\n  containers:\n  - name: web\n    image: web:1\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  podSelector: {}\n  ingress:\n  - from:\n    - podSelector:\n        matchLabels:\n          app: fronted\n"),
        good: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: shop\n  labels:\n    app: web\nspec:\n  containers:\n  - name: web\n    image: web:1\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  podSelector: {}\n  ingress:\n  - from:\n    - podSelector:\n        matchLabels:\n          app: web\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors",
        peers: &["kube-linter dangling-networkpolicypeer-podselector"],
    }
}

impl Rule for NetpolPeerNoMatch {
    fn names_deciders(&self) -> bool {
        true
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(policy) = NetworkPolicy::new(object) else { return };
        let Some(unit) = cx.unit() else { return };
        let cluster = unit.cluster();
        for direction in Direction::ALL {
            if !policy.applies_to(direction).is_yes() {
                continue;
            }
            for peer in policy.rules(direction).known().iter().flat_map(|rule| peers(rule, direction).known()) {
                let Some(entry) = peer.entry("podSelector").filter(|entry| is_empty(Some(&entry.value)).is_no()) else { continue };
                let Some(space) = space_of(peer, object, cluster) else { continue };
                if cx.is_system_namespace(&space.name, object.kind_at()) {
                    continue;
                }
                let selector = &entry.value;
                match selects_no_pod(cluster, space, selector, |labels| selects(Some(selector), labels)) {
                    Tri::No => {}
                    Tri::Yes if unit.is_complete() && !is_elsewhere(cx, unit, &space.name, |labels| selects(Some(selector), labels)) => {
                        let message = format!("this peer matches no pod of the namespace `{}`", space.name);
                        if let Some(report) = cx.report_line(&entry.origin, message) {
                            let mut report = report.help("select labels that the peer's pod template has, or remove the peer");
                            for workload in &space.workloads {
                                report = report.decided_by(workload.kind_at());
                            }
                        }
                    }
                    Tri::Yes | Tri::Unknown => cx.withhold(),
                }
            }
        }
    }
}

/// The one namespace that a peer's pods lie in, if it is one: the policy's own, or the one of this very name.
fn space_of<'c>(peer: &Value, policy: &Object, cluster: &'c Cluster) -> Option<&'c Space> {
    if peer.get("ipBlock").is_some() {
        return None;
    }
    let Some(selector) = peer.get("namespaceSelector").filter(|node| !node.is_null()) else { return cluster.space_of(policy) };
    let [only] = selector.entries() else { return None };
    let [label] = only.value.entries() else { return None };
    if &*only.key != "matchLabels" || &*label.key != "kubernetes.io/metadata.name" {
        return None;
    }
    cluster.namespace(label.value.as_str()?)
}
