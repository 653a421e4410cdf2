//! Deprecated built-ins: what they become, and that it gives the same values.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::support::opa;
use ztctl::eval::{Limits, Options, Source, Value, compile, from_json};
use ztctl::format::migrate::{Member, Outcome, StepState, migrate};
use ztctl::format::{Target, format};
use ztctl::syntax::rego::{Version, parse};

const HEADER: &str = "package a\n\n";

fn migrated(text: &str, version: Version, target: Target, allow_unsafe: bool) -> Outcome {
    let parsed = parse(text, version);
    assert!(parsed.errors.is_empty(), "{text}\n{:?}", parsed.errors);
    let formatted = format(&parsed, target);
    let member = Member { name: "a.rego", parse: &parsed, said_v1: false, target, formatted: Some(&formatted) };
    migrate(&[member], allow_unsafe).pop().expect("one file, one outcome")
}

/// A text with its header: an import of the result stands right behind the package.
fn whole(lines: &[&str], is_result: bool) -> String {
    let mut text = format!("{HEADER}{}\n", lines.join("\n").trim_end());
    if is_result && !text.contains("import rego.v1") {
        text = text.replacen(HEADER, "package a\n\nimport rego.v1\n\n", 1);
    }
    text
}

#[test]
fn fixtures_become_what_they_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/migrate/builtins.txt");
    let content = fs::read_to_string(path).expect("fixture");
    let mut count = 0;
    let mut failures = String::new();
    for case in content.split("\n@ ").skip(1) {
        let (name, rest) = case.split_once('\n').expect("name and text");
        let lines: Vec<&str> = rest.lines().collect();
        let steps_at = lines.iter().position(|line| line.starts_with("- ")).expect("steps");
        let divider = lines.iter().position(|line| *line == "@@");
        let before = whole(&lines[..divider.unwrap_or(steps_at)], false);
        let outcome = migrated(&before, Version::V0, Target::Both, name.starts_with("[unsafe]"));
        let steps: Vec<String> = outcome.steps.iter().map(|step| format!("- {}: {}", step.state.name(), step.help)).collect();
        let expected: Vec<&str> = lines[steps_at..].iter().copied().filter(|line| !line.is_empty()).collect();
        if steps != expected {
            _ = writeln!(failures, "{name}: steps\n{}", steps.join("\n"));
        }
        match (divider, outcome.text) {
            (Some(divider), Ok(text)) => {
                let expected = whole(&lines[divider + 1..steps_at], true);
                if text != expected {
                    _ = writeln!(failures, "{name}: result\n{text}");
                }
                assert_eq!(migrated(&text, Version::V0, Target::Both, false).text.as_deref(), Ok(text.as_str()), "{name}");
            }
            (None, Err(_)) => assert!(outcome.steps.iter().all(|step| step.state != StepState::Done), "{name}"),
            (_, text) => _ = writeln!(failures, "{name}: {text:?}"),
        }
        count += 1;
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(count > 25, "{count} cases");
}

#[test]
fn v1_files_are_migrated_too() {
    let text = "package a\n\np if any([true, input.x])\n\nq := $\"{any([input.x])}\"\n";
    let outcome = migrated(text, Version::V1, Target::V1Only, false);
    assert_eq!(outcome.text.as_deref(), Ok("package a\n\np if true in [true, input.x]\n\nq := $\"{[true in [input.x]][0]}\"\n"));
}

