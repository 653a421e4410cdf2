//! `print` and template strings: operands that may be undefined are evaluated in comprehensions.

use super::hir::{
    Body, Comprehension, DATA, Expr, ExprKind, INPUT, PRINT, Part, Rule, Shape, Term, TermKind, VarSet, Vars, each_in_chain, operator,
};
use super::outputs::{self, Arities};
use super::visit::{Collector, Skip, Walk, vars_of};
use super::{Class, CompileError};

/// Rewrites the `print` calls of a rule.
pub(super) fn prints(rule: &mut Rule, arities: &dyn Arities, vars: &mut Vars, errors: &mut Vec<CompileError>) {
    each_in_chain(rule, &mut |rule| {
        let known = arguments(rule);
        let mut pass = Prints { arguments: &known, arities, vars, errors };
        let heads = rule.reference.iter_mut().chain(rule.key.iter_mut()).chain(rule.value.iter_mut());
        for term in heads {
            super::visit::each_body_in_term(term, &mut |body| pass.body(body, &known));
        }
        pass.body(&mut rule.body, &known);
    });
}

fn arguments(rule: &Rule) -> VarSet {
    let mut known: VarSet = [INPUT, DATA].into_iter().collect();
    Collector { skip: Skip::default(), vars: &mut known, implicit: None }.terms(&rule.args);
    known
}

struct Prints<'p> {
    arguments: &'p VarSet,
    arities: &'p dyn Arities,
    vars: &'p mut Vars,
    errors: &'p mut Vec<CompileError>,
}

impl Prints<'_> {
    fn body(&mut self, body: &mut Body, known: &VarSet) {
        let any = contains_print(body);
        if !any {
            return;
        }
        // what the statements before bind, and what stages made in them, which is bound before it is used
        let mut bound = known.clone();
        let mut made = VarSet::default();
        for expr in body {
            let mut safe = bound.clone();
            if let ExprKind::Every(every) = &expr.kind {
                safe.extend(every.value.as_var());
                safe.extend(every.key.as_ref().and_then(Term::as_var));
            }
            // in the domain of `every` OPA takes for known what the rule is called with, and no more
            if let ExprKind::Every(every) = &mut expr.kind {
                let arguments = self.arguments;
                super::visit::each_body_in_term(&mut every.domain, &mut |body| self.body(body, arguments));
            }
            super::visit::each_body(expr, &mut |body| self.body(body, &safe));
            if expr.calls(PRINT) {
                safe.extend(&made);
                self.call(expr, &safe);
            }
            bound.extend(outputs::of_expr(expr, self.arities, &bound));
            let mut mentioned = VarSet::default();
            Collector { skip: Skip::default(), vars: &mut mentioned, implicit: None }.expr(expr);
            made.extend(mentioned.into_iter().filter(|var| self.vars.is_local(*var)));
        }
    }

    fn call(&mut self, expr: &mut Expr, safe: &VarSet) {
        let at = expr.at;
        let ExprKind::Call(terms) = &mut expr.kind else { return };
        let mut parts = Vec::new();
        for term in terms.drain(1..) {
            undeclared(&term, safe, self.vars, self.errors);
            parts.push(capture(term, Vec::new(), self.vars));
        }
        terms[0] = operator(at, "internal.print", self.vars);
        terms.push(Term::new(at, TermKind::Array(parts)));
    }
}

fn contains_print(body: &mut Body) -> bool {
    let mut found = false;
    super::visit::each_expr(body, &mut |expr| found |= expr.calls(PRINT));
    found
}

/// `{local | local = term}`
fn capture(term: Term, withs: Vec<super::hir::With>, vars: &mut Vars) -> Term {
    let at = term.at;
    let local = Term::var(at, vars.generate());
    let body = vec![Expr { withs, ..Expr::builtin(at, "eq", [local.clone(), term], vars) }];
    Term::new(at, TermKind::Comprehension(Box::new(Comprehension { shape: Shape::Set, key: None, term: local, body })))
}

fn undeclared(term: &Term, safe: &VarSet, vars: &Vars, errors: &mut Vec<CompileError>) {
    let mut missing: Vec<_> = vars_of(term, Skip::SAFETY).into_iter().filter(|var| !safe.contains(var)).collect();
    missing.sort_unstable();
    for var in missing {
        let name = vars.name(var);
        let error = CompileError::compile(Class::UnsafeVar, term.at, format!("var {name} is undeclared"));
        errors
            .push(error.saying(format!("nothing binds `{name}` before it is printed")).help(format!("bind `{name}` first")).unknown(name));
    }
}

/// What the stage needs to know of the program.
pub(super) trait Templates: Arities {
    /// Whether the operator names a builtin that has several results.
    fn is_relation(&self, operator: &Term) -> bool;
    /// Whether a reference to a rule always has a value.
    fn always_defined(&self, reference: &[Term]) -> bool;
}

