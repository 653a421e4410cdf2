//! Names to full references: what a rule or an import means in its package.

use rustc_hash::FxHashMap;

use super::hir::{DATA, Expr, ExprKind, INPUT, Module, Part, Rule, Term, TermKind, Var, VarSet, Vars, each_in_chain};
use super::visit::Walk;
use super::{Class, CompileError, World};
use crate::model::rego::value::Value;

/// What names that are no local variables mean in a module: its package's rules, then its imports.
pub(super) fn globals(module: &Module, world: &World) -> Globals {
    let mut globals: Globals = FxHashMap::default();
    for (var, name) in world.exported(module) {
        let mut path = module.package.clone();
        path.push(Term::value(module.package_at, Value::String(name)));
        globals.insert(var, path);
    }
    for import in &module.imports {
        globals.insert(import.name, import.path.clone());
    }
    globals
}

/// Makes every reference of a rule to a rule or an import start at `data` or `input`.
pub(super) fn rule(globals: &Globals, rule: &mut Rule, vars: &Vars, errors: &mut Vec<CompileError>) {
    each_in_chain(rule, &mut |rule| {
        if let Err(error) = resolve_rule(globals, rule, vars) {
            errors.push(error);
        }
    });
}

pub(super) type Globals = FxHashMap<Var, Vec<Term>>;

fn resolve_rule(globals: &Globals, rule: &mut Rule, vars: &Vars) -> Result<(), CompileError> {
    let mut arg_vars = VarSet::default();
    for arg in &rule.args {
        args(arg, &mut arg_vars).map_err(|var| {
            let message = format!("args must not shadow {} (use a different variable name)", vars.name(var));
            let error = CompileError::compile(Class::ShadowedDocument, rule.at, message).within(rule.head_at.span);
            error.saying(format!("an argument must not be called `{}`", vars.name(var))).help("rename it")
        })?;
    }
    let mut declared = VarSet::default();
    declared_in_body(&rule.body, &mut declared);
    let mut resolver = Resolver { globals, ignore: vec![arg_vars, declared] };
    for part in &mut rule.reference[1..] {
        resolver.term(part);
    }
    for term in rule.key.iter_mut().chain(rule.value.iter_mut()) {
        resolver.term(term);
    }
    resolver.body(&mut rule.body);
    Ok(())
}

/// The variables that an argument binds.
fn args(term: &Term, vars: &mut VarSet) -> Result<(), Var> {
    match &term.kind {
        TermKind::Var(var) => {
            vars.insert(*var);
            Ok(())
        }
        TermKind::Ref(parts) => match parts.as_slice() {
            [head] if head.as_var() == Some(INPUT) => Err(INPUT),
            [head] if head.as_var() == Some(DATA) => Err(DATA),
            parts => parts.iter().try_for_each(|part| args(part, vars)),
        },
        TermKind::Array(items) => items.iter().try_for_each(|item| args(item, vars)),
        TermKind::Object(entries) => entries.iter().try_for_each(|(_, value)| args(value, vars)),
        _ => Ok(()),
    }
}

/// The variables that `:=` and `some` declare in `body`, not in comprehensions.
pub(super) fn declared_in_body(body: &[Expr], declared: &mut VarSet) {
    for expr in body {
        declared_in(expr, declared);
    }
}

/// The variables that `expr` declares: also those in bodies of `every` and `not`, not in comprehensions.
pub(super) fn declared_in(expr: &Expr, declared: &mut VarSet) {
    let mut all = |term: &Term| {
        term.walk(&mut |term| {
            if let Some(var) = term.as_var() {
                declared.insert(var);
            }
            true
        });
    };
    match &expr.kind {
        ExprKind::Call(terms) if terms.len() == 3 && expr.is_assignment() => all(&terms[1]),
        ExprKind::Some(names) => names.iter().for_each(all),
        ExprKind::SomeIn(key, value, _) => {
            if let Some(key) = key {
                all(key);
            }
            all(value);
        }
        ExprKind::Every(every) => declared_in_body(&every.body, declared),
        ExprKind::Not { body, .. } => declared_in_body(body, declared),
        ExprKind::Logical(logical) => {
            declared_in_body(&logical.left, declared);
            declared_in_body(&logical.right, declared);
        }
        _ => {}
    }
}

struct Resolver<'g> {
    globals: &'g Globals,
    /// Names that mean local variables here.
    ignore: Vec<VarSet>,
}

impl Resolver<'_> {
    fn global(&self, var: Var) -> Option<&Vec<Term>> {
        if self.ignore.iter().any(|vars| vars.contains(&var)) { None } else { self.globals.get(&var) }
    }

    fn body(&mut self, body: &mut [Expr]) {
        for expr in body {
            self.expr(expr);
        }
    }

    fn terms(&mut self, terms: &mut [Term]) {
        for term in terms {
            self.term(term);
        }
    }

    fn expr(&mut self, expr: &mut Expr) {
        match &mut expr.kind {
            ExprKind::Term(term) => self.term(term),
            ExprKind::Call(terms) => self.terms(terms),
            ExprKind::Some(_) => {}
            ExprKind::SomeIn(key, value, collection) => {
                if let Some(key) = key {
                    self.term(key);
                }
                self.term(value);
                self.term(collection);
            }
            ExprKind::Every(every) => {
                let mut names: VarSet = every.value.as_var().into_iter().collect();
                names.extend(every.key.as_ref().and_then(Term::as_var));
                self.ignore.push(names);
                self.term(&mut every.domain);
                self.body(&mut every.body);
                self.ignore.pop();
            }
            ExprKind::Not { body, .. } => self.body(body),
            ExprKind::Logical(logical) => {
                self.body(&mut logical.left);
                self.body(&mut logical.right);
            }
        }
        for with in &mut expr.withs {
            self.term(&mut with.target);
            self.term(&mut with.value);
        }
    }

    fn term(&mut self, term: &mut Term) {
        let at = term.at;
        match &mut term.kind {
            TermKind::Value(_) => {}
            TermKind::Var(var) => {
                if let Some(path) = self.global(*var) {
                    term.kind = TermKind::Ref(located(path, at));
                }
            }
            TermKind::Ref(parts) => {
                let head = parts[0].as_var().and_then(|var| Some((self.global(var)?, parts[0].at)));
                let path = head.map(|(path, at)| located(path, at));
                self.terms(&mut parts[1..]);
                match path {
                    Some(path) => {
                        parts.splice(0..1, path);
                    }
                    None if parts[0].as_var().is_none() => self.term(&mut parts[0]),
                    None => {}
                }
            }
            TermKind::Array(items) | TermKind::Set(items) | TermKind::Call(items) => self.terms(items),
            TermKind::Object(entries) => {
                for (key, value) in entries {
                    self.term(key);
                    self.term(value);
                }
            }
            TermKind::Comprehension(comprehension) => {
                let mut declared = VarSet::default();
                declared_in_body(&comprehension.body, &mut declared);
                self.ignore.push(declared);
                if let Some(key) = &mut comprehension.key {
                    self.term(key);
                }
                self.term(&mut comprehension.term);
                self.body(&mut comprehension.body);
                self.ignore.pop();
            }
            TermKind::Template(parts) => {
                for part in parts {
                    if let Part::Expr(expr) = part {
                        self.expr(expr);
                    }
                }
            }
        }
    }
}

fn located(path: &[Term], at: super::hir::Loc) -> Vec<Term> {
    path.iter().map(|term| Term { at, ..term.clone() }).collect()
}
