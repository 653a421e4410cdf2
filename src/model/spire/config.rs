//! Parts of SPIRE's configurations that several rules look at.

use super::{Plugin, blocks, field, maps, plugins};
use crate::model::value::{Entry, Node, Origin, Scalar, Value};

/// Whose configuration it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    Agent,
    Server,
}

/// Types of plugins that only one side has.
const OF_SERVER: [&str; 6] = ["DataStore", "UpstreamAuthority", "Notifier", "BundlePublisher", "NodeResolver", "CredentialComposer"];
const OF_AGENT: [&str; 2] = ["WorkloadAttestor", "SVIDStore"];

/// Whose configuration it is: by its block, in a part of one by its plugins; `None` where neither tells.
#[must_use]
pub fn side(root: &Node) -> Option<Side> {
    match (field(root, "agent").is_some(), field(root, "server").is_some()) {
        (true, false) => return Some(Side::Agent),
        (false, true) => return Some(Side::Server),
        (true, true) => return None,
        (false, false) => {}
    }
    let has = |kinds: &[&str]| plugins(root).iter().any(|plugin| kinds.contains(&plugin.kind));
    match (has(&OF_AGENT), has(&OF_SERVER)) {
        (true, false) => Some(Side::Agent),
        (false, true) => Some(Side::Server),
        _ => None,
    }
}

/// The data of the server's data stores: of the plugin, and of a block `data_store` in `server`, which people write instead.
#[must_use]
pub fn data_stores(root: &Node) -> Vec<&Node> {
    let all = plugins(root).into_iter().filter(|plugin| plugin.kind == "DataStore" && !plugin.is_external());
    let mut out: Vec<&Node> = all.flat_map(|plugin| plugin.node.blocks("plugin_data")).collect();
    for (_, server) in blocks(root, "server") {
        for entry in server.entries().iter().filter(|entry| is_data_store(&entry.key)) {
            for store in maps(&entry.value) {
                out.extend(store.blocks("plugin_data"));
                // `data_store "sql" { plugin_data { … } }`, and the keys without a block around them
                out.extend(store.entries().iter().flat_map(|inner| maps(&inner.value)).flat_map(|inner| inner.blocks("plugin_data")));
                if field(store, "database_type").is_some() {
                    out.push(store);
                }
            }
        }
    }
    out
}

fn is_data_store(key: &str) -> bool {
    ["data_store", "datastore"].iter().any(|name| key.eq_ignore_ascii_case(name))
}

/// The clusters of a server's `NodeAttestor "k8s_psat"`, each with the place of its header.
#[must_use]
pub fn psat_clusters<'d>(plugin: &Plugin<'d>) -> Vec<(&'d Origin, &'d Node)> {
    let mut out = Vec::new();
    for entry in plugin.fields("clusters") {
        for named in maps(&entry.value).flat_map(Node::entries) {
            let one = matches!(named.value.value, Value::Map(_));
            out.extend(maps(&named.value).map(|node| (if one { &named.origin } else { &node.origin }, node)));
        }
    }
    out
}

/// The trust domains that a server federates with, each with the place of its header and its block.
#[must_use]
pub fn federated(server: &Node) -> Vec<(&str, &Origin, &Node)> {
    let mut out = Vec::new();
    for federation in server.blocks("federation") {
        for entry in federation.blocks("federates_with").flat_map(Node::entries) {
            let one = matches!(entry.value.value, Value::Map(_));
            out.extend(maps(&entry.value).map(|node| (&*entry.key, if one { &entry.origin } else { &node.origin }, node)));
        }
    }
    out
}

/// The names of labelled blocks under a key, `profile "https_web" {}`, with the places of their headers; in JSON a name may be a
/// string.
#[must_use]
pub fn labels<'d>(block: &'d Node, key: &str) -> Vec<(&'d str, &'d Origin)> {
    let Some(entry) = field(block, key) else { return Vec::new() };
    if let Some(name) = entry.value.as_str() {
        return vec![(name, &entry.origin)];
    }
    let mut out = Vec::new();
    for named in maps(&entry.value).flat_map(Node::entries) {
        let block = maps(&named.value).next().filter(|_| matches!(named.value.value, Value::List(_)));
        out.push((&*named.key, block.map_or(&named.origin, |node| &node.origin)));
    }
    out
}

/// A text that is written out: a string or a number, with no part that the environment fills in.
#[must_use]
pub fn literal(entry: &Entry) -> Option<&str> {
    match &entry.value.value {
        Value::Scalar(Scalar::String(text) | Scalar::Number(text)) if !super::is_opaque(text) => Some(text),
        _ => None,
    }
}
