//! The side that evaluates.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::cases::{self, Expect};
use super::plan::{Item, Plan};
use super::result::sub_results;
use super::{Event, Failure, Request, TestResult, Verdict, diff};
use crate::eval::{EvalError, Limits, Outcome, Program, Value, to_json};

/// Does what a request asks, and says so as it goes. Uses the current rayon pool, whose threads must have
/// [`crate::eval::STACK_SIZE`] of stack.
///
/// # Errors
/// A job that cannot be run at all: what is wrong with it.
pub fn run(request: &Request, emit: &(dyn Fn(Event) + Sync)) -> Result<(), String> {
    let job = &request.job;
    let plan = Plan::new(job)?;
    let names = plan.items.iter().map(Item::name).collect();
    emit(Event::Plan { total: plan.items.len(), problems: plan.problems.clone(), names });
    let limits = Limits { timeout: Duration::from_millis(job.timeout_ms), now_ns: job.now_ns, seed: job.seed };
    let all: Vec<usize> = (0..plan.items.len()).collect();
    let wanted = request.only.as_deref().unwrap_or(&all);
    let covered: Mutex<BTreeSet<(usize, u32)>> = Mutex::default();
    wanted.par_iter().with_max_len(1).for_each(|at| {
        let Some(item) = plan.items.get(*at) else { return };
        emit(Event::Start(*at));
        let result = match (item, &plan.program) {
            (Item::Known(result), _) => (**result).clone(),
            (_, Some(program)) => guarded(&plan, item, program, &limits, job.cover.then_some(&covered)),
            (_, None) => item.result(Verdict::Error).with_error("rego_compile_error", "nothing could be compiled"),
        };
        emit(Event::Done(*at, Box::new(result)));
    });
    if let (true, Some(program)) = (job.cover, &plan.program) {
        let covered = covered.into_inner().unwrap_or_else(PoisonError::into_inner);
        emit(Event::Covered(plan.lines(program, &covered)));
    }
    emit(Event::End);
    Ok(())
}

/// A panic in the engine is the error of the test that caused it.
fn guarded(plan: &Plan, item: &Item, program: &Program, limits: &Limits, covered: Option<&Mutex<BTreeSet<(usize, u32)>>>) -> TestResult {
    let cover = covered.is_some();
    let keep = |mut outcome: Outcome| {
        if let Some(covered) = covered {
            covered.lock().unwrap_or_else(PoisonError::into_inner).extend(std::mem::take(&mut outcome.covered));
        }
        outcome
    };
    let start = Instant::now();
    let run = AssertUnwindSafe(|| match item {
        Item::Known(result) => (**result).clone(),
        Item::Rule { rule, .. } => test(plan, item, rule.is_table(), keep(program.test(rule, limits, cover))),
        Item::Case { case, path, .. } => {
            let outcome = keep(program.evaluate_covering(path, case.input.clone(), case.data.clone(), limits, cover));
            self::case(plan, item, case, outcome)
        }
    });
    let mut result = catch_unwind(run).unwrap_or_else(|_| {
        let message = "the evaluator failed on this test: this is a defect of ztctl; please report it with the policy";
        item.result(Verdict::Error).with_error("internal_error", message)
    });
    result.duration_ns = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
    result
}

fn test(plan: &Plan, item: &Item, table: bool, outcome: Outcome) -> TestResult {
    let mut result = item.result(Verdict::Fail);
    result.output = outcome.prints;
    match outcome.value {
        Err(error) => failed(plan, &mut result, &error),
        Ok(None) => {}
        Ok(Some(value)) if table => {
            let (fail, sub_results) = sub_results(&value, &outcome.cases);
            result.sub_results = sub_results;
            result.verdict = if fail { Verdict::Fail } else { Verdict::Pass };
        }
        Ok(Some(value)) => result.verdict = if value == Value::Bool(true) { Verdict::Pass } else { Verdict::Fail },
    }
    result
}

fn case(plan: &Plan, item: &Item, case: &cases::Case, outcome: Outcome) -> TestResult {
    let mut result = item.result(Verdict::Pass);
    result.output = outcome.prints;
    let decision = match outcome.value {
        Ok(decision) => decision,
        Err(error) => {
            failed(plan, &mut result, &error);
            return result;
        }
    };
    if case.expect.matches(decision.as_ref()) {
        return result;
    }
    result.verdict = Verdict::Fail;
    if matches!(case.expect, Expect::Unrecorded) {
        result.diff.push("no decision is recorded yet; `--update` writes it".to_owned());
    }
    result.diff.extend(diff::diff(&case.query, &case.expect, decision.as_ref()).to_string().lines().map(str::to_owned));
    result.decision = Some(decision.map(|value| to_json(&cases::plain(&value))));
    result
}

fn failed(plan: &Plan, result: &mut TestResult, error: &EvalError) {
    result.verdict = Verdict::Error;
    let at = error.at.and_then(|(module, span)| plan.site(module, span.start));
    result.error = Some(Failure { code: error.code.clone(), message: error.message.clone(), at });
}

impl Item {
    fn name(&self) -> (String, String) {
        let result = self.result(Verdict::Error);
        (result.package, result.name)
    }

    /// A result of this test without anything found out yet.
    fn result(&self, verdict: Verdict) -> TestResult {
        match self {
            Self::Known(result) => (**result).clone(),
            Self::Rule { rule, at } => TestResult::new(rule.package.clone(), rule.name.clone(), at.clone(), verdict),
            Self::Case { case, at, .. } => {
                let mut result = TestResult::new(at.path.clone(), case.name.clone(), at.clone(), verdict);
                result.is_case = true;
                result
            }
        }
    }
}
