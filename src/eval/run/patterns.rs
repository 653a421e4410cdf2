//! Terms as values and as patterns.

use super::{Machine, Stop};
use crate::eval::program::Pattern;
use crate::eval::value::{Object, Set, Value};

impl<'p> Machine<'p> {
    /// The value of a term whose variables are all bound; `None` if one is not, or if it has to be evaluated.
    pub(super) fn plug(&self, pattern: &Pattern) -> Option<Value> {
        Some(match pattern {
            Pattern::Constant(value) => value.clone(),
            Pattern::Slot(slot) => self.frame.get(*slot as usize)?.clone()?,
            Pattern::Array(items) => Value::array(items.iter().map(|item| self.plug(item)).collect::<Option<_>>()?),
            Pattern::Set(items) => Value::set(items.iter().map(|item| self.plug(item)).collect::<Option<Set>>()?),
            Pattern::Object(entries) => {
                let entries = entries.iter().map(|(key, value)| Some((self.plug(key)?, self.plug(value)?)));
                Value::object(entries.collect::<Option<Object>>()?)
            }
            Pattern::Reference(_) | Pattern::Comprehension(_) => return None,
        })
    }

    /// Matches a value, binding variables; what was bound stays bound if it fails half-way.
    pub(super) fn matches(&mut self, pattern: &'p Pattern, value: &Value) -> Result<bool, Stop> {
        match pattern {
            Pattern::Constant(constant) => Ok(constant == value),
            Pattern::Slot(slot) => match &self.frame[*slot as usize] {
                Some(bound) => Ok(bound == value),
                None => {
                    self.bind(*slot, value.clone());
                    Ok(true)
                }
            },
            Pattern::Array(patterns) => {
                let Value::Array(items) = value else { return Ok(false) };
                if items.len() != patterns.len() {
                    return Ok(false);
                }
                for (pattern, item) in patterns.iter().zip(items.iter()) {
                    if !self.matches(pattern, item)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Pattern::Object(patterns) => {
                let Value::Object(entries) = value else { return Ok(false) };
                if entries.len() != patterns.len() {
                    return Ok(false);
                }
                for (key, pattern) in patterns {
                    let Some(key) = self.plug(key) else { return Err(unbound()) };
                    let Some(entry) = entries.get(&key) else { return Ok(false) };
                    if !self.matches(pattern, entry)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Pattern::Set(_) => match self.plug(pattern) {
                Some(set) => Ok(set == *value),
                None => Err(unbound()),
            },
            Pattern::Reference(_) | Pattern::Comprehension(_) => Ok(self.single(pattern)?.ok_or_else(unbound)?.as_ref() == Some(value)),
        }
    }

    /// Unifies two terms neither of which is a value yet: part by part.
    pub(super) fn unify_patterns(&mut self, left: &'p Pattern, right: &'p Pattern) -> Result<bool, Stop> {
        if let Some(value) = self.plug(left) {
            return self.matches(right, &value);
        }
        if let Some(value) = self.plug(right) {
            return self.matches(left, &value);
        }
        match (left, right) {
            (Pattern::Array(left), Pattern::Array(right)) => {
                if left.len() != right.len() {
                    return Ok(false);
                }
                for (left, right) in left.iter().zip(right) {
                    if !self.unify_patterns(left, right)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Pattern::Object(left), Pattern::Object(right)) => {
                if left.len() != right.len() {
                    return Ok(false);
                }
                for (key, left) in left {
                    let key = self.plug(key).ok_or_else(unbound)?;
                    let mut other = None;
                    for (right_key, right) in right {
                        if self.plug(right_key).ok_or_else(unbound)? == key {
                            other = Some(right);
                        }
                    }
                    let Some(other) = other else { return Ok(false) };
                    if !self.unify_patterns(left, other)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Pattern::Slot(left), Pattern::Slot(right)) if left == right => Ok(true),
            // different kinds of collections never unify
            (Pattern::Array(_) | Pattern::Object(_) | Pattern::Set(_), Pattern::Array(_) | Pattern::Object(_)) => Ok(false),
            _ => Err(unbound()),
        }
    }
}

fn unbound() -> Stop {
    Stop::Error { code: "eval_internal_error", message: "a variable is not bound where it is used".to_owned(), at: None }
}
