//! Applies fixes: all that do not overlap at once, again and again until nothing is left, each batch only after proof.

use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::engine::{self, Input, Plans, RunOptions, check_file};
use super::plan::Plan;
use super::registry;
use super::suppress::Suppressions;
use crate::diag::{Applicability, Date, Diagnostic, Fix, Place, RuleSettings, Severity};
use crate::model::rego::Module;
use crate::syntax::rego::{self, Version};
use crate::text::{SourceFile, SourceId, SourceMap, Span, apply_edits};

/// A batch of fixes may make others possible; more rounds than this mean that two rules disagree.
const MAX_ROUNDS: usize = 24;
/// How often a file is judged again to find the fixes of a batch that do harm.
const MAX_TRIES: usize = 32;

/// A file with its new text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FixedFile {
    pub source: SourceId,
    pub path: String,
    pub before: Arc<str>,
    pub after: Arc<str>,
    /// In the order in which they were applied.
    pub applied: Vec<Applied>,
}

/// A fix that was applied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Applied {
    pub rule: String,
    pub title: String,
}

/// A fix that was not applied because it does harm: the result would not parse, would keep the finding, or would have new errors.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    pub source: SourceId,
    pub rule: String,
    pub message: String,
}

/// The outcome of [`fix`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FixResult {
    /// Only files that change, in the order of the inputs.
    pub files: Vec<FixedFile>,
    pub refused: Vec<Refused>,
}

/// Applies the fixes of all findings in reported inputs whose applicability is at least `wanted`, and gives the new texts; writes
/// nothing. Each batch of edits to a file is kept only if the result parses, the findings are gone, and no rule of severity error
/// has more findings than before.
#[must_use]
pub fn fix(sources: &SourceMap, inputs: &[Input], settings: &[RuleSettings], options: &RunOptions, wanted: Applicability) -> FixResult {
    let wanted = wanted.max(Applicability::Unsafe);
    let plans = Plans::new(sources, inputs, settings, options);
    let by_source: FxHashMap<SourceId, &Input> = inputs.iter().map(|input| (input.source, input)).collect();
    let mut texts: FxHashMap<SourceId, (Arc<str>, Vec<Applied>)> = FxHashMap::default();
    let mut refused: Vec<Refused> = Vec::new();
    let mut known_bad: FxHashSet<(SourceId, String, String)> = FxHashSet::default();
    for _ in 0..MAX_ROUNDS {
        let current = with_texts(sources, &texts);
        let found = engine::run(&current, inputs, settings, options, None);
        let jobs = jobs(&current, found.diagnostics, wanted, &known_bad);
        let results: Vec<(SourceId, Batch)> = jobs
            .into_par_iter()
            .filter_map(|(source, fixes)| {
                let input = by_source.get(&source)?;
                let proof = Proof { source, hint: input.version, plan: plans.of(source), as_of: options.as_of };
                Some((source, proof.settle(current.get(source), fixes)))
            })
            .collect();
        let mut progress = false;
        for (source, batch) in results {
            for diagnostic in batch.refused {
                known_bad.insert(identity(current.get(source), source, &diagnostic));
                refused.push(Refused { source, rule: diagnostic.rule.into_owned(), message: diagnostic.message });
            }
            if let Some(text) = batch.text {
                progress = true;
                let entry = texts.entry(source).or_insert_with(|| (current.get(source).text.clone(), Vec::new()));
                entry.0 = text;
                entry.1.extend(batch.applied);
            }
        }
        if !progress {
            break;
        }
    }
    let mut files: Vec<FixedFile> = Vec::new();
    for input in inputs {
        let file = sources.get(input.source);
        if let Some((after, applied)) = texts.remove(&input.source)
            && after != file.text
        {
            files.push(FixedFile { source: input.source, path: file.path.clone(), before: file.text.clone(), after, applied });
        }
    }
    FixResult { files, refused }
}

/// The same sources with the texts as they are by now.
fn with_texts(sources: &SourceMap, texts: &FxHashMap<SourceId, (Arc<str>, Vec<Applied>)>) -> SourceMap {
    let mut out = SourceMap::new();
    for (id, file) in sources.iter() {
        let text = texts.get(&id).map_or_else(|| file.text.clone(), |(text, _)| text.clone());
        let mut copy = SourceFile::new(file.path.clone(), text);
        copy.mapping.clone_from(&file.mapping);
        copy.embedded.clone_from(&file.embedded);
        out.add(copy);
    }
    out
}

/// What a refused fix is known by in later rounds, where its place may have moved.
fn identity(file: &SourceFile, source: SourceId, diagnostic: &Diagnostic) -> (SourceId, String, String) {
    let line = match diagnostic.place {
        Place::At(at) => file.line_span(file.line(at.span.start)).map_or("", |span| file.slice(span)),
        _ => "",
    };
    (source, diagnostic.rule.clone().into_owned(), format!("{}\n{}", diagnostic.message, line.trim()))
}

