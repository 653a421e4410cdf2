//! `ztctl verify`: lint, format check and tests in one pass over one workspace.

use std::collections::BTreeSet;

use super::discover::{FileKind, MANIFEST_KINDS, Scan};
use super::gate::{Asked, Job, Reads, remarks};
use super::input::{Content, Loaded};
use super::session::Session;
use super::{Error, Outcome, assess, test};
use crate::assess::policy_tests::PolicyTests;
use crate::cli::{PartArg, VerifyArgs};
use crate::config::Part;
use crate::lint::{Commands, Selector};

/// The rule that the format check is.
const FORMAT_RULE: &str = "opa-fmt";

pub(super) fn run(args: &VerifyArgs) -> Result<Outcome, Error> {
    let session = Session::with_helm(&args.common, &args.helm)?;
    session.target(&args.findings.target)?;
    let versions = session.versions(&args.rego)?;
    let mut asked = Asked::new(&args.findings, Commands::Verify, session.today)?;
    asked.options.capabilities.clone_from(&versions.capabilities);
    asked.options.schemas = session.schemas(args.findings.schema.as_deref())?;
    let parts = session.configs.parts();
    let runs = |part: Part, arg: PartArg| parts.contains(&part) && !args.skip.contains(&arg);
    let tests = runs(Part::Test, PartArg::Test);
    select_parts(&mut asked, runs(Part::Fmt, PartArg::Fmt), runs(Part::Lint, PartArg::Lint), runs(Part::Check, PartArg::Check))?;
    let kinds = [&[FileKind::Rego][..], &MANIFEST_KINDS, &[FileKind::Markdown, FileKind::Cases, FileKind::Source]].concat();
    let assesses = session.configs.of_run().assess.min_level.is_some();
    let mut files = session.load_and_scan(&kinds, if assesses { Scan::Everything } else { asked.scan() })?;
    if files.files.is_empty() {
        session.nothing("nothing to verify found")?;
    }
    let survey = std::mem::take(&mut files.survey);
    let reads = if assesses || runs(Part::Check, PartArg::Check) { Reads::Everything } else { Reads::Rego };
    let job = Job::of_session(&session, &versions, files, reads);
    let (job, would_change) = job.fix(&session, &asked)?;
    // what the command line leaves out is evidence all the same
    let selects = !args.findings.select.is_empty() || !args.findings.ignore.is_empty() || args.findings.baseline.is_some();
    let narrowed = selects || job.is_wider_than_reported();
    let (mut judged, rego) = if assesses && !narrowed { job.judge_for_assessment(&mut asked) } else { (job.judge(&mut asked), Vec::new()) };
    let limits = test::Limits::new(&args.run, args.common.output.jobs, versions.capabilities_json())?.covering(assesses);
    let results = if tests && tests_matter(&job) { test::of_job(&job, &limits, &session.roots())? } else { None };
    if let Some(results) = &results {
        job.add(&mut judged, &results.findings, &results.skipped);
    }
    if !(asked.diff && session.output.is_text()) {
        job.report("verify", &session.output, &judged, results.as_ref().map(test::TestRun::as_report))?;
    }
    remarks(&session, &asked);
    let wanted = session.configs.of_run().assess.min_level;
    let below = wanted.is_some_and(|_| {
        let mut options = assess::Options::of_session(&session, survey);
        if let Some(results) = &results {
            options.policy_tests = PolicyTests::Ran(results.as_evidence());
        }
        let assessment = if narrowed {
            let (judged, rego) = job.evidence(session.today);
            assess::of_job(&job, &judged, &rego, &options)
        } else {
            assess::of_job(&job, &judged, &rego, &options)
        };
        let missed = assess::Gates::of_config(&session.configs.of_run()).missed(&assessment, None, None);
        missed.iter().for_each(|message| super::output::remark(message));
        !missed.is_empty()
    });
    let failed = below || would_change || results.is_some_and(|results| results.failed);
    Ok(if failed && judged.crashes == 0 { Outcome::Findings } else { job.verdict(&asked, &judged) })
}

/// Whether the tests may depend on a reported file: Rego, cases, data, and manifests that cases name.
fn tests_matter(job: &Job) -> bool {
    let manifests: BTreeSet<&str> =
        job.texts.manifests.recognised.iter().map(|source| job.texts.sources.get(*source).path.as_str()).collect();
    let text = |file: &'_ Loaded| match &file.content {
        Content::Text(text) => Some(text.clone()),
        _ => None,
    };
    let cases: Vec<_> = job.files.files.iter().filter(|file| file.file.kind == FileKind::Cases).filter_map(text).collect();
    let is_named = |name: &str| {
        let finder = memchr::memmem::Finder::new(name.as_bytes());
        cases.iter().any(|cases| finder.find(cases.as_bytes()).is_some())
    };
    job.files.files.iter().filter(|file| file.file.reported).any(|file| match file.file.kind {
        FileKind::Rego | FileKind::Cases | FileKind::Manifest => true,
        FileKind::Data if !manifests.contains(file.file.name.as_str()) => true,
        FileKind::Data
        | FileKind::Conf
        | FileKind::Terraform
        | FileKind::Shell
        | FileKind::Certificates
        | FileKind::Markdown
        | FileKind::Source
        | FileKind::Other => file.file.path.file_name().is_some_and(|name| is_named(&name.to_string_lossy())),
    })
}

/// Narrows the rules to the parts that run; syntax errors are always found.
fn select_parts(asked: &mut Asked, fmt: bool, lint: bool, check: bool) -> Result<(), Error> {
    let rule = |id: &str| Selector::parse(id).map_err(|unknown| Error::Internal(unknown.to_string()));
    let selection = &mut asked.options.selection;
    match (lint, check) {
        (true, true) => {}
        (true, false) => asked.options.commands = Commands::Lint,
        (false, true) => asked.options.commands = Commands::Check,
        // `syntax-error` is on whatever is selected, so selecting it alone selects nothing else
        (false, false) => {
            selection.select = vec![rule(if fmt { FORMAT_RULE } else { "syntax-error" })?];
            selection.extend.clear();
        }
    }
    match (fmt, lint) {
        (true, false) if check => selection.extend.push(rule(FORMAT_RULE)?),
        (false, true) => selection.ignore.push(rule(FORMAT_RULE)?),
        _ => {}
    }
    Ok(())
}
