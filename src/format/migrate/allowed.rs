//! What a migration changes besides what formatting changes: the proof allows exactly this.

use crate::model::rego::ImportDecl;

/// The changes of names and imports in a file; rewritten built-ins need no entry, the proof knows their equivalents.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Allowed {
    /// Names of variables, arguments and imports in rules, old and new. Where the old name stands for something else, it stays.
    pub(super) variables: Vec<(String, String)>,
    /// Rules that have another name now, of this or of another package.
    pub(super) rules: Vec<RenamedRule>,
    /// Rules of the package that are used by their full path now: the bare name, and all names of the path, the first is `data`.
    pub(super) full_paths: Vec<(String, Vec<String>)>,
    /// An import whose path ends in a rule of `rules` has an entry, too; its new name is in `variables`.
    pub(super) imports: Vec<ChangedImport>,
}

/// A rule with another name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct RenamedRule {
    /// The names of the package's path without `data`.
    pub(super) package: Vec<String>,
    pub(super) from: String,
    pub(super) to: String,
}

/// An import that is written otherwise now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ChangedImport {
    pub(super) from: ImportParts,
    /// `None`: it is gone.
    pub(super) to: Option<ImportParts>,
}

/// What an import says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ImportParts {
    /// All names of the path, the first is `data` or `input`.
    pub(super) path: Vec<String>,
    pub(super) alias: Option<String>,
}

impl ImportParts {
    pub(super) fn of(import: &ImportDecl<'_>) -> Self {
        let path = import.path.parts.iter().map(|(name, _)| name.to_string()).collect();
        Self { path, alias: import.alias.map(|alias| alias.text().to_owned()) }
    }
}

impl Allowed {
    /// Allows a variable to have another name.
    pub(super) fn variable(from: &str, to: &str) -> Self {
        Self { variables: vec![(from.to_owned(), to.to_owned())], ..Self::default() }
    }

    /// Allows an import to be another one, or to be gone.
    pub(super) fn import(from: &ImportDecl<'_>, to: Option<ImportParts>) -> Self {
        Self { imports: vec![ChangedImport { from: ImportParts::of(from), to }], ..Self::default() }
    }

    /// Adds what `other` allows.
    pub(super) fn extend(&mut self, other: &Self) {
        self.variables.extend_from_slice(&other.variables);
        self.rules.extend_from_slice(&other.rules);
        self.full_paths.extend_from_slice(&other.full_paths);
        self.imports.extend_from_slice(&other.imports);
    }

    /// Adds what `other` allows; an import that gets another path here and another alias there gets both.
    pub(super) fn merge(&mut self, mut other: Self) {
        for import in &mut other.imports {
            let Some(to) = &mut import.to else { continue };
            if let Some(at) = self.imports.iter().position(|known| known.from == import.from && known.to.is_some())
                && let Some(known) = self.imports.swap_remove(at).to
            {
                if to.path == import.from.path {
                    to.path = known.path;
                }
                if to.alias == import.from.alias {
                    to.alias = known.alias;
                }
            }
        }
        self.extend(&other);
    }
}
