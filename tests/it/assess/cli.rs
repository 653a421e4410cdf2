//! The command.

use crate::cli::Scene;

use super::archetype;

fn scene(name: &str, more: &[(&str, &str)]) -> Scene {
    let files = archetype(name);
    let all: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).chain(more.iter().copied()).collect();
    Scene::new(&all)
}

#[test]
fn gates_decide_the_exit_code() {
    let scene = scene("l2-k8s-sealed", &[]);
    assert_eq!(scene.run(&["assess", "-q"]).expect(0).stdout, "2\n");
    scene.run(&["assess", "--min-level", "2"]).expect(0);
    let missed = scene.run(&["assess", "--min-level", "3"]).expect(1);
    assert!(missed.stderr.contains("level 2 is below the least level 3"), "{}", missed.stderr);
    scene.run(&["assess", "--min-domain", "audit=2,network=2"]).expect(0);
    scene.run(&["assess", "--min-domain", "audit=3"]).expect(1);
    for wrong in ["audit", "audit=9", "devices=1"] {
        scene.run(&["assess", "--min-domain", wrong]).expect(2);
    }
    scene.run(&["assess", "--min-level", "6"]).expect(2);
    scene.run(&["assess", "--format", "gitlab"]).expect(2);
    scene.run(&["check", "--format", "html"]).expect(2);
    for format in ["html", "sarif", "junit", "badge", "badge-json"] {
        assert!(!scene.run(&["assess", "--format", format]).expect(0).stdout.is_empty());
    }
    scene.run(&["assess", "--explain", "L9.SEC.1"]).expect(2);
    scene.run(&["assess", "nowhere"]).expect(2);
    assert!(scene.run(&["assess", "--explain", "L3.SEC.1"]).expect(0).stdout.contains("SealedSecret"));
    assert!(scene.run(&["assess", "--limits"]).expect(0).stdout.contains("No repository shows"));
    let json = scene.run(&["assess", "--format", "json", "--as-of", "2026-11-21"]).expect(0);
    let value: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(
        (&value["schema"], &value["overall"]["level"], &value["target"]["as_of"]),
        (&"ztctl.dev/assess/v1".into(), &2.into(), &"2026-11-21".into())
    );
    scene.run(&["assess", "--format", "markdown", "-o", "out.md"]).expect(0);
    assert!(scene.read("out.md").starts_with("<!-- ztctl-assess -->"));
    assert!(scene.run(&["schema", "assess"]).expect(0).stdout.contains("ztctl.dev/assess/v1"));
}

#[test]
fn the_config_sets_the_gate_for_verify_and_assess() {
    for (level, code) in [("2", 0), ("3", 1)] {
        let config = format!("[assess]\nmin-level = {level}\n[verify]\nrun = []\n");
        let scene = scene("l2-k8s-sealed", &[("ztctl.toml", &config)]);
        scene.run(&["assess"]).expect(code);
        scene.run(&["verify"]).expect(code);
        // a hook names files; the level is that of the workspace
        scene.run(&["verify", "--workspace", ".", "k8s/role.yaml"]).expect(code);
    }
}

#[test]
fn evidence_is_that_of_the_whole_workspace() {
    let filter = "static_resources:\n  listeners:\n  - name: l\n    filter_chains:\n    - filters:\n      - name: e\n        typed_config:\n          \"@type\": type.googleapis.com/envoy.extensions.filters.network.ext_authz.v3.ExtAuthz\n          failure_mode_allow: true\n";
    let scene = scene("l2-k8s-sealed", &[("envoy/envoy.yaml", filter)]);
    let caps = |args: &[&str]| {
        let run = scene.run(&[&["assess", "--format", "json"], args].concat()).expect(0);
        let value: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
        value["overall"]["caps"].clone()
    };
    let all = caps(&["."]);
    assert!(all.as_array().expect("caps").contains(&"DQ.AUZ.3".into()), "{all}");
    assert_eq!(caps(&["--workspace", ".", "k8s/role.yaml"]), all);
}

