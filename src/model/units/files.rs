//! The files of a run by path, with the objects that they hold.

use std::ops::Range;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::k8s::Object;
use crate::text::{SourceId, SourceMap};

/// What was read from one file.
#[derive(Clone, Debug)]
pub struct FileObjects {
    pub source: SourceId,
    /// Its objects' places among all objects.
    pub objects: Range<usize>,
    /// A document of it is cut off by a syntax error.
    pub broken: bool,
    /// So many of its documents are neither empty nor objects.
    pub others: usize,
    /// The kinds of objects that syntax errors cut off before they are objects.
    pub lost: Vec<Arc<str>>,
}

/// The files of a run by path.
pub(super) struct Files<'m> {
    pub(super) sources: &'m SourceMap,
    objects: &'m [Arc<Object>],
    by_path: FxHashMap<String, SourceId>,
    folders: FxHashSet<String>,
    /// Those that hold a kustomization.
    kustomized: FxHashSet<String>,
    read: FxHashMap<SourceId, &'m FileObjects>,
}

/// Why a path names nothing that can be looked up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum BadPath {
    Remote,
    Absolute,
    Empty,
}

impl<'m> Files<'m> {
    pub(super) fn new(sources: &'m SourceMap, objects: &'m [Arc<Object>], read: &'m [FileObjects]) -> Self {
        let mut by_path = FxHashMap::default();
        let (mut folders, mut kustomized) = (FxHashSet::default(), FxHashSet::default());
        for (id, file) in sources.iter().filter(|(_, file)| file.mapping.is_none()) {
            let path = clean("", &file.path);
            let mut folder = parent(&path);
            if matches!(path[folder.len()..].trim_start_matches('/'), "kustomization.yaml" | "kustomization.yml" | "Kustomization") {
                kustomized.insert(folder.to_owned());
            }
            while folders.insert(folder.to_owned()) && !folder.is_empty() {
                folder = parent(folder);
            }
            by_path.entry(path).or_insert(id);
        }
        Self { sources, objects, by_path, folders, kustomized, read: read.iter().map(|file| (file.source, file)).collect() }
    }

    /// The path of a file, cleaned as [`Files::find`] wants it.
    pub(super) fn path(&self, source: SourceId) -> String {
        clean("", &self.sources.get(source).path)
    }

    pub(super) fn find(&self, path: &str) -> Option<SourceId> {
        self.by_path.get(path).copied()
    }

    pub(super) fn has_folder(&self, path: &str) -> bool {
        self.folders.contains(path)
    }

    /// Whether a file lies in the folder of a kustomization.
    pub(super) fn is_beside_kustomization(&self, source: SourceId) -> bool {
        !self.kustomized.is_empty() && self.kustomized.contains(parent(&self.path(source)))
    }

    /// What was read from a file; `None` where it is no manifest.
    pub(super) fn read(&self, source: SourceId) -> Option<&'m FileObjects> {
        self.read.get(&source).copied()
    }

    /// The objects of a file, in its order.
    pub(super) fn objects(&self, file: &FileObjects) -> &'m [Arc<Object>] {
        self.objects.get(file.objects.clone()).unwrap_or(&[])
    }
}

/// The folder of a path, without a trailing `/`; empty for the working directory.
pub(super) fn parent(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) if path.len() > 1 => "/",
        Some(at) => &path[..at],
        None => "",
    }
}

/// `relative` seen from `folder`, without `.` and, as far as that goes, `..`. Symbolic links are not followed.
pub(super) fn clean(folder: &str, relative: &str) -> String {
    let absolute = relative.starts_with('/') || folder.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    let from = if relative.starts_with('/') { "" } else { folder };
    for part in from.split('/').chain(relative.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            ".." if absolute => {}
            _ => parts.push(part),
        }
    }
    if absolute { format!("/{}", parts.join("/")) } else { parts.join("/") }
}

/// The path that a kustomization in `folder` names.
///
/// # Errors
/// For what is no path below or beside it.
pub(super) fn resolve(folder: &str, written: &str) -> Result<String, BadPath> {
    if written.trim().is_empty() {
        return Err(BadPath::Empty);
    }
    if is_remote(written) {
        return Err(BadPath::Remote);
    }
    if written.starts_with('/') {
        return Err(BadPath::Absolute);
    }
    Ok(clean(folder, written))
}

/// What kustomize takes for a URL or a Git repository elsewhere.
fn is_remote(written: &str) -> bool {
    let first = written.split('/').next().unwrap_or("");
    written.contains("://")
        || written.starts_with("git::")
        || written.starts_with("gh:")
        || written.starts_with("git@")
        || written.contains("?ref=")
        || written.contains(".git//")
        || matches!(first, "github.com" | "gitlab.com" | "bitbucket.org")
        || (first.contains('@') && first.contains(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned() {
        assert_eq!(clean("a/b", "../c/./d.yaml"), "a/c/d.yaml");
        assert_eq!(clean("a", "../../x"), "../x");
        assert_eq!(clean("../a", "../b"), "../b");
        assert_eq!(clean("/t/a", "../../../b"), "/b");
        assert_eq!(clean("", "./"), "");
        assert_eq!(parent("a/b.yaml"), "a");
        assert_eq!(parent("/b.yaml"), "/");
        assert_eq!(parent("b.yaml"), "");
    }

    #[test]
    fn remotes_are_told_from_paths() {
        for text in ["https://x/y.yaml", "github.com/a/b//c?ref=v1", "git@github.com:a/b.git", "ssh://git@x/y"] {
            assert_eq!(resolve("a", text), Err(BadPath::Remote), "{text}");
        }
        assert_eq!(resolve("a", "../github/x.yaml"), Ok("github/x.yaml".to_owned()));
        assert_eq!(resolve("a", "/x.yaml"), Err(BadPath::Absolute));
        assert_eq!(resolve("a", " "), Err(BadPath::Empty));
    }
}
