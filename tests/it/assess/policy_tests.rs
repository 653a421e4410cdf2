//! L5.AUZ.2: what tests show when they are run, and what pipelines do with them.

use ztctl::assess::Settings;
use ztctl::assess::policy_tests::PolicyTests;

use super::{assessed_with, tests_of};

const POLICY: &str = "package shop.authz\n\ndefault allow := false\n\nallow if input.method == \"GET\"\n\nallow if {\n\tinput.method == \"POST\"\n\tinput.admin\n}\n";
const TESTS: &str = "package shop.authz_test\n\nimport data.shop.authz\n\ntest_get if authz.allow with input as {\"method\": \"GET\"}\n\ntest_post if authz.allow with input as {\"method\": \"POST\", \"admin\": true}\n\ntest_none if not authz.allow with input as {}\n";

/// The fact that decides, with the given files beside the policy and its tests.
fn fact(tests: &str, more: &[(&str, &str)], run: bool) -> String {
    let mut files = vec![("policies/authz.rego", POLICY), ("policies/authz_test.rego", tests)];
    files.extend(more);
    let ran = if run { tests_of(&files) } else { PolicyTests::NotRun };
    let assessment = assessed_with(&files, &Settings::default(), &ran);
    let verdict = assessment.verdict("L5.AUZ.2").expect("a criterion");
    let evidence = verdict.evidence.first().map_or("none", |evidence| evidence.observation.fact.as_str());
    format!("{} {evidence}", verdict.status.as_str())
}

/// A workflow with these steps, and what stands above its jobs.
fn workflow(on: &str, steps: &str) -> String {
    format!("name: ci\non: {on}\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v5\n{steps}")
}

const CI: &str = ".github/workflows/ci.yml";

/// A case's name, a pipeline, and the files beside it.
type Pipeline<'c> = (&'c str, &'c str, &'c [(&'c str, &'c str)]);

#[test]
fn tests_are_believed_when_they_were_run() {
    let ci = workflow("[push]", "      - run: opa test policies\n");
    let of = |tests: &str, run| fact(tests, &[(CI, &ci)], run);
    assert_eq!(of(TESTS, true), "met policy_tested");
    assert_eq!(of(TESTS, false), "unknown policy_tests_in_ci");
    assert_eq!(of(&TESTS.replace("test_none if not", "test_none if"), true), "not_met policy_tests_fail");
    assert_eq!(of(&format!("{TESTS}\ntest_error if to_number(\"x\") / 0 == 1\n"), true), "not_met policy_tests_fail");
    // one of three statements is never reached
    let few = TESTS.replace("test_post if authz.allow with input as {\"method\": \"POST\", \"admin\": true}\n", "");
    assert_eq!(of(&few, true), "not_met policy_coverage_low");
    // nothing is tested by what is always true
    let constant = "package shop.authz_test\n\nimport data.shop.authz\n\ntest_ok if true\n";
    assert_eq!(of(constant, true), "not_met policy_untested");
    let skipped = TESTS.replace("test_", "todo_test_");
    assert_eq!(of(&skipped, true), "not_met policy_untested");
}

