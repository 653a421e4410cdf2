//! What is said of Vault in HCL, JSON, Terraform, shell and custom resources: policies, roles, servers, tokens.

mod policy;
mod role;
mod server;
mod terraform;
mod token;

use crate::model::value::{Entry, Node, Origin, Scalar, Value};

pub use policy::{PathRule, is_broad, path_rules};
pub use role::{Form, Role, RoleKind, Setting, roles};
pub use server::{Switch, insecure_switches};
pub use terraform::{Resource, blocks_of, resources};
pub use token::{find_tokens, is_literal, is_token};

/// A boolean as Vault and its tools read it: `true`, `1`, or either in quotes. `None` where it is not known.
#[must_use]
pub fn truthy(node: &Node) -> Option<bool> {
    match &node.value {
        Value::Scalar(Scalar::Bool(value)) => Some(*value),
        Value::Scalar(Scalar::Number(text)) => Some(text.parse::<f64>().is_ok_and(|value| value != 0.0)),
        Value::Scalar(Scalar::String(text)) if is_opaque(text) => None,
        Value::Scalar(Scalar::String(text)) => Some(is_true(text)),
        Value::Scalar(Scalar::Unknown(_)) => None,
        _ => Some(false),
    }
}

/// Go's `strconv.ParseBool`.
#[must_use]
pub fn is_true(text: &str) -> bool {
    matches!(text.trim(), "1" | "t" | "T" | "true" | "TRUE" | "True")
}

/// Whether a text depends on variables or a template.
#[must_use]
pub fn is_opaque(text: &str) -> bool {
    text.contains("${") || text.contains("$(") || text.contains("{{") || text.starts_with('$')
}

/// The maps under an entry of HCL or of its JSON form, each with the place of its header: the block's own, in JSON the key.
fn maps<'d>(entry: &'d Entry) -> impl Iterator<Item = (&'d Origin, &'d Node)> + use<'d> {
    let is_one = matches!(entry.value.value, Value::Map(_));
    let one = is_one.then_some(&entry.value);
    let all = one.into_iter().chain(entry.value.items().iter().filter(|node| matches!(node.value, Value::Map(_))));
    all.map(move |node| (if is_one { &entry.origin } else { &node.origin }, node))
}
