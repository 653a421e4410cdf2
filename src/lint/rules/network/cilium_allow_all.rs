use crate::lint::rules::netpol::{Entrance, is_exposed, is_whole};
use crate::lint::rules::prelude::*;
use crate::model::k8s::selector::is_empty;
use crate::model::network::{CiliumEndpoint, CiliumPolicy, Direction, Items};
use crate::model::tri::Tri;
use crate::model::value::{Node as Value, Origin};

declare_rule! {
    CiliumAllowAll {
        id: "cilium-allow-all",
        group: "network",
        summary: "a rule of a Cilium policy that allows everyone",
        why: "The entities `all` and `world`, the networks `0.0.0.0/0` and `::/0`, an empty endpoint selector in a clusterwide policy and \
              the name pattern `*` stand for everyone: a rule with one of them lets whoever asks through. A rule with `toPorts` \
              and no peer at all does so for its ports, which is a warning; so is `world` for traffic into pods that a Service, an \
              Ingress or a Gateway exposes.\n\n\
              Not reported: an empty rule (`ingress: [{}]`), which is the documented way to deny everything; rules that deny; an \
              empty endpoint selector in a namespaced policy, which stands for its namespace; an empty list of peers.",
        bad: yaml("apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata:\n  name: api\n  namespace: shop\nspec:\n  endpointSelector:\n    matchLabels:\n      app: api\n  ingress:\n  - fromEntities:\n    - all\n"),
        good: yaml("apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata:\n  name: api\n  namespace: shop\nspec:\n  endpointSelector:\n    matchLabels:\n      app: api\n  ingress:\n  - fromEndpoints:\n    - matchLabels:\n        app: web\n    toPorts:\n    - ports:\n      - port: \"8080\"\n        protocol: TCP\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://docs.cilium.io/en/stable/security/policy/language/",
        peers: &["kubescape C-0260 (presence of policies)"],
    }
}

/// What names the peers of a rule, without `from` or `to` in front.
const PEERS: [&str; 9] = ["Endpoints", "Requires", "CIDR", "CIDRSet", "Entities", "Nodes", "Groups", "Services", "FQDNs"];

impl Rule for CiliumAllowAll {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(policy) = CiliumPolicy::new(object) else { return };
        for spec in policy.specs() {
            for direction in Direction::ALL {
                for rule in Items::of(Some(spec), direction.key()).known() {
                    let judge = Judge { policy, spec, rule, direction };
                    judge.rule(cx);
                }
            }
        }
    }
}

/// A rule and what it is part of.
struct Judge<'o> {
    policy: CiliumPolicy<'o>,
    spec: &'o Value,
    rule: &'o Value,
    direction: Direction,
}

impl<'o> Judge<'o> {
    fn peers(&self, what: &str) -> &'o [Value] {
        let (prefix, rule) = (self.direction.peers_key(), self.rule);
        let entry = rule.entries().iter().find(|entry| entry.key.strip_prefix(prefix) == Some(what));
        entry.map_or(&[], |entry| entry.value.items())
    }

    fn rule(&self, cx: &mut ManifestCx<'_>) {
        let world = |cx: &ManifestCx<'_>| if self.is_public(cx) { Severity::Warning } else { Severity::Error };
        for entity in self.peers("Entities") {
            match entity.as_str() {
                Some(name @ "all") => self.report(Severity::Error, &entity.origin, &format!("the entity `{name}`"), cx),
                Some(name @ ("world" | "world-ipv4" | "world-ipv6")) => {
                    self.report(world(cx), &entity.origin, &format!("the entity `{name}`"), cx);
                }
                Some(_) => {}
                None if entity.unknown().is_some() => cx.withhold(),
                None => {}
            }
        }
        for cidr in self.peers("CIDR") {
            if let Some(text) = cidr.as_str().filter(|text| is_world(text)) {
                self.report(world(cx), &cidr.origin, &format!("`{text}`"), cx);
            }
        }
        for set in self.peers("CIDRSet") {
            let Some(entry) = set.entry("cidr") else { continue };
            if let Some(text) = entry.value.as_str().filter(|text| is_world(text))
                && matches!(Items::of(Some(set), "except"), Items::None)
            {
                self.report(world(cx), &entry.origin, &format!("`{text}`"), cx);
            }
        }
        // in a namespaced policy an empty selector stands for the namespace
        for endpoints in self.peers("Endpoints").iter().filter(|_| self.policy.is_clusterwide()) {
            if is_empty(Some(endpoints)).is_yes() && !endpoints.is_null() {
                self.report(Severity::Error, &endpoints.origin, "an empty selector in a clusterwide policy", cx);
            }
        }
        for name in self.peers("FQDNs") {
            let Some(entry) = name.entry("matchPattern") else { continue };
            if entry.value.as_str() == Some("*") {
                self.report(Severity::Error, &entry.origin, "the name pattern `*`", cx);
            }
        }
        self.ports_alone(cx);
    }

    /// A rule that has ports and no peer is about everyone on these ports.
    fn ports_alone(&self, cx: &mut ManifestCx<'_>) {
        let prefix = self.direction.peers_key();
        let names_peer = |key: &str| key.strip_prefix(prefix).is_some_and(|rest| PEERS.contains(&rest));
        if self.rule.entries().iter().any(|entry| names_peer(&entry.key)) {
            return;
        }
        match Items::of(Some(self.rule), "toPorts").is_some() {
            Tri::No => {}
            Tri::Unknown => cx.withhold(),
            Tri::Yes if !is_whole(cx.sources(), self.policy.object, self.rule) => cx.withhold(),
            Tri::Yes => {
                let way = self.direction.key();
                let message = format!("this rule allows {way} {prefix} everyone on its ports: it names no peer");
                if let Some(report) = cx.report_line_as(Severity::Warning, &self.rule.origin, message) {
                    report.help(format!("name the peers, under `{prefix}Endpoints` or another key of peers"));
                }
            }
        }
    }

    fn report(&self, severity: Severity, at: &Origin, what: &str, cx: &mut ManifestCx<'_>) {
        let (way, key) = (self.direction.key(), self.direction.peers_key());
        if let Some(report) = cx.report_line_as(severity, at, format!("{what} allows {way} {key} everyone")) {
            report.help("name the endpoints, services or networks that are meant");
        }
    }

    /// Whether traffic from outside is what the selected pods are for.
    fn is_public(&self, cx: &ManifestCx<'_>) -> bool {
        if self.direction == Direction::Egress {
            return false;
        }
        let Some(unit) = cx.unit() else { return false };
        let cluster = unit.cluster();
        let exposed = |space: &crate::model::k8s::Space| {
            let namespace = space.labels();
            is_exposed(space, Entrance::Routes, |pod| {
                CiliumPolicy::selects(self.spec, &CiliumEndpoint { pod, namespace: &namespace, name: &space.name })
            })
        };
        if self.policy.is_clusterwide() {
            cluster.namespaces().any(exposed)
        } else {
            cluster.space_of(self.policy.object).is_some_and(exposed)
        }
    }
}

fn is_world(cidr: &str) -> bool {
    matches!(cidr.trim(), "0.0.0.0/0" | "::/0" | "0::/0" | "0:0:0:0:0:0:0:0/0")
}
