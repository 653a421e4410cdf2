//! `ztctl check` as somebody meets it who points it at a repository.

use super::Scene;

const OLD: &str = "# the mesh\napiVersion: networking.istio.io/v1beta1 # old\nkind: Sidecar\nmetadata: {name: a, namespace: shop}\n";
const CLEAN: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: shop}\nspec: {ports: [{port: 80}]}\n";
const RULE: &str = "istio-deprecated-api";

fn select<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["check", "--select", "istio-deprecated-api,meta"], more].concat()
}

#[test]
fn findings_decide_the_exit_code() {
    let scene = Scene::new(&[("a.yaml", OLD), ("clean.yaml", CLEAN)]);
    scene.run(&select(&["clean.yaml"])).expect(0);
    scene.run(&select(&["."])).expect(1);
    scene.run(&select(&["--fail-level", "error", "."])).expect(0);
    scene.run(&["check", "--select", "istio-deprecated-ap", "."]).expect(2);
    scene.run(&["check", "missing.yaml"]).expect(2);
    scene.run(&["check", "--ignore", RULE, "."]).expect(0);
    assert_eq!(scene.findings(&select(&["."])), [(RULE.into(), "a.yaml".into(), 2)]);
}

#[test]
fn the_target_decides_which_versions_are_old() {
    let scene = Scene::new(&[("a.yaml", OLD), ("old/a.yaml", OLD), ("old/ztctl.toml", "target = { istio = \"1.20\" }\n")]);
    let at = |path: &str| (RULE.to_owned(), path.to_owned(), 2);
    assert_eq!(scene.findings(&select(&["."])), [at("a.yaml")]);
    assert_eq!(scene.findings(&select(&["--target", "kubernetes=1.33,istio=1.27", "."])), [at("a.yaml"), at("old/a.yaml")]);
    assert_eq!(scene.findings(&select(&["--target", "istio=1.21", "--target", "linkerd=2.18", "."])), []);
    // what the command line does not name is as the config has it
    assert_eq!(scene.findings(&select(&["--target", "kubernetes=1.33", "."])), [at("a.yaml")]);
    for (wrong, hint) in [("istoi=1.27", "did you mean `istio`?"), ("istio", "write `kubernetes=1.33`"), ("istio=new", "is no version")] {
        let run = scene.run(&select(&["--target", wrong, "."])).expect(2);
        assert!(run.stderr.contains(hint), "{}", run.stderr);
    }
}

#[test]
fn nothing_to_check_is_said() {
    let scene = Scene::new(&[("README.md", "# hello\n"), ("values.txt", ""), ("some.conf", "a = 1\n"), ("data.yaml", "a: 1\n")]);
    let run = scene.run(&["check"]).expect(0);
    assert!(run.stderr.contains("nothing to check found"), "{}", run.stderr);
    scene.run(&["check", "--fail-on-empty"]).expect(2);
    // what is named is never passed over in silence
    for name in ["some.conf", "data.yaml"] {
        let run = scene.run(&["check", "--format", "json", name]).expect(0);
        let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(report["summary"]["skipped"][0]["path"], name, "{}", run.stdout);
    }
    // of other kinds the secrets are looked for
    for name in ["README.md", "values.txt"] {
        let run = scene.run(&["check", "--format", "json", name]).expect(0);
        let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(report["summary"]["files"], 1, "{name}");
        let run = scene.run(&["check", "--format", "json", "--ignore", "secrets", name]).expect(0);
        let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(report["summary"]["skipped"][0]["path"], name, "{}", run.stdout);
    }
}

