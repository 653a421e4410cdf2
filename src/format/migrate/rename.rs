//! Rules that get another name, with all their uses in the workspace.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Member;
use super::allowed::{Allowed, RenamedRule};
use super::names::candidates;
use super::packages::{self, Packages};
use super::step::{Step, StepKind, StepState};
use super::uses::{FileUses, Targets};
use crate::diag::Applicability;
use crate::model::rego::{Module, builtin, is_builtin_namespace, write_path};
use crate::syntax::rego::Kind;
use crate::text::Span;

/// The renames that a migration needs.
#[derive(Debug, Default)]
pub(super) struct Renames {
    list: Vec<Rename>,
    /// Wanted: file and name → index in `list`.
    wanted: FxHashMap<(usize, String), usize>,
    /// For each file the edits, with the rename's index; sorted by place.
    uses: Vec<Vec<(usize, Use)>>,
    /// For each file what the proof has to allow for imports.
    allowed: Vec<Vec<(usize, Allowed)>>,
    names: Vec<String>,
}

/// A rule that gets another name.
#[derive(Debug)]
struct Rename {
    /// `data.a.b`
    package: String,
    /// The names of the path without `data`.
    parts: Vec<String>,
    from: String,
    to: String,
    /// Why it cannot be renamed: what to write, for people.
    blocked: Option<String>,
    /// The files that define or use it.
    files: Vec<usize>,
}

/// A place where a renamed rule is named.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Use {
    pub(super) span: Span,
    /// What is written there instead.
    pub(super) text: String,
    /// The head of one of its rules.
    pub(super) is_definition: bool,
}

