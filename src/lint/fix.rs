//! Applies fixes: all that do not overlap at once, again and again until nothing is left, each batch only after proof.

mod module;
mod whole;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::engine::{self, RunOptions};
use super::texts::Texts;
use crate::diag::{Applicability, Diagnostic, Place, RuleSettings};
use crate::text::{Edit, Location, SourceId, SourceMap, apply_edits};

/// A batch of fixes may make others possible; more rounds than this mean that two rules disagree.
const MAX_ROUNDS: usize = 24;
/// How often texts are judged again to find the fixes of a batch that do harm.
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
    /// Only files that change, in the order of the sources.
    pub files: Vec<FixedFile>,
    pub refused: Vec<Refused>,
}

/// A finding that is to be mended.
struct Mend {
    /// Without its fix.
    diagnostic: Diagnostic,
    title: String,
    /// The file that the finding lies in.
    home: SourceId,
    /// Of files, sorted and disjoint.
    edits: Vec<Edit>,
}

impl Mend {
    fn name(&self) -> Applied {
        Applied { rule: self.diagnostic.rule.clone().into_owned(), title: self.title.clone() }
    }
}

/// Texts and what is found in them.
struct State {
    texts: Texts,
    findings: Vec<Diagnostic>,
}

/// How texts are judged.
struct Judge<'a> {
    settings: &'a [RuleSettings],
    options: &'a RunOptions,
}

impl Judge<'_> {
    fn state(&self, texts: Texts) -> State {
        let findings = engine::run_work(&texts.work(), self.settings, self.options, None).diagnostics;
        State { texts, findings }
    }
}

/// Applies the fixes of all findings whose applicability is at least `wanted`, where they edit reported files alone, and gives the
/// new texts; writes nothing. Each batch of edits is kept only if the result parses, the findings are gone, and no rule of severity
/// error has more findings than before. Fixes of Rego files are proved file by file, all others over everything that is judged.
#[must_use]
pub fn fix(texts: &Texts, settings: &[RuleSettings], options: &RunOptions, wanted: Applicability) -> FixResult {
    let wanted = wanted.max(Applicability::Unsafe);
    let judge = Judge { settings, options };
    let mut state = judge.state(texts.changed(&FxHashMap::default()));
    let mut applied: FxHashMap<SourceId, Vec<Applied>> = FxHashMap::default();
    let mut refused: Vec<Refused> = Vec::new();
    let mut known_bad: FxHashSet<Identity> = FxHashSet::default();
    for _ in 0..MAX_ROUNDS {
        let (modules, others) = mends(&mut state, wanted, &known_bad);
        let module::Settled { changes, accepted, bad } = module::settle(&state.texts, &judge, modules);
        let mut next = (!changes.is_empty()).then(|| judge.state(state.texts.changed(&changes)));
        let mut mended = accepted;
        let mut settled = whole::Settled::default();
        if next.as_ref().is_some_and(|next| whole::breaks(&state, next)) {
            // what is right in its own file is wrong for another: all files have to agree
            settled = whole::settle(&state, &judge, &mended);
            next = settled.next.take();
        } else if next.is_some() {
            settled.accepted = (0..mended.len()).collect();
        } else {
            mended = others;
            settled = whole::settle(&state, &judge, &mended);
            next = settled.next.take();
        }
        for mend in bad.iter().chain(settled.refused.iter().map(|at| &mended[*at])) {
            known_bad.insert(identity(&state.texts.sources, &mend.diagnostic));
            let Diagnostic { rule, message, .. } = mend.diagnostic.clone();
            refused.push(Refused { source: mend.edits[0].at.source, rule: rule.into_owned(), message });
        }
        if next.is_some() {
            for mend in settled.accepted.iter().map(|at| &mended[*at]) {
                applied.entry(mend.edits[0].at.source).or_default().push(mend.name());
            }
        }
        state = match next {
            Some(next) => next,
            // what was refused is not tried again; others may have been in its way
            None if !settled.refused.is_empty() || !bad.is_empty() => judge.state(state.texts.changed(&FxHashMap::default())),
            None => break,
        };
    }
    let files = texts.sources.iter().zip(state.texts.sources.iter());
    let files = files
        .take_while(|((_, before), _)| before.mapping.is_none())
        .filter(|((_, before), (_, after))| before.text != after.text)
        .map(|((source, before), (_, after))| FixedFile {
            source,
            path: before.path.clone(),
            before: before.text.clone(),
            after: after.text.clone(),
            applied: applied.remove(&source).unwrap_or_default(),
        })
        .collect();
    FixResult { files, refused }
}

/// What a refused fix is known by in later rounds, where its place may have moved.
type Identity = (SourceId, String, String);