#[test]
fn standard_input_is_yaml_unless_it_has_a_name() {
    let scene = Scene::new(&[]);
    let found = |args: &[&str], text: &str| scene.run_with(&select(args), Some(text.as_bytes()));
    let run = found(&["--format", "concise", "-"], OLD).expect(1);
    assert!(run.stdout.starts_with("<stdin>:2:13: "), "{}", run.stdout);
    let run = found(&["--format", "concise", "--stdin-filename", "k8s/x.yaml", "-"], OLD).expect(1);
    assert!(run.stdout.starts_with("k8s/x.yaml:2:13: "), "{}", run.stdout);
    let json = "{\"apiVersion\": \"networking.istio.io/v1beta1\",\n \"kind\": \"Sidecar\"}";
    assert!(found(&["--format", "concise", "--stdin-filename", "x.json", "-"], json).expect(1).stdout.starts_with("x.json:1:16: "));
    let run = found(&["--diff", "-"], OLD).expect(1);
    assert!(run.stdout.contains("+apiVersion: networking.istio.io/v1 # old"), "{}", run.stdout);
}

#[test]
fn a_fix_changes_its_bytes_and_no_others() {
    let text = "\u{feff}# top\r\nbase: &old networking.istio.io/v1beta1   # an anchor\r\n---\r\nkind: Sidecar\r\napiVersion: 'networking.istio.io/v1beta1'\t# why  \r\nmetadata: { name: a,   namespace: shop }   \r\nspec: &s {x: 1}\r\ncopy: *s\r\n\r\n...\r\n---\r\n{\"kind\": \"Sidecar\", \"apiVersion\": \"networking.istio.io/v1alpha3\", \"metadata\": {\"name\": \"b\"}}";
    let scene = Scene::new(&[("a.yaml", text)]);
    let want = text.replace("'networking.istio.io/v1beta1'", "'networking.istio.io/v1'").replace("v1alpha3", "v1");
    let diff = scene.run(&select(&["--diff", "."])).expect(1);
    assert!(diff.stdout.starts_with("--- a/a.yaml"), "{}", diff.stdout);
    assert_eq!(scene.read("a.yaml"), text);
    scene.run(&select(&["--fix", "."])).expect(0);
    assert_eq!(scene.read("a.yaml"), want);
    let again = scene.run(&select(&["--diff", "."])).expect(0);
    assert!(again.stdout.is_empty(), "{}", again.stdout);
}

#[test]
fn json_and_list_items_are_mended_too() {
    let text = "{\n\t\"apiVersion\": \"v1\", \"kind\": \"List\",\n\t\"items\": [\n\t\t{\"kind\": \"Sidecar\", \"apiVersion\": \"networking.istio.io\\/v1beta1\"},\n\t\t{\"apiVersion\" : \"networking.istio.io/v1beta1\", \"kind\":\"Gateway\"}\n\t]\n}\n";
    let scene = Scene::new(&[("a.json", text)]);
    scene.run(&select(&["--fix", "."])).expect(1);
    // what is written with an escape is shown, not rewritten
    let want = text.replace("\"apiVersion\" : \"networking.istio.io/v1beta1\"", "\"apiVersion\" : \"networking.istio.io/v1\"");
    assert_eq!(scene.read("a.json"), want);
}

#[test]
fn rego_inside_manifests_is_mended_in_place() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: p\ndata:\n  # kept\n  a.rego: |-\n    package a\n\n    x = 1\n  b.rego: \"package b\\n\\nx = 1\\n\"\n  c.rego: >\n    package c\n\n    x = 1\n";
    let scene = Scene::new(&[("a.yaml", text)]);
    let args = |more: &str| ["lint", "--select", "use-assignment-operator", more, "."].map(str::to_owned);
    let run = |more: &str| scene.run(&args(more).each_ref().map(String::as_str));
    let before = scene.findings(&["lint", "--select", "use-assignment-operator", "."]);
    assert_eq!(before.iter().map(|(_, _, line)| *line).collect::<Vec<_>>(), [10, 11, 12]);
    run("--fix").expect(1);
    let want = text.replacen("    x = 1\n  b.rego", "    x := 1\n  b.rego", 1).replace("\\nx = 1", "\\nx := 1");
    assert_eq!(scene.read("a.yaml"), want);
    let report = scene.run(&["lint", "--select", "use-assignment-operator", "--format", "json", "."]).expect(1);
    let report: serde_json::Value = serde_json::from_str(&report.stdout).unwrap();
    let finding = &report["findings"][0];
    assert_eq!(finding["embedded_in"]["kind"], "configmap");
    assert_eq!(finding["embedded_in"]["object"], "default/ConfigMap/p");
    assert_eq!(finding["embedded_in"]["key"], "c.rego");
    // a folded text cannot take an edit
    assert_eq!(finding["fix"]["applicability"], "display-only");
}

