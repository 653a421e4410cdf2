//! Which modules are checked together.
//!
//! OPA checks what it is given as one unit. A repository may hold several: bundles, projects, templates, and folders of examples
//! that all are `package main`. Where files are not loaded together, their rules do not conflict, and what one defines the other
//! cannot use.

use rustc_hash::{FxHashMap, FxHashSet};

use super::hir::Module;
use super::tree::{RuleId, Tree};

/// Who sees whom. By default everybody sees everybody.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sight {
    /// By module; empty: one unit.
    standings: Vec<Standing>,
    /// Pairs of folders, by number, that define one document in ways that cannot stand side by side.
    apart: FxHashSet<(u32, u32)>,
    /// Folders of which no two parts are loaded together.
    scattered: FxHashSet<u32>,
}

/// Where a module stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// With `/`.
    pub(crate) path: String,
    /// What holds the module's text (a template, a ConfigMap, a Markdown file); 0 for files. Nobody sees into another holder.
    pub(crate) holder: u32,
    /// The bundle or project that the file belongs to; 0 for none. Those of different ones do not see each other.
    pub(crate) root: u32,
    /// The text is an example: what others of its holder define may be used, but does not conflict.
    pub(crate) alone: bool,
    /// Gatekeeper evaluates it.
    pub(crate) gatekeeper: bool,
    pub(crate) v1: bool,
    /// Folders around the file that clash with others: their parents and themselves, by number.
    pub(crate) parts: Vec<(u32, u32)>,
}

/// So many definitions of one path are compared with each other; of more, all are taken to clash.
const MAX_COMPARED: usize = 64;

impl Sight {
    /// `standings` in the order of the modules.
    pub(crate) fn new(standings: Vec<Standing>) -> Self {
        Self { standings, ..Self::default() }
    }

    /// The modules, of which there are so many, by what they see: those of a group see the same others.
    pub(crate) fn groups(&self, modules: usize) -> Vec<Vec<u32>> {
        let all = 0..u32::try_from(modules).unwrap_or(u32::MAX);
        if self.standings.is_empty() {
            return vec![all.collect()];
        }
        let mut groups: Vec<Vec<u32>> = Vec::new();
        /// Holder, root, parts.
        type Place<'s> = (u32, u32, &'s [(u32, u32)]);
        let mut by_standing: FxHashMap<Place<'_>, usize> = FxHashMap::default();
        for (module, standing) in all.zip(&self.standings) {
            let group = *by_standing.entry((standing.holder, standing.root, &standing.parts)).or_insert_with(|| {
                groups.push(Vec::new());
                groups.len() - 1
            });
            groups[group].push(module);
        }
        groups
    }

    /// Whether names of module `b` mean something in module `a`.
    pub(crate) fn sees(&self, a: u32, b: u32) -> bool {
        let (Some(a), Some(b)) = (self.standings.get(a as usize), self.standings.get(b as usize)) else { return true };
        a.holder == b.holder && (a.root == b.root || a.root == 0 || b.root == 0) && !self.are_apart(a, b)
    }

    fn are_apart(&self, a: &Standing, b: &Standing) -> bool {
        a.parts.iter().any(|(folder, part)| {
            b.parts.iter().any(|(other, its)| {
                folder == other && part != its && (self.scattered.contains(folder) || self.apart.contains(&ordered(*part, *its)))
            })
        })
    }

    /// Whether the modules are loaded together for certain, so that their rules can conflict.
    pub(crate) fn together(&self, a: u32, b: u32) -> bool {
        if a == b {
            return true;
        }
        let (Some(first), Some(second)) = (self.standings.get(a as usize), self.standings.get(b as usize)) else { return true };
        !first.alone && first.root == second.root && first.v1 == second.v1 && self.sees(a, b)
    }

    /// Whether Gatekeeper evaluates the module.
    pub(crate) fn is_gatekeeper(&self, module: u32) -> bool {
        self.standings.get(module as usize).is_some_and(|standing| standing.gatekeeper)
    }

    /// Finds folders that are not loaded together: neither holds the other, and they define one document in ways that OPA would
    /// refuse.
    pub(super) fn separate(&mut self, modules: &[Module], tree: &Tree) {
        if self.standings.is_empty() {
            return;
        }
        let mut folders = Folders::default();
        for (index, node) in tree.nodes.iter().enumerate() {
            if node.rules.is_empty() || node.rules.len() == 1 && node.children.is_empty() {
                continue;
            }
            let mut here: Vec<Definition<'_>> = node.rules.iter().map(|id| self.definition(*id, modules, false)).collect();
            if !node.children.is_empty() {
                let below = tree.below(index).into_iter().skip(1).flat_map(|node| &tree.nodes[node].rules);
                here.extend(below.map(|id| self.definition(*id, modules, true)));
            }
            here.sort_unstable();
            here.dedup();
            if here.len() < 2 || here.windows(2).all(|pair| pair[0].folder == pair[1].folder) {
                continue;
            }
            if here.len() > MAX_COMPARED {
                for pair in here.windows(2) {
                    folders.scatter(pair[0].folder, pair[1].folder);
                }
                continue;
            }
            for (at, first) in here.iter().enumerate() {
                for second in here[at + 1..].iter().filter(|second| first.clashes(second)) {
                    folders.separate(first.folder, second.folder);
                }
            }
        }
        if folders.numbers.is_empty() {
            return;
        }
        let parts: Vec<Vec<(u32, u32)>> = self.standings.iter().map(|standing| folders.around(folder_of(&standing.path))).collect();
        let Folders { apart, scattered, .. } = folders;
        for (standing, parts) in self.standings.iter_mut().zip(parts) {
            standing.parts = parts;
        }
        self.apart = apart;
        self.scattered = scattered;
    }

    fn definition<'s>(&'s self, id: RuleId, modules: &[Module], inside: bool) -> Definition<'s> {
        let standing = &self.standings[id.module];
        let rule = &modules[id.module].rules[id.rule];
        Definition {
            folder: folder_of(&standing.path),
            unit: (standing.holder, standing.root, standing.v1),
            inside,
            default: rule.default,
            multi: rule.is_multi(),
            ground: rule.ground_len() == rule.reference.len(),
            arity: rule.args.len(),
        }
    }
}

