//! Whether two types have values in common.

use std::sync::Arc;

use super::ty::{Array, Object, Type};

/// Whether a value can be of both types; what is not known has nothing in common with anything.
pub(crate) fn unifies(a: Option<&Type>, b: Option<&Type>) -> bool {
    Unifier(0).maybe(a, b)
}

/// Unions of unions, and infinite types of schemas, are given up after so many steps: then they may have something in common.
const LIMIT: u32 = 200_000;

struct Unifier(u32);

impl Unifier {
    fn maybe(&mut self, a: Option<&Type>, b: Option<&Type>) -> bool {
        let (Some(a), Some(b)) = (a, b) else { return false };
        self.types(a, b)
    }

    fn types(&mut self, a: &Type, b: &Type) -> bool {
        self.0 += 1;
        if self.0 > LIMIT {
            return true;
        }
        let (a, b) = (a.unwrapped(), b.unwrapped());
        match (a, b) {
            (Type::Any, Type::Function(_)) | (Type::Function(_), Type::Any) => false,
            (Type::Any, _) | (_, Type::Any) => true,
            (Type::Union(a), Type::Union(b)) if Arc::ptr_eq(a, b) => true,
            (Type::Union(_), Type::Function(_)) | (Type::Function(_), Type::Union(_)) => false,
            (Type::Union(union), _) => union.members.iter().any(|member| self.types(member, b)),
            (_, Type::Union(union)) => union.members.iter().any(|member| self.types(a, member)),
            (Type::Null, Type::Null) | (Type::Boolean, Type::Boolean) | (Type::Number, Type::Number) | (Type::String, Type::String) => true,
            (Type::Array(x), Type::Array(y)) => (Arc::ptr_eq(x, y) && !a.is_unknown()) || self.arrays(x, y),
            (Type::Object(x), Type::Object(y)) => (Arc::ptr_eq(x, y) && !a.is_unknown()) || self.objects(x, y),
            (Type::Set(a), Type::Set(b)) => match (&a.of, &b.of) {
                (Some(a), Some(b)) => self.types(a, b),
                // the empty set is a set of anything
                _ => true,
            },
            (Type::Function(a), Type::Function(b)) => {
                a.args.len() == b.args.len() && a.args.iter().zip(&b.args).all(|(a, b)| self.maybe(a.as_ref(), b.as_ref()))
            }
            _ => false,
        }
    }

    fn arrays(&mut self, a: &Array, b: &Array) -> bool {
        let mut fixed = |a: &Array, b: &Array| a.fixed.iter().enumerate().all(|(at, item)| self.maybe(item.as_ref(), b.select(at)));
        if !fixed(a, b) || !fixed(b, a) {
            return false;
        }
        match (&a.rest, &b.rest) {
            (Some(a), Some(b)) => self.types(a, b),
            _ => true,
        }
    }

    fn objects(&mut self, a: &Object, b: &Object) -> bool {
        let open = a.rest_values().is_some() || b.rest_values().is_some();
        let mut fixed = |a: &Object, b: &Object| {
            a.fixed.iter().all(|(key, value)| match b.select(key) {
                None => open,
                other => self.maybe(value.as_ref(), other),
            })
        };
        if !fixed(a, b) || !fixed(b, a) {
            return false;
        }
        match (a.rest_values(), b.rest_values()) {
            (Some(a), Some(b)) => self.types(a, b),
            _ => true,
        }
    }
}
