//! That a migrated text says what the original says, but for the listed rewrites.
//!
//! The two syntax trees are compared; nothing here knows how the edits are made.

use std::cell::{Cell, RefCell};

use rustc_hash::{FxHashMap, FxHashSet};

use super::allowed::{Allowed, ImportParts};
use crate::format::Target;
use crate::format::lower::lower;
use crate::format::lowered::{List, Lowered, TermId, Value};
use crate::format::order::string_of;
use crate::format::same::{Same, check_migrated};
use crate::syntax::rego::{Parse, Version, parse_syntax};

/// How many terms may be looked at for rewrites.
const STEPS: u32 = 1_000_000;

/// Compares the syntax of the original with that of the result.
///
/// # Errors
/// What differs.
pub(super) fn check(before: &Parse, after: &str, target: Target, allowed: &Allowed) -> Result<(), String> {
    let unreadable = |_| "a text cannot be read".to_owned();
    let before = lower(before).map_err(unreadable)?.out;
    let migrated = Migrated::new(&before, allowed);
    let versions: &[Version] = match target {
        Target::V0 => &[Version::V0],
        Target::V1 | Target::V1Only => &[Version::V1],
        Target::Both => &[Version::V0, Version::V1],
    };
    for version in versions {
        let parsed = parse_syntax(after, *version);
        if !parsed.formattable {
            return Err("the result is no valid Rego".to_owned());
        }
        let after = lower(&parsed).map_err(unreadable)?.out;
        check_migrated(&before, &after, target, Some(&migrated))?;
    }
    Ok(())
}

/// What may differ after a migration.
pub(in crate::format) struct Migrated<'m> {
    allowed: &'m Allowed,
    /// The names of the package's path without `data`.
    package: Vec<String>,
    /// Names of imports → paths.
    imports: FxHashMap<String, Vec<String>>,
    /// All names of the original.
    names: FxHashSet<&'m str>,
    /// First names of rules.
    rules: FxHashSet<&'m str>,
    /// New names of the rule that is compared → old names: none may come from two.
    sources: RefCell<FxHashMap<String, String>>,
    steps: Cell<u32>,
}

fn texts(ast: &Lowered<'_>, id: TermId) -> Vec<String> {
    let text = |id: &TermId| match ast.term(*id).value {
        Value::Var(span) => ast.slice(span).to_owned(),
        value => string_of(ast, value).into_owned(),
    };
    match ast.term(id).value {
        Value::Ref(parts) => ast.list(parts).iter().map(text).collect(),
        _ => vec![text(&id)],
    }
}

impl<'m> Migrated<'m> {
    fn new(before: &'m Lowered<'m>, allowed: &'m Allowed) -> Self {
        let mut package = texts(before, before.package.1);
        if package.first().is_some_and(|first| first == "data") {
            package.remove(0);
        }
        let mut imports = FxHashMap::default();
        for import in &before.imports {
            let path = texts(before, import.path);
            let name = import.alias.map_or_else(|| path.last().cloned().unwrap_or_default(), |alias| before.slice(alias).to_owned());
            // in v0 the last one counts
            imports.insert(name, path);
        }
        let names = before.terms.iter().filter_map(|term| match term.value {
            Value::Var(span) => Some(before.slice(span)),
            _ => None,
        });
        let rules = before.rules.iter().filter_map(|rule| match before.term(*before.list(rule.head.reference).first()?).value {
            Value::Var(span) => Some(before.slice(span)),
            _ => None,
        });
        Self {
            allowed,
            package,
            imports,
            names: names.collect(),
            rules: rules.collect(),
            sources: RefCell::default(),
            steps: Cell::new(STEPS),
        }
    }

    /// Forgets the names of the rule before.
    pub(in crate::format) fn start_rule(&self) {
        self.sources.borrow_mut().clear();
    }

    /// Changes what the imports of the original say into what those of the result should say.
    pub(in crate::format) fn change_imports(&self, said: &mut Vec<(Vec<String>, String)>) {
        let key = |parts: &ImportParts| (parts.path.clone(), parts.alias.clone().unwrap_or_default());
        let mut places: FxHashMap<(Vec<String>, String), Vec<usize>> = FxHashMap::default();
        for (at, import) in said.iter().enumerate() {
            places.entry(import.clone()).or_default().push(at);
        }
        let mut gone = vec![false; said.len()];
        for change in &self.allowed.imports {
            let Some(at) = places.get_mut(&key(&change.from)).and_then(Vec::pop) else { continue };
            match &change.to {
                Some(to) => {
                    said[at] = key(to);
                    places.entry(key(to)).or_default().push(at);
                }
                None => gone[at] = true,
            }
        }
        let mut gone = gone.into_iter();
        said.retain(|_| !gone.next().unwrap_or(false));
    }

