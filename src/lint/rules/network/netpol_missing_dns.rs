use crate::lint::rules::netpol::other_spaces;
use crate::lint::rules::prelude::*;
use crate::model::effective::isolation::Applied;
use crate::model::k8s::Labels;
use crate::model::k8s::selector::selects;
use crate::model::network::{Action, Direction, Peer, Ports};
use crate::model::tri::Tri;

declare_rule! {
    NetpolMissingDns {
        id: "netpol-missing-dns",
        group: "network",
        summary: "a namespace that denies egress by default and lets a workload ask no name",
        why: "Nearly every workload looks names up. Where egress is denied by default and no policy allows port 53, lookups time out, and the \
              usual repair, in a hurry, is a rule that allows everything.\n\n\
              A rule that names port 53 counts, whatever its peers are, and one for all ports of peers that the resolver is among. Where \
              that cannot be told nothing is reported.",
        bad: yaml("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  containers:\n  - name: web\n    image: web:1\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: deny\n  namespace: shop\nspec:\n  podSelector: {}\n  policyTypes: [Egress]\n"),
        good: yaml("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  containers:\n  - name: web\n    image: web:1\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: dns\n  namespace: shop\nspec:\n  podSelector: {}\n  policyTypes: [Egress]\n  egress:\n  - to:\n    - namespaceSelector:\n        matchLabels:\n          kubernetes.io/metadata.name: kube-system\n      podSelector:\n        matchLabels:\n          k8s-app: kube-dns\n    ports:\n    - protocol: UDP\n      port: 53\n    - protocol: TCP\n      port: 53\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-deny-all-egress-traffic",
    }
}

/// Objects of a namespace times workloads that are looked at.
const MAX_PAIRS: usize = 1_000_000;

impl Rule for NetpolMissingDns {
    fn unit(&self, unit: &Unit, cx: &mut ManifestCx<'_>) {
        let network = unit.network();
        for space in unit.cluster().namespaces().filter(|space| !space.workloads.is_empty()) {
            let Some(at) = space.anchor() else { continue };
            if cx.is_system_namespace(&space.name, at) {
                continue;
            }
            let denied = network.namespace(space, Direction::Egress).default_deny;
            if !denied.answer.is_yes() {
                continue;
            }
            if space.objects.len().saturating_mul(space.workloads.len()) > MAX_PAIRS {
                cx.withhold();
                continue;
            }
            let mut unknown = false;
            let lacking = space.pods().filter(|pod| !pod.host_network().is_yes()).find(|pod| {
                let answer = Tri::any(network.applied(space, &pod.labels(), Direction::Egress).iter().map(lets_ask));
                unknown |= answer.is_unknown();
                answer.is_no()
            });
            // another unit may bring the policy that lets it ask
            let elsewhere = lacking.is_some_and(|pod| {
                let there = other_spaces(cx, unit, &space.name);
                there.into_iter().any(|(other, there)| {
                    other.network().applied(there, &pod.labels(), Direction::Egress).iter().any(|applied| !lets_ask(applied).is_no())
                })
            });
            let Some(pod) = lacking.filter(|_| unit.is_complete() && !elsewhere) else {
                if unknown || lacking.is_some() {
                    cx.withhold();
                }
                continue;
            };
            let workload = pod.object;
            let message = format!(
                "egress of namespace `{}` is denied by default, and no policy lets `{}/{}` ask for names",
                space.name,
                workload.kind,
                workload.name().unwrap_or("?")
            );
            let Some(report) = cx.report(at, message) else { continue };
            let mut report = report.help("allow egress to port 53, UDP and TCP, of the pods labelled `k8s-app: kube-dns` in `kube-system`");
            for decider in denied.by.iter().take(1) {
                report = report.label(&decider.at, "egress is denied by default here");
            }
            for object in space.deciders() {
                report = report.decided_by(object.kind_at());
            }
        }
    }
}

/// Whether a rule lets a pod ask a resolver.
fn lets_ask(applied: &Applied<'_>) -> Tri {
    let rule = &applied.statement;
    let allows = match rule.action {
        Action::Allow => Tri::Yes,
        Action::Deny => Tri::No,
        Action::Pass | Action::Unknown => Tri::Unknown,
    };
    let named = Tri::any(rule.ports.iter().map(|ports| match ports {
        Ports::Range { first: 0, last: u16::MAX, .. } | Ports::Any => Tri::No,
        ports => ports.contain("UDP", 53).or(ports.contain("TCP", 53)),
    }));
    let every = Tri::any(rule.ports.iter().map(|ports| ports.contain("UDP", 53)));
    let resolver = Tri::any(rule.peers.iter().map(is_resolver));
    let some = Tri::from(!rule.peers.is_empty());
    let asks = named.and(some).or(every.and(resolver));
    let asks = if rule.narrowed { asks.and(Tri::Unknown) } else { asks };
    applied.selected.and(allows).and(asks)
}

/// Whether the cluster's resolver is among the peers.
fn is_resolver(peer: &Peer<'_>) -> Tri {
    match peer {
        Peer::Any | Peer::Entity("all" | "cluster") => Tri::Yes,
        Peer::Pods { namespaces: Some(namespaces), pods } => {
            let space = Labels::new(None, true).with("kubernetes.io/metadata.name", "kube-system");
            let pod = Labels::new(None, true).with("k8s-app", "kube-dns");
            selects(Some(namespaces), &space).and(selects(*pods, &pod))
        }
        // the namespace's own pods, the internet
        Peer::Pods { namespaces: None, .. } | Peer::Name(_) | Peer::Entity("world" | "kube-apiserver" | "ingress" | "health") => Tri::No,
        _ => Tri::Unknown,
    }
}
