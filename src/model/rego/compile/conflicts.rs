//! Rules that cannot stand side by side, and names that cannot be taken.

use std::collections::{BTreeMap, BTreeSet};

use super::hir::{DATA, INPUT, Module, Rule, TermKind, Vars, dotted};
use super::tree::{RuleId, Tree};
use super::visit::{each_body_of_rule, each_expr};
use super::{Class, CompileError, Places, World};
use crate::model::rego::value::to_text;

/// Rules and variables called `input` or `data`: refused in version 1.
pub(super) fn names(rule: &mut Rule, vars: &Vars, errors: &mut Vec<CompileError>) {
    if let Some(var @ (INPUT | DATA)) = rule.reference[0].as_var() {
        let message = format!("rules must not shadow {} (use a different rule name)", vars.name(var));
        let error = CompileError::compile(Class::ShadowedDocument, rule.at, message).within(rule.head_at.span);
        errors.push(error.saying(format!("a rule must not be called `{}`", vars.name(var))).help("rename it"));
    }
    super::hir::each_in_chain(rule, &mut |rule| {
        each_body_of_rule(rule, &mut |body| {
            each_expr(body, &mut |expr| {
                let Some([_, target, ..]) = expr.as_call().filter(|_| expr.is_assignment()) else { return };
                if let TermKind::Ref(parts) = &target.kind
                    && parts.len() == 1
                    && let Some(var @ (INPUT | DATA)) = parts[0].as_var()
                {
                    let message = format!("variables must not shadow {} (use a different variable name)", vars.name(var));
                    let error = CompileError::compile(Class::ShadowedDocument, expr.at, message).within(target.at.span);
                    errors.push(error.saying(format!("a variable must not be called `{}`", vars.name(var))).help("rename it"));
                }
            });
        });
    });
}

/// Two imports of one name: refused in version 1.
pub(super) fn imports(module: &Module, errors: &mut Vec<CompileError>) {
    let mut seen = BTreeMap::new();
    for import in &module.imports {
        match seen.get(&import.name) {
            Some((first, at)) => {
                let message = format!("import must not shadow import {first}");
                let error = CompileError::compile(Class::DuplicateImport, import.at, message);
                let name = module.vars.name(import.name);
                let error = error.saying(format!("`{name}` is imported twice")).help("leave one out, or give it another name with `as`");
                errors.push(error.label(*at, "the first import of this name"));
            }
            None => {
                seen.insert(import.name, (dotted(&import.path, &module.vars).unwrap_or_default(), import.at));
            }
        }
    }
}

/// Rules of different kinds or arities at one path, rules inside the extent of others, several defaults, and packages at the path of
/// a rule.
pub(super) fn rules(modules: &[Module], world: &World, places: &dyn Places, errors: &mut Vec<CompileError>) {
    let mut found = Conflicts { modules, world, places, errors };
    let tree = &world.tree;
    for (index, node) in tree.nodes.iter().enumerate() {
        if node.rules.is_empty() || node.rules.len() == 1 && node.children.is_empty() {
            continue;
        }
        // rules that are loaded together
        let mut groups: Vec<Vec<RuleId>> = Vec::new();
        for id in &node.rules {
            match groups.iter_mut().find(|group| found.together(group[0], *id)) {
                Some(group) => group.push(*id),
                None => groups.push(vec![*id]),
            }
        }
        for group in groups {
            found.at_one_path(index, &group);
        }
    }
    found.packages();
}

struct Conflicts<'c> {
    modules: &'c [Module],
    world: &'c World,
    places: &'c dyn Places,
    errors: &'c mut Vec<CompileError>,
}

