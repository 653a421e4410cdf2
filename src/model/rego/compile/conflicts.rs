//! Rules that cannot stand side by side, and names that cannot be taken.

use std::collections::{BTreeMap, BTreeSet};

use super::hir::{DATA, INPUT, Module, Rule, TermKind, Vars, dotted};
use super::tree::{RuleId, Tree};
use super::visit::{each_body_of_rule, each_expr};
use super::{CompileError, Places};
use crate::model::rego::value::to_text;

/// Rules, arguments and variables called `input` or `data`, and two imports of one name: refused in version 1.
pub(super) fn names(modules: &mut [Module], vars: &Vars, errors: &mut Vec<CompileError>) {
    for module in modules.iter_mut().filter(|module| module.v1) {
        for rule in &mut module.rules {
            if let Some(var @ (INPUT | DATA)) = rule.reference[0].as_var() {
                let message = format!("rules must not shadow {} (use a different rule name)", vars.name(var));
                errors.push(CompileError::compile(rule.at, message));
            }
            super::hir::each_in_chain(rule, &mut |rule| {
                each_body_of_rule(rule, &mut |body| {
                    each_expr(body, &mut |expr| {
                        let Some([_, target, ..]) = expr.as_call().filter(|_| expr.is_assignment(vars)) else { return };
                        if let TermKind::Ref(parts) = &target.kind
                            && parts.len() == 1
                            && let Some(var @ (INPUT | DATA)) = parts[0].as_var()
                        {
                            let message = format!("variables must not shadow {} (use a different variable name)", vars.name(var));
                            errors.push(CompileError::compile(expr.at, message));
                        }
                    });
                });
            });
        }
        let mut seen = BTreeMap::new();
        for import in &module.imports {
            if let Some(first) = seen.get(&import.name) {
                let message = format!("import must not shadow import {first}");
                errors.push(CompileError::compile(import.at, message));
            } else {
                seen.insert(import.name, dotted(&import.path, vars).unwrap_or_default());
            }
        }
    }
}

/// Rules of different kinds or arities at one path, rules inside the extent of others, several defaults.
pub(super) fn rules(modules: &[Module], tree: &Tree, vars: &Vars, places: &dyn Places, errors: &mut Vec<CompileError>) {
    let rule = |id: &RuleId| &modules[id.module].rules[id.rule];
    for index in tree.below(0) {
        let node = &tree.nodes[index];
        let Some(first) = node.rules.first() else { continue };
        let name = path_text(modules, *first, vars);
        let mut kinds = BTreeSet::new();
        let (mut complete, mut partial, mut sets, mut objects_of_sets) = (false, false, false, false);
        let mut defaults = Vec::new();
        let mut inside: Vec<RuleId> = Vec::new();
        for id in &node.rules {
            let rule = rule(id);
            let ground = rule.ground_len() == rule.reference.len();
            kinds.insert((rule.is_multi(), rule.args.len()));
            if rule.default {
                defaults.push(*id);
            }
            if ground && inside.is_empty() {
                inside = rules_below(tree, index);
            }
            *(if !rule.is_multi() && ground { &mut complete } else { &mut partial }) = true;
            if rule.is_multi() {
                *(if ground { &mut sets } else { &mut objects_of_sets }) = true;
            }
        }
        if inside.is_empty() && node.rules.iter().any(|id| rule(id).ground_len() < rule(id).reference.len()) {
            inside = rules_below(tree, index);
            inside.retain(|id| !rule(id).args.is_empty());
        }
        let at = rule(first).at;
        if !inside.is_empty() {
            let mut message = format!("rule {name} conflicts with:");
            let listed: BTreeSet<String> =
                inside.iter().map(|id| format!("rule {} at {}", path_text(modules, *id, vars), places.describe(rule(id).at))).collect();
            for item in listed {
                message.push_str("\n  ");
                message.push_str(&item);
            }
            errors.push(CompileError::types(at, message));
        } else if kinds.len() > 1 || complete && partial || sets && objects_of_sets {
            errors.push(CompileError::types(at, format!("conflicting rules {name} found")));
        } else if defaults.len() > 1 {
            let found: Vec<String> = defaults.iter().map(|id| places.describe(rule(id).at)).collect();
            let message = format!("multiple default rules {name} found at {}", found.join(", "));
            errors.push(CompileError::types(at, message));
        }
    }
    packages(modules, tree, vars, places, errors);
}

/// A package at the path of a rule.
fn packages(modules: &[Module], tree: &Tree, vars: &Vars, places: &dyn Places, errors: &mut Vec<CompileError>) {
    for module in modules {
        let Some(path) = module.package[1..].iter().map(super::hir::Term::constant).collect::<Option<Vec<_>>>() else { continue };
        let Some(node) = tree.find(&path) else { continue };
        for id in &tree.nodes[node].rules {
            let rule = &modules[id.module].rules[id.rule];
            if rule.ground_len() == rule.reference.len() {
                let name = dotted(&module.package, vars).unwrap_or_default();
                let message = format!(
                    "package {} conflicts with rule {} defined at {}",
                    name.strip_prefix("data.").unwrap_or(&name),
                    head_text(rule, vars),
                    places.describe(rule.at)
                );
                errors.push(CompileError::types(module.package_at, message));
            }
        }
    }
}

fn rules_below(tree: &Tree, node: usize) -> Vec<RuleId> {
    tree.below(node).into_iter().filter(|other| *other != node).flat_map(|other| tree.nodes[other].rules.clone()).collect()
}

/// `data.a.b.p[x]` as the author would write it.
pub(super) fn path_text(modules: &[Module], id: RuleId, vars: &Vars) -> String {
    let module = &modules[id.module];
    let package = dotted(&module.package, vars).unwrap_or_default();
    format!("{package}.{}", head_text(&module.rules[id.rule], vars))
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