/// Turns the template strings of a rule into calls.
pub(super) fn templates(rule: &mut Rule, program: &dyn Templates, vars: &mut Vars, errors: &mut Vec<CompileError>) {
    each_in_chain(rule, &mut |rule| {
        let mut found = false;
        rule.walk(&mut |term| {
            found |= matches!(term.kind, TermKind::Template(_));
            !found
        });
        if !found {
            return;
        }
        let mut known = arguments(rule);
        let mut pass = Rewriter { program, vars, errors };
        known = pass.body(&mut rule.body, &known);
        for term in rule.reference[1..].iter_mut().chain(rule.args.iter_mut()).chain(rule.key.iter_mut()).chain(rule.value.iter_mut()) {
            pass.term(term, &known);
        }
    });
}

struct Rewriter<'t> {
    program: &'t dyn Templates,
    vars: &'t mut Vars,
    errors: &'t mut Vec<CompileError>,
}

impl Rewriter<'_> {
    /// Returns what is known once the body is evaluated.
    fn body(&mut self, body: &mut Body, known: &VarSet) -> VarSet {
        let mut safe = outputs::of_body(body, self.program, known);
        safe.extend(known);
        for expr in body {
            self.expr(expr, &safe);
        }
        safe
    }

    fn expr(&mut self, expr: &mut Expr, safe: &VarSet) {
        match &mut expr.kind {
            ExprKind::Term(term) => self.term(term, safe),
            ExprKind::Call(terms) | ExprKind::Some(terms) => terms.iter_mut().for_each(|term| self.term(term, safe)),
            ExprKind::SomeIn(..) => {}
            ExprKind::Every(every) => {
                self.term(&mut every.domain, safe);
                let mut inner = safe.clone();
                inner.extend(every.value.as_var());
                inner.extend(every.key.as_ref().and_then(Term::as_var));
                self.body(&mut every.body, &inner);
            }
            ExprKind::Not { body, .. } => {
                self.body(body, safe);
            }
            ExprKind::Logical(logical) => {
                self.body(&mut logical.left, safe);
                self.body(&mut logical.right, safe);
            }
        }
        for with in &mut expr.withs {
            self.term(&mut with.value, safe);
        }
        // a template alone is a call as a statement
        if let ExprKind::Term(Term { kind: TermKind::Call(terms), .. }) = &mut expr.kind {
            expr.kind = ExprKind::Call(std::mem::take(terms));
        }
    }

    fn term(&mut self, term: &mut Term, safe: &VarSet) {
        match &mut term.kind {
            TermKind::Value(_) | TermKind::Var(_) => {}
            TermKind::Ref(terms) | TermKind::Array(terms) | TermKind::Set(terms) | TermKind::Call(terms) => {
                terms.iter_mut().for_each(|term| self.term(term, safe));
            }
            TermKind::Object(entries) => {
                for (key, value) in entries {
                    self.term(key, safe);
                    self.term(value, safe);
                }
            }
            TermKind::Comprehension(comprehension) => {
                let inner = self.body(&mut comprehension.body, safe);
                for term in comprehension.key.iter_mut().chain([&mut comprehension.term]) {
                    self.term(term, &inner);
                }
            }
            TermKind::Template(parts) => {
                let parts = std::mem::take(parts);
                let at = term.at;
                let mut operands: Vec<Term> = parts.into_iter().filter_map(|part| self.part(part, safe)).collect();
                if operands.is_empty() {
                    operands.push(Term::value(at, ""));
                }
                let array = Term::new(at, TermKind::Array(operands));
                term.kind = TermKind::Call(vec![operator(at, "internal.template_string", self.vars), array]);
            }
        }
    }

    fn part(&mut self, part: Part, safe: &VarSet) -> Option<Term> {
        let mut expr = match part {
            Part::Term(term) => return Some(term),
            Part::Expr(expr) => expr,
        };
        for with in &mut expr.withs {
            self.term(&mut with.value, safe);
        }
        let at = expr.at;
        let mut term = match expr.kind {
            ExprKind::Call(terms) => {
                if self.program.is_relation(&terms[0]) {
                    let name = terms[0].as_ref().and_then(|parts| super::hir::dotted(parts, self.vars)).unwrap_or_default();
                    let message = format!("illegal call to relation built-in '{name}' that may cause multiple outputs");
                    self.errors.push(CompileError::compile(Class::InvalidTemplate, at, message));
                    return None;
                }
                Term::new(at, TermKind::Call(terms))
            }
            ExprKind::Term(term) => term,
            _ => {
                self.errors.push(CompileError::compile(Class::InvalidTemplate, at, "unexpected template-string expression"));
                return None;
            }
        };
        self.term(&mut term, safe);
        let plain = match &term.kind {
            TermKind::Var(_) => true,
            TermKind::Ref(parts) => self.program.always_defined(parts),
            _ => false,
        };
        if plain {
            return Some(Term::new(at, TermKind::Set(vec![term])));
        }
        undeclared(&term, safe, self.vars, self.errors);
        Some(capture(term, expr.withs, self.vars))
    }
}
