use super::Scene;

#[test]
fn the_demo_needs_nothing_and_is_0() {
    let scene = Scene::new(&[("ztctl.toml", "nonsense = 1\n"), ("x.rego", "broken")]);
    let run = scene.run(&["demo"]).expect(0);
    for rule in ["rego-v0-syntax", "opa-fmt", "rego-jwt-missing-aud", "rego-default-allow-true", "constant-condition"] {
        assert!(run.stdout.contains(rule), "{rule}: {}", run.stdout);
    }
    let json = scene.run(&["demo", "--format", "json"]).expect(0);
    let report: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert!(report["tests"].as_array().unwrap().len() > 5);
    let findings = report["findings"].as_array().unwrap();
    for group in ["imports", "style", "bugs", "authz", "istio", "envoy", "k8s", "network", "spire"] {
        assert!(findings.iter().any(|finding| finding["group"] == group), "nothing of {group}");
    }
    // all pods of `payments` are selected by a policy that lets everything through
    let open = |finding: &&serde_json::Value| {
        finding["rule"] == "netpol-missing-default-deny" && finding["message"].as_str().unwrap().contains("`payments`")
    };
    assert_eq!(findings.iter().find(open).unwrap()["severity"], "warning");
    scene.run(&["demo", "--format", "sarif", "-o", "out.sarif"]).expect(0);
    assert!(scene.read("out.sarif").contains("\"2.1.0\""));
}

#[test]
fn the_demo_holds_every_file_of_its_folder() {
    let scene = Scene::new(&[]);
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo");
    let copy = std::process::Command::new("cp").arg("-r").arg(&root).arg(scene.path("demo")).status().unwrap();
    assert!(copy.success());
    let embedded: serde_json::Value = serde_json::from_str(&scene.run(&["demo", "--format", "json"]).stdout).unwrap();
    std::fs::write(scene.path("demo/ztctl.toml"), "").unwrap();
    let inside = Scene::new(&[]);
    let status = std::process::Command::new("cp").arg("-r").arg(root.join(".")).arg(inside.root()).status().unwrap();
    assert!(status.success());
    let real: serde_json::Value = serde_json::from_str(&inside.run(&["verify", "--no-config", "--format", "json"]).stdout).unwrap();
    assert_eq!(embedded["findings"], real["findings"]);
    assert_eq!(embedded["tests"].as_array().unwrap().len(), real["tests"].as_array().unwrap().len());
}

#[test]
fn rules_and_explanations() {
    let scene = Scene::new(&[]);
    let rules = scene.run(&["rules"]).expect(0);
    assert!(rules.stdout.contains("use-if") && rules.stdout.contains("rego-jwt-missing-aud"), "{}", rules.stdout);
    let authz = scene.run(&["rules", "authz"]).expect(0);
    assert!(authz.stdout.contains("rego-default-allow-true") && !authz.stdout.contains("use-if"), "{}", authz.stdout);
    let json = scene.run(&["rules", "--json"]).expect(0);
    assert!(serde_json::from_str::<serde_json::Value>(&json.stdout).unwrap().as_array().unwrap().len() > 10);
    let page = scene.run(&["explain", "use-if"]).expect(0);
    assert!(page.stdout.contains("use-if") && page.stdout.contains("```rego"), "{}", page.stdout);
    let typo = scene.run(&["explain", "use-iff"]).expect(2);
    assert!(typo.stderr.contains("`use-if`"), "{}", typo.stderr);
}

#[test]
fn pleasant_things() {
    let scene = Scene::new(&[("a.rego", "package a\n\np := 1\n")]);
    assert!(scene.run(&["completions", "bash"]).expect(0).stdout.contains("ztctl"));
    assert!(scene.run(&["man"]).expect(0).stdout.contains(".TH"));
    assert!(scene.run(&["parse", "a.rego"]).expect(0).stdout.contains("Module"));
    for schema in ["report", "config"] {
        let text = scene.run(&["schema", schema]).expect(0).stdout;
        assert!(serde_json::from_str::<serde_json::Value>(&text).unwrap()["$schema"].is_string());
    }
    scene.run(&["init"]).expect(0);
    scene.run(&["init"]).expect(2);
    scene.run(&["lint"]).expect(0);
    scene.run(&["--version"]).expect(0);
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_no_error() {
    let scene = Scene::new(&[]);
    let command = format!("{} rules --json | true; echo ${{PIPESTATUS[0]}}", env!("CARGO_BIN_EXE_ztctl"));
    let out = std::process::Command::new("bash").args(["-c", &command]).current_dir(scene.root()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&out.stdout).trim(), "0");
}

#[test]
fn staged_and_changed_files_choose_what_is_reported() {
    let scene = Scene::new(&[("a.rego", "package a\n\n#x\np := 1\n"), ("sub/b.rego", "package b\n\n#x\np := 1\n")]);
    let git = |args: &[&str]| {
        let out = std::process::Command::new("git")
            .args(["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"])
            .args(args)
            .current_dir(scene.root())
            .output();
        out.is_ok_and(|out| out.status.success())
    };
    if !git(&["init", "-q"]) {
        eprintln!("skipped: no git on this machine");
        return;
    }
    assert!(git(&["add", "."]) && git(&["commit", "-qm", "x"]));
    scene.write("sub/b.rego", "package b\n\n#y\np := 1\n");
    let args = ["lint", "--select", "no-whitespace-comment", "--since", "HEAD", "."];
    assert_eq!(scene.findings(&args), [("no-whitespace-comment".into(), "sub/b.rego".into(), 3)]);
    assert!(scene.findings(&["lint", "--select", "no-whitespace-comment", "--staged", "."]).is_empty());
    assert!(git(&["add", "."]));
    assert_eq!(scene.findings(&["lint", "--select", "no-whitespace-comment", "--staged", "."]).len(), 1);
    scene.run(&["lint", "--since", "no-such-revision", "."]).expect(2);
}

/// What the README shows is what the binary prints.
#[test]
fn the_readme_shows_real_output() {
    let readme = std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let block = readme.split("<!-- demo:begin -->").nth(1).unwrap().split("<!-- demo:end -->").next().unwrap();
    let demo = Scene::new(&[]).run(&["demo"]).expect(0).stdout;
    let shown: Vec<&str> = block.split("```").nth(1).unwrap().split("\n…\n").skip(1).collect();
    assert!(shown.len() == 2, "{block}");
    for part in shown.iter().flat_map(|part| part.split("\n\n")) {
        let part = part.trim_matches('\n');
        assert!(demo.contains(part), "the README shows what the demo does not print:\n{part}\n---\n{demo}");
    }
}