/// Rules with a call in place of `@`.
const POSITIONS: &[&str] = &[
    "p { @ }",
    "p { not @ }",
    "p = r { r := @ }",
    "p = r { r = @ }",
    "p { not true = @ }",
    "p { not @ == true }",
    "p { not 1 == @ }",
    "p = @",
    "p = r { r := [1, @] }",
    "p = r { r := [@ | true] }",
    "p = r { r := {@ | true} }",
    "p = r { r := {\"k\": @ | true} }",
    "p = r { r := [1 | @] }",
    "p = r { r := [1 | not @] }",
    "p[@] { true }",
    "p[\"k\"] = @ { true }",
    "p = type_name(@)",
    "p { not f(@) }",
    "p = 1 { false } else = @ { true }",
    "p = 1 { input.x == 77 } else = r { r := @ }",
    "p { @ with input.x as [true] }",
    "p = r { r := @ with input.x as {\"a\": true} }",
    "p { q with input.x as @ }",
    "p = r { r := {\"k\": @} }",
    "p = r { r := @ == true }",
    "p = r { r := (@) }",
    "p { every y in [1, 2] { y > 0; @ } }",
    "p { y := [1, 2][_]; y == 1; not @ }",
];

const CALLS: &[&str] = &[
    "any(input.x)",
    "all(input.x)",
    "any([input.x, input.y])",
    "all([input.x, true])",
    "all({input.x, true})",
    "any([v | v := input.x[_]])",
    "all([v | v := input.x[_]])",
    "any({v | v := input.x[_]})",
    "all({v | v := input.x[_]})",
    "all(s)",
    "any(s)",
    "all([])",
    "all(f(input.x))",
    "set_diff({1, true}, input.x)",
    "set_diff(s, s)",
    "re_match(\"a\", input.x)",
    "net.cidr_overlap(\"10.0.0.0/8\", input.x)",
    "cast_string(input.x)",
    "cast_boolean(input.x)",
    "cast_boolean(input.x == input.y)",
    "cast_null(input.x)",
    "cast_object(input.x)",
    "cast_array(input.x)",
    "cast_array(f(input.x))",
    "cast_array(s)",
    "cast_set(input.x)",
    "cast_set(f(input.x))",
    "cast_set([input.x, input.y])",
    "cast_set([v | v := input.x[_]])",
    "any([all([input.x]), cast_boolean(input.y)])",
    "cast_set(cast_array(input.x))",
];

/// Inputs as JSON; the first member of an object `{"set": […]}` stands for a set.
const INPUTS: &[&str] = &[
    r"{}",
    r#"{"x": null, "y": true}"#,
    r#"{"x": true}"#,
    r#"{"x": false, "y": false}"#,
    r#"{"x": 5, "y": 5}"#,
    r#"{"x": "a"}"#,
    r#"{"x": "10.1.2.3", "y": true}"#,
    r#"{"x": []}"#,
    r#"{"x": [true], "y": false}"#,
    r#"{"x": [true, false], "y": true}"#,
    r#"{"x": [1, "a", 1]}"#,
    r#"{"x": {}}"#,
    r#"{"x": {"a": true}, "y": [true]}"#,
    r#"{"x": {"a": false}}"#,
];

fn module(at: usize, position: &str, call: &str) -> String {
    let rule = position.replace('@', call);
    let keywords = "import future.keywords.every\nimport future.keywords.in\n";
    format!("package t.m{at}\n\n{keywords}\ns[v] {{ v := input.x[_] }}\n\nf(x) = x\n\nq {{ input.x }}\n\n{rule}\n")
}

/// What the rule gives for an input, as text; an error has only its code.
fn value(text: &str, version: Version, at: usize, inputs: &[Value]) -> Result<Vec<String>, String> {
    let parsed = parse(text, version);
    if let Some(error) = parsed.errors.first() {
        return Err(format!("parse: {}", error.message));
    }
    let options = Options::default();
    let program = compile(&[Source { path: "t.rego", parse: &parsed }], Value::empty_object(), &options)
        .map_err(|errors| errors.first().map_or(String::new(), |error| error.message.clone()))?;
    let limits = Limits { timeout: Duration::from_secs(20), now_ns: 1, seed: 1 };
    let path: Vec<Value> = vec!["t".into(), format!("m{at}").as_str().into(), "p".into()];
    let values = inputs.iter().map(|input| match program.evaluate(&path, Some(input.clone()), None, &limits).value {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("error {}", error.code),
    });
    Ok(values.collect())
}

