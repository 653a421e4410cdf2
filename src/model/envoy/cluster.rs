//! Clusters: where requests go, and whether the way there is protected.

use core::net::IpAddr;

use super::site::present;
use super::{MAX_DEPTH, field, field_path, message};
use crate::model::value::{Entry, Node, Scalar, Value};

/// What a cluster's endpoints are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Endpoints {
    /// All lie in the same network namespace: loopback addresses, sockets of the file system, internal listeners.
    Local,
    /// At least one does not.
    Remote,
    /// Discovered, templated, or of a shape that no endpoint has.
    Unknown,
}

/// The clusters in a configuration, by name: the items of lists `clusters`, and messages of the type.
#[must_use]
pub fn clusters(root: &Node) -> Vec<(&str, &Node)> {
    let mut found = Vec::new();
    search(root, 0, &mut found);
    found
}

fn search<'n>(node: &'n Node, depth: usize, found: &mut Vec<(&'n str, &'n Node)>) {
    if depth > MAX_DEPTH {
        return;
    }
    let mut add = |node: &'n Node| {
        if let Some(name) = field(node, "name").and_then(|entry| entry.value.as_str()) {
            found.push((name, node));
        }
    };
    match &node.value {
        Value::Map(entries) => {
            if message(node).is_some_and(|message| message.is("cluster", "Cluster")) {
                add(node);
            }
            for entry in entries {
                // weighted clusters of a route have the same key
                if &*entry.key == "clusters" {
                    entry.value.items().iter().filter(|item| is_cluster(item)).for_each(&mut add);
                }
            }
            entries.iter().for_each(|entry| search(&entry.value, depth + 1, found));
        }
        Value::List(items) => items.iter().for_each(|item| search(item, depth + 1, found)),
        Value::Scalar(_) => {}
    }
}

fn is_cluster(node: &Node) -> bool {
    ["load_assignment", "connect_timeout", "hosts", "type", "eds_cluster_config", "lb_policy"].iter().any(|key| field(node, key).is_some())
}

/// Where a cluster's endpoints are.
#[must_use]
pub fn endpoints(cluster: &Node) -> Endpoints {
    let kind = field(cluster, "type").map(|entry| &entry.value);
    let discovered = match kind.map(|node| &node.value) {
        None => field(cluster, "cluster_type").is_some(),
        Some(Value::Scalar(Scalar::String(kind))) => {
            !["STATIC", "STRICT_DNS", "LOGICAL_DNS"].iter().any(|known| kind.eq_ignore_ascii_case(known))
        }
        Some(Value::Scalar(Scalar::Number(kind))) => !matches!(&**kind, "0" | "1" | "2"),
        Some(_) => true,
    };
    if discovered {
        return Endpoints::Unknown;
    }
    let mut addresses: Vec<Option<&Node>> = Vec::new();
    for locality in field_path(cluster, &["load_assignment", "endpoints"]).map_or(&[][..], Node::items) {
        for endpoint in field(locality, "lb_endpoints").map_or(&[][..], |entry| entry.value.items()) {
            addresses.push(field_path(endpoint, &["endpoint", "address"]));
        }
    }
    addresses.extend(field(cluster, "hosts").map_or(&[][..], |entry| entry.value.items()).iter().map(Some));
    let mut answer = if addresses.is_empty() { Endpoints::Unknown } else { Endpoints::Local };
    for address in addresses {
        match address.map_or(Endpoints::Unknown, place) {
            Endpoints::Remote => return Endpoints::Remote,
            Endpoints::Unknown => answer = Endpoints::Unknown,
            Endpoints::Local => {}
        }
    }
    answer
}

/// Where an `Address` is.
fn place(address: &Node) -> Endpoints {
    if present(address, "pipe").is_some() || present(address, "envoy_internal_address").is_some() {
        return Endpoints::Local;
    }
    match field_path(address, &["socket_address", "address"]).and_then(Node::as_str) {
        Some(host) if is_loopback_host(host) => Endpoints::Local,
        // connecting to the unspecified address ends on the same machine
        Some(host) if host.parse::<IpAddr>().is_ok_and(|ip| ip.is_unspecified()) => Endpoints::Local,
        Some(host) if !host.is_empty() => Endpoints::Remote,
        _ => Endpoints::Unknown,
    }
}

/// Whether a host is this machine: `localhost` or a loopback address, in brackets or not.
#[must_use]
pub fn is_loopback_host(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

/// The entry that says how a cluster protects its connections: TLS, or something else than plain bytes.
#[must_use]
pub fn protection(cluster: &Node) -> Option<&Entry> {
    ["transport_socket", "transport_socket_matches", "transport_socket_matcher", "tls_context"]
        .iter()
        .find_map(|name| present(cluster, name))
}
