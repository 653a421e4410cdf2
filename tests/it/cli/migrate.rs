//! `ztctl fmt --migrate` as somebody meets it who has a repository of v0.

use serde_json::Value;

use super::Scene;

const V0: &str = "package a\n\ndeny[msg] {\n\tinput.x\n\tmsg = \"no\"\n}\n";
const V1: &str = "package a\n\ndeny contains msg if {\n\tinput.x\n\tmsg = \"no\"\n}\n";
/// Two obstacles that people decide on.
const STUCK: &str = "package b\n\np {\n\tx := cast_array(input.a[_])[_]\n\ty := cast_array(input.b[_])[_]\n\tx == y\n}\n";

fn report(scene: &Scene, args: &[&str], code: i32) -> Value {
    let run = scene.run(&[&["fmt", "--report", "--format", "json"], args].concat()).expect(code);
    let value: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stdout));
    let schema = ztctl::report::migration::migration_schema();
    crate::assess::reports::check(&schema, &schema, &value, "report");
    value
}

/// Path and state of each text.
fn states(report: &Value) -> Vec<(&str, &str)> {
    let texts = report["texts"].as_array().expect("texts");
    texts.iter().map(|text| (text["path"].as_str().expect("path"), text["state"].as_str().expect("state"))).collect()
}

#[test]
fn the_report_tells_what_became_of_every_file() {
    let files = [("a.rego", V0), ("b.rego", STUCK), ("c.rego", V1), ("d.rego", "package d\np if {\n"), ("e.txt", "x")];
    let scene = Scene::new(&files);
    let dry = report(&scene, &["--migrate", "v1", "--check", ".", "e.txt"], 1);
    let expected = [("a.rego", "migrated"), ("b.rego", "manual"), ("c.rego", "unchanged"), ("d.rego", "syntax-error")];
    assert_eq!(states(&dry), expected);
    assert_eq!((&dry["dry_run"], &dry["target"], &dry["texts"][0]["written"]), (&true.into(), &"v1".into(), &false.into()));
    assert_eq!(dry["texts"][0]["version"], serde_json::json!({ "before": "v0", "after": "v1" }));
    assert_eq!(dry["summary"]["skipped"][0]["path"], "e.txt");
    assert_eq!(dry["summary"]["versions"]["after"], serde_json::json!({ "v0": 1, "v1": 2, "unknown": 1 }));
    // all of a file's obstacles, each at its place
    let left = dry["texts"][1]["left"].as_array().expect("left");
    assert_eq!(left.iter().map(|left| &left["start"]["line"]).collect::<Vec<_>>(), [4, 5]);
    assert!(left.iter().all(|left| left["start"]["line"].is_u64() && left["help"].is_string()), "{left:#?}");
    assert_eq!(scene.read("a.rego"), V0);
    for flag in ["-l", "--diff"] {
        assert_eq!(report(&scene, &["--migrate", "v1", flag, ".", "e.txt"], 1), dry);
    }
    assert_eq!(scene.read("a.rego"), V0);

    let done = report(&scene, &["--migrate", "v1", "."], 1);
    assert_eq!(states(&done), expected);
    assert_eq!((&done["dry_run"], &done["texts"][0]["written"]), (&false.into(), &true.into()));
    assert_eq!((scene.read("a.rego").as_str(), scene.read("b.rego").as_str()), (V1, STUCK));
    assert_eq!(states(&report(&scene, &["--migrate", "v1", "a.rego"], 0)), [("a.rego", "unchanged")]);
}

#[test]
fn the_report_is_written_for_people_too() {
    let scene = Scene::new(&[("a.rego", V0), ("b|<b>.rego", STUCK)]);
    let pretty = scene.run(&["fmt", "--migrate", "both", "--report", "--check"]).expect(1);
    assert!(pretty.stdout.starts_with("Migration to Rego that v0 and v1 accept (dry run: nothing was written)\n"), "{}", pretty.stdout);
    assert!(pretty.stdout.contains("a.rego: migrated, v0 to both\n"), "{}", pretty.stdout);
    assert!(pretty.stdout.contains("[ ] b|<b>.rego:4:7: "), "{}", pretty.stdout);
    assert!(pretty.stderr.is_empty(), "{}", pretty.stderr);
    let markdown = scene.run(&["fmt", "--migrate", "both", "--report", "--check", "--format", "markdown"]).expect(1).stdout;
    assert!(markdown.contains("- [ ] `b\\|<b>.rego:4:7`: "), "{markdown}");
    assert!(markdown.contains("| `a.rego` | migrated | v0 | both |"), "{markdown}");
    // with a file for the report, standard output has what it has otherwise
    let listed = scene.run(&["fmt", "--migrate", "both", "--report", "-l", "-o", "report.txt"]).expect(1);
    assert_eq!(listed.stdout, "a.rego\n");
    assert_eq!(scene.read("report.txt"), pretty.stdout);
    let empty = Scene::new(&[]);
    let nothing = empty.run(&["fmt", "--migrate", "v1", "--report"]).expect(0);
    assert!(nothing.stdout.contains("nothing to migrate"), "{}", nothing.stdout);
}