#[test]
fn environments_of_the_config_are_obeyed() {
    let config = "[environments]\nlab = { class = \"non-production\", namespaces = [\"orders\"] }\n";
    let scene = scene("l0-k8s-base64", &[("ztctl.toml", config)]);
    let json = scene.run(&["assess", "--format", "json"]).expect(0);
    let value: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!((&value["environments"][0]["id"], &value["environments"][0]["class"]), (&"lab".into(), &"non-production".into()));
}

#[test]
fn nothing_to_assess_is_said() {
    let scene = Scene::new(&[("readme.txt", "hello\n")]);
    let run = scene.run(&["assess"]).expect(0);
    assert!(run.stdout.contains("NOT RATED"), "{}", run.stdout);
    scene.run(&["assess", "--fail-on-empty"]).expect(2);
    scene.run(&["assess", "--min-level", "1"]).expect(1);
}

#[test]
fn one_walk_decides_what_speaks_for_the_repository() {
    let workload = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app, namespace: shop}\nspec:\n  selector: {matchLabels: {app: app}}\n  template:\n    metadata: {labels: {app: app}}\n    spec:\n      containers: [{name: app, image: \"app:1\"}]\n";
    let program = "import logging\nlogging.basicConfig(level=1)\n";
    let paths = |files: &[(&str, &str)], args: &[&str]| {
        let scene = Scene::new(&[&[("k8s/app.yaml", workload)], files].concat());
        scene.run(&[&["assess", "--format", "json"], args].concat()).expect(0).stdout
    };
    let own = [("app/main.py", program), ("vendor/lib/other.py", program), ("made/more.py", program)];
    let all = paths(&own, &[]);
    assert!(all.contains("app/main.py") && all.contains("made/more.py") && !all.contains("vendor/lib/other.py"), "{all}");
    // what the config leaves out is no evidence, whichever search would find it
    let excluding = [&own[..], &[("ztctl.toml", "exclude = [\"made\"]\n")]].concat();
    let some = paths(&excluding, &[]);
    assert!(some.contains("app/main.py") && !some.contains("made/more.py"), "{some}");
    // a file that is named lies in no folder that is assessed, unless the workspace holds it
    assert!(!paths(&own, &["k8s", "app/main.py"]).contains("\"path\": \"app/main.py\""));
    assert!(paths(&own, &["--workspace", ".", "app/main.py"]).contains("\"path\": \"app/main.py\""));
}

#[test]
fn a_defect_of_ztctl_ends_with_exit_code_2_and_the_rest_is_told() {
    let scene = scene("l2-k8s-sealed", &[]);
    let fails = |part: &str, args: &[&str]| scene.run_in(&[("ZTCTL_FAIL", part)], args, None);
    // a part: the report is whole but for what rests on it
    let run = fails("network", &["assess", "--format", "json", "--no-tests"]).expect(2);
    let value: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(value["errors"][0]["part"], "network");
    let of = |id: &str| value["criteria"].as_array().expect("a list").iter().find(|one| one["id"] == id).expect("one")["status"].clone();
    assert_eq!((of("L2.NET.1"), of("L2.SEC.1")), ("error".into(), "met".into()));
    assert!(run.stderr.contains("`network` failed at src/") && !run.stderr.contains("on purpose"), "{}", run.stderr);
    let kept = fails("network", &["assess", "--no-tests", "--keep-going"]).expect(0);
    assert!(kept.stderr.contains("`network` failed"), "{}", kept.stderr);
    // a gate that is missed beside it does not hide it
    fails("network", &["assess", "--no-tests", "--min-level", "5"]).expect(2);
    fails("network", &["assess", "--no-tests", "--min-level", "5", "--keep-going"]).expect(1);
    // all of it
    let run = fails("run", &["assess"]).expect(2);
    assert!(run.stdout.is_empty() && run.stderr.contains("panic at src/") && !run.stderr.contains("on purpose"), "{}", run.stderr);
}
