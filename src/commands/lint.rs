//! `ztctl lint` and `ztctl baseline`.

use super::baseline;
use super::discover::FileKind;
use super::gate::{Asked, Job, remark_on_baseline};
use super::session::Session;
use super::{Error, Outcome};
use crate::cli::{BaselineArgs, LintArgs};
use crate::lint::Commands;

pub(super) fn run(args: &LintArgs) -> Result<Outcome, Error> {
    let session = Session::new(&args.common)?;
    let versions = session.versions(&args.rego)?;
    let mut asked = Asked::new(&args.findings, Commands::Lint, session.today)?;
    asked.options.capabilities.clone_from(&versions.capabilities);
    let files = session.load(&[FileKind::Rego])?;
    if files.files.is_empty() {
        session.nothing("no Rego file found")?;
    }
    let job = Job::of_session(&session, &versions, files);
    let (job, would_change) = job.fix(&session, &asked)?;
    let judged = job.judge(&mut asked);
    if !(asked.diff && session.output.is_text()) {
        job.report("lint", &session.output, &judged, None)?;
    }
    remark_on_baseline(&session, &asked);
    Ok(if would_change { Outcome::Findings } else { job.verdict(&asked, &judged.findings) })
}

pub(super) fn baseline(args: &BaselineArgs) -> Result<Outcome, Error> {
    let session = Session::new(&args.common)?;
    let versions = session.versions(&args.rego)?;
    let mut asked = Asked::defaults(Commands::Verify, session.today);
    asked.options.capabilities.clone_from(&versions.capabilities);
    let files = session.load(&[FileKind::Rego])?;
    let job = Job::of_session(&session, &versions, files);
    let judged = job.judge(&mut asked);
    session.output.report(&baseline::render(&job.sources, &judged.findings)?)?;
    session.output.note(&format!("{} findings in the baseline", judged.findings.len()));
    Ok(Outcome::Clean)
}
