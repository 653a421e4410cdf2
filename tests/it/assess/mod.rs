//! Levels, evidence and reports of `assess`.

mod archetypes;
mod arithmetic;
mod audit;
mod clauses;
mod cli;
mod credentials;
mod customers;
mod disqualifiers;
mod explain;
mod formats;
mod inventory;
mod leftovers;
mod logins;
mod merge;
mod metamorphic;
mod mutations;
mod network;
mod organise;
mod parts;
mod plans;
mod policy_tests;
mod reader;
pub(crate) mod reports;
mod runbook;
mod sources;
mod templated;
mod terraform;
mod traps;
mod waivers;

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use ztctl::assess::policy_tests::{Ending, PolicyTests, RanTest, TestEvidence, TextFile, is_wanted};
use ztctl::assess::program::{TextFacts, TextKind};
use ztctl::assess::{Assessment, Input, Leaks, Papers, RegoFile, Settings, assess};
use ztctl::diag::Date;
use ztctl::syntax::rego::parse_auto;
use ztctl::test::{Event, Job, ModuleText, Request, Supervisor, Verdict, run};
use ztctl::text::SourceId;

use crate::support::Sample;

/// The day of all tests.
pub(crate) fn today() -> Date {
    Date::new(2026, 11, 21).expect("a day")
}

/// Assesses files in memory; policy tests are not run.
pub(crate) fn assessed<P: AsRef<str>, T: AsRef<str>>(files: &[(P, T)], settings: &Settings) -> Assessment {
    assessed_with(files, settings, &PolicyTests::NotRun)
}

/// Assesses files in memory with what a run of their tests gave.
pub(crate) fn assessed_with<P: AsRef<str>, T: AsRef<str>>(files: &[(P, T)], settings: &Settings, tests: &PolicyTests) -> Assessment {
    assessed_at(files, settings, tests, ".")
}

/// Assesses files in memory that lie below the folder of the run.
pub(crate) fn assessed_below(files: &[(&str, &str)], root: &str) -> Assessment {
    assessed_at(files, &Settings::default(), &PolicyTests::NotRun, root)
}

fn assessed_at<P: AsRef<str>, T: AsRef<str>>(files: &[(P, T)], settings: &Settings, tests: &PolicyTests, root: &str) -> Assessment {
    with_input(files, settings, tests, root, assess)
}

/// Calls `act` with what assesses files in memory.
pub(crate) fn with_input<P: AsRef<str>, T: AsRef<str>, R>(
    files: &[(P, T)],
    settings: &Settings,
    tests: &PolicyTests,
    root: &str,
    act: impl FnOnce(&Input<'_>) -> R,
) -> R {
    let wanted = files.iter().filter(|(path, _)| is_wanted(path.as_ref()));
    let texts: Vec<TextFile> = wanted.map(|(path, text)| TextFile { path: path.as_ref().to_owned(), text: text.as_ref().into() }).collect();
    let traces: Vec<_> = files.iter().filter_map(|(path, text)| ztctl::assess::traces::read(path.as_ref(), text.as_ref())).collect();
    let programs: Vec<TextFacts> = files.iter().filter_map(|(path, text)| TextFacts::read(path.as_ref(), text.as_ref())).collect();
    let sample = Sample::new(files.iter().map(|(path, text)| (path.as_ref(), text.as_ref())), None);
    let rego: Vec<RegoFile> = sample
        .rego
        .iter()
        .map(|input| RegoFile::new(&sample.sources, input.source, &parse_auto(sample.sources.get(input.source).text.clone(), None)))
        .collect();
    let is_attestations = |id: &SourceId| sample.sources.get(*id).path == ".ztctl/attestations.yaml";
    let attestations: Vec<SourceId> = sample.sources.iter().map(|(id, _)| id).filter(is_attestations).collect();
    let is_waivers = |id: &SourceId| sample.sources.get(*id).path == ".ztctl/waivers.yaml";
    let waivers: Vec<SourceId> = sample.sources.iter().map(|(id, _)| id).filter(is_waivers).collect();
    act(&Input {
        sources: &sample.sources,
        manifests: &sample.manifests,
        rego: &rego,
        findings: &[],
        waivers: &waivers,
        papers: Papers { attestations: &attestations, ..Papers::default() },
        settings,
        roots: &[root.to_owned()],
        as_of: today(),
        target: "sample",
        scanned: files.len(),
        skipped: &[],
        leaks: Leaks { found: &sample.leaks, ..Leaks::default() },
        has_sources: programs.iter().any(|text| text.kind == TextKind::Source),
        policy_tests: tests,
        traces: &traces,
        texts: &texts,
        programs: &programs,
    })
}

/// Runs the Rego tests among the files, as the command does.
pub(crate) fn tests_of<P: AsRef<str>, T: AsRef<str>>(files: &[(P, T)]) -> PolicyTests {
    let rego = files.iter().filter(|(path, _)| path.as_ref().ends_with(".rego"));
    let modules =
        rego.map(|(path, text)| ModuleText { path: path.as_ref().to_owned(), text: text.as_ref().to_owned(), v0: false }).collect();
    let job = Job {
        modules,
        data: "{}".to_owned(),
        cases: Vec::new(),
        capabilities: None,
        filter: None,
        timeout_ms: 10_000,
        now_ns: 0,
        seed: 1,
        cover: true,
    };
    let request = Request { job, only: None, threads: 1, max_memory: 0 };
    let events: Mutex<Vec<Event>> = Mutex::default();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).stack_size(ztctl::eval::STACK_SIZE).build().expect("a pool");
    pool.install(|| run(&request, &|event| events.lock().expect("no panic").push(event))).expect("a job that runs");
    let mut supervisor = Supervisor::new();
    for event in events.into_inner().expect("no panic") {
        supervisor.take(event, std::time::Instant::now());
    }
    let lines = supervisor.lines();
    let (_, results) = supervisor.finish();
    let ending = |verdict| match verdict {
        Verdict::Pass => Ending::Passed,
        Verdict::Fail => Ending::Failed,
        Verdict::Error => Ending::Error,
        Verdict::Skip => Ending::Skipped,
    };
    let tests = results
        .iter()
        .map(|result| RanTest {
            name: result.name.clone(),
            path: result.at.path.clone(),
            line: result.at.row,
            ending: ending(result.verdict),
            is_case: result.is_case,
        })
        .collect();
    PolicyTests::Ran(TestEvidence { tests, lines, cut: false })
}

/// The files of an archetype, by path below its folder.
pub(crate) fn archetype(name: &str) -> Vec<(String, String)> {
    fn walk(root: &Path, dir: &Path, out: &mut Vec<(String, String)>) {
        let mut entries: Vec<PathBuf> = std::fs::read_dir(dir).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                walk(root, &path, out);
            } else {
                let name = path.strip_prefix(root).expect("below").to_string_lossy().replace('\\', "/");
                out.push((name, std::fs::read_to_string(&path).expect("a text")));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/assess").join(name);
    let mut out = Vec::new();
    walk(&root, &root, &mut out);
    assert!(!out.is_empty(), "{name} has no files");
    out
}

/// The status of a criterion over the scopes that count.
pub(crate) fn status(assessment: &Assessment, id: &str) -> &'static str {
    assessment.verdict(id).expect("a criterion").status.as_str()
}
