use crate::lint::rules::netpol::missing_default_deny;
use crate::lint::rules::prelude::*;
use crate::model::network::Direction;

declare_rule! {
    NetpolMissingDefaultDenyEgress {
        id: "netpol-missing-default-deny-egress",
        group: "network",
        summary: "a namespace whose pods may send traffic anywhere until a policy selects them",
        why: "A pod that was taken over looks for others to reach, and for a way out to send data through. Without a policy for \
              egress it finds the whole cluster, the metadata service of the cloud and the internet. A policy that selects all pods \
              of the namespace and allows what they need, DNS at least, denies the rest.\n\n\
              What counts, and what is judged, is as for `netpol-missing-default-deny`.",
        bad: yaml("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: default-deny\n  namespace: shop\nspec:\n  podSelector: {}\n  policyTypes: [Ingress]\n"),
        good: yaml("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: default-deny\n  namespace: shop\nspec:\n  podSelector: {}\n  policyTypes: [Ingress, Egress]\n"),
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "Appends a policy that denies everything to the file of the Namespace: what no other policy allows is denied from then on.",
        source: "https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-deny-all-egress-traffic",
        peers: &["kube-score pod-networkpolicy", "kubescape C-0030"],
    }
}

impl Rule for NetpolMissingDefaultDenyEgress {
    fn unit(&self, unit: &Unit, cx: &mut ManifestCx<'_>) {
        missing_default_deny(unit, Direction::Egress, cx);
    }
}
