//! Resources and data sources of Terraform.

use super::maps;
use crate::model::value::{Node, Origin};

/// A resource, or a data source.
#[derive(Clone, Copy, Debug)]
pub struct Resource<'d> {
    pub kind: &'d str,
    pub name: &'d str,
    /// The line that begins it.
    pub at: &'d Origin,
    pub body: &'d Node,
}

/// The resources of a document, in its order by kind.
pub fn resources(root: &Node) -> impl Iterator<Item = Resource<'_>> {
    labelled(root, "resource")
}

pub(super) fn data_sources(root: &Node) -> impl Iterator<Item = Resource<'_>> {
    labelled(root, "data")
}

fn labelled<'d>(root: &'d Node, block: &str) -> impl Iterator<Item = Resource<'d>> + use<'d> {
    let kinds = root.entry(block).into_iter().flat_map(maps).flat_map(|(_, kinds)| kinds.entries());
    kinds.flat_map(|kind| {
        let names = maps(kind).flat_map(|(_, names)| names.entries());
        names.flat_map(move |name| maps(name).map(move |(at, body)| Resource { kind: &kind.key, name: &name.key, at, body }))
    })
}

/// The blocks of a type with one label, `provider "vault" { … }`.
pub fn blocks_of<'d>(root: &'d Node, block: &str, label: &str) -> impl Iterator<Item = &'d Node> + use<'d> {
    let labels = root.entry(block).into_iter().flat_map(maps).filter_map({
        let label = label.to_owned();
        move |(_, labels)| labels.entry(&label)
    });
    labels.flat_map(maps).map(|(_, body)| body)
}
