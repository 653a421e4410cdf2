//! From the rewritten rules to the program that the machine runs: variables become slots, names become indices.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::eval::builtins::{Builtin, find};
use crate::eval::program::{
    Base, Callee, Comprehension, Node, Pattern, Program, Reference, Replacement, Rule, Slot, Step, StepKind, Target, TestRule, With,
};
use crate::eval::value::Value;
use crate::model::rego::compile::hir::{self, DATA, Expr, ExprKind, INPUT, Module, Term, TermKind, Var, Vars, dotted};
use crate::model::rego::compile::tree::Tree;
use crate::model::rego::compile::{Capabilities, Class, CompileError, Compiled, Options, Source, in_order, path_name, tests};

/// Compiles modules; their trees must be free of syntax errors.
///
/// # Errors
/// What OPA refuses the modules for (types are not checked), sorted by place.
pub fn compile(sources: &[Source<'_>], data: Value, options: &Options) -> Result<Program, Vec<CompileError>> {
    let compiled = crate::model::rego::compile::compile(sources, options)?;
    let mut errors = Vec::new();
    let (rules, nodes) = link(&compiled.modules, &compiled.tree, &options.capabilities, &mut errors);
    if errors.is_empty() { Ok(Program { rules, nodes, data, tests: test_rules(&compiled) }) } else { Err(in_order(errors)) }
}

/// The tests of modules, in their order.
fn test_rules(compiled: &Compiled) -> Vec<TestRule> {
    let mut out = Vec::new();
    for (index, module) in compiled.modules.iter().enumerate() {
        let package: Vec<Value> = module.package[1..].iter().filter_map(hir::Term::constant).collect();
        for rule in &module.rules {
            let Some((parts, name)) = tests::test_part(rule) else { continue };
            let mut path = package.clone();
            path.push(rule.name.clone());
            path.extend(rule.reference[1..parts].iter().filter_map(hir::Term::constant));
            let display = tests::display_name(&path[package.len()..]);
            out.push(TestRule {
                module: index,
                span: rule.at.span,
                package: path_name(&package),
                name: display,
                todo: name.starts_with("todo_test_"),
                path,
                table: rule.is_partial() && rule.value.is_some(),
            });
        }
    }
    out
}

/// Links all rules; the nodes keep their indices.
fn link(modules: &[Module], tree: &Tree, capabilities: &Capabilities, errors: &mut Vec<CompileError>) -> (Vec<Rule>, Vec<Node>) {
    let mut nodes: Vec<Node> = tree
        .nodes
        .iter()
        .map(|node| Node { children: node.children.clone(), hidden: node.hidden, ground: true, ..Node::default() })
        .collect();
    for (index, node) in tree.nodes.iter().enumerate() {
        if let Some(id) = node.rules.first() {
            let rule = &modules[id.module].rules[id.rule];
            nodes[index].arity = rule.args.len();
            nodes[index].multi = rule.is_multi();
        }
    }
    let mut linker = Linker {
        tree,
        vars: None,
        capabilities,
        arities: nodes.iter().map(|node| node.arity).collect(),
        errors,
        slots: FxHashMap::default(),
    };
    let mut rules = Vec::new();
    let mut overlapping = Vec::new();
    for (index, node) in tree.nodes.iter().enumerate() {
        let mut values: Vec<Option<Value>> = Vec::new();
        let mut complete = true;
        for id in &node.rules {
            let module = &modules[id.module];
            let rule = &module.rules[id.rule];
            let first = rules.len();
            for branch in rule.chain() {
                if !branch.default {
                    complete &= !branch.is_partial();
                    values.push(branch.value.as_ref().and_then(Term::constant));
                }
                let mut linked = linker.rule(module, branch);
                linked.otherwise = branch.otherwise.as_ref().map(|_| rules.len() + 1);
                rules.push(linked);
            }
            if rule.default {
                nodes[index].default = Some(first);
            } else {
                nodes[index].rules.push(first);
                nodes[index].ground &= rule.ground_len() == rule.reference.len();
            }
        }
        if !nodes[index].ground {
            // rules at constant paths inside a general rule's extent are evaluated together with it
            overlapping.push(index);
        }
        nodes[index].early_exit = complete && values.windows(2).all(|pair| pair[0] == pair[1]) && values.iter().all(Option::is_some);
    }
    for index in overlapping {
        let inner: Vec<usize> = tree.below(index).into_iter().skip(1).flat_map(|node| nodes[node].rules.clone()).collect();
        let known = std::mem::take(&mut nodes[index].rules);
        nodes[index].rules.extend(known.iter().chain(inner.iter().filter(|rule| !known.contains(rule))));
    }
    (rules, nodes)
}

struct Linker<'l> {
    tree: &'l Tree,
    /// Of the module that is linked.
    vars: Option<&'l Vars>,
    capabilities: &'l Capabilities,
    arities: Vec<usize>,
    errors: &'l mut Vec<CompileError>,
    slots: FxHashMap<Var, Slot>,
}