impl Renames {
    /// `wanted`: the files' indices with the names of rules that must change.
    pub(super) fn new(members: &[Member<'_>], packages: &Packages, wanted: &[(usize, &str)]) -> Self {
        let mut renames = Self { names: members.iter().map(|member| member.name.to_owned()).collect(), ..Self::default() };
        renames.uses.resize_with(members.len(), Vec::new);
        if wanted.is_empty() {
            return renames;
        }
        let mut known: BTreeMap<(String, &str), usize> = BTreeMap::new();
        let mut package_of: FxHashMap<usize, (String, Vec<String>)> = FxHashMap::default();
        for (file, name) in wanted {
            let (package, parts) = package_of.entry(*file).or_insert_with(|| {
                let module = Module::new(members[*file].parse);
                (packages::path(&module), module.package.parts.iter().map(|(name, _)| name.to_string()).collect())
            });
            let at = *known.entry((package.clone(), name)).or_insert_with(|| {
                let (package, parts, from) = (package.clone(), parts.clone(), (*name).to_owned());
                renames.list.push(Rename { package, parts, from, to: String::new(), blocked: None, files: Vec::new() });
                renames.list.len() - 1
            });
            renames.wanted.insert((*file, (*name).to_owned()), at);
        }
        renames.choose_names(members);
        renames.gather(members, packages);
        renames.block_clashes(members, packages);
        renames.block_strangers(members);
        renames
    }

    /// New names that stand nowhere in the workspace yet.
    fn choose_names(&mut self, members: &[Member<'_>]) {
        let from: BTreeSet<&str> = self.list.iter().map(|rename| rename.from.as_str()).collect();
        let taken: FxHashSet<&str> = members
            .par_iter()
            .flat_map_iter(|member| member.parse.tree.tokens())
            .filter(|token| matches!(token.kind(), Kind::Ident | Kind::String | Kind::RawString))
            .map(|token| token.text().trim_matches(['"', '`']))
            .filter(|word| word.rsplit_once('_').is_some_and(|(stem, _)| from.contains(stem)))
            .collect();
        for rename in &mut self.list {
            let free = |new: &String| !taken.contains(new.as_str()) && !is_builtin_namespace(new);
            rename.to = candidates(&rename.from).find(free).expect("there are more numbers than names");
        }
    }

    /// Finds what is to be written, and what stands in the way.
    fn gather(&mut self, members: &[Member<'_>], packages: &Packages) {
        let targets = Targets::new(self.list.iter().map(|rename| (rename.package.as_str(), rename.from.as_str(), rename.to.as_str())));
        let found: Vec<FileUses> = members.par_iter().map(|member| FileUses::new(member.parse, packages, &targets)).collect();
        let mut dynamic: FxHashMap<String, (usize, Span)> = FxHashMap::default();
        for (file, found) in found.into_iter().enumerate() {
            for (prefix, span) in found.dynamic {
                dynamic.entry(prefix).or_insert((file, span));
            }
            for (at, found) in found.uses {
                let rename = &mut self.list[at];
                if rename.files.last() != Some(&file) {
                    rename.files.push(file);
                }
                self.uses[file].push((at, found));
            }
            for at in found.unreadable {
                let why = format!("`{}` has syntax errors and may use it: mend that first", members[file].name);
                self.list[at].blocked.get_or_insert(why);
            }
            self.uses[file].sort_by(|(_, a), (_, b)| a.cmp(b));
            self.uses[file].dedup();
            self.allowed.push(found.allowed);
        }
        for rename in &mut self.list {
            let first = prefixes(&rename.package).filter_map(|prefix| Some((prefix, dynamic.get(prefix)?))).min_by_key(|(_, at)| **at);
            if let Some((prefix, (file, span))) = first {
                let (name, line) = (members[*file].name, line_of(members[*file].parse.tree.text(), span.start));
                let why =
                    format!("rename it by hand: `{prefix}` is read as a whole or with a computed name at {name}:{line}, which may mean it");
                rename.blocked.get_or_insert(why);
            }
        }
    }

    fn block_clashes(&mut self, members: &[Member<'_>], packages: &Packages) {
        let paths: BTreeSet<&str> = packages.paths().collect();
        let below = |prefix: String| paths.range(prefix.as_str()..).next().is_some_and(|path| path.starts_with(&prefix));
        for rename in &mut self.list {
            let mut path = rename.package.clone();
            write_path(&mut path, ["", rename.from.as_str()].into_iter());
            if paths.contains(path.as_str()) || below(format!("{path}.")) || below(format!("{path}[")) {
                rename.blocked.get_or_insert(format!("rename it by hand: there is a package `{path}`, too"));
            }
            if let Some(file) = rename.files.iter().find(|file| members[**file].formatted.is_none()) {
                rename.blocked.get_or_insert(format!("rename it by hand: `{}` names it and may not be written", members[*file].name));
            }
            if rename.files.is_empty() {
                rename.blocked.get_or_insert("rename it by hand: no file given defines it".to_owned());
            }
        }
    }

    /// A rule with the name of a built-in hides it in the whole package. A call in a folder of its own means either, since nothing
    /// says that the two are loaded together.
    fn block_strangers(&mut self, members: &[Member<'_>]) {
        for (at, rename) in self.list.iter_mut().enumerate().filter(|(_, rename)| builtin(&rename.from).is_some()) {
            let uses = |file: usize| self.uses[file].iter().filter(move |(of, _)| *of == at).map(|(_, found)| found);
            let defines = |file: usize| uses(file).any(|found| found.is_definition);
            let is_bare = |file: usize| {
                let text = members[file].parse.tree.text();
                let starts_path = |found: &Use| !text[..found.span.start as usize].ends_with(['.', '[']);
                uses(file).any(|found| text[found.span.range()] == rename.from && starts_path(found))
            };
            let homes: Vec<&str> = rename.files.iter().filter(|file| defines(**file)).map(|file| folder(members[*file].name)).collect();
            let is_stranger = |file: &&usize| {
                let here = folder(members[**file].name);
                !defines(**file) && is_bare(**file) && !homes.iter().any(|home| is_below(here, home) || is_below(home, here))
            };
            if let Some(file) = rename.files.iter().find(is_stranger) {
                let (name, from) = (members[*file].name, &rename.from);
                let why = format!("rename it by hand: `{name}` calls `{from}`, which is the built-in if it is loaded without this file");
                rename.blocked.get_or_insert(why);
            }
        }
    }

    /// Which renames happen if `solvable` tells which files are migrated.
    pub(super) fn live(&self, solvable: impl Fn(usize) -> bool) -> Vec<bool> {
        self.list.iter().map(|rename| rename.blocked.is_none() && rename.files.iter().all(|file| solvable(*file))).collect()
    }

    /// Whether the rule of a file is renamed.
    pub(super) fn happens(&self, live: &[bool], file: usize, name: &str) -> bool {
        self.of(file, name).is_some_and(|at| live[at])
    }

    /// What is done about a rule's name.
    pub(super) fn remedy(&self, file: usize, name: &str, solvable: impl Fn(usize) -> bool) -> (String, Applicability) {
        let Some(rename) = self.of(file, name).map(|at| &self.list[at]) else {
            return ("rename the rule by hand".to_owned(), Applicability::DisplayOnly);
        };
        match &rename.blocked {
            Some(why) => (why.clone(), Applicability::DisplayOnly),
            None => (self.help(rename, file, solvable), Applicability::Unsafe),
        }
    }

    fn help(&self, rename: &Rename, file: usize, solvable: impl Fn(usize) -> bool) -> String {
        let mut help =
            format!("rename it to `{}`, here and where it is used; others may query `{}.{}`", rename.to, rename.package, rename.from);
        if let Some(other) = rename.files.iter().find(|other| **other != file && !solvable(**other)) {
            help += &format!("; this waits for `{}`, which names it", self.names[*other]);
        }
        help
    }

    /// The uses of renamed rules in a file, for the report; definitions only where `own`, the names of the file's problems, lacks
    /// them.
    pub(super) fn steps(
        &self,
        file: usize,
        own: &[&str],
        live: &[bool],
        allow_unsafe: bool,
        solvable: impl Fn(usize) -> bool,
    ) -> Vec<Step> {
        let step = |(at, found): &(usize, Use)| {
            let rename = &self.list[*at];
            let Rename { package, from, to, .. } = rename;
            let is_told = found.is_definition && own.contains(&from.as_str());
            (rename.blocked.is_none() && !is_told).then(|| Step {
                kind: StepKind::RenamedUse,
                span: found.span,
                message: format!("rule `{package}.{from}` gets the name `{to}`"),
                help: if live[*at] { format!("write `{}`", found.text) } else { self.help(rename, file, &solvable) },
                state: match (allow_unsafe, live[*at]) {
                    (false, _) => StepState::Unsafe,
                    (true, true) => StepState::Done,
                    (true, false) => StepState::Held,
                },
            })
        };
        self.uses[file].iter().filter_map(step).collect()
    }

    /// The edits of a file for the renames that happen, in the order of the text.
    pub(super) fn edits(&self, file: usize, live: &[bool]) -> Vec<(Span, String)> {
        self.uses[file].iter().filter(|(at, _)| live[*at]).map(|(_, found)| (found.span, found.text.clone())).collect()
    }

    /// The renames that happen in a file, for the proof.
    pub(super) fn allowed(&self, file: usize, live: &[bool]) -> Allowed {
        let named: BTreeSet<usize> = self.uses[file].iter().map(|(at, _)| *at).filter(|at| live[*at]).collect();
        let rule = |at: usize| {
            let Rename { parts, from, to, .. } = &self.list[at];
            RenamedRule { package: parts.clone(), from: from.clone(), to: to.clone() }
        };
        let mut allowed = Allowed { rules: named.into_iter().map(rule).collect(), ..Allowed::default() };
        for (_, import) in self.allowed.get(file).into_iter().flatten().filter(|(at, _)| live[*at]) {
            allowed.extend(import);
        }
        allowed
    }

    fn of(&self, file: usize, name: &str) -> Option<usize> {
        self.wanted.get(&(file, name.to_owned())).copied()
    }
}

/// `data`, `data.a`, `data.a["b.c"]`, … up to the path itself.
pub(super) fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let mut escaped = false;
    let inner = path.char_indices().filter_map(move |(at, c)| {
        let ends = !quoted && matches!(c, '.' | '[');
        match c {
            '"' if !escaped => quoted = !quoted,
            _ => {}
        }
        escaped = quoted && c == '\\' && !escaped;
        ends.then(|| &path[..at])
    });
    inner.chain(std::iter::once(path))
}

/// The folder of a file, without the slash at its end.
fn folder(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether a folder is `above` or lies in it.
fn is_below(folder: &str, above: &str) -> bool {
    above.is_empty() || folder.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn line_of(text: &str, at: u32) -> usize {
    text.as_bytes()[..at as usize].iter().filter(|byte| **byte == b'\n').count() + 1
}
