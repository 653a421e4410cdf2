//! Archetypes, and the best of them with one artefact taken away at a time.

use std::collections::BTreeSet;

use ztctl::assess::{Assessment, Settings};

use super::{archetype, assessed, assessed_with, status, tests_of};

fn domains(assessment: &Assessment) -> Vec<Option<u8>> {
    assessment.domains.iter().map(|domain| domain.level).collect()
}

#[test]
fn archetypes_have_their_levels() {
    // authentication, authorization, secrets, encryption, audit, network
    let cases: [(&str, u8, [u8; 6], &[&str]); 4] = [
        ("l0-k8s-base64", 0, [2, 2, 0, 0, 0, 1], &["L2.ENC.1"]),
        ("l2-k8s-sealed", 2, [2, 2, 2, 2, 2, 2], &[]),
        ("l3-eso-rotation", 3, [3, 3, 3, 3, 4, 3], &[]),
        // what would make it 5 needs a run of its tests
        ("l5-istio-opa", 4, [5, 4, 5, 5, 5, 5], &["L5.AUZ.2"]),
    ];
    for (name, level, expected, unknown) in cases {
        let assessment = assessed(&archetype(name), &Settings::default());
        assert_eq!(assessment.overall.level, Some(level), "{name}: {}", assessment.overall.reason);
        assert_eq!(domains(&assessment), expected.map(Some), "{name}");
        let open: BTreeSet<&str> = assessment.unknown.iter().map(|(criterion, ..)| *criterion).collect();
        assert_eq!(open, unknown.iter().copied().collect(), "{name}");
    }
}

#[test]
fn a_stored_key_of_the_store_holds_at_2() {
    let mut files = archetype("l3-eso-rotation");
    let store = files.iter_mut().find(|(path, _)| path.ends_with("external-secret.yaml")).expect("a store");
    store.1 = store.1.replace(
        "      region: eu-central-1\n",
        "      region: eu-central-1\n      auth:\n        secretRef:\n          accessKeyIDSecretRef: {name: aws, key: id}\n          secretAccessKeySecretRef: {name: aws, key: key}\n",
    );
    let assessment = assessed(&files, &Settings::default());
    assert_eq!(assessment.overall.level, Some(2), "{}", assessment.overall.reason);
    assert_eq!(assessment.overall.caps[0].disqualifier, "DQ.AUT.1");
}

/// What is done to a file: its end is the path's end.
enum Change {
    Remove,
    Replace(&'static str, &'static str),
}

