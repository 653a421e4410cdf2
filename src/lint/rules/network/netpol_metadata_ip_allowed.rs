use core::net::Ipv4Addr;

use crate::lint::rules::netpol::is_whole;
use crate::lint::rules::prelude::*;
use crate::model::network::{Direction, Items, NetworkPolicy, peers, ports};
use crate::model::tri::Tri;
use crate::model::value::{Node as Value, Scalar, Value as Data};

declare_rule! {
    NetpolMetadataIpAllowed {
        id: "netpol-metadata-ip-allowed",
        group: "network",
        summary: "a NetworkPolicy that lets pods reach the cloud's metadata service",
        why: "`169.254.169.254` hands out the credentials of the node to whoever asks from it. A pod that was taken over, or a request that \
              a server is tricked into making, gets long-lived rights in the cloud that way. An egress rule for a network that contains \
              the address needs an `except` for it.\n\n\
              Rules for port 53 alone are not reported: some clouds answer DNS at that address.",
        bad: yaml("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: web\nspec:\n  podSelector: {}\n  policyTypes: [Egress]\n  egress:\n  - to:\n    - ipBlock:\n        cidr: 169.254.0.0/16\n"),
        good: yaml("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: web\nspec:\n  podSelector: {}\n  policyTypes: [Egress]\n  egress:\n  - to:\n    - ipBlock:\n        cidr: 0.0.0.0/0\n        except:\n        - 169.254.169.254/32\n"),
        recommended: true,
        source: "https://kubernetes.io/docs/concepts/security/security-checklist/#network-security",
        peers: &["kubescape C-0052"],
    }
}

const METADATA: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);

impl Rule for NetpolMetadataIpAllowed {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(policy) = NetworkPolicy::new(object) else { return };
        let applies = policy.rules_apply(Direction::Egress);
        if applies.is_no() {
            return;
        }
        for rule in policy.rules(Direction::Egress).known() {
            if is_dns(rule) {
                continue;
            }
            for peer in peers(rule, Direction::Egress).known() {
                let Some(block) = peer.get("ipBlock") else { continue };
                let Some(entry) = block.entry("cidr") else { continue };
                let reached = reaches(block).and(Tri::from(is_whole(cx.sources(), object, peer)).or(Tri::Unknown));
                match applies.and(reached) {
                    Tri::No => {}
                    Tri::Unknown => cx.withhold(),
                    Tri::Yes => {
                        let cidr = entry.value.as_str().unwrap_or_default();
                        let message = format!("`{cidr}` contains the metadata service `{METADATA}`");
                        if let Some(report) = cx.report_line(&entry.origin, message) {
                            report.help(format!("list `{METADATA}/32` under `except`"));
                        }
                    }
                }
            }
        }
    }
}

/// Whether a rule is about port 53 alone.
fn is_dns(rule: &Value) -> bool {
    let ports = ports(rule).known();
    let is_53 =
        |item: &Value| matches!(item.get("port").map(|node| &node.value), Some(Data::Scalar(Scalar::Number(text))) if &**text == "53");
    !ports.is_empty() && ports.iter().all(|item| is_53(item) && item.get("endPort").is_none())
}

/// Whether the network of a block contains the address and no exception takes it out.
fn reaches(block: &Value) -> Tri {
    let contained = block.get("cidr").map_or(Tri::No, contains);
    let excepted = match Items::of(Some(block), "except") {
        Items::None => Tri::No,
        Items::Unknown => Tri::Unknown,
        Items::Some(items) => Tri::any(items.iter().map(contains)),
    };
    contained.and(!excepted)
}

fn contains(cidr: &Value) -> Tri {
    let Some(text) = cidr.as_str() else { return if cidr.unknown().is_some() { Tri::Unknown } else { Tri::No } };
    let (address, bits) = match text.trim().split_once('/') {
        Some((address, bits)) => (address, bits.parse::<u32>().ok()),
        None => (text.trim(), Some(32)),
    };
    let (Ok(address), Some(bits @ 0..=32)) = (address.parse::<Ipv4Addr>(), bits) else { return Tri::No };
    let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
    Tri::from(address.to_bits() & mask == METADATA.to_bits() & mask)
}
