//! The machine: top-down evaluation of a program, one query at a time.
//!
//! Statements are evaluated left to right; each solution of a statement continues with the rest of the body.
//! A document or a function's result is computed whole before its caller goes on.

mod calls;
mod docs;
mod env;
mod patterns;
mod refs;

use std::time::Instant;

use rustc_hash::FxHashSet;

use super::builtins::Context;
use super::program::{Callee, Pattern, Program, Slot, Step, StepKind};
use super::value::Value;
use crate::model::rego::compile::hir::{Loc, Shape};
use env::Env;

/// What ends an evaluation before its result.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Stop {
    Timeout,
    /// The call stack is as deep as it may be.
    Depth(Option<Loc>),
    Error {
        code: &'static str,
        message: String,
        at: Option<Loc>,
    },
}

/// Whether the one who asked has enough solutions.
pub(super) type Flow = Result<bool, Stop>;

/// What a caller does with a solution.
pub(super) type Next<'k, 'p> = dyn FnMut(&mut Machine<'p>) -> Flow + 'k;
/// What a caller does with a value.
pub(super) type NextValue<'k, 'p> = dyn FnMut(&mut Machine<'p>, &Value) -> Flow + 'k;

/// Bytes of call stack that an evaluation may use, of the [`super::STACK_SIZE`] that its thread has.
const STACK_LIMIT: usize = super::STACK_SIZE - super::STACK_SIZE / 8;

pub(super) struct Machine<'p> {
    program: &'p Program,
    /// The variables of the rule that is being evaluated.
    frame: Vec<Option<Value>>,
    /// Bound slots of the frame, in order.
    trail: Vec<Slot>,
    env: Env<'p>,
    pub(super) context: Context,
    deadline: Instant,
    ticks: u32,
    stack_base: usize,
    /// Statements and rules that were reached, where that is asked for: module and offset.
    pub(super) covered: Option<FxHashSet<(u32, u32)>>,
}

/// How a statement turned out that has at most one solution.
enum Once {
    Holds,
    Fails,
    /// It may have several.
    Unknown,
}

impl<'p> Machine<'p> {
    pub(super) fn new(program: &'p Program, context: Context, deadline: Instant) -> Self {
        Self {
            program,
            frame: Vec::new(),
            trail: Vec::new(),
            env: Env::default(),
            context,
            deadline,
            ticks: 0,
            stack_base: stack_address(),
            covered: None,
        }
    }

    /// Sets the input and, where given, what replaces base documents.
    pub(super) fn set_documents(&mut self, input: Option<Value>, data: Option<Value>) {
        self.env.input = input;
        self.env.data = data;
    }

    /// The document at a path below `data`.
    pub(super) fn document(&mut self, path: &[Value]) -> Result<Option<Value>, Stop> {
        self.ground_data(path.to_vec())
    }

    /// Counts a step; looks at the clock and the stack now and then.
    fn tick(&mut self) -> Result<(), Stop> {
        self.ticks = self.ticks.wrapping_add(1);
        if self.ticks.is_multiple_of(64) && Instant::now() >= self.deadline {
            return Err(Stop::Timeout);
        }
        if self.stack_base.abs_diff(stack_address()) > STACK_LIMIT {
            return Err(Stop::Depth(None));
        }
        Ok(())
    }

    /// Notes that the evaluation came here.
    fn reach(&mut self, at: Loc) {
        if let Some(covered) = &mut self.covered {
            covered.insert((at.module, at.span.start));
        }
    }

    fn undo(&mut self, mark: usize) {
        for slot in self.trail.drain(mark..) {
            self.frame[slot as usize] = None;
        }
    }

    fn bind(&mut self, slot: Slot, value: Value) {
        self.frame[slot as usize] = Some(value);
        self.trail.push(slot);
    }

    /// Evaluates the statements and continues with each solution; what they bound is undone afterwards.
    fn body(&mut self, steps: &'p [Step], next: &mut Next<'_, 'p>) -> Flow {
        let mark = self.trail.len();
        let flow = self.body_from(steps, next);
        self.undo(mark);
        flow
    }

    fn body_from(&mut self, steps: &'p [Step], next: &mut Next<'_, 'p>) -> Flow {
        for (index, step) in steps.iter().enumerate() {
            self.tick()?;
            self.reach(step.at);
            match self.once(step).map_err(|stop| located(stop, step.at))? {
                Once::Holds => {}
                Once::Fails => return Ok(false),
                Once::Unknown => {
                    let rest = &steps[index + 1..];
                    return self.step(step, &mut |machine| machine.body(rest, next)).map_err(|stop| located(stop, step.at));
                }
            }
        }
        next(self)
    }

    /// Evaluates a statement that cannot have several solutions, without continuing.
    fn once(&mut self, step: &'p Step) -> Result<Once, Stop> {
        if step.withs.is_empty() {
            return self.once_plain(step);
        }
        let Some(outer) = self.push_withs(&step.withs)? else { return Ok(Once::Fails) };
        let result = self.once_plain(step);
        self.env = outer;
        result
    }

    fn once_plain(&mut self, step: &'p Step) -> Result<Once, Stop> {
        if !step.negated {
            return self.once_positive(step);
        }
        let mark = self.trail.len();
        let mut found = false;
        let result = match self.once_positive(step) {
            Ok(Once::Holds) => {
                found = true;
                Ok(false)
            }
            Ok(Once::Fails) => Ok(false),
            // all solutions are looked at, as OPA does: a later one may be an error
            Ok(Once::Unknown) => self.solutions(step, &mut |_| {
                found = true;
                Ok(false)
            }),
            Err(stop) => Err(stop),
        };
        self.undo(mark);
        result?;
        Ok(if found { Once::Fails } else { Once::Holds })
    }

    /// The statement without its `not`.
    fn once_positive(&mut self, step: &'p Step) -> Result<Once, Stop> {
        let holds = match &step.kind {
            StepKind::Unify(left, right) => return self.once_unify(left, right),
            StepKind::Call { callee, args, output } => {
                if matches!(callee, Callee::Builtin(builtin) if builtin.relation) || self.has_lazy_mock(callee) {
                    return Ok(Once::Unknown);
                }
                self.call(callee, args, output.as_ref(), step.at)?
            }
            StepKind::Term(pattern) => match self.single(pattern)? {
                Some(Some(value)) => value != Value::Bool(false),
                Some(None) => false,
                None => return Ok(Once::Unknown),
            },
            StepKind::Every { key, value, domain, body } => self.every(key, value, domain, body)?,
            StepKind::Not(body) => !self.holds_all(body)?,
            StepKind::And(left, right) => self.holds(left)? && self.holds(right)?,
            StepKind::Or(left, right) => self.holds(left)? || self.holds(right)?,
        };
        Ok(if holds { Once::Holds } else { Once::Fails })
    }

    fn once_unify(&mut self, left: &'p Pattern, right: &'p Pattern) -> Result<Once, Stop> {
        let (left, right) = match (left, right) {
            (Pattern::Comprehension(_), Pattern::Reference(_)) => (right, left),
            _ => (left, right),
        };
        match (self.single(left)?, matches!(left, Pattern::Reference(_))) {
            (Some(None), _) => Ok(Once::Fails),
            // an error inside a comprehension that cannot match does not count
            (Some(Some(value)), _) if never_equal(&value, right) => Ok(Once::Fails),
            (Some(Some(value)), _) => match (self.single(right)?, matches!(right, Pattern::Reference(_))) {
                (Some(Some(other)), _) => Ok(if value == other { Once::Holds } else { Once::Fails }),
                (Some(None), _) => Ok(Once::Fails),
                (None, true) => Ok(Once::Unknown),
                (None, false) => self.matched(right, &value),
            },
            (None, true) => Ok(Once::Unknown),
            (None, false) => match (self.single(right)?, matches!(right, Pattern::Reference(_))) {
                (Some(Some(value)), _) => self.matched(left, &value),
                (Some(None), _) => Ok(Once::Fails),
                (None, true) => Ok(Once::Unknown),
                (None, false) => {
                    let mark = self.trail.len();
                    let holds = self.unify_patterns(left, right)?;
                    if !holds {
                        self.undo(mark);
                    }
                    Ok(if holds { Once::Holds } else { Once::Fails })
                }
            },
        }
    }

    fn matched(&mut self, pattern: &'p Pattern, value: &Value) -> Result<Once, Stop> {
        let mark = self.trail.len();
        if self.matches(pattern, value)? {
            Ok(Once::Holds)
        } else {
            self.undo(mark);
            Ok(Once::Fails)
        }
    }

    /// The value of a term that has at most one, `Some(None)` if it has none; `None` where it may have several or
    /// has variables that are not bound.
    fn single(&mut self, pattern: &'p Pattern) -> Result<Option<Option<Value>>, Stop> {
        match pattern {
            Pattern::Reference(reference) => {
                let mut parts = Vec::with_capacity(reference.parts.len());
                for part in &reference.parts {
                    match self.plug(part) {
                        Some(value) => parts.push(value),
                        None => return Ok(None),
                    }
                }
                Ok(Some(self.ground_ref(reference, parts)?))
            }
            Pattern::Comprehension(comprehension) => Ok(Some(Some(self.comprehension(comprehension)?))),
            _ => Ok(self.plug(pattern).map(Some)),
        }
    }

    /// Evaluates a statement and continues with each of its solutions.
    fn step(&mut self, step: &'p Step, next: &mut Next<'_, 'p>) -> Flow {
        if step.withs.is_empty() {
            return self.solutions(step, next);
        }
        let Some(outer) = self.push_withs(&step.withs)? else { return Ok(false) };
        // the rest of the body is evaluated without the modifiers
        let flow = self.solutions(step, &mut |machine| {
            let inner = std::mem::replace(&mut machine.env, outer.clone());
            let flow = next(machine);
            machine.env = inner;
            flow
        });
        self.env = outer;
        flow
    }

    fn solutions(&mut self, step: &'p Step, next: &mut Next<'_, 'p>) -> Flow {
        match &step.kind {
            StepKind::Unify(left, right) => self.unify(left, right, next),
            StepKind::Term(pattern) => match pattern {
                Pattern::Reference(reference) => {
                    self.each(reference, &mut |machine, value| if *value == Value::Bool(false) { Ok(false) } else { next(machine) })
                }
                _ => Err(internal("a statement without a value", step.at)),
            },
            StepKind::Call { callee, args, output } => self.relation(callee, args, output.as_ref(), step.at, next),
            _ => Err(internal("a statement with several solutions", step.at)),
        }
    }

    /// `left = right` where one side is a reference with several values.
    fn unify(&mut self, left: &'p Pattern, right: &'p Pattern, next: &mut Next<'_, 'p>) -> Flow {
        match (left, right) {
            (Pattern::Reference(reference), other) | (other, Pattern::Reference(reference)) => {
                self.each(reference, &mut |machine, value| machine.unify_value(other, value, next))
            }
            _ => {
                let mark = self.trail.len();
                let holds = self.unify_patterns(left, right)?;
                let flow = if holds { next(self) } else { Ok(false) };
                self.undo(mark);
                flow
            }
        }
    }

    fn unify_value(&mut self, pattern: &'p Pattern, value: &Value, next: &mut Next<'_, 'p>) -> Flow {
        match pattern {
            Pattern::Reference(reference) => {
                self.each(reference, &mut |machine, other| if other == value { next(machine) } else { Ok(false) })
            }
            Pattern::Comprehension(comprehension) => {
                if self.comprehension(comprehension)? == *value {
                    next(self)
                } else {
                    Ok(false)
                }
            }
            _ => {
                let mark = self.trail.len();
                let flow = if self.matches(pattern, value)? { next(self) } else { Ok(false) };
                self.undo(mark);
                flow
            }
        }
    }
}

/// Puts a place to a stop that has none.
fn located(stop: Stop, at: Loc) -> Stop {
    match stop {
        Stop::Depth(None) => Stop::Depth(Some(at)),
        Stop::Error { code, message, at: None } => Stop::Error { code, message, at: Some(at) },
        other => other,
    }
}

/// A state that the compile stages rule out.
fn internal(what: &str, at: Loc) -> Stop {
    Stop::Error { code: "eval_internal_error", message: format!("cannot evaluate {what}"), at: Some(at) }
}

/// Roughly where the call stack is.
fn stack_address() -> usize {
    let here = 0u8;
    std::ptr::from_ref(&here).addr()
}

/// Whether OPA tells by the kinds alone that a value is not what a comprehension gives.
fn never_equal(value: &Value, pattern: &Pattern) -> bool {
    let Pattern::Comprehension(comprehension) = pattern else { return false };
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        Value::Array(_) => comprehension.shape != Shape::Array,
        Value::Object(_) => comprehension.shape != Shape::Object,
        Value::Set(_) => false,
    }
}
