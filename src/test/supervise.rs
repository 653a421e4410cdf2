//! The side that asks: what to do when the evaluating process dies or hangs.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::{Event, Problem, Site, TestResult, Verdict};

/// Follows a run over any number of processes. A test whose process dies while nothing else runs is the one that killed it.
#[derive(Debug, Default)]
pub struct Supervisor {
    names: Option<Vec<(String, String)>>,
    problems: Vec<Problem>,
    results: BTreeMap<usize, TestResult>,
    running: BTreeMap<usize, Instant>,
    /// In flight when a process died: run again, one by one.
    suspects: BTreeSet<usize>,
    alone: bool,
    lines: BTreeMap<String, BTreeMap<u32, bool>>,
}

/// What to ask the next process for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Next {
    /// These tests, so many at a time.
    Run { only: Option<Vec<usize>>, alone: bool },
    /// All is done.
    Finished,
    /// The process dies before it runs a test.
    Hopeless,
}

impl Supervisor {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes what a process says.
    pub fn take(&mut self, event: Event, now: Instant) {
        match event {
            Event::Plan { problems, names, .. } => {
                self.problems = problems;
                self.names = Some(names);
            }
            Event::Start(at) => {
                self.running.insert(at, now);
            }
            Event::Done(at, result) => {
                self.running.remove(&at);
                self.suspects.remove(&at);
                self.results.insert(at, *result);
            }
            Event::Covered(modules) => {
                for (path, lines) in modules {
                    let known = self.lines.entry(path).or_default();
                    lines.into_iter().for_each(|(line, reached)| *known.entry(line).or_insert(false) |= reached);
                }
            }
            Event::End => {}
        }
    }

    /// The moment at which a running test has taken too long, if it does not end by itself.
    #[must_use]
    pub fn deadline(&self, patience: Duration) -> Option<Instant> {
        self.running.values().min().map(|start| *start + patience)
    }

    /// A process ended, by itself or because it took too long; `why` says so. Gives what to do next.
    #[must_use]
    pub fn ended(&mut self, why: &str) -> Next {
        let Some(names) = &self.names else { return Next::Hopeless };
        let flight: Vec<usize> = std::mem::take(&mut self.running).into_keys().collect();
        match flight[..] {
            [] => {}
            [at] => {
                let (package, name) = names.get(at).cloned().unwrap_or_default();
                let result = TestResult::new(package, name, Site::default(), Verdict::Error).with_error("eval_cancel_error", why);
                self.suspects.remove(&at);
                self.results.insert(at, result);
            }
            _ => self.suspects.extend(flight),
        }
        let left: Vec<usize> = (0..names.len()).filter(|at| !self.results.contains_key(at)).collect();
        if left.is_empty() {
            return Next::Finished;
        }
        self.alone = !self.suspects.is_empty();
        let only = if self.alone { self.suspects.iter().copied().collect() } else { left };
        Next::Run { only: Some(only), alone: self.alone }
    }

    /// Of each module the lines with something to evaluate, and whether a test reached them, where that was asked for. What a process
    /// had reached before it died is lost.
    #[must_use]
    pub fn lines(&mut self) -> BTreeMap<String, BTreeMap<u32, bool>> {
        std::mem::take(&mut self.lines)
    }

    /// What keeps modules from being run, and the results in the plan's order.
    #[must_use]
    pub fn finish(self) -> (Vec<Problem>, Vec<TestResult>) {
        (self.problems, self.results.into_values().collect())
    }
}
