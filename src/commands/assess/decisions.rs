//! What people decide about an assessment, on the command line and in the configuration.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::history::append;
use crate::assess::governance::Ownership;
use crate::assess::history::Point;
use crate::assess::{Assessment, Papers};
use crate::cli::AssessArgs;
use crate::commands::discover::display_name;
use crate::commands::session::Session;
use crate::commands::{Error, output};

/// What counts, what is accepted, and whose repository it is.
#[derive(Clone, Default)]
pub(crate) struct Decisions {
    pub(crate) accept_attestations: bool,
    pub(crate) allow_secret_waivers: bool,
    /// The evidence that `--baseline` accepts.
    pub(crate) accepted: Option<BTreeSet<String>>,
    /// Files that the configuration hides, and all of them.
    pub(crate) hidden: (usize, usize),
    pub(crate) max_hidden: Option<u32>,
    pub(crate) ownership: Ownership,
}

impl Decisions {
    /// What the command line and the configuration of the run say.
    pub(super) fn new(args: &AssessArgs, session: &Session, hidden: (usize, usize)) -> Self {
        let config = session.configs.of_run();
        let assess = &config.assess;
        Self {
            accept_attestations: args.governance.accept_attestations || assess.accept_attestations,
            allow_secret_waivers: args.allow_secret_waivers,
            accepted: None,
            hidden,
            max_hidden: assess.max_hidden,
            ownership: Ownership {
                name: args.governance.name.clone().or_else(|| assess.name.clone()).unwrap_or_default(),
                owner: assess.owner.clone(),
                tier: assess.tier.clone(),
                tags: assess.tags.clone(),
                links: assess.links.clone(),
            },
        }
    }

    /// As an assessment takes them; the files of attestations are to be added.
    pub(super) fn papers<'a>(&'a self, rules: &'a [&'a str]) -> Papers<'a> {
        Papers {
            attestations: &[],
            accept_attestations: self.accept_attestations,
            allow_secret_waivers: self.allow_secret_waivers,
            rules,
            accepted: self.accepted.as_ref(),
            hidden: self.hidden,
            max_hidden: self.max_hidden,
            ownership: Some(&self.ownership),
        }
    }
}

/// Appends to the history file, if there is one.
///
/// # Errors
/// A file that cannot be read or written.
pub(super) fn history(args: &AssessArgs, session: &Session, assessment: &mut Assessment, commit: Option<&str>) -> Result<(), Error> {
    let configured = session.configs.of_run().assess.history_file.as_ref().map(PathBuf::from);
    let Some(path) = args.governance.history_file.clone().or(configured) else { return Ok(()) };
    let history = append(&path, &Point::of(assessment, commit))?;
    if history.broken > 0 {
        let name = display_name(Path::new(&path));
        let lines = if history.broken == 1 { "1 line is".to_owned() } else { format!("{} lines are", history.broken) };
        session.output.note(&format!("note: {name}:{}: {lines} none of a history, and left as they are", history.first_broken));
    }
    assessment.governance.history = history.points;
    Ok(())
}

/// Says what is wrong with the files of waivers and attestations, and what makes the result doubtful: such mistakes are not to be
/// missed in a format that few people read.
pub(super) fn remarks(session: &Session, assessment: &Assessment) {
    if session.output.quiet {
        return;
    }
    let (waivers, stated) = (&assessment.waivers, &assessment.governance.attestations);
    for (what, mistakes) in [("waiver", &waivers.invalid), ("attestation", &stated.invalid)] {
        for mistake in mistakes.iter().take(20) {
            let named = if mistake.id.is_empty() { String::new() } else { format!(" `{}`", mistake.id) };
            let at = &mistake.spot;
            output::remark(&format!("{}:{}:{}: {what}{named} does not count: {}", at.path, at.line, at.column, mistake.reason));
        }
        if mistakes.len() > 20 {
            output::remark(&format!("… and {} more mistakes in {what}s", mistakes.len() - 20));
        }
    }
    for warning in &assessment.governance.warnings {
        let at = warning.spot.as_ref().map_or_else(String::new, |spot| format!("{}:{}: ", spot.path, spot.line));
        output::remark(&format!("{at}{}: confidence is low: {}", warning.id, warning.message));
    }
}

/// Says which parts of ztctl failed, so that the result is incomplete; `rules` is how often a rule of the checks did.
pub(super) fn failures(assessment: &Assessment, rules: usize) -> Vec<String> {
    let place = |at: &str| if at.is_empty() { String::new() } else { format!(" at {at}") };
    let parts = assessment.failures.iter().map(|failure| {
        format!("`{}` failed{}: what rests on it is `error`; this is a defect of ztctl, please report it", failure.part, place(&failure.at))
    });
    let rules =
        (rules > 0).then(|| "a rule of `check` failed, and its findings are missing as evidence; `ztctl check` names it".to_owned());
    parts.chain(rules).collect()
}
