//! Runbook sheets: which workload a name means, and which admission policies see it.

use ztctl::assess::Settings;
use ztctl::assess::runbook::{Lookup, Sheet};
use ztctl::report::assess::{runbook_json, runbook_schema};

use super::{archetype, assessed};
use crate::cli::Scene;

fn workload(namespace: &str, kind: &str, name: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: {namespace}, labels: {{team: shop}}}}\nspec:\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec:\n      serviceAccountName: {name}\n      containers: [{{name: {name}, image: \"{name}:1\"}}]\n"
    )
}

fn find(files: &[(&str, String)], name: &str) -> Result<Vec<Sheet>, Lookup> {
    let settings = Settings { runbook: Some(name.to_owned()), ..Settings::default() };
    assessed(files, &settings).runbook.expect("it was asked for")
}

fn candidates(files: &[(&str, String)], name: &str) -> Vec<String> {
    match find(files, name) {
        Err(Lookup::Ambiguous { workloads }) => workloads,
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn an_ambiguous_name_lists_names_that_mean_one() {
    let files = [
        ("k8s/prod/a.yaml", workload("orders", "Deployment", "api")),
        ("k8s/prod/b.yaml", workload("billing", "Deployment", "api")),
        ("k8s/staging/a.yaml", workload("orders", "Deployment", "api")),
        ("k8s/prod/c.yaml", workload("jobs", "Deployment", "worker")),
        ("k8s/prod/d.yaml", workload("jobs", "StatefulSet", "worker")),
    ];
    let all = candidates(&files, "api");
    assert_eq!(all, ["prod:billing/api", "prod:orders/api", "staging:orders/api"]);
    for name in &all {
        assert_eq!(find(&files, name).expect("it means one").len(), 1, "{name}");
    }
    assert_eq!(candidates(&files, "prod:api"), ["billing/api", "orders/api"]);
    assert_eq!(candidates(&files, "worker"), ["jobs/Deployment/worker", "jobs/StatefulSet/worker"]);
    assert_eq!(find(&files, "jobs/StatefulSet/worker").expect("one")[0].workload, "jobs/StatefulSet/worker");
    // one workload in two environments is no question: both are on the sheet
    let both = find(&files, "orders/api").expect("one workload");
    let environments: Vec<&str> = both.iter().map(|sheet| sheet.environment.as_str()).collect();
    assert_eq!(environments, ["prod", "staging"]);
    assert_eq!(find(&files, "staging:orders/api").expect("one")[0].environment, "staging");
    assert!(matches!(find(&files, "dev:orders/api"), Err(Lookup::Unknown { .. })));
    assert_eq!(find(&files, "aip"), Err(Lookup::Unknown { nearest: Some("api".to_owned()) }));
}

#[test]
fn an_ambiguous_or_unknown_name_is_a_usage_error() {
    let (a, b) = (workload("orders", "Deployment", "api"), workload("billing", "Deployment", "api"));
    let scene = Scene::new(&[("a.yaml", &a), ("b.yaml", &b)]);
    let error = scene.run(&["assess", "--runbook", "api"]).expect(2).stderr;
    assert!(error.contains("`api` may be `billing/api` or `orders/api`"), "{error}");
    assert!(scene.run(&["assess", "--runbook", "orders/api"]).expect(0).stdout.contains("RUNBOOK  orders/Deployment/api"));
    let error = scene.run(&["assess", "--runbook", "apy"]).expect(2).stderr;
    assert!(error.contains("did you mean `api`?"), "{error}");
}

#[test]
fn the_json_fits_the_published_schema() {
    let schema = runbook_schema();
    for (name, workload) in [("l5-istio-opa", "orders/Deployment/orders"), ("l2-k8s-sealed", "orders")] {
        let settings = Settings { runbook: Some(workload.to_owned()), ..Settings::default() };
        let sheets = assessed(&archetype(name), &settings).runbook.expect("a sheet").expect("a workload");
        let value = serde_json::from_str(&runbook_json(&sheets)).expect("JSON");
        super::reports::check(&schema, &schema, &value, name);
    }
}

/// What the sheet of `shop/Deployment/api` says of admission; `?` before what is open.
fn admission(policies: &str) -> Vec<String> {
    let space =
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {tier: gold, pod-security.kubernetes.io/enforce: restricted}}\n";
    let files =
        [("a.yaml", workload("shop", "Deployment", "api")), ("space.yaml", space.to_owned()), ("policies.yaml", policies.to_owned())];
    let sheets = find(&files, "api").expect("one workload");
    let section = sheets[0].sections.iter().find(|section| section.id == "admission").expect("a section");
    assert!(section.lines.iter().all(|line| line.spot.is_some()), "{section:?}");
    let lines = section.lines.iter().filter(|line| !line.text.contains("Pod Security"));
    lines.map(|line| format!("{}{}", if line.perhaps { "? " } else { "" }, line.text)).collect()
}

#[test]
fn pod_security_is_admission_too() {
    let files = [
        ("a.yaml", workload("shop", "Deployment", "api")),
        (
            "n.yaml",
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: restricted}}\n"
                .to_owned(),
        ),
    ];
    let sheets = find(&files, "api").expect("one workload");
    let lines: Vec<&str> = sheets[0].sections.iter().flat_map(|section| &section.lines).map(|line| line.text.as_str()).collect();
    assert!(lines.contains(&"Pod Security Standard `restricted` enforced in its namespace"), "{lines:?}");
}

