use super::{read, root};
use crate::cli::{Run, Scene};

fn action() -> serde_yaml::Value {
    serde_yaml::from_str(&read("action.yml")).expect("YAML")
}

fn steps(action: &serde_yaml::Value) -> Vec<&serde_yaml::Mapping> {
    action["runs"]["steps"].as_sequence().expect("steps").iter().map(|step| step.as_mapping().expect("a step")).collect()
}

/// Text of an input that lands in a script is a script; in `env`, `with` and `if` it is a value.
#[test]
fn no_expression_stands_in_a_script() {
    for step in steps(&action()) {
        if let Some(script) = step.get("run").and_then(|run| run.as_str()) {
            assert!(!script.contains("${{"), "{script}");
            assert_eq!(step["shell"].as_str(), Some("bash"), "{script}");
        }
    }
}

#[test]
fn every_input_is_used_and_every_output_comes_from_a_step() {
    let (action, text) = (action(), read("action.yml"));
    for input in action["inputs"].as_mapping().expect("inputs").keys() {
        let input = input.as_str().expect("a name");
        assert!(text.contains(&format!("inputs.{input}")), "`{input}` is not used");
    }
    for used in text.split("inputs.").skip(1) {
        let name: String = used.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        assert!(action["inputs"].get(name.as_str()).is_some(), "`{name}` is no input");
    }
    let script = read(".github/action/run");
    for (output, value) in action["outputs"].as_mapping().expect("outputs") {
        let output = output.as_str().expect("a name");
        assert_eq!(value["value"].as_str(), Some(format!("${{{{ steps.run.outputs.{output} }}}}").as_str()));
        assert!(script.contains(&format!("output {output} ")), "`{output}` is not written");
    }
    let environment = steps(&action).into_iter().find(|step| step.get("id").is_some_and(|id| id == "run")).expect("the step")["env"]
        .as_mapping()
        .expect("env")
        .clone();
    for name in environment.keys() {
        let name = name.as_str().expect("a name");
        assert!(script.contains(&format!("${name}")) || script.contains(&format!("${{{name}:-")), "{name} is not read");
    }
}

/// What the action's script does with these inputs, as the runner would start it.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn run(scene: &Scene, inputs: &[(&str, &str)]) -> Option<Run> {
    let mut command = std::process::Command::new("bash");
    command.arg(root().join(".github/action/run")).current_dir(scene.root());
    for (name, default) in
        [("COMMAND", "verify"), ("PATH_LINES", "."), ("ARGS", ""), ("FORMAT", ""), ("FAIL_LEVEL", ""), ("SUMMARY", "true")]
    {
        command.env(name, inputs.iter().find(|(input, _)| *input == name).map_or(default, |(_, value)| value));
    }
    command.env("BINARY", env!("CARGO_BIN_EXE_ztctl")).env("RUNNER_TEMP", scene.path("runner temp"));
    for (name, file) in [("GITHUB_OUTPUT", "output"), ("GITHUB_STEP_SUMMARY", "summary")] {
        scene.write(file, "");
        command.env(name, scene.path(file));
    }
    match command.output() {
        Ok(output) => Some(Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }),
        Err(error) => {
            eprintln!("skipped: no bash on this machine: {error}");
            None
        }
    }
}

fn output(scene: &Scene, name: &str) -> String {
    let prefix = format!("{name}=");
    scene.read("output").lines().find_map(|line| line.strip_prefix(&prefix)).unwrap_or_default().to_owned()
}

const ALLOWS: (&str, &str) = ("some policies/a b.rego", "package a\n\ndefault allow := true\n");

#[test]
fn findings_become_annotations_reports_and_a_summary() {
    let scene = Scene::new(&[ALLOWS]);
    let Some(run) = run(&scene, &[("PATH_LINES", "some policies/a b.rego\n")]) else { return };
    let run = run.expect(0);
    assert!(run.stdout.starts_with("::error file=some policies/a b.rego,line=3"), "{}", run.stdout);
    assert_eq!(output(&scene, "exit-code"), "1");
    let report: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(output(&scene, "report")).expect("a report")).expect("JSON");
    assert_eq!(report["findings"][0]["rule"], "rego-default-allow-true");
    assert!(std::fs::read_to_string(output(&scene, "sarif")).expect("a log").contains("\"2.1.0\""));
    assert!(scene.read("summary").contains("## ztctl verify"), "{}", scene.read("summary"));
}

