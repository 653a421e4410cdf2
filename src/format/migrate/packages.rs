//! What the packages of a workspace define: a module sees the rules that other files of its package have.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Member;
use crate::format::style::is_new_keyword;
use crate::model::rego::{Module, RuleDef, is_deprecated, write_path};
use crate::syntax::rego::Parse;
use crate::syntax::rego::ast::{self, Expr};

/// The packages of a workspace by path.
#[derive(Debug, Default)]
pub(super) struct Packages {
    by_path: FxHashMap<String, Package>,
    /// Deprecated built-ins that a `with` replaces.
    replaced: FxHashSet<String>,
}

/// What a package's files define together.
#[derive(Debug, Default)]
pub(super) struct Package {
    /// First names of rules → whether v1 has no way to write all of their heads.
    rules: FxHashMap<String, bool>,
    /// First names of rules that more than one file defines.
    shared: FxHashSet<String>,
}

static NOTHING: std::sync::LazyLock<Package> = std::sync::LazyLock::new(Package::default);

impl Packages {
    /// Reads the rules of all members that parse.
    pub(super) fn new(members: &[Member<'_>]) -> Self {
        let read = |member: &Member<'_>| {
            let module = Module::new(member.parse);
            let rules: Vec<(String, bool)> = module.rules.iter().map(|rule| (rule.name.to_owned(), is_refused(rule))).collect();
            (path(&module), rules, replaced(member.parse))
        };
        let files: Vec<_> = members.par_iter().map(read).collect();
        let mut packages = Self::default();
        for (path, rules, replaced) in files {
            packages.replaced.extend(replaced);
            let package = packages.by_path.entry(path).or_default();
            let here: FxHashSet<String> = rules.iter().map(|(name, _)| name.clone()).collect();
            package.shared.extend(here.into_iter().filter(|name| package.rules.contains_key(name)));
            for (name, refused) in rules {
                *package.rules.entry(name).or_default() |= refused;
            }
        }
        packages
    }

    /// The package of a module.
    pub(super) fn of(&self, module: &Module<'_>) -> &Package {
        self.by_path.get(&path(module)).unwrap_or(&NOTHING)
    }

    /// Whether a `with` somewhere replaces a deprecated built-in.
    pub(super) fn is_replaced(&self, name: &str) -> bool {
        self.replaced.contains(name)
    }

    /// The paths of all packages.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.by_path.keys().map(String::as_str)
    }
}

impl Package {
    /// Whether some file has a rule with this first name.
    pub(super) fn defines(&self, name: &str) -> bool {
        self.rules.contains_key(name)
    }

    /// Whether more than one file has rules with this first name.
    pub(super) fn shares(&self, name: &str) -> bool {
        self.shared.contains(name)
    }

    /// Whether the rule with this first name must be called otherwise in v1.
    pub(super) fn must_rename(&self, name: &str) -> bool {
        self.rules.get(name).copied().unwrap_or(false)
    }
}

/// The path of a module's package: `data.a.b`.
pub(super) fn path(module: &Module<'_>) -> String {
    let mut path = String::new();
    write_path(&mut path, std::iter::once("data").chain(module.package.parts.iter().map(|(name, _)| name.as_ref())));
    path
}

/// Whether v1 refuses the name in a rule's head: documents always, keywords where nothing follows the name.
pub(super) fn is_refused(rule: &RuleDef<'_>) -> bool {
    match rule.name {
        "input" | "data" => true,
        name if is_new_keyword(name) => matches!(rule.head.name(), Some(Expr::Var(_))) || rule.bracket_member.is_some(),
        _ => false,
    }
}

/// The deprecated built-ins that the `with`s of a file replace.
pub(super) fn replaced(parse: &Parse) -> Vec<String> {
    let targets = parse.tree.root().descendants().filter_map(ast::With::cast).filter_map(ast::With::target);
    targets.filter_map(ast::dotted).filter(|name| is_deprecated(name)).collect()
}