#[test]
fn validating_admission_policies_act_by_their_bindings() {
    let policy = |resources: &str, more: &str| {
        format!(
            "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {{name: signed}}\nspec:\n  matchConstraints:\n    resourceRules:\n      - {{apiGroups: [{resources}], apiVersions: [\"*\"], operations: [CREATE, UPDATE], resources: [{more}]}}\n  validations: [{{expression: \"true\"}}]\n---\n"
        )
    };
    let binding = |actions: &str, more: &str| {
        format!(
            "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata: {{name: signed-here}}\nspec:\n  policyName: signed\n  validationActions: [{actions}]\n{more}---\n"
        )
    };
    let here = |text: String| admission(&text);
    assert_eq!(
        here(policy("apps", "deployments") + &binding("Deny", "")),
        ["ValidatingAdmissionPolicy/signed: `Deny` by binding `signed-here`"]
    );
    assert_eq!(
        here(policy("\"\"", "pods") + &binding("Warn, Audit", "")),
        ["ValidatingAdmissionPolicy/signed: `Warn`, `Audit` by binding `signed-here`"]
    );
    assert_eq!(here(policy("apps", "deployments")), ["ValidatingAdmissionPolicy/signed: does nothing: no binding in these files"]);
    // other resources, subresources, other namespaces
    assert!(here(policy("apps", "statefulsets") + &binding("Deny", "")).is_empty());
    assert!(here(policy("\"\"", "pods/exec") + &binding("Deny", "")).is_empty());
    assert!(here(policy("batch", "deployments") + &binding("Deny", "")).is_empty());
    let selector = |label: &str| format!("  matchResources:\n    namespaceSelector:\n      matchLabels: {{tier: {label}}}\n");
    assert_eq!(here(policy("apps", "deployments") + &binding("Deny", &selector("gold"))).len(), 1);
    assert!(here(policy("apps", "deployments") + &binding("Deny", &selector("lead"))).is_empty());
    // CEL decides beside it
    let open =
        policy("apps", "deployments").replace("  validations:", "  matchConditions: [{name: x, expression: \"false\"}]\n  validations:");
    assert_eq!(here(open + &binding("Deny", "")), ["? ValidatingAdmissionPolicy/signed: `Deny` by binding `signed-here`"]);
}

#[test]
fn constraints_of_gatekeeper_match_by_kind_namespace_and_labels() {
    let constraint = |matches: &str, action: &str| {
        admission(&format!(
            "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sAllowedRepos\nmetadata: {{name: repos}}\nspec:\n{action}  match: {{{matches}}}\n"
        ))
    };
    assert_eq!(constraint("kinds: [{apiGroups: [\"\"], kinds: [Pod]}]", ""), ["K8sAllowedRepos/repos: `deny`"]);
    assert_eq!(
        constraint("kinds: [{apiGroups: [apps], kinds: [Deployment]}]", "  enforcementAction: dryrun\n"),
        ["K8sAllowedRepos/repos: `dryrun`"]
    );
    assert_eq!(constraint("namespaces: [\"sh*\"]", ""), ["K8sAllowedRepos/repos: `deny`"]);
    assert_eq!(constraint("labelSelector: {matchLabels: {team: shop}}", ""), ["K8sAllowedRepos/repos: `deny`"]);
    for not in [
        "kinds: [{apiGroups: [\"\"], kinds: [Service]}]",
        "kinds: [{apiGroups: [batch], kinds: [Deployment]}]",
        "namespaces: [billing]",
        "excludedNamespaces: [shop]",
        "namespaceSelector: {matchLabels: {tier: lead}}",
        "labelSelector: {matchLabels: {team: billing}}",
        "scope: Cluster",
    ] {
        assert!(constraint(not, "").is_empty(), "{not}");
    }
}

#[test]
fn policies_of_kyverno_match_by_rule_and_exclude() {
    let policy = |kind: &str, namespace: &str, rules: &str| {
        admission(&format!(
            "apiVersion: kyverno.io/v1\nkind: {kind}\nmetadata: {{name: images{namespace}}}\nspec:\n  validationFailureAction: Audit\n  validationFailureActionOverrides: [{{action: Enforce, namespaces: [shop]}}]\n  rules:\n{rules}"
        ))
    };
    let rule = |matches: &str, more: &str| {
        format!("    - name: signed\n      match: {matches}\n{more}      validate: {{message: no, pattern: {{}}}}\n")
    };
    let pods = rule("{any: [{resources: {kinds: [Pod]}}]}", "");
    assert_eq!(policy("ClusterPolicy", "", &pods), ["ClusterPolicy/images: `Enforce` by rule `signed`"]);
    assert_eq!(policy("Policy", ", namespace: shop", &pods), ["shop/Policy/images: `Enforce` by rule `signed`"]);
    assert!(policy("Policy", ", namespace: billing", &pods).is_empty());
    let own = rule("{resources: {kinds: [apps/v1/Deployment], namespaces: [\"sh*\"]}}", "");
    assert_eq!(policy("ClusterPolicy", "", &own).len(), 1);
    let excluded = rule("{any: [{resources: {kinds: [Pod]}}]}", "      exclude: {any: [{resources: {namespaces: [shop]}}]}\n");
    assert!(policy("ClusterPolicy", "", &excluded).is_empty());
    for not in [
        "{any: [{resources: {kinds: [Service]}}]}",
        "{any: [{resources: {kinds: [Pod/exec]}}]}",
        "{any: [{resources: {kinds: [Pod], namespaces: [billing]}}]}",
    ] {
        assert!(policy("ClusterPolicy", "", &rule(not, "")).is_empty(), "{not}");
    }
    let asked = rule("{any: [{resources: {kinds: [Pod]}}]}", "      preconditions: {all: []}\n");
    assert_eq!(policy("ClusterPolicy", "", &asked), ["? ClusterPolicy/images: `Enforce` by rule `signed`"]);
}
