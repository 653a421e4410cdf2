//! What all files of a run tell together.

use std::collections::BTreeMap;

use super::rego::Facts;
use crate::text::SourceId;

/// The facts of all files, and where to find them.
#[derive(Debug, Default)]
pub struct Workspace {
    /// In the order of the run's inputs.
    files: Vec<Facts>,
    /// `data.a.b` → indexes of the files with that package.
    packages: BTreeMap<String, Vec<usize>>,
    by_source: BTreeMap<SourceId, usize>,
}

impl Workspace {
    #[must_use]
    pub fn new(files: Vec<Facts>) -> Self {
        let mut packages: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut by_source = BTreeMap::new();
        for (at, facts) in files.iter().enumerate() {
            packages.entry(facts.package.clone()).or_default().push(at);
            by_source.insert(facts.source, at);
        }
        Self { files, packages, by_source }
    }

    /// All modules in the order of the run's inputs.
    #[must_use]
    pub fn modules(&self) -> &[Facts] {
        &self.files
    }

    /// The facts of one module.
    #[must_use]
    pub fn module(&self, source: SourceId) -> Option<&Facts> {
        self.by_source.get(&source).map(|at| &self.files[*at])
    }

    /// The packages by name, each with its modules.
    pub fn packages(&self) -> impl Iterator<Item = (&str, impl Iterator<Item = &Facts>)> {
        self.packages.iter().map(|(name, files)| (name.as_str(), files.iter().map(|at| &self.files[*at])))
    }

    /// The modules of a package (`data.a.b`).
    pub fn package(&self, name: &str) -> impl Iterator<Item = &Facts> {
        self.packages.get(name).into_iter().flatten().map(|at| &self.files[*at])
    }

    /// The longest package name (`data.a.b`) that `path` starts with.
    #[must_use]
    pub fn package_of(&self, path: &str) -> Option<&str> {
        let mut end = path.len();
        loop {
            if let Some((name, _)) = self.packages.get_key_value(&path[..end]) {
                return Some(name);
            }
            end = path[..end].rfind(['.', '['])?;
        }
    }
}