/// The findings to mend, by file, in source order, no two of which touch the same bytes.
fn jobs(
    sources: &SourceMap,
    diagnostics: Vec<Diagnostic>,
    wanted: Applicability,
    known_bad: &FxHashSet<(SourceId, String, String)>,
) -> Vec<(SourceId, Vec<(Diagnostic, Fix)>)> {
    let mut by_source: Vec<(SourceId, Vec<(Diagnostic, Fix)>)> = Vec::new();
    let mut place: FxHashMap<SourceId, usize> = FxHashMap::default();
    for mut diagnostic in diagnostics {
        let Some(fix) = diagnostic.fix.take().filter(|fix| fix.applicability >= wanted) else { continue };
        let Some(source) = fix.edits().first().map(|edit| edit.at.source) else { continue };
        // texts inside others are mended through their holder, which is not read again here
        let elsewhere = fix.edits().iter().any(|edit| edit.at.source != source) || sources.get(source).mapping.is_some();
        if elsewhere || known_bad.contains(&identity(sources.get(source), source, &diagnostic)) {
            continue;
        }
        let at = *place.entry(source).or_insert_with(|| {
            by_source.push((source, Vec::new()));
            by_source.len() - 1
        });
        by_source[at].1.push((diagnostic, fix));
    }
    for (_, fixes) in &mut by_source {
        fixes.sort_by_key(|(_, fix)| fix.edits().first().map(|edit| edit.at.span));
        keep_disjoint(fixes);
    }
    by_source
}

/// Drops fixes whose edits overlap an earlier one's. Two fixes may share an edit that is the same (both add one import).
fn keep_disjoint(fixes: &mut Vec<(Diagnostic, Fix)>) {
    let mut taken: std::collections::BTreeMap<Span, String> = std::collections::BTreeMap::new();
    fixes.retain(|(_, fix)| {
        let free = fix.edits().iter().all(|edit| {
            let span = edit.at.span;
            if taken.get(&span).is_some_and(|text| *text == edit.text) {
                return true;
            }
            let before = taken.range(..=span).next_back().map(|(span, _)| *span);
            let after = taken.range(span..).next().map(|(span, _)| *span);
            before.is_none_or(|before| before.end <= span.start && before != span)
                && after.is_none_or(|after| span.end <= after.start && after != span)
                // an insertion at the edge of another edit has no order
                && before.is_none_or(|before| !(before.is_empty() && before.start == span.start))
                && after.is_none_or(|after| !(span.is_empty() && after.start == span.start))
        });
        if free {
            taken.extend(fix.edits().iter().map(|edit| (edit.at.span, edit.text.clone())));
        }
        free
    });
}

/// What came of a file's fixes.
#[derive(Default)]
struct Batch {
    text: Option<Arc<str>>,
    applied: Vec<Applied>,
    refused: Vec<Diagnostic>,
}

/// What it takes to judge a changed text.
struct Proof<'a> {
    source: SourceId,
    hint: Option<Version>,
    plan: &'a Plan,
    as_of: Date,
}

impl Proof<'_> {
    /// Applies as many of the fixes as pass the proof together.
    fn settle(&self, file: &SourceFile, fixes: Vec<(Diagnostic, Fix)>) -> Batch {
        let Some(before) = self.counts(file) else {
            return Batch::default();
        };
        let mut batch = Batch::default();
        let mut accepted: Vec<&(Diagnostic, Fix)> = Vec::new();
        let mut tries = 0;
        // halves of what failed, leftmost first
        let mut open: Vec<&[(Diagnostic, Fix)]> = vec![&fixes];
        while let Some(part) = open.pop() {
            if part.is_empty() || tries == MAX_TRIES {
                continue;
            }
            tries += 1;
            let candidate: Vec<&(Diagnostic, Fix)> = accepted.iter().copied().chain(part).collect();
            if let Some(text) = self.attempt(file, &before, &candidate) {
                accepted = candidate;
                batch.text = Some(text);
            } else if let [(diagnostic, _)] = part {
                batch.refused.push(diagnostic.clone());
            } else {
                let (left, right) = part.split_at(part.len() / 2);
                open.extend([right, left]);
            }
        }
        batch.applied = accepted
            .into_iter()
            .map(|(diagnostic, fix)| Applied { rule: diagnostic.rule.clone().into_owned(), title: fix.title.clone() })
            .collect();
        batch
    }

    /// The text with the fixes applied, if that does good and no harm.
    fn attempt(&self, file: &SourceFile, before: &Counts, fixes: &[&(Diagnostic, Fix)]) -> Option<Arc<str>> {
        let mut edits: Vec<(Span, &str)> =
            fixes.iter().flat_map(|(_, fix)| fix.edits()).map(|edit| (edit.at.span, edit.text.as_str())).collect();
        edits.sort_unstable();
        edits.dedup();
        let text = apply_edits(&file.text, edits).ok()?;
        if text == *file.text {
            return None;
        }
        let changed = SourceFile::new(file.path.clone(), text);
        let after = self.counts(&changed)?;
        let mut gone: FxHashMap<&str, usize> = FxHashMap::default();
        for (diagnostic, _) in fixes {
            *gone.entry(&diagnostic.rule).or_default() += 1;
        }
        for (rule, count) in &gone {
            // findings of rules over all files are not known here; the next round judges them
            let is_workspace = registry::index(rule).is_some_and(|at| registry::registry()[at].facts().is_some());
            let (before, after) = (before.get(*rule).copied().unwrap_or(0), after.get(*rule).copied().unwrap_or(0));
            if !is_workspace && *rule != "unused-suppression" && after + count > before {
                return None;
            }
        }
        let no_new_error = self.plan.active.iter().filter(|active| active.severity == Severity::Error).all(|active| {
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
        let mut checked = check_file(self.source, file, &parse, &Module::new(&parse), self.plan);
        if let Some(mut suppressions) = Suppressions::read(&parse, file, self.plan, self.as_of) {
            checked.diagnostics.retain(|diagnostic| !suppressions.silences(diagnostic, file));
        }
        let mut counts = Counts::default();
        for diagnostic in checked.diagnostics {
            *counts.entry(diagnostic.rule.into_owned()).or_default() += 1;
        }
        Some(counts)
    }
}

type Counts = FxHashMap<String, usize>;
