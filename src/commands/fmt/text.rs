//! Formatting texts: the part that files and texts embedded in others share.

use std::sync::Arc;

use rayon::prelude::*;

use crate::cli::MigrateArg;
use crate::commands::discover::Found;
use crate::commands::findings::syntax_errors;
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::migrate::{Member, Outcome, Step, StepKind, StepState, migrate, wants_renames};
use crate::format::{Refusal, Target, format};
use crate::report::migration::State;
use crate::syntax::rego::{Parse, Version};
use crate::text::{Location, SourceId, Span};

/// What the command line asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) migrate: Option<MigrateArg>,
    pub(super) allow_unsafe: bool,
}

impl Wanted {
    /// What a text of `version` is formatted to.
    pub(super) fn target(self, version: Version) -> Target {
        match (self.migrate, version) {
            (Some(MigrateArg::Both), _) => Target::Both,
            (Some(MigrateArg::V1), _) => Target::V1Only,
            (None, Version::V0) => Target::V0,
            (None, Version::V1) => Target::V1,
        }
    }
}

/// A text of Rego: a file's, or one inside a file.
#[derive(Clone, Debug)]
pub(super) struct Text<'f> {
    pub(super) id: SourceId,
    pub(super) text: Arc<str>,
    /// The file that it is, or is in.
    pub(super) file: &'f Found,
    /// Whether it may be rewritten; others matter only to the renames of those.
    pub(super) writable: bool,
}

/// What formatting a text gave.
#[derive(Clone, Debug)]
pub(super) struct Formatted {
    pub(super) id: SourceId,
    /// What it was read as.
    pub(super) version: Version,
    pub(super) state: State,
    /// The new text, where it differs.
    pub(super) new: Option<String>,
    pub(super) steps: Vec<Step>,
    pub(super) findings: Vec<Diagnostic>,
}

