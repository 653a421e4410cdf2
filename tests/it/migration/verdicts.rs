//! Real repositories: `opa test` says the same before and after a migration.
//!
//! `ZTCTL_CORPORA` lists folders, separated by `:`. They are copied, never written.

use crate::support::opa;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What one run of `opa test` said: package and name of each test with what became of all tests of that name.
type Verdicts = BTreeMap<(String, String), Vec<&'static str>>;

/// Folders that load by themselves and hold tests.
struct Group {
    /// Below the root.
    dir: PathBuf,
    v0: bool,
    /// Whether data documents are left out.
    rego_only: bool,
    verdicts: Verdicts,
}

fn count(verdicts: &Verdicts) -> usize {
    verdicts.values().map(Vec::len).sum()
}

/// `None` where opa refuses to load the folder.
fn opa_test(opa: &Path, root: &Path, dir: &Path, v0: bool, rego_only: bool) -> Option<Verdicts> {
    let mut command = Command::new(opa);
    command.args(["test", "--format", "json", "--timeout", "60s"]).current_dir(root);
    if v0 {
        command.arg("--v0-compatible");
    }
    if rego_only {
        command.args(["--ignore", "*.json", "--ignore", "*.yaml", "--ignore", "*.yml"]);
    }
    let output = command.arg(if dir.as_os_str().is_empty() { Path::new(".") } else { dir }).output().expect("opa runs");
    let results: Value = serde_json::from_slice(&output.stdout).ok()?;
    let verdict = |test: &Value| match test {
        test if test.get("error").is_some_and(|error| !error.is_null()) => "error",
        test if test["fail"] == true => "fail",
        test if test["skip"] == true => "skip",
        _ => "pass",
    };
    let text = |test: &Value, key: &str| test[key].as_str().unwrap_or_default().to_owned();
    let mut verdicts = Verdicts::new();
    for test in results.as_array().into_iter().flatten() {
        // tests of one name are numbered as they end: `test_x#01`
        let name = text(test, "name").split('#').next().unwrap_or_default().to_owned();
        verdicts.entry((text(test, "package"), name)).or_default().push(verdict(test));
    }
    verdicts.values_mut().for_each(|all| all.sort_unstable());
    Some(verdicts)
}

/// The largest folders that load.
fn groups(opa: &Path, root: &Path, dir: &Path, found: &mut Vec<Group>) {
    let has_rego = walkdir::WalkDir::new(root.join(dir)).into_iter().flatten().any(|entry| is(entry.path(), &["rego"]));
    if !has_rego {
        return;
    }
    for (v0, rego_only) in [(false, false), (false, true), (true, false), (true, true)] {
        if let Some(verdicts) = opa_test(opa, root, dir, v0, rego_only) {
            if !verdicts.is_empty() {
                found.push(Group { dir: dir.to_owned(), v0, rego_only, verdicts });
            }
            return;
        }
    }
    let mut folders: Vec<PathBuf> = fs::read_dir(root.join(dir)).expect("a folder").map(|entry| entry.expect("entry").path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    for folder in folders {
        groups(opa, root, folder.strip_prefix(root).expect("below the root"), found);
    }
}

fn is(path: &Path, extensions: &[&str]) -> bool {
    path.extension().and_then(|extension| extension.to_str()).is_some_and(|extension| extensions.contains(&extension))
}

/// Rego and data, nothing else.
fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from).into_iter().flatten().filter(|entry| entry.file_type().is_file()) {
        let path = entry.path();
        if is(path, &["rego", "json", "yaml", "yml"]) || path.file_name().is_some_and(|name| name == ".manifest") {
            let target = to.join(path.strip_prefix(from).expect("below"));
            fs::create_dir_all(target.parent().expect("a folder")).expect("made");
            fs::copy(path, target).expect("copied");
        }
    }
}

