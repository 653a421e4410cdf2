//! Configurations of SPIRE's server and agent, in HCL1 or JSON: blocks and plugins
//! (<https://github.com/spiffe/spire/blob/main/doc/spire_agent.md>, `spire_server.md`).

mod args;
mod config;
mod id;
mod identities;
pub mod keys;
mod template;

pub use identities::Identities;
pub use template::Template;

use super::value::{Entry, Node, Origin, Scalar, Value};

pub use args::{hides_options, line_of_container, lines, lines_of_script, registers, switch, value_start};
pub use config::{Side, data_stores, federated, labels, literal, psat_clusters, side};
pub use id::{id_problem, looks_like_id, trust_domain};

/// A plugin's block.
#[derive(Clone, Copy, Debug)]
pub struct Plugin<'d> {
    /// `NodeAttestor`, `KeyManager`, …
    pub kind: &'d str,
    /// `k8s_psat`, `disk`, …
    pub name: &'d str,
    /// The block's header line, in JSON the key that names the plugin.
    pub header: &'d Origin,
    /// What stands in the block.
    pub node: &'d Node,
}

/// A boolean as SPIRE reads it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bool {
    Value(bool),
    /// A value of another type, here named: SPIRE refuses the file.
    Refused(&'static str),
    /// It depends on the environment.
    Unknown,
}

/// The plugins of a configuration that are not switched off, in their order.
#[must_use]
pub fn plugins(root: &Node) -> Vec<Plugin<'_>> {
    let mut out = Vec::new();
    for types in root.blocks("plugins") {
        for of_type in types.entries() {
            for names in maps(&of_type.value) {
                for entry in names.entries() {
                    let one = matches!(entry.value.value, Value::Map(_));
                    out.extend(maps(&entry.value).map(|node| Plugin {
                        kind: &of_type.key,
                        name: &entry.key,
                        header: if one { &entry.origin } else { &node.origin },
                        node,
                    }));
                }
            }
        }
    }
    out.retain(|plugin| plugin.node.get("enabled").and_then(Node::as_bool) != Some(false));
    out
}

/// The maps under `key`, each with the place of its header: the block's own, in JSON the key.
#[must_use]
pub fn blocks<'d>(node: &'d Node, key: &str) -> Vec<(&'d Origin, &'d Node)> {
    let Some(entry) = node.entry(key) else { return Vec::new() };
    let one = matches!(entry.value.value, Value::Map(_));
    maps(&entry.value).map(|node| (if one { &entry.origin } else { &node.origin }, node)).collect()
}

impl<'d> Plugin<'d> {
    /// Whether it is a program of its own, not one that SPIRE brings.
    #[must_use]
    pub fn is_external(&self) -> bool {
        field(self.node, "plugin_cmd").is_some()
    }

    /// The entries of its `plugin_data` that have this key.
    pub fn fields<'k>(&self, key: &'k str) -> impl Iterator<Item = &'d Entry> + use<'d, 'k> {
        self.node.blocks("plugin_data").filter_map(move |data| field(data, key))
    }
}

/// The entry of a key; HCL1 does not tell upper from lower case.
#[must_use]
pub fn field<'d>(block: &'d Node, key: &str) -> Option<&'d Entry> {
    block.entry(key).or_else(|| block.entries().iter().find(|entry| entry.key.eq_ignore_ascii_case(key)))
}

/// The boolean that a value is.
#[must_use]
pub fn boolean(node: &Node) -> Bool {
    match &node.value {
        Value::Scalar(Scalar::Bool(value)) => Bool::Value(*value),
        Value::Scalar(Scalar::String(text)) if is_opaque(text) => Bool::Unknown,
        Value::Scalar(Scalar::Unknown(_)) => Bool::Unknown,
        _ => Bool::Refused(node.type_name()),
    }
}

/// Whether a text depends on the environment: `${VAR}` or `$VAR`, which `-expandEnv` replaces, and `$(VAR)` of a container.
#[must_use]
pub fn is_opaque(text: &str) -> bool {
    text.contains('$') || text.contains("{{")
}

/// One map, or the maps of a list.
fn maps(node: &Node) -> impl Iterator<Item = &Node> {
    let one = matches!(node.value, Value::Map(_)).then_some(node);
    one.into_iter().chain(node.items().iter().filter(|node| matches!(node.value, Value::Map(_))))
}