/// How a text is read.
pub(super) type Reader<'r> = &'r (dyn Fn(&Text<'_>) -> Parse + Sync);

/// Formats the texts, which are one workspace to a migration; the results are in their order, `None` for those that are not to be
/// written.
///
/// Trees live while their text is worked on. Only what a migration has to rewrite stays, with all others where rules are renamed.
pub(super) fn format_all(texts: &[Text<'_>], wanted: Wanted, read: Reader<'_>) -> Vec<Option<Formatted>> {
    let first: Vec<(Option<Formatted>, Option<Parse>)> = texts.par_iter().map(|text| one(text, wanted, read)).collect();
    let (mut results, mut trees): (Vec<_>, Vec<_>) = first.into_iter().unzip();
    if trees.par_iter().flatten().any(wants_renames) {
        trees.par_iter_mut().zip(texts).filter(|(tree, _)| tree.is_none()).for_each(|(tree, text)| *tree = Some(read(text)));
    }
    let members: Vec<(usize, Member<'_>)> = trees
        .iter()
        .enumerate()
        .filter_map(|(at, tree)| {
            let parse = tree.as_ref()?;
            Some((at, Member { name: &texts[at].file.name, parse, target: wanted.target(parse.version), writable: texts[at].writable }))
        })
        .collect();
    if !members.is_empty() {
        let outcomes = migrate(&members.iter().map(|(_, member)| *member).collect::<Vec<_>>(), wanted.allow_unsafe);
        for ((at, member), outcome) in members.into_iter().zip(outcomes).filter(|((_, member), _)| member.writable) {
            results[at] = Some(Formatted::migrated(texts[at].id, member.parse, outcome));
        }
    }
    results
}

/// Formats a text; the tree is given back where that is not enough.
fn one(text: &Text<'_>, wanted: Wanted, read: Reader<'_>) -> (Option<Formatted>, Option<Parse>) {
    if !text.writable {
        return (None, None);
    }
    let tree = read(text);
    let outcome = Outcome { text: format(&tree, wanted.target(tree.version)), steps: Vec::new() };
    let is_left = wanted.migrate.is_some() && matches!(outcome.text, Err(Refusal::Migration { .. } | Refusal::Proof { .. }));
    let result = if wanted.migrate.is_some() {
        Formatted::migrated(text.id, &tree, outcome)
    } else {
        Formatted::plain(text.id, &tree, outcome.text)
    };
    (Some(result), is_left.then_some(tree))
}

impl Formatted {
    /// Whether it is left alone although it is not as it should be.
    pub(super) fn is_refused(&self) -> bool {
        self.state.is_refused()
    }

    fn new(id: SourceId, tree: &Parse, state: State) -> Self {
        Self { id, version: tree.version, state, new: None, steps: Vec::new(), findings: Vec::new() }
    }

    fn written(id: SourceId, tree: &Parse, text: String, is_rewritten: bool) -> Self {
        match text == tree.tree.text() {
            true => Self::new(id, tree, State::Unchanged),
            false => Self { new: Some(text), ..Self::new(id, tree, if is_rewritten { State::Rewritten } else { State::Formatted }) },
        }
    }

    fn plain(id: SourceId, tree: &Parse, result: Result<String, Refusal>) -> Self {
        let refusal = match result {
            Ok(text) => return Self::written(id, tree, text, false),
            Err(refusal) => refusal,
        };
        let (state, findings) = match refusal {
            Refusal::Syntax => (State::SyntaxError, syntax_errors(id, tree)),
            Refusal::Unsupported { span, reason } => (State::Manual, vec![refused(id, Some(span), format!("not formatted: {reason}"))]),
            Refusal::Migration { span, message, help } => {
                (State::Manual, vec![refused(id, Some(span), format!("not formatted: {message}")).with_help(help)])
            }
            Refusal::Proof { reason } => (State::Defect, vec![defect(id, &reason)]),
        };
        Self { findings, ..Self::new(id, tree, state) }
    }

    fn migrated(id: SourceId, tree: &Parse, outcome: Outcome) -> Self {
        let mut steps = outcome.steps;
        let is_done = |step: &Step| step.state == StepState::Done;
        let refusal = match outcome.text {
            Ok(text) => {
                let rewritten = steps.iter().any(is_done);
                return Self { steps, ..Self::written(id, tree, text, rewritten) };
            }
            Err(refusal) => refusal,
        };
        let manual = |span, message, help| Step { kind: StepKind::Other, span, message, help, state: StepState::Manual };
        match refusal {
            Refusal::Syntax => return Self { findings: syntax_errors(id, tree), ..Self::new(id, tree, State::SyntaxError) },
            Refusal::Proof { reason } if !steps.iter().any(|step| matches!(step.state, StepState::Unsafe | StepState::Manual)) => {
                return Self { findings: vec![defect(id, &reason)], steps, ..Self::new(id, tree, State::Defect) };
            }
            Refusal::Migration { span, message, help } if steps.is_empty() => steps.push(manual(span, message, help)),
            Refusal::Unsupported { span, reason } => steps.push(manual(span, reason, "write it in another way".to_owned())),
            Refusal::Proof { .. } | Refusal::Migration { .. } => {}
        }
        let state = match steps.iter().map(|step| step.state).max() {
            Some(StepState::Manual) => State::Manual,
            Some(StepState::Unsafe) => State::Unsafe,
            _ => State::Held,
        };
        // what would be done but for another step of the file asks nothing of anybody; what would be but for another file says which
        let is_shared = |step: &Step| matches!(step.kind, StepKind::RuleName | StepKind::RenamedUse);
        let any_shared = steps.iter().any(is_shared);
        let asks = |step: &&Step| match step.state {
            StepState::Manual | StepState::Unsafe => true,
            StepState::Held => state == State::Held && (is_shared(step) || !any_shared),
            StepState::Done => false,
        };
        let findings = steps.iter().filter(asks).map(|step| left(id, step)).collect();
        Self { steps, findings, ..Self::new(id, tree, state) }
    }
}

/// A step that is left, as a finding.
fn left(id: SourceId, step: &Step) -> Diagnostic {
    let help = match step.state {
        StepState::Unsafe => format!("{} (--unsafe-fixes)", step.help),
        StepState::Held | StepState::Manual | StepState::Done => step.help.clone(),
    };
    refused(id, Some(step.span), format!("not migrated: {}", step.message)).with_help(help)
}

fn defect(id: SourceId, reason: &str) -> Diagnostic {
    refused(id, None, format!("not formatted: {reason}")).with_help("this is a defect of ztctl; please report it with the file")
}

fn refused(source: SourceId, span: Option<Span>, message: String) -> Diagnostic {
    let place = span.map_or(Place::File(source), |span| Place::At(Location { source, span }));
    Diagnostic::new("format-refused", "syntax", Severity::Error, place, message)
}
