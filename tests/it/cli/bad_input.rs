use super::Scene;

const GOOD: (&str, &str) = ("good.rego", "package good\n\n#no blank\np := 1\n");

/// The finding that must survive whatever stands beside it.
fn good_survives(scene: &Scene) {
    let findings = scene.findings(&["lint", "--select", "no-whitespace-comment", "."]);
    assert!(findings.contains(&("no-whitespace-comment".into(), "good.rego".into(), 3)), "{findings:?}");
}

#[test]
fn not_utf8_is_one_finding_at_its_place() {
    let scene = Scene::new(&[GOOD]);
    scene.write("bad.rego", b"package bad\n\np := \"\xff\xfe\"\n");
    let findings = scene.findings(&["lint", "bad.rego"]);
    assert_eq!(findings, [("syntax-error".into(), "bad.rego".into(), 3)]);
    good_survives(&scene);
    let run = scene.run(&["fmt", "bad.rego"]).expect(1);
    assert!(run.stderr.contains("0xff") && run.stderr.contains("bad.rego:3:7"), "{}", run.stderr);
    assert_eq!(std::fs::read(scene.path("bad.rego")).unwrap(), b"package bad\n\np := \"\xff\xfe\"\n");
}

#[test]
fn empty_files_are_findings() {
    let scene = Scene::new(&[GOOD, ("empty.rego", ""), ("comment.rego", "# nothing\n")]);
    let findings = scene.findings(&["lint", "."]);
    for name in ["empty.rego", "comment.rego"] {
        assert!(findings.iter().any(|(rule, path, _)| rule == "syntax-error" && path == name), "{name}: {findings:?}");
    }
    good_survives(&scene);
    scene.run(&["fmt", "--check", "empty.rego"]).expect(1);
}

