use crate::lint::rules::netpol::missing_default_deny;
use crate::lint::rules::prelude::*;
use crate::model::network::Direction;

declare_rule! {
    NetpolMissingDefaultDeny {
        id: "netpol-missing-default-deny",
        group: "network",
        summary: "a namespace whose pods take traffic from everywhere until a policy selects them",
        why: "Kubernetes lets every pod talk to every other. A pod is isolated only when a policy selects it, so a workload that is \
              added later, or whose labels no policy matches, is open to the whole cluster. A policy that selects all pods of the \
              namespace and allows nothing, or little, turns this round: what is not allowed is denied.\n\n\
              Counted are NetworkPolicy, the policies of Cilium and Calico, namespaced or not, and cluster policies with a rule \
              that denies all peers. A policy whose rules let everything through is no default deny. Where policies select each \
              workload that the files show, the finding is `info`. Only namespaces are judged that the files describe: there is a \
              Namespace object or a workload. System namespaces (`[check] system-namespaces`) and namespaces whose pods all use \
              the network of their node are not reported.",
        bad: yaml("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n"),
        good: yaml("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: default-deny\n  namespace: shop\nspec:\n  podSelector: {}\n  policyTypes: [Ingress, Egress]\n"),
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "Appends a policy that denies everything to the file of the Namespace: what no other policy allows is denied from then on.",
        source: "https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-policies",
        peers: &["kube-linter non-isolated-pod", "kube-score pod-networkpolicy", "checkov CKV2_K8S_6", "kubescape C-0260"],
    }
}

impl Rule for NetpolMissingDefaultDeny {
    fn unit(&self, unit: &Unit, cx: &mut ManifestCx<'_>) {
        missing_default_deny(unit, Direction::Ingress, cx);
    }
}
