//! Fixes of Rego files: each file is proved by itself.

use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Judge, MAX_TRIES, Mend, apply};
use crate::diag::Date;
use crate::lint::compile;
use crate::lint::engine::Plans;
use crate::lint::file::check_file;
use crate::lint::plan::Plan;
use crate::lint::registry;
use crate::lint::suppress::Suppressions;
use crate::lint::texts::Texts;
use crate::model::rego::{LazyScopes, Module};
use crate::syntax::rego::{self, Version};
use crate::text::{SourceFile, SourceId, SourceMap};

/// What came of a file's fixes.
#[derive(Default)]
struct Batch {
    text: Option<Arc<str>>,
    accepted: Vec<Mend>,
    refused: Vec<Mend>,
}

/// What came of the fixes.
#[derive(Default)]
pub(super) struct Settled {
    /// The new texts.
    pub(super) changes: FxHashMap<SourceId, Arc<str>>,
    pub(super) accepted: Vec<Mend>,
    pub(super) bad: Vec<Mend>,
}

/// Applies what passes the proof.
pub(super) fn settle(texts: &Texts, judge: &Judge<'_>, jobs: Vec<(SourceId, Vec<Mend>)>) -> Settled {
    let mut settled = Settled::default();
    if jobs.is_empty() {
        return settled;
    }
    let sources = &texts.sources;
    let inputs = texts.rego_files();
    let plans = Plans::new(sources, inputs, judge.settings, judge.options);
    let hints: FxHashMap<SourceId, Option<Version>> = inputs.iter().map(|input| (input.source, input.version)).collect();
    let results: Vec<(SourceId, Batch)> = jobs
        .into_par_iter()
        .filter_map(|(source, mends)| {
            let proof = Proof { sources, source, hint: *hints.get(&source)?, plan: plans.of(source), as_of: judge.options.as_of };
            Some((source, proof.settle(mends)))
        })
        .collect();
    for (source, batch) in results {
        settled.bad.extend(batch.refused);
        if let Some(text) = batch.text {
            settled.changes.insert(source, text);
            settled.accepted.extend(batch.accepted);
        }
    }
    settled
}

/// What it takes to judge a changed text.
struct Proof<'a> {
    sources: &'a SourceMap,
    source: SourceId,
    hint: Option<Version>,
    plan: &'a Plan,
    as_of: Date,
}

impl Proof<'_> {
    /// Applies as many of the fixes as pass the proof together.
    fn settle(&self, mends: Vec<Mend>) -> Batch {
        let Some(before) = self.counts(self.sources.get(self.source)) else {
            return Batch::default();
        };
        let mut batch = Batch::default();
        let mut accepted: Vec<usize> = Vec::new();
        let mut bad = FxHashSet::default();
        let mut tries = 0;
        // halves of what failed, leftmost first
        let mut open: Vec<_> = std::iter::once(0..mends.len()).collect();
        while let Some(part) = open.pop() {
            if part.is_empty() || tries == MAX_TRIES {
                continue;
            }
            tries += 1;
            let candidate: Vec<usize> = accepted.iter().copied().chain(part.clone()).collect();
            let picked: Vec<&Mend> = candidate.iter().map(|at| &mends[*at]).collect();
            if let Some(text) = self.attempt(&before, &picked) {
                accepted = candidate;
                batch.text = Some(text);
            } else if part.len() == 1 {
                // one that is right by itself may have made what another one mends: the next round sees
                if accepted.is_empty() || self.attempt(&before, &[&mends[part.start]]).is_none() {
                    bad.insert(part.start);
                }
            } else {
                let middle = part.start + part.len() / 2;
                open.extend([middle..part.end, part.start..middle]);
            }
        }
        let accepted: FxHashSet<usize> = accepted.into_iter().collect();
        for (at, mend) in mends.into_iter().enumerate() {
            if accepted.contains(&at) {
                batch.accepted.push(mend);
            } else if bad.contains(&at) {
                batch.refused.push(mend);
            }
        }
        batch
    }

    /// The text with the fixes applied, if that does good and no harm.
    fn attempt(&self, before: &Counts, mends: &[&Mend]) -> Option<Arc<str>> {
        let file = self.sources.get(self.source);
        let text = apply(self.sources, mends.iter().copied())?.remove(&self.source)?;
        if text == file.text {
            return None;
        }
        let changed = SourceFile::new(file.path.clone(), text);
        let after = self.counts(&changed)?;
        let mut gone: FxHashMap<&str, usize> = FxHashMap::default();
        for mend in mends {
            *gone.entry(&mend.diagnostic.rule).or_default() += 1;
        }
        for (rule, count) in &gone {
            // findings of rules over all files are not known here; the next round judges them
            let is_workspace = registry::index(rule).is_some_and(|at| registry::registry()[at].facts().is_some());
            let (before, after) = (before.get(*rule).copied().unwrap_or(0), after.get(*rule).copied().unwrap_or(0));
            if !is_workspace && *rule != "unused-suppression" && after + count > before {
                return None;
            }
        }
        let no_new_error = self.plan.active.iter().filter(|active| active.is_harm(self.plan.preset)).all(|active| {
            let id = active.rule.meta().id;
            after.get(id).copied().unwrap_or(0) <= before.get(id).copied().unwrap_or(0)
        });
        no_new_error.then_some(changed.text)
    }

    /// The number of findings of each rule; `None` where the text does not parse.
    fn counts(&self, file: &SourceFile) -> Option<Counts> {
        let parse = rego::parse_auto(file.text.clone(), self.hint);
        if !parse.errors.is_empty() {
            return None;
        }
        let mut checked = check_file(self.source, file, &parse, &Module::new(&parse), LazyScopes::default(), self.plan);
        if let Some(mut suppressions) = Suppressions::read(&parse, file, self.plan, self.as_of) {
            checked.diagnostics.retain(|diagnostic| !suppressions.silences(diagnostic, file));
        }
        let mut counts = Counts::default();
        for diagnostic in checked.diagnostics {
            *counts.entry(diagnostic.rule.into_owned()).or_default() += 1;
        }
        if compile::is_on(self.plan) {
            for rule in compile::errors_of(&parse) {
                *counts.entry(rule.to_owned()).or_default() += 1;
            }
        }
        Some(counts)
    }
}

type Counts = FxHashMap<String, usize>;
