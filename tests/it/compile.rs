//! The compile stages: verdicts of opa on small modules, units, and texts that do not parse.
//!
//! `fixtures/compile/cases.txt` holds modules, each under a line `=== v1 accepted` or `=== v0 refused: <opa's error>`.

use std::fmt::Write as _;
use std::process::Command;

use rayon::prelude::*;
use ztctl::diag::{Date, RuleSettings};
use ztctl::lint::{Commands, RunOptions, Selection};
use ztctl::syntax::rego::Version;

use crate::support::{Sample, opa};

struct Case {
    version: Version,
    accepted: bool,
    /// OPA's first error.
    reason: String,
    text: String,
}

fn cases() -> Vec<Case> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/compile/cases.txt");
    let file = std::fs::read_to_string(path).expect("the cases");
    let case = |part: &str| {
        let (head, text) = part.split_once('\n').expect("a head and a module");
        let (version, verdict) = head.split_once(' ').expect("version and verdict");
        Case {
            version: if version == "v0" { Version::V0 } else { Version::V1 },
            accepted: verdict == "accepted",
            reason: verdict.trim_start_matches("refused: ").to_owned(),
            text: text.to_owned(),
        }
    };
    file.split("=== ").filter(|part| !part.is_empty()).map(case).collect()
}

/// `path:line rule: message` of each finding of the compile group.
fn check(files: &[(&str, &str)], version: Option<Version>) -> Vec<String> {
    let sample = Sample::new(files.iter().copied(), version);
    let options = RunOptions {
        commands: Commands::Lint,
        selection: Selection::parse(&["compile"], &[], &[]).expect("known"),
        preset: None,
        as_of: Date::parse("2026-11-22").expect("a date"),
        capabilities: None,
        schemas: None,
    };
    let result = sample.run(&[RuleSettings::default()], &options);
    let line = |found: &ztctl::diag::Diagnostic| {
        let (path, line) = sample.line(found.place);
        format!("{path}:{line} {}: {}", found.rule, found.message)
    };
    result.diagnostics.iter().map(line).collect()
}

