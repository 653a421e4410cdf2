use core::net::IpAddr;
use std::collections::HashSet;

use crate::lint::rules::netpol::{Entrance, is_exposed, is_whole};
use crate::lint::rules::prelude::*;
use crate::model::network::{Direction, Items, NetworkPolicy, peers};
use crate::model::value::{Entry, Node as Value};

declare_rule! {
    NetpolWorldCidr {
        id: "netpol-world-cidr",
        group: "network",
        summary: "a NetworkPolicy that allows every address",
        why: "`0.0.0.0/0` or `::/0` without exceptions is the whole internet, and with many network plugins every pod and node as \
              well, the metadata service of the cloud included. Name the networks that are meant, or except the private and \
              link-local ones. Two halves (`0.0.0.0/1` and `128.0.0.0/1`) are the whole too.\n\n\
              For traffic into pods that a Service of type LoadBalancer or NodePort exposes it is `info`.",
        bad: yaml("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: web\nspec:\n  podSelector: {}\n  policyTypes: [Egress]\n  egress:\n  - to:\n    - ipBlock:\n        cidr: 0.0.0.0/0\n"),
        good: yaml("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: web\nspec:\n  podSelector: {}\n  policyTypes: [Egress]\n  egress:\n  - to:\n    - ipBlock:\n        cidr: 0.0.0.0/0\n        except: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 169.254.0.0/16]\n    ports:\n    - port: 443\n"),
        recommended: true,
        source: "https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-ipblock-selectors",
        peers: &["kubescape C-0030"],
    }
}

impl Rule for NetpolWorldCidr {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(policy) = NetworkPolicy::new(object) else { return };
        let mut exposed = None;
        for direction in Direction::ALL {
            let applies = policy.rules_apply(direction);
            if applies.is_no() {
                continue;
            }
            let all = policy.rules(direction).known().iter().flat_map(|rule| peers(rule, direction).known());
            let blocks = all.filter_map(|peer| block(peer).filter(|_| is_whole(cx.sources(), object, peer)));
            let blocks: Vec<(&Entry, Range)> = blocks.collect();
            let halves: HashSet<Range> = blocks.iter().map(|(_, range)| *range).collect();
            for (entry, range) in &blocks {
                let whole = match range {
                    Range::All => true,
                    Range::Half { v6, upper } => halves.contains(&Range::Half { v6: *v6, upper: !upper }),
                };
                if !whole {
                    continue;
                }
                if applies.is_unknown() {
                    cx.withhold();
                    continue;
                }
                let cidr = entry.value.as_str().unwrap_or_default();
                let message = match range {
                    Range::All => format!("`{cidr}` allows {} {} every address", direction.key(), direction.peers_key()),
                    Range::Half { .. } => {
                        format!("`{cidr}` allows {} {} every address, with the other half", direction.key(), direction.peers_key())
                    }
                };
                let public = direction == Direction::Ingress
                    && *exposed.get_or_insert_with(|| {
                        let space = cx.unit().and_then(|unit| unit.cluster().space_of(object));
                        space.is_some_and(|space| is_exposed(space, Entrance::Services, |labels| policy.selects(labels)))
                    });
                let severity = if public { Severity::Info } else { Severity::Warning };
                if let Some(report) = cx.report_line_as(severity, &entry.origin, message) {
                    report.help("name the networks that are meant, or list private and link-local ones under `except`");
                }
            }
        }
    }
}

/// A network that is all addresses of its family, or half of them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Range {
    All,
    Half { v6: bool, upper: bool },
}

/// The `cidr` of a peer without exceptions, if it is so large.
fn block(peer: &Value) -> Option<(&Entry, Range)> {
    // together with a selector it is refused
    if ["podSelector", "namespaceSelector"].iter().any(|key| peer.get(key).is_some_and(|node| !node.is_null())) {
        return None;
    }
    let block = peer.get("ipBlock")?;
    let entry = block.entry("cidr")?;
    if !matches!(Items::of(Some(block), "except"), Items::None) {
        return None;
    }
    let (address, bits) = entry.value.as_str()?.trim().split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let first = match address {
        IpAddr::V4(address) => address.octets()[0],
        IpAddr::V6(address) => address.octets()[0],
    };
    match bits.parse::<u8>().ok()? {
        0 => Some((entry, Range::All)),
        1 => Some((entry, Range::Half { v6: address.is_ipv6(), upper: first >= 0x80 })),
        _ => None,
    }
}