#[test]
fn steps_are_followed_to_the_tests() {
    let of = |steps: &str, more: &[(&str, &str)]| {
        let ci = workflow("[push, pull_request]", steps);
        let mut files = vec![(CI, ci.as_str())];
        files.extend(more);
        fact(TESTS, &files, true)
    };
    let make = ".PHONY: check policy\ncheck: lint policy\n\nlint:\n\techo lint\n\npolicy:\n\t@opa test -v ./policies\n";
    let just = "policy:\n    opa test policies\n\ncheck: policy\n";
    let npm = "{\"scripts\": {\"test\": \"npm run policy\", \"policy\": \"opa test policies\"}}";
    let script = "#!/usr/bin/env bash\nset -euo pipefail\ncd policies\nopa test . -v\n";
    let action = "runs:\n  using: composite\n  steps:\n    - run: opa test policies\n      shell: bash\n";
    let hooks = "repos:\n  - repo: local\n    hooks:\n      - id: policy\n        entry: opa test policies\n        language: system\n";
    let task = "version: '3'\ntasks:\n  check:\n    deps: [policy]\n  policy:\n    cmds: [opa test policies]\n";
    let other = make.replace("check: lint", "build:\n\ttrue\n\ncheck: lint");
    let firm: &[Pipeline<'_>] = &[
        ("plain", "      - run: opa test policies\n", &[]),
        ("several lines", "      - run: |\n          set -e\n          echo a && opa test \\\n            policies\n", &[]),
        ("folder", "      - run: opa test .\n        working-directory: policies\n", &[]),
        ("container", "      - run: docker run --rm -v \"$PWD:/w\" openpolicyagent/opa:1.0.0 test /w/policies\n", &[]),
        ("conftest", "      - run: conftest verify --policy policies\n", &[]),
        ("ztctl", "      - run: ztctl verify\n", &[]),
        ("exit code handled", "      - run: opa test policies || exit 1\n", &[]),
        ("pipe with pipefail", "      - shell: bash\n        run: opa test policies | tee log\n", &[]),
        ("make", "      - run: make check\n", &[("Makefile", make)]),
        ("make -C", "      - run: make -C tools check\n", &[("tools/Makefile", "check:\n\tcd .. && opa test policies\n")]),
        ("just", "      - run: just check\n", &[("justfile", just)]),
        ("npm", "      - run: npm test\n", &[("package.json", npm)]),
        ("task", "      - run: task check\n", &[("Taskfile.yml", task)]),
        ("script", "      - run: ./scripts/test.sh\n", &[("scripts/test.sh", script)]),
        ("bash script", "      - run: bash scripts/test.sh\n", &[("scripts/test.sh", script)]),
        ("composite action", "      - uses: ./.github/actions/policy\n", &[(".github/actions/policy/action.yml", action)]),
        ("pre-commit", "      - uses: pre-commit/action@v3.0.1\n", &[(".pre-commit-config.yaml", hooks)]),
    ];
    let lax: &[Pipeline<'_>] = &[
        ("or true", "      - run: opa test policies || true\n", &[]),
        ("or colon", "      - run: opa test policies || :\n", &[]),
        ("or echo", "      - run: opa test policies || echo failed\n", &[]),
        ("continue", "      - run: opa test policies\n        continue-on-error: true\n", &[]),
        ("set +e", "      - run: |\n          set +e\n          opa test policies\n          echo done\n", &[]),
        ("pipe", "      - run: opa test policies | tee log\n", &[]),
        ("make ignores", "      - run: make check\n", &[("Makefile", "check:\n\t-opa test policies\n")]),
        ("lax script", "      - run: ./t.sh\n", &[("t.sh", "#!/bin/sh\nopa test policies\necho done\n")]),
    ];
    let none: &[Pipeline<'_>] = &[
        ("nothing", "      - run: echo opa\n", &[]),
        ("comment", "      - run: |\n          # opa test policies\n          echo later\n", &[]),
        ("if false", "      - if: false\n        run: opa test policies\n", &[]),
        ("if expression", "      - if: ${{ false }}\n        run: opa test policies\n", &[]),
        ("other folder", "      - run: opa test other\n", &[]),
        ("other target", "      - run: make build\n", &[("Makefile", &other)]),
        ("in quotes", "      - run: echo \"opa test policies\"\n", &[]),
    ];
    let mut wrong = Vec::new();
    for (cases, expected) in [(firm, "met policy_tested"), (lax, "not_met policy_tests_ignored"), (none, "not_met policy_tests_not_in_ci")]
    {
        for (name, steps, more) in cases {
            let found = of(steps, more);
            if found != expected {
                wrong.push(format!("{name}: {found}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_starts_the_job_counts() {
    let of = |on: &str| fact(TESTS, &[(CI, &workflow(on, "      - run: opa test policies\n"))], true);
    let (met, not) = ("met policy_tested", "not_met policy_tests_not_in_ci");
    assert_eq!(of("{push: {branches: [main]}}"), met);
    assert_eq!(of("{pull_request: {paths: ['policies/**']}}"), met);
    assert_eq!(of("{pull_request: {paths: ['**.rego', '!docs/**']}}"), met);
    assert_eq!(of("{pull_request: {paths: ['src/**']}}"), not);
    assert_eq!(of("{push: {paths-ignore: ['policies/**']}}"), not);
    assert_eq!(of("{pull_request: {paths: ['src/**']}, push: {branches: [main]}}"), met);
    assert_eq!(of("workflow_dispatch"), not);
    assert_eq!(of("{push: {tags: ['v*']}}"), not);
    assert_eq!(of("{schedule: [{cron: '0 3 * * *'}]}"), met);
    let gitlab = |job: &str| fact(TESTS, &[(".gitlab-ci.yml", &format!("stages: [test]\npolicy:\n  stage: test\n{job}"))], true);
    assert_eq!(gitlab("  script: [opa test policies]\n"), met);
    assert_eq!(gitlab("  script: [opa test policies]\n  allow_failure: true\n"), "not_met policy_tests_ignored");
    assert_eq!(gitlab("  script: [opa test policies]\n  when: manual\n"), not);
    assert_eq!(gitlab("  script: [opa test policies]\n  rules:\n    - changes: [src/**/*]\n"), not);
}