/// All files of Rego.
fn contents(root: &Path) -> BTreeMap<PathBuf, String> {
    let entries = walkdir::WalkDir::new(root).into_iter().flatten().filter(|entry| is(entry.path(), &["rego"]));
    let paths = entries.filter(|entry| entry.file_type().is_file()).map(|entry| entry.path().to_owned());
    paths.map(|path| (path.strip_prefix(root).expect("below").to_owned(), fs::read_to_string(&path).unwrap_or_default())).collect()
}

/// Migrates a copy; the report.
fn migrate(root: &Path, args: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ztctl"));
    command.args(["fmt", "--no-config", "--report", "--format", "json", "--migrate"]).args(args).arg(".").current_dir(root);
    let output = command.output().expect("ztctl runs");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn tests_of_real_repositories_say_the_same_after_a_migration() {
    let Some(roots) = std::env::var_os("ZTCTL_CORPORA") else { return eprintln!("skipped: `ZTCTL_CORPORA` is not set") };
    let Some(opa) = opa() else { return };
    let mut wrong = Vec::new();
    for root in std::env::split_paths(&roots) {
        let before = tempfile::tempdir().expect("folder");
        copy(&root, before.path());
        let mut found = Vec::new();
        groups(&opa, before.path(), Path::new(""), &mut found);
        let tests: usize = found.iter().map(|group| count(&group.verdicts)).sum();
        eprintln!("{}: {} folders, {tests} tests", root.display(), found.len());
        let mut texts = Vec::new();
        for args in [&["both"][..], &["both", "--unsafe-fixes"], &["v1"], &["v1", "--unsafe-fixes"]] {
            let after = tempfile::tempdir().expect("folder");
            copy(&root, after.path());
            let report = migrate(after.path(), args);
            let result = contents(after.path());
            if texts.contains(&result) {
                eprintln!("  {args:?}: as before");
                continue;
            }
            texts.push(result);
            let (mut same, mut left) = (0, 0);
            for group in &found {
                for v0 in [false, true].into_iter().filter(|v0| !v0 || args[0] == "both" && group.v0) {
                    match opa_test(&opa, after.path(), &group.dir, v0, group.rego_only) {
                        Some(verdicts) if verdicts == group.verdicts => same += count(&verdicts),
                        // what a refused file keeps from v1 is not loaded as v1
                        None if !v0 && is_left(&report, &group.dir) => left += count(&group.verdicts),
                        verdicts => wrong.push(difference(&root, args, v0, group, verdicts)),
                    }
                }
            }
            eprintln!("  {args:?}: {same} verdicts the same, {left} in folders with refused files; {}", report["summary"]["states"]);
            for text in report["texts"].as_array().into_iter().flatten().filter(|text| text["state"] == "defect") {
                wrong.push(format!("{} {args:?}: {} {}", root.display(), text["path"], text["left"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether a file of a folder was refused.
fn is_left(report: &Value, dir: &Path) -> bool {
    let refused = ["held", "unsafe", "manual", "syntax-error", "defect"];
    report["texts"].as_array().into_iter().flatten().any(|text| {
        let path = Path::new(text["path"].as_str().unwrap_or_default());
        path.starts_with(dir) && text["state"].as_str().is_some_and(|state| refused.contains(&state))
    })
}

fn difference(root: &Path, args: &[&str], v0: bool, group: &Group, verdicts: Option<Verdicts>) -> String {
    let place = format!("{}/{} {args:?} as v{}", root.display(), group.dir.display(), i32::from(!v0));
    let Some(verdicts) = verdicts else { return format!("{place}: opa refuses the result") };
    let names = group.verdicts.keys().chain(verdicts.keys());
    let differ: std::collections::BTreeSet<_> = names.filter(|name| group.verdicts.get(*name) != verdicts.get(*name)).collect();
    let lines: Vec<String> =
        differ.iter().map(|name| format!("{name:?}: {:?} was {:?}", verdicts.get(*name), group.verdicts.get(*name))).collect();
    format!("{place}: {} differ\n  {}", lines.len(), lines.join("\n  "))
}
