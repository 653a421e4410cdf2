//! Whether policy code is tested: by tests that hold, reach it, and run in a pipeline that fails with them.

use std::collections::BTreeMap;

use super::super::Scene;
use super::steps::{self, Job};
use crate::assess::RegoFile;
use crate::assess::fact::Fact;
use crate::assess::observe::{Observer, Reach, Spot, Subject};
use crate::assess::policy_tests::{Ending, PolicyTests, TestEvidence};
use crate::assess::status::Strength;
use crate::assess::world::is_sample;

/// The share of lines that tests reach, in percent.
const ENOUGH: usize = 80;

pub(super) fn observe(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    let mut packages: BTreeMap<&str, Vec<&RegoFile>> = BTreeMap::new();
    for file in scene.rego.iter().filter(|file| !is_sample(&file.path, scene.roots) && !file.is_test && !file.is_embedded) {
        packages.entry(&file.package).or_default().push(file);
    }
    // libraries hold no decisions
    packages.retain(|_, files| files.iter().any(|file| file.decides || !file.defaults.is_empty()));
    if packages.is_empty() {
        return;
    }
    let jobs = steps::jobs(scene, observer);
    for (package, files) in packages {
        let who = Subject::new("", "Package", package);
        let tests: Vec<&RegoFile> = scene.rego.iter().filter(|other| other.tests > 0 && other.covers(package)).collect();
        let judged = judge(scene, package, &files, &tests).or_else(|| in_pipeline(scene, &files, &tests, &jobs));
        let found = judged.unwrap_or_else(|| {
            Found::new(Fact::PolicyTestsInCi, None, "it has tests, and a pipeline runs them; whether they pass needs a run".to_owned())
        });
        let at = files.iter().map(|file| &file.at).next();
        let observation = observer.add(found.fact, who, &Reach::everywhere(), at, found.detail);
        observation.strength = found.strength;
        if found.spot.is_some() {
            observation.spot = found.spot;
        }
        if matches!(found.fact, Fact::PolicyUntested | Fact::PolicyCoverageLow) {
            observation.patch = patch(package);
        }
    }
}

struct Found {
    fact: Fact,
    spot: Option<Spot>,
    detail: String,
    strength: Strength,
}

impl Found {
    fn new(fact: Fact, spot: Option<Spot>, detail: String) -> Self {
        Self { fact, spot, detail, strength: Strength::PARSED }
    }
}

/// What a run of the tests says; `None` where nothing speaks against the package, or nothing was run.
fn judge(scene: &Scene<'_>, package: &str, files: &[&RegoFile], tests: &[&RegoFile]) -> Option<Found> {
    let untested = || Found::new(Fact::PolicyUntested, None, "no test refers to the package".to_owned());
    let evidence = match scene.policy_tests {
        PolicyTests::NotRun => return tests.is_empty().then(untested),
        PolicyTests::Ran(evidence) if evidence.cut => return tests.is_empty().then(untested),
        PolicyTests::Ran(evidence) => evidence,
    };
    if let Some(failed) = failed(evidence, tests) {
        return Some(failed);
    }
    let (reached, all) = lines(evidence, files);
    let passed = evidence
        .tests
        .iter()
        .any(|test| test.ending == Ending::Passed && (test.is_case || tests.iter().any(|file| file.path == test.path)));
    if reached == 0 && (all > 0 || tests.is_empty()) || !passed {
        let detail = if tests.is_empty() { "no test refers to the package" } else { "no test that passes reaches a rule of the package" };
        return Some(Found::new(Fact::PolicyUntested, None, format!("{detail} (`{package}`)")));
    }
    let share = (reached * 100).checked_div(all).unwrap_or(100);
    (share < ENOUGH).then(|| {
        let first = evidence.lines.iter().find_map(|(path, lines)| {
            let own = files.iter().any(|file| file.path == *path);
            let line = *lines.iter().find(|(_, reached)| own && !**reached)?.0;
            Some(Spot { path: path.clone(), line, column: 1, end_line: line })
        });
        Found::new(Fact::PolicyCoverageLow, first, format!("tests reach {reached} of {all} lines ({share} %)"))
    })
}

