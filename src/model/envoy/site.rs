//! Messages with what stands around them: the filter, the transport socket, the route.

use super::{MAX_DEPTH, Message, field, is_field, message, object_holds_messages};
use crate::model::document::{Document, DocumentKind};
use crate::model::k8s::Object;
use crate::model::part::Part;
use crate::model::value::{Entry, Node, Value};

/// One step from the root to a message.
#[derive(Clone, Copy, Debug)]
pub enum Step<'n> {
    /// The value of an entry of `Node`, a map.
    Key(&'n Node, &'n Entry),
    /// An item of a list.
    Item(&'n [Node], usize),
}

/// A message and the way to it.
#[derive(Clone, Copy, Debug)]
pub struct Site<'p, 'n> {
    pub message: Message<'n>,
    path: &'p [Step<'n>],
    /// Nothing can be said to be absent: the text is cut off, or the value is merged into another.
    pub partial: bool,
}

impl<'n> Site<'_, 'n> {
    /// The key that the message stands under: `typed_config`.
    #[must_use]
    pub fn key(&self) -> Option<&'n Entry> {
        match self.path.last()? {
            Step::Key(_, entry) => Some(entry),
            Step::Item(..) => None,
        }
    }

    /// The innermost enclosing key of this name: `transport_socket`.
    #[must_use]
    pub fn under(&self, name: &str) -> Option<&'n Entry> {
        self.path.iter().rev().find_map(|step| match step {
            Step::Key(_, entry) if is_field(&entry.key, name) => Some(*entry),
            _ => None,
        })
    }

    /// The maps and lists around the message, innermost first.
    pub fn steps(&self) -> impl Iterator<Item = Step<'n>> {
        self.path.iter().rev().copied()
    }

    /// What follows the filter in the list that it stands in.
    #[must_use]
    pub fn behind(&self) -> &'n [Node] {
        let innermost = self.path.iter().rev().find_map(|step| match step {
            Step::Item(items, at) => Some(&items[at + 1..]),
            Step::Key(..) => None,
        });
        innermost.unwrap_or(&[])
    }
}

/// Hands over all messages of a part, as [`sites_of_document`] and [`sites_of_object`] do.
pub fn sites<'n>(part: Part<'n>, found: &mut dyn FnMut(&Site<'_, 'n>)) {
    match part {
        Part::Document(document) => sites_of_document(document, found),
        Part::Object(object) => sites_of_object(object, found),
        Part::Script(_) => {}
    }
}

/// Hands over all messages of an Envoy configuration in text order, nested ones behind those that hold them; none of another document.
pub fn sites_of_document<'n>(document: &'n Document, found: &mut dyn FnMut(&Site<'_, 'n>)) {
    if document.kind == DocumentKind::Envoy {
        Walk { partial: document.partial, path: Vec::new() }.node(&document.root, found);
    }
}

/// As [`sites_of_document`], for the messages that an object holds as values. What an EnvoyFilter merges is partial.
pub fn sites_of_object<'n>(object: &'n Object, found: &mut dyn FnMut(&Site<'_, 'n>)) {
    if !object_holds_messages(object) {
        return;
    }
    if object.is("networking.istio.io", "EnvoyFilter") {
        for (value, partial) in values_of(object) {
            Walk { partial, path: Vec::new() }.node(value, found);
        }
    } else {
        Walk { partial: object.partial, path: Vec::new() }.node(&object.root, found);
    }
}

/// The messages of an Envoy configuration, as [`sites_of_document`] hands them over.
#[must_use]
pub fn of_document(document: &Document) -> Vec<Message<'_>> {
    let mut found = Vec::new();
    sites_of_document(document, &mut |site| found.push(site.message));
    found
}

/// The messages below a value.
#[must_use]
pub fn messages_in(root: &Node) -> Vec<Message<'_>> {
    let mut found = Vec::new();
    Walk { partial: false, path: Vec::new() }.node(root, &mut |site| found.push(site.message));
    found
}

/// The messages that an object holds as values, as [`sites_of_object`] hands them over.
#[must_use]
pub fn of_object(object: &Object) -> Vec<Message<'_>> {
    let mut found = Vec::new();
    sites_of_object(object, &mut |site| found.push(site.message));
    found
}

/// The values of an EnvoyFilter's patches, and whether each is only a part of what results.
#[must_use]
pub fn values_of(object: &Object) -> Vec<(&Node, bool)> {
    let patches = object.root.path(&["spec", "configPatches"]).map_or(&[][..], Node::items);
    let is_part = |patch: &Node| {
        let operation = patch.path(&["patch", "operation"]).and_then(Node::as_str);
        object.partial || operation == Some("MERGE")
    };
    patches.iter().filter_map(|patch| Some((patch.path(&["patch", "value"])?, is_part(patch)))).collect()
}

struct Walk<'n> {
    partial: bool,
    path: Vec<Step<'n>>,
}

impl<'n> Walk<'n> {
    fn node(&mut self, node: &'n Node, found: &mut dyn FnMut(&Site<'_, 'n>)) {
        if self.path.len() > MAX_DEPTH {
            return;
        }
        match &node.value {
            Value::Map(entries) => {
                if let Some(message) = message(node) {
                    found(&Site { message, path: &self.path, partial: self.partial });
                }
                for entry in entries {
                    self.path.push(Step::Key(node, entry));
                    self.node(&entry.value, found);
                    self.path.pop();
                }
            }
            Value::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.path.push(Step::Item(items, at));
                    self.node(item, found);
                    self.path.pop();
                }
            }
            Value::Scalar(_) => {}
        }
    }
}

/// The value of a field that is neither absent nor `null`.
pub(super) fn present<'n>(node: &'n Node, name: &str) -> Option<&'n Entry> {
    field(node, name).filter(|entry| !entry.value.is_null())
}
