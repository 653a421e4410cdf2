//! `ztctl lint`, `ztctl check` and `ztctl baseline`.

use super::baseline;
use super::discover::{FileKind, MANIFEST_KINDS};
use super::gate::{Asked, Job, Reads, remarks};
use super::session::Session;
use super::{Error, Outcome};
use crate::cli::{BaselineArgs, LintArgs};
use crate::diag::Preset;
use crate::lint::Commands;

pub(super) fn run(args: &LintArgs) -> Result<Outcome, Error> {
    judge(args, "lint", Commands::Lint, Reads::Rego)
}

/// `ztctl check`
pub(super) fn check(args: &LintArgs) -> Result<Outcome, Error> {
    judge(args, "check", Commands::Check, Reads::Everything)
}

fn judge(args: &LintArgs, name: &str, commands: Commands, reads: Reads) -> Result<Outcome, Error> {
    let session = Session::with_helm(&args.common, &args.helm)?;
    session.target(&args.findings.target)?;
    let versions = session.versions(&args.rego)?;
    let mut asked = Asked::new(&args.findings, commands, session.today)?;
    asked.options.capabilities.clone_from(&versions.capabilities);
    asked.options.schemas = session.schemas(args.findings.schema.as_deref())?;
    let files = session.load_and_scan(&kinds(commands, asked.options.preset), asked.scan())?;
    let job = Job::of_session(&session, &versions, files, reads);
    if job.is_empty(&asked) {
        session.nothing(if commands == Commands::Lint { "no Rego file found" } else { "nothing to check found" })?;
    }
    let (mut job, would_change) = job.fix(&session, &asked)?;
    let mut judged = job.judge(&mut asked);
    if args.history {
        let history = job.history(&session);
        job.add_history(&mut judged, &mut asked, &history);
    }
    if !(asked.diff && session.output.is_text()) {
        job.report(name, &session.output, &judged, None)?;
    }
    remarks(&session, &asked);
    let outcome = if would_change && judged.crashes == 0 { Outcome::Findings } else { job.verdict(&asked, &judged) };
    // the process ends: freeing all that was read, value by value, would take longer than writing the report
    std::mem::forget((job, judged, session));
    Ok(outcome)
}

/// Rego and what holds manifests; first what the command is about.
fn kinds(commands: Commands, preset: Option<Preset>) -> Vec<FileKind> {
    let no_rego = |kind: &FileKind| !matches!(kind, FileKind::Shell | FileKind::Certificates);
    match commands {
        // Regal reads `.rego` files alone
        Commands::Lint if preset == Some(Preset::Regal) => vec![FileKind::Rego],
        Commands::Check => MANIFEST_KINDS.into_iter().chain([FileKind::Rego, FileKind::Source]).collect(),
        Commands::Lint => {
            std::iter::once(FileKind::Rego).chain(MANIFEST_KINDS.into_iter().filter(no_rego)).chain([FileKind::Markdown]).collect()
        }
        Commands::Verify => std::iter::once(FileKind::Rego).chain(MANIFEST_KINDS).chain([FileKind::Markdown, FileKind::Source]).collect(),
    }
}

pub(super) fn baseline(args: &BaselineArgs) -> Result<Outcome, Error> {
    let session = Session::new(&args.common)?;
    let versions = session.versions(&args.rego)?;
    let mut asked = Asked::defaults(Commands::Verify, session.today);
    asked.options.capabilities.clone_from(&versions.capabilities);
    asked.options.schemas = session.schemas(None)?;
    let files = session.load_and_scan(&kinds(Commands::Verify, None), asked.scan())?;
    let job = Job::of_session(&session, &versions, files, Reads::Everything);
    let judged = job.judge(&mut asked);
    session.output.report(&baseline::render(&job.texts.sources, &judged.findings)?)?;
    session.output.note(&format!("{} findings in the baseline", judged.findings.len()));
    Ok(Outcome::Clean)
}
