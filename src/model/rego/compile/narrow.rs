//! Variables that a body binds to a few known constants: references through them name only so many rules.

use rustc_hash::FxHashMap;

use super::hir::{Expr, Term, TermKind, Var};
use crate::model::rego::value::Value;

/// One reference is not taken apart into more than this many.
const LIMIT: usize = 64;

/// The constants that variables of a body can have.
pub(super) struct Narrowing {
    /// Variable → the statement that binds it, its values.
    bindings: Known,
}

type Known = FxHashMap<Var, (usize, Vec<Value>)>;

impl Narrowing {
    pub(super) fn new(body: &[Expr]) -> Self {
        let mut bindings = Known::default();
        for (index, expr) in body.iter().enumerate() {
            if expr.negated || !expr.withs.is_empty() || !expr.is_equality() {
                continue;
            }
            let Some([_, left, right]) = expr.as_call() else { continue };
            let found =
                [(left, right), (right, left)].into_iter().find_map(|(var, term)| Some((var.as_var()?, values(term, &bindings, index)?)));
            if let Some((var, values)) = found {
                bindings.entry(var).or_insert((index, values));
            }
        }
        Self { bindings }
    }

    /// Calls `f` with each reference that `parts` can be when the statement at `index` is evaluated.
    pub(super) fn expand(&self, parts: &[Term], index: usize, f: &mut dyn FnMut(&[Term])) {
        if self.bindings.is_empty() || parts[1..].iter().all(|part| part.constant().is_some()) {
            return f(parts);
        }
        let mut expanded = vec![parts.to_vec()];
        for at in 1..parts.len() {
            if parts[at].constant().is_some() {
                continue;
            }
            let Some(values) = values(&parts[at], &self.bindings, index).filter(|values| !values.is_empty()) else { continue };
            if expanded.len() * values.len() > LIMIT {
                continue;
            }
            expanded = expanded
                .iter()
                .flat_map(|parts| {
                    values.iter().map(|value| {
                        let mut parts = parts.clone();
                        parts[at].kind = TermKind::Value(value.clone());
                        parts
                    })
                })
                .collect();
        }
        for parts in expanded {
            f(&parts);
        }
    }
}

/// The constants that a term can be when the statement at `index` is evaluated, if they are known.
fn values(term: &Term, known: &Known, index: usize) -> Option<Vec<Value>> {
    match &term.kind {
        TermKind::Var(var) => known.get(var).filter(|(at, _)| *at < index).map(|(_, values)| values.clone()),
        TermKind::Ref(parts) => {
            let mut current = values(&parts[0], known, index)?;
            for part in &parts[1..] {
                let mut next: Vec<Value> = Vec::new();
                for value in &current {
                    match part.constant() {
                        Some(key) => next.extend(value.get(&key).cloned()),
                        None => match value {
                            Value::Array(items) => next.extend(items.iter().cloned()),
                            Value::Set(members) => next.extend(members.iter().cloned()),
                            Value::Object(entries) => next.extend(entries.values().cloned()),
                            _ => return None,
                        },
                    }
                }
                if next.len() > LIMIT {
                    return None;
                }
                current = next;
            }
            Some(current)
        }
        _ => term.constant().map(|value| vec![value]),
    }
}
