use crate::lint::rules::prelude::*;
use crate::model::k8s::pod;
use crate::model::network::NetworkPolicy;
use crate::model::tri::Tri;

declare_rule! {
    NetpolHostnetworkUncovered {
        id: "netpol-hostnetwork-uncovered",
        group: "network",
        summary: "a pod on the network of its node that a NetworkPolicy selects without effect",
        why: "Pods with `hostNetwork: true` have the addresses of their node, and network plugins do not tell their traffic from the node's. \
              A policy that selects such a pod, by its labels or with an empty selector, does not restrict it, although it reads so.",
        bad: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: agent\n  namespace: shop\n  labels:\n    app: agent\nspec:\n  hostNetwork: true\n  containers:\n  - name: agent\n    image: agent:1\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: agent\n  namespace: shop\nspec:\n  podSelector:\n    matchLabels:\n      app: agent\n"),
        good: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: agent\n  namespace: shop\n  labels:\n    app: agent\nspec:\n  containers:\n  - name: agent\n    image: agent:1\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: agent\n  namespace: shop\nspec:\n  podSelector:\n    matchLabels:\n      app: agent\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-and-hostnetwork-pods",
    }
}

impl Rule for NetpolHostnetworkUncovered {
    fn names_deciders(&self) -> bool {
        true
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(pod) = pod(object) else { return };
        let Some(entry) = pod.spec.value.entry("hostNetwork") else { return };
        if pod.host_network().is_unknown() {
            cx.withhold();
        }
        if !pod.host_network().is_yes() {
            return;
        }
        let Some(unit) = cx.unit() else { return };
        let Some(space) = unit.cluster().space_of(object) else { return };
        let labels = pod.labels();
        let mut answer = Tri::No;
        for policy in &space.objects {
            let Some(view) = NetworkPolicy::new(policy) else { continue };
            answer = answer.or(view.selects(&labels));
            if answer.is_yes() {
                let name = policy.name().unwrap_or("?");
                let message = format!("the policy `{name}` selects this pod without effect: it uses the network of its node");
                if let Some(report) = cx.report(&entry.origin, message) {
                    report
                        .label(policy.kind_at(), "the policy")
                        .decided_by(policy.kind_at())
                        .help("give the pod a network of its own, or restrict the node with a host firewall");
                }
                return;
            }
        }
        if answer.is_unknown() {
            cx.withhold();
        }
    }
}
