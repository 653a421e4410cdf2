//! Fixes of manifests, and of Rego inside them: everything is read and judged again.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Judge, MAX_TRIES, Mend, State, apply};
use crate::diag::{Diagnostic, Place, Severity};
use crate::lint::texts::Texts;
use crate::syntax::rego;
use crate::text::{SourceId, SourceMap};

/// What came of the fixes; numbers are places in the given list.
#[derive(Default)]
pub(super) struct Settled {
    /// The texts as the accepted fixes leave them; `None` where there is none.
    pub(super) next: Option<State>,
    pub(super) accepted: Vec<usize>,
    pub(super) refused: Vec<usize>,
}

/// Applies as many of the fixes as pass the proof together.
pub(super) fn settle(state: &State, judge: &Judge<'_>, mends: &[Mend]) -> Settled {
    let mut settled = Settled::default();
    if mends.is_empty() {
        return settled;
    }
    let files = mends.iter().flat_map(|mend| &mend.edits).map(|edit| edit.at.source).collect();
    let before = Counts::of(state, &files);
    let attempt = |candidate: &[usize]| -> (Option<State>, Failed) {
        let Some(changes) = apply(&state.texts.sources, candidate.iter().map(|at| &mends[*at])) else {
            return (None, Failed { mends: candidate.iter().copied().collect(), elsewhere: false });
        };
        let next = judge.state(state.texts.changed(&changes));
        let failed = before.compare(&Counts::of(&next, &files), candidate, mends);
        (Some(next), failed)
    };
    // fixes of files that no fix joins are tried at the same time; of each group halves of what failed, leftmost first
    let mut open: Vec<Vec<Vec<usize>>> = groups(mends).into_iter().map(|group| vec![group]).collect();
    // a fix did harm in a file that it does not touch: one group at a time then
    let mut alone = false;
    let mut last = None;
    for _ in 0..MAX_TRIES {
        let mut tried: Vec<(usize, Vec<usize>)> = Vec::new();
        for (group, parts) in open.iter_mut().enumerate() {
            if !alone || tried.is_empty() {
                tried.extend(parts.pop().map(|part| (group, part)));
            }
        }
        if tried.is_empty() {
            break;
        }
        let mut candidate = settled.accepted.clone();
        candidate.extend(tried.iter().flat_map(|(_, part)| part));
        let (next, failed) = attempt(&candidate);
        if failed.elsewhere && tried.len() > 1 {
            alone = true;
            tried.into_iter().for_each(|(group, part)| open[group].push(part));
            continue;
        }
        last = next.filter(|_| failed.is_empty());
        for (group, part) in tried {
            if !failed.elsewhere && !part.iter().any(|at| failed.mends.contains(at)) {
                settled.accepted.extend(part);
            } else if let [at] = part[..] {
                settled.refused.push(at);
            } else {
                let (left, right) = part.split_at(part.len() / 2);
                open[group].extend([right.to_vec(), left.to_vec()]);
            }
        }
    }
    // what was accepted beside something that failed has to stand without it
    while last.is_none() && !settled.accepted.is_empty() {
        let (next, failed) = attempt(&settled.accepted);
        if failed.is_empty() {
            last = next;
        } else {
            let all = failed.elsewhere;
            let (bad, good): (Vec<usize>, Vec<usize>) = settled.accepted.iter().partition(|at| all || failed.mends.contains(at));
            settled.refused.extend(bad);
            settled.accepted = good;
        }
    }
    settled.next = last.filter(|_| !settled.accepted.is_empty());
    settled
}

/// Regal's preset calls every finding an error.
fn is_about_meaning(diagnostic: &Diagnostic) -> bool {
    matches!(&*diagnostic.group, "syntax" | "compile" | "strict" | "bugs")
}

/// Whether some file has more errors than before that decide whether modules run together.
pub(super) fn breaks(before: &State, after: &State) -> bool {
    let count = |state: &State| {
        let mut errors: FxHashMap<(SourceId, String), usize> = FxHashMap::default();
        for diagnostic in state.findings.iter().filter(|diagnostic| diagnostic.severity == Severity::Error && is_about_meaning(diagnostic))
        {
            *errors.entry((file_of(&state.texts.sources, diagnostic), diagnostic.rule.clone().into_owned())).or_default() += 1;
        }
        errors
    };
    let known = count(before);
    count(after).into_iter().any(|(key, count)| count > known.get(&key).copied().unwrap_or(0))
}

/// What did not pass.
struct Failed {
    mends: FxHashSet<usize>,
    /// New errors in a file that no fix touches.
    elsewhere: bool,
}

impl Failed {
    fn is_empty(&self) -> bool {
        self.mends.is_empty() && !self.elsewhere
    }
}

