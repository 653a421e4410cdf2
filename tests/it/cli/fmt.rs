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

/// What `git apply` makes of a diff in the scene.
fn apply(scene: &Scene, diff: &str) {
    scene.write("change.diff", diff);
    let mut git = std::process::Command::new("git");
    git.args(["apply", "--whitespace=nowarn", "change.diff"]).current_dir(scene.root());
    let output = git.env("GIT_CEILING_DIRECTORIES", scene.root().parent().expect("a folder")).output().expect("git runs");
    assert!(output.status.success(), "{}\n{diff}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn diffs_apply_whatever_files_are_called_and_however_lines_end() {
    let texts = [
        ("crlf.rego", "package a\r\n\r\np = 1\r\nq  = 2\r\n"),
        ("bom.rego", "\u{feff}package a\n\np = 1\n"),
        ("cut.rego", "package a\n\np  := 1"),
        ("lone.rego", "package a\n\np  := `x\ry`\n\nq := 1\n"),
        ("a b/c d.rego", UGLY),
        ("ü.rego", UGLY),
    ];
    let odd = [("quo\"te/t\tab.rego", UGLY), ("back\\slash\u{1b}[31m.rego", UGLY)];
    let files: Vec<_> = texts.iter().chain(odd.iter().filter(|_| cfg!(unix))).copied().collect();
    let (here, there) = (Scene::new(&files), Scene::new(&files));
    let diff = here.run(&["fmt", "--diff"]).expect(1).stdout;
    apply(&there, &diff);
    here.run(&["fmt"]).expect(0);
    for (path, before) in files {
        assert_ne!(here.read(path), before, "{path:?}");
        assert_eq!(here.read(path), there.read(path), "{path:?}");
    }
}

#[test]
fn diffs_are_coloured_only_where_asked() {
    let scene = Scene::new(&[("a.rego", UGLY)]);
    assert!(!scene.run(&["fmt", "--diff"]).expect(1).stdout.contains('\u{1b}'));
    assert!(scene.run(&["fmt", "--diff", "--color", "always"]).expect(1).stdout.contains("\u{1b}[32m+allow if input.x"));
    scene.run(&["fmt", "--diff", "-o", "x.diff"]).expect(1);
    assert!(scene.read("x.diff").starts_with("--- a/a.rego\n+++ b/a.rego\n@@ "));
}

#[test]
fn standard_output_holds_all_files_and_no_refused_one() {
    let scene = Scene::new(&[("a.rego", UGLY), ("b.rego", TIDY), ("bad.rego", "package a\np if {\n")]);
    let run = scene.run(&["fmt", "--stdout", "."]).expect(1);
    assert_eq!(run.stdout, format!("{TIDY}{TIDY}"));
    assert_eq!(scene.read("a.rego"), UGLY);
    scene.run(&["fmt", "--stdout", "--check", "."]).expect(2);
}

#[test]
fn standard_input_has_all_previews_and_the_versions_of_its_name() {
    let scene = Scene::new(&[("legacy/.manifest", "{\"rego_version\": 0}"), ("a.rego", UGLY)]);
    let ugly = Some(UGLY.as_bytes());
    assert_eq!(scene.run_with(&["fmt", "-l", "-"], ugly).expect(1).stdout, "<stdin>\n");
    let diff = scene.run_with(&["fmt", "--diff", "--stdin-filename", "x/y.rego", "-"], ugly).expect(1);
    assert!(diff.stdout.starts_with("--- a/x/y.rego\n"), "{}", diff.stdout);
    let tidy = scene.run_with(&["fmt", "--check", "-"], Some(TIDY.as_bytes())).expect(0);
    assert_eq!((tidy.stdout.as_str(), tidy.stderr.as_str()), ("", ""));
    // no module at all, as opa says
    scene.run_with(&["fmt", "-"], Some(b"")).expect(1);
    scene.run_with(&["fmt", "-"], Some(b"package a\n\np := \"\xff\"\n")).expect(1);
    // a file beside it is written, standard input is not
    let both = scene.run_with(&["fmt", "-", "a.rego"], ugly).expect(0);
    assert_eq!((both.stdout.as_str(), scene.read("a.rego").as_str()), (TIDY, TIDY));
    scene.run_with(&["fmt", "-", "-"], ugly).expect(2);
}

#[test]
fn a_mixed_tree_is_done_as_far_as_it_can_be() {
    let scene = Scene::new(&[("a.rego", UGLY), ("empty.rego", ""), ("bad.rego", "package"), ("v0.rego", "package v\np{input.x}\n")]);
    scene.write("bytes.rego", b"package a\n\np := \"\xff\"\n");
    let run = scene.run(&["fmt", "-q"]).expect(1);
    for path in ["empty.rego:1:1", "bad.rego:1:", "bytes.rego:3:7"] {
        assert!(run.stderr.contains(path), "{path}: {}", run.stderr);
    }
    assert_eq!(scene.read("a.rego"), TIDY);
    assert_eq!(scene.read("v0.rego"), "package v\n\np {\n\tinput.x\n}\n");
    assert_eq!((scene.read("empty.rego").as_str(), scene.read("bad.rego").as_str()), ("", "package"));
}

#[cfg(unix)]
#[test]
fn read_only_files_are_errors_and_the_others_are_written() {
    use std::os::unix::fs::PermissionsExt;
    let scene = Scene::new(&[("a.rego", UGLY), ("b.rego", UGLY)]);
    std::fs::set_permissions(scene.path("a.rego"), std::fs::Permissions::from_mode(0o444)).unwrap();
    let run = scene.run(&["fmt"]).expect(2);
    assert!(run.stderr.contains("`a.rego`: not written: permission denied"), "{}", run.stderr);
    assert_eq!((scene.read("a.rego").as_str(), scene.read("b.rego").as_str()), (UGLY, TIDY));
    scene.run(&["fmt", "--check"]).expect(1);
}
