//! Which rules use which, over all modules.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::rego::Facts;
use crate::model::workspace::Workspace;

/// A rule: the module's place in the workspace, the rule's in the module.
pub(crate) type RuleId = (u32, u32);

/// The rules of a workspace and their references.
pub(crate) struct Graph<'a> {
    workspace: &'a Workspace,
    by_path: BTreeMap<&'a str, Vec<RuleId>>,
    /// The references of each module, by rule.
    uses: Vec<FxHashMap<u32, Vec<&'a str>>>,
}

impl<'a> Graph<'a> {
    pub(crate) fn new(workspace: &'a Workspace) -> Self {
        let mut by_path: BTreeMap<&str, Vec<RuleId>> = BTreeMap::new();
        let mut uses = Vec::with_capacity(workspace.modules().len());
        for (at, facts) in workspace.modules().iter().enumerate() {
            for (nr, rule) in facts.rules.iter().enumerate() {
                by_path.entry(&rule.path).or_default().push((at as u32, nr as u32));
            }
            let mut of_rules: FxHashMap<u32, Vec<&str>> = FxHashMap::default();
            for reference in &facts.references {
                of_rules.entry(reference.rule).or_default().push(facts.path(reference));
            }
            uses.push(of_rules);
        }
        Self { workspace, by_path, uses }
    }

    pub(crate) fn facts(&self, id: RuleId) -> &'a Facts {
        &self.workspace.modules()[id.0 as usize]
    }

    /// The rules at, below and above a path: those that a reference to it may read.
    pub(crate) fn at(&self, path: &str) -> Vec<RuleId> {
        let mut out: Vec<RuleId> = Vec::new();
        let below = self.by_path.range(path..).take_while(|(key, _)| key.starts_with(path));
        for (key, ids) in below {
            if key.len() == path.len() || key[path.len()..].starts_with(['.', '[']) {
                out.extend(ids);
            }
        }
        let mut end = path.len();
        while let Some(cut) = path[..end].rfind(['.', '[']) {
            if let Some(ids) = self.by_path.get(&path[..cut]) {
                out.extend(ids);
            }
            end = cut;
        }
        out
    }

    /// Whether any rule is defined exactly at, below or above the path.
    pub(crate) fn is_defined(&self, path: &str) -> bool {
        !self.at(path).is_empty()
    }

    /// The definitions of the rule at a path.
    pub(crate) fn definitions(&self, path: &str) -> &[RuleId] {
        self.by_path.get(path).map_or(&[], Vec::as_slice)
    }

    /// The paths that a rule refers to.
    pub(crate) fn references(&self, id: RuleId) -> &[&'a str] {
        self.uses[id.0 as usize].get(&id.1).map_or(&[], Vec::as_slice)
    }

    /// The rules that refer to a path, to something below it, or to a document that holds it.
    pub(crate) fn users(&self, path: &str) -> Vec<RuleId> {
        let holds =
            |outer: &str, inner: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
        let mut out = Vec::new();
        for (module, uses) in self.uses.iter().enumerate() {
            let users = uses.iter().filter(|(_, paths)| paths.iter().any(|used| holds(used, path) || holds(path, used)));
            out.extend(users.map(|(rule, _)| (module as u32, *rule)));
        }
        out
    }

    /// Everything that the rules reach, themselves included.
    pub(crate) fn reachable(&self, roots: impl IntoIterator<Item = RuleId>) -> FxHashSet<RuleId> {
        let mut seen: FxHashSet<RuleId> = FxHashSet::default();
        let mut paths: FxHashSet<&str> = FxHashSet::default();
        let mut open: Vec<RuleId> = roots.into_iter().collect();
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            // all definitions of a rule belong together
            let own = self.facts(id).rules[id.1 as usize].path.as_str();
            if paths.insert(own) {
                open.extend(self.definitions(own));
            }
            for path in self.references(id) {
                if paths.insert(path) {
                    open.extend(self.at(path));
                }
            }
        }
        seen
    }
}
