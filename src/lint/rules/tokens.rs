//! What the rules about tokens share: which modules belong together, and which expressions are the same token.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::rego::{Constraints, Facts, RuleValue, Term, TokenCall, TokenFunction, argument_mark};
use crate::model::workspace::Workspace;

/// The token facts of a workspace, by what rules ask for.
pub(in crate::lint) struct Tokens<'a> {
    workspace: &'a Workspace,
    values: FxHashMap<&'a str, Vec<&'a RuleValue>>,
    /// Function → argument lists of its calls.
    calls: FxHashMap<&'a str, Vec<&'a [Term]>>,
    /// Pairs of packages of which one refers to the other.
    linked: FxHashSet<(&'a str, &'a str)>,
    /// Path → number of definitions that are no defaults.
    definitions: BTreeMap<&'a str, usize>,
}

/// What the modules that belong to a package verify.
#[derive(Default)]
pub(super) struct Checks {
    /// Whether they verify any token.
    pub(super) exist: bool,
    /// The tokens that they verify.
    pub(super) forms: FxHashSet<String>,
    /// Whether `forms` is all of them.
    pub(super) known: bool,
}

/// More callers than these are not told apart.
const MAX_CALLERS: usize = 64;

impl<'a> Tokens<'a> {
    pub(in crate::lint) fn new(workspace: &'a Workspace) -> Self {
        let mut values: FxHashMap<&str, Vec<&RuleValue>> = FxHashMap::default();
        let mut calls: FxHashMap<&str, Vec<&[Term]>> = FxHashMap::default();
        let mut linked = FxHashSet::default();
        let mut definitions: BTreeMap<&str, usize> = BTreeMap::new();
        for facts in workspace.modules() {
            for rule in facts.rules.iter().filter(|rule| !rule.is_default) {
                *definitions.entry(&rule.path).or_default() += 1;
            }
            for value in &facts.tokens.values {
                values.entry(&value.path).or_default().push(value);
            }
            for (function, arguments) in &facts.tokens.arguments {
                calls.entry(function).or_default().push(arguments);
            }
            for path in facts.references.iter().map(|reference| facts.path(reference)).chain(facts.imports.iter().map(|i| i.path.as_str()))
            {
                if let Some(package) = workspace.package_of(path).filter(|package| *package != facts.package) {
                    linked.insert((facts.package.as_str(), package));
                    linked.insert((package, facts.package.as_str()));
                }
            }
        }
        Self { workspace, values, calls, linked, definitions }
    }

    /// The modules that are no tests and lie in `package`, or in one that it refers to or that refers to it.
    pub(super) fn related(&self, package: &str) -> impl Iterator<Item = &'a Facts> {
        self.workspace
            .modules()
            .iter()
            .filter(move |facts| !facts.is_test() && (facts.package == package || self.linked.contains(&(package, facts.package.as_str()))))
    }

    /// Calls of `io.jwt` functions outside of tests.
    pub(super) fn calls(facts: &Facts) -> impl Iterator<Item = &TokenCall> {
        facts.tokens.calls.iter().filter(|call| !facts.is_test() && !facts.rules.get(call.rule as usize).is_some_and(|rule| rule.is_test))
    }

    /// The signatures that related modules check.
    pub(super) fn checks(&self, package: &str) -> Checks {
        let mut checks = Checks { known: true, ..Checks::default() };
        for facts in self.related(package) {
            for call in Self::calls(facts).filter(|call| call.function != TokenFunction::Decode) {
                let (forms, known) = self.forms(facts, call);
                checks.exist = true;
                checks.known &= known;
                checks.forms.extend(forms);
            }
        }
        checks
    }

    /// The texts that a call's token may stand for: itself, what callers pass for arguments, and the value of a rule that it names,
    /// one level deep; and whether they are all that is meant.
    pub(super) fn forms(&self, facts: &Facts, call: &TokenCall) -> (BTreeSet<String>, bool) {
        let mut forms = BTreeSet::new();
        let mut known = call.token.known;
        if call.token.arguments.is_empty() {
            forms.insert(call.token.text.clone());
        } else {
            let function = facts.rules.get(call.rule as usize).map_or("", |rule| rule.path.as_str());
            // the same argument of the same function is the same token
            forms.insert(format!("{function}:{}", call.token.text));
            let callers = self.calls.get(function).map_or(&[][..], Vec::as_slice);
            known &= !callers.is_empty() && callers.len() <= MAX_CALLERS;
            for arguments in callers.iter().take(MAX_CALLERS) {
                let mut text = call.token.text.clone();
                for index in &call.token.arguments {
                    match arguments.get(*index as usize).filter(|argument| argument.arguments.is_empty()) {
                        Some(argument) => {
                            known &= argument.known;
                            text = text.replace(&argument_mark(*index), &argument.text);
                        }
                        None => known = false,
                    }
                }
                forms.insert(text);
            }
        }
        let expanded: Vec<String> = forms.iter().filter_map(|form| self.expand(form, &mut known)).collect();
        forms.extend(expanded);
        (forms, known)
    }

    /// The text with the rules that it names replaced by their values; `None` where it names none.
    fn expand(&self, text: &str, known: &mut bool) -> Option<String> {
        let mut out = String::new();
        let mut rest = text;
        let mut changed = false;
        while let Some(at) = rest.find("data.") {
            let path = &rest[at..];
            let inside_name = rest[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '"'));
            let len = path.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))).unwrap_or(path.len());
            // the longest part of the path that is a rule with one definition
            let mut ends = std::iter::once(len).chain(path[..len].rmatch_indices('.').map(|(dot, _)| dot));
            let value = ends.find_map(|end| match self.values.get(&path[..end]).map(Vec::as_slice) {
                Some([value]) if !inside_name => Some((end, *value)),
                _ => None,
            });
            out.push_str(&rest[..at]);
            let end = match value {
                Some((end, value)) => {
                    out.push_str(&value.value.text);
                    *known &= value.value.known;
                    changed = true;
                    end
                }
                None => {
                    out.push_str(&path[..len]);
                    len
                }
            };
            rest = &path[end..];
        }
        out.push_str(rest);
        changed.then_some(out)
    }

    /// The keys of an object, where all of them are known.
    pub(super) fn keys(&self, constraints: &'a Constraints) -> Option<&'a [String]> {
        let mut constraints = constraints;
        for _ in 0..4 {
            match constraints {
                Constraints::Keys(keys) => return Some(keys),
                Constraints::Unknown => return None,
                Constraints::At(path) => {
                    // single keys may be defined elsewhere
                    let below = format!("{path}.");
                    let parts = self.definitions.range(below.as_str()..).next().is_some_and(|(path, _)| path.starts_with(&below));
                    let definitions = self.definitions.get(path.as_str()).copied().unwrap_or(0);
                    match self.values.get(path.as_str()).map(Vec::as_slice) {
                        Some([value]) if definitions == 1 && !parts => constraints = &value.constraints,
                        _ => return None,
                    }
                }
            }
        }
        None
    }
}
