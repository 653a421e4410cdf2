//! Each disqualifier is named in every format, with the place that triggers it.

use std::process::Command;

use crate::cli::Scene;

const DAY: &str = "2026-11-21";

const WORKLOAD: &str = "apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: till, namespace: shop}
---
apiVersion: v1
kind: Service
metadata: {name: till, namespace: shop}
spec: {selector: {app: till}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: till, namespace: shop}
spec:
  selector: {matchLabels: {app: till}}
  template:
    metadata: {labels: {app: till}}
    spec:
      serviceAccountName: till
      containers:
        - name: till
          image: registry.example.com/till:1.0.0
          ports: [{containerPort: 8080}]
          env:
            - {name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: till, key: password}}}
";

const BOUND: &str = "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: till}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ROLE}
subjects: [{kind: ServiceAccount, name: till, namespace: shop}]
";

const READER: &str = "---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
rules: [{apiGroups: [''], resources: [secrets], verbs: [get, list]}]
";

const STORE: &str = "apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: {name: vault, namespace: shop}
spec: {provider: {vault: {server: 'https://vault.example.com', path: kv, auth: {tokenSecretRef: {name: vault-token, key: token}}}}}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: till, namespace: shop}
spec: {refreshInterval: 1h, secretStoreRef: {name: vault}, target: {name: till}, data: [{secretKey: password, remoteRef: {key: till, property: password}}]}
";

const OPEN: &str = "apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: authz, namespace: shop}
spec:
  configPatches:
    - applyTo: HTTP_FILTER
      match: {context: SIDECAR_INBOUND}
      patch:
        operation: INSERT_BEFORE
        value:
          name: envoy.filters.http.ext_authz
          typed_config:
            '@type': type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz
            failure_mode_allow: true
            grpc_service: {google_grpc: {target_uri: 'opa.shop:9191', stat_prefix: a}}
";

const PIPELINE: &str = "on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          aws-region: eu-west-1
          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}
          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
";

/// What triggers each, as a file beside the workload.
fn triggers() -> Vec<(&'static str, &'static str, String)> {
    let object = |kind: &str, name: &str, rest: &str| format!("apiVersion: {kind}\nmetadata: {{name: {name}, namespace: shop}}\n{rest}\n");
    vec![
        ("DQ.SEC.1", "k8s/x.yaml", object("v1\nkind: Secret", "till", "stringData: {password: Winter2024xQ}")),
        ("DQ.SEC.2", "k8s/x.yaml", BOUND.replace("ROLE", "reader") + READER),
        // the token is made in the test
        ("DQ.SEC.3", "", String::new()),
        ("DQ.AUT.1", ".github/workflows/a.yml", PIPELINE.to_owned()),
        ("DQ.AUT.2", "k8s/x.yaml", STORE.to_owned()),
        ("DQ.AUZ.1", "k8s/x.yaml", BOUND.replace("ROLE", "cluster-admin")),
        ("DQ.AUZ.2", "k8s/x.yaml", object("security.istio.io/v1\nkind: AuthorizationPolicy", "all", "spec: {rules: [{}]}")),
        ("DQ.AUZ.3", "k8s/x.yaml", OPEN.to_owned()),
        ("DQ.ENC.1", "k8s/x.yaml", object("security.istio.io/v1\nkind: PeerAuthentication", "default", "spec: {mtls: {mode: DISABLE}}")),
        (
            "DQ.ENC.2",
            "k8s/till.yaml",
            format!("{WORKLOAD}            - {{name: DATABASE_URL, value: 'postgres://till@db.shop:5432/till?sslmode=disable'}}\n"),
        ),
        (
            "DQ.NET.1",
            "k8s/x.yaml",
            object("networking.k8s.io/v1\nkind: NetworkPolicy", "all", "spec: {podSelector: {}, policyTypes: [Ingress], ingress: [{}]}"),
        ),
        (
            "DQ.GOV.1",
            ".ztctl/waivers.yaml",
            "version: 1\nwaivers:\n  - {id: W-1, criteria: [L2.AUD.1], match: {namespace: shop}, reason: none, owner: me}\n".to_owned(),
        ),
    ]
}

fn git(scene: &Scene, args: &[&str]) {
    let who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
    let status = Command::new("git").args(who).args(args).current_dir(scene.root()).status().expect("git runs");
    assert!(status.success(), "git {args:?}");
}

fn scene(id: &str, path: &str, text: &str) -> Scene {
    let scene = Scene::new(&[("k8s/till.yaml", WORKLOAD)]);
    if id == "DQ.SEC.3" {
        let token = format!("AKIA{}", "Q3EGWZ5JTX7NYKRM");
        let secret = format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: till, namespace: shop}}\nstringData: {{AWS_ACCESS_KEY_ID: {token}}}\n"
        );
        scene.write("k8s/x.yaml", secret);
        git(&scene, &["init", "-q", "-b", "main", "."]);
        git(&scene, &["add", "-A"]);
        git(&scene, &["commit", "-q", "-m", "one"]);
        std::fs::remove_file(scene.path("k8s/x.yaml")).expect("removed");
        git(&scene, &["commit", "-q", "-a", "-m", "two"]);
    } else {
        scene.write(path, text);
    }
    scene
}

