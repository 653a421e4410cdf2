//! Migration where `opa fmt --v0-v1` refuses: rewrites what has exactly one meaning, then formats.
//!
//! What formatting alone can write is left to it. In the other files each obstacle is a [`Problem`] with a remedy. A file is
//! migrated whole or not at all: if a problem is left, it stays as it is and the [`Step`]s say why. Files that share a renamed rule
//! go together.

mod allowed;
mod builtins;
mod documents;
mod equivalents;
mod form;
mod imports;
mod names;
mod packages;
mod proof;
mod proof_builtins;
mod rename;
mod step;
mod types;
mod uses;

use std::collections::BTreeMap;

use rayon::prelude::*;

use self::allowed::Allowed;
use self::packages::Packages;
pub(super) use self::proof::Migrated;
use self::rename::Renames;
use self::step::{Needs, Problem, Remedy};
pub use self::step::{Step, StepKind, StepState};
use super::{Refusal, Target, format};
use crate::diag::Applicability;
use crate::model::rego::{Module, Scopes};
use crate::syntax::rego::{Kind, Parse, parse_syntax};
use crate::text::{Span, apply_edits};

/// How often what an edit wrote is looked at again: calls of deprecated built-ins nest.
const ROUNDS: usize = 32;

/// A file of the workspace.
#[derive(Clone, Copy, Debug)]
pub struct Member<'p> {
    /// How messages call it: its path.
    pub name: &'p str,
    pub parse: &'p Parse,
    /// It is v1 because somebody says so, not because it can be read as v1. What v1 refuses of such a text has no meaning that could
    /// be kept, so no rewrite of it is safe.
    pub said_v1: bool,
    pub target: Target,
    /// What formatting alone gives; `None`: it must not be rewritten, and only tells what it holds and uses.
    pub formatted: Option<&'p Result<String, Refusal>>,
}

/// What became of a file.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The new text, which may be the old one, or why the file stays as it is.
    pub text: Result<String, Refusal>,
    /// In the order of the text.
    pub steps: Vec<Step>,
}

/// Migrates files that make one workspace; the outcomes are in the order of the files.
///
/// `allow_unsafe`: apply what may change a result or a name that others query.
#[must_use]
pub fn migrate(members: &[Member<'_>], allow_unsafe: bool) -> Vec<Outcome> {
    let refused = |member: &Member<'_>| matches!(member.formatted, Some(Err(refusal)) if refusal.may_migrate());
    let packages = if members.iter().any(refused) { Packages::new(members) } else { Packages::default() };
    let mut files: Vec<File<'_>> = members.par_iter().map(|member| File::new(member, &packages, allow_unsafe)).collect();
    let wanted: Vec<(usize, &str)> = files
        .iter()
        .enumerate()
        .flat_map(|(at, file)| file.problems.iter().filter_map(move |problem| Some((at, problem.renamed()?))))
        .collect();
    let renames = Renames::new(members, &packages, &wanted);
    // what fails takes the files with it that share a rename, so this ends
    let live = loop {
        let live = settle(&mut files, &renames, allow_unsafe);
        if !rewrite(members, &packages, &mut files, &renames, &live) {
            break live;
        }
    };
    let solvable: Vec<bool> = files.iter().map(|file| file.solvable).collect();
    let ending = Ending { renames: &renames, live: &live, solvable: &solvable, allow_unsafe };
    files.into_iter().enumerate().map(|(at, file)| file.outcome(at, &ending)).collect()
}

/// Whether the other files of the workspace matter to a module that formatting refuses: they may define the rules that it uses, and
/// use those that get another name.
#[must_use]
pub fn needs_others(parse: &Parse) -> bool {
    let alone = Member { name: "", parse, said_v1: false, target: Target::V1, formatted: None };
    !problems(parse, &Packages::new(&[alone])).is_empty()
}

/// The work on a file.
struct File<'p> {
    /// That of the [`Member`].
    formatted: Option<&'p Result<String, Refusal>>,
    problems: Vec<Problem>,
    /// Whether all of its problems can be solved, as far as is known.
    solvable: bool,
    /// What rewriting gave.
    result: Option<String>,
    /// Why rewriting failed.
    failure: Option<Refusal>,
}

