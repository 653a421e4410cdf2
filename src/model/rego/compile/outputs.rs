//! Which variables a statement binds.

use rustc_hash::FxHashMap;

use super::hir::{Expr, ExprKind, Term, TermKind, Var, VarSet};
use super::visit::{Collector, Skip, Walk, vars_of, vars_of_terms};

/// What the stages know of functions.
pub(crate) trait Arities {
    /// The number of arguments of the function that an operator names; `None` for an unknown one.
    fn arity(&self, operator: &Term) -> Option<usize>;
}

/// The variables that `expr` binds once those in `safe` are bound.
pub(crate) fn of_expr(expr: &Expr, arities: &dyn Arities, safe: &VarSet) -> VarSet {
    if expr.negated {
        return VarSet::default();
    }
    for with in &expr.withs {
        let mut used = VarSet::default();
        Collector { skip: Skip::SAFETY, vars: &mut used, implicit: None }.with(with);
        if !used.is_subset(safe) {
            return VarSet::default();
        }
    }
    match &expr.kind {
        ExprKind::Term(term) => {
            let mut output = VarSet::default();
            if !matches!(term.kind, TermKind::Template(_)) {
                of_terms(expr, safe, &mut output);
            }
            output
        }
        ExprKind::Call(_) if expr.is_equality() => of_equality(expr, safe),
        ExprKind::Call(terms) => match arities.arity(&terms[0]) {
            Some(arity) => of_call(expr, terms, arity, safe),
            None => VarSet::default(),
        },
        ExprKind::Every(every) => {
            let mut output = VarSet::default();
            of_terms(&every.domain, safe, &mut output);
            output
        }
        _ => VarSet::default(),
    }
}

/// The variables that a body binds, statement by statement.
pub(crate) fn of_body(body: &[Expr], arities: &dyn Arities, safe: &VarSet) -> VarSet {
    let mut known = safe.clone();
    for expr in body {
        let output = of_expr(expr, arities, &known);
        known.extend(output);
    }
    known.retain(|var| !safe.contains(var));
    known
}

/// What an equality binds.
pub(crate) fn of_equality(expr: &Expr, safe: &VarSet) -> VarSet {
    let Some([_, left, right]) = expr.as_call() else {
        return VarSet::default();
    };
    let mut known = VarSet::default();
    of_terms(expr, safe, &mut known);
    known.extend(safe);
    if expr.assigned {
        // what `:=` assigns to is an output only: the right side is not made safe through it
        left.walk(&mut |term| {
            if let Some(var) = term.as_var() {
                known.remove(&var);
            }
            true
        });
    }
    let unified = unify(&known, left, right);
    known.extend(unified);
    known.retain(|var| !safe.contains(var));
    known
}

fn of_call(expr: &Expr, terms: &[Term], arity: usize, safe: &VarSet) -> VarSet {
    let mut output = VarSet::default();
    of_terms(expr, safe, &mut output);
    let inputs = arity + 1;
    if inputs >= terms.len() {
        return output;
    }
    let skip = Skip { sets: true, ..Skip::OUTPUT };
    let needed = vars_of_terms(&terms[..inputs], skip);
    if needed.iter().any(|var| !output.contains(var) && !safe.contains(var)) {
        return VarSet::default();
    }
    output.extend(vars_of_terms(&terms[inputs..], skip));
    output
}

/// The variables in references whose start is bound.
pub(crate) fn of_terms(x: &dyn Walk, safe: &VarSet, output: &mut VarSet) {
    x.walk(&mut |term| match &term.kind {
        TermKind::Comprehension(_) | TermKind::Template(_) => false,
        TermKind::Ref(parts) => {
            if !ref_is_safe(parts, safe) {
                return false;
            }
            if !term.is_ground() {
                Collector { skip: Skip { ref_head: true, ..Skip::default() }, vars: output, implicit: None }.terms(&parts[1..]);
            }
            true
        }
        _ => true,
    });
}

