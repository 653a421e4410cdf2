//! Names that v1 does not have: our fixtures, and opa itself where it is installed.
//!
//! `ZTCTL_UPDATE=1` writes what a migration gives into the fixtures.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::opa;
use serde_json::Value;
use ztctl::format::migrate::{Member, Outcome, migrate};
use ztctl::format::{Refusal, Target, format};
use ztctl::syntax::rego::{Parse, Version, parse};

/// A fixture: files before, and what becomes of them.
struct Case {
    path: PathBuf,
    /// The lines in front of the files.
    head: String,
    /// Names and texts; `_v1` in a name says the version, `_ro` that it is not to be written.
    before: Vec<(String, String)>,
    expected: String,
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/migrate/names");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).expect("fixtures").map(|entry| entry.expect("entry").path()).collect();
    paths.sort();
    paths.into_iter().map(Case::read).collect()
}

impl Case {
    fn read(path: PathBuf) -> Self {
        let content = fs::read_to_string(&path).expect("fixture");
        let (files, expected) = content.split_once("-- steps --\n").expect("steps");
        let mut parts = files.split("\n-- ");
        let head = format!("{}\n", parts.next().expect("head"));
        let file = |part: &str| part.split_once(" --\n").map(|(name, text)| (name.to_owned(), format!("{text}\n"))).expect("file");
        let mut before: Vec<(String, String)> = parts.map(file).collect();
        if let Some((_, text)) = before.last_mut() {
            text.truncate(text.trim_end_matches('\n').len() + 1);
        }
        Self { path, head, before, expected: expected.to_owned() }
    }

    fn name(&self) -> String {
        self.path.file_stem().expect("name").to_string_lossy().into_owned()
    }

    fn migrate(&self) -> Vec<Outcome> {
        migrated(&self.before, !self.head.contains("# safe\n"))
    }
}

fn version(name: &str) -> Version {
    if name.contains("_v1") { Version::V1 } else { Version::V0 }
}

pub(super) fn migrated(files: &[(String, String)], allow_unsafe: bool) -> Vec<Outcome> {
    let parses: Vec<Parse> = files.iter().map(|(name, text)| parse(text.as_str(), version(name))).collect();
    let formatted: Vec<Option<Result<String, Refusal>>> =
        files.iter().zip(&parses).map(|((name, _), parse)| (!name.contains("_ro")).then(|| format(parse, Target::Both))).collect();
    let members: Vec<Member<'_>> = files
        .iter()
        .zip(&parses)
        .zip(&formatted)
        .map(|(((name, _), parse), formatted)| Member { name, parse, said_v1: false, target: Target::Both, formatted: formatted.as_ref() })
        .collect();
    migrate(&members, allow_unsafe)
}

/// The steps, then the texts that changed.
fn shown(files: &[(String, String)], outcomes: &[Outcome]) -> String {
    let mut out = String::new();
    for ((name, before), outcome) in files.iter().zip(outcomes) {
        for step in &outcome.steps {
            let line = before[..step.span.start as usize].matches('\n').count() + 1;
            let (kind, state) = (step.kind.name(), step.state.name());
            // writing to a String cannot fail
            let _ = writeln!(out, "{name}:{line} {kind} {state}: {}; {}", step.message, step.help);
        }
    }
    for ((name, before), outcome) in files.iter().zip(outcomes) {
        let _ = match &outcome.text {
            Ok(text) if text == before => writeln!(out, "-- {name}: the same --"),
            Ok(text) => write!(out, "-- {name}: migrated --\n{text}"),
            Err(_) => writeln!(out, "-- {name}: left alone --"),
        };
    }
    out
}

#[test]
fn fixtures_are_migrated_as_they_say() {
    for case in cases() {
        let found = shown(&case.before, &case.migrate());
        if std::env::var_os("ZTCTL_UPDATE").is_some() {
            let files = case.before.iter().map(|(name, text)| format!("-- {name} --\n{text}"));
            let text = format!("{}{}-- steps --\n{found}", case.head, files.collect::<String>());
            fs::write(&case.path, text).expect("written");
        } else {
            assert_eq!(found, case.expected, "{}", case.name());
        }
    }
}

