//! A document that is being edited.
//!
//! Results must be those of OPA, whose tree of edits looks up what has not been edited yet in the array as it was:
//! after `remove /0`, `add /0/x` edits the item that has been removed. So edits are kept as OPA keeps them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::eval::builtins::Failure;
use crate::eval::value::{Number, Object, Set, Value};

/// What has become of an entry.
#[derive(Debug)]
enum Child {
    Deleted,
    Scalar(Value),
    Tree(Box<Tree>),
}

#[derive(Debug, Default)]
pub(super) struct Tree {
    /// As it was; `None`: removed.
    value: Option<Value>,
    /// Edited entries of objects and members of sets.
    children: BTreeMap<Value, Child>,
    /// Edited items of arrays, by their place: scalars and others.
    scalars: BTreeMap<usize, Value>,
    trees: BTreeMap<usize, Tree>,
    /// Which items of the array as it was are gone.
    eliminated: Vec<bool>,
    /// Which items of the array as it is have been edited.
    edited: Vec<bool>,
}

/// The end of a path.
pub(super) enum Place<'t> {
    Tree(&'t mut Tree),
    Scalar(Value),
}

fn is_composite(value: &Value) -> bool {
    matches!(value, Value::Array(_) | Value::Object(_) | Value::Set(_))
}

fn child_of(value: Value) -> Child {
    if is_composite(&value) { Child::Tree(Box::new(Tree::new(value))) } else { Child::Scalar(value) }
}

/// OPA fails here in ways of its own.
fn broken() -> Failure {
    Failure::Halt("these operations are not supported in this order".to_owned())
}

impl Place<'_> {
    pub(super) fn render(&self) -> Result<Option<Value>, Failure> {
        match self {
            Place::Tree(tree) => tree.render(),
            Place::Scalar(value) => Ok(Some(value.clone())),
        }
    }
}

impl Tree {
    pub(super) fn new(value: Value) -> Self {
        let length = if let Value::Array(items) = &value { items.len() } else { 0 };
        Self { value: Some(value), eliminated: vec![false; length], edited: vec![false; length], ..Self::default() }
    }

    /// The place of an item: the end is `-`.
    fn index(&self, key: &Value) -> Result<usize, Failure> {
        let number = match key {
            Value::Number(number) => number.as_i64(),
            Value::String(text) if &**text == "-" => return Ok(self.edited.len()),
            Value::String(text) if &**text != "0" && text.starts_with('0') => None,
            Value::String(text) => {
                // signs are taken, and a fraction of zeros
                let digits = text.strip_prefix('+').unwrap_or(text);
                if text.starts_with('+') && digits.starts_with(['+', '-']) { None } else { Number::Text(digits.into()).as_i64() }
            }
            _ => None,
        };
        number.and_then(|number| usize::try_from(number).ok()).ok_or(Failure::Undefined)
    }

    /// Writes a set's edits into it.
    fn collapse(&mut self) -> Result<(), Failure> {
        self.value = self.render()?;
        self.children.clear();
        Ok(())
    }

