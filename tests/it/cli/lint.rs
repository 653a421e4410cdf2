use super::Scene;

const V0: &str = "package a\n\ndeny[msg] {\n\tinput.x\n\tmsg = \"no\"\n}\n";
/// `use-assignment-operator` and the like are off unless asked for; a constant condition is a finding of every preset.
const STYLE: &str = "package a\n\n#no blank\np if 1 == 1\n";

#[test]
fn findings_decide_the_exit_code() {
    let scene = Scene::new(&[("a.rego", STYLE), ("clean.rego", "package clean\n\np := 1\n")]);
    scene.run(&["lint", "clean.rego"]).expect(0);
    scene.run(&["lint", "--select", "no-whitespace-comment", "."]).expect(1);
    scene.run(&["lint", "--select", "no-whitespace-comment", "--fail-level", "error", "."]).expect(0);
    scene.run(&["lint", "--ignore", "style,bugs,meta", "."]).expect(0);
}

#[test]
fn concise_lines_are_places() {
    let scene = Scene::new(&[("sub/a.rego", STYLE)]);
    let run = scene.run(&["lint", "--select", "no-whitespace-comment", "--format", "concise", "./sub"]).expect(1);
    let first = run.stdout.lines().next().unwrap();
    assert!(first.starts_with("sub/a.rego:3:1: ") && first.contains("[no-whitespace-comment]"), "{first}");
}

#[test]
fn fixes_are_written_and_previewed() {
    let scene = Scene::new(&[("a.rego", STYLE)]);
    let diff = scene.run(&["lint", "--select", "no-whitespace-comment", "--diff", "."]).expect(1);
    assert!(diff.stdout.contains("-#no blank\n+# no blank\n"), "{}", diff.stdout);
    assert_eq!(scene.read("a.rego"), STYLE);
    scene.run(&["lint", "--select", "no-whitespace-comment", "--fix", "."]).expect(0);
    assert_eq!(scene.read("a.rego"), STYLE.replace("#no", "# no"));
    scene.run(&["lint", "--select", "no-whitespace-comment", "."]).expect(0);
}

#[test]
fn unsafe_fixes_want_to_be_asked() {
    let text = "package a\n\ndefault allow := true\n";
    let scene = Scene::new(&[("a.rego", text)]);
    scene.run(&["lint", "--select", "rego-default-allow-true", "--fix", "."]).expect(1);
    assert_eq!(scene.read("a.rego"), text);
    scene.run(&["lint", "--select", "rego-default-allow-true", "--fix", "--unsafe-fixes", "."]).expect(0);
    assert_eq!(scene.read("a.rego"), "package a\n\ndefault allow := false\n");
}

#[test]
fn suppressions_hold_and_are_judged() {
    let scene = Scene::new(&[(
        "a.rego",
        "package a\n\n# ztctl: ignore[constant-condition] generated name\np if 1 == 1\n\n# ztctl: ignore[constant-condition]\nq if input.x\n",
    )]);
    let findings = scene.findings(&["lint", "--ignore", "opa-fmt", "."]);
    assert!(!findings.iter().any(|(rule, ..)| rule == "constant-condition"), "{findings:?}");
    assert!(findings.iter().any(|(rule, _, line)| rule == "unused-suppression" && *line == 6), "{findings:?}");
    let dated = Scene::new(&[("a.rego", "package a\n\n# ztctl: ignore[constant-condition] until=2026-06-30 later\np if 1 == 1\n")]);
    assert!(!dated.findings(&["lint", "--as-of", "2026-06-01", "."]).iter().any(|(rule, ..)| rule == "constant-condition"));
    let expired = dated.findings(&["lint", "--as-of", "2026-07-01", "."]);
    assert!(expired.iter().any(|(rule, ..)| rule == "expired-suppression"), "{expired:?}");
}

#[test]
fn a_baseline_hides_what_it_holds() {
    let scene = Scene::new(&[("a.rego", STYLE)]);
    scene.run(&["baseline", "-o", "baseline.json", "."]).expect(0);
    scene.run(&["lint", "--baseline", "baseline.json", "."]).expect(0);
    // moved lines stay hidden, new findings do not
    scene.write("a.rego", format!("package a\n\n\nq := 2\n{}", STYLE.replace("package a\n", "")));
    let hidden = scene.findings(&["lint", "--ignore", "opa-fmt", "--baseline", "baseline.json", "."]);
    assert!(hidden.is_empty(), "{hidden:?}");
    scene.write("a.rego", format!("{STYLE}r if 2 == 2\n"));
    let new = scene.findings(&["lint", "--ignore", "opa-fmt", "--baseline", "baseline.json", "."]);
    assert_eq!(new, [("constant-condition".into(), "a.rego".into(), 5)]);
}

#[test]
fn the_workspace_widens_and_paths_choose() {
    let scene = Scene::new(&[("a.rego", STYLE), ("b.rego", STYLE)]);
    let findings = scene.findings(&["lint", "--workspace", ".", "a.rego"]);
    assert!(!findings.is_empty() && findings.iter().all(|(_, path, _)| path == "a.rego"), "{findings:?}");
}

