//! What all modules of a workspace define together.

use std::borrow::Cow;
use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::rego::Facts;
use crate::model::workspace::Workspace;

/// The packages and rules of a workspace by full path (`data.a.b.allow`).
pub(in crate::lint) struct Exports<'w> {
    rules: FxHashSet<&'w str>,
    packages: FxHashSet<&'w str>,
    /// The rules, the packages, and all that they lie in.
    known: FxHashSet<&'w str>,
    /// Path → the paths right below it; made when first asked for.
    below: OnceLock<FxHashMap<&'w str, Vec<&'w str>>>,
}

impl<'w> Exports<'w> {
    pub(in crate::lint) fn new(workspace: &'w Workspace) -> Self {
        let mut this =
            Self { rules: FxHashSet::default(), packages: FxHashSet::default(), known: FxHashSet::default(), below: OnceLock::new() };
        for facts in workspace.modules() {
            this.packages.insert(&facts.package);
            this.add(&facts.package);
            for rule in &facts.rules {
                this.rules.insert(&rule.path);
                this.add(&rule.path);
            }
        }
        this
    }

    fn add(&mut self, path: &'w str) {
        let mut at = path;
        // what an earlier path lies in is there already
        while self.known.insert(at)
            && let Some(shorter) = cut(at)
        {
            at = shorter;
        }
    }

    /// Whether a rule, a part of a rule's value, or a package or what it lies in is at `path`.
    pub(super) fn has(&self, path: &str) -> bool {
        self.known.contains(path) || self.lies_in_rule(path)
    }

    /// Whether `path` is that of a rule, or of a part of its value.
    pub(super) fn lies_in_rule(&self, path: &str) -> bool {
        std::iter::successors(Some(path), |path| cut(path)).any(|path| self.rules.contains(path))
    }

    /// Whether `path`, which nothing defines, should be defined here: another package than the module's own lacks the rule, or what
    /// is there is called nearly the same, which it gives.
    pub(super) fn misses(&self, path: &str, own_package: &str) -> Option<Option<&'w str>> {
        let mut missing = path;
        let holder = loop {
            let shorter = cut(missing)?;
            if let Some(known) = self.known.get(shorter) {
                break *known;
            }
            missing = shorter;
        };
        let name = missing[holder.len()..].trim_start_matches(['.', '[', '"']);
        let below = self.below.get_or_init(|| {
            let mut below: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
            for path in &self.known {
                if let Some(holder) = cut(path) {
                    below.entry(holder).or_default().push(path);
                }
            }
            below.values_mut().for_each(|paths| paths.sort_unstable());
            below
        });
        // larger packages are rarer than hostile texts
        let siblings = below.get(holder).filter(|paths| paths.len() <= 1000);
        let near = siblings.into_iter().flatten().filter_map(|path| {
            let other = path[holder.len()..].trim_start_matches(['.', '[', '"']);
            let longest = name.len().max(other.len());
            // a text is worth comparing where its length is near
            let distance = (longest < 64 && name.len().abs_diff(other.len()) <= 2).then(|| strsim::damerau_levenshtein(name, other))?;
            (distance <= 2 && distance * 3 < longest + 1).then_some((distance, *path))
        });
        let near = near.min().map(|(_, path)| path);
        (near.is_some() || (holder != own_package && self.packages.contains(holder))).then_some(near)
    }
}

/// A path without its last name.
fn cut(path: &str) -> Option<&str> {
    path.rfind(['.', '[']).map(|at| &path[..at])
}

/// The tree of rules that Regal resolves references in.
pub(in crate::lint) struct RegalTree<'w> {
    /// Path → whether something lies below it.
    nodes: FxHashMap<Cow<'w, str>, bool>,
}

impl<'w> RegalTree<'w> {
    pub(in crate::lint) fn new(workspace: &'w Workspace) -> Self {
        let mut this = Self { nodes: FxHashMap::default() };
        for facts in workspace.modules().iter().filter(|facts| !is_lost(facts)) {
            let package = facts.links.regal_package.as_deref();
            this.add(package.unwrap_or(&facts.package).into());
            let mut odd = facts.links.regal_rules.iter().peekable();
            for (at, rule) in facts.rules.iter().enumerate() {
                let name = odd.next_if(|(index, _)| *index as usize == at).map(|(_, name)| name);
                match (package, name) {
                    (None, None) => this.add(Cow::Borrowed(&rule.path)),
                    (_, Some(name)) => this.add(format!("{}.{name}", package.unwrap_or(&facts.package)).into()),
                    (Some(package), None) => {
                        let rest = rule.path.strip_prefix(facts.package.as_str()).unwrap_or_default();
                        this.add(format!("{package}{rest}").into());
                    }
                }
            }
        }
        this
    }

    fn add(&mut self, path: Cow<'w, str>) {
        let parent = match &path {
            Cow::Borrowed(path) => path.rfind('.').map(|at| Cow::Borrowed(&path[..at])),
            Cow::Owned(path) => path.rfind('.').map(|at| Cow::Owned(path[..at].to_owned())),
        };
        self.nodes.entry(path).or_insert(false);
        let mut at = parent;
        while let Some(path) = at {
            let shorter = match &path {
                Cow::Borrowed(path) => path.rfind('.').map(|at| Cow::Borrowed(&path[..at])),
                Cow::Owned(path) => path.rfind('.').map(|at| Cow::Owned(path[..at].to_owned())),
            };
            // what has children was put in with all that it lies in
            if self.nodes.insert(path, true) == Some(true) {
                break;
            }
            at = shorter;
        }
    }

    /// Whether there is something at `path`, or a rule without further names that it lies in.
    pub(super) fn resolves(&self, path: &str) -> bool {
        self.nodes.contains_key(path) || self.lies_in_leaf(path)
    }

    /// Whether `path` lies in a rule or package that has nothing below it.
    pub(super) fn lies_in_leaf(&self, path: &str) -> bool {
        let paths = std::iter::successors(Some(path), |path| path.rfind('.').map(|at| &path[..at]));
        paths.into_iter().any(|path| self.nodes.get(path) == Some(&false))
    }
}

/// Whether Regal loses a module's tree, and with it all that it knows of the module for rules over all files: it writes names into
/// JSON pointers as they are.
pub(super) fn is_lost(facts: &Facts) -> bool {
    facts.links.regal_package.as_ref().is_some_and(|package| package.contains('/'))
        || facts.links.regal_rules.iter().any(|(_, name)| name.contains('/'))
}
