//! Running queries against a program.

use std::time::{Duration, Instant};

use rustc_hash::FxHashSet;

use super::builtins::Context;
use super::program::{Program, Step, StepKind, TestRule};
use super::run::{Machine, Stop};
use super::value::Value;
use crate::model::rego::compile::hir::Loc;
use crate::text::Span;

/// Bounds and surroundings of one query.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub timeout: Duration,
    /// The moment that `time.now_ns` gives, in nanoseconds since 1970.
    pub now_ns: i64,
    pub seed: u64,
}

/// What a query gave.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// `Ok(None)`: undefined.
    pub value: Result<Option<Value>, EvalError>,
    /// What `print` wrote, line by line.
    pub prints: String,
    /// Keys of the table's cases that were reached, in order, for tests that are tables.
    pub cases: Vec<Vec<Value>>,
    /// Where the evaluation came, as [`Program::statements`] names places; empty unless that was asked for.
    pub covered: Vec<(usize, u32)>,
}

/// Why an evaluation has no result.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EvalError {
    /// OPA's code where it has one: `eval_conflict_error`, `eval_cancel_error`, …
    pub code: String,
    pub message: String,
    /// Module index and range.
    pub at: Option<(usize, Span)>,
}

impl Program {
    /// Evaluates the document at `path` below `data`.
    ///
    /// `data` is merged over the program's base documents. Must run on a thread with a stack of
    /// [`STACK_SIZE`](super::STACK_SIZE).
    #[must_use]
    pub fn evaluate(&self, path: &[Value], input: Option<Value>, data: Option<Value>, limits: &Limits) -> Outcome {
        self.evaluate_covering(path, input, data, limits, false)
    }

    /// As [`Program::evaluate`]; where `cover` says so, with the places that the evaluation came to.
    #[must_use]
    pub fn evaluate_covering(&self, path: &[Value], input: Option<Value>, data: Option<Value>, limits: &Limits, cover: bool) -> Outcome {
        let deadline = Instant::now() + limits.timeout;
        let mut machine = Machine::new(self, Context::new(limits.now_ns, limits.seed, deadline), deadline);
        machine.covered = cover.then(FxHashSet::default);
        machine.set_documents(input, data);
        let value = machine.document(path).map_err(|stop| error(stop, limits));
        let cases = machine.context.cases.iter().map(|case| match case {
            Value::Array(keys) => (**keys).clone(),
            other => vec![other.clone()],
        });
        let cases = cases.collect();
        let covered = machine.covered.take().into_iter().flatten().map(|(module, start)| (module as usize, start)).collect();
        Outcome { value, cases, prints: std::mem::take(&mut machine.context.prints), covered }
    }

    /// Evaluates a test rule.
    #[must_use]
    pub fn test(&self, test: &TestRule, limits: &Limits, cover: bool) -> Outcome {
        self.evaluate_covering(&test.path, None, None, limits, cover)
    }

    /// Every place that tests can reach: the statements of all rules, and rules with a body of their own. Module and offset, sorted.
    #[must_use]
    pub fn statements(&self) -> Vec<(usize, u32)> {
        let mut out = Vec::new();
        let defaults: FxHashSet<usize> = self.nodes.iter().filter_map(|node| node.default).collect();
        for (_, rule) in self.rules.iter().enumerate().filter(|(at, _)| !defaults.contains(at)) {
            out.push((rule.at.module as usize, rule.at.span.start));
            steps(&rule.body, &mut out);
        }
        out.sort_unstable();
        out.dedup();
        out
    }
}

fn steps(body: &[Step], out: &mut Vec<(usize, u32)>) {
    for step in body {
        out.push((step.at.module as usize, step.at.span.start));
        match &step.kind {
            StepKind::Every { body, .. } | StepKind::Not(body) => steps(body, out),
            StepKind::And(left, right) | StepKind::Or(left, right) => {
                steps(left, out);
                steps(right, out);
            }
            StepKind::Unify(..) | StepKind::Call { .. } | StepKind::Term(_) => {}
        }
    }
}

fn error(stop: Stop, limits: &Limits) -> EvalError {
    let place = |at: Option<Loc>| at.map(|at| (at.module as usize, at.span));
    match stop {
        Stop::Timeout => EvalError {
            code: "eval_cancel_error".to_owned(),
            message: format!("the evaluation took longer than {:?}", limits.timeout),
            at: None,
        },
        Stop::Depth(at) => {
            EvalError { code: "eval_cancel_error".to_owned(), message: "the evaluation is nested too deeply".to_owned(), at: place(at) }
        }
        Stop::Error { code, message, at } => EvalError { code: code.to_owned(), message, at: place(at) },
    }
}