/// What was decided about all files.
struct Ending<'a> {
    renames: &'a Renames,
    /// Which renames happen.
    live: &'a [bool],
    /// Which files are migrated.
    solvable: &'a [bool],
    allow_unsafe: bool,
}

impl<'p> File<'p> {
    fn new(member: &Member<'p>, packages: &Packages, allow_unsafe: bool) -> Self {
        let formatted = member.formatted;
        let mut problems = match formatted {
            Some(Err(refusal)) if refusal.may_migrate() => problems(member.parse, packages),
            _ => Vec::new(),
        };
        if member.target == Target::Both && matches!(formatted, Some(Err(_))) {
            problems.extend(templates(member.parse));
            problems.sort_by_key(|problem| (problem.span, problem.kind));
        }
        if member.said_v1 {
            problems.iter_mut().for_each(Problem::doubt);
        }
        let solvable = match formatted {
            Some(Ok(_)) => true,
            Some(Err(refusal)) if refusal.may_migrate() => {
                !problems.is_empty() && problems.iter().all(|problem| problem.solvable(allow_unsafe))
            }
            _ => false,
        };
        Self { formatted, problems, solvable, result: None, failure: None }
    }

    fn outcome(self, at: usize, ending: &Ending<'_>) -> Outcome {
        let Ending { renames, live, solvable, allow_unsafe } = *ending;
        let done = self.result.is_some();
        let goes = |file: usize| !allow_unsafe || solvable[file];
        let own: Vec<String> = self.problems.iter().filter_map(|problem| problem.renamed().map(str::to_owned)).collect();
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        let mut steps: Vec<Step> = self
            .problems
            .into_iter()
            .map(|problem| {
                let (help, applicability) = match problem.remedy {
                    Remedy::Edit(rewrite) => (rewrite.help, rewrite.applicability),
                    Remedy::RenameRule { name } => renames.remedy(at, &name, goes),
                    Remedy::Manual { help } => (help, Applicability::DisplayOnly),
                };
                let state = match applicability {
                    Applicability::DisplayOnly => StepState::Manual,
                    Applicability::Unsafe if !allow_unsafe => StepState::Unsafe,
                    _ if done => StepState::Done,
                    _ => StepState::Held,
                };
                Step { kind: problem.kind, span: problem.span, message: problem.message, help, state }
            })
            .collect();
        steps.extend(renames.steps(at, &own, live, allow_unsafe, goes));
        // what formatting refuses for a reason that no problem told
        let first = self.formatted.filter(|_| steps.is_empty()).and_then(|formatted| formatted.as_ref().err());
        if let Some(Refusal::Migration { span, message, help }) = self.failure.as_ref().or(first) {
            let (span, message, help) = (*span, message.clone(), help.clone());
            steps.push(Step { kind: StepKind::Other, span, message, help, state: StepState::Manual });
        }
        steps.sort_by_key(|step| (step.span, step.kind));
        let text = match (self.result, self.formatted, self.failure) {
            (Some(text), ..) => Ok(text),
            // what only uses a renamed rule, which is not renamed then
            (None, Some(Ok(text)), _) => Ok(text.clone()),
            (None, _, Some(failure)) => Err(failure),
            (None, formatted, None) => formatted.cloned().unwrap_or(Err(Refusal::Syntax)),
        };
        Outcome { text, steps }
    }
}

impl Problem {
    fn solvable(&self, allow_unsafe: bool) -> bool {
        match &self.remedy {
            Remedy::Edit(rewrite) => {
                rewrite.applicability == Applicability::Safe || allow_unsafe && rewrite.applicability == Applicability::Unsafe
            }
            Remedy::RenameRule { .. } => allow_unsafe,
            Remedy::Manual { .. } => false,
        }
    }