#[test]
fn one_artefact_less_flips_what_it_carries() {
    use Change::{Remove, Replace};
    let base = archetype("l5-istio-opa");
    let of = |files: &[(String, String)]| assessed_with(files, &Settings::default(), &tests_of(files));
    let before = of(&base);
    assert_eq!(before.overall.level, Some(5), "{}", before.overall.reason);
    // file, change, the criteria that are satisfied no more, the level
    let cases: &[(&str, Change, &[&str], u8)] = &[
        ("mesh/peer-authentication.yaml", Replace("STRICT", "PERMISSIVE"), &["L5.ENC.1"], 4),
        ("mesh/peer-authentication.yaml", Replace("STRICT", "DISABLE"), &["L4.ENC.1", "L5.ENC.1", "L2.ENC.1"], 4),
        ("mesh/peer-authentication.yaml", Remove, &["L5.ENC.1", "L2.ENC.1"], 4),
        ("mesh/request-authentication.yaml", Replace("      audiences: [https://shop.example]\n", ""), &["L3.AUT.1"], 5),
        ("mesh/telemetry.yaml", Remove, &[], 5),
        ("policies/orders_test.rego", Remove, &["L5.AUZ.2"], 4),
        ("policies/orders_test.rego", Replace("test_post_is_denied if not", "test_post_is_denied if"), &["L5.AUZ.2"], 4),
        (
            "policies/orders.rego",
            Replace(
                "allow if input.method == \"GET\"",
                "allow if input.method == \"GET\"\n\nallow if {\n\tinput.admin\n\tinput.a\n\tinput.b\n}",
            ),
            &["L5.AUZ.2"],
            4,
        ),
        ("workflows/deploy.yml", Replace("opa test policies", "opa test policies || true"), &["L5.AUZ.2"], 4),
        ("workflows/deploy.yml", Replace("opa test policies", "echo later"), &["L5.AUZ.2"], 4),
        ("workflows/deploy.yml", Replace("  push:\n    branches: [main]", "  workflow_dispatch:"), &["L5.AUZ.2"], 4),
        ("shop/authorization.yaml", Replace("[cluster.local/ns/istio-ingress/sa/gateway]", "['*']"), &["L4.AUZ.1", "L5.AUZ.1"], 4),
        ("orders/authorization.yaml", Replace("action: ALLOW", "action: AUDIT"), &["L4.AUZ.1", "L5.AUZ.1"], 4),
        ("orders/authorization.yaml", Replace("      app: orders\n", "      app: other\n"), &["L5.AUZ.1"], 4),
        ("orders/authorization.yaml", Replace("spec: {}", "spec: {rules: [{}]}"), &["L5.AUZ.1"], 4),
        ("orders/authorization.yaml", Remove, &["L5.AUZ.1", "L4.AUZ.1"], 4),
        ("orders/network.yaml", Replace("Ingress, Egress]\n---", "Ingress]\n---"), &["L4.NET.1"], 5),
        (
            "orders/network.yaml",
            Replace(
                "  podSelector: {}\n  policyTypes: [Ingress, Egress]\n",
                "  podSelector: {}\n  policyTypes: [Ingress, Egress]\n  ingress: [{}]\n  egress: [{}]\n",
            ),
            &["L2.NET.1", "L3.NET.1", "L4.NET.1"],
            4,
        ),
        ("orders/network.yaml", Remove, &["L2.NET.1", "L3.NET.1", "L4.NET.1"], 5),
        (
            "orders/namespace.yaml",
            Replace("    istio-injection: enabled\n", ""),
            &["L3.ENC.1", "L4.ENC.1", "L5.AUT.1", "L5.ENC.1", "L2.ENC.1"],
            4,
        ),
        ("orders/deployment.yaml", Replace("      serviceAccountName: orders\n", ""), &["L2.AUT.1", "L5.AUT.1"], 4),
        ("orders/deployment.yaml", Replace("database/creds/orders", "secret/data/orders"), &["L4.SEC.1", "L5.SEC.1"], 3),
        ("terraform/vault.tf", Replace("3600", "604800"), &["L5.SEC.1"], 4),
        ("opa/config.yaml", Remove, &["L5.AUD.1"], 4),
        ("opa/constraint.yaml", Replace("deny", "dryrun"), &["L5.AUZ.3"], 4),
        ("opa/constraint.yaml", Remove, &["L5.AUZ.3"], 4),
        ("argocd/orders.yaml", Replace("selfHeal: true", "selfHeal: false"), &["L5.AUZ.3"], 4),
        ("monitoring/alerts.yaml", Replace("istio_requests_total{response_code=\"403\"}", "process_cpu_seconds_total"), &["L5.AUD.1"], 4),
        ("policies/orders.rego", Replace("default allow := false", "default allow := true"), &["L3.AUZ.1", "L5.AUZ.2"], 4),
        ("workflows/deploy.yml", Replace("      id-token: write\n", ""), &["L4.AUT.2"], 3),
        (
            "workflows/deploy.yml",
            Replace(
                "          role-to-assume: arn:aws:iam::000000000000:role/deploy\n",
                "          aws-access-key-id: ${{ secrets.KEY_ID }}\n          aws-secret-access-key: ${{ secrets.KEY }}\n",
            ),
            &["L4.AUT.2"],
            2,
        ),
        ("orders/role.yaml", Replace("verbs: [get]", "verbs: ['*']"), &["L1.AUZ.1", "L2.AUZ.1"], 3),
    ];
    let mut wrong = Vec::new();
    for (path, change, flips, level) in cases {
        let mut files = base.clone();
        let at = files.iter().position(|(name, _)| name.ends_with(path)).expect(path);
        let what = match change {
            Remove => {
                files.remove(at);
                "removed".to_owned()
            }
            Replace(from, to) => {
                assert!(files[at].1.contains(from), "{path} has no `{from}`");
                files[at].1 = files[at].1.replace(from, to);
                format!("`{from}` → `{to}`")
            }
        };
        let after = of(&files);
        let satisfied = |of: &Assessment| -> BTreeSet<&str> {
            of.combined.iter().filter(|verdict| verdict.status.is_satisfied()).map(|verdict| verdict.criterion.id).collect()
        };
        let lost: BTreeSet<&str> = satisfied(&before).difference(&satisfied(&after)).copied().collect();
        if lost != flips.iter().copied().collect() || after.overall.level != Some(*level) {
            wrong.push(format!("{path} {what}: {lost:?}, level {:?}: {}", after.overall.level, after.overall.reason));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn policy_tests_are_seen_but_not_believed() {
    let base = archetype("l5-istio-opa");
    let of = |files: &[(String, String)]| {
        let assessment = assessed(files, &Settings::default());
        let verdict = assessment.verdict("L5.AUZ.2").expect("one");
        (verdict.status.as_str(), verdict.evidence[0].observation.fact.as_str())
    };
    assert_eq!(of(&base), ("unknown", "policy_tests_in_ci"));
    let mut files = base.clone();
    files.retain(|(path, _)| !path.ends_with("_test.rego"));
    assert_eq!(of(&files), ("not_met", "policy_untested"));
    let edited = |from: &str, to: &str| {
        let mut files = base.clone();
        let at = files.iter().position(|(path, _)| path.ends_with("deploy.yml")).expect("a workflow");
        files[at].1 = files[at].1.replace(from, to);
        of(&files)
    };
    assert_eq!(edited("opa test policies", "opa test policies || true"), ("not_met", "policy_tests_ignored"));
    assert_eq!(edited("opa test policies", "echo hello"), ("not_met", "policy_tests_not_in_ci"));
    assert_eq!(
        edited("      - run: opa test policies", "      - run: opa test policies\n        continue-on-error: true"),
        ("not_met", "policy_tests_ignored")
    );
}

/// A report without what moves: paths, lines, ids made of them.
fn essence(assessment: &Assessment) -> String {
    fn strip(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Object(map) => {
                for key in ["path", "line", "col", "end_line", "fingerprint", "id", "scanned", "skipped"] {
                    if map.get(key).is_some_and(|value| key != "id" || value.as_str().is_some_and(|text| text.len() == 32)) {
                        map.remove(key);
                    }
                }
                // of credentials the places alone are listed
                if map.contains_key("rung") {
                    map.remove("evidence");
                }
                map.values_mut().for_each(strip);
            }
            serde_json::Value::Array(items) => {
                items.iter_mut().for_each(strip);
                items.sort_by_key(std::string::ToString::to_string);
            }
            _ => {}
        }
    }
    let text = ztctl::report::assess::json(assessment, &ztctl::report::assess::About::default());
    let mut value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    strip(&mut value);
    value.to_string()
}

#[test]
fn names_order_and_prose_do_not_matter() {
    for name in ["l0-k8s-base64", "l2-k8s-sealed", "l3-eso-rotation", "l5-istio-opa"] {
        let base = archetype(name);
        let expected = essence(&assessed(&base, &Settings::default()));
        // files in another order, under other names
        let mut renamed: Vec<(String, String)> = base
            .iter()
            .map(|(path, text)| match path.rsplit_once('/') {
                Some((folder, file)) if !path.contains(".github") && !file.ends_with(".rego") && file != "config.yaml" => {
                    (format!("{folder}/zz-{file}"), text.clone())
                }
                _ => (path.clone(), text.clone()),
            })
            .collect();
        renamed.reverse();
        assert_eq!(essence(&assessed(&renamed, &Settings::default())), expected, "{name} renamed");
        // documents of a stream in another order
        let turned: Vec<(String, String)> = base
            .iter()
            .map(|(path, text)| {
                let mut documents: Vec<&str> = text.split("---\n").map(|document| document.trim_start_matches('\n')).collect();
                documents.reverse();
                let ended: Vec<String> = documents
                    .iter()
                    .map(|document| if document.ends_with('\n') { (*document).to_owned() } else { format!("{document}\n") })
                    .collect();
                (path.clone(), ended.join("---\n"))
            })
            .collect();
        assert_eq!(essence(&assessed(&turned, &Settings::default())), expected, "{name} turned");
        // documents and samples beside it
        let mut more = base.clone();
        more.push(("docs/readme.yaml".to_owned(), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n".to_owned()));
        more.push((
            "docs/deploy.yaml".to_owned(),
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {template: {spec: {containers: [{name: x}]}}}\n".to_owned(),
        ));
        assert_eq!(essence(&assessed(&more, &Settings::default())), expected, "{name} with documents");
    }
}

#[test]
fn environments_decide_which_scopes_count() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: NS}\nstringData: {password: Winter-2024-orders}\n";
    let pod = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: NS}\nspec: {template: {spec: {serviceAccountName: a, containers: [{name: a, env: [{name: PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}]}]}}}\n";
    let sealed =
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: db, namespace: NS}\nspec: {encryptedData: {password: X}}\n";
    let of = |text: &str, namespace: &str| text.replace("NS", namespace);
    let files = [
        ("overlays/prod/app.yaml", of(pod, "shop")),
        ("overlays/prod/secret.yaml", of(sealed, "shop")),
        ("overlays/dev/app.yaml", of(pod, "shop")),
        ("overlays/dev/secret.yaml", of(secret, "shop")),
    ];
    let assessment = assessed(&files, &Settings::default());
    assert_eq!((assessment.overall.level, assessment.overall.level_all_scopes), (Some(2), Some(0)));
    let environments: Vec<(&str, Option<u8>)> =
        assessment.environments.iter().map(|environment| (environment.id.as_str(), environment.level)).collect();
    assert_eq!(environments, [("prod", Some(2)), ("dev", Some(0))]);
    let all = assessed(&files, &Settings { all_scopes: true, ..Settings::default() });
    assert_eq!(all.overall.level, Some(0));
    // a namespace's name says nothing; its label does
    let unnamed = [("a.yaml", of(pod, "dev")), ("b.yaml", of(secret, "dev"))];
    assert_eq!(assessed(&unnamed, &Settings::default()).environments[0].class.as_str(), "unclassified");
    let label = "apiVersion: v1\nkind: Namespace\nmetadata: {name: dev, labels: {environment: development}}\n".to_owned();
    let labelled = [("a.yaml", of(pod, "dev")), ("b.yaml", of(secret, "dev")), ("c.yaml", label)];
    assert_eq!(assessed(&labelled, &Settings::default()).environments[0].class.as_str(), "non-production");
    assert_eq!(status(&assessment, "L2.SEC.1"), "met");
}

#[test]
fn what_deploys_nothing_is_not_rated() {
    let bundle = [("p.rego", "package p\n\ndefault allow := false\n\nallow if input.x\n")];
    let assessment = assessed(&bundle, &Settings::default());
    assert_eq!((assessment.overall.level, assessment.kind.as_str()), (None, "policy-bundle"));
    assert_eq!(status(&assessment, "L5.AUZ.1"), "unknown");
    assert_eq!(domains(&assessment)[2..], [None, None, None, None]);
    let docs: [(&str, &str); 1] = [("a.yaml", "some: thing\n")];
    assert_eq!(assessed(&docs, &Settings::default()).kind.as_str(), "docs");
    let tests = [(
        "testdata/a.yaml",
        archetype("l0-k8s-base64").iter().find(|(path, _)| path.ends_with("deployment.yaml")).expect("one").1.clone(),
    )];
    assert_eq!(assessed(&tests, &Settings::default()).overall.level, None, "test data is not deployed");
}
