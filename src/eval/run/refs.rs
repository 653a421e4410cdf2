//! References: into values, into base documents, into rules.

use super::{Flow, Machine, NextValue, Stop};
use crate::eval::program::{Base, Pattern, Reference};
use crate::eval::value::{Number, Object, Value};

impl<'p> Machine<'p> {
    /// The value of a reference whose parts are known.
    pub(super) fn ground_ref(&mut self, reference: &'p Reference, parts: Vec<Value>) -> Result<Option<Value>, Stop> {
        let start = match &reference.base {
            Base::Data => return self.ground_data(parts),
            Base::Input => self.env.input.clone(),
            Base::Slot(slot) => self.frame[*slot as usize].clone(),
            Base::Constant(value) => Some(value.clone()),
        };
        Ok(start.and_then(|start| select(&start, &parts)))
    }

    /// The document at a path below `data`, whether rules or files give it.
    pub(super) fn ground_data(&mut self, path: Vec<Value>) -> Result<Option<Value>, Stop> {
        let program = self.program;
        let mut node = Some(0);
        for at in 1..=path.len() {
            node = if self.env.replaced(&path[..at]) {
                None
            } else {
                node.and_then(|node| program.nodes[node].children.get(&path[at - 1]).copied())
            };
            let Some(index) = node else { break };
            if program.nodes[index].has_rules() {
                let rest: Vec<Option<Value>> = path[at..].iter().cloned().map(Some).collect();
                return Ok(self.rules_document(index, at, &rest)?.and_then(|value| select(&value, &path[at..])));
            }
        }
        self.extent(&path, node)
    }

    /// Calls `next` with every value of a reference, its variables bound.
    pub(super) fn each(&mut self, reference: &'p Reference, next: &mut NextValue<'_, 'p>) -> Flow {
        let start = match &reference.base {
            Base::Data => return self.each_data(&reference.parts, &mut Vec::new(), Some(0), next),
            Base::Input => self.env.input.clone(),
            Base::Slot(slot) => self.frame[*slot as usize].clone(),
            Base::Constant(value) => Some(value.clone()),
        };
        match start {
            Some(value) => self.each_in(&value, &reference.parts, next),
            None => Ok(false),
        }
    }