    /// Takes the remedy for unsafe: the text has no meaning yet.
    fn doubt(&mut self) {
        if let Remedy::Edit(rewrite) = &mut self.remedy
            && rewrite.applicability == Applicability::Safe
        {
            rewrite.applicability = Applicability::Unsafe;
            rewrite.help.push_str("; v1 refuses what stands here, so look at whether that is what was meant");
        }
    }

    fn renamed(&self) -> Option<&str> {
        match &self.remedy {
            Remedy::RenameRule { name } => Some(name),
            _ => None,
        }
    }
}

/// Template strings, which v0 does not have.
fn templates(parse: &Parse) -> Vec<Problem> {
    let found = parse.tree.root().descendants().filter(|node| node.kind() == Kind::Template);
    let help = "write it with `sprintf`, which is undefined where one of its values is, or migrate to v1 alone";
    let problem = |span| Problem {
        kind: StepKind::Other,
        span,
        message: "v0 has no template strings".to_owned(),
        remedy: Remedy::Manual { help: help.to_owned() },
    };
    found.map(|node| problem(node.span())).collect()
}

/// All that v1 refuses in a module.
fn problems(parse: &Parse, packages: &Packages) -> Vec<Problem> {
    let module = Module::new(parse);
    let scopes = Scopes::new(parse, &module);
    let package = packages.of(&module);
    let mut found = builtins::problems(parse, &module, &scopes, packages);
    found.extend(names::problems(parse, &module, &scopes, package));
    found.extend(imports::problems(parse, &module, &scopes, package));
    found.extend(documents::problems(parse, &module, &scopes, package));
    found.sort_by_key(|problem| (problem.span, problem.kind));
    found
}