#[test]
fn what_is_migrated_stays_as_it_is() {
    for case in cases() {
        let outcomes = case.migrate();
        let after = after(&case.before, &outcomes);
        for (((name, text), first), outcome) in after.iter().zip(&outcomes).zip(migrated(&after, false)) {
            if first.text.is_ok() {
                assert_eq!(outcome.text.as_ref().ok(), Some(text), "{} {name}", case.name());
            }
        }
    }
}

/// The texts after a migration.
pub(super) fn after(files: &[(String, String)], outcomes: &[Outcome]) -> Vec<(String, String)> {
    let text = |(before, outcome): (&(String, String), &Outcome)| {
        outcome.text.clone().map_or_else(|_| before.clone(), |text| (before.0.clone(), text))
    };
    files.iter().zip(outcomes).map(text).collect()
}

pub(super) fn write_all(folder: &Path, files: &[(String, String)]) {
    fs::create_dir_all(folder).expect("folder");
    for (name, text) in files {
        fs::write(folder.join(name), text).expect("file");
    }
}

/// All documents of a folder's modules.
pub(super) fn documents(opa: &Path, folder: &Path, v0: bool) -> Result<Value, String> {
    let input = folder.with_extension("input.json");
    fs::write(&input, r#"{"xs": [1, 2, 3], "ys": [1, 5], "in": 7, "if": {"a": 1}, "n": 6, "k": "in", "x": 2, "p": "a"}"#).expect("input");
    let mut command = Command::new(opa);
    command.args(["eval", "--format", "json", "data.names", "--input"]).arg(input).arg("--data").arg(folder);
    if v0 {
        command.arg("--v0-compatible");
    }
    let output = command.output().expect("opa runs");
    let result: Value = serde_json::from_slice(&output.stdout).map_err(|_| String::from_utf8_lossy(&output.stderr).into_owned())?;
    match result.get("errors") {
        Some(errors) => Err(errors.to_string()),
        None => Ok(result["result"][0]["expressions"][0]["value"].clone()),
    }
}

/// Without what a rename adds to names of packages' rules; sets have an order of their own.
pub(super) fn without_renames(value: &Value, depth: usize) -> Value {
    match value {
        Value::Object(map) if depth < 4 => {
            let name = |name: &str| match name.rsplit_once('_') {
                Some((stem @ ("if" | "in" | "every" | "contains" | "input" | "data"), number))
                    if number.parse::<u32>().is_ok() || number.is_empty() =>
                {
                    stem.to_owned()
                }
                _ => name.to_owned(),
            };
            Value::Object(map.iter().map(|(key, value)| (name(key), without_renames(value, depth + 1))).collect())
        }
        other => other.clone(),
    }
}

#[test]
fn opa_reads_the_results_as_it_read_the_originals() {
    let Some(opa) = opa() else { return };
    let root = tempfile::tempdir().expect("folder");
    let mut compared = BTreeMap::new();
    for case in cases() {
        let outcomes = case.migrate();
        let results = after(&case.before, &outcomes);
        // opa formats a result to itself
        let accepted: Vec<(String, String)> = results
            .iter()
            .zip(&outcomes)
            .filter(|((name, _), outcome)| outcome.text.is_ok() && version(name) == Version::V0)
            .map(|((name, text), _)| (format!("{}-{name}", case.name()), text.clone()))
            .collect();
        write_all(&root.path().join("all"), &accepted);
        // what is left alone would not load as v1
        if outcomes.iter().any(|outcome| outcome.text.is_err()) {
            continue;
        }
        let old =
            |files: &[(String, String)]| -> Vec<_> { files.iter().filter(|(name, _)| version(name) == Version::V0).cloned().collect() };
        let (before, after) = (root.path().join(case.name()), root.path().join(format!("{}-after", case.name())));
        write_all(&before, &old(&case.before));
        write_all(&after, &old(&results));
        let wanted = documents(&opa, &before, true);
        let found = [documents(&opa, &after, true), documents(&opa, &after, false)];
        compared.insert(case.name(), wanted.is_ok());
        for found in found {
            let [wanted, found] = [&wanted, &found].map(|documents| documents.as_ref().map(|value| without_renames(value, 0)));
            assert_eq!(found.ok(), wanted.ok(), "{}: {:?}", case.name(), documents(&opa, &after, false));
        }
    }
    assert!(compared.values().filter(|compiles| **compiles).count() >= 4, "{compared:?}");
    let output = Command::new(&opa).args(["fmt", "--v0-v1", "--list"]).arg(root.path().join("all")).output().expect("opa runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}
