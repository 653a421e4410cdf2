//! References: whether what they select can be there.

use super::check::Checker;
use super::env::Tree;
use super::errors::Found;
use super::ty::{self, Maybe, Type};
use super::unify::unifies;
use crate::model::rego::compile::hir::{DATA, Expr, ExprKind, INPUT, Term, TermKind};
use crate::model::rego::value::Value;

type Checked = Result<(), Box<Found>>;

/// Why a part of a reference selects nothing.
pub(super) struct Invalid<'t> {
    pub(super) parts: &'t [Term],
    /// The part.
    pub(super) at: usize,
    /// The type of the part, where it is no constant.
    pub(super) have: Maybe,
    /// The type of keys that there are.
    pub(super) want: Maybe,
    /// The keys that there are.
    pub(super) keys: Vec<Value>,
    /// What the part is to select from.
    pub(super) from: Maybe,
}

impl Checker<'_, '_> {
    /// Checks the references of a statement, also those in bodies of `every`, `not`, `and` and `or`, not those in comprehensions.
    pub(super) fn references(&mut self, expr: &Expr, errors: &mut Vec<Found>) {
        match &expr.kind {
            // OPA does not look at the modifiers
            ExprKind::Call(terms) => return terms[1..].iter().for_each(|term| self.references_in(term, errors)),
            ExprKind::Term(term) => return self.references_in(term, errors),
            ExprKind::Not { body, .. } => return body.iter().for_each(|expr| self.references(expr, errors)),
            ExprKind::Every(every) => {
                for term in every.key.iter().chain([&every.value, &every.domain]) {
                    self.references_in(term, errors);
                }
                every.body.iter().for_each(|expr| self.references(expr, errors));
            }
            ExprKind::Logical(logical) => logical.left.iter().chain(&logical.right).for_each(|expr| self.references(expr, errors)),
            ExprKind::Some(_) | ExprKind::SomeIn(..) => {}
        }
        for with in &expr.withs {
            self.references_in(&with.target, errors);
            self.references_in(&with.value, errors);
        }
    }

    fn references_in(&mut self, term: &Term, errors: &mut Vec<Found>) {
        match &term.kind {
            TermKind::Value(_) | TermKind::Var(_) | TermKind::Comprehension(_) | TermKind::Template(_) => {}
            TermKind::Ref(parts) => {
                if let Some(ty @ Type::Function(_)) = self.env.reference(parts) {
                    errors.push(self.describe.function_as_value(parts, &ty));
                    return;
                }
                if let Err(error) = self.reference(parts) {
                    errors.push(*error);
                }
                parts.iter().for_each(|part| self.references_in(part, errors));
            }
            TermKind::Array(terms) | TermKind::Set(terms) | TermKind::Call(terms) => {
                terms.iter().for_each(|term| self.references_in(term, errors));
            }
            TermKind::Object(entries) => {
                for (key, value) in entries {
                    self.references_in(key, errors);
                    self.references_in(value, errors);
                }
            }
        }
    }

    fn invalid(&self, invalid: Invalid<'_>) -> Checked {
        Err(Box::new(self.describe.invalid(&invalid)))
    }

    fn reference(&mut self, parts: &[Term]) -> Checked {
        for layer in (0..self.env.depth()).rev() {
            if let Some(checked) = self.reference_in(layer, parts) {
                return checked;
            }
        }
        // a document that nothing is known of, or a variable
        let known = matches!(parts[0].as_var(), Some(INPUT | DATA));
        self.parts(Some(Type::Any), parts, usize::from(known))
    }

    /// `None` if the layer knows nothing of the document.
    fn reference_in(&mut self, layer: usize, parts: &[Term]) -> Option<Checked> {
        let head = parts[0].as_var()?;
        if let Some(ty) = self.env.var_in(layer, head) {
            let ty = ty.clone();
            return ty.map(|ty| self.parts(Some(ty), parts, 1)).or_else(|| {
                // there, but with nothing known: like a document without parts
                self.in_tree(&Tree::default(), Tree::ROOT, parts, 1)
            });
        }
        let tree = self.env.tree_in(layer)?.clone();
        let node = tree.child_var(Tree::ROOT, head)?;
        self.in_tree(&tree, node, parts, 1)
    }

