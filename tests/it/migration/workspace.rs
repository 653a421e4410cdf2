//! Our own repository of v0 policies with tests: all that a migration rewrites, and nothing means something else afterwards.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::cli::Scene;

const TESTS: usize = 16;

fn workspace() -> Scene {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/migrate/workspace");
    let scene = Scene::new(&[]);
    for entry in walkdir::WalkDir::new(&root) {
        let entry = entry.expect("entry");
        if entry.file_type().is_file() {
            let path = entry.path().strip_prefix(&root).expect("below").to_str().expect("a name of ours").to_owned();
            scene.write(&path, std::fs::read(entry.path()).expect("readable"));
        }
    }
    scene
}

#[track_caller]
fn tests_pass(scene: &Scene, version: &str) {
    let run = scene.run(&["test", "--no-config", "--rego-version", version, "."]).expect(0);
    assert!(run.stdout.contains(&format!("{TESTS} tests passed")), "{version}: {}", run.stdout);
}

fn migrate(scene: &Scene, args: &[&str], code: i32) -> Value {
    let run = scene.run(&[&["fmt", "--no-config", "--report", "--format", "json", "--migrate"], args].concat()).expect(code);
    let value: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let schema = ztctl::report::migration::migration_schema();
    crate::assess::reports::check(&schema, &schema, &value, "report");
    value
}

fn number(report: &Value, kind: &str, state: &str) -> u64 {
    report["summary"]["steps"][kind][state].as_u64().unwrap_or(0)
}

#[test]
fn tests_pass_before_and_after() {
    tests_pass(&workspace(), "v0");
    for target in ["both", "v1"] {
        let scene = workspace();
        let report = migrate(&scene, &[target, "--unsafe-fixes"], 0);
        assert_eq!(report["summary"]["left"], 0, "{report:#}");
        for kind in ["deprecated-builtin", "rule-name", "variable-name", "duplicate-import", "shadowed-document", "renamed-use"] {
            assert!(number(&report, kind, "done") > 0, "{kind}: {report:#}");
        }
        tests_pass(&scene, "v1");
        if target == "both" {
            tests_pass(&scene, "v0");
        }
        opa_is_content(scene.root(), target);
        // there is nothing left to do
        let again = migrate(&scene, &[target, "--unsafe-fixes", "--check"], 0);
        assert_eq!(again["summary"]["states"]["unchanged"], 8, "{again:#}");
    }
}

#[test]
fn what_is_unsafe_waits_and_what_is_migrated_still_passes() {
    let scene = workspace();
    let report = migrate(&scene, &["both"], 1);
    assert!(number(&report, "rule-name", "unsafe") > 0, "{report:#}");
    let states = &report["summary"]["states"];
    assert!(states["rewritten"].as_u64() > Some(0) && states["unsafe"].as_u64() > Some(0), "{states}");
    // v0 reads what is migrated beside what is not
    tests_pass(&scene, "v0");
    let run = scene.run(&["fmt", "--no-config", "--migrate", "both", "--check", "."]).expect(1);
    assert!(run.stderr.contains("need `--unsafe-fixes`") && run.stderr.contains("(--unsafe-fixes)"), "{}", run.stderr);
    // what was left is migrated later
    migrate(&scene, &["v1", "--unsafe-fixes"], 0);
    tests_pass(&scene, "v1");
}

/// The result is what `opa fmt` leaves as it is.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn opa_is_content(root: &Path, target: &str) {
    let Some(opa) = std::env::var_os("HOME").map(|home| PathBuf::from(home).join("go/bin/opa")).filter(|opa| opa.exists()) else {
        return eprintln!("skipped: no opa");
    };
    let modes: &[&[&str]] = if target == "both" { &[&["--v0-v1"], &[]] } else { &[&[], &["--drop-v0-imports"]] };
    for mode in modes {
        let output = Command::new(&opa).arg("fmt").arg("-l").args(*mode).arg(root).output().expect("opa runs");
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        assert!(output.status.success() && said.is_empty(), "{mode:?}: {said}");
    }
}
