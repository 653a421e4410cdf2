//! What modules know of each other: rules by path, names by package, and who sees whom.

use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::functions::RuleFacts;
use super::hir::{Module, Term, Var};
use super::sight::Sight;
use super::tree::{RuleId, Tree};
use crate::model::rego::value::Value;

/// All modules, as they are before any stage.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) tree: Tree,
    pub(crate) sight: Sight,
    /// By module and rule.
    facts: Vec<Vec<RuleFacts>>,
    /// What follows the constant start of a rule's reference, where something does; `None` for what is no constant.
    tails: FxHashMap<RuleId, Vec<Option<Value>>>,
    packages: FxHashMap<Vec<Arc<str>>, Package>,
    /// What was found out about names of unknown functions.
    similar: Mutex<FxHashMap<String, Option<&'static str>>>,
}

/// The names of a package's rules, each with the modules that have such a rule.
type Package = FxHashMap<Arc<str>, Vec<u32>>;

impl World {
    pub(crate) fn new(modules: &[Module], sight: Sight) -> Self {
        let mut packages: FxHashMap<Vec<Arc<str>>, Package> = FxHashMap::default();
        for module in modules {
            let package = packages.entry(module.package_names()).or_default();
            for name in module.rules.iter().filter_map(|rule| rule.reference[0].as_var()) {
                let name = module.vars.name(name);
                match package.get_mut(name) {
                    Some(modules) if modules.last() == Some(&module.index) => {}
                    Some(modules) => modules.push(module.index),
                    None => {
                        package.insert(name.into(), vec![module.index]);
                    }
                }
            }
        }
        let facts = modules.iter().map(|module| module.rules.iter().map(RuleFacts::of).collect()).collect();
        let mut tails = FxHashMap::default();
        for (module, content) in modules.iter().enumerate() {
            for (rule, content) in content.rules.iter().enumerate() {
                let tail = &content.reference[content.ground_len()..];
                if !tail.is_empty() {
                    tails.insert(RuleId { module, rule }, tail.iter().map(|part| part.as_value().cloned()).collect());
                }
            }
        }
        let tree = Tree::new(modules);
        let mut sight = sight;
        sight.separate(modules, &tree);
        Self { tree, sight, facts, tails, packages, similar: Mutex::default() }
    }

    /// The builtin that `find` finds for a name; each name is looked for once.
    pub(super) fn similar_builtin(&self, name: &str, find: impl FnOnce() -> Option<&'static str>) -> Option<&'static str> {
        let known = || self.similar.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().get(name) {
            return *found;
        }
        let found = find();
        known().insert(name.to_owned(), found);
        found
    }

    /// The variables of a module that name rules of its package.
    pub(super) fn exported(&self, module: &Module) -> Vec<(Var, Arc<str>)> {
        let Some(package) = self.packages.get(&module.package_names()) else { return Vec::new() };
        let seen = |modules: &[u32]| modules.iter().any(|other| self.sight.sees(module.index, *other));
        let known = package.iter().filter(|(_, modules)| seen(modules));
        known.filter_map(|(name, _)| Some((module.vars.find(name)?, Arc::clone(name)))).collect()
    }

    /// The names that modules with module `from`'s package can use without an import, sorted.
    pub(super) fn names_in_package(&self, from: u32, package: &[Arc<str>]) -> Vec<&str> {
        let package = self.packages.get(package).into_iter().flatten();
        let seen = package.filter(|(_, modules)| modules.iter().any(|other| self.sight.sees(from, *other)));
        let mut names: Vec<&str> = seen.map(|(name, _)| &**name).collect();
        names.sort_unstable();
        names
    }

    /// The names of functions of a package (`a.b`), sorted.
    pub(super) fn functions_in(&self, from: u32, package: &str) -> Vec<String> {
        let path: Vec<Value> = package.split('.').map(Value::from).collect();
        let Some(node) = self.tree.find(&path) else { return Vec::new() };
        let children = self.tree.nodes[node].children.iter();
        let callable = children.filter(|(_, child)| self.rules(from, **child).any(|id| self.facts(id).arity > 0));
        callable.filter_map(|(name, _)| name.as_str().map(str::to_owned)).collect()
    }

    /// How many packages there are.
    pub(super) fn packages(&self) -> usize {
        self.packages.len()
    }

    /// The package (`a.b`) that module `from` sees and that ends in a name.
    pub(super) fn package_called(&self, from: u32, name: &str) -> Option<String> {
        let called = self.packages.iter().filter(|(path, names)| {
            path.last().is_some_and(|last| &**last == name)
                && names.values().any(|modules| modules.iter().any(|other| self.sight.sees(from, *other)))
        });
        // the least does not depend on the order of a map
        called.map(|(path, _)| path.join(".")).min()
    }

    pub(crate) fn facts(&self, id: RuleId) -> RuleFacts {
        self.facts[id.module][id.rule]
    }

    /// Whether a reference that goes on with `rest` behind the constant start of a rule may mean it, or something in its value.
    pub(super) fn tail_matches(&self, id: RuleId, rest: &[Option<Value>]) -> bool {
        let tail = self.tails.get(&id).into_iter().flatten();
        tail.zip(rest).all(|parts| !matches!(parts, (Some(own), Some(wanted)) if own != wanted))
    }

    /// The rules at a node that module `from` sees.
    pub(crate) fn rules(&self, from: u32, node: usize) -> impl Iterator<Item = RuleId> + '_ {
        self.tree.nodes[node].rules.iter().copied().filter(move |id| self.sight.sees(from, id.module as u32))
    }

    /// The rules that module `from` sees whose constant path is exactly the reference's.
    pub(crate) fn exact<'w>(&'w self, from: u32, parts: &[Term]) -> impl Iterator<Item = RuleId> + 'w {
        self.tree.find_ref(parts).into_iter().flat_map(move |node| self.rules(from, node))
    }
}