/// Takes away from the solvable files those whose renames do not all work out, until nothing changes; which renames do.
fn settle(files: &mut [File<'_>], renames: &Renames, allow_unsafe: bool) -> Vec<bool> {
    loop {
        let live = renames.live(|file| allow_unsafe && files[file].solvable);
        let lost: Vec<usize> = (0..files.len())
            .filter(|at| files[*at].solvable)
            .filter(|at| files[*at].problems.iter().filter_map(Problem::renamed).any(|name| !renames.happens(&live, *at, name)))
            .collect();
        if lost.is_empty() {
            return live;
        }
        for at in lost {
            files[at].solvable = false;
        }
    }
}

/// Rewrites what is to be rewritten; whether a file failed that was thought solvable.
fn rewrite(members: &[Member<'_>], packages: &Packages, files: &mut [File<'_>], renames: &Renames, live: &[bool]) -> bool {
    let results: Vec<Option<Result<String, Refusal>>> = files
        .par_iter()
        .enumerate()
        .map(|(at, file)| {
            let uses = renames.edits(at, live);
            let is_needed = file.solvable && !(file.problems.is_empty() && uses.is_empty());
            is_needed.then(|| rewritten(&members[at], packages, &file.problems, &uses, renames.allowed(at, live)))
        })
        .collect();
    let mut failed = false;
    for (file, result) in files.iter_mut().zip(results) {
        file.result = match result {
            Some(Ok(text)) => Some(text),
            Some(Err(refusal)) => {
                failed = true;
                file.solvable = false;
                file.failure = Some(refusal);
                None
            }
            None => None,
        };
    }
    failed
}

/// Applies the remedies of a file and formats the result.
fn rewritten(
    member: &Member<'_>,
    packages: &Packages,
    problems: &[Problem],
    renamed: &[(Span, String)],
    mut allowed: Allowed,
) -> Result<String, Refusal> {
    let version = member.parse.version;
    let mut edits = Edits::default();
    edits.add(renamed, Needs::default());
    edits.take(problems, &mut allowed);
    let (mut text, shift) = edits.apply(member.parse)?;
    let mut shifts = vec![shift];
    for _ in 0..ROUNDS {
        let again = parse_syntax(text.as_str(), version);
        if !again.formattable {
            let message = again.errors.first().map_or("", |error| error.message.as_str());
            return Err(proof_failed(&format!("the rewritten text is no valid Rego: {message}")));
        }
        // what is unsafe here was so before, and allowed
        let left = self::problems(&again, packages);
        let mut edits = Edits::default();
        edits.take(&left, &mut allowed);
        if edits.by_start.is_empty() {
            let result = format(&again, member.target).map_err(|refusal| in_original(refusal, &shifts))?;
            proof::check(member.parse, &result, member.target, &allowed).map_err(|reason| Refusal::Proof { reason })?;
            return Ok(result);
        }
        let (next, shift) = edits.apply(&again)?;
        text = next;
        shifts.push(shift);
    }
    Err(proof_failed("deprecated built-ins nest too deep"))
}

/// Edits that do not touch each other.
#[derive(Default)]
struct Edits<'e> {
    by_start: BTreeMap<u32, (u32, &'e str)>,
    needs: Needs,
}

impl<'e> Edits<'e> {
    /// Adds the edits of the problems, but those that touch one that is there: they have their turn when the text is read again.
    fn take(&mut self, problems: &'e [Problem], allowed: &mut Allowed) {
        for problem in problems {
            if let Remedy::Edit(rewrite) = &problem.remedy
                && self.add(&rewrite.edits, rewrite.needs)
            {
                allowed.merge(rewrite.allowed.clone());
            }
        }
    }

    /// Adds all of the edits or none; whether they were added.
    fn add(&mut self, edits: &'e [(Span, String)], needs: Needs) -> bool {
        let touches = |span: Span| {
            let next = self.by_start.range(span.start..).next();
            let before = self.by_start.range(..span.start).next_back();
            next.is_some_and(|(start, _)| *start < span.end || *start == span.start)
                || before.is_some_and(|(_, (end, _))| *end > span.start)
        };
        if edits.iter().any(|(span, _)| touches(*span)) {
            return false;
        }
        self.by_start.extend(edits.iter().map(|(span, text)| (span.start, (span.end, text.as_str()))));
        self.needs = self.needs.or(needs);
        true
    }

    /// The new text, and how places have moved.
    fn apply(self, parse: &Parse) -> Result<(String, Shift), Refusal> {
        let import = self.needs.edit(parse);
        let edits = self.by_start.into_iter().map(|(start, (end, text))| (Span::new(start, end), text));
        let import = import.as_ref().map(|(span, text)| (*span, text.as_str()));
        let mut edits: Vec<(Span, &str)> = edits.chain(import).collect();
        edits.sort_by_key(|(span, _)| *span);
        let shift = Shift(edits.iter().map(|(span, text)| (*span, text.len() as u32)).collect());
        let text =
            apply_edits(parse.tree.text(), edits).map_err(|error| proof_failed(&format!("two rewrites touch each other: {error:?}")))?;
        Ok((text, shift))
    }
}

/// The edits that gave a text: where they were, and how long their new texts are.
struct Shift(Vec<(Span, u32)>);

impl Shift {
    /// Where a place of the new text was; the start of the edit for what an edit wrote.
    fn before(&self, at: u32) -> u32 {
        let mut moved = 0_i64;
        for (span, len) in &self.0 {
            let start = i64::from(span.start) + moved;
            if i64::from(at) < start {
                break;
            }
            if i64::from(at) < start + i64::from(*len) {
                return span.start;
            }
            moved += i64::from(*len) - i64::from(span.end - span.start);
        }
        (i64::from(at) - moved) as u32
    }
}

/// A refusal of a rewritten text, with its place in the original.
fn in_original(refusal: Refusal, shifts: &[Shift]) -> Refusal {
    let place = |span: Span| {
        let [start, end] = [span.start, span.end].map(|at| shifts.iter().rev().fold(at, |at, shift| shift.before(at)));
        Span::new(start, end.max(start))
    };
    match refusal {
        Refusal::Migration { span, message, help } => Refusal::Migration { span: place(span), message, help },
        Refusal::Unsupported { span, reason } => Refusal::Unsupported { span: place(span), reason },
        other => other,
    }
}

fn proof_failed(reason: &str) -> Refusal {
    Refusal::Proof { reason: reason.to_owned() }
}