#[test]
fn verdicts_are_those_of_opa() {
    let cases = cases();
    assert!(cases.len() > 150, "{} cases", cases.len());
    let mut wrong = String::new();
    for case in &cases {
        let found = check(&[("case.rego", &case.text)], Some(case.version));
        if found.is_empty() != case.accepted {
            let _ = writeln!(wrong, "opa: {}\nztctl: {found:?}\n{}", if case.accepted { "accepted" } else { &case.reason }, case.text);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn recorded_verdicts_are_what_opa_says() {
    let Some(opa) = opa() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let wrong: Vec<String> = cases()
        .par_iter()
        .enumerate()
        .filter_map(|(at, case)| {
            let path = folder.path().join(format!("{at}.rego"));
            std::fs::write(&path, &case.text).expect("written");
            let mut command = Command::new(&opa);
            command.arg("check").arg(&path);
            if case.version == Version::V0 {
                command.arg("--v0-compatible");
            }
            let output = command.output().expect("opa runs");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let same = output.status.success() == case.accepted && (case.accepted || said.contains(&case.reason));
            (!same).then(|| format!("{} but opa: {said}\n{}", case.reason, case.text))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_rule_with_an_error_hides_no_other_and_causes_none() {
    let text = "package p\n\nf(x) := y if y == x\n\ng if f(1)\n\nh if nope(1)\n\ni if { x := 1; x := 2 }\n";
    let found = check(&[("a.rego", text)], Some(Version::V1));
    let rules: Vec<&str> = found.iter().filter_map(|line| line.split_once(' ')?.1.split_once(':').map(|(rule, _)| rule)).collect();
    assert_eq!(rules, ["unsafe-var", "undefined-function", "redeclared-var"], "{found:?}");
}

#[test]
fn what_a_broken_file_may_define_is_not_missing() {
    let uses = "package p\n\nallow if is_admin\n\nallow if half(input.x)\n\nallow if other(1)\n";
    let broken = "package p\n\nis_admin if input.admin\n\nhalf(x) if {\n";
    let found = check(&[("a.rego", uses), ("b.rego", broken)], Some(Version::V1));
    assert_eq!(found.iter().filter(|line| !line.contains("syntax-error")).count(), 1, "{found:?}");
    assert!(found.iter().any(|line| line.contains("`other`")), "{found:?}");
}

#[test]
fn folders_that_clash_are_units_of_their_own() {
    let one = "package main\n\ndefault allow := false\n\nf(x) := x\n\ng := f(1)\n";
    let two = "package main\n\ndefault allow := true\n\nf(x, y) := x + y\n\ng := f(1, 2)\n";
    let shared = "package lib\n\nh(x) := x\n";
    let uses = "package main\n\nk := data.lib.h(1)\n";
    let files = [("e/one/a.rego", one), ("e/two/a.rego", two), ("e/lib/a.rego", shared), ("e/one/b.rego", uses)];
    assert_eq!(check(&files, Some(Version::V1)), Vec::<String>::new());
    // one folder holds the other: they are loaded together
    let found = check(&[("e/a.rego", one), ("e/two/a.rego", two)], Some(Version::V1));
    assert_eq!(found.len(), 2, "{found:?}");
    // what the other unit defines is not known here
    let alone = "package main\n\ndefault allow := false\n\ng := only_there(1)\n";
    let there = "package main\n\ndefault allow := true\n\nonly_there(x) := x\n";
    let found = check(&[("e/one/a.rego", alone), ("e/two/a.rego", there)], Some(Version::V1));
    assert_eq!(found, ["e/one/a.rego:5 undefined-function: no function is called `only_there`"]);
}

#[test]
fn templates_do_not_see_each_other_nor_files() {
    let template = |name: &str, rego: &str| {
        let rego = rego.replace('\n', "\n        ");
        format!(
            "apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata:\n  name: {name}\nspec:\n  crd:\n    spec:\n      names:\n        kind: X\n  targets:\n    - target: admission.k8s.gatekeeper.sh\n      rego: |\n        {rego}\n"
        )
    };
    let one = template("one", "package k8s\n\ndefault allow = false\n\nf(x) = x\n\nviolation[{\"msg\": m}] { m = f(external_data({})) }");
    let two = template("two", "package k8s\n\ndefault allow = true\n\nviolation[{\"msg\": m}] { m = f(1) }");
    let found = check(&[("one.yaml", &one), ("two.yaml", &two), ("f.rego", "package k8s\n\nf(x) := x\n")], None);
    assert_eq!(found, ["two.yaml:17 undefined-function: no function is called `f`"]);
}

#[test]
fn an_engines_own_builtin_is_said_once() {
    let text = format!("package p\n\n{}", (0..30).map(|at| format!("r{at} := engine.own({at})\n\n")).collect::<String>());
    let found = check(&[("a.rego", &text)], Some(Version::V1));
    assert_eq!(found, ["a.rego:3 undefined-function: no function is called `engine.own`, here and at 29 other places"]);
}

#[test]
fn hostile_texts_take_bounded_time() {
    let mut texts = Vec::new();
    // chains of statements in the wrong order, deep nests, long cycles
    let body: String = (0..1_500).rev().map(|at| format!("\tx{} = x{at}\n", at + 1)).collect();
    texts.push(format!("package p\n\np if {{\n{body}\tx0 = 1\n}}\n"));
    let printed: String = (0..1_500).map(|at| format!("\tx{at} := {at}\n\tprint(x{at})\n")).collect();
    texts.push(format!("package p\n\np if {{\n{printed}}}\n"));
    texts.push(format!("package p\n\np := {}1{}\n", "[".repeat(150), "]".repeat(150)));
    let cycle: String = (0..2_000).map(|at| format!("r{at} if r{}\n\n", (at + 1) % 2_000)).collect();
    texts.push(format!("package p\n\n{cycle}"));
    let started = std::time::Instant::now();
    for text in &texts {
        check(&[("a.rego", text)], Some(Version::V1));
    }
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}
