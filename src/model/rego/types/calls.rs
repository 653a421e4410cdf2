//! Statements: what calls are given and what they give, and equalities.

use super::check::Checker;
use super::errors::Found;
use super::ty::{self, Function, Maybe, Type, is_unknown, or};
use super::unify::unifies;
use crate::model::rego::compile::hir::{EQ, Expr, ExprKind, Term, TermKind};

type Checked = Result<(), Box<Found>>;

/// Terms are held against so many types in one statement; after that they fit.
const STEPS: u32 = 200_000;

impl Checker<'_, '_> {
    pub(super) fn expression(&mut self, expr: &Expr) -> Checked {
        self.steps = STEPS;
        for with in &expr.withs {
            if let Some(own) = self.type_of(&with.target).filter(|ty| matches!(ty, Type::Function(_)))
                && let Some(new) = self.type_of(&with.value).filter(|ty| matches!(ty, Type::Function(_)))
                && !unifies(Some(&own), Some(&new))
            {
                return Err(Box::new(self.describe.replacement(with, &own, &new)));
            }
        }
        let ExprKind::Call(terms) = &expr.kind else { return Ok(()) };
        let Some((operator, args)) = terms.split_first() else { return Ok(()) };
        let name = operator.as_ref().unwrap_or_default();
        let head = name.first().and_then(Term::as_var);
        if head == Some(EQ) && name.len() == 1 {
            return match args {
                [left, right] => self.equality(expr, left, right),
                _ => Err(Box::new(self.describe.operand_count(expr, args.len(), 2))),
            };
        }
        if head.is_some() && name.len() == 2 && head == self.internal {
            match name[1].as_value().and_then(|value| value.as_str()) {
                Some("member_2") => self.membership(expr, args, 2)?,
                Some("member_3") => self.membership(expr, args, 3)?,
                _ => {}
            }
        }
        self.function_call(expr, operator, args)
    }

    fn equality(&mut self, expr: &Expr, left: &Term, right: &Term) -> Checked {
        let (left_type, right_type) = (self.type_of(left), self.type_of(right));
        if self.both(left, left_type.as_ref(), right, right_type.as_ref()) {
            return Ok(());
        }
        Err(Box::new(self.describe.mismatch(expr, (left, left_type.as_ref()), (right, right_type.as_ref()))))
    }

    /// `x in xs`, `k, x in xs`: whether the collection can hold it.
    fn membership(&mut self, expr: &Expr, args: &[Term], arity: usize) -> Checked {
        let Some(collection) = args.get(arity - 1) else { return Ok(()) };
        let own = self.type_of(collection);
        let values = ty::values(own.as_ref());
        if values.is_none() {
            return Ok(());
        }
        if arity == 3 {
            let keys = ty::keys(own.as_ref());
            self.member(expr, &args[0], keys.as_ref(), collection, true)?;
        }
        self.member(expr, &args[arity - 2], values.as_ref(), collection, false)
    }

    fn member(&mut self, expr: &Expr, term: &Term, want: Option<&Type>, collection: &Term, is_key: bool) -> Checked {
        if is_unknown(want) {
            return Ok(());
        }
        let have = self.type_of(term);
        if (is_unknown(have.as_ref()) || unifies(have.as_ref(), want)) && self.fit(term, want, false) {
            return Ok(());
        }
        Err(Box::new(self.describe.no_member(expr, (term, have.as_ref()), want, collection, is_key)))
    }

    fn function_call(&mut self, expr: &Expr, operator: &Term, args: &[Term]) -> Checked {
        let function = match self.env.reference(operator.as_ref().unwrap_or_default()) {
            Some(Type::Any) => return Ok(()),
            Some(Type::Function(function)) => function,
            _ => return Err(Box::new(self.describe.no_function(expr, operator))),
        };
        let wanted = function.args.len() + usize::from(function.result.is_some());
        if args.len() > wanted && function.variadic.is_none() {
            return Err(Box::new(self.describe.argument_count(expr, operator, args.len(), &function, true)));
        }
        if args.len() < function.args.len() {
            return Err(Box::new(self.describe.argument_count(expr, operator, args.len(), &function, false)));
        }
        let have: Vec<Maybe> = args.iter().map(|arg| self.type_of(arg)).collect();
        for (index, arg) in args.iter().enumerate() {
            let want = wanted_at(&function, index);
            let known = !is_unknown(have[index].as_ref());
            if known && !unifies(have[index].as_ref(), want) {
                return Err(Box::new(self.describe.argument(expr, operator, args, &have, index, &function)));
            }
            if !self.fit(arg, want, false) {
                let have: Vec<Maybe> = args.iter().map(|arg| self.type_of(arg)).collect();
                return Err(Box::new(self.describe.argument(expr, operator, args, &have, index, &function)));
            }
        }
        Ok(())
    }

