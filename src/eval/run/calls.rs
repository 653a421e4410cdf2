//! Calls, closures, and what stands in for functions.

use super::env::Mock;
use super::{Flow, Machine, Next, Stop};
use crate::eval::builtins::{Builtin, Failure};
use crate::eval::program::{Callee, Comprehension, Pattern, Step};
use crate::eval::value::{Object, Set, Value, to_text};
use crate::model::rego::compile::hir::{Loc, Shape};

impl<'p> Machine<'p> {
    /// Whether a body has a solution; evaluation stops at the first.
    pub(super) fn holds(&mut self, body: &'p [Step]) -> Result<bool, Stop> {
        let mut found = false;
        self.body(body, &mut |_| {
            found = true;
            Ok(true)
        })?;
        Ok(found)
    }

    /// Whether a body has a solution; all are evaluated, so that an error in any of them is one.
    pub(super) fn holds_all(&mut self, body: &'p [Step]) -> Result<bool, Stop> {
        let mut found = false;
        self.body(body, &mut |_| {
            found = true;
            Ok(false)
        })?;
        Ok(found)
    }

    pub(super) fn every(&mut self, key: &'p Pattern, value: &'p Pattern, domain: &'p Pattern, body: &'p [Step]) -> Result<bool, Stop> {
        let Some(Some(domain)) = self.single(domain)? else { return Ok(false) };
        let one = |machine: &mut Self, k: &Value, v: &Value| -> Result<bool, Stop> {
            let mark = machine.trail.len();
            let holds = if machine.matches(key, k)? && machine.matches(value, v)? { machine.holds(body) } else { Ok(true) };
            machine.undo(mark);
            holds
        };
        match &domain {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    if !one(self, &Value::from(index), item)? {
                        return Ok(false);
                    }
                }
            }
            Value::Object(entries) => {
                for (key, value) in entries.iter() {
                    if !one(self, key, value)? {
                        return Ok(false);
                    }
                }
            }
            Value::Set(members) => {
                for member in members.iter() {
                    if !one(self, member, member)? {
                        return Ok(false);
                    }
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    pub(super) fn comprehension(&mut self, comprehension: &'p Comprehension) -> Result<Value, Stop> {
        let mut items: Vec<Value> = Vec::new();
        let mut members = Set::new();
        let mut entries = Object::new();
        self.body(&comprehension.body, &mut |machine| {
            let unbound = || super::internal("a comprehension whose term is not bound", comprehension.at);
            let value = machine.plug(&comprehension.term).ok_or_else(unbound)?;
            match (comprehension.shape, &comprehension.key) {
                (Shape::Array, _) => items.push(value),
                (Shape::Set, _) => {
                    members.insert(value);
                }
                (Shape::Object, key) => {
                    let key = key.as_ref().and_then(|key| machine.plug(key)).ok_or_else(unbound)?;
                    match entries.get(&key) {
                        Some(known) if *known != value => {
                            return Err(Stop::Error {
                                code: "eval_conflict_error",
                                message: format!("object keys must be unique: {} has more than one value", to_text(&key)),
                                at: Some(comprehension.at),
                            });
                        }
                        Some(_) => {}
                        None => {
                            entries.insert(key, value);
                        }
                    }
                }
            }
            Ok(false)
        })?;
        Ok(match comprehension.shape {
            Shape::Array => Value::array(items),
            Shape::Set => Value::set(members),
            Shape::Object => Value::object(entries),
        })
    }

    /// Whether the function is replaced by a document, which may have to be looked up in several places.
    pub(super) fn has_lazy_mock(&self, callee: &Callee) -> bool {
        matches!(self.env.mock(callee.name()), Some(Mock::Document(_)))
    }

    /// A call with one result at most; returns whether it holds, its output bound.
    pub(super) fn call(&mut self, callee: &'p Callee, args: &'p [Pattern], output: Option<&'p Pattern>, at: Loc) -> Result<bool, Stop> {
        let mut values = Vec::with_capacity(args.len());
        for arg in args {
            values.push(self.plug(arg).ok_or_else(|| super::internal("an operand that is not bound", at))?);
        }
        let result = self.result(callee, values, output, at)?;
        let Some(result) = result else { return Ok(false) };
        match output {
            None => Ok(result != Value::Bool(false)),
            Some(pattern) => {
                let mark = self.trail.len();
                let holds = self.matches(pattern, &result)?;
                if !holds {
                    self.undo(mark);
                }
                Ok(holds)
            }
        }
    }

    fn result(&mut self, callee: &'p Callee, args: Vec<Value>, output: Option<&'p Pattern>, at: Loc) -> Result<Option<Value>, Stop> {
        match self.env.mock(callee.name()) {
            Some(Mock::Value(value)) => return Ok(Some(value)),
            Some(Mock::Function(other)) => {
                if other.arity() != args.len() {
                    let message = format!("{} replaces {} but takes {} arguments", other.name(), callee.name(), other.arity());
                    return Err(Stop::Error { code: "rego_type_error", message, at: Some(at) });
                }
                // the replacement may call what it replaces
                let mocks = self.env.mocks.take();
                let result = self.result(other, args, output, at);
                self.env.mocks = mocks;
                return result;
            }
            Some(Mock::Document(_)) | None => {}
        }
        match callee {
            Callee::Builtin(builtin) => self.builtin(builtin, &args, at),
            Callee::Declared { name, .. } => Err(unsupported(name, at)),
            Callee::Rules { node, .. } => {
                let expected = output.and_then(|output| self.plug(output));
                self.call_rules(*node, args, expected.as_ref())
            }
        }
    }

    fn builtin(&mut self, builtin: &'static Builtin, args: &[Value], at: Loc) -> Result<Option<Value>, Stop> {
        let Some(run) = builtin.run else { return Err(unsupported(builtin.name, at)) };
        match run(&mut self.context, args) {
            Ok(value) => Ok(Some(value)),
            // what a builtin does not take is undefined
            Err(Failure::Undefined) => Ok(None),
            Err(Failure::Halt(message)) => {
                Err(Stop::Error { code: "eval_builtin_error", message: format!("{}: {message}", builtin.name), at: Some(at) })
            }
            Err(Failure::Timeout) => Err(Stop::Timeout),
        }
    }

    /// `walk`, and functions replaced by documents: calls with any number of results.
    pub(super) fn relation(
        &mut self,
        callee: &'p Callee,
        args: &'p [Pattern],
        output: Option<&'p Pattern>,
        at: Loc,
        next: &mut Next<'_, 'p>,
    ) -> Flow {
        if let Some(Mock::Document(reference)) = self.env.mock(callee.name()) {
            return self.each(reference, &mut |machine, value| match output {
                None if *value == Value::Bool(false) => Ok(false),
                None => next(machine),
                Some(pattern) => machine.unify_value(pattern, value, next),
            });
        }
        let value = args.first().and_then(|arg| self.plug(arg)).ok_or_else(|| super::internal("an operand that is not bound", at))?;
        let path = match output {
            // `[_, x]`: paths need not be made
            Some(Pattern::Array(parts)) if parts.len() == 2 => Some(&parts[..]),
            _ => None,
        };
        self.walk(&value, &mut Vec::new(), output, path, next)
    }

    fn walk(
        &mut self,
        value: &Value,
        path: &mut Vec<Value>,
        output: Option<&'p Pattern>,
        parts: Option<&'p [Pattern]>,
        next: &mut Next<'_, 'p>,
    ) -> Flow {
        self.tick()?;
        let mark = self.trail.len();
        let matched = match (parts, output) {
            (Some([path_part, value_part]), _) => {
                self.matches(path_part, &Value::array(path.clone()))? && self.matches(value_part, value)?
            }
            (_, Some(output)) => self.matches(output, &Value::array(vec![Value::array(path.clone()), value.clone()]))?,
            (_, None) => true,
        };
        let flow = if matched { next(self) } else { Ok(false) };
        self.undo(mark);
        if flow? {
            return Ok(true);
        }
        let mut below = |machine: &mut Self, key: Value, member: &Value| {
            path.push(key);
            let flow = machine.walk(member, path, output, parts, next);
            path.pop();
            flow
        };
        match value {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    if below(self, Value::from(index), item)? {
                        return Ok(true);
                    }
                }
            }
            Value::Object(entries) => {
                for (key, member) in entries.iter() {
                    if below(self, key.clone(), member)? {
                        return Ok(true);
                    }
                }
            }
            Value::Set(members) => {
                for member in members.iter() {
                    if below(self, member.clone(), member)? {
                        return Ok(true);
                    }
                }
            }
            _ => {}
        }
        Ok(false)
    }
}

fn unsupported(name: &str, at: Loc) -> Stop {
    let message = format!("builtin `{name}` is not supported here; replace it with `with {name} as …`");
    Stop::Error { code: "eval_unsupported_builtin", message, at: Some(at) }
}
