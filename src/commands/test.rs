//! `ztctl test`, and the tests of `verify` and `demo`: the processes that evaluate, and what they say.

mod supervise;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(super) use supervise::evaluate;
use supervise::{Supervised, supervise};

use super::discover::{FileKind, display_name};
use super::gate::{Job, Reads};
use super::input::Content;
use super::output::{self, Output};
use super::session::Session;
use super::{Error, Outcome, write};
use crate::assess::policy_tests::{Ending, RanTest, TestEvidence};
use crate::cli::{Format, TestArgs, TestRunArgs};
use crate::diag::{Diagnostic, Place, Severity};
use crate::eval::from_json;
use crate::report::{Report, Skipped, Summary, TestRow, Tests, Verdict as RowVerdict, visible};
use crate::syntax::rego::Version;
use crate::test::{self, CaseFile, ModuleText, Problem, Request, TestResult, Verdict, cases, data, record};
use crate::text::{Location, SourceId, Span};

/// How tests are run.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    filter: Option<String>,
    timeout: Duration,
    max_memory: u64,
    /// Tests at a time; `None` for one a processor.
    jobs: Option<u16>,
    capabilities: Option<String>,
    /// Say which lines are reached.
    cover: bool,
    /// All tests together may take so long; `None` for no bound.
    whole: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            filter: None,
            timeout: Duration::from_secs(5),
            max_memory: 4 << 30,
            jobs: None,
            capabilities: None,
            cover: false,
            whole: None,
        }
    }
}

impl Limits {
    /// For an assessment: a bounded time for all tests, and the lines that they reach.
    pub(crate) fn for_assessment(capabilities: Option<String>, jobs: Option<u16>) -> Self {
        Self { jobs, capabilities, cover: true, whole: Some(Duration::from_secs(60)), ..Self::default() }
    }

    /// With the lines that tests reach, where `cover` says so.
    pub(crate) fn covering(self, cover: bool) -> Self {
        Self { cover, ..self }
    }

    /// # Errors
    /// A pattern that is no regular expression.
    pub(crate) fn new(args: &TestRunArgs, jobs: Option<u16>, capabilities: Option<String>) -> Result<Self, Error> {
        if let Some(pattern) = &args.run {
            regex::Regex::new(pattern).map_err(|error| Error::usage(format!("`--run {pattern}`: {error}")))?;
        }
        Ok(Self {
            filter: args.run.clone(),
            timeout: args.timeout,
            max_memory: args.max_memory,
            jobs,
            capabilities,
            cover: false,
            whole: None,
        })
    }
}

/// What a run of tests gave.
#[derive(Debug, Default)]
pub(crate) struct TestRun {
    results: Vec<TestResult>,
    rows: Vec<TestRow>,
    json: serde_json::Value,
    /// Tests that failed or have no verdict.
    pub(crate) failed: bool,
    /// What keeps modules from being run, and mistakes in case files.
    pub(crate) findings: Vec<Diagnostic>,
    /// Data documents that are not used.
    pub(crate) skipped: Vec<Skipped>,
    /// Of each module the lines that tests reached, where that was asked for.
    lines: BTreeMap<String, BTreeMap<u32, bool>>,
    /// The time for all tests was over before they were.
    cut: bool,
}

impl TestRun {
    /// As evidence for an assessment.
    pub(crate) fn as_evidence(&self) -> TestEvidence {
        let ending = |verdict| match verdict {
            Verdict::Pass => Ending::Passed,
            Verdict::Fail => Ending::Failed,
            Verdict::Error => Ending::Error,
            Verdict::Skip => Ending::Skipped,
        };
        let ran = |result: &TestResult| RanTest {
            name: full_name(result),
            path: result.at.path.clone(),
            line: result.at.row,
            ending: ending(result.verdict),
            is_case: result.is_case,
        };
        TestEvidence { tests: self.results.iter().map(ran).collect(), lines: self.lines.clone(), cut: self.cut }
    }

    pub(crate) fn as_report(&self) -> Tests<'_> {
        Tests { rows: &self.rows, json: Some(&self.json) }
    }
}

