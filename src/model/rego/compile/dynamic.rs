//! References and comprehensions inside other terms are bound to variables first, so that operands are known values:
//! `not f(input.x)` is `a = input.x; not f(a)`, undefined where `input.x` is.

use super::heads::bind;
use super::hir::{Body, EQ, EQUAL, Expr, ExprKind, Rule, Term, TermKind, Vars, With, each_in_chain};
use super::visit::{each_body_of_rule, each_expr};

/// `==` becomes `=`, in all bodies of a rule and of its `else` branches.
pub(super) fn equals(rule: &mut Rule) {
    each_in_chain(rule, &mut |rule| {
        each_body_of_rule(rule, &mut |body| {
            each_expr(body, &mut |expr| {
                let equal = expr.calls(EQUAL);
                if let ExprKind::Call(terms) = &mut expr.kind
                    && equal
                    && terms.len() == 3
                    && let TermKind::Ref(parts) = &mut terms[0].kind
                {
                    parts[0].kind = TermKind::Var(EQ);
                }
            });
        });
    });
}

/// Binds what has to be evaluated, in the bodies of a rule and of its `else` branches.
pub(super) fn rule(rule: &mut Rule, vars: &mut Vars) {
    each_in_chain(rule, &mut |rule| body(&mut rule.body, vars));
}

fn body(body: &mut Body, vars: &mut Vars) {
    let mut out = Vec::with_capacity(body.len());
    for mut expr in std::mem::take(body) {
        statement(&mut expr, &mut out, vars);
        out.push(expr);
    }
    *body = out;
}

fn statement(expr: &mut Expr, out: &mut Body, vars: &mut Vars) {
    let equality = expr.is_equality();
    let mut binder = Binder { withs: &expr.withs, out, vars };
    match &mut expr.kind {
        ExprKind::Call(terms) if equality => {
            if let [_, left, right] = terms.as_mut_slice() {
                binder.within(left);
                binder.within(right);
            }
        }
        ExprKind::Call(terms) => terms[1..].iter_mut().for_each(|term| binder.one(term)),
        ExprKind::Term(term) => binder.within(term),
        ExprKind::Every(every) => {
            binder.one(&mut every.domain);
            body(&mut every.body, vars);
        }
        ExprKind::Not { body: inner, .. } => body(inner, vars),
        ExprKind::Logical(logical) => {
            body(&mut logical.left, vars);
            body(&mut logical.right, vars);
        }
        ExprKind::Some(_) | ExprKind::SomeIn(..) => {}
    }
}

struct Binder<'b> {
    withs: &'b [With],
    out: &'b mut Body,
    vars: &'b mut Vars,
}

impl Binder<'_> {
    /// A side of an equality, or a statement's term: it may be a reference or comprehension itself.
    fn within(&mut self, term: &mut Term) {
        match &mut term.kind {
            TermKind::Ref(parts) => parts[1..].iter_mut().for_each(|part| self.one(part)),
            TermKind::Comprehension(comprehension) => body(&mut comprehension.body, self.vars),
            _ => self.one(term),
        }
    }

    fn one(&mut self, term: &mut Term) {
        match &mut term.kind {
            TermKind::Ref(parts) => {
                parts[1..].iter_mut().for_each(|part| self.one(part));
                self.bind(term);
            }
            TermKind::Array(items) | TermKind::Set(items) => items.iter_mut().for_each(|item| self.one(item)),
            TermKind::Object(entries) => {
                for (key, value) in entries {
                    self.one(key);
                    self.one(value);
                }
            }
            TermKind::Comprehension(comprehension) => {
                body(&mut comprehension.body, self.vars);
                self.bind(term);
            }
            TermKind::Value(_) | TermKind::Var(_) | TermKind::Call(_) | TermKind::Template(_) => {}
        }
    }

    fn bind(&mut self, term: &mut Term) {
        let expr = bind(term, self.vars);
        self.out.push(Expr { withs: self.withs.to_vec(), ..expr });
    }
}