#[test]
fn a_large_file_is_skipped_with_a_reason() {
    let scene = Scene::new(&[GOOD]);
    let mut text = String::from("package big\n\n");
    while text.len() < 50 << 20 {
        text.push_str("allow if input.user.name == \"somebody\" # a comment that makes the line longer\n");
    }
    scene.write("big.rego", &text);
    let run = scene.run(&["lint", "--format", "json", "."]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let skipped = report["summary"]["skipped"].as_array().unwrap();
    assert!(skipped.iter().any(|s| s["path"] == "big.rego" && s["reason"].as_str().unwrap().contains("max-file-size")), "{skipped:?}");
    good_survives(&scene);
}

#[test]
fn deep_nesting_is_a_finding() {
    for (open, close) in [("[", "]"), ("{\"a\": ", "}"), ("f(", ")"), ("(", ")"), ("-", ""), ("[x | x := ", "]")] {
        let scene = Scene::new(&[GOOD]);
        scene.write("deep.rego", format!("package deep\n\np := {}1{}\n", open.repeat(10_000), close.repeat(10_000)));
        let findings = scene.findings(&["lint", "deep.rego"]);
        assert!(
            findings.iter().any(|(rule, path, line)| rule == "syntax-error" && path == "deep.rego" && *line == 3),
            "{open}: {findings:?}"
        );
        good_survives(&scene);
        scene.run(&["fmt", "--check", "deep.rego"]).expect(1);
        scene.run(&["test", "deep.rego"]).expect(1);
        scene.run(&["verify", "deep.rego"]).expect(1);
    }
}

#[test]
fn long_chains_are_judged_or_refused() {
    let scene = Scene::new(&[GOOD]);
    scene.write("chain.rego", format!("package chain\n\np := 1{}\n", " + 1".repeat(50_000)));
    scene.write("dots.rego", format!("package dots\n\np := input{}\n", ".a".repeat(50_000)));
    scene.write("elses.rego", format!("package elses\n\np := 1 if input.x{}\n", " else := 2 if input.y".repeat(20_000)));
    for file in ["chain.rego", "dots.rego", "elses.rego"] {
        for command in [&["lint", file][..], &["fmt", "--check", file], &["test", file]] {
            let run = scene.run(command);
            assert!(run.code == 0 || run.code == 1, "{command:?}: {} {}", run.code, run.stderr);
        }
    }
    good_survives(&scene);
}

#[test]
fn rego_cut_off_anywhere_is_no_crash() {
    let text = "# METADATA\n# title: x\npackage a.b[\"c\"]\n\nimport data.x as y\n\ndefault p := {1, \"a\": [x | some x in y; not f(x)]}\n\np if {\n\tevery k, v in input { $\"a {v} b\" == `r` with input.x as -1.5e3 }\n} else := 2\n\ns contains {\"k\": 1} if y[_].z\n";
    let scene = Scene::new(&[GOOD]);
    for at in 0..text.len() {
        scene.write(&format!("cut/{at:03}.rego"), &text.as_bytes()[..at]);
    }
    let run = scene.run(&["lint", "--format", "json", "cut"]);
    assert!(run.code == 1, "{}", run.stderr);
    let run = scene.run(&["fmt", "--check", "cut"]);
    assert!(run.code == 1, "{}", run.stderr);
    let run = scene.run(&["test", "cut"]);
    assert!(run.code == 1, "{}", run.stderr);
    good_survives(&scene);
}

#[cfg(unix)]
#[test]
fn links_sockets_and_unreadable_files_are_listed() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let scene = Scene::new(&[GOOD, ("sub/secret.rego", "package secret\n"), ("sub/other.rego", "package other\n")]);
    symlink("loop", scene.path("loop")).unwrap();
    symlink("..", scene.path("sub/up")).unwrap();
    symlink("nowhere.rego", scene.path("broken.rego")).unwrap();
    symlink("good.rego", scene.path("again.rego")).unwrap();
    let socket = std::os::unix::net::UnixListener::bind(scene.path("socket.rego")).unwrap();
    std::fs::set_permissions(scene.path("sub/secret.rego"), std::fs::Permissions::from_mode(0o000)).unwrap();
    let readable_anyway = std::fs::read(scene.path("sub/secret.rego")).is_ok();
    let run = scene.run(&["lint", "--format", "json", "."]);
    drop(socket);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let skipped: Vec<(String, String)> = report["summary"]["skipped"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (s["path"].as_str().unwrap().to_owned(), s["reason"].as_str().unwrap().to_owned()))
        .collect();
    let reason = |path: &str| skipped.iter().find(|(p, _)| p == path).map_or("", |(_, reason)| reason);
    assert!(reason("loop").contains("loop"), "{skipped:?}");
    assert!(reason("sub/up").contains("walked itself"), "{skipped:?}");
    assert!(reason("broken.rego").contains("broken"), "{skipped:?}");
    assert!(reason("again.rego").contains("read itself"), "{skipped:?}");
    assert!(reason("socket.rego").contains("socket"), "{skipped:?}");
    if readable_anyway {
        eprintln!("skipped: this user reads files of mode 000");
    } else {
        assert!(reason("sub/secret.rego").contains("permission denied"), "{skipped:?}");
    }
    good_survives(&scene);
}

#[test]
fn what_cannot_be_done_is_exit_2() {
    let scene = Scene::new(&[GOOD]);
    for args in [
        &["lint", "missing.rego"][..],
        &["fmt", "missing"],
        &["test", "no/such/dir"],
        &["verify", "good.rego", "gone.rego"],
        &["lint", "--workspace", "good.rego", "."],
    ] {
        let run = scene.run(args).expect(2);
        assert!(run.stderr.starts_with("error: ") || run.stderr.contains("rror"), "{args:?}: {}", run.stderr);
    }
    scene.run(&["lint", "--select", "no-such-rule"]).expect(2);
    scene.run(&["lint", "--no-such-flag"]).expect(2);
    scene.run(&["explain", "no-such-rule"]).expect(2);
    scene.run(&["lint", "--as-of", "2026-02-30"]).expect(2);
    scene.run(&["lint", "--config", "missing.toml"]).expect(2);
    scene.run(&["lint", "-o", "no/such/dir/report.txt"]).expect(2);
}

#[test]
fn a_file_of_another_kind_is_listed_and_no_error() {
    let scene = Scene::new(&[GOOD, ("notes.txt", "hello\n")]);
    let run = scene.run(&["lint", "--format", "json", "notes.txt"]).expect(0);
    assert!(run.stdout.contains("notes.txt"), "{}", run.stdout);
    let empty = Scene::new(&[("readme.txt", "x")]);
    empty.run(&["lint", "."]).expect(0);
    empty.run(&["lint", "--fail-on-empty", "."]).expect(2);
    empty.run(&["test", "--fail-on-empty", "."]).expect(2);
}