    /// Whether two terms can be equal; infers the types of variables.
    fn both(&mut self, a: &Term, a_type: Option<&Type>, b: &Term, b_type: Option<&Type>) -> bool {
        match (is_unknown(a_type), is_unknown(b_type)) {
            (true, false) => return self.fit(a, b_type, false),
            (false, true) => return self.fit(b, a_type, false),
            (false, false) => return unifies(a_type, b_type),
            (true, true) => {}
        }
        match (&a.kind, &b.kind) {
            (TermKind::Array(_), _) => return self.both_arrays(a, b),
            (TermKind::Object(_), _) => return self.both_objects(a, b),
            (TermKind::Var(_), TermKind::Var(_)) => return self.any_then(a, b),
            (TermKind::Var(_), TermKind::Array(_)) => return self.both_arrays(b, a),
            (TermKind::Var(_), TermKind::Object(_)) => return self.both_objects(b, a),
            (TermKind::Var(_), TermKind::Ref(_)) => return self.fit(a, Some(&Type::Any), false),
            (TermKind::Ref(_), TermKind::Var(_)) => return self.fit(b, Some(&Type::Any), false),
            _ => {}
        }
        match (&a.kind, &b.kind) {
            (TermKind::Var(_), _) if a_type.is_none() && b_type.is_some() => self.fit(a, b_type, false),
            (_, TermKind::Var(_)) if b_type.is_none() && a_type.is_some() => self.fit(b, a_type, false),
            _ => false,
        }
    }

    /// `a` can be anything, and `b` what `a` then is.
    fn any_then(&mut self, a: &Term, b: &Term) -> bool {
        if !self.fit(a, Some(&Type::Any), false) {
            return false;
        }
        let ty = self.type_of(a);
        self.fit(b, ty.as_ref(), false)
    }

    fn both_arrays(&mut self, a: &Term, b: &Term) -> bool {
        match (&a.kind, &b.kind) {
            (TermKind::Array(x), TermKind::Array(y)) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| self.both_terms(x, y)),
            (_, TermKind::Var(_)) => self.any_then(a, b),
            _ => false,
        }
    }

    fn both_objects(&mut self, a: &Term, b: &Term) -> bool {
        match (&a.kind, &b.kind) {
            (TermKind::Object(x), TermKind::Object(y)) => {
                let other = |key: &Term| y.iter().find(|(other, _)| same(key, other)).map(|(_, value)| value);
                x.len() == y.len()
                    && x.iter().all(|(key, _)| other(key).is_some())
                    && x.iter().all(|(key, value)| other(key).is_some_and(|other| self.both_terms(value, other)))
            }
            (_, TermKind::Var(_)) => self.any_then(a, b),
            _ => false,
        }
    }

    fn both_terms(&mut self, a: &Term, b: &Term) -> bool {
        let (a_type, b_type) = (self.type_of(a), self.type_of(b));
        self.both(a, a_type.as_ref(), b, b_type.as_ref())
    }

    /// Whether a term can be of a type; infers the types of variables in it. In a `join` the type is one of several.
    pub(super) fn fit(&mut self, term: &Term, want: Option<&Type>, join: bool) -> bool {
        if self.steps == 0 {
            return true;
        }
        self.steps -= 1;
        match &term.kind {
            TermKind::Array(_) | TermKind::Object(_) | TermKind::Set(_) => {}
            TermKind::Var(var) if join => {
                let ty = or(self.env.var(*var), want.cloned());
                self.env.put(*var, ty);
                return true;
            }
            TermKind::Var(var) => {
                return match self.env.var(*var) {
                    Some(own) => unifies(Some(&own), want),
                    None => {
                        self.env.put(*var, want.cloned());
                        true
                    }
                };
            }
            _ => {
                let own = self.type_of(term);
                return unifies(own.as_ref(), want);
            }
        }
        let Some(want) = want.map(Type::unwrapped) else { return false };
        if let Type::Union(union) = want {
            let mut any = false;
            for member in &union.members {
                any |= self.fit(term, Some(member), true);
            }
            return any;
        }
        match (&term.kind, want) {
            (TermKind::Array(items) | TermKind::Set(items), Type::Any) => {
                items.iter().for_each(|item| _ = self.fit(item, Some(&Type::Any), true));
                true
            }
            (TermKind::Object(entries), Type::Any) => {
                for (key, value) in entries {
                    self.fit(key, Some(&Type::Any), true);
                    self.fit(value, Some(&Type::Any), true);
                }
                true
            }
            (TermKind::Array(items), Type::Array(array)) => {
                (items.len() == array.fixed.len() || array.rest.is_some())
                    && items.iter().enumerate().all(|(at, item)| self.fit(item, array.select(at), join))
            }
            (TermKind::Object(entries), Type::Object(object)) => {
                (entries.len() == object.fixed.len() || object.rest_values().is_some())
                    && entries.iter().all(|(key, value)| match key.constant() {
                        Some(key) => match object.select(&ty::json_key(&key)) {
                            Some(child) => self.fit(value, Some(child), join),
                            None => false,
                        },
                        None => {
                            self.fit(value, Some(&Type::Any), join);
                            true
                        }
                    })
            }
            (TermKind::Set(items), Type::Set(set)) => items.iter().all(|item| self.fit(item, set.of.as_ref(), join)),
            _ => false,
        }
    }
}

/// The type of an argument, or of the result, which comes last.
pub(super) fn wanted_at(function: &Function, index: usize) -> Option<&Type> {
    match function.args.get(index) {
        Some(ty) => ty.as_ref(),
        None if index == function.args.len() && function.result.is_some() => function.result.as_ref(),
        None => function.variadic.as_ref(),
    }
}

/// The same key, wherever it stands.
fn same(a: &Term, b: &Term) -> bool {
    match (&a.kind, &b.kind) {
        (TermKind::Var(a), TermKind::Var(b)) => a == b,
        _ => a.constant().is_some_and(|a| b.constant() == Some(a)),
    }
}
