use super::Scene;

const UGLY: &str = "package a\n\nallow if {  input.x }\n";
const TIDY: &str = "package a\n\nallow if input.x\n";

#[test]
fn writes_in_place_and_only_what_changes() {
    let scene = Scene::new(&[("a.rego", UGLY), ("b.rego", "package b\n\np := 1\n"), ("sub/c.txt", "not rego")]);
    let untouched = std::fs::metadata(scene.path("b.rego")).unwrap().modified().unwrap();
    scene.run(&["fmt"]).expect(0);
    assert_eq!(scene.read("a.rego"), TIDY);
    assert_eq!(std::fs::metadata(scene.path("b.rego")).unwrap().modified().unwrap(), untouched);
    scene.run(&["fmt", "--check"]).expect(0);
}

#[test]
fn previews_write_nothing_and_exit_1() {
    let scene = Scene::new(&[("a.rego", UGLY), ("b.rego", TIDY)]);
    let list = scene.run(&["fmt", "-l", "."]).expect(1);
    assert_eq!(list.stdout, "a.rego\n");
    let diff = scene.run(&["fmt", "--diff", "."]).expect(1);
    assert!(diff.stdout.contains("--- a/a.rego\n+++ b/a.rego\n@@ -1,3 +1,3 @@"), "{}", diff.stdout);
    assert!(diff.stdout.contains("-allow if {  input.x }\n+allow if input.x\n"), "{}", diff.stdout);
    assert!(!diff.stdout.contains('\u{1b}'));
    scene.run(&["fmt", "--check", "."]).expect(1);
    scene.run(&["fmt", "--check", "b.rego"]).expect(0);
    assert_eq!(scene.read("a.rego"), UGLY);
}

#[test]
fn standard_input_goes_to_standard_output() {
    let scene = Scene::new(&[]);
    let run = scene.run_with(&["fmt", "-"], Some(UGLY.as_bytes())).expect(0);
    assert_eq!(run.stdout, TIDY);
    scene.run_with(&["fmt", "--check", "-"], Some(UGLY.as_bytes())).expect(1);
    let v0 = scene.run_with(&["fmt", "--rego-version", "v0", "-"], Some(b"package a\np{input.x}\n")).expect(0);
    assert_eq!(v0.stdout, "package a\n\np {\n\tinput.x\n}\n");
    let bad = scene.run_with(&["fmt", "--stdin-filename", "x/y.rego", "-"], Some(b"package a\np if {\n")).expect(1);
    assert!(bad.stderr.contains("x/y.rego:"), "{}", bad.stderr);
    assert!(bad.stdout.is_empty(), "{}", bad.stdout);
}

#[test]
fn migrates() {
    let v0 = "package a\n\nimport future.keywords.in\n\ndeny[msg] {\n\tinput.x in [1]\n\tmsg = \"no\"\n}\n";
    let scene = Scene::new(&[("a.rego", v0)]);
    scene.run(&["fmt", "--migrate", "both", "a.rego"]).expect(0);
    assert_eq!(scene.read("a.rego"), "package a\n\nimport rego.v1\n\ndeny contains msg if {\n\tinput.x in [1]\n\tmsg = \"no\"\n}\n");
    scene.run(&["fmt", "--migrate", "v1", "a.rego"]).expect(0);
    assert_eq!(scene.read("a.rego"), "package a\n\ndeny contains msg if {\n\tinput.x in [1]\n\tmsg = \"no\"\n}\n");
}

#[test]
fn one_bad_file_does_not_stop_the_others() {
    let scene = Scene::new(&[("a.rego", "package a\np if {\n"), ("b.rego", UGLY)]);
    let run = scene.run(&["fmt", "."]).expect(1);
    assert!(run.stderr.contains("a.rego:"), "{}", run.stderr);
    assert_eq!(scene.read("b.rego"), TIDY);
    assert_eq!(scene.read("a.rego"), "package a\np if {\n");
}

#[cfg(unix)]
#[test]
fn keeps_the_mode_and_follows_links_inside_only() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let outside = Scene::new(&[("o.rego", UGLY)]);
    let scene = Scene::new(&[("real/a.rego", UGLY)]);
    std::fs::set_permissions(scene.path("real/a.rego"), std::fs::Permissions::from_mode(0o750)).unwrap();
    symlink("real/a.rego", scene.path("link.rego")).unwrap();
    symlink(outside.path("o.rego"), scene.path("out.rego")).unwrap();
    scene.run(&["fmt", "link.rego", "real"]).expect(0);
    assert_eq!(scene.read("real/a.rego"), TIDY);
    assert!(scene.path("link.rego").symlink_metadata().unwrap().is_symlink());
    assert_eq!(std::fs::metadata(scene.path("real/a.rego")).unwrap().permissions().mode() & 0o777, 0o750);
    let run = scene.run(&["fmt", "out.rego"]).expect(2);
    assert!(run.stderr.contains("symbolic link"), "{}", run.stderr);
    assert_eq!(outside.read("o.rego"), UGLY);
}

#[test]
fn reports_in_machine_formats_too() {
    let scene = Scene::new(&[("a.rego", UGLY), ("bad.rego", "package")]);
    let findings = scene.findings(&["fmt", "--check", "."]);
    assert!(findings.iter().any(|(rule, path, _)| rule == "opa-fmt" && path == "a.rego"), "{findings:?}");
    assert!(findings.iter().any(|(rule, path, _)| rule == "syntax-error" && path == "bad.rego"), "{findings:?}");
}