pub(super) fn run(args: &TestArgs) -> Result<Outcome, Error> {
    let session = Session::new(&args.common)?;
    let versions = session.versions(&args.rego)?;
    let ignore = ignored(&args.ignore)?;
    let mut files = session.load(&[FileKind::Rego, FileKind::Data, FileKind::Cases])?;
    files.files.retain(|file| !ignore(&file.file.name));
    let job = Job::of_session(&session, &versions, files, Reads::Nothing);
    let limits = Limits::new(&args.run, args.common.output.jobs, versions.capabilities_json())?;
    let mut results = of_job(&job, &limits, &session.roots())?.unwrap_or_default();
    results.findings.extend(job.unreadable());
    results.findings.extend(syntax_errors(&job));
    crate::diag::sort(&job.texts.sources, &mut results.findings);
    if results.results.is_empty() && results.findings.is_empty() {
        session.nothing("no test found")?;
    }
    let updated = if args.update { update(&session, &job, &results.results)? } else { Vec::new() };
    if args.update {
        let recorded = |result: &TestResult| updated.contains(&(result.at.path.clone(), result.name.clone()));
        results.results.iter_mut().filter(|result| recorded(result)).for_each(|result| {
            result.verdict = Verdict::Pass;
            result.diff.clear();
        });
        results = finish(results.results, results.findings, results.skipped);
    }
    show(args, &session.output, &job, &results)?;
    let failed = results.failed || results.findings.iter().any(|finding| finding.severity == Severity::Error);
    Ok(if failed { Outcome::Findings } else { Outcome::Clean })
}

/// opa's `--ignore`: globs over a path or any part of it.
fn ignored(patterns: &[String]) -> Result<impl Fn(&str) -> bool, Error> {
    let mut set = globset::GlobSetBuilder::new();
    for pattern in patterns {
        let glob = globset::Glob::new(pattern).map_err(|error| Error::usage(format!("`--ignore {pattern}`: {error}")))?;
        set.add(glob);
    }
    let set = set.build().map_err(|error| Error::usage(format!("`--ignore`: {error}")))?;
    Ok(move |path: &str| set.is_match(path) || path.split('/').any(|part| set.is_match(part)))
}

fn show(args: &TestArgs, output: &Output, job: &Job, results: &TestRun) -> Result<(), Error> {
    let mut summary = Summary { files: job.files.files.len(), ..Summary::default() };
    summary.skipped.clone_from(&job.files.skipped);
    summary.skipped.extend(results.skipped.iter().cloned());
    summary.skipped.sort();
    summary.count(&job.texts.sources, &results.findings);
    let rules: Vec<_> = crate::lint::metas().collect();
    let report = Report {
        command: "test",
        sources: &job.texts.sources,
        findings: &results.findings,
        rules: &rules,
        summary: &summary,
        tests: Some(results.as_report()),
    };
    match output.format {
        Format::Json => {
            let mut text = serde_json::to_string_pretty(&results.json).map_err(|error| Error::Internal(error.to_string()))?;
            text.push('\n');
            output.report(text.as_bytes())?;
            // the array has no room for what keeps modules from being run
            let text = Output { format: Format::Concise, quiet: true, ..output.clone() };
            let report = Report { tests: None, ..report };
            output::print_error(&super::session::render(&text, &report)?);
            Ok(())
        }
        Format::Pretty | Format::Concise if args.verbose => {
            let mut text = verbose(&results.results).into_bytes();
            text.extend(super::session::render(output, &report)?);
            output.report(&text)
        }
        _ => output.report(&super::session::render(output, &report)?),
    }
}

/// Each test with its cases and what it printed.
fn verbose(results: &[TestResult]) -> String {
    let mut out = String::new();
    for result in results {
        let micros = result.duration_ns / 1_000;
        let word = match result.verdict {
            Verdict::Pass => "PASS",
            Verdict::Fail => "FAIL",
            Verdict::Error => "ERROR",
            Verdict::Skip => "SKIPPED",
        };
        out += &format!("{}: {word} ({}.{:03}ms)\n", visible(&full_name(result)), micros / 1_000, micros % 1_000);
        sub_lines(&result.sub_results, 1, &mut out);
        for line in result.output.lines().filter(|_| result.verdict != Verdict::Fail && result.verdict != Verdict::Error) {
            out += &format!("  | {}\n", visible(line));
        }
    }
    out
}

fn full_name(result: &TestResult) -> String {
    if result.is_case { format!("{}: {}", result.package, result.name) } else { format!("{}.{}", result.package, result.name) }
}

fn sub_lines(results: &test::SubResults, depth: usize, out: &mut String) {
    for (name, result) in results {
        let word = if result.fail { "FAIL" } else { "PASS" };
        *out += &format!("{}{}: {word}\n", "  ".repeat(depth), visible(name));
        sub_lines(&result.sub_results, depth + 1, out);
    }
}