#[test]
fn output_does_not_depend_on_threads() {
    let files: Vec<(String, String)> =
        (0..60).map(|i| (format!("d{}/f{i}.rego", i % 7), STYLE.replace("package a", &format!("package a{i}")))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let scene = Scene::new(&files);
    for format in ["pretty", "concise", "json", "sarif", "github", "junit", "gitlab", "markdown"] {
        let one = scene.run(&["lint", "--jobs", "1", "--format", format, "."]);
        let many = scene.run(&["lint", "--jobs", "8", "--format", format, "."]);
        assert_eq!(one.stdout, many.stdout, "{format}");
        assert!(!one.stdout.is_empty(), "{format}");
    }
}

#[test]
fn configs_apply_to_their_folders() {
    let scene = Scene::new(&[
        ("ztctl.toml", "exclude = [\"vendor/**\"]\n[rules]\nconstant-condition = \"off\"\n"),
        ("a.rego", STYLE),
        ("strict/ztctl.toml", "extends = \"../ztctl.toml\"\n[rules]\nconstant-condition = \"error\"\n"),
        ("strict/b.rego", STYLE),
        ("vendor/c.rego", STYLE),
    ]);
    let findings = scene.findings(&["lint", "."]);
    let snake: Vec<&str> = findings.iter().filter(|(rule, ..)| rule == "constant-condition").map(|(_, path, _)| path.as_str()).collect();
    assert_eq!(snake, ["strict/b.rego"]);
    assert!(!findings.iter().any(|(_, path, _)| path.starts_with("vendor/")), "{findings:?}");
    // named on the command line, an excluded folder is meant
    assert!(!scene.findings(&["lint", "--extend-select", "no-whitespace-comment", "vendor"]).is_empty());
    let all = scene.findings(&["lint", "--no-config", "."]);
    assert!(all.iter().any(|(_, path, _)| path == "vendor/c.rego"), "{all:?}");
}

#[test]
fn config_mistakes_are_findings_with_a_suggestion() {
    let scene = Scene::new(&[("ztctl.toml", "presets = \"all\"\n[rules]\nuse-iff = \"error\"\n"), ("a.rego", STYLE)]);
    let run = scene.run(&["lint", "."]).expect(2);
    let text = format!("{}{}", run.stdout, run.stderr);
    assert!(text.contains("ztctl.toml:1:1") && text.contains("`preset`"), "{text}");
    assert!(text.contains("ztctl.toml:3:1") && text.contains("`use-if`"), "{text}");
}

#[test]
fn what_regal_passes_over_is_said_and_no_more() {
    let regal = "nonsense: 1\nrules:\n  style:\n    constant-condition: { level: ignore }\n";
    let scene = Scene::new(&[(".regal/config.yaml", regal), ("a.rego", "package a\n\nxY := 1\n")]);
    let run = scene.run(&["lint", "--format", "json", "."]).expect(0);
    assert!(run.stderr.contains(".regal/config.yaml:1:1: warning[config-error]") && run.stdout.starts_with('{'), "{}", run.stderr);
    let broken = Scene::new(&[(".regal/config.yaml", "rules: []\n"), ("a.rego", "package a\n")]);
    broken.run(&["lint", "."]).expect(2);
}

#[test]
fn versions_follow_imports_manifest_config_and_flag() {
    let scene = Scene::new(&[("a.rego", V0)]);
    // v1 does not parse, so v0 is meant
    assert!(!scene.findings(&["lint", "."]).iter().any(|(rule, ..)| rule == "syntax-error"));
    assert!(scene.findings(&["lint", "--rego-version", "v1", "."]).iter().any(|(rule, ..)| rule == "syntax-error"));
    // parses as both; the manifest decides
    let both = Scene::new(&[("b/.manifest", "{\"roots\": [\"b\"], \"rego_version\": 0}"), ("b/x.rego", "package b\n\np = 1\n")]);
    assert!(both.findings(&["lint", "--select", "use-rego-v1", "."]).iter().any(|(rule, ..)| rule == "use-rego-v1"));
    let plain = Scene::new(&[("b/x.rego", "package b\n\np = 1\n")]);
    assert!(plain.findings(&["lint", "--select", "use-rego-v1", "."]).is_empty());
}

#[test]
fn capabilities_bound_what_may_be_written() {
    let scene = Scene::new(&[
        ("old.json", "{\"builtins\": [{\"name\": \"count\"}], \"future_keywords\": [\"in\"]}"),
        ("new.json", "{\"builtins\": [], \"future_keywords\": [\"not\"], \"features\": [\"rego_v1\"]}"),
        ("bad.json", "{\"rules\": []}"),
        ("a.rego", "package a\n\nimport rego.v1\n\np := 1\n"),
        ("b.rego", "package b\n\nimport future.keywords.every\n\np { every x in [1] { x > 0 } }\n"),
        ("c.rego", "package c\n\np := $\"{input.x}\"\n"),
    ]);
    let broken = |capabilities: &str| -> Vec<String> {
        let findings = scene.findings(&["lint", "--capabilities", capabilities, "."]);
        findings.into_iter().filter(|(rule, ..)| rule == "syntax-error").map(|(_, path, line)| format!("{path}:{line}")).collect()
    };
    assert_eq!(broken("old.json"), ["a.rego:3", "b.rego:3", "c.rego:1", "c.rego:3"]);
    assert_eq!(broken("new.json"), ["c.rego:3"]);
    scene.run(&["fmt", "--check", "--capabilities", "old.json", "a.rego"]).expect(1);
    scene.run(&["lint", "--capabilities", "bad.json", "."]).expect(2);
    scene.run(&["lint", "--capabilities", "missing.json", "."]).expect(2);
}