/// The fixes in groups that have no file in common.
fn groups(mends: &[Mend]) -> Vec<Vec<usize>> {
    let mut parent: Vec<usize> = (0..mends.len()).collect();
    let root = |parent: &mut Vec<usize>, mut at: usize| {
        while parent[at] != at {
            parent[at] = parent[parent[at]];
            at = parent[at];
        }
        at
    };
    let mut first: FxHashMap<SourceId, usize> = FxHashMap::default();
    for (at, mend) in mends.iter().enumerate() {
        for edit in &mend.edits {
            let other = *first.entry(edit.at.source).or_insert(at);
            let (a, b) = (root(&mut parent, at), root(&mut parent, other));
            parent[a.max(b)] = a.min(b);
        }
    }
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); mends.len()];
    for at in 0..mends.len() {
        let group = root(&mut parent, at);
        out[group].push(at);
    }
    out.retain(|group| !group.is_empty());
    out
}

/// What a proof compares.
struct Counts {
    findings: FxHashMap<(SourceId, String), usize>,
    errors: FxHashMap<(SourceId, String), usize>,
    /// Texts that do not parse, by their file.
    broken: FxHashMap<SourceId, usize>,
    /// Objects and documents that were recognised.
    recognised: FxHashMap<SourceId, usize>,
}

impl Counts {
    /// Rego is parsed in `files` alone.
    fn of(state: &State, files: &FxHashSet<SourceId>) -> Self {
        let Texts { sources, manifests, .. } = &state.texts;
        let mut this = Self {
            findings: FxHashMap::default(),
            errors: FxHashMap::default(),
            broken: FxHashMap::default(),
            recognised: FxHashMap::default(),
        };
        for diagnostic in &state.findings {
            let key = (file_of(sources, diagnostic), diagnostic.rule.clone().into_owned());
            if diagnostic.severity == Severity::Error {
                *this.errors.entry(key.clone()).or_default() += 1 + diagnostic.others;
            }
            *this.findings.entry(key).or_default() += 1 + diagnostic.others;
        }
        for diagnostic in &manifests.diagnostics {
            *this.broken.entry(file_of(sources, diagnostic)).or_default() += 1;
        }
        for input in state.texts.rego.iter().filter(|input| files.contains(&sources.outermost(input.source))) {
            let parse = rego::parse_auto(sources.get(input.source).text.clone(), input.version);
            *this.broken.entry(sources.outermost(input.source)).or_default() += usize::from(!parse.errors.is_empty());
        }
        let held = manifests.objects.iter().map(|object| object.source).chain(manifests.documents.iter().map(|document| document.source));
        for source in held {
            *this.recognised.entry(sources.outermost(source)).or_default() += 1;
        }
        this
    }

    /// What of `candidate` did no good, or harm, by the counts `after` it.
    fn compare(&self, after: &Self, candidate: &[usize], mends: &[Mend]) -> Failed {
        let get = |counts: &FxHashMap<SourceId, usize>, file| counts.get(&file).copied().unwrap_or(0);
        let mut failed = Failed { mends: FxHashSet::default(), elsewhere: false };
        let mut of_file: FxHashMap<SourceId, Vec<usize>> = FxHashMap::default();
        let mut gone: FxHashMap<(SourceId, String), Vec<usize>> = FxHashMap::default();
        for at in candidate {
            let Mend { diagnostic, home, edits, .. } = &mends[*at];
            for edit in edits {
                of_file.entry(edit.at.source).or_default().push(*at);
            }
            gone.entry((*home, diagnostic.rule.clone().into_owned())).or_default().push(*at);
        }
        for (file, of) in &of_file {
            let broke = get(&after.broken, *file) > get(&self.broken, *file);
            if broke || get(&after.recognised, *file) < get(&self.recognised, *file) {
                failed.mends.extend(of);
            }
        }
        for (key, of) in &gone {
            let count = |counts: &Self| counts.findings.get(key).copied().unwrap_or(0);
            if count(after) + of.len() > count(self) {
                failed.mends.extend(of);
            }
        }
        for (key, count) in &after.errors {
            if *count > self.errors.get(key).copied().unwrap_or(0) {
                match of_file.get(&key.0) {
                    Some(of) => failed.mends.extend(of),
                    None => failed.elsewhere = true,
                }
            }
        }
        failed
    }
}

/// The file that a finding lies in.
fn file_of(sources: &SourceMap, diagnostic: &Diagnostic) -> SourceId {
    match diagnostic.place {
        Place::At(at) => sources.outermost(at.source),
        Place::File(source) => sources.outermost(source),
        // nothing is added to a run's sources in front of its files
        Place::Run => SourceId(u32::MAX),
    }
}
