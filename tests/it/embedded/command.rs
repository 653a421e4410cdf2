//! The command's flags.

use crate::cli::Scene;

const CONFIG_MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a.rego: |\n    package a\n    p:=1\n";
const TIDY_MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a.rego: |\n    package a\n\n    p := 1\n";
const PAGE: &str = "# Policy\n\n```rego\npackage a\np:=1\n```\n";
const TIDY_PAGE: &str = "# Policy\n\n```rego\npackage a\n\np := 1\n```\n";

fn scene() -> Scene {
    Scene::new(&[
        ("a.yaml", CONFIG_MAP),
        ("b.yml", "kind: Deployment\nspec: [rego]\n"),
        ("c.json", "{\"a.rego\": \"package a\\np:=1\"}"),
        ("docs/page.md", PAGE),
        ("docs/other.markdown", "# No code\n"),
        ("d.rego", "package d\n\np := 1\n"),
    ])
}

#[test]
fn only_with_the_flag() {
    let scene = scene();
    scene.run(&["fmt", "."]).expect(0);
    assert_eq!(scene.read("a.yaml"), CONFIG_MAP);
    let named = scene.run(&["fmt", "a.yaml"]).expect(0);
    assert!(named.stderr.contains("skipped a.yaml"), "{}", named.stderr);
    let run = scene.run(&["fmt", "--embedded", "."]).expect(0);
    assert_eq!(run.stderr, "2 of 3 files reformatted\n");
    assert_eq!(scene.read("a.yaml"), TIDY_MAP);
    assert_eq!(scene.read("docs/page.md"), TIDY_PAGE);
    assert_eq!(scene.read("c.json"), "{\"a.rego\": \"package a\\np:=1\"}");
    scene.run(&["fmt", "--embedded", "--check", "."]).expect(0);
}

#[test]
fn previews_write_nothing() {
    let scene = scene();
    assert_eq!(scene.run(&["fmt", "--embedded", "-l", "."]).expect(1).stdout, "a.yaml\ndocs/page.md\n");
    let check = scene.run(&["fmt", "--embedded", "--check", "."]).expect(1);
    assert_eq!(check.stdout, "would reformat a.yaml\nwould reformat docs/page.md\n");
    let diff = scene.run(&["fmt", "--embedded", "--diff", "a.yaml"]).expect(1).stdout;
    assert!(diff.contains("@@ -4,4 +4,5 @@") && diff.contains("-    p:=1\n+\n+    p := 1\n"), "{diff}");
    assert_eq!(scene.run(&["fmt", "--embedded", "--stdout", "docs/page.md"]).expect(0).stdout, TIDY_PAGE);
    // of a folder, what holds Rego
    let all = scene.run(&["fmt", "--embedded", "--stdout", "."]).expect(0);
    assert_eq!(all.stdout, format!("{TIDY_MAP}package d\n\np := 1\n{TIDY_PAGE}"));
    assert_eq!(scene.read("a.yaml"), CONFIG_MAP);
    assert_eq!(scene.read("docs/page.md"), PAGE);
    let found = scene.findings(&["fmt", "--embedded", "--check", "."]);
    assert_eq!(
        found.iter().map(|(rule, path, _)| format!("{rule} {path}")).collect::<Vec<_>>(),
        ["opa-fmt a.yaml", "opa-fmt docs/page.md"]
    );
}

#[test]
fn standard_input_is_what_its_name_says() {
    let scene = Scene::new(&[]);
    let yaml = ["fmt", "--embedded", "--stdin-filename", "x.yaml", "-"];
    assert_eq!(scene.run_with(&yaml, Some(CONFIG_MAP.as_bytes())).expect(0).stdout, TIDY_MAP);
    let page = ["fmt", "--embedded", "--stdin-filename", "x.md", "-"];
    assert_eq!(scene.run_with(&page, Some(PAGE.as_bytes())).expect(0).stdout, TIDY_PAGE);
    scene.run_with(&["fmt", "--embedded", "--check", "--stdin-filename", "x.md", "-"], Some(PAGE.as_bytes())).expect(1);
    // a filter never eats the file
    let broken = CONFIG_MAP.replace("p:=1", "p:=");
    let run = scene.run_with(&yaml, Some(broken.as_bytes())).expect(1);
    assert_eq!(run.stdout, broken);
    assert!(run.stderr.contains("x.yaml:7"), "{}", run.stderr);
    let plain = "kind: Deployment\n";
    assert_eq!(scene.run_with(&yaml, Some(plain.as_bytes())).expect(0).stdout, plain);
}

