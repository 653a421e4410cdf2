use super::Scene;

const POLICY: &str = "package authz\n\ndefault allow := false\n\nallow if input.user == \"admin\"\n";
const TEST: &str = "package authz_test\n\nimport data.authz\n\ntest_admin if authz.allow with input as {\"user\": \"admin\"}\n\ntest_other if not authz.allow with input as {\"user\": \"eve\"}\n";

#[test]
fn a_clean_repository_passes() {
    let scene = Scene::new(&[("authz.rego", POLICY), ("authz_test.rego", TEST)]);
    scene.run(&["verify"]).expect(0);
    scene.run(&["test"]).expect(0);
}

#[test]
fn each_part_can_fail_the_gate() {
    let unformatted = Scene::new(&[("a.rego", "package a\n\np if {  input.x }\n")]);
    let findings = unformatted.findings(&["verify", "."]);
    assert!(findings.iter().any(|(rule, ..)| rule == "opa-fmt"), "{findings:?}");
    unformatted.run(&["verify", "--skip", "fmt"]).expect(0);
    let failing = Scene::new(&[
        ("authz.rego", POLICY),
        ("authz_test.rego", "package authz_test\n\nimport data.authz\n\ntest_eve if authz.allow with input as {\"user\": \"eve\"}\n"),
    ]);
    let run = failing.run(&["verify"]).expect(1);
    assert!(run.stdout.contains("test_eve"), "{}", run.stdout);
    failing.run(&["verify", "--skip", "test"]).expect(0);
    let flawed = Scene::new(&[("a.rego", "package a\n\ndefault allow := true\n")]);
    flawed.run(&["verify"]).expect(1);
    flawed.run(&["verify", "--skip", "lint,check"]).expect(0);
}

#[test]
fn json_holds_findings_and_tests() {
    let scene = Scene::new(&[("authz.rego", POLICY), ("authz_test.rego", TEST)]);
    let run = scene.run(&["verify", "--format", "json"]).expect(0);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["schema"], "ztctl.dev/report/v1");
    assert_eq!(report["tests"].as_array().unwrap().len(), 2);
    assert_eq!(report["summary"]["errors"], 0);
}

#[test]
fn the_test_report_has_opas_shape() {
    let scene = Scene::new(&[("authz.rego", POLICY), ("authz_test.rego", TEST)]);
    let run = scene.run(&["test", "--format", "json"]).expect(0);
    let tests: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let first = &tests.as_array().unwrap()[0];
    assert_eq!(first["package"], "data.authz_test");
    assert_eq!(first["name"], "test_admin");
    assert_eq!(first["location"]["row"], 5);
}

#[test]
fn fixture_cases_run_and_record() {
    let cases = "- name: admin\n  query: data.authz.allow\n  input: {user: admin}\n  expect: true\n# a remark\n- name: eve\n  query: data.authz.allow\n  input: {user: eve}\n  expect: true\n";
    let scene = Scene::new(&[("authz.rego", POLICY), ("authz.ztest.yaml", cases)]);
    let run = scene.run(&["test"]).expect(1);
    assert!(run.stdout.contains("eve"), "{}", run.stdout);
    scene.run(&["test", "--update"]).expect(0);
    assert_eq!(scene.read("authz.ztest.yaml"), cases.replace("{user: eve}\n  expect: true", "{user: eve}\n  expect: false"));
    scene.run(&["test"]).expect(0);
}

#[test]
fn a_runaway_test_is_its_own_error() {
    let scene = Scene::new(&[(
        "a_test.rego",
        "package a_test\n\ntest_fine if true\n\ntest_endless if {\n\tcount([1 | some i in numbers.range(1, 100000); some j in numbers.range(1, 100000); i == j + 1]) == 7\n}\n",
    )]);
    let run = scene.run(&["test", "--timeout", "300ms", "--format", "json", "."]).expect(1);
    let tests: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let of = |name: &str| tests.as_array().unwrap().iter().find(|t| t["name"] == name).unwrap().clone();
    assert!(of("test_endless")["error"].is_object() || of("test_endless")["error"].is_string(), "{}", run.stdout);
    assert!(of("test_fine")["fail"].is_null() && of("test_fine")["error"].is_null(), "{}", run.stdout);
}

/// Manifests that cannot be merged at `data` are judged all the same; other documents that cannot are named.
#[test]
fn a_manifest_is_not_listed_as_skipped_data() {
    let object = |name: &str| format!("apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n  namespace: shop\n");
    let scene = Scene::new(&[
        ("authz.rego", POLICY),
        ("authz_test.rego", TEST),
        ("k8s/a.yaml", &object("a")),
        ("k8s/b.yaml", &format!("{}---\n{}", object("b"), object("c"))),
        ("conf/a.yaml", "limit: 1\n"),
        ("conf/b.yaml", "limit: 2\n"),
    ]);
    let run = scene.run(&["verify", "--format", "json"]).expect(0);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let skipped: Vec<&str> = report["summary"]["skipped"].as_array().unwrap().iter().map(|s| s["path"].as_str().unwrap()).collect();
    assert_eq!(skipped, ["conf/b.yaml"]);
}
