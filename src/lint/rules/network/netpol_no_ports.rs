use crate::lint::rules::netpol::is_whole;
use crate::lint::rules::prelude::*;
use crate::model::network::{Direction, Items, NetworkPolicy, keys, peers, ports};
use crate::model::tri::Tri;

declare_rule! {
    NetpolNoPorts {
        id: "netpol-no-ports",
        group: "network",
        summary: "a rule of a NetworkPolicy that allows its peers every port",
        why: "Without `ports`, or with an empty list, a rule allows all of them: the metrics, the debugger and the administration of a \
              workload beside the port that the peer needs. An empty list looks like nothing is allowed, and means the opposite.\n\n\
              Rules that name no peer either are reported by `netpol-allow-all`.",
        bad: yaml("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: web\nspec:\n  podSelector:\n    matchLabels:\n      app: web\n  ingress:\n  - from:\n    - podSelector:\n        matchLabels:\n          app: frontend\n"),
        good: yaml("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: web\nspec:\n  podSelector:\n    matchLabels:\n      app: web\n  ingress:\n  - from:\n    - podSelector:\n        matchLabels:\n          app: frontend\n    ports:\n    - port: 8080\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/#NetworkPolicySpec",
    }
}

impl Rule for NetpolNoPorts {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(policy) = NetworkPolicy::new(object) else { return };
        for direction in Direction::ALL {
            let applies = policy.rules_apply(direction);
            for rule in policy.rules(direction).known() {
                let open = match (peers(rule, direction), ports(rule)) {
                    (Items::None, _) | (_, Items::Some(_)) => continue,
                    _ if !keys(rule, direction) || !is_whole(cx.sources(), object, rule) => Tri::Unknown,
                    (Items::Unknown, _) | (_, Items::Unknown) => Tri::Unknown,
                    (Items::Some(_), Items::None) => Tri::Yes,
                };
                match applies.and(open) {
                    Tri::No => {}
                    Tri::Unknown => cx.withhold(),
                    Tri::Yes => {
                        let message = match direction {
                            Direction::Ingress => "this rule allows its peers every port of the selected pods",
                            Direction::Egress => "this rule allows every port of its peers",
                        };
                        if let Some(report) = cx.report_line(&rule.origin, message) {
                            report.help("list the ports that are needed under `ports`");
                        }
                    }
                }
            }
        }
    }
}