    fn in_tree(&mut self, tree: &Tree, mut node: u32, parts: &[Term], from: usize) -> Option<Checked> {
        for index in from..=parts.len() {
            if let Some(ty) = tree.ty(node) {
                return Some(self.parts(Some(ty.clone()), parts, index));
            }
            let Some(part) = parts.get(index) else { break };
            let name = matches!(part.kind, TermKind::Var(_) | TermKind::Value(Value::String(_)));
            if index <= 2 && !name {
                let have = self.type_of(part);
                let keys = tree.keys(node).cloned().collect();
                return Some(self.invalid(Invalid { parts, at: index, have, want: Some(Type::String), keys, from: None }));
            }
            if let Some(var) = part.as_var() {
                let keys = ty::keys(Some(&tree.extent(node)));
                match self.env.var(var) {
                    Some(have) => {
                        if !unifies(keys.as_ref(), Some(&have)) {
                            let known = tree.keys(node).cloned().collect();
                            return Some(self.invalid(Invalid { parts, at: index, have: Some(have), want: keys, keys: known, from: None }));
                        }
                    }
                    None => self.env.put(var, keys),
                }
            }
            node = tree.child(node, part)?;
        }
        Some(Ok(()))
    }

    /// Checks the parts from `index` on, which select from a value of type `ty`.
    fn parts(&mut self, mut ty: Maybe, parts: &[Term], index: usize) -> Checked {
        for (at, part) in parts.iter().enumerate().skip(index) {
            if ty.as_ref().is_some_and(Type::is_empty_collection) {
                return self.part_of_empty(ty, parts, at);
            }
            let Some(keys) = ty::keys(ty.as_ref()) else {
                return Err(Box::new(self.describe.unsupported(parts, at - 1, ty.as_ref())));
            };
            let fail =
                |have: Maybe, known: Vec<Value>| Invalid { parts, at, have, want: Some(keys.clone()), keys: known, from: ty.clone() };
            match &part.kind {
                TermKind::Var(var) => match self.env.var(*var) {
                    Some(have) => {
                        if !unifies(Some(&have), Some(&keys)) {
                            return self.invalid(fail(Some(have), known_keys(ty.as_ref())));
                        }
                    }
                    None => self.env.put(*var, Some(keys)),
                },
                TermKind::Ref(inner) => {
                    if let Some(have) = self.env.reference(inner)
                        && !unifies(Some(&have), Some(&keys))
                    {
                        return self.invalid(fail(Some(have), known_keys(ty.as_ref())));
                    }
                }
                TermKind::Array(_) | TermKind::Object(_) | TermKind::Set(_) => {
                    if !self.fit(part, Some(&keys), false) {
                        let have = self.type_of(part);
                        return self.invalid(fail(have, Vec::new()));
                    }
                }
                _ => {
                    let child = part.constant().and_then(|key| ty::select(ty.as_ref()?, &ty::json_key(&key)));
                    let Some(child) = child else {
                        return self.invalid(fail(None, known_keys(ty.as_ref())));
                    };
                    ty = Some(child);
                    continue;
                }
            }
            ty = ty::values(ty.as_ref());
        }
        Ok(())
    }

    /// A collection that holds nothing has no constant keys; going over it is fine.
    fn part_of_empty(&mut self, ty: Maybe, parts: &[Term], at: usize) -> Checked {
        match &parts[at].kind {
            TermKind::Value(value) if !matches!(value, Value::Array(_) | Value::Object(_) | Value::Set(_)) => {
                self.invalid(Invalid { parts, at, have: None, want: None, keys: Vec::new(), from: ty })
            }
            TermKind::Var(var) => match (self.env.var(*var), ty::keys(ty.as_ref())) {
                (None, _) => {
                    self.env.put(*var, Some(Type::Any));
                    Ok(())
                }
                (Some(have), Some(keys)) if !unifies(Some(&have), Some(&keys)) => {
                    self.invalid(Invalid { parts, at, have: Some(have), want: Some(keys), keys: Vec::new(), from: ty })
                }
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

/// The keys of the objects that a type can be, in order.
fn known_keys(ty: Option<&Type>) -> Vec<Value> {
    fn add(ty: &Type, depth: u32, out: &mut Vec<Value>) {
        match ty.unwrapped() {
            Type::Object(object) => out.extend(object.fixed.iter().map(|(key, _)| key.clone())),
            Type::Union(union) if depth < 32 => union.members.iter().for_each(|member| add(member, depth + 1, out)),
            _ => {}
        }
    }
    let mut out = Vec::new();
    if let Some(ty) = ty {
        add(ty, 0, &mut out);
    }
    out.sort();
    out.dedup();
    out
}
