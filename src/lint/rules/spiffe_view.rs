//! The SPIFFE IDs that manifests and command lines name.

use crate::model::document::{Document, DocumentKind};
use crate::model::envoy::{self, Message};
use crate::model::k8s::Object;
use crate::model::shell::{Arg, Call};
use crate::model::spire;
use crate::model::value::{Node as Data, Value};

/// What a value names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named<'n> {
    pub(super) node: &'n Data,
    /// An identity, and not what identities begin with.
    pub(super) is_whole: bool,
}

/// The IDs in the matchers of Envoy's TLS contexts and RBAC filters of a document.
pub(super) fn of_document(document: &Document) -> Vec<Named<'_>> {
    matched(&envoy::of_document(document))
}

/// As [`of_document`], for Envoy's messages in an object.
pub(super) fn of_object(object: &Object) -> Vec<Named<'_>> {
    matched(&envoy::of_object(object))
}

/// The fields of SPIRE's registrations that hold IDs.
pub(super) fn registered(object: &Object) -> impl Iterator<Item = &Data> {
    let fields: &[&str] = match (&*object.group, &*object.kind) {
        ("spire.spiffe.io", "ClusterSPIFFEID") => &["spiffeIDTemplate"],
        ("spire.spiffe.io", "ClusterStaticEntry") => &["spiffeID", "parentID"],
        _ => &[],
    };
    fields.iter().filter_map(|field| object.spec()?.value.get(field))
}

/// The same of a file of entries for `spire-server entry create -data`.
pub(super) fn registered_in(document: &Document) -> impl Iterator<Item = &Data> {
    let is_wanted = document.kind == DocumentKind::Registrations;
    let entries = document.root.get("entries").filter(|_| is_wanted).map_or(&[][..], Data::items);
    entries.iter().flat_map(|entry| ["spiffe_id", "parent_id"].into_iter().filter_map(|field| entry.get(field)))
}

/// The IDs that a registration on a command line names, as far as they are known, with the name of the option and the argument.
pub(super) fn arguments(call: &Call) -> impl Iterator<Item = (&'static str, &Arg, &str)> {
    const NAMES: [&[&str]; 2] = [&["spiffeID"], &["parentID"]];
    NAMES.into_iter().flat_map(|names| call.option(names).map(move |(arg, _)| (names[0], arg, spire::value_start(arg))))
}

fn matched<'n>(messages: &[Message<'n>]) -> Vec<Named<'n>> {
    let mut out = Vec::new();
    // a context inside another message is found with both
    for message in messages.iter().filter(|message| message.type_name.contains(".tls.") || message.type_name.contains(".rbac.")) {
        collect(message.node, 0, &mut out);
    }
    out
}

fn collect<'n>(node: &'n Data, depth: usize, out: &mut Vec<Named<'n>>) {
    const MAX_DEPTH: usize = 64;
    if depth > MAX_DEPTH {
        return;
    }
    match &node.value {
        Value::Map(entries) => {
            for entry in entries {
                if matches!(&*entry.key, "exact" | "prefix") {
                    out.push(Named { node: &entry.value, is_whole: &*entry.key == "exact" });
                }
                collect(&entry.value, depth + 1, out);
            }
        }
        Value::List(items) => items.iter().for_each(|item| collect(item, depth + 1, out)),
        Value::Scalar(_) => {}
    }
}