/// The first test of the package that fails or has no verdict.
fn failed(evidence: &TestEvidence, tests: &[&RegoFile]) -> Option<Found> {
    let own = |path: &str| tests.iter().any(|file| file.path == path);
    let bad = evidence.tests.iter().find(|test| matches!(test.ending, Ending::Failed | Ending::Error) && own(&test.path))?;
    let word = if bad.ending == Ending::Failed { "fails" } else { "cannot be evaluated" };
    let line = bad.line.max(1);
    let spot = Spot { path: bad.path.clone(), line, column: 1, end_line: line };
    Some(Found { strength: Strength::RENDERED, ..Found::new(Fact::PolicyTestsFail, Some(spot), format!("`{}` {word}", bad.name)) })
}

/// How many lines of the package's modules tests reach, and how many there are.
fn lines(evidence: &TestEvidence, files: &[&RegoFile]) -> (usize, usize) {
    let of = files.iter().filter_map(|file| evidence.lines.get(&file.path)).flatten();
    of.fold((0, 0), |(reached, all), (_, hit)| (reached + usize::from(*hit), all + 1))
}

/// What pipelines say; `None` where one runs the tests but no run of them was seen.
fn in_pipeline(scene: &Scene<'_>, files: &[&RegoFile], tests: &[&RegoFile], jobs: &[Job]) -> Option<Found> {
    let below = |path: &str| {
        let root = scene.roots.first().map_or("", |root| root.trim_end_matches('/'));
        if root.is_empty() || root == "." {
            path.to_owned()
        } else {
            path.strip_prefix(root).unwrap_or(path).trim_start_matches('/').to_owned()
        }
    };
    let of_tests: Vec<String> = tests.iter().map(|file| below(&file.path)).collect();
    let of_package: Vec<String> = files.iter().map(|file| below(&file.path)).collect();
    let reads = |dirs: &[String]| {
        dirs.iter().any(|dir| {
            let inside = |path: &String| {
                dir.is_empty()
                    || path == dir
                    || path.strip_prefix(dir.as_str()).is_some_and(|rest| rest.starts_with('/') || rest.contains("_test"))
            };
            of_tests.is_empty() || of_tests.iter().any(inside)
        })
    };
    let starts = |job: &&Job| of_package.iter().any(|path| job.trigger.covers(path));
    if let Some(job) = jobs.iter().filter(starts).find(|job| reads(&job.runs.firm)) {
        let PolicyTests::Ran(evidence) = scene.policy_tests else { return None };
        if evidence.cut {
            return None;
        }
        let (reached, all) = lines(evidence, files);
        let share = (reached * 100).checked_div(all).unwrap_or(100);
        let detail = format!("its tests pass and reach {share} % of its lines, and `{}` runs them", job.name);
        return Some(Found { strength: Strength::RENDERED, ..Found::new(Fact::PolicyTested, None, detail) });
    }
    if let Some(job) = jobs.iter().find(|job| reads(&job.runs.lax)) {
        return Some(Found::new(Fact::PolicyTestsIgnored, job.spot.clone(), format!("`{}` runs the tests and cannot fail", job.name)));
    }
    let other = jobs.iter().find(|job| reads(&job.runs.firm)).map(|job| {
        let why = match job.trigger {
            steps::Trigger::Hand => "is not started by changes",
            steps::Trigger::Change(_) => "is not started by changes of the policy: its filter of paths leaves them out",
        };
        (job.spot.clone(), format!("`{}` runs the tests and {why}", job.name))
    });
    let (spot, detail) = other.unwrap_or((None, "it has tests, and no pipeline runs them".to_owned()));
    Some(Found::new(Fact::PolicyTestsNotInCi, spot, detail))
}

/// A test to begin with.
fn patch(package: &str) -> String {
    let name = package.strip_prefix("data.").unwrap_or(package);
    let last = name.rsplit('.').next().unwrap_or(name);
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_')) {
        return String::new();
    }
    format!(
        "package {name}_test\n\nimport data.{name}\n\n# one test for what is allowed, one for each way to be refused\n\
         test_nothing_is_allowed_by_default if not {last}.allow with input as {{}}"
    )
}
