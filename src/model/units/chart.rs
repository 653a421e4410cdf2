//! Helm charts: a folder with a `Chart.yaml`, its templates as helm rendered them, or read tolerantly.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::files::{FileObjects, Files, parent};
use super::rendered::HELM;
use super::{Unit, UnitKind, display};
use crate::model::document::{Document, DocumentKind};
use crate::model::k8s::Object;
use crate::text::SourceId;

/// The folders of charts that are no part of another one, each with what it was recognised by.
pub(super) struct Charts {
    folders: BTreeMap<String, Vec<Arc<Object>>>,
    /// Those of them that were rendered.
    rendered: BTreeSet<String>,
}

impl Charts {
    pub(super) fn new(files: &Files<'_>, documents: &[Document]) -> Self {
        let mut folders: BTreeMap<String, Vec<Arc<Object>>> = BTreeMap::new();
        for document in documents.iter().filter(|document| document.kind == DocumentKind::Chart) {
            folders.insert(parent(&files.path(document.source)).to_owned(), Vec::new());
        }
        let all: Vec<String> = folders.keys().cloned().collect();
        // what lies in a chart's `charts/` is part of it
        folders.retain(|folder, _| {
            !all.iter().any(|outer| outer != folder && below(outer, folder).is_some_and(|rest| rest.starts_with("charts/")))
        });
        Self { folders, rendered: BTreeSet::new() }
    }

    /// Takes the objects of a file that is a template or a CRD of a chart; whether it is one.
    pub(super) fn take(&mut self, files: &Files<'_>, source: SourceId, file: &FileObjects) -> bool {
        if self.folders.is_empty() {
            return false;
        }
        let path = files.path(source);
        let mut folder = parent(&path);
        // of charts inside one another the outermost has it, unless it lies outside of all that a chart renders
        let mut holder = None;
        loop {
            if self.folders.contains_key(folder) && below(folder, &path).is_some_and(is_rendered) {
                holder = Some(folder);
            }
            if folder.is_empty() || folder == "/" {
                break;
            }
            folder = parent(folder);
        }
        let Some((folder, objects)) = holder.and_then(|folder| Some((folder, self.folders.get_mut(folder)?))) else { return false };
        if files.sources.get(source).embedded.as_ref().is_some_and(|holder| holder.kind == HELM) {
            self.rendered.insert(folder.to_owned());
        }
        objects.extend(files.objects(file).iter().cloned());
        true
    }

    pub(super) fn units(self) -> Vec<Unit> {
        let unit = |(folder, objects): (String, Vec<Arc<Object>>)| {
            let gap = (!self.rendered.contains(&folder)).then(|| "the chart's templates are not rendered".to_owned());
            Unit { gaps: gap.into_iter().collect(), ..Unit::new(UnitKind::Chart, display(&folder), objects) }
        };
        self.folders.into_iter().map(unit).collect()
    }
}

/// Whether helm renders the file `path` when it renders the chart in `folder` (`.` for the working directory).
#[must_use]
pub fn is_template(folder: &str, path: &str) -> bool {
    let folder = if folder == "." { "" } else { folder };
    below(folder, path).is_some_and(is_rendered)
}

/// What is left of `path` below `folder`.
fn below<'p>(folder: &str, path: &'p str) -> Option<&'p str> {
    if folder.is_empty() {
        return Some(path);
    }
    let rest = path.strip_prefix(folder)?;
    if folder == "/" { Some(rest) } else { rest.strip_prefix('/') }
}

/// Whether helm applies what a file at this place of a chart holds.
fn is_rendered(rest: &str) -> bool {
    let mut rest = rest;
    // `charts/<name>/…`, any number of times
    while let Some((_, inner)) = rest.strip_prefix("charts/").and_then(|inner| inner.split_once('/')) {
        rest = inner;
    }
    rest.starts_with("templates/") || rest.starts_with("crds/")
}