#[test]
fn every_format_reports_manifests() {
    let scene = Scene::new(&[("k8s/a.yaml", OLD)]);
    let has = [
        ("pretty", "k8s/a.yaml:2:13"),
        ("concise", "k8s/a.yaml:2:13: warning[istio-deprecated-api]"),
        ("json", "\"path\": \"k8s/a.yaml\""),
        ("sarif", "\"uri\": \"k8s/a.yaml\""),
        ("github", "::warning file=k8s/a.yaml,line=2,"),
        ("junit", "k8s/a.yaml"),
        ("gitlab", "\"path\": \"k8s/a.yaml\""),
        ("markdown", "`k8s/a.yaml:2:13`"),
    ];
    for (format, text) in has {
        let one = scene.run(&select(&["--jobs", "1", "--format", format, "."])).expect(1);
        assert!(one.stdout.contains(text), "{format}: {}", one.stdout);
        let many = scene.run(&select(&["--jobs", "8", "--format", format, "."])).expect(1);
        assert_eq!(one.stdout, many.stdout, "{format}");
    }
}

#[test]
fn a_baseline_survives_moved_lines() {
    let scene = Scene::new(&[("a.yaml", OLD)]);
    scene.run(&["baseline", "-o", "baseline.json", "."]).expect(0);
    scene.run(&["check", "--baseline", "baseline.json", "."]).expect(0);
    // other lines, another comment, the same object
    let moved = format!("---\n# new\n\n{CLEAN}---\n{}", OLD.replace("# old", "# older"));
    scene.write("a.yaml", &moved);
    let found = scene.findings(&["check", "--select", RULE, "--baseline", "baseline.json", "."]);
    assert!(found.is_empty(), "{found:?}");
    // another object is another finding
    scene.write("a.yaml", format!("{moved}---\n{}", OLD.replace("name: a", "name: b")));
    let found = scene.findings(&["check", "--select", RULE, "--baseline", "baseline.json", "."]);
    assert_eq!(found, [(RULE.into(), "a.yaml".into(), 15)]);
}

#[test]
fn the_workspace_decides_and_paths_choose() {
    let scene = Scene::new(&[("a.yaml", OLD), ("b/b.yaml", OLD)]);
    assert_eq!(scene.findings(&select(&["--workspace", ".", "b/b.yaml"])), [(RULE.into(), "b/b.yaml".into(), 2)]);
    // the fix stays in what was asked for
    scene.run(&select(&["--workspace", ".", "--fix", "b/b.yaml"])).expect(0);
    assert_eq!(scene.read("a.yaml"), OLD);
    assert!(scene.read("b/b.yaml").contains("networking.istio.io/v1 # old"));
}

#[test]
fn an_absence_is_reported_with_every_object_that_decides_it() {
    let scene = Scene::new(&[
        ("shop/namespace.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"),
        (
            "shop/web.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop, labels: {app: web}}\nspec: {containers: [{name: web, image: web}]}\n",
        ),
        ("other.yaml", CLEAN),
    ]);
    let rule = "netpol-missing-default-deny";
    let found = |args: &[&str]| scene.findings(&[&["check", "--select", rule, "--workspace", "."], args].concat());
    let expected = [(rule.to_owned(), "shop/namespace.yaml".to_owned(), 2)];
    assert_eq!(found(&["shop/namespace.yaml"]), expected);
    // the workload is why the namespace needs a policy
    assert_eq!(found(&["shop/web.yaml"]), expected);
    assert!(found(&["other.yaml"]).is_empty());
}

