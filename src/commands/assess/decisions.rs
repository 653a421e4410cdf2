//! What people decide about an assessment, on the command line and in the configuration.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use super::history::append;
use crate::assess::governance::Ownership;
use crate::assess::history::Point;
use crate::assess::{Assessment, Papers};
use crate::cli::AssessArgs;
use crate::commands::discover::{FileKind, display_name};
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
    pub(super) fn new(args: &AssessArgs, session: &Session) -> Self {
        let config = session.configs.of_run();
        let assess = &config.assess;
        Self {
            accept_attestations: args.governance.accept_attestations || assess.accept_attestations,
            allow_secret_waivers: args.allow_secret_waivers,
            accepted: None,
            hidden: hidden(session),
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

/// Files that `exclude` keeps from being read although they are of a kind that is, and all of that kind. Folders of others' code are
/// none: leaving them out hides nothing.
fn hidden(session: &Session) -> (usize, usize) {
    let is_ours = |name: &str| name != ".git" && !crate::model::code::library::is_foreign_folder(name);
    let (mut hidden, mut all) = (0, 0);
    for root in session.roots().into_iter().filter(|root| root.is_dir()) {
        let own = session.configs.of_file(&root.join("x"));
        // what is named although it is excluded is read
        if !own.may_exclude() || session.configs.excludes(&root, true) {
            continue;
        }
        let walk = WalkBuilder::new(&root)
            .hidden(false)
            .ignore(false)
            .follow_links(false)
            .filter_entry(move |entry| entry.depth() == 0 || is_ours(&entry.file_name().to_string_lossy()))
            .build();
        let is_file = |entry: &ignore::DirEntry| entry.file_type().is_some_and(|kind| kind.is_file());
        for entry in walk.flatten().filter(is_file).filter(|entry| FileKind::of(entry.path()) != FileKind::Other) {
            all += 1;
            let path = entry.path();
            let mut folders = path.ancestors().skip(1).take_while(|folder| folder.starts_with(&root) && *folder != root);
            hidden += usize::from(session.configs.excludes(path, false) || folders.any(|folder| session.configs.excludes(folder, true)));
        }
    }
    (hidden, all)
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
