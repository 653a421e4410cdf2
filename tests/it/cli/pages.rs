//! Rego in the code blocks of pages, and files that are moved.

use super::Scene;

const PAGE: &str = "# Policies\n\nSome text, größer.\n\n```rego\n# ü\npackage play\n\n#no blank\nallow if input.x\n```\n\n- item\n\n  ~~~rego\n  package play\n\n  #two\n  deny if input.y\n  ~~~\n\n> ```rego\n> package play\n>\n> #three\n> deny if input.z\n> ```\n\n```rego\n#not a module\nallow if true\n```\n\n```json\n{}\n```\n";

#[test]
fn pages_are_linted_at_their_own_lines() {
    let scene = Scene::new(&[("README.md", PAGE)]);
    let select = ["lint", "--select", "no-whitespace-comment", "--format", "json", "."];
    let run = scene.run(&select).expect(1);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("json");
    let findings = report["findings"].as_array().expect("findings");
    let places: Vec<_> = findings.iter().map(|f| (f["start"]["line"].as_u64(), f["start"]["column"].as_u64())).collect();
    assert_eq!(places, [(Some(9), Some(1)), (Some(18), Some(3)), (Some(25), Some(3))]);
    assert!(findings.iter().all(|f| f["embedded_in"]["kind"] == "markdown" && f["path"] == "README.md"), "{findings:?}");
    let diff = scene.run(&["lint", "--select", "no-whitespace-comment", "--diff", "."]).expect(1);
    assert!(diff.stdout.contains("+> # three"), "{}", diff.stdout);
    scene.run(&["lint", "--select", "no-whitespace-comment", "--fix", "."]).expect(0);
    let fixed = PAGE.replace("#no blank", "# no blank").replace("#two", "# two").replace("#three", "# three");
    assert_eq!(scene.read("README.md"), fixed);
}

#[test]
fn pages_keep_their_line_ends_and_directives_count() {
    let page = "```rego\npackage play\n\n# regal ignore:no-whitespace-comment\n#silenced\nallow if input.x\n\n#found\nx := 1\n```\n"
        .replace('\n', "\r\n");
    let scene = Scene::new(&[("a.md", &page)]);
    let findings = scene.findings(&["lint", "--select", "no-whitespace-comment", "."]);
    assert_eq!(findings.iter().map(|(_, _, line)| *line).collect::<Vec<_>>(), [8]);
    scene.run(&["lint", "--select", "no-whitespace-comment", "--fix", "."]).expect(0);
    assert_eq!(scene.read("a.md"), page.replace("#found", "# found"));
}

#[test]
fn broken_blocks_are_findings_and_blocks_know_nothing_of_each_other() {
    let page = "text\n\n```rego\npackage play\n\nallow if {\n```\n\n```rego\npackage a\n\nallow := data.a.missing\n```\n\n```rego\npackage a\n\nallow := 1\n```\n";
    let scene = Scene::new(&[("a.md", page), ("b.rego", "package a\n\nallow := 2\n")]);
    let findings = scene.findings(&["lint", "--ignore", "style,idiomatic", "."]);
    let rules: Vec<&str> = findings.iter().map(|(rule, ..)| rule.as_str()).collect();
    assert_eq!(rules, ["syntax-error"], "{findings:?}");
    assert!((6..=7).contains(&findings[0].2), "{findings:?}");
    assert_eq!(scene.findings(&["lint", "--preset", "regal", "."]).iter().filter(|(_, path, _)| path == "a.md").count(), 0);
}

const TEST: &str = "package play_test\n\ntest_x if true\n";

#[test]
fn moves_are_made_only_where_they_are_asked_for() {
    let scene = Scene::new(&[("a/b/checks.rego", TEST), ("a/keep.rego", "package a\n\np := 1\n")]);
    let lint = |more: &[&str]| {
        let args: Vec<&str> = ["lint", "--select", "file-missing-test-suffix"].iter().chain(more).copied().collect();
        scene.run(&args)
    };
    lint(&["--fix", "--unsafe-fixes", "."]).expect(1);
    assert!(scene.path("a/b/checks.rego").exists());
    let diff = lint(&["--fix-moves", "--diff", "."]).expect(1);
    assert!(diff.stdout.contains("rename from a/b/checks.rego\nrename to a/b/checks_test.rego\n"), "{}", diff.stdout);
    assert!(scene.path("a/b/checks.rego").exists());
    lint(&["--fix-moves", "."]).expect(0);
    assert_eq!(scene.read("a/b/checks_test.rego"), TEST);
    assert!(!scene.path("a/b/checks.rego").exists());
}

#[test]
fn one_conflict_keeps_all_files_where_they_are() {
    let scene = Scene::new(&[("checks.rego", TEST), ("Checks_test.rego", "package x\n"), ("more.rego", TEST)]);
    let run = scene.run(&["lint", "--select", "file-missing-test-suffix", "--fix-moves", "."]).expect(2);
    assert!(run.stderr.contains("`checks.rego` to `checks_test.rego`"), "{}", run.stderr);
    assert!(scene.path("more.rego").exists() && scene.path("checks.rego").exists());
    let same = Scene::new(&[("a.rego", TEST), ("a_test.rego", TEST)]);
    same.run(&["lint", "--select", "file-missing-test-suffix", "--fix-moves", "."]).expect(2);
    assert!(same.path("a.rego").exists());
}