fn ref_is_safe(parts: &[Term], safe: &VarSet) -> bool {
    match parts[0].as_var() {
        Some(var) => safe.contains(&var),
        None => vars_of(&parts[0], Skip::SAFETY).is_subset(safe),
    }
}

/// The variables that become bound when `left = right` is evaluated and those in `safe` are bound.
fn unify(safe: &VarSet, left: &Term, right: &Term) -> VarSet {
    let mut unifier = Unifier { safe, unified: VarSet::default(), unknown: FxHashMap::default() };
    unifier.unify(left, right);
    unifier.unified
}

struct Unifier<'s> {
    safe: &'s VarSet,
    unified: VarSet,
    /// Variables and those that they wait for.
    unknown: FxHashMap<Var, VarSet>,
}

impl Unifier<'_> {
    fn is_safe(&self, var: Var) -> bool {
        self.safe.contains(&var) || self.unified.contains(&var)
    }

    /// References and calls whose variables are bound.
    fn evaluates(&self, term: &Term) -> bool {
        match &term.kind {
            TermKind::Ref(parts) => ref_is_safe(parts, self.safe),
            TermKind::Call(_) => vars_of(term, Skip::SAFETY).is_subset(self.safe),
            _ => false,
        }
    }

    fn unify(&mut self, a: &Term, b: &Term) {
        use TermKind::{Array, Call, Comprehension, Object, Ref, Var};
        match (&a.kind, &b.kind) {
            (Var(x), Var(y)) => {
                if self.is_safe(*y) {
                    self.mark(*x);
                } else if self.is_safe(*x) {
                    self.mark(*y);
                } else {
                    self.unknown.entry(*x).or_default().insert(*y);
                    self.unknown.entry(*y).or_default().insert(*x);
                }
            }
            (Var(x), Array(_) | Object(_)) => self.unify_all(*x, b),
            (Array(_) | Object(_), Var(y)) => self.unify_all(*y, a),
            (Var(_), Ref(_) | Call(_)) if !self.evaluates(b) => {}
            (Ref(_) | Call(_), Var(_)) if !self.evaluates(a) => {}
            (Var(x), _) => self.mark(*x),
            (_, Var(y)) => self.mark(*y),
            (Ref(_) | Call(_), Array(_) | Object(_)) if self.evaluates(a) => self.mark_all(b),
            (Array(_) | Object(_), Ref(_) | Call(_)) if self.evaluates(b) => self.mark_all(a),
            (Comprehension(_), Array(_) | Object(_)) => self.mark_all(b),
            (Array(_), Comprehension(_)) => self.mark_all(a),
            (Array(x), Array(y)) if x.len() == y.len() => {
                for (x, y) in x.iter().zip(y) {
                    self.unify(x, y);
                }
            }
            (Object(x), Object(y)) if x.len() == y.len() => {
                for (key, value) in x {
                    if let Some((_, other)) = y.iter().find(|(other, _)| other.kind == key.kind) {
                        self.unify(value, other);
                    }
                }
            }
            _ => {}
        }
    }

    fn mark_all(&mut self, term: &Term) {
        for var in vars_of(term, Skip::OUTPUT) {
            self.mark(var);
        }
    }

    fn mark(&mut self, var: Var) {
        let mut todo = vec![var];
        while let Some(var) = todo.pop() {
            self.unified.insert(var);
            todo.extend(self.unknown.remove(&var).into_iter().flatten());
            // those that waited for nothing else are bound too
            self.unknown.retain(|waiting, needs| {
                let ready = needs.remove(&var) && needs.is_empty();
                if ready {
                    todo.push(*waiting);
                }
                !ready
            });
        }
    }

    fn unify_all(&mut self, var: Var, term: &Term) {
        if self.is_safe(var) {
            self.mark_all(term);
            return;
        }
        let mut needs = vars_of(term, Skip::OUTPUT);
        needs.retain(|var| !self.is_safe(*var));
        if needs.is_empty() {
            self.mark(var);
        } else {
            self.unknown.entry(var).or_default().extend(needs);
        }
    }
}