/// How a folder defines a document.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Definition<'s> {
    folder: &'s str,
    unit: (u32, u32, bool),
    /// At a longer path.
    inside: bool,
    default: bool,
    multi: bool,
    ground: bool,
    arity: usize,
}

impl Definition<'_> {
    /// Whether OPA would refuse both together.
    fn clashes(&self, other: &Self) -> bool {
        if self.unit != other.unit || self.folder == other.folder {
            return false;
        }
        match (self.inside, other.inside) {
            (true, true) => false,
            (true, false) => other.ground || self.arity > 0,
            (false, true) => self.ground || other.arity > 0,
            (false, false) => {
                (self.multi, self.arity, self.ground) != (other.multi, other.arity, other.ground) || self.default && other.default
            }
        }
    }
}

fn ordered(a: u32, b: u32) -> (u32, u32) {
    (a.min(b), a.max(b))
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Folders that clash, by number.
#[derive(Default)]
struct Folders<'f> {
    numbers: FxHashMap<&'f str, u32>,
    apart: FxHashSet<(u32, u32)>,
    scattered: FxHashSet<u32>,
}

impl<'f> Folders<'f> {
    fn number(&mut self, folder: &'f str) -> u32 {
        let next = self.numbers.len() as u32;
        *self.numbers.entry(folder).or_insert(next)
    }

    /// The two folders, of which neither holds the other, as parts of the innermost one that holds both.
    fn parts(&mut self, a: &'f str, b: &'f str) -> Option<(u32, u32, u32)> {
        let mut end = 0;
        let (mut left, mut right) = (a.split('/'), b.split('/'));
        loop {
            match (left.next()?, right.next()?) {
                (one, other) if one == other => end += one.len() + 1,
                (one, other) => {
                    let parent = &a[..end.saturating_sub(1)];
                    return Some((self.number(parent), self.number(&a[..end + one.len()]), self.number(&b[..end + other.len()])));
                }
            }
        }
    }

    fn separate(&mut self, a: &'f str, b: &'f str) {
        if let Some((_, a, b)) = self.parts(a, b) {
            self.apart.insert(ordered(a, b));
        }
    }

    fn scatter(&mut self, a: &'f str, b: &'f str) {
        if let Some((parent, _, _)) = self.parts(a, b) {
            self.scattered.insert(parent);
        }
    }

    /// The numbered folders around a file, each with the one around it. The root is the empty path.
    fn around(&self, folder: &str) -> Vec<(u32, u32)> {
        let mut out = Vec::new();
        let mut end = folder.len();
        while end > 0 {
            let parent = folder[..end].rfind('/').unwrap_or(0);
            if let (Some(outer), Some(inner)) = (self.numbers.get(&folder[..parent]), self.numbers.get(&folder[..end])) {
                out.push((*outer, *inner));
            }
            end = parent;
        }
        out
    }
}