/// Runs the tests of a job; `None` where it has none. `roots` are the given paths, which data documents are placed by.
///
/// # Errors
/// A process that cannot be started, or that dies before it runs a test.
pub(crate) fn of_job(job: &Job, limits: &Limits, roots: &[PathBuf]) -> Result<Option<TestRun>, Error> {
    let mut findings = Vec::new();
    let cases = case_files(job, &mut findings);
    // a text without these letters declares no test
    let finder = memchr::memmem::Finder::new("test_");
    let has_tests = job.files.files.iter().any(|file| match &file.content {
        Content::Text(text) => file.file.kind == FileKind::Rego && finder.find(text.as_bytes()).is_some(),
        _ => false,
    });
    if !has_tests && cases.is_empty() {
        return Ok((!findings.is_empty()).then(|| finish(Vec::new(), findings, Vec::new())));
    }
    let (data, skipped) = documents(job, roots);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let request = Request {
        job: test::Job {
            modules: modules(job),
            data,
            cases,
            capabilities: limits.capabilities.clone(),
            filter: limits.filter.clone(),
            timeout_ms: u64::try_from(limits.timeout.as_millis()).unwrap_or(u64::MAX),
            now_ns: i64::try_from(since.as_nanos()).unwrap_or(i64::MAX),
            seed: u64::from(since.subsec_nanos()),
            cover: limits.cover,
        },
        only: None,
        threads: limits.jobs.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from),
        max_memory: limits.max_memory,
    };
    let Supervised { problems, results, lines, cut } = supervise(request, limits)?;
    let by_path: BTreeMap<&str, SourceId> = job.texts.sources.iter().map(|(id, file)| (file.path.as_str(), id)).collect();
    findings.extend(problems.iter().filter(|problem| problem.code != "rego_parse_error").map(|problem| refused(problem, &by_path)));
    Ok(Some(TestRun { lines, cut, ..finish(results, findings, skipped) }))
}

fn finish(results: Vec<TestResult>, findings: Vec<Diagnostic>, skipped: Vec<Skipped>) -> TestRun {
    let failed = results.iter().any(|result| matches!(result.verdict, Verdict::Fail | Verdict::Error));
    let rows = results.iter().map(row).collect();
    TestRun { rows, json: test::report(&results), failed, results, findings, skipped, ..TestRun::default() }
}

/// What keeps a module from being run, as a finding at its place.
fn refused(problem: &Problem, by_path: &BTreeMap<&str, SourceId>) -> Diagnostic {
    let place = match by_path.get(problem.path.as_str()) {
        Some(source) => Place::At(Location { source: *source, span: Span::new(problem.start, problem.end) }),
        None => Place::Run,
    };
    Diagnostic::new("compile-error", "compile", Severity::Error, place, format!("{}: {}", problem.code, problem.message))
        .with_help("OPA refuses the module too; tests that depend on it have no verdict")
}

fn syntax_errors(job: &Job) -> Vec<Diagnostic> {
    let texts = job.texts.rego_files().iter().map(|input| (input, job.texts.sources.get(input.source).text.clone()));
    texts
        .flat_map(|(input, text)| super::findings::syntax_errors(input.source, &crate::syntax::rego::parse_auto(text, input.version)))
        .collect()
}

fn modules(job: &Job) -> Vec<ModuleText> {
    job.texts
        .rego_files()
        .iter()
        .map(|input| {
            let file = job.texts.sources.get(input.source);
            let version = input.version.unwrap_or_else(|| crate::syntax::rego::parse_auto(Arc::clone(&file.text), None).version);
            ModuleText { path: file.path.clone(), text: file.text.to_string(), v0: version == Version::V0 }
        })
        .collect()
}

/// The case files of a job with the files that they name; mistakes in them are findings.
fn case_files(job: &Job, findings: &mut Vec<Diagnostic>) -> Vec<CaseFile> {
    let known: BTreeMap<&str, &Arc<str>> = job.texts.sources.iter().map(|(_, file)| (file.path.as_str(), &file.text)).collect();
    let mut out = Vec::new();
    for ((id, source), file) in job.texts.sources.iter().zip(&job.files.files).filter(|(_, file)| file.file.kind == FileKind::Cases) {
        let Content::Text(text) = &file.content else { continue };
        let read = |path: &str| known.get(path).map(|text| Arc::clone(text)).or_else(|| std::fs::read_to_string(path).ok().map(Arc::from));
        let (cases, mistakes) = cases::read(id, &source.path, text, &read);
        findings.extend(mistakes.into_iter().filter(|_| file.file.reported));
        let named = cases.iter().flat_map(|case| &case.files);
        let files = named.filter_map(|path| Some((path.clone(), read(path)?.to_string()))).collect();
        out.push(CaseFile { path: source.path.clone(), text: text.to_string(), files });
    }
    out
}

