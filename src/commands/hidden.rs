//! How much of a run's folders the configuration hides: the walk passes by what is excluded, and that alone is counted here.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ignore::WalkBuilder;

use super::discover::FileKind;
use crate::model::code::library::is_foreign_folder;

/// What a walk passed by because it is excluded.
#[derive(Default)]
pub(super) struct Hidden(Mutex<BTreeSet<(PathBuf, bool)>>);

impl Hidden {
    /// Takes note of a path, and whether it is a folder; a walk may come by twice.
    pub(super) fn pass_by(&self, path: &Path, is_dir: bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert((path.to_owned(), is_dir));
    }

    /// So many files of kinds that are judged. Folders of others' code below `top` count for nothing: leaving them out hides nothing.
    pub(super) fn files(&self, top: &Path) -> usize {
        let passed = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let count = |(path, is_dir): &(PathBuf, bool)| match is_dir {
            _ if !is_own(path, top) => 0,
            false => usize::from(FileKind::of(path) != FileKind::Other),
            true if is_foreign(path) => 0,
            true => below(path),
        };
        passed.iter().map(count).sum()
    }
}

/// Whether no folder between `top` and the file holds what others wrote.
pub(super) fn is_own(path: &Path, top: &Path) -> bool {
    let folders = path.parent().and_then(|folder| folder.strip_prefix(top).ok());
    folders.is_none_or(|folders| folders.components().all(|part| !is_foreign_folder(&part.as_os_str().to_string_lossy())))
}

fn is_foreign(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| is_foreign_folder(&name.to_string_lossy()))
}

fn below(folder: &Path) -> usize {
    let walk = WalkBuilder::new(folder)
        .hidden(false)
        .ignore(false)
        .follow_links(false)
        .filter_entry(|entry| entry.depth() == 0 || entry.file_name() != ".git" && !is_foreign(entry.path()))
        .build();
    let is_file = |entry: &ignore::DirEntry| entry.file_type().is_some_and(|kind| kind.is_file());
    walk.flatten().filter(|entry| is_file(entry) && FileKind::of(entry.path()) != FileKind::Other).count()
}