impl<'c> Conflicts<'c> {
    fn rule(&self, id: RuleId) -> &'c Rule {
        &self.modules[id.module].rules[id.rule]
    }

    fn together(&self, a: RuleId, b: RuleId) -> bool {
        self.world.sight.together(a.module as u32, b.module as u32)
    }

    fn at_one_path(&mut self, index: usize, group: &[RuleId]) {
        let first = group[0];
        let name = || path_text(self.modules, first);
        let shape = |id: &RuleId| {
            let rule = self.rule(*id);
            (rule.is_multi(), rule.args.len(), rule.ground_len() == rule.reference.len())
        };
        let shapes: BTreeSet<(bool, usize, bool)> = group.iter().map(shape).collect();
        let kinds: BTreeSet<(bool, usize)> = shapes.iter().map(|(multi, args, _)| (*multi, *args)).collect();
        let complete = shapes.iter().any(|(multi, _, ground)| !multi && *ground);
        let partial = shapes.iter().any(|(multi, _, ground)| *multi || !ground);
        let sets = shapes.iter().any(|(multi, _, ground)| *multi && *ground);
        let objects_of_sets = shapes.iter().any(|(multi, _, ground)| *multi && !ground);
        let mut inside = Vec::new();
        if !self.world.tree.nodes[index].children.is_empty() {
            inside = rules_below(&self.world.tree, index);
            inside.retain(|id| self.together(first, *id));
            if !shapes.iter().any(|(_, _, ground)| *ground) {
                inside.retain(|id| !self.rule(*id).args.is_empty());
            }
        }
        let rule = self.rule(first);
        let defaults: Vec<RuleId> = group.iter().copied().filter(|id| self.rule(*id).default).collect();
        let error = |message: String| CompileError::types(Class::RuleConflict, rule.at, message).within(rule.head_at.span);
        let found = if !inside.is_empty() {
            let mut message = format!("rule {} conflicts with:", name());
            let listed: BTreeSet<String> = inside
                .iter()
                .map(|id| format!("rule {} at {}", path_text(self.modules, *id), self.places.describe(self.rule(*id).at)))
                .collect();
            for item in listed {
                message.push_str("\n  ");
                message.push_str(&item);
            }
            let other = path_text(self.modules, inside[0]);
            let own = head_text(rule, &self.modules[first.module].vars);
            let error = error(message)
                .saying(format!("`{own}` has a value of its own, and `{}` is defined inside it", short(&other)))
                .help("rename one of them, or define the whole document in one place");
            self.labels(error, &inside, "defined inside it here")
        } else if kinds.len() > 1 || complete && partial || sets && objects_of_sets {
            let is_other = |id: &&RuleId| shape(id) != shape(&first);
            let other = group.iter().find(is_other).copied().unwrap_or(first);
            let own = head_text(rule, &self.modules[first.module].vars);
            let (what, against) = (describe(rule), describe(self.rule(other)));
            let against = if what == against { "something else".to_owned() } else { against };
            let error = error(format!("conflicting rules {} found", name()))
                .saying(format!("`{own}` is defined as {what}, and elsewhere as {against}"))
                .help("all rules of one name are of one kind and take as many arguments; rename one of them");
            let others: Vec<RuleId> = group.iter().filter(is_other).copied().collect();
            self.labels(error, &others, "defined differently here")
        } else if defaults.len() > 1 {
            let places: Vec<String> = defaults.iter().map(|id| self.places.describe(self.rule(*id).at)).collect();
            let message = format!("multiple default rules {} found at {}", name(), places.join(", "));
            let first = self.rule(defaults[0]);
            let own = head_text(first, &self.modules[defaults[0].module].vars);
            let mut error = CompileError::types(Class::RuleConflict, rule.at, message);
            if rule.at.module == first.at.module {
                error = error.within(first.head_at.span);
            }
            let error = error.saying(format!("`{own}` has more than one default")).help("keep one of them");
            self.labels(error, &defaults[1..], "the next default")
        } else {
            return;
        };
        self.errors.push(found);
    }

    fn labels(&self, error: CompileError, ids: &[RuleId], what: &str) -> CompileError {
        // a few places show what is wrong
        ids.iter().take(3).fold(error, |error, id| {
            let rule = self.rule(*id);
            error.label(rule.head_at, what)
        })
    }

    /// A package at the path of a rule.
    fn packages(&mut self) {
        for module in self.modules {
            let Some(path) = module.package[1..].iter().map(super::hir::Term::constant).collect::<Option<Vec<_>>>() else { continue };
            let Some(node) = self.world.tree.find(&path) else { continue };
            for id in &self.world.tree.nodes[node].rules {
                let rule = self.rule(*id);
                if rule.ground_len() < rule.reference.len() || !self.world.sight.together(module.index, id.module as u32) {
                    continue;
                }
                let name = dotted(&module.package, &module.vars).unwrap_or_default();
                let name = name.strip_prefix("data.").unwrap_or(&name);
                let head = head_text(rule, &self.modules[id.module].vars);
                let message = format!("package {name} conflicts with rule {head} defined at {}", self.places.describe(rule.at));
                self.errors.push(
                    CompileError::types(Class::PackageConflict, module.package_at, message)
                        .saying(format!("the package `{name}` has the path of a rule"))
                        .help("rename the package or the rule")
                        .label(rule.head_at, format!("the rule `{head}`")),
                );
            }
        }
    }
}

/// `a.b.p` of `data.a.b.p`.
fn short(path: &str) -> &str {
    path.strip_prefix("data.").unwrap_or(path)
}

/// What kind of document a rule defines.
fn describe(rule: &Rule) -> String {
    match rule.args.len() {
        _ if rule.default && rule.args.is_empty() => "one value".to_owned(),
        1 => "a function of 1 argument".to_owned(),
        0 if rule.is_multi() => "a set".to_owned(),
        0 if rule.ground_len() < rule.reference.len() => "an object".to_owned(),
        0 => "one value".to_owned(),
        count => format!("a function of {count} arguments"),
    }
}

fn rules_below(tree: &Tree, node: usize) -> Vec<RuleId> {
    tree.below(node).into_iter().filter(|other| *other != node).flat_map(|other| tree.nodes[other].rules.clone()).collect()
}

/// `data.a.b.p[x]` as the author would write it.
pub(super) fn path_text(modules: &[Module], id: RuleId) -> String {
    let module = &modules[id.module];
    let package = dotted(&module.package, &module.vars).unwrap_or_default();
    format!("{package}.{}", head_text(&module.rules[id.rule], &module.vars))
}

pub(super) fn head_text(rule: &Rule, vars: &Vars) -> String {
    let mut out = rule.name.as_str().unwrap_or_default().to_owned();
    for part in &rule.reference[1..] {
        match &part.kind {
            TermKind::Value(value) => match value.as_str() {
                Some(name) if is_name(name) => {
                    out.push('.');
                    out.push_str(name);
                }
                _ => out.push_str(&format!("[{}]", to_text(value))),
            },
            TermKind::Var(var) => out.push_str(&format!("[{}]", vars.name(*var))),
            _ => out.push_str("[_]"),
        }
    }
    out
}

/// Whether a string can be written after a dot.
pub(crate) fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_') && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}
