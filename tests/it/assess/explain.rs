//! `--explain`: criteria scope by scope, disqualifiers, domains, waivers, controls, and names that mean nothing.

use ztctl::assess::{Assessment, Settings};
use ztctl::report::assess::{About, explain, explain_json, explain_schema};

use super::{archetype, assessed};
use crate::cli::Scene;

/// Two environments: production leaves what staging has, and a waiver takes one workload out.
fn files() -> Vec<(String, String)> {
    let workload = |environment: &str, name: &str, account: &str| {
        let account = if account.is_empty() { String::new() } else { format!("      serviceAccountName: {account}\n") };
        let text = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec:\n{account}      containers:\n        - name: {name}\n          image: {name}:1\n          env:\n            - name: DB_PASSWORD\n              valueFrom: {{secretKeyRef: {{name: {name}-db, key: password}}}}\n"
        );
        (format!("k8s/{environment}/{name}.yaml"), text)
    };
    vec![
        workload("prod", "orders", ""),
        workload("prod", "billing", "billing"),
        workload("staging", "orders", "orders"),
        (
            ".ztctl/waivers.yaml".to_owned(),
            "version: 1\nwaivers:\n  - id: WV-7\n    criteria: [L2.AUT.1]\n    match: {kind: Deployment, name: orders}\n    reason: gets an account with the next release\n    owner: team@orders.example\n    approved_by: ciso\n    expires: 2027-01-31\n  - id: WV-8\n    criteria: [L2.AUT.1]\n    match: {name: gone}\n    reason: left over\n    owner: team@orders.example\n    expires: 2026-01-31\n"
                .to_owned(),
        ),
    ]
}

fn told(assessment: &Assessment, id: &str) -> String {
    explain(assessment, id).unwrap_or_else(|| panic!("{id} is unknown"))
}

fn value(assessment: &Assessment, id: &str) -> serde_json::Value {
    serde_json::from_str(&explain_json(assessment, id, &About::default()).unwrap_or_else(|| panic!("{id} is unknown"))).expect("JSON")
}