    /// Follows a path.
    pub(super) fn unfold(&mut self, path: &[Value]) -> Result<Place<'_>, Failure> {
        let mut place = Place::Tree(self);
        for key in path {
            place = match place {
                Place::Tree(tree) => tree.child(key)?,
                Place::Scalar(_) => return Err(Failure::Undefined),
            };
        }
        Ok(place)
    }

    fn child(&mut self, key: &Value) -> Result<Place<'_>, Failure> {
        let value = self.value.clone().ok_or(Failure::Undefined)?;
        if let Value::Array(items) = &value {
            return self.item(key, items);
        }
        let is_set = matches!(value, Value::Set(_));
        if is_set && is_composite(key) {
            self.collapse()?;
        }
        if !self.children.contains_key(key) {
            let found = match self.value.as_ref() {
                Some(Value::Object(entries)) => entries.get(key),
                Some(Value::Set(members)) => members.get(key),
                _ => None,
            };
            let found = found.cloned().ok_or(Failure::Undefined)?;
            self.children.insert(key.clone(), child_of(found));
        }
        match self.children.get_mut(key) {
            Some(Child::Tree(tree)) => Ok(Place::Tree(tree)),
            Some(Child::Scalar(value)) => Ok(Place::Scalar(value.clone())),
            Some(Child::Deleted) if is_set => Err(broken()),
            _ => Err(Failure::Undefined),
        }
    }

    fn item(&mut self, key: &Value, items: &Arc<Vec<Value>>) -> Result<Place<'_>, Failure> {
        let index = self.index(key)?;
        if !self.scalars.contains_key(&index) && !self.trees.contains_key(&index) {
            let found = items.get(index).cloned().ok_or(Failure::Undefined)?;
            let key = Value::from(index);
            self.delete(&key)?;
            self.insert(&key, found)?;
        }
        match self.scalars.get(&index) {
            Some(value) => Ok(Place::Scalar(value.clone())),
            None => self.trees.get_mut(&index).map(Place::Tree).ok_or(Failure::Undefined),
        }
    }

    /// Puts a value at a key; array items from there on move up.
    fn insert(&mut self, key: &Value, value: Value) -> Result<(), Failure> {
        match self.value.as_ref() {
            Some(Value::Object(_)) => {
                self.children.insert(key.clone(), child_of(value));
                Ok(())
            }
            Some(Value::Set(_)) => {
                if *key != value {
                    return Err(Failure::Undefined);
                }
                if is_composite(key) {
                    self.collapse()?;
                }
                self.children.insert(key.clone(), child_of(value));
                Ok(())
            }
            Some(Value::Array(_)) => {
                let index = self.index(key)?;
                if index > self.edited.len() {
                    return Err(Failure::Undefined);
                }
                self.shift(index, true)?;
                self.edited.insert(index, true);
                if is_composite(&value) {
                    self.trees.insert(index, Tree::new(value));
                } else {
                    self.scalars.insert(index, value);
                }
                Ok(())
            }
            _ => Err(Failure::Undefined),
        }
    }

    /// Moves the edited items from `index` on by one place.
    fn shift(&mut self, index: usize, up: bool) -> Result<(), Failure> {
        let moved = |at: usize| if up { at + 1 } else { at - 1 };
        let scalars: Vec<(usize, Value)> = self.scalars.split_off(&index).into_iter().collect();
        let trees: Vec<(usize, Tree)> = self.trees.split_off(&index).into_iter().collect();
        // OPA moves the scalars first, and loses those that then lie where another item still is
        let lost = |at: usize| trees.binary_search_by_key(&at, |(place, _)| *place).is_ok();
        if scalars.iter().any(|(at, _)| lost(moved(*at))) {
            return Err(broken());
        }
        self.scalars.extend(scalars.into_iter().map(|(at, value)| (moved(at), value)));
        self.trees.extend(trees.into_iter().map(|(at, tree)| (moved(at), tree)));
        Ok(())
    }

    /// Removes an entry, a member or an item.
    fn delete(&mut self, key: &Value) -> Result<(), Failure> {
        match self.value.as_ref() {
            Some(Value::Object(entries)) => {
                let known = match self.children.get(key) {
                    None => entries.contains_key(key),
                    Some(child) => !matches!(child, Child::Deleted),
                };
                if !known {
                    return Err(Failure::Undefined);
                }
                self.children.insert(key.clone(), Child::Deleted);
                Ok(())
            }
            Some(Value::Set(_)) => {
                if is_composite(key) {
                    self.collapse()?;
                }
                let Some(Value::Set(members)) = self.value.as_ref() else { return Err(Failure::Undefined) };
                let known = match self.children.get(key) {
                    None => members.contains(key),
                    Some(child) => !matches!(child, Child::Deleted),
                };
                if !known {
                    return Err(Failure::Undefined);
                }
                self.children.insert(key.clone(), Child::Deleted);
                Ok(())
            }
            Some(Value::Array(_)) => {
                let index = self.index(key)?;
                if index >= self.edited.len() {
                    return Err(Failure::Undefined);
                }
                self.scalars.remove(&index);
                self.trees.remove(&index);
                self.shift(index + 1, false)?;
                if !self.edited.remove(index) {
                    // which of the items as they were this is
                    let place = self.edited[..index].iter().filter(|edited| !**edited).count();
                    let mut left = (0..self.eliminated.len()).filter(|at| !self.eliminated[*at]);
                    let gone = left.nth(place).ok_or_else(broken)?;
                    self.eliminated[gone] = true;
                }
                Ok(())
            }
            _ => Err(Failure::Undefined),
        }
    }

    pub(super) fn insert_at(&mut self, path: &[Value], value: Value) -> Result<(), Failure> {
        let Some((last, outer)) = path.split_last() else {
            *self = Self::new(value);
            return Ok(());
        };
        match self.unfold(outer)? {
            Place::Tree(tree) => tree.insert(last, value),
            Place::Scalar(_) => Err(Failure::Undefined),
        }
    }

    pub(super) fn delete_at(&mut self, path: &[Value]) -> Result<(), Failure> {
        let Some((last, outer)) = path.split_last() else {
            if self.value.is_none() {
                return Err(Failure::Undefined);
            }
            *self = Self::default();
            return Ok(());
        };
        match self.unfold(outer)? {
            Place::Tree(tree) => tree.delete(last),
            Place::Scalar(_) => Err(Failure::Undefined),
        }
    }

    /// The document as it is; `None` where it is removed.
    pub(super) fn render(&self) -> Result<Option<Value>, Failure> {
        let child = |child: &Child| match child {
            Child::Deleted => Ok(None),
            Child::Scalar(value) => Ok(Some(value.clone())),
            Child::Tree(tree) => tree.render(),
        };
        let Some(value) = &self.value else { return Ok(None) };
        Ok(Some(match value {
            Value::Object(entries) if !self.children.is_empty() => {
                let mut out: Object = (**entries).clone();
                for (key, edit) in &self.children {
                    match child(edit)? {
                        Some(value) => out.insert(key.clone(), value),
                        None => out.remove(key),
                    };
                }
                Value::object(out)
            }
            Value::Set(members) if !self.children.is_empty() => {
                let kept = members.iter().filter(|member| !self.children.contains_key(member));
                let mut out: Set = kept.cloned().collect();
                for edit in self.children.values() {
                    out.extend(child(edit)?);
                }
                Value::set(out)
            }
            Value::Array(items) if self.edited.contains(&true) || self.eliminated.contains(&true) => {
                let mut left = items.iter().zip(&self.eliminated).filter(|(_, gone)| !**gone);
                let mut out = Vec::with_capacity(self.edited.len());
                for (index, edited) in self.edited.iter().enumerate() {
                    let item = if !edited {
                        left.next().map(|(item, _)| item.clone())
                    } else if let Some(value) = self.scalars.get(&index) {
                        Some(value.clone())
                    } else {
                        self.trees.get(&index).ok_or_else(broken)?.render()?
                    };
                    out.push(item.ok_or_else(broken)?);
                }
                out.into()
            }
            value => value.clone(),
        }))
    }
}