impl<'l> Linker<'l> {
    fn rule(&mut self, module: &'l Module, rule: &hir::Rule) -> Rule {
        self.slots.clear();
        self.vars = Some(&module.vars);
        let mut path: Vec<Pattern> = module.package[1..].iter().map(|term| self.pattern(term)).collect();
        path.push(Pattern::Constant(rule.name.clone()));
        path.extend(rule.reference[1..].iter().map(|term| self.pattern(term)));
        let args = rule.args.iter().map(|term| self.pattern(term)).collect();
        let value = rule.value.as_ref().map(|term| self.pattern(term));
        // the key of an object is the last part of its reference
        let key = if value.is_some() { None } else { rule.key.as_ref().map(|term| self.pattern(term)) };
        let body = self.body(&rule.body);
        Rule { at: rule.at, path, args, key, value, body, slots: self.slots.len(), otherwise: None }
    }

    fn body(&mut self, body: &[Expr]) -> Vec<Step> {
        body.iter().map(|expr| self.step(expr)).collect()
    }

    fn slot(&mut self, var: Var) -> Slot {
        let next = Slot::try_from(self.slots.len()).unwrap_or(Slot::MAX);
        *self.slots.entry(var).or_insert(next)
    }

    fn step(&mut self, expr: &Expr) -> Step {
        let withs = expr.withs.iter().map(|with| self.with(with)).collect();
        let kind = match &expr.kind {
            ExprKind::Term(term) => StepKind::Term(self.pattern(term)),
            ExprKind::Call(terms) => match (expr.is_equality(), terms.as_slice()) {
                (true, [_, left, right]) => StepKind::Unify(self.pattern(left), self.pattern(right)),
                _ => self.call(terms, expr.at),
            },
            ExprKind::Every(every) => {
                let key = every.key.as_ref().map_or(Pattern::Constant(Value::Null), |key| self.pattern(key));
                StepKind::Every {
                    key,
                    value: self.pattern(&every.value),
                    domain: self.pattern(&every.domain),
                    body: self.body(&every.body),
                }
            }
            ExprKind::Not { body, .. } => StepKind::Not(self.body(body)),
            ExprKind::Logical(logical) => {
                let (left, right) = (self.body(&logical.left), self.body(&logical.right));
                if logical.and { StepKind::And(left, right) } else { StepKind::Or(left, right) }
            }
            // declarations are gone by now
            ExprKind::Some(_) | ExprKind::SomeIn(..) => StepKind::Term(Pattern::Constant(Value::Bool(true))),
        };
        Step { at: expr.at, negated: expr.negated, kind, withs }
    }

    fn call(&mut self, terms: &[Term], at: hir::Loc) -> StepKind {
        let Some(callee) = self.callee(&terms[0]) else {
            self.errors.push(CompileError::types(Class::Broken, at, "undefined function"));
            return StepKind::Term(Pattern::Constant(Value::Bool(false)));
        };
        let mut args: Vec<Pattern> = terms[1..].iter().map(|term| self.pattern(term)).collect();
        let output = if args.len() > callee.arity() { args.pop() } else { None };
        StepKind::Call { callee, args, output }
    }