#[test]
fn a_criterion_is_told_scope_by_scope_with_its_waivers() {
    let assessment = assessed(&files(), &Settings::default());
    let text = told(&assessment, "L2.AUT.1");
    for wanted in [
        "status: waived",
        "without waivers: partial",
        "prod/shop (production): waived",
        "staging/shop (not production: does not count for the headline): met, 1 of 1",
        "k8s/prod/orders.yaml:",
        "k8s/staging/orders.yaml:",
        "[waived by WV-7]",
        "WV-7: active, owner team@orders.example, approved by ciso",
        "reason: gets an account with the next release",
        "expires: 2027-01-31 (in 71 days)",
        "takes out shop/Deployment/orders in prod/shop",
        "WV-8: expired",
        "(294 days ago)",
        "UNKNOWNS",
        "no repository shows",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    // what counts comes first
    assert!(text.find("prod/shop (").expect("prod") < text.find("staging/shop (").expect("staging"));
    let value = &value(&assessment, "l2.aut.1")["criterion"];
    assert_eq!((&value["status"], &value["status_without_waivers"]), (&"waived".into(), &"partial".into()));
    let scopes = value["scopes"].as_array().expect("scopes");
    let of = |name: &str| scopes.iter().find(|one| one["scope"] == name).expect("a scope");
    assert_eq!((&of("prod/shop")["counts"], &of("staging/shop")["counts"]), (&true.into(), &false.into()));
    assert_eq!(of("prod/shop")["status_without_waivers"], "partial");
    let waiver = &value["waivers"][0];
    assert_eq!((&waiver["id"], &waiver["days_left"], &waiver["standing"]), (&"WV-7".into(), &71.into(), &"active".into()));
    assert_eq!(waiver["takes_out"][0]["subject"], "shop/Deployment/orders");
}

#[test]
fn what_fails_gets_a_patch_and_what_passes_none() {
    let assessment = assessed(&files()[..3], &Settings::default());
    let text = told(&assessment, "L2.AUT.1");
    assert!(text.contains("status: partial") && text.contains("patch for shop/Deployment/orders, k8s/prod/orders.yaml:"), "{text}");
    assert!(!text.contains("without waivers"), "{text}");
    assert!(!value(&assessment, "L2.AUT.1")["criterion"]["patches"].as_array().expect("a list").is_empty());
    let five = assessed(&archetype("l5-istio-opa"), &Settings::default());
    let text = told(&five, "L2.AUT.1");
    assert!(text.contains("status: met") && !text.contains("patch for"), "{text}");
}

#[test]
fn a_disqualifier_is_told_with_what_triggers_and_what_silences_it() {
    let mut files = archetype("l0-k8s-base64");
    let open = assessed(&files, &Settings::default());
    let text = told(&open, "dq.sec.1");
    for wanted in
        ["holds the headline at 0 and secrets at 0", "triggered, a credential value in a file", "k8s/secret.yaml:", "L1.SEC.1", "to pass:"]
    {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    assert_eq!(value(&open, "DQ.SEC.1")["disqualifier"]["scopes"][0]["in_force"], true);
    assert!(told(&open, "DQ.NET.1").contains("not triggered here"));
    assert!(told(&open, "DQ.GOV.1").contains("not triggered here"));
    let waivers = "version: 1\nwaivers:\n  - id: WV-1\n    criteria: [L1.SEC.1, L1.SEC.2, L2.SEC.1]\n    match: {namespace: orders}\n    reason: moved next week\n    owner: team@orders.example\n    expires: 2027-01-01\n";
    files.push((".ztctl/waivers.yaml".to_owned(), waivers.to_owned()));
    let waived = assessed(&files, &Settings::default());
    let text = told(&waived, "DQ.SEC.1");
    assert!(text.contains("silenced by a waiver") && text.contains("[waived]"), "{text}");
    assert_eq!(value(&waived, "DQ.SEC.1")["disqualifier"]["scopes"][0]["in_force"], false);
    let text = told(&waived, "WV-1");
    for wanted in ["WV-1: active", "takes out L1.SEC.1: ", "L1.SEC.1  ", "without waivers: not_met", "level: 2, without waivers: 0"] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    assert_eq!(value(&waived, "WV-1")["waiver"]["statuses"]["L1.SEC.1"]["status_without_waivers"], "not_met");
}

#[test]
fn a_domain_is_told_with_its_criteria_and_scopes() {
    let assessment = assessed(&files(), &Settings::default());
    for id in ["authentication", "AUT"] {
        let text = told(&assessment, id);
        for wanted in [
            "AUTHENTICATION  level",
            "BY SCOPE",
            "prod/shop (production)",
            "L2.AUT.1   a service account for each workload: waived, 1 of 1",
            "without waivers: partial",
            "no repository shows",
        ] {
            assert!(text.contains(wanted), "{wanted}: {text}");
        }
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    }
    let none = assessed(&archetype("l1-node-dotenv"), &Settings::default());
    assert!(told(&none, "network").contains("not assessable"));
    assert_eq!(value(&none, "network")["domain"]["level"], serde_json::Value::Null);
}

#[test]
fn explanations_fit_their_schema() {
    let schema = explain_schema();
    for files in [files(), archetype("l0-k8s-base64"), archetype("l2-helm-values"), archetype("l5-istio-opa")] {
        let assessment = assessed(&files, &Settings::default());
        for id in ["L1.SEC.1", "L2.AUT.1", "L3.SEC.2", "L5.NET.1", "DQ.SEC.1", "DQ.GOV.1", "secrets", "audit", "pci:8.6.3", "A.8.24"] {
            super::reports::check(&schema, &schema, &value(&assessment, id), id);
        }
    }
    let assessment = assessed(&files(), &Settings::default());
    super::reports::check(&schema, &schema, &value(&assessment, "WV-7"), "WV-7");
}

#[test]
fn schemas_of_views_are_fresh() {
    let text = |schema: serde_json::Value| serde_json::to_string_pretty(&schema).expect("a value") + "\n";
    crate::config::docs::hold("docs/schema/explain.v1.json", &text(explain_schema()));
    crate::config::docs::hold("docs/schema/runbook.v1.json", &text(ztctl::report::assess::runbook_schema()));
}

#[test]
fn an_unknown_id_is_an_error_with_similar_names() {
    let files = files();
    let all: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let scene = Scene::new(&all);
    for (wrong, similar) in [
        ("L2.AUT.7", "`L2.AUT.1`"),
        ("L3.SEC", "`L3.SEC.1` or `L3.SEC.2`"),
        ("DQ.SEC.9", "`DQ.SEC."),
        ("secrtes", "`secrets`"),
        ("WV-", "`WV-7` or `WV-8`"),
    ] {
        let error = scene.run(&["assess", "--explain", wrong]).expect(2).stderr;
        assert!(error.contains(&format!("`{wrong}` is no criterion")) && error.contains(similar), "{error}");
    }
    let plain = scene.run(&["assess", "--explain", "nothing like it"]).expect(2).stderr;
    assert!(!plain.contains("did you mean"), "{plain}");
    scene.run(&["assess", "--explain", "L2.AUT.1", "--format", "html"]).expect(2);
    let json = scene.run(&["assess", "--explain", "WV-7", "--format", "json"]).expect(0).stdout;
    assert!(json.contains("\"kind\": \"waiver\""), "{json}");
}