    /// Calls `next` with every value that the parts select in `value`.
    fn each_in(&mut self, value: &Value, parts: &'p [Pattern], next: &mut NextValue<'_, 'p>) -> Flow {
        let Some((part, rest)) = parts.split_first() else {
            self.tick()?;
            return next(self, value);
        };
        if let Some(key) = self.plug(part) {
            return match value.get(&key) {
                Some(member) => self.each_in(member, rest, next),
                None => Ok(false),
            };
        }
        let mut member = |machine: &mut Self, key: &Value, member: &Value| {
            let mark = machine.trail.len();
            let flow = if machine.matches(part, key)? { machine.each_in(member, rest, next) } else { Ok(false) };
            machine.undo(mark);
            flow
        };
        match value {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    if member(self, &Value::from(index), item)? {
                        return Ok(true);
                    }
                }
            }
            Value::Object(entries) => {
                for (key, value) in entries.iter() {
                    if member(self, key, value)? {
                        return Ok(true);
                    }
                }
            }
            Value::Set(members) => {
                for value in members.iter() {
                    if member(self, value, value)? {
                        return Ok(true);
                    }
                }
            }
            _ => {}
        }
        Ok(false)
    }

    /// Like [`Self::each`], below `path` in `data`; `node`: the rules' tree there.
    fn each_data(&mut self, parts: &'p [Pattern], path: &mut Vec<Value>, node: Option<usize>, next: &mut NextValue<'_, 'p>) -> Flow {
        self.tick()?;
        let Some((part, rest)) = parts.split_first() else {
            return match self.extent(path, node)? {
                Some(value) => next(self, &value),
                None => Ok(false),
            };
        };
        if let Some(key) = self.plug(part) {
            return self.each_below(key, rest, path, node, next);
        }
        let document = self.base(path);
        let mut keys: Vec<Value> = match &document {
            Some(Value::Array(items)) => (0..items.len()).map(Value::from).collect(),
            Some(Value::Object(entries)) => entries.keys().cloned().collect(),
            Some(Value::Set(members)) => members.iter().cloned().collect(),
            _ => Vec::new(),
        };
        let program = self.program;
        if let Some(node) = node {
            let more = program.nodes[node].children.keys();
            keys.extend(more.filter(|key| document.as_ref().is_none_or(|document| document.get(key).is_none())).cloned());
        }
        for key in keys {
            let mark = self.trail.len();
            let flow = if self.matches(part, &key)? { self.each_below(key, rest, path, node, next) } else { Ok(false) };
            self.undo(mark);
            if flow? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn each_below(
        &mut self,
        key: Value,
        rest: &'p [Pattern],
        path: &mut Vec<Value>,
        node: Option<usize>,
        next: &mut NextValue<'_, 'p>,
    ) -> Flow {
        let program = self.program;
        let child = node.and_then(|node| program.nodes[node].children.get(&key).copied());
        path.push(key);
        let child = if self.env.replaced(path) { None } else { child };
        let flow = match child.filter(|child| program.nodes[*child].has_rules()) {
            Some(child) => {
                let keys: Vec<Option<Value>> = rest.iter().map(|part| self.plug(part)).collect();
                match self.rules_document(child, path.len(), &keys)? {
                    Some(value) => self.each_in(&value, rest, next),
                    None => Ok(false),
                }
            }
            None => self.each_data(rest, path, child, next),
        };
        path.pop();
        flow
    }

    /// The whole document at a path: files and rules together.
    fn extent(&mut self, path: &[Value], node: Option<usize>) -> Result<Option<Value>, Stop> {
        let base = self.base(path);
        let Some(node) = node else { return Ok(base) };
        let virtual_document = self.leaves(&mut path.to_vec(), node)?;
        Ok(Some(match base {
            Some(base) => merge(&base, &Value::object(virtual_document)),
            None => Value::object(virtual_document),
        }))
    }

    fn leaves(&mut self, path: &mut Vec<Value>, node: usize) -> Result<Object, Stop> {
        self.tick()?;
        let program = self.program;
        let mut out = Object::new();
        for (key, child) in &program.nodes[node].children {
            if program.nodes[*child].hidden {
                continue;
            }
            path.push(key.clone());
            let value = if program.nodes[*child].has_rules() {
                self.ground_data(path.clone())?
            } else if self.env.replaced(path) {
                self.base(path)
            } else {
                Some(Value::object(self.leaves(path, *child)?))
            };
            path.pop();
            if let Some(value) = value {
                out.insert(key.clone(), value);
            }
        }
        Ok(out)
    }

    /// What files and `with` give at a path below `data`.
    fn base(&self, path: &[Value]) -> Option<Value> {
        let replaced = self.env.data.as_ref().and_then(|data| select(data, path));
        if self.env.replaced(path) {
            return replaced;
        }
        if path.iter().any(|key| matches!(key, Value::Array(_) | Value::Object(_) | Value::Set(_))) {
            return replaced;
        }
        let stored = stored(&self.program.data, path);
        match (replaced, stored) {
            (Some(replaced), Some(stored)) => Some(merge(&replaced, &stored)),
            (Some(value), None) | (None, Some(value)) => Some(value),
            (None, None) => None,
        }
    }
}

/// `value[parts[0]][parts[1]]…`
fn select(value: &Value, parts: &[Value]) -> Option<Value> {
    parts.iter().try_fold(value, |value, part| value.get(part)).cloned()
}

/// A lookup in the files' documents: OPA's store takes keys as text, so `data.list["0"]` is the first item.
fn stored(data: &Value, path: &[Value]) -> Option<Value> {
    path.iter()
        .try_fold(data, |value, key| {
            let text = match key {
                Value::String(text) => text.to_string(),
                Value::Number(number) => number.text().into_owned(),
                _ => return None,
            };
            match value {
                Value::Object(entries) => entries.get(&Value::from(text)),
                Value::Array(items) => items.get(usize::try_from(index(&text)?).ok()?),
                _ => None,
            }
        })
        .cloned()
}

/// An array index: also `2.0`.
fn index(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')).then(|| Number::new(text).as_i64())?
}

/// Objects together, key by key; what is no object on both sides is taken from the left.
fn merge(left: &Value, right: &Value) -> Value {
    let (Value::Object(a), Value::Object(b)) = (left, right) else { return left.clone() };
    let mut out = (**a).clone();
    for (key, value) in b.iter() {
        match out.get_mut(key) {
            Some(own) => *own = merge(own, value),
            None => {
                out.insert(key.clone(), value.clone());
            }
        }
    }
    Value::object(out)
}
