//! Heads and comprehensions whose terms need evaluating: the body binds them to variables first.

use super::hir::{Body, Expr, Rule, Term, TermKind, Vars, append, each_in_chain};
use super::visit::{Walk, each_body, each_body_in_term};

/// `local = term` with a fresh local, which takes the term's place.
pub(super) fn bind(term: &mut Term, vars: &mut Vars) -> Expr {
    let local = Term::var(term.at, vars.generate());
    let value = std::mem::replace(term, local.clone());
    Expr::generated_equality(local, value, vars)
}

/// `p[a.b] …` becomes `p[local] … local = a.b`: parts of a head's reference are constants or variables.
pub(super) fn references(rule: &mut Rule, vars: &mut Vars) {
    let last = rule.reference.len() - 1;
    for index in 1..rule.reference.len() {
        if matches!(rule.reference[index].kind, TermKind::Var(_) | TermKind::Value(_)) {
            continue;
        }
        let same_key = index == last && rule.key.as_ref().is_some_and(|key| key.kind == rule.reference[index].kind);
        let expr = bind(&mut rule.reference[index], vars);
        if same_key {
            rule.key = Some(rule.reference[index].clone());
        }
        append(&mut rule.body, vec![expr]);
    }
}

/// Whether evaluating the term takes more than looking up variables.
pub(super) fn requires_eval(term: &Term) -> bool {
    let mut found = false;
    term.walk(&mut |term| {
        found |= matches!(term.kind, TermKind::Ref(_) | TermKind::Comprehension(_));
        !found
    });
    found
}

/// Keys, values and arguments that need evaluating are bound in the body.
pub(super) fn values(rule: &mut Rule, vars: &mut Vars) {
    each_in_chain(rule, &mut |rule| {
        let mut exprs = Vec::new();
        let terms = rule.key.iter_mut().chain(rule.value.iter_mut()).chain(rule.args.iter_mut());
        for term in terms.filter(|term| requires_eval(term)) {
            exprs.push(bind(term, vars));
        }
        append(&mut rule.body, exprs);
    });
}

/// `[x.y | …]` becomes `[local | …; local = x.y]`, at any depth below a body.
pub(super) fn comprehensions_in(body: &mut Body, vars: &mut Vars) {
    for expr in body {
        comprehension_terms(expr, vars);
        each_body(expr, &mut |body| comprehensions_in(body, vars));
    }
}

/// The same for the comprehensions of a head's term.
pub(super) fn comprehensions_in_term(term: &mut Term, vars: &mut Vars) {
    bind_comprehension_terms(term, vars);
    each_body_in_term(term, &mut |body| comprehensions_in(body, vars));
}

fn comprehension_terms(expr: &mut Expr, vars: &mut Vars) {
    each_term(expr, &mut |term| bind_comprehension_terms(term, vars));
}

/// Rewrites the comprehensions directly in a term, not those in their bodies.
fn bind_comprehension_terms(term: &mut Term, vars: &mut Vars) {
    match &mut term.kind {
        TermKind::Comprehension(comprehension) => {
            let mut exprs = Vec::new();
            for term in comprehension.key.iter_mut().chain([&mut comprehension.term]) {
                if requires_eval(term) {
                    exprs.push(bind(term, vars));
                }
            }
            append(&mut comprehension.body, exprs);
        }
        TermKind::Ref(terms) | TermKind::Array(terms) | TermKind::Set(terms) | TermKind::Call(terms) => {
            terms.iter_mut().for_each(|term| bind_comprehension_terms(term, vars));
        }
        TermKind::Object(entries) => {
            for (key, value) in entries {
                bind_comprehension_terms(key, vars);
                bind_comprehension_terms(value, vars);
            }
        }
        TermKind::Value(_) | TermKind::Var(_) | TermKind::Template(_) => {}
    }
}

/// Calls `f` with the terms that a statement is made of, not with those of its nested bodies.
pub(super) fn each_term(expr: &mut Expr, f: &mut dyn FnMut(&mut Term)) {
    use super::hir::ExprKind;
    match &mut expr.kind {
        ExprKind::Term(term) => f(term),
        ExprKind::Call(terms) | ExprKind::Some(terms) => terms.iter_mut().for_each(&mut *f),
        ExprKind::SomeIn(key, value, collection) => {
            if let Some(key) = key {
                f(key);
            }
            f(value);
            f(collection);
        }
        ExprKind::Every(every) => f(&mut every.domain),
        ExprKind::Not { .. } | ExprKind::Logical(_) => {}
    }
    for with in &mut expr.withs {
        f(&mut with.value);
    }
}