#[test]
fn what_comes_through_an_overlay_is_reported_with_it() {
    let files = [
        ("base/kustomization.yaml", "resources: [s.yaml]\n"),
        ("base/s.yaml", OLD),
        ("prod/kustomization.yaml", "resources: [../base]\nnamespace: prod\n"),
        ("lab/kustomization.yaml", "resources: [../base]\npatches: [{path: p.yaml}]\n"),
        ("lab/p.yaml", "apiVersion: networking.istio.io/v1beta1\nkind: Sidecar\nmetadata: {name: a, namespace: shop}\nspec: {}\n"),
    ];
    let scene = Scene::new(&files);
    assert_eq!(scene.findings(&select(&["."])), [(RULE.into(), "base/s.yaml".into(), 2)]);
    assert!(scene.findings(&select(&["--workspace", ".", "prod/kustomization.yaml"])).is_empty());
    // a patch is judged where it is written, and reported with the overlay that applies it
    let open = "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: shop}\nspec:\n  mtls: {mode: STRICT}\n";
    scene.write("base/s.yaml", open);
    scene.write("lab/p.yaml", open.replace("STRICT", "PERMISSIVE"));
    let found = |path: &str| scene.findings(&["check", "--select", "istio-peerauth-not-strict", "--workspace", ".", path]);
    for path in ["lab/kustomization.yaml", "lab/p.yaml", "base/s.yaml"] {
        assert_eq!(found(path), [("istio-peerauth-not-strict".into(), "lab/p.yaml".into(), 5)], "{path}");
    }
    assert!(found("prod/kustomization.yaml").is_empty());
}

#[test]
fn annotations_hold_in_what_kustomize_makes() {
    let object = "apiVersion: networking.istio.io/v1beta1\nkind: Sidecar\nmetadata:\n  name: a\n";
    let files = [
        ("base/kustomization.yaml", "resources: [s.yaml]\n"),
        ("base/s.yaml", object),
        ("prod/kustomization.yaml", "resources: [../base]\ncommonAnnotations:\n  ztctl.dev/ignore: istio-deprecated-api moved next year\n"),
    ];
    let scene = Scene::new(&files);
    assert!(scene.findings(&select(&["."])).is_empty());
    let annotated = format!("{object}  annotations:\n    ztctl.dev/ignore: istio-deprecated-api\n");
    scene.write("base/s.yaml", annotated);
    scene.write("prod/kustomization.yaml", "resources: [../base]\nnamespace: prod\n");
    assert!(scene.findings(&select(&["."])).is_empty());
}

#[test]
fn bad_input_is_a_finding_and_hides_nothing() {
    let good = ("good.yaml", OLD);
    let bomb: String = {
        let mut text = String::from("apiVersion: v1\nkind: ConfigMap\na0: &a0 [x]\n");
        for n in 1..60 {
            text += &format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(", "));
        }
        text
    };
    let cases: Vec<(&str, Vec<u8>, bool)> = vec![
        ("half.yaml", b"apiVersion: v1\nkind: [\n---\nkind: x\n".to_vec(), true),
        ("tabs.yaml", b"apiVersion: v1\nkind: Service\nmetadata:\n\tname: x\n".to_vec(), true),
        ("bomb.yaml", bomb.into_bytes(), true),
        ("utf16.yaml", "\u{feff}kind: x\n".encode_utf16().flat_map(u16::to_le_bytes).collect(), true),
        ("latin1.yaml", b"kind: x\nname: \xe9t\xe9\n".to_vec(), true),
        ("plain.yaml", b"- just\n- {a: list}\n".to_vec(), false),
        ("scalar.yaml", b"hello\n".to_vec(), false),
        ("binary.yaml", b"\x7fELF\0\0\0\0\x01".to_vec(), false),
        ("nginx.conf", b"server {\n  listen 80;\n}\n".to_vec(), false),
        ("half.json", b"{\"a\": [1, ".to_vec(), false),
        ("empty.yaml", Vec::new(), false),
        ("template.yaml", b"{{- range .Values.x }}\nkind: {{ . }}\n{{- end }}\n".to_vec(), false),
    ];
    for (name, text, is_finding) in cases {
        let scene = Scene::new(&[good]);
        scene.write(name, &text);
        let found = scene.findings(&select(&["."]));
        assert!(found.contains(&(RULE.into(), "good.yaml".into(), 2)), "{name}: {found:?}");
        let broken = found.iter().any(|(rule, path, _)| rule == "syntax-error" && path == name);
        assert_eq!(broken, is_finding, "{name}: {found:?}");
        // fixing does not touch it, nor does it stand in the way
        scene.run(&select(&["--fix", "."]));
        assert_eq!(std::fs::read(scene.path(name)).unwrap(), text, "{name}");
        assert!(scene.read("good.yaml").contains("istio.io/v1 #"), "{name}");
    }
}

