use crate::lint::rules::netpol::{is_elsewhere, selects_no_pod};
use crate::lint::rules::prelude::*;
use crate::model::k8s::selector::is_empty;
use crate::model::network::NetworkPolicy;
use crate::model::tri::Tri;

declare_rule! {
    NetpolSelectorNoMatch {
        id: "netpol-selector-no-match",
        group: "network",
        summary: "a NetworkPolicy whose `podSelector` selects no pod of its namespace",
        why: "A policy protects the pods that it selects. One whose selector matches no label of any pod template, because of a typing \
              error or since a label was renamed, isolates nothing, and the pods that it was written for take traffic from everyone.\n\n\
              Selectors are held against pod templates with `matchExpressions` and all. Reported only where the files show a workload \
              of the namespace; not where something in it makes pods that no file shows (custom resources of operators, Helm \
              releases), nor for labels that the cluster gives to pods, nor in system namespaces.",
        bad: yaml("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  selector:\n    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n      - name: web\n        image: web:1\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  podSelector:\n    matchLabels:\n      app: wbe\n  policyTypes: [Ingress]\n"),
        good: yaml("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  selector:\n    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n      - name: web\n        image: web:1\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  podSelector:\n    matchLabels:\n      app: web\n  policyTypes: [Ingress]\n"),
        recommended: true,
        source: "https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-resource",
        peers: &["kube-linter dangling-networkpolicy", "kube-score networkpolicy-targets-pod", "kubescape C-0299"],
    }
}

impl Rule for NetpolSelectorNoMatch {
    fn names_deciders(&self) -> bool {
        true
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(policy) = NetworkPolicy::new(object) else { return };
        let Some(entry) = object.root.entry_at(&["spec", "podSelector"]) else { return };
        if !is_empty(Some(&entry.value)).is_no() {
            return;
        }
        let Some(unit) = cx.unit() else { return };
        let cluster = unit.cluster();
        let Some(space) = cluster.space_of(object) else { return };
        if cx.is_system_namespace(&space.name, object.kind_at()) {
            return;
        }
        match selects_no_pod(cluster, space, &entry.value, |labels| policy.selects(labels)) {
            Tri::No => {}
            Tri::Unknown => cx.withhold(),
            Tri::Yes if !unit.is_complete() || is_elsewhere(cx, unit, &space.name, |labels| policy.selects(labels)) => cx.withhold(),
            Tri::Yes => {
                let message = format!("this selector matches no pod of the namespace `{}`: the policy protects nothing", space.name);
                if let Some(report) = cx.report(&entry.origin, message) {
                    let mut report = report.help("select labels that the pod templates have, or remove the policy");
                    for workload in &space.workloads {
                        report = report.decided_by(workload.kind_at());
                    }
                }
            }
        }
    }
}
