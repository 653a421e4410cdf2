//! Helm charts: a folder with a `Chart.yaml`, its templates read tolerantly.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::files::{FileObjects, Files, parent};
use super::{Unit, UnitKind, display};
use crate::model::document::{Document, DocumentKind};
use crate::model::k8s::Object;
use crate::text::SourceId;

/// The folders of charts that are no part of another one, each with what it was recognised by.
pub(super) struct Charts {
    folders: BTreeMap<String, Vec<Arc<Object>>>,
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
        Self { folders }
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
        let Some(objects) = holder.and_then(|folder| self.folders.get_mut(folder)) else { return false };
        objects.extend(files.objects(file).iter().cloned());
        true
    }

    pub(super) fn units(self) -> Vec<Unit> {
        let unit = |(folder, objects): (String, Vec<Arc<Object>>)| Unit {
            gaps: vec!["the chart's templates are not rendered".to_owned()],
            ..Unit::new(UnitKind::Chart, display(&folder), objects)
        };
        self.folders.into_iter().map(unit).collect()
    }
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