fn identity(sources: &SourceMap, diagnostic: &Diagnostic) -> Identity {
    let (source, line) = match diagnostic.place {
        Place::At(at) => {
            let at = sources.outer(at);
            let file = sources.get(at.source);
            (at.source, file.line_span(file.line(at.span.start)).map_or("", |span| file.slice(span)))
        }
        Place::File(source) => (source, ""),
        Place::Run => (SourceId(0), ""),
    };
    (source, diagnostic.rule.clone().into_owned(), format!("{}\n{}", diagnostic.message, line.trim()))
}

/// The findings to mend, in the order of the findings, no two of which touch the same bytes: those about Rego files, by file, and
/// all others. Takes the fixes out of the state's findings.
fn mends(state: &mut State, wanted: Applicability, known_bad: &FxHashSet<Identity>) -> (Vec<(SourceId, Vec<Mend>)>, Vec<Mend>) {
    let State { texts, findings } = state;
    let sources = &texts.sources;
    let reported: FxHashSet<SourceId> =
        texts.rego_files().iter().chain(&texts.data).chain(&texts.pages).filter(|input| input.reported).map(|input| input.source).collect();
    let modules: FxHashSet<SourceId> = texts.rego_files().iter().map(|input| input.source).collect();
    let mut mends: Vec<Mend> = Vec::new();
    for diagnostic in findings {
        let Some(fix) = diagnostic.fix.take().filter(|fix| fix.applicability >= wanted) else { continue };
        let Some(edits) = fix.to_outer(sources).filter(|edits| !edits.is_empty()) else { continue };
        if edits.iter().all(|edit| reported.contains(&edit.at.source)) && !known_bad.contains(&identity(sources, diagnostic)) {
            let home = match diagnostic.place {
                Place::At(at) => sources.outermost(at.source),
                Place::File(source) => sources.outermost(source),
                Place::Run => edits[0].at.source,
            };
            mends.push(Mend { diagnostic: diagnostic.clone(), title: fix.title, home, edits });
        }
    }
    mends.sort_by_key(|mend| mend.edits[0].at);
    keep_disjoint(&mut mends);
    let mut of_modules: Vec<(SourceId, Vec<Mend>)> = Vec::new();
    let mut others = Vec::new();
    for mend in mends {
        let source = mend.edits[0].at.source;
        let one_file = mend.edits.iter().all(|edit| edit.at.source == source);
        if !(one_file && modules.contains(&source)) {
            others.push(mend);
            continue;
        }
        match of_modules.last_mut().filter(|(last, _)| *last == source) {
            Some((_, mends)) => mends.push(mend),
            None => of_modules.push((source, vec![mend])),
        }
    }
    (of_modules, others)
}

/// Drops fixes whose edits overlap an earlier one's. Two fixes may share an edit that is the same (both add one import).
fn keep_disjoint(mends: &mut Vec<Mend>) {
    let mut taken: std::collections::BTreeMap<Location, String> = std::collections::BTreeMap::new();
    mends.retain(|mend| {
        let free = mend.edits.iter().all(|edit| {
            let at = edit.at;
            if taken.get(&at).is_some_and(|text| *text == edit.text) {
                return true;
            }
            let neighbour = |found: Option<(&Location, &String)>| found.map(|(other, _)| *other).filter(|other| other.source == at.source);
            let before = neighbour(taken.range(..=at).next_back()).map(|other| other.span);
            let after = neighbour(taken.range(at..).next()).map(|other| other.span);
            let span = at.span;
            before.is_none_or(|before| before.end <= span.start && before != span)
                && after.is_none_or(|after| span.end <= after.start && after != span)
                // an insertion at the edge of another edit has no order
                && before.is_none_or(|before| !(before.is_empty() && before.start == span.start))
                && after.is_none_or(|after| !(span.is_empty() && after.start == span.start))
        });
        if free {
            taken.extend(mend.edits.iter().map(|edit| (edit.at, edit.text.clone())));
        }
        free
    });
}

/// The texts that the edits of `mends` make, by file; `None` where they cannot be applied.
fn apply<'m>(sources: &SourceMap, mends: impl IntoIterator<Item = &'m Mend>) -> Option<FxHashMap<SourceId, Arc<str>>> {
    let mut edits: Vec<&Edit> = mends.into_iter().flat_map(|mend| &mend.edits).collect();
    edits.sort_by(|a, b| (a.at, &a.text).cmp(&(b.at, &b.text)));
    edits.dedup();
    let by_file = edits.chunk_by(|a, b| a.at.source == b.at.source);
    by_file
        .map(|edits| {
            let source = edits[0].at.source;
            let text = apply_edits(&sources.get(source).text, edits.iter().map(|edit| (edit.at.span, edit.text.as_str()))).ok()?;
            Some((source, Arc::from(text)))
        })
        .collect()
}