fn inputs() -> Vec<Value> {
    let mut inputs: Vec<Value> = INPUTS.iter().map(|json| from_json(json).expect("valid JSON")).collect();
    // arrays as sets
    let sets: Vec<Value> = inputs
        .iter()
        .filter_map(|input| {
            let Value::Object(members) = input else { return None };
            let mut members = (**members).clone();
            let Some(Value::Array(items)) = members.get(&"x".into()) else { return None };
            let set = Value::Set(std::sync::Arc::new(items.iter().cloned().collect()));
            members.insert("x".into(), set);
            Some(Value::Object(std::sync::Arc::new(members)))
        })
        .collect();
    inputs.extend(sets);
    inputs
}

/// All combinations that compile: number, original and result.
fn migrations() -> Vec<(usize, String, String)> {
    let mut all = Vec::new();
    for (at, (position, call)) in POSITIONS.iter().flat_map(|position| CALLS.iter().map(move |call| (position, call))).enumerate() {
        let text = module(at, position, call);
        if let Ok(result) = migrated(&text, Version::V0, Target::Both, false).text {
            all.push((at, text, result));
        }
    }
    all
}

#[test]
fn safe_rewrites_give_the_same_values_for_every_type() {
    let run = || {
        let inputs = inputs();
        let migrations = migrations();
        assert!(migrations.len() > 600, "{}", migrations.len());
        let mut compared = 0;
        for (at, before, after) in &migrations {
            let Ok(expected) = value(before, Version::V0, *at, &inputs) else { continue };
            assert_eq!(value(after, Version::V1, *at, &inputs).as_ref(), Ok(&expected), "{before}\n{after}");
            assert_eq!(value(after, Version::V0, *at, &inputs), Ok(expected), "{before}\n{after}");
            compared += 1;
        }
        assert!(compared > 600, "{compared}");
    };
    let thread = std::thread::Builder::new().stack_size(ztctl::eval::STACK_SIZE).spawn(run);
    thread.expect("a thread can be started").join().expect("the checks hold");
}

fn evaluated(opa: &Path, dir: &Path, input: &str, v0: bool) -> serde_json::Value {
    let input_file = dir.with_extension("input");
    fs::write(&input_file, input).expect("written");
    let mut command = Command::new(opa);
    command.args(["eval", "--format", "json", "data.t", "--data"]).arg(dir).arg("--input").arg(&input_file);
    if v0 {
        command.arg("--v0-compatible");
    }
    let output = command.output().expect("opa runs");
    let result: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(result.get("errors").is_none(), "{input}\n{result}");
    result["result"].clone()
}

#[test]
fn opa_accepts_the_results_and_gives_the_same_values() {
    let Some(opa) = opa() else { return };
    let dir = tempfile::tempdir().expect("temporary folder");
    let (before, after) = (dir.path().join("before"), dir.path().join("after"));
    fs::create_dir(&before).expect("created");
    fs::create_dir(&after).expect("created");
    for (at, old, new) in migrations() {
        // opa's type checker refuses some of the originals
        if ["true = ", "1 == ", "== true }"].iter().any(|compared| POSITIONS[at / CALLS.len()].contains(compared)) {
            continue;
        }
        fs::write(before.join(format!("{at}.rego")), old).expect("written");
        fs::write(after.join(format!("{at}.rego")), new).expect("written");
    }
    let listed = Command::new(&opa).args(["fmt", "--v0-v1", "--list"]).arg(&after).output().expect("opa runs");
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    assert_eq!(String::from_utf8_lossy(&listed.stdout), "", "opa fmt would change these");
    for input in [INPUTS[9], INPUTS[12]] {
        assert_eq!(evaluated(&opa, &before, input, true), evaluated(&opa, &after, input, false), "{input}");
    }
}
