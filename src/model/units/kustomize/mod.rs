//! Kustomizations, built in process: what `kustomize build` gives, with every value pointing at where it is written.
//! Order and defaults are those of `api/internal/target/kusttarget.go` in kubernetes-sigs/kustomize.

mod apply;
mod build;
mod config;
mod crds;
mod fields;
mod generate;
mod json6902;
mod merge;
mod names;
mod openapi;
mod patches;
mod plugins;
mod replacements;
mod resource;
mod select;
mod specs;
mod transform;
mod vars;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::files::{Files, parent};
use super::{Built, Parts, Unit, UnitKind, display};
use crate::model::document::{DocumentKind, is_kustomization_name};
use crate::model::value::Node;
use crate::text::SourceId;

pub use patches::InlinePatches;

/// A `kustomization.yaml`.
pub(super) struct Kustomization {
    pub(super) folder: String,
    pub(super) source: SourceId,
    pub(super) root: Arc<Node>,
    /// `kind: Component`: applied to what another kustomization holds.
    pub(super) is_component: bool,
    /// What is wrong with it as a file.
    pub(super) problems: Vec<String>,
}

/// The units of all kustomizations. `taken` gets the files that they list.
pub(super) fn build(files: &Files<'_>, parts: &Parts<'_>, built: &mut Built, taken: &mut FxHashSet<SourceId>) -> Vec<Unit> {
    let kustomizations = find(files, parts);
    if kustomizations.is_empty() {
        return Vec::new();
    }
    let mut builder = build::Builder::new(files, parts.inline, &kustomizations);
    let mut done = BTreeMap::new();
    // components last: one that something uses is not built alone
    let (components, others): (Vec<_>, Vec<_>) = kustomizations.values().partition(|kustomization| kustomization.is_component);
    for kustomization in others {
        done.insert(&kustomization.folder, builder.unit(kustomization));
    }
    for kustomization in components {
        if !builder.used.contains(&kustomization.folder) {
            done.insert(&kustomization.folder, builder.unit(kustomization));
        }
    }
    let build::Builder { used, taken: listed, skipped, generated, .. } = builder;
    taken.extend(listed);
    built.skipped.extend(skipped);
    built.generated.extend(generated);
    done.into_iter()
        .map(|(folder, (objects, gaps))| Unit {
            is_base: used.contains(folder),
            gaps,
            ..Unit::new(UnitKind::Kustomization, display(folder), objects)
        })
        .collect()
}

/// All kustomizations by folder.
fn find(files: &Files<'_>, parts: &Parts<'_>) -> BTreeMap<String, Kustomization> {
    let mut found: BTreeMap<String, Kustomization> = BTreeMap::new();
    let mut names: BTreeSet<(String, SourceId)> = BTreeSet::new();
    for document in parts.documents.iter().filter(|document| document.kind == DocumentKind::Kustomization) {
        let path = files.path(document.source);
        if !path.rsplit('/').next().is_some_and(is_kustomization_name) {
            continue;
        }
        let folder = parent(&path).to_owned();
        let is_first = names.insert((folder.clone(), document.source));
        if let Some(known) = found.get_mut(&folder) {
            known.problems.push(if is_first { "the folder has several kustomizations" } else { "it has several documents" }.to_owned());
            continue;
        }
        let is_component = document.root.get("kind").and_then(Node::as_str) == Some("Component");
        let problems = if document.partial { vec!["it cannot be read to its end".to_owned()] } else { Vec::new() };
        let root = Arc::clone(&document.root);
        found.insert(folder.clone(), Kustomization { folder, source: document.source, root, is_component, problems });
    }
    found
}