#[test]
fn arguments_are_split_as_a_shell_would_and_nothing_is_run() {
    let scene = Scene::new(&[ALLOWS]);
    let args = "--skip 'test'\n--ignore \"rego-default-allow-true\"";
    let Some(quiet) = run(&scene, &[("ARGS", args)]) else { return };
    quiet.expect(0);
    assert_eq!(output(&scene, "exit-code"), "0");
    for (name, value) in [
        ("ARGS", "--skip 'test"),
        ("ARGS", "$(touch ran) `touch ran`; touch ran"),
        ("COMMAND", "verify; touch ran"),
        ("COMMAND", "$(touch ran)"),
        ("FORMAT", "$(touch ran)"),
        ("FORMAT", "nonsense"),
        ("FAIL_LEVEL", "nonsense"),
        ("PATH_LINES", "nowhere"),
    ] {
        let run = run(&scene, &[(name, value)]).expect("bash").expect(2);
        assert!(run.stdout.contains("::error title=ztctl::"), "{name} {value}: {}", run.stdout);
        assert_eq!(output(&scene, "exit-code"), "2", "{name} {value}");
        assert!(!scene.path("ran").exists(), "{name} {value}");
    }
    run(&scene, &[("COMMAND", "test"), ("FAIL_LEVEL", "error")]).expect("bash").expect(2);
}

#[test]
fn what_a_file_says_is_not_obeyed_by_the_runner() {
    let scene = Scene::new(&[("a_test.rego", "package a_test\n\ntest_x if {\n\tprint(\"\\n::set-output name=x::y\")\n\tfalse\n}\n")]);
    let Some(run) = run(&scene, &[("FORMAT", "pretty")]) else { return };
    let run = run.expect(0);
    let first = run.stdout.lines().next().expect("a line");
    let token = first.strip_prefix("::stop-commands::").unwrap_or_else(|| panic!("{}", run.stdout));
    assert!(run.stdout.trim_end().ends_with(&format!("::{token}::")), "{}", run.stdout);
}

#[test]
fn a_failed_test_is_a_verdict_and_a_passed_one_too() {
    let scene = Scene::new(&[("a_test.rego", "package a_test\n\ntest_x if 1 == 2\n")]);
    let Some(failed) = run(&scene, &[("COMMAND", "test")]) else { return };
    let failed = failed.expect(0);
    assert!(failed.stdout.contains("::error file=a_test.rego,line=3"), "{}", failed.stdout);
    assert_eq!((output(&scene, "exit-code").as_str(), output(&scene, "sarif").as_str()), ("1", ""));
    scene.write("a_test.rego", "package a_test\n\ntest_x if 1 == 1\n");
    run(&scene, &[("COMMAND", "test"), ("SUMMARY", "false")]).expect("bash").expect(0);
    assert_eq!((output(&scene, "exit-code").as_str(), scene.read("summary").as_str()), ("0", ""));
}

/// The cache holds one binary for each state of the sources and each platform.
#[test]
fn the_key_of_the_cache_names_sources_and_platform() {
    let key = |os: &str| {
        let scene = Scene::new(&[("output", "")]);
        let mut command = std::process::Command::new("bash");
        command.arg(root().join(".github/action/key")).env("GITHUB_ACTION_PATH", root()).env("RUNNER_TEMP", "/tmp/a b");
        command.env("RUNNER_OS", os).env("RUNNER_ARCH", "X64").env("GITHUB_OUTPUT", scene.path("output"));
        match command.status() {
            Ok(status) => assert!(status.success()),
            Err(error) => {
                eprintln!("skipped: no bash on this machine: {error}");
                return None;
            }
        }
        assert_eq!(output(&scene, "binary"), "/tmp/a b/ztctl/bin/ztctl");
        Some(output(&scene, "key"))
    };
    let (Some(linux), Some(again), Some(mac)) = (key("Linux"), key("Linux"), key("macOS")) else { return };
    assert_eq!(linux, again);
    let hash = linux.strip_prefix("ztctl-Linux-X64-").unwrap_or_else(|| panic!("{linux}"));
    assert!(hash.len() >= 40 && hash.bytes().all(|b| b.is_ascii_hexdigit()), "{linux}");
    assert_eq!(mac, format!("ztctl-macOS-X64-{hash}"));
}

#[test]
fn an_assessment_gives_its_level_and_no_findings() {
    let scene = Scene::new(&[(
        "app.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: till, namespace: shop}\nspec: {containers: [{name: till, image: till}]}\n",
    )]);
    let Some(run) = run(&scene, &[("COMMAND", "assess"), ("ARGS", "--min-level 5")]) else { return };
    run.expect(0);
    let said = scene.run(&["assess", "-q", "."]).expect(0).stdout;
    let level = output(&scene, "level");
    assert!(level.is_empty() || level == said.trim(), "{level} {said}");
    assert_eq!((output(&scene, "exit-code").as_str(), output(&scene, "sarif").as_str()), ("1", ""));
    assert!(std::fs::read_to_string(output(&scene, "report")).expect("a report").contains("ztctl.dev/assess/v1"));
    assert!(!scene.read("summary").is_empty());
}