    /// Whether a name is the other one, or has become it.
    pub(in crate::format) fn is_name(&self, a: &str, b: &str) -> bool {
        let pair = |(from, to): &(String, String)| from == a && to == b;
        let is_allowed = a == b
            || self.allowed.variables.iter().any(pair)
            || self.allowed.rules.iter().any(|rule| rule.package == self.package && rule.from == a && rule.to == b);
        is_allowed && *self.sources.borrow_mut().entry(b.to_owned()).or_insert_with(|| a.to_owned()) == a
    }

    /// Whether a name stands nowhere in the original.
    pub(super) fn is_new(&self, name: &str) -> bool {
        !self.names.contains(name)
    }

    /// Whether a call's first name is that of a rule or import.
    pub(super) fn is_own(&self, name: &str) -> bool {
        self.rules.contains(name) || self.imports.contains_key(name) || self.allowed.rules.iter().any(|rule| rule.from == name)
    }

    fn step(&self) -> bool {
        let left = self.steps.get();
        self.steps.set(left.saturating_sub(1));
        left > 0
    }
}

impl Same<'_, '_, '_> {
    /// Whether a term has become another one by a listed rewrite.
    pub(in crate::format) fn is_migrated(&self, migrated: &Migrated<'_>, a: TermId, b: TermId) -> bool {
        if !migrated.step() {
            return false;
        }
        match (self.a.term(a).value, self.b.term(b).value) {
            (Value::Ref(x), Value::Ref(y)) => self.is_renamed_reference(migrated, x, y) || self.is_rewritten_reference(migrated, x, y),
            // a lone document's name
            (Value::Ref(x), Value::Var(_)) => match *self.a.list(x) {
                [only] => self.term(only, b),
                _ => false,
            },
            (Value::Var(x), Value::Ref(y)) => self.is_full_path(migrated, self.a.slice(x), &[], self.b.list(y)),
            (Value::Call(x), _) => self.is_rewritten_call(migrated, x, self.view(b)),
            _ => false,
        }
    }

    /// References to renamed rules, and those that have become full paths.
    fn is_renamed_reference(&self, migrated: &Migrated<'_>, a: List, b: List) -> bool {
        let (x, y) = (self.a.list(a), self.b.list(b));
        let (Some(first), Some(new)) = (x.first(), y.first()) else { return false };
        let Value::Var(name) = self.a.term(*first).value else { return false };
        let name = self.a.slice(name);
        if self.is_full_path(migrated, name, &x[1..], y) {
            return true;
        }
        if x.len() != y.len() || !self.term(*first, *new) {
            return false;
        }
        let mut path: Vec<String> = match name {
            "data" => Vec::new(),
            _ => match migrated.imports.get(name) {
                Some(path) => path[1..].to_vec(),
                None => return false,
            },
        };
        x[1..].iter().zip(&y[1..]).all(|(x, y)| {
            let part = |ast: &Lowered<'_>, id: TermId| match ast.term(id).value {
                value @ (Value::String(_) | Value::Name(_)) => string_of(ast, value).into_owned(),
                // no name: nothing behind it is known
                _ => String::new(),
            };
            let (old, new) = (part(self.a, *x), part(self.b, *y));
            let renamed = migrated.allowed.rules.iter().any(|rule| rule.package == path && rule.from == old && rule.to == new);
            path.push(old);
            renamed || self.term(*x, *y)
        })
    }

    /// Whether `name` and the rest of a reference have become `data.….name` and the rest.
    fn is_full_path(&self, migrated: &Migrated<'_>, name: &str, rest: &[TermId], b: &[TermId]) -> bool {
        migrated.allowed.full_paths.iter().any(|(from, path)| {
            let Some((start, end)) = b.split_at_checked(path.len()) else { return false };
            let is_part = |(id, name): (&TermId, &String)| match self.b.term(*id).value {
                Value::Var(span) => self.b.slice(span) == name,
                value @ (Value::String(_) | Value::Name(_)) => string_of(self.b, value) == name.as_str(),
                _ => false,
            };
            from == name && start.iter().zip(path).all(is_part) && self.all(rest, end)
        })
    }
}