    fn callee(&self, operator: &Term) -> Option<Callee> {
        let parts = operator.as_ref()?;
        let name = dotted(parts, self.vars?);
        if let Some(name) = &name
            && let Some(signature) = self.capabilities.get(name)
        {
            let builtin: Option<&'static Builtin> = find(name);
            return Some(match builtin {
                Some(builtin) => Callee::Builtin(builtin),
                None => Callee::Declared { name: name.as_str().into(), arity: signature.arity },
            });
        }
        let node = self.tree.find_ref(parts)?;
        if self.tree.nodes[node].rules.is_empty() {
            return None;
        }
        Some(Callee::Rules { node, arity: self.arities[node], name: ref_name(parts) })
    }

    fn with(&mut self, with: &hir::With) -> With {
        let parts = with.target.as_ref().unwrap_or_default();
        let path = || parts.iter().skip(1).filter_map(Term::constant).collect::<Vec<_>>();
        let callee = self.callee(&with.target).filter(|callee| match callee {
            Callee::Rules { arity, .. } => *arity > 0,
            _ => true,
        });
        let target = match callee {
            Some(callee @ Callee::Rules { .. }) => Target::Function(callee.name().into(), Some(path())),
            Some(callee) => Target::Function(callee.name().into(), None),
            None if with.target.is_ref_to(INPUT) => Target::Input(path()),
            None => Target::Data(path()),
        };
        if path().len() + 1 < parts.len() && !matches!(target, Target::Function(_, None)) {
            self.errors.push(CompileError::compile(Class::InvalidWith, with.at, "with keyword target must be a constant path"));
        }
        let function = match (&with.value.kind, &target) {
            (TermKind::Ref(_), Target::Function(..)) => self.callee(&with.value).filter(|callee| match callee {
                Callee::Rules { arity, .. } => *arity > 0,
                _ => true,
            }),
            _ => None,
        };
        let value = match function {
            Some(callee) => Replacement::Function(callee),
            None => Replacement::Term(self.pattern(&with.value)),
        };
        With { target, value }
    }

    fn patterns(&mut self, terms: &[Term]) -> Vec<Pattern> {
        terms.iter().map(|term| self.pattern(term)).collect()
    }

    fn pattern(&mut self, term: &Term) -> Pattern {
        if let Some(value) = term.constant() {
            return Pattern::Constant(value);
        }
        match &term.kind {
            TermKind::Value(value) => Pattern::Constant(value.clone()),
            TermKind::Var(var) => Pattern::Slot(self.slot(*var)),
            TermKind::Ref(parts) => {
                let base = match parts[0].as_var() {
                    Some(INPUT) => Base::Input,
                    Some(DATA) => Base::Data,
                    Some(var) => Base::Slot(self.slot(var)),
                    None if let Some(value) = parts[0].constant() => Base::Constant(value),
                    None => {
                        self.errors.push(CompileError::compile(Class::Broken, term.at, "a reference that starts at no variable"));
                        Base::Input
                    }
                };
                Pattern::Reference(Box::new(Reference { base, parts: self.patterns(&parts[1..]) }))
            }
            TermKind::Array(items) => Pattern::Array(self.patterns(items)),
            TermKind::Set(items) => Pattern::Set(self.patterns(items)),
            TermKind::Object(entries) => {
                Pattern::Object(entries.iter().map(|(key, value)| (self.pattern(key), self.pattern(value))).collect())
            }
            TermKind::Comprehension(comprehension) => Pattern::Comprehension(Box::new(Comprehension {
                shape: comprehension.shape,
                key: comprehension.key.as_ref().map(|key| self.pattern(key)),
                term: self.pattern(&comprehension.term),
                body: self.body(&comprehension.body),
                at: term.at,
            })),
            TermKind::Call(_) | TermKind::Template(_) => {
                self.errors.push(CompileError::compile(Class::Broken, term.at, "a call that no stage has taken out"));
                Pattern::Constant(Value::Null)
            }
        }
    }
}

/// `data.a["b-c"].f` of constant parts.
fn ref_name(parts: &[Term]) -> Arc<str> {
    let path: Vec<Value> = parts[1..].iter().filter_map(Term::constant).collect();
    path_name(&path).into()
}
