//! Nested calls become statements of their own: `f(g(x))` is `g(x, a); f(a)`.

use super::heads::bind;
use super::hir::{Body, Expr, ExprKind, Rule, Term, TermKind, Vars, append, each_in_chain};

/// Expands the calls of a rule and of its `else` branches.
pub(super) fn rule(rule: &mut Rule, vars: &mut Vars) {
    each_in_chain(rule, &mut |rule| {
        for term in rule.args.iter_mut().chain(rule.key.iter_mut()).chain(rule.value.iter_mut()) {
            let mut support = Vec::new();
            expand_term(term, &mut support, vars);
            append(&mut rule.body, support);
        }
        body(&mut rule.body, vars);
    });
}

fn body(body: &mut Body, vars: &mut Vars) {
    let mut out = Vec::with_capacity(body.len());
    for expr in std::mem::take(body) {
        expand(expr, &mut out, vars);
    }
    *body = out;
}

fn expand(mut expr: Expr, out: &mut Body, vars: &mut Vars) {
    for with in &mut expr.withs {
        expand_term(&mut with.value, out, vars);
    }
    // what stands before the statement is evaluated under the same modifiers
    let mut support = Vec::new();
    match &mut expr.kind {
        ExprKind::Term(term) => expand_term(term, &mut support, vars),
        ExprKind::Call(terms) => terms[1..].iter_mut().for_each(|term| expand_term(term, &mut support, vars)),
        ExprKind::Every(every) => {
            let domain = bind(&mut every.domain, vars);
            expand(domain, &mut support, vars);
            body(&mut every.body, vars);
        }
        ExprKind::Not { body: inner, .. } => body(inner, vars),
        ExprKind::Logical(logical) => {
            body(&mut logical.left, vars);
            body(&mut logical.right, vars);
        }
        ExprKind::Some(_) | ExprKind::SomeIn(..) => {}
    }
    for expr2 in &mut support {
        expr2.withs.clone_from(&expr.withs);
    }
    out.append(&mut support);
    out.push(expr);
}

fn expand_term(term: &mut Term, support: &mut Body, vars: &mut Vars) {
    let at = term.at;
    match &mut term.kind {
        TermKind::Value(_) | TermKind::Var(_) | TermKind::Template(_) => {}
        TermKind::Call(terms) => {
            terms[1..].iter_mut().for_each(|term| expand_term(term, support, vars));
            let local = Term::var(at, vars.generate());
            let mut terms = std::mem::take(terms);
            terms.push(local.clone());
            support.push(Expr { generated: true, ..Expr::new(at, ExprKind::Call(terms)) });
            *term = local;
        }
        TermKind::Ref(terms) => {
            terms.iter_mut().for_each(|term| expand_term(term, support, vars));
            if matches!(
                terms[0].kind,
                TermKind::Array(_) | TermKind::Object(_) | TermKind::Set(_) | TermKind::Comprehension(_) | TermKind::Call(_)
            ) {
                support.push(bind(&mut terms[0], vars));
            }
        }
        TermKind::Array(terms) | TermKind::Set(terms) => terms.iter_mut().for_each(|term| expand_term(term, support, vars)),
        TermKind::Object(entries) => {
            for (key, value) in entries {
                expand_term(key, support, vars);
                expand_term(value, support, vars);
            }
        }
        TermKind::Comprehension(comprehension) => {
            for term in comprehension.key.iter_mut().chain([&mut comprehension.term]) {
                let mut support = Vec::new();
                expand_term(term, &mut support, vars);
                append(&mut comprehension.body, support);
            }
            body(&mut comprehension.body, vars);
        }
    }
}
