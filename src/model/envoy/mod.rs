//! Envoy's configuration: typed messages, wherever they stand.

mod cluster;
mod fields;
mod jwt;
mod secrets;
mod site;
mod tls;

pub use cluster::{Endpoints, clusters, endpoints, is_loopback_host, protection};
pub use fields::Shape;
pub use jwt::{JwtUse, jwt_uses, requirements};
pub use secrets::{SecretSource, secret_sources};
pub use site::{Site, Step, messages_in, of_document, of_object, sites, sites_of_document, sites_of_object, values_of};
pub use tls::{Peer, TlsContext, contexts, validation_secrets};

use super::k8s::Object;
use super::value::{Entry, Node, Scalar, Value};

/// Maps and lists inside one another that are searched; the readers allow more, no configuration has them.
const MAX_DEPTH: usize = 200;

/// A message whose type is written beside it: `@type: type.googleapis.com/envoy.extensions.…`.
#[derive(Clone, Copy, Debug)]
pub struct Message<'n> {
    /// The type's full name: `envoy.extensions.filters.http.ext_authz.v3.ExtAuthz`.
    pub type_name: &'n str,
    /// The map with the message's fields.
    pub node: &'n Node,
    /// The map that says the type: the message itself, but for a `TypedStruct`.
    outer: &'n Node,
}

impl<'n> Message<'n> {
    /// Whether the message is of this package and name, whatever its version and what stands before the package:
    /// `("ext_authz", "ExtAuthz")`.
    #[must_use]
    pub fn is(&self, package: &str, name: &str) -> bool {
        let mut parts = self.type_name.rsplit('.');
        parts.next() == Some(name) && parts.next().is_some_and(is_version) && parts.next() == Some(package)
    }

    /// Whether the type is one of a filter between connections, not between requests.
    #[must_use]
    pub fn is_network(&self) -> bool {
        self.type_name.contains(".network.")
    }

    /// The entry that says the type.
    #[must_use]
    pub fn type_entry(&self) -> Option<&'n Entry> {
        field(self.outer, "type_url").or_else(|| self.outer.entry("@type"))
    }

    /// The entry of a field, see [`field`].
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'n Entry> {
        field(self.node, name)
    }
}

/// `v3`, `v2alpha`.
fn is_version(part: &str) -> bool {
    part.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// The entry of a field that is called `name` in snake case. The JSON form of protocol buffers takes that name or the one in lower
/// camel case.
#[must_use]
pub fn field<'n>(node: &'n Node, name: &str) -> Option<&'n Entry> {
    node.entries().iter().find(|entry| is_field(&entry.key, name))
}

/// The value of a field in nested messages, see [`field`].
#[must_use]
pub fn field_path<'n>(node: &'n Node, names: &[&str]) -> Option<&'n Node> {
    names.iter().try_fold(node, |node, name| field(node, name).map(|entry| &entry.value))
}

fn is_field(key: &str, name: &str) -> bool {
    if key == name {
        return true;
    }
    let mut key = key.bytes();
    let mut upper = false;
    for byte in name.bytes() {
        if byte == b'_' {
            upper = true;
            continue;
        }
        let wanted = if upper { byte.to_ascii_uppercase() } else { byte };
        if key.next() != Some(wanted) {
            return false;
        }
        upper = false;
    }
    key.next().is_none()
}

/// Whether a boolean field is on: `true`, and the texts that YAML 1.1 or a lenient reader takes for it.
#[must_use]
pub fn is_true(node: &Node) -> bool {
    match &node.value {
        Value::Scalar(Scalar::Bool(value)) => *value,
        Value::Scalar(Scalar::String(text)) => ["true", "yes", "on", "y"].iter().any(|word| text.eq_ignore_ascii_case(word)),
        _ => false,
    }
}

/// Whether there is an Envoy message below a value.
#[must_use]
pub fn holds_messages(root: &Node) -> bool {
    fn search(node: &Node, depth: usize) -> bool {
        match &node.value {
            _ if depth > MAX_DEPTH => false,
            Value::Map(entries) => message(node).is_some() || entries.iter().any(|entry| search(&entry.value, depth + 1)),
            Value::List(items) => items.iter().any(|item| search(item, depth + 1)),
            Value::Scalar(_) => false,
        }
    }
    search(root, 0)
}

/// The message that a map is, if it is one of Envoy's. A `TypedStruct` holds the type's name and the fields apart.
fn message(node: &Node) -> Option<Message<'_>> {
    let full = |text: &'_ str| -> Option<usize> {
        let start = text.rfind('/').map_or(0, |at| at + 1);
        let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_'));
        (text[start..].starts_with("envoy.") && is_name(&text[start..])).then_some(start)
    };
    let written = node.get("@type")?.as_str()?;
    if let Some(start) = full(written) {
        return Some(Message { type_name: &written[start..], node, outer: node });
    }
    if !written.ends_with(".TypedStruct") {
        return None;
    }
    let inner = field(node, "type_url")?.value.as_str()?;
    let fields = node.get("value").filter(|value| matches!(value.value, Value::Map(_)))?;
    full(inner).map(|start| Message { type_name: &inner[start..], node: fields, outer: node })
}

/// Whether an object may hold Envoy messages as values: Istio's EnvoyFilter, and what gateway projects have for the same.
#[must_use]
pub fn object_holds_messages(object: &Object) -> bool {
    let (group, kind) = (&*object.group, &*object.kind);
    matches!((group, kind), ("networking.istio.io", "EnvoyFilter") | ("cilium.io", "CiliumEnvoyConfig" | "CiliumClusterwideEnvoyConfig"))
        || matches!(group, "gateway.envoyproxy.io" | "projectcontour.io" | "kuma.io" | "gloo.solo.io" | "microgateway.airlock.com")
        || group.ends_with(".solo.io")
        || group.ends_with(".kgateway.dev")
        || group.ends_with("getambassador.io")
}