#[test]
fn every_disqualifier_is_named_in_every_format() {
    let all = triggers();
    let listed: std::collections::BTreeSet<&str> = all.iter().map(|(id, ..)| *id).collect();
    assert_eq!(listed, ztctl::assess::criteria::disqualifiers().collect());
    for (id, path, text) in all {
        let scene = scene(id, path, &text);
        let history: &[&str] = if id == "DQ.SEC.3" { &["--history"] } else { &[] };
        let assess = |more: &[&str]| scene.run(&[&["assess", "--as-of", DAY], history, more].concat()).expect(0).stdout;
        let json: serde_json::Value = serde_json::from_str(&assess(&["--format", "json"])).expect("JSON");
        let rows: Vec<_> = json["disqualifiers"].as_array().expect("a list").iter().filter(|row| row["id"] == id).collect();
        let place = &rows.first().unwrap_or_else(|| panic!("{id}: {}", json["disqualifiers"]))["evidence"][0];
        let at = format!("{}:{}", place["path"].as_str().expect("a path"), place["line"]);
        assert!(json["overall"]["caps"].as_array().expect("a list").contains(&id.into()), "{id}: {}", json["overall"]["caps"]);
        for (format, named, placed) in [
            ("pretty", format!(" {id}"), true),
            ("markdown", format!("**{id}**"), true),
            ("junit", format!("type=\"{id}\""), true),
            ("html", format!("<details class=\"crit\" id=\"{id}\""), false),
        ] {
            let text = assess(&["--format", format]);
            // of the page, what a reader sees: the JSON report in it is another format
            let text = text.split("<script").next().unwrap_or_default();
            assert!(text.contains(&named), "{id} in {format}: {text}");
            let flat: String = text.split_whitespace().collect();
            assert!(!placed || flat.contains(&at), "{id} at {at} in {format}: {text}");
        }
        let log: serde_json::Value = serde_json::from_str(&assess(&["--format", "sarif"])).expect("JSON");
        let results = log["runs"][0]["results"].as_array().expect("results");
        let own: Vec<_> = results
            .iter()
            .filter(|result| result["properties"]["disqualifiers"].as_array().is_some_and(|ids| ids.contains(&id.into())))
            .collect();
        assert!(!own.is_empty(), "{id} in sarif: {log}");
        let uri = &own[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        assert_eq!(uri, &place["path"], "{id}");
        let told = assess(&["--explain", id]);
        assert!(told.starts_with(id) && told.contains(&at) && !told.contains("not triggered"), "{id}: {told}");
        let told: serde_json::Value = serde_json::from_str(&assess(&["--explain", id, "--format", "json"])).expect("JSON");
        assert!(told.to_string().contains(id), "{told}");
        // and of many repositories
        scene.write("reports/one.json", json.to_string());
        for format in ["pretty", "markdown", "html", "json"] {
            let text = scene.run(&["assess", "merge", "reports", "--format", format, "--as-of", DAY]).expect(0).stdout;
            assert!(text.contains(id), "{id} in the merged {format}: {text}");
        }
    }
}

/// A level that is not held down where it is still says what holds its domains down; nothing is named where nothing is triggered.
#[test]
fn a_repository_without_disqualifiers_names_none() {
    let scene = Scene::new(&[("k8s/till.yaml", WORKLOAD)]);
    for format in ["pretty", "markdown", "junit", "sarif", "json"] {
        let text = scene.run(&["assess", "--as-of", DAY, "--format", format]).expect(0).stdout;
        assert!(!text.contains("DQ."), "{format}: {text}");
    }
}

/// A scanner that is told to look away is a change for the worse, although the level stays.
#[test]
fn hiding_files_is_a_regression() {
    let scene = Scene::new(&[("k8s/till.yaml", WORKLOAD), ("a/a.yaml", "a: 1\n"), ("a/b.yaml", "b: 1\n")]);
    let before = scene.run(&["assess", "--as-of", DAY, "--format", "json"]).expect(0).stdout;
    scene.write("../before-of-hiding.json", &before);
    scene.write("ztctl.toml", "exclude = [\"a/**\"]\n");
    let run = scene.run(&["assess", "--as-of", DAY, "--baseline", "../before-of-hiding.json", "--no-regress"]).expect(1);
    std::fs::remove_file(scene.path("../before-of-hiding.json")).expect("removed");
    assert!(run.stderr.contains("new disqualifier DQ.GOV.1"), "{}", run.stderr);
}