#[test]
fn findings_are_where_they_are_in_the_file() {
    let text = format!("# a comment\n{}\n  b.rego: |\n    package b\n    p if {{\n      input.x ==\n    }}\n", CONFIG_MAP.trim_end());
    let scene = Scene::new(&[("a.yaml", &text)]);
    let run = scene.run(&["fmt", "--embedded", "--format", "json", "a.yaml"]).expect(1);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    let found = &report["findings"][0];
    assert_eq!(found["start"]["line"], 12, "{found}");
    assert_eq!(found["embedded_in"]["key"], "b.rego", "{found}");
    assert_eq!(found["embedded_in"]["object"], "default/ConfigMap/a", "{found}");
    // the other text is formatted all the same
    assert_eq!(scene.read("a.yaml"), text.replace("p:=1", "\u{0}").replace("    \u{0}", "\n    p := 1"));
}

#[test]
fn named_files_without_rego_are_skipped() {
    let scene = scene();
    let run = scene.run(&["fmt", "--embedded", "b.yml", "docs/other.markdown", "d.rego"]).expect(0);
    assert!(run.stderr.contains("skipped b.yml: it holds no Rego"), "{}", run.stderr);
    assert!(run.stderr.contains("skipped docs/other.markdown: it holds no Rego"), "{}", run.stderr);
    let run = scene.run(&["fmt", "--embedded", "b.yml"]).expect(0);
    assert!(run.stderr.contains("no Rego file found"), "{}", run.stderr);
    scene.run(&["fmt", "--embedded", "--fail-on-empty", "b.yml"]).expect(2);
}

#[test]
fn versions_come_from_the_place_or_as_for_files() {
    let page = "```rego\npackage a\n\np {\n\tinput.x\n}\n```\n";
    let template = "apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata: {name: a}\nspec:\n  targets:\n    - rego: |\n        package a\n\n        violation[x] {\n        \tx := 1\n        }\n";
    let scene = Scene::new(&[("a.md", page), ("t.yaml", template)]);
    scene.run(&["fmt", "--embedded", "--check", "."]).expect(0);
    // a code block has no version of its own, a template has
    scene.run(&["fmt", "--embedded", "--check", "--rego-version", "v1", "a.md"]).expect(1);
    scene.run(&["fmt", "--embedded", "--check", "--rego-version", "v1", "t.yaml"]).expect(0);
    let scene = Scene::new(&[("ztctl.toml", "rego-version = \"v1\"\n"), ("a.md", page), ("t.yaml", template)]);
    scene.run(&["fmt", "--embedded", "--check", "a.md"]).expect(1);
    scene.run(&["fmt", "--embedded", "--check", "t.yaml"]).expect(0);
}

#[test]
fn reports_of_migrations_name_each_text() {
    let template = "apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata: {name: a}\nspec:\n  targets:\n    - rego: |\n        package a\n        violation[x]{x:=1}\n      libs:\n        - |\n          package lib.a\n          f(x)=y{y:=x}\n";
    let scene = Scene::new(&[("t.yaml", template)]);
    let run = scene.run(&["fmt", "--embedded", "--migrate", "v1", "--report", "--format", "json", "."]).expect(0);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    let text = report.to_string();
    assert!(text.contains("spec.targets[0].rego") && text.contains("spec.targets[0].libs[0]"), "{text}");
    assert!(scene.read("t.yaml").contains("version: v1"));
}

#[test]
fn files_in_other_encodings_matter_only_with_rego() {
    let scene = Scene::new(&[]);
    scene.write("a.yaml", b"a: \xff\n");
    scene.write("b.yaml", [CONFIG_MAP.as_bytes(), b"  x: \xff\n"].concat());
    scene.write("c.md", b"# \xff\n");
    let found = scene.findings(&["fmt", "--embedded", "."]);
    assert_eq!(found, [("syntax-error".to_owned(), "b.yaml".to_owned(), 8)]);
}

#[test]
fn the_texts_of_a_target_are_one_workspace() {
    let template = "apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata: {name: a}\nspec:\n  targets:\n    - rego: |\n        package a\n        violation[x]{data.lib.a.every[x]}\n      libs:\n        - |\n          package lib.a\n          every[x]{x:=1}\n";
    let scene = Scene::new(&[("t.yaml", template)]);
    let run = scene.run(&["fmt", "--embedded", "--migrate", "v1", "."]).expect(1);
    assert!(run.stderr.contains("not migrated"), "{}", run.stderr);
    assert_eq!(scene.read("t.yaml"), template);
    scene.run(&["fmt", "--embedded", "--migrate", "v1", "--unsafe-fixes", "."]).expect(0);
    let new = scene.read("t.yaml");
    let name = new.lines().find_map(|line| line.trim().strip_prefix("every")).and_then(|rest| rest.split(' ').next()).expect("the rule");
    assert!(!name.is_empty() && new.contains(&format!("data.lib.a.every{name}[x]")), "{new}");
}