#[test]
fn flags_that_make_no_sense_are_refused() {
    let scene = Scene::new(&[("a.rego", V0)]);
    for args in [
        &["--report"][..],
        &["--unsafe-fixes"],
        &["--migrate", "v2"],
        &["--migrate", "v1", "--report", "--stdout"],
        &["--migrate", "v1", "--report", "--format", "sarif"],
        &["--migrate", "v1", "--report", "--format", "concise"],
    ] {
        let run = scene.run(&[&["fmt"], args].concat()).expect(2);
        assert!(run.stderr.starts_with("error: "), "{args:?}: {}", run.stderr);
    }
    assert_eq!(scene.read("a.rego"), V0);
    assert!(scene.run(&["schema", "migration"]).expect(0).stdout.contains("ztctl.dev/migration/v1"));
}

#[test]
fn standard_input_is_a_workspace_of_one() {
    let scene = Scene::new(&[]);
    let run = scene.run_with(&["fmt", "--migrate", "v1", "-"], Some(V0.as_bytes())).expect(0);
    assert_eq!(run.stdout, V1);
    scene.run_with(&["fmt", "--migrate", "v1", "--check", "-"], Some(V0.as_bytes())).expect(1);
    let stuck = scene.run_with(&["fmt", "--migrate", "v1", "-"], Some(STUCK.as_bytes())).expect(1);
    assert!(stuck.stdout.is_empty() && stuck.stderr.contains("not migrated: "), "{}", stuck.stderr);
    let report = scene.run_with(&["fmt", "--migrate", "v1", "--report", "-"], Some(V0.as_bytes())).expect(0);
    assert!(report.stdout.contains("<stdin>: migrated, v0 to v1"), "{}", report.stdout);
}

#[test]
fn only_the_given_files_are_written() {
    let scene = Scene::new(&[("a.rego", V0), ("lib/b.rego", V0)]);
    scene.run(&["fmt", "--migrate", "v1", "--workspace", ".", "a.rego"]).expect(0);
    assert_eq!((scene.read("a.rego").as_str(), scene.read("lib/b.rego").as_str()), (V1, V0));
}

#[test]
fn a_call_that_may_mean_the_built_in_is_not_renamed() {
    let lib = "package p\n\ncontains(a, b) {\n\ta[_] == b\n}\n";
    let call = "package p\n\nq {\n\tcontains(input.a, \"x\")\n}\n";
    let apart = Scene::new(&[("one/lib.rego", lib), ("two/q.rego", call)]);
    let stuck = report(&apart, &["--migrate", "v1", "--unsafe-fixes", "."], 1);
    assert_eq!(states(&stuck), [("one/lib.rego", "manual"), ("two/q.rego", "migrated")]);
    let help = stuck["texts"][0]["left"][0]["help"].as_str().expect("help");
    assert!(help.contains("`two/q.rego` calls `contains`"), "{help}");
    let together = Scene::new(&[("one/lib.rego", lib), ("one/more/q.rego", call)]);
    let done = report(&together, &["--migrate", "v1", "--unsafe-fixes", "."], 0);
    assert_eq!(states(&done), [("one/lib.rego", "rewritten"), ("one/more/q.rego", "rewritten")]);
    assert!(together.read("one/more/q.rego").contains("\tcontains_(input.a"), "{}", together.read("one/more/q.rego"));
}

#[test]
fn what_waits_for_another_file_says_for_which() {
    let lib = "package lib\n\ncontains(a, b) {\n\ta[_] == b\n}\n\np := cast_array(input.a[_])[_]\n";
    let uses = "package q\n\nimport data.lib\n\nq {\n\tany([lib.contains([1], 1)])\n}\n\nif {\n\tlib.contains([1], 1)\n}\n";
    let scene = Scene::new(&[("lib.rego", lib), ("q.rego", uses)]);
    let held = report(&scene, &["--migrate", "v1", "--unsafe-fixes", "."], 1);
    assert_eq!(states(&held), [("lib.rego", "manual"), ("q.rego", "rewritten")]);
    // a rule in both directions
    let both = lib.replace("p := ", "p { data.q.if }\n\nq := ");
    scene.write("lib.rego", &both);
    scene.write("q.rego", uses);
    let held = report(&scene, &["--migrate", "v1", "--unsafe-fixes", "."], 1);
    assert_eq!(states(&held), [("lib.rego", "manual"), ("q.rego", "held")]);
    let left = held["texts"][1]["left"].as_array().expect("left");
    let [only] = left.as_slice() else { panic!("{left:#?}") };
    assert_eq!(only["message"], "rule `if` has the name of a keyword");
    assert!(only["help"].as_str().is_some_and(|help| help.contains("waits for `lib.rego`")), "{only}");
    assert_eq!(scene.read("q.rego"), uses);
}

#[test]
fn what_is_said_to_be_v1_is_rewritten_only_when_asked_for() {
    let text = "package a\n\np := any([true])\n";
    let done = "package a\n\np := true in [true]\n";
    let said = ["fmt", "--migrate", "v1", "--rego-version", "v1", "a.rego"];
    let scene = Scene::new(&[("a.rego", text)]);
    let run = scene.run(&said).expect(1);
    assert!(run.stderr.contains("v1 refuses what stands here"), "{}", run.stderr);
    assert_eq!(scene.read("a.rego"), text);
    scene.run(&[&said[..], &["--unsafe-fixes"]].concat()).expect(0);
    assert_eq!(scene.read("a.rego"), done);
    // nobody says so here: v0 code can look like this
    let scene = Scene::new(&[("a.rego", text)]);
    scene.run(&["fmt", "--migrate", "v1", "a.rego"]).expect(0);
    assert_eq!(scene.read("a.rego"), done);
}
