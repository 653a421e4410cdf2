//! Formatting texts: the part that files and texts embedded in others share.

use std::sync::Arc;

use rayon::prelude::*;

use crate::cli::MigrateArg;
use crate::commands::discover::Found;
use crate::commands::findings::syntax_errors;
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::migrate::{Member, Outcome, Step, StepKind, StepState, migrate, needs_others};
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
    /// Said to be v1 by an option, a manifest, the configuration or what holds it.
    pub(super) said_v1: bool,
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
    let mut works: Vec<Work> = texts.par_iter().map(|text| Work::new(text, wanted, read)).collect();
    if works.par_iter().filter_map(|work| work.tree.as_ref()).any(needs_others) {
        works.par_iter_mut().zip(texts).filter(|(work, _)| work.tree.is_none()).for_each(|(work, text)| work.tree = Some(read(text)));
    }
    let (at, members): (Vec<usize>, Vec<Member<'_>>) = works
        .iter()
        .enumerate()
        .filter_map(|(at, work)| {
            let parse = work.tree.as_ref()?;
            let name = &texts[at].file.name;
            Some((
                at,
                Member {
                    name,
                    parse,
                    said_v1: texts[at].said_v1,
                    target: wanted.target(parse.version),
                    formatted: work.formatted.as_ref(),
                },
            ))
        })
        .unzip();
    let outcomes = if members.is_empty() { Vec::new() } else { migrate(&members, wanted.allow_unsafe) };
    let migrated = at.into_iter().zip(members).zip(outcomes).filter(|((_, member), _)| member.formatted.is_some());
    let migrated: Vec<(usize, Formatted)> =
        migrated.map(|((at, member), outcome)| (at, Formatted::migrated(texts[at].id, member.parse, outcome))).collect();
    for (at, result) in migrated {
        works[at].result = Some(result);
    }
    works.into_iter().map(|work| work.result).collect()
}

/// The work on a text.
struct Work {
    /// `None` where it is not to be written.
    result: Option<Formatted>,
    /// What formatting alone gave, where a migration may ask.
    formatted: Option<Result<String, Refusal>>,
    /// Kept where formatting alone is not enough.
    tree: Option<Parse>,
}

impl Work {
    fn new(text: &Text<'_>, wanted: Wanted, read: Reader<'_>) -> Self {
        if !text.writable {
            return Self { result: None, formatted: None, tree: None };
        }
        let tree = read(text);
        let formatted = format(&tree, wanted.target(tree.version));
        if wanted.migrate.is_none() {
            return Self { result: Some(Formatted::plain(text.id, &tree, formatted)), formatted: None, tree: None };
        }
        let result = Formatted::migrated(text.id, &tree, Outcome { text: formatted.clone(), steps: Vec::new() });
        let is_left = matches!(&formatted, Err(refusal) if refusal.may_migrate());
        Self { result: Some(result), formatted: Some(formatted), tree: is_left.then_some(tree) }
    }
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
        let is_open = |step: &Step| matches!(step.state, StepState::Unsafe | StepState::Manual);
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
            Refusal::Proof { reason } if !steps.iter().any(is_open) => {
                return Self { findings: vec![defect(id, &reason)], steps, ..Self::new(id, tree, State::Defect) };
            }
            // the first obstacle, which is one of the steps
            Refusal::Migration { span, .. } if steps.iter().any(|step| step.span.covers(span)) => {}
            Refusal::Migration { span, message, help } => steps.push(manual(span, message, help)),
            Refusal::Unsupported { span, reason } => steps.push(manual(span, reason, "write it in another way".to_owned())),
            Refusal::Proof { .. } => {}
        }
        let state = match steps.iter().map(|step| step.state).max() {
            Some(StepState::Manual) => State::Manual,
            Some(StepState::Unsafe) => State::Unsafe,
            _ => State::Held,
        };
        // what would be done but for another step of the file asks nothing of anybody; what would be but for another file says which
        let is_shared = |step: &Step| matches!(step.kind, StepKind::RuleName | StepKind::RenamedUse);
        let any_shared = steps.iter().any(is_shared);
        // the rule says it for its uses
        let names_rule = steps.iter().any(|step| step.kind == StepKind::RuleName);
        let asks = |step: &&Step| match step.state {
            _ if step.kind == StepKind::RenamedUse && names_rule => false,
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

/// A text, or a place of it, that is left alone.
pub(super) fn refused(source: SourceId, span: Option<Span>, message: String) -> Diagnostic {
    let place = span.map_or(Place::File(source), |span| Place::At(Location { source, span }));
    Diagnostic::new("format-refused", "syntax", Severity::Error, place, message)
}