/// The data documents of a job as one JSON object, and those that are left out.
fn documents(job: &Job, roots: &[PathBuf]) -> (String, Vec<Skipped>) {
    let roots: Vec<String> = roots.iter().map(|root| display_name(root)).collect();
    let files = job.files.files.iter().filter(|file| file.file.kind == FileKind::Data).filter_map(|file| {
        let Content::Text(text) = &file.content else { return None };
        let root = roots.get(file.file.root).map_or(".", String::as_str);
        let under = if file.file.named { Vec::new() } else { data::keys_under(root, &file.file.name) };
        Some(data::DataFile { path: &file.file.name, under, text })
    });
    let merged = data::merge(files);
    let skipped = merged.skipped.into_iter().map(|(path, reason)| Skipped { path, reason: format!("not part of `data`: {reason}") });
    (crate::eval::to_json(&merged.value), skipped.collect())
}

fn row(result: &TestResult) -> TestRow {
    let mut message: Vec<String> = Vec::new();
    if let Some(error) = &result.error {
        message.push(format!("{}: {}", error.code, error.message));
        message.extend(error.at.as_ref().map(|at| format!("at {}:{}:{}", at.path, at.row, at.column)));
    }
    message.extend(result.diff.iter().cloned());
    failed_cases(&result.sub_results, "", &mut message);
    TestRow {
        suite: result.package.clone(),
        name: result.name.clone(),
        classname: if result.is_case { String::new() } else { result.package.clone() },
        seconds: Duration::from_nanos(result.duration_ns).as_secs_f64(),
        verdict: match result.verdict {
            Verdict::Pass => RowVerdict::Passed,
            Verdict::Fail => RowVerdict::Failed,
            Verdict::Error => RowVerdict::Error,
            Verdict::Skip => RowVerdict::Skipped,
        },
        message: message.join("\n"),
        output: result.output.clone(),
        path: result.at.path.clone(),
        line: result.at.row,
    }
}

fn failed_cases(results: &test::SubResults, prefix: &str, message: &mut Vec<String>) {
    for (name, result) in results.iter().filter(|(_, result)| result.fail) {
        if result.sub_results.is_empty() {
            message.push(format!("case `{prefix}{name}` failed"));
        } else {
            failed_cases(&result.sub_results, &format!("{prefix}{name} / "), message);
        }
    }
}

/// Records the decisions of fixture cases that do not decide as expected; gives file and name of those that now do.
fn update(session: &Session, job: &Job, results: &[TestResult]) -> Result<Vec<(String, String)>, Error> {
    let tree = session.tree();
    let mut recorded = Vec::new();
    for file in job.files.files.iter().filter(|file| file.file.kind == FileKind::Cases && file.file.path.as_os_str() != "-") {
        let (Content::Text(text), path) = (&file.content, &file.file.name) else { continue };
        let mut decisions = Vec::new();
        for result in results.iter().filter(|result| result.is_case && result.at.path == *path) {
            let Some(decision) = &result.decision else { continue };
            let value = decision.as_deref().map(from_json).transpose();
            decisions.push((result.name.clone(), value.map_err(|error| Error::Internal(format!("{error:?}")))?));
        }
        if decisions.is_empty() {
            continue;
        }
        let read = |path: &str| std::fs::read_to_string(path).ok().map(Arc::from);
        let new = record::record(path, text, &read, &decisions);
        for (at, why) in &new.refused {
            let name = decisions.get(*at).map_or("", |(name, _)| name.as_str());
            session.output.note(&format!("note: {path}: the decision of `{name}` is not recorded: {why}"));
        }
        if new.text != **text {
            write::replace(&file.file.path, text, &new.text, &tree)?;
        }
        let refused: Vec<usize> = new.refused.iter().map(|(at, _)| *at).collect();
        let done = decisions.iter().enumerate().filter(|(at, _)| !refused.contains(at));
        recorded.extend(done.map(|(_, (name, _))| (path.clone(), name.clone())));
    }
    if !recorded.is_empty() {
        session.output.note(&format!("{} decision{} recorded", recorded.len(), if recorded.len() == 1 { "" } else { "s" }));
    }
    Ok(recorded)
}
