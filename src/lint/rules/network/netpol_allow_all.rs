use crate::lint::rules::netpol::is_whole;
use crate::lint::rules::prelude::*;
use crate::model::network::{Direction, Items, NetworkPolicy, keys, peers, ports};
use crate::model::tri::Tri;

declare_rule! {
    NetpolAllowAll {
        id: "netpol-allow-all",
        group: "network",
        summary: "a rule of a NetworkPolicy that lets every peer through",
        why: "The rules of all policies are added up: one rule without `from` or `to` allows all peers, and no other policy can take \
              that back. An empty list of peers is read as none, so `from: []` opens a rule as well, while it looks like nothing is \
              allowed. With ports alone the rule is open to everyone on these ports, which is a warning.\n\n\
              An empty list of rules (`ingress: []`) is the opposite: nothing is allowed. An empty `podSelector` selects all pods \
              and allows nothing by itself. Rules for a direction that `policyTypes` leaves out are not in force, so they are not \
              reported here.",
        bad: yaml("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  podSelector:\n    matchLabels:\n      app: web\n  ingress:\n  - {}\n"),
        good: yaml("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  podSelector:\n    matchLabels:\n      app: web\n  ingress:\n  - from:\n    - podSelector:\n        matchLabels:\n          app: frontend\n    ports:\n    - port: 8080\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://kubernetes.io/docs/concepts/services-networking/network-policies/#allow-all-ingress-traffic",
        peers: &["kubescape C-0030"],
    }
}

impl Rule for NetpolAllowAll {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(policy) = NetworkPolicy::new(object) else { return };
        for direction in Direction::ALL {
            let applies = policy.rules_apply(direction);
            for rule in policy.rules(direction).known() {
                let open = match (peers(rule, direction), ports(rule)) {
                    (Items::Some(_), _) => continue,
                    _ if !keys(rule, direction) || !is_whole(cx.sources(), object, rule) => Tri::Unknown,
                    (Items::Unknown, _) | (_, Items::Unknown) => Tri::Unknown,
                    (Items::None, _) => Tri::Yes,
                };
                match applies.and(open) {
                    Tri::No => continue,
                    Tri::Unknown => {
                        cx.withhold();
                        continue;
                    }
                    Tri::Yes => {}
                }
                let (way, key) = (direction.key(), direction.peers_key());
                let empty = rule.entry(key).is_some_and(|entry| !entry.value.is_null());
                let (severity, what) = match ports(rule) {
                    Items::None => (Severity::Error, format!("this rule allows all {way}")),
                    _ => (Severity::Warning, format!("this rule allows {way} {key} everyone on its ports")),
                };
                let message = if empty { format!("{what}: an empty `{key}` stands for every peer") } else { what };
                if let Some(report) = cx.report_line_as(severity, &rule.origin, message) {
                    let help = match direction {
                        Direction::Ingress => "name the peers that may connect under `from`, or remove the rule",
                        Direction::Egress => "name the peers that may be reached under `to`, or remove the rule",
                    };
                    report.help(help);
                }
            }
        }
    }
}
