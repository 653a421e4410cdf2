//! Which Rego version a file is read as, apart from what its imports say.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rustc_hash::FxHashMap;

use crate::syntax::rego::Version;

/// Answers for each file what `.manifest` says, each manifest read once.
#[derive(Debug, Default)]
pub(crate) struct Manifests {
    known: Mutex<Known>,
}

/// What governs the files of a folder.
#[derive(Debug, Default)]
struct Known {
    /// By the folders as files are named.
    given: FxHashMap<OsString, Option<Arc<Manifest>>>,
    /// By the folders from the root on.
    whole: HashMap<PathBuf, Option<Arc<Manifest>>>,
}

/// What a bundle's manifest says of versions (OPA: "Bundle File Format").
#[derive(Debug)]
struct Manifest {
    folder: PathBuf,
    all: Option<Version>,
    files: Vec<(globset::GlobMatcher, Version)>,
}

impl Manifests {
    /// The version that the nearest `.manifest` above `file` gives it, up to the version-control root; `None` without one.
    pub(crate) fn version(&self, file: &Path) -> Option<Version> {
        let manifest = self.of_file(file)?;
        if manifest.files.is_empty() {
            return manifest.all;
        }
        let file = std::path::absolute(file).ok()?;
        let inside = file.strip_prefix(&manifest.folder).unwrap_or(&file);
        manifest.files.iter().find(|(glob, _)| glob.is_match(inside)).map(|(_, version)| *version).or(manifest.all)
    }

    /// The folder of the bundle that `file` lies in.
    pub(crate) fn folder(&self, file: &Path) -> Option<PathBuf> {
        self.of_file(file).map(|manifest| manifest.folder.clone())
    }

    fn of_file(&self, file: &Path) -> Option<Arc<Manifest>> {
        let folder = file.parent()?.as_os_str();
        let mut known = self.known.lock().ok()?;
        if let Some(manifest) = known.given.get(folder) {
            return manifest.clone();
        }
        let manifest = of_folder(&mut known.whole, std::path::absolute(file).ok()?.parent()?);
        known.given.insert(folder.to_owned(), manifest.clone());
        manifest
    }
}

fn of_folder(known: &mut HashMap<PathBuf, Option<Arc<Manifest>>>, folder: &Path) -> Option<Arc<Manifest>> {
    if let Some(manifest) = known.get(folder) {
        return manifest.clone();
    }
    let manifest = match Manifest::read(folder) {
        Some(manifest) => Some(Arc::new(manifest)),
        None if folder.join(".git").exists() => None,
        None => folder.parent().and_then(|parent| of_folder(known, parent)),
    };
    known.insert(folder.to_owned(), manifest.clone());
    manifest
}

impl Manifest {
    fn read(folder: &Path) -> Option<Self> {
        let value: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.join(".manifest")).ok()?).ok()?;
        let version = |value: &serde_json::Value| match value.as_u64() {
            Some(0) => Some(Version::V0),
            Some(1) => Some(Version::V1),
            _ => None,
        };
        let files = value.get("file_rego_versions").and_then(serde_json::Value::as_object).into_iter().flatten();
        let files = files
            .filter_map(|(glob, number)| {
                let glob = globset::GlobBuilder::new(glob.trim_start_matches('/')).literal_separator(true).build().ok()?;
                Some((glob.compile_matcher(), version(number)?))
            })
            .collect();
        Some(Self { folder: folder.to_owned(), all: value.get("rego_version").and_then(version), files })
    }
}
