//! Configurations of Vault's server, agent and proxy: <https://developer.hashicorp.com/vault/docs/configuration>.

use super::{maps, truthy};
use crate::model::value::{Entry, Node, Value};

/// A setting that switches TLS or its checks.
#[derive(Clone, Copy, Debug)]
pub struct Switch<'d> {
    pub entry: &'d Entry,
    /// `None`: it is not known how it stands.
    pub is_on: Option<bool>,
}

/// How deep configurations are searched.
const MAX_DEPTH: usize = 16;

/// The settings `tls_disable` of TCP listeners, and `tls_skip_verify` of everything that is connected to. An agent's listener on the
/// loopback address is left out: it is for the processes beside it.
#[must_use]
pub fn insecure_switches(root: &Node) -> Vec<Switch<'_>> {
    let mut out = Vec::new();
    let is_agent = root.get("auto_auth").is_some() || root.get("api_proxy").is_some();
    for (_, listeners) in root.entry("listener").into_iter().flat_map(maps) {
        for kind in listeners.entries() {
            if &*kind.key == "unix" {
                continue;
            }
            // `listener = [{ type = "tcp", … }]` of newer releases
            let direct = (&*kind.key == "tls_disable").then_some(kind);
            let is_unix = listeners.get("type").and_then(Node::as_str) == Some("unix");
            out.extend(direct.filter(|_| !is_unix).map(switch));
            for (_, listener) in maps(kind) {
                let is_local = listener.get("address").and_then(Node::as_str).is_some_and(is_loopback);
                if !(is_agent && is_local) {
                    out.extend(listener.entry("tls_disable").map(switch));
                }
            }
        }
    }
    skipped(root, 0, &mut out);
    out
}

fn switch(entry: &Entry) -> Switch<'_> {
    Switch { entry, is_on: truthy(&entry.value) }
}

fn is_loopback(address: &str) -> bool {
    address.starts_with("127.") || address.starts_with("localhost") || address.starts_with("[::1]")
}

fn skipped<'d>(node: &'d Node, depth: usize, out: &mut Vec<Switch<'d>>) {
    if depth > MAX_DEPTH {
        return;
    }
    match &node.value {
        Value::Map(entries) => {
            for entry in entries {
                if &*entry.key == "tls_skip_verify" {
                    out.push(switch(entry));
                } else {
                    skipped(&entry.value, depth + 1, out);
                }
            }
        }
        Value::List(items) => items.iter().for_each(|item| skipped(item, depth + 1, out)),
        Value::Scalar(_) => {}
    }
}
