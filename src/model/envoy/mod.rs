//! Envoy's configuration: typed messages, wherever they stand.

mod jwt;

pub use jwt::{JwtUse, jwt_uses};

use super::document::{Document, DocumentKind};
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

/// All typed messages below a value, in text order, nested ones behind those that hold them.
#[must_use]
pub fn messages(root: &Node) -> Vec<Message<'_>> {
    let mut found = Vec::new();
    walk(root, 0, &mut |message| found.push(message));
    found
}

/// Whether there is an Envoy message below a value.
#[must_use]
pub fn holds_messages(root: &Node) -> bool {
    let mut found = false;
    walk(root, 0, &mut |_| found = true);
    found
}

fn walk<'n>(node: &'n Node, depth: usize, found: &mut dyn FnMut(Message<'n>)) {
    if depth > MAX_DEPTH {
        return;
    }
    match &node.value {
        Value::Map(entries) => {
            if let Some(message) = message(node) {
                found(message);
            }
            entries.iter().for_each(|entry| walk(&entry.value, depth + 1, found));
        }
        Value::List(items) => items.iter().for_each(|item| walk(item, depth + 1, found)),
        Value::Scalar(_) => {}
    }
}

/// The message that a map is, if it is one of Envoy's. A `TypedStruct` holds the type's name and the fields apart.
fn message(node: &Node) -> Option<Message<'_>> {
    let full = |text: &'_ str| -> Option<usize> {
        let start = text.rfind('/').map_or(0, |at| at + 1);
        text[start..].starts_with("envoy.").then_some(start)
    };
    let written = node.get("@type")?.as_str()?;
    if let Some(start) = full(written) {
        return Some(Message { type_name: &written[start..], node });
    }
    if !written.ends_with(".TypedStruct") {
        return None;
    }
    let inner = field(node, "type_url")?.value.as_str()?;
    let fields = node.get("value").filter(|value| matches!(value.value, Value::Map(_)))?;
    full(inner).map(|start| Message { type_name: &inner[start..], node: fields })
}

/// Whether an object may hold Envoy messages as values: Istio's EnvoyFilter, Envoy Gateway's and Cilium's objects for the same.
#[must_use]
pub fn object_holds_messages(object: &Object) -> bool {
    matches!(
        (&*object.group, &*object.kind),
        ("networking.istio.io", "EnvoyFilter")
            | ("gateway.envoyproxy.io", _)
            | ("cilium.io", "CiliumEnvoyConfig" | "CiliumClusterwideEnvoyConfig")
    )
}

/// The Envoy messages of a document; none if it is no Envoy configuration.
#[must_use]
pub fn of_document(document: &Document) -> Vec<Message<'_>> {
    if document.kind == DocumentKind::Envoy { messages(&document.root) } else { Vec::new() }
}

/// The Envoy messages that an object holds as values.
#[must_use]
pub fn of_object(object: &Object) -> Vec<Message<'_>> {
    if object_holds_messages(object) { messages(&object.root) } else { Vec::new() }
}