#[test]
fn the_rest_of_a_broken_stream_is_judged() {
    let text = format!("{CLEAN}---\na: [1\n---\n{OLD}---\n\"unclosed\n");
    let scene = Scene::new(&[("a.yaml", &text)]);
    let found = scene.findings(&select(&["."]));
    assert!(found.contains(&(RULE.into(), "a.yaml".into(), 9)), "{found:?}");
    assert!(found.iter().filter(|(rule, ..)| rule == "syntax-error").count() >= 2, "{found:?}");
}

#[test]
fn verify_checks_too_and_can_be_told_not_to() {
    let scene = Scene::new(&[("a.yaml", OLD)]);
    assert_eq!(scene.findings(&["verify", "."]), [(RULE.into(), "a.yaml".into(), 2)]);
    assert!(scene.findings(&["verify", "--skip", "check", "."]).is_empty());
    scene.write("ztctl.toml", "[verify]\nrun = [\"fmt\", \"lint\"]\n");
    assert!(scene.findings(&["verify", "."]).is_empty());
    let template = "apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata: {name: t}\nspec:\n  targets:\n  - target: admission.k8s.gatekeeper.sh\n    rego: |\n      package t\n      violation[{\"msg\": m}] { m := \"no\" }\n";
    let scene = Scene::new(&[("t.yaml", template)]);
    // its layout is not the repository's to choose; that it is v0 and has no suite is worth a remark, and no more
    let rules: Vec<String> = scene.findings(&["verify", "."]).into_iter().map(|(rule, ..)| rule).collect();
    assert_eq!(rules, ["rego-no-tests", "rego-v0-syntax"]);
    scene.run(&["verify", "."]).expect(0);
}

#[test]
fn tests_run_only_where_they_may_depend_on_what_is_reported() {
    let scene = Scene::new(&[
        ("p.rego", "package p\n\nimport rego.v1\n\nallow := data.conf.x\n"),
        ("p_test.rego", "package p_test\n\nimport rego.v1\n\nimport data.p\n\ntest_fails if p.allow == 2\n"),
        ("conf/data.yaml", "x: 1\n"),
        ("k8s/a.yaml", CLEAN),
    ]);
    scene.run(&["verify", "--workspace", ".", "k8s/a.yaml"]).expect(0);
    scene.run(&["verify", "--workspace", ".", "conf/data.yaml"]).expect(1);
    scene.run(&["verify", "--workspace", ".", "p.rego"]).expect(1);
}

#[test]
fn a_configured_level_is_that_of_all_findings_of_a_rule() {
    let pa = |mode: &str| {
        format!("apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {{name: a}}\nspec: {{mtls: {{mode: {mode}}}}}\n")
    };
    let scene = Scene::new(&[("a.yaml", &pa("DISABLE")), ("b.yaml", &pa("PERMISSIVE"))]);
    let levels = || {
        let report = scene.run(&["check", "--select", "istio-peerauth-not-strict", "--format", "json", "."]).stdout;
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        report["findings"].as_array().unwrap().iter().map(|found| found["severity"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(levels(), ["error", "warning"]);
    scene.write("ztctl.toml", "[rules]\nistio-peerauth-not-strict = \"warning\"\n");
    assert_eq!(levels(), ["warning", "warning"]);
    scene.write("ztctl.toml", "[rules]\nistio = \"info\"\n");
    assert_eq!(levels(), ["info", "info"]);
}
