use crate::lint::rules::insert::{append_item, insert_before};
use crate::lint::rules::netpol::is_whole;
use crate::lint::rules::prelude::*;
use crate::model::k8s::Labels;
use crate::model::k8s::selector::{is_empty, selects};
use crate::model::network::{Direction, Items, NetworkPolicy, keys, peers, ports};
use crate::model::tri::Tri;
use crate::model::value::{Node as Value, Scalar, Value as Data};
use crate::text::{Location, SourceMap};

declare_rule! {
    NetpolDnsEgressBroad {
        id: "netpol-dns-egress-broad",
        group: "network",
        summary: "an egress rule for DNS that allows more than the resolver, or UDP alone",
        why: "A rule that allows port 53 of all of `kube-system` lets pods reach whatever listens there on that port. With a `podSelector` for \
              the resolver (`k8s-app: kube-dns`) it is the resolver and nothing else. Answers that do not fit into a datagram are asked \
              for again over TCP: a rule for UDP alone breaks such lookups.\n\n\
              TCP counts where another egress rule of the policy allows it. Rules for the cache on the node (`169.254.20.10`) are not \
              reported.",
        bad: yaml("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: dns\nspec:\n  podSelector: {}\n  policyTypes: [Egress]\n  egress:\n  - to:\n    - namespaceSelector:\n        matchLabels:\n          kubernetes.io/metadata.name: kube-system\n    ports:\n    - protocol: UDP\n      port: 53\n"),
        good: yaml("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: dns\nspec:\n  podSelector: {}\n  policyTypes: [Egress]\n  egress:\n  - to:\n    - namespaceSelector:\n        matchLabels:\n          kubernetes.io/metadata.name: kube-system\n      podSelector:\n        matchLabels:\n          k8s-app: kube-dns\n    ports:\n    - protocol: UDP\n      port: 53\n    - protocol: TCP\n      port: 53\n"),
        severity: Severity::Info,
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "Allows the pods labelled `k8s-app: kube-dns` and no others, and TCP beside UDP; a resolver with other labels is cut off.",
        source: "https://kubernetes.io/docs/tasks/administer-cluster/dns-custom-nameservers/",
    }
}

impl Rule for NetpolDnsEgressBroad {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(policy) = NetworkPolicy::new(object) else { return };
        let applies = policy.rules_apply(Direction::Egress);
        if applies.is_no() {
            return;
        }
        let rules = policy.rules(Direction::Egress).known();
        for rule in rules {
            let udp = allows_53(rule, "UDP");
            let asked = udp.or(allows_53(rule, "TCP"));
            if asked.is_no() || is_node_cache(rule) {
                continue;
            }
            let broad = Tri::any(peers(rule, Direction::Egress).known().iter().map(is_broad));
            let tcp = Tri::any(rules.iter().map(|other| allows_53(other, "TCP")));
            let udp_only = udp.and(!tcp);
            let readable = if keys(rule, Direction::Egress) && is_whole(cx.sources(), object, rule) { Tri::Yes } else { Tri::Unknown };
            match Tri::all([applies, asked, broad.or(udp_only), readable]) {
                Tri::No => {}
                Tri::Unknown => cx.withhold(),
                Tri::Yes => {
                    let (broad, udp_only) = (broad.is_yes(), udp_only.is_yes());
                    let message = match (broad, udp_only) {
                        (true, true) => "this rule for DNS allows every pod of its namespaces, and UDP alone",
                        (true, false) => "this rule for DNS allows every pod of its namespaces",
                        (false, _) => "this rule for DNS allows UDP alone",
                    };
                    let edits = fix(cx.sources(), rule, udp_only);
                    if let Some(report) = cx.report_line(&rule.origin, message) {
                        let report = report.help(match (broad, udp_only) {
                            (true, true) => "select the resolver by `podSelector` (`k8s-app: kube-dns`) and allow TCP as well",
                            (true, false) => "select the resolver by `podSelector` (`k8s-app: kube-dns`)",
                            (false, _) => "allow port 53 of TCP as well",
                        });
                        if let Some(edits) = edits {
                            report.fix("allow the resolver alone, over UDP and TCP", Applicability::Unsafe, edits);
                        }
                    }
                }
            }
        }
    }
}

/// Whether a rule names port 53 of a protocol.
fn allows_53(rule: &Value, protocol: &str) -> Tri {
    Tri::any(ports(rule).known().iter().map(|item| {
        let named = match item.get("protocol").map(|node| &node.value) {
            None | Some(Data::Scalar(Scalar::Null)) => Tri::from(protocol == "TCP"),
            Some(Data::Scalar(Scalar::String(text))) => Tri::from(&**text == protocol),
            Some(Data::Scalar(Scalar::Unknown(_))) => Tri::Unknown,
            Some(_) => Tri::No,
        };
        let is_53 = match item.get("port").map(|node| &node.value) {
            Some(Data::Scalar(Scalar::Number(text))) => Tri::from(&**text == "53"),
            Some(Data::Scalar(Scalar::Unknown(_))) => Tri::Unknown,
            _ => Tri::No,
        };
        named.and(is_53)
    }))
}

/// Whether a rule is for the resolver's cache, which has a link-local address on each node.
fn is_node_cache(rule: &Value) -> bool {
    peers(rule, Direction::Egress).known().iter().any(|peer| {
        let cidr = peer.path(&["ipBlock", "cidr"]).and_then(Value::as_str);
        cidr.is_some_and(|cidr| cidr.starts_with("169.254.") || cidr.to_ascii_lowercase().starts_with("fd00::10"))
    })
}

/// Whether a peer is all pods of `kube-system`, or of namespaces with it.
fn is_broad(peer: &Value) -> Tri {
    let Some(selector) = peer.get("namespaceSelector").filter(|node| !node.is_null()) else { return Tri::No };
    if peer.get("ipBlock").is_some() {
        return Tri::No;
    }
    // `name` is what people called it before the API server set a label
    let labels = Labels::default().with("kubernetes.io/metadata.name", "kube-system").with("name", "kube-system");
    selects(Some(selector), &labels).and(is_empty(peer.get("podSelector")))
}

/// The edits that narrow all broad peers of a rule and add TCP; `None` where one cannot be written.
fn fix(sources: &SourceMap, rule: &Value, udp_only: bool) -> Option<Vec<(Location, String)>> {
    let mut edits = Vec::new();
    for peer in peers(rule, Direction::Egress).known().iter().filter(|peer| is_broad(peer).is_yes()) {
        let next = peer.entry("namespaceSelector")?;
        let is_json = sources.get(next.origin.at.source).slice(next.origin.at.span).starts_with('"');
        if is_json || peer.get("podSelector").is_some() {
            return None;
        }
        edits.push(insert_before(sources, peer, next, "podSelector", "{matchLabels: {k8s-app: kube-dns}}")?);
    }
    if udp_only {
        let Items::Some(items) = ports(rule) else { return None };
        let list = rule.get("ports")?;
        let is_json = sources.get(list.origin.at.source).slice(items.last()?.origin.at.span).starts_with("{\"");
        let item = if is_json { "{\"protocol\": \"TCP\", \"port\": 53}" } else { "{protocol: TCP, port: 53}" };
        edits.push(append_item(sources, list, item)?);
    }
    Some(edits)
}
