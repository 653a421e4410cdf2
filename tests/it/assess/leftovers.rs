//! Workloads that several units render, values that stand in a store's own manifest, helpers of charts.

use ztctl::assess::fact::Fact;
use ztctl::assess::inventory::Holding;
use ztctl::assess::{Assessment, Settings};
use ztctl::report::assess::{About, json};

use super::assessed;

fn deployment(name: &str, env: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec:\n      serviceAccountName: {name}\n      containers:\n        - name: {name}\n          image: {name}:1\n          env:\n{env}"
    )
}

fn from_secret(variable: &str, secret: &str, key: &str) -> String {
    format!("            - {{name: {variable}, valueFrom: {{secretKeyRef: {{name: {secret}, key: {key}}}}}}}\n")
}

fn holding(assessment: &Assessment, name: &str) -> Holding {
    let found: Vec<_> = assessment.credentials.iter().filter(|one| one.subject.part == name).collect();
    assert_eq!(found.len(), 1, "{name}: {found:?}");
    found[0].holding
}

#[test]
fn a_workload_that_several_units_render_is_one_service() {
    let env = from_secret("DB_PASSWORD", "db", "password");
    let plain = deployment("shop", &env);
    let base = plain.replace("image: shop:1", "image: shop:2");
    let files = [
        ("manifests/shop.yaml", plain.as_str()),
        ("kustomize/kustomization.yaml", "resources: [shop.yaml]\n"),
        ("kustomize/shop.yaml", base.as_str()),
        ("overlays/prod/kustomization.yaml", "resources: [shop.yaml]\n"),
        ("overlays/prod/shop.yaml", plain.as_str()),
        ("manifests/other.yaml", &deployment("other", &env.replace("name: db", "name: other-db"))),
    ];
    let assessment = assessed(&files, &Settings::default());
    let rows: Vec<(&str, &str, usize, usize)> = assessment
        .services
        .iter()
        .map(|row| (row.environment.as_str(), row.subject.name.as_str(), row.spots.len(), row.credentials))
        .collect();
    // an environment of its own is a row of its own
    assert_eq!(rows, [("default", "other", 1, 1), ("default", "shop", 2, 1), ("prod", "shop", 1, 1)]);
    let value: serde_json::Value = serde_json::from_str(&json(&assessment, &About::default())).expect("JSON");
    assert_eq!(value["services"][1]["evidence"], serde_json::json!(["kustomize/shop.yaml:2", "manifests/shop.yaml:2"]));
}

#[test]
fn the_worst_rendering_decides() {
    let good = deployment("shop", &from_secret("DB_PASSWORD", "db", "password"));
    let bad = deployment("shop", "            - {name: DB_PASSWORD, value: Winter2024x}\n");
    let row = |files: &[(&str, &str)]| {
        let assessment = assessed(files, &Settings::default());
        assert_eq!(assessment.services.len(), 1);
        (assessment.services[0].rung, assessment.services[0].level)
    };
    assert_eq!(row(&[("a/shop.yaml", &good), ("b/shop.yaml", &bad)]), (Some(0), Some(0)));
    assert_eq!(row(&[("a/shop.yaml", &bad), ("b/shop.yaml", &good)]), (Some(0), Some(0)));
    assert_eq!(row(&[("a/shop.yaml", &good)]).0, Some(2));
}

const EXTERNAL: &str = "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: db, namespace: shop}\nspec:\n  secretStoreRef: {name: fake, kind: SecretStore}\n  refreshInterval: 1h\n  data:\n    - {secretKey: password, remoteRef: {key: shop/db}}\n    - {secretKey: token, remoteRef: {key: /shop/all, property: token}}\n    - {secretKey: placeholder, remoteRef: {key: shop/later}}\n";

fn store(data: &str) -> String {
    format!(
        "apiVersion: external-secrets.io/v1\nkind: SecretStore\nmetadata: {{name: fake, namespace: shop}}\nspec:\n  provider:\n    fake:\n      data:\n{data}"
    )
}

#[test]
fn a_fake_store_gives_what_stands_in_its_manifest() {
    let store = store(
        "        - {key: shop/db, value: Tr0ub4dor-3xQ9}\n        - {key: shop/all, valueMap: {user: shop, token: kP9vWq2LzR7mXt4bQ8}}\n        - {key: shop/later, value: changeme-later}\n        - {key: shop/region, value: eu-west-1}\n",
    );
    let env = ["PASSWORD", "TOKEN", "PLACEHOLDER"].map(|name| from_secret(&format!("DB_{name}"), "db", &name.to_lowercase())).concat();
    let shop = deployment("shop", &env.replace("DB_PLACEHOLDER", "LATER_PASSWORD"));
    let assessment = assessed(&[("store.yaml", store.as_str()), ("external.yaml", EXTERNAL), ("shop.yaml", &shop)], &Settings::default());
    assert_eq!(holding(&assessment, "DB_PASSWORD"), Holding::Literal);
    assert_eq!(holding(&assessment, "DB_TOKEN"), Holding::Literal);
    assert!(holding(&assessment, "LATER_PASSWORD") > Holding::Literal);
    let lines: Vec<u32> = assessment.findings.iter().filter(|one| one.effect.cap() == Some(0)).map(|one| one.spot.line).collect();
    assert_eq!(lines, [8, 9], "neither the placeholder nor the region is a secret");
    assert_eq!(assessment.overall.level, Some(0));
}

#[test]
fn keys_of_a_secret_are_rated_by_themselves() {
    let sops = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\nstringData:\n  password: ENC[AES256_GCM,data:Zm9v,iv:YmFy,tag:YmF6,type:str]\n  legacy: Tr0ub4dor-3xQ9\nsops:\n  encrypted_regex: ^password$\n  mac: ENC[AES256_GCM,data:Zm9v,iv:YmFy,tag:YmF6,type:str]\n";
    let env = [from_secret("DB_PASSWORD", "db", "password"), from_secret("LEGACY_PASSWORD", "db", "legacy")].concat();
    let assessment = assessed(&[("db.yaml", sops), ("shop.yaml", &deployment("shop", &env))], &Settings::default());
    assert_eq!((holding(&assessment, "DB_PASSWORD"), holding(&assessment, "LEGACY_PASSWORD")), (Holding::Stored, Holding::Literal));
    // the clear value holds the level down all the same
    assert_eq!(assessment.overall.level, Some(0));
    // all of it is as bad as its worst key
    let whole = deployment("shop", "            []\n")
        .replace("          env:\n            []\n", "          envFrom: [{secretRef: {name: db}}]\n");
    let assessment = assessed(&[("db.yaml", sops), ("shop.yaml", &whole)], &Settings::default());
    assert_eq!(holding(&assessment, "db"), Holding::Literal);
    // what only looks encrypted in a file without a `sops` block is as it was
    let bare = sops.split("sops:").next().expect("a part");
    let assessment = assessed(&[("db.yaml", bare), ("shop.yaml", &deployment("shop", &env))], &Settings::default());
    assert_eq!(holding(&assessment, "DB_PASSWORD"), Holding::Literal);
}

const CHART: &str = "apiVersion: v2\nname: web\nversion: 1.0.0\n";
const POD: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      serviceAccountName: {{ include \"web.api.serviceAccountName\" . }}\n      containers: [{name: web, image: web:1}]\n";
const ROLES: &str = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: admin-of-all}\nrules: [{apiGroups: [\"*\"], resources: [\"*\"], verbs: [\"*\"]}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: admin-of-all}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: admin-of-all}\nsubjects: [{kind: ServiceAccount, name: default, namespace: shop}]\n";

fn helper(body: &str) -> String {
    format!("{{{{/* The {{{{ account }}}} of the API. */}}}}\n{{{{- define \"web.api.serviceAccountName\" -}}}}\n{body}\n{{{{- end }}}}\n")
}

/// The account of the chart's workload, and whether it is taken for an administrator.
fn account(helpers: &str, values: &str) -> (Option<String>, bool) {
    let files = [
        ("chart/Chart.yaml", CHART),
        ("chart/values.yaml", values),
        ("chart/templates/_helpers.tpl", helpers),
        ("chart/templates/web.yaml", POD),
        ("roles.yaml", ROLES),
    ];
    super::with_input(&files, &Settings::default(), &ztctl::assess::policy_tests::PolicyTests::NotRun, ".", |input| {
        let ground = ztctl::assess::world::Ground {
            sources: input.sources,
            manifests: input.manifests,
            settings: input.settings,
            roots: input.roots,
            texts: input.programs,
            target: input.target,
        };
        let world = ztctl::assess::world::World::new(&ground);
        let account = world.workloads.iter().find(|one| one.subject.name == "web").expect("the chart's").account.clone();
        let assessment = ztctl::assess::assess(input);
        let is_admin =
            assessment.combined.iter().flat_map(|verdict| &verdict.evidence).any(|one| one.observation.fact == Fact::RoleWildcard);
        (account, is_admin)
    })
}

#[test]
fn accounts_of_charts_are_named_by_their_own_helpers() {
    let usual = "{{- if .Values.api.serviceAccount.create }}\n{{- default \"web-api\" .Values.api.serviceAccount.name }}\n{{- else }}\n{{- default \"default\" .Values.api.serviceAccount.name }}\n{{- end }}";
    let of = |body: &str, values: &str| account(&helper(body), values);
    assert_eq!(of(usual, "api: {serviceAccount: {create: true, name: \"\"}}\n"), (Some("web-api".to_owned()), false));
    assert_eq!(of(usual, "api: {serviceAccount: {create: true, name: own}}\n"), (Some("own".to_owned()), false));
    // where the values say so it is the default one
    assert_eq!(of(usual, "api: {serviceAccount: {create: false}}\n"), (Some("default".to_owned()), true));
    // one helper asks another
    assert_eq!(of("{{ printf \"%s-api\" .Values.name | quote }}", "name: shop\n").0.as_deref(), Some("shop-api"));
    // what is not understood is not known, and nobody's role is taken for it
    assert_eq!(of("{{ lookup \"v1\" \"ServiceAccount\" .Values.a }}", "a: b\n"), (None, false));
    assert_eq!(of("{{ include \"web.api.serviceAccountName\" . }}", "a: b\n"), (None, false));
    assert_eq!(account("{{ define \"broken\" ", "a: b\n"), (None, false));
}

const DECLARED: &str = r#"
resource "kubernetes_namespace" "shop" {
  metadata {
    name = "shop"
  }
}

resource "kubernetes_secret_v1" "db" {
  metadata {
    name      = "db"
    namespace = kubernetes_namespace.shop.metadata[0].name
  }
  data = {
    password = "Tr0ub4dor-3xQ9"
  }
}

resource "kubernetes_network_policy" "deny" {
  metadata {
    name      = "deny"
    namespace = kubernetes_namespace.shop.metadata.0.name
  }
  spec {
    pod_selector {}
    policy_types = ["Ingress"]
  }
}

resource "kubernetes_deployment" "orders" {
  metadata {
    name      = "orders"
    namespace = kubernetes_namespace.shop.metadata[0].name
    labels    = { app = "orders" }
  }
  spec {
    selector {
      match_labels = { app = "orders" }
    }
    template {
      metadata {
        labels = { app = "orders" }
      }
      spec {
        service_account_name = "orders"
        container {
          name  = "orders"
          image = "orders:1"
          env {
            name = "DB_PASSWORD"
            value_from {
              secret_key_ref {
                name = "db"
                key  = "password"
              }
            }
          }
          env {
            name  = "LOG_LEVEL"
            value = "info"
          }
        }
      }
    }
  }
}

resource "kubernetes_deployment" "none" {
  count = 0
  metadata {
    name = "none"
  }
}
"#;

fn met(assessment: &Assessment, id: &str) -> &'static str {
    assessment.verdict(id).expect("a criterion").status.as_str()
}

#[test]
fn objects_that_terraform_declares_are_read_as_manifests() {
    let assessment = assessed(&[("main.tf", DECLARED)], &Settings::default());
    let services: Vec<String> = assessment.services.iter().map(|row| row.subject.to_string()).collect();
    assert_eq!(services, ["shop/Deployment/orders"], "what is made no times is not there");
    assert_eq!(holding(&assessment, "DB_PASSWORD"), Holding::Literal);
    assert_eq!((met(&assessment, "L3.NET.1"), met(&assessment, "L2.AUT.1")), ("met", "met"));
    assert_eq!(assessment.overall.level, Some(0));
    let spots: Vec<u32> = assessment.findings.iter().map(|one| one.spot.line).collect();
    assert_eq!(spots, [14], "one finding for one value");
    // a rule without fields admits all
    let open = DECLARED.replace("pod_selector {}\n", "pod_selector {}\n    ingress {}\n");
    assert_eq!(met(&assessed(&[("main.tf", open.as_str())], &Settings::default()), "L3.NET.1"), "not_met");
    // a value that is handed in is none that is written
    let given = DECLARED.replace("\"Tr0ub4dor-3xQ9\"", "var.db_password");
    let assessment = assessed(&[("main.tf", given.as_str())], &Settings::default());
    assert!(assessment.findings.is_empty() && holding(&assessment, "DB_PASSWORD") > Holding::Literal);
}

#[test]
fn a_manifest_in_terraform_is_one() {
    let text = "resource \"kubernetes_manifest\" \"deny\" {\n  manifest = {\n    apiVersion = \"networking.k8s.io/v1\"\n    kind = \"NetworkPolicy\"\n    metadata = { name = \"deny\", namespace = \"shop\" }\n    spec = { podSelector = {}, policyTypes = [\"Ingress\", \"Egress\"] }\n  }\n}\n";
    let shop = deployment("shop", &from_secret("DB_PASSWORD", "db", "password"));
    let status = |files: &[(&str, &str)]| met(&assessed(files, &Settings::default()), "L3.NET.1");
    assert_eq!(status(&[("main.tf", text), ("shop.yaml", &shop)]), "met");
    assert_eq!(status(&[("shop.yaml", &shop)]), "not_met");
    // what is no object, or no end of nesting, is passed over
    let odd = format!("resource \"kubernetes_manifest\" \"x\" {{\n  manifest = {}1{}\n}}\n", "[".repeat(200), "]".repeat(200));
    assert_eq!(status(&[("main.tf", &odd), ("shop.yaml", &shop)]), "not_met");
}

#[test]
fn folders_of_tests_are_told_from_words_that_hold_the_letters() {
    let shop = deployment("shop", &from_secret("DB_PASSWORD", "db", "password"));
    let counts = |folder: &str| {
        let path = format!("{folder}/shop.yaml");
        !assessed(&[(path.as_str(), shop.as_str())], &Settings::default()).services.is_empty()
    };
    for folder in ["test-infra", "test_cluster", "integration-tests", "e2e", "e2e-kind", "suite_e2e", "testdata", "load_tests", "a/tests/b"]
    {
        assert!(!counts(folder), "{folder}");
    }
    let deployed =
        ["attestation", "contest", "latest", "protest-site", "testimonials", "greatests", "apps/test-runner", "overlays/test-eu", "k8s"];
    for folder in deployed {
        assert!(counts(folder), "{folder}");
    }
    // an environment is one
    for folder in ["test", "overlays/test", "clusters/eu-test"] {
        let path = format!("{folder}/shop.yaml");
        let assessment = assessed(&[(path.as_str(), shop.as_str())], &Settings::default());
        assert_eq!(assessment.services[0].environment, "test", "{folder}");
    }
}

const FEDERATED: &str = "on: push\npermissions: {id-token: write, contents: read}\njobs:\n  deploy:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v5\n        with: {role-to-assume: arn:aws:iam::111122223333:role/deploy, aws-region: eu-west-1}\n      - run: kubectl apply -f k8s\n";

#[test]
fn pipelines_are_all_that_is_consumed_where_workloads_hold_nothing() {
    let bare = deployment("shop", "            - {name: LOG_LEVEL, value: info}\n");
    let of = |pipeline: &str, shop: &str| {
        let files = [(".github/workflows/deploy.yaml", pipeline), ("k8s/shop.yaml", shop)];
        assessed(&files, &Settings::default())
    };
    // everything that logs in does so by an identity
    let assessment = of(FEDERATED, &bare);
    assert_eq!(assessment.overall.level, Some(4), "{}", assessment.overall.reason);
    // a stored token beside it is a platform store's
    let token = format!("{FEDERATED}      - run: npm publish\n        env: {{NPM_TOKEN: \"${{{{ secrets.NPM_TOKEN }}}}\"}}\n");
    let assessment = of(&token, &bare);
    assert_eq!((assessment.overall.level, met(&assessment, "L2.SEC.1"), met(&assessment, "L3.SEC.1")), (Some(2), "met", "not_applicable"));
    // workloads' credentials decide where there are any
    let assessment = of(FEDERATED, &deployment("shop", &from_secret("DB_PASSWORD", "db", "password")));
    assert_eq!((assessment.overall.level, met(&assessment, "L3.SEC.1")), (Some(2), "not_met"));
    assert_eq!(met(&assessment, "L4.AUT.2"), "met");
    // nothing that logs in shows nothing
    assert_eq!(of("on: push\njobs: {}\n", &bare).overall.level, Some(1));
}

#[test]
fn network_acls_segment_only_where_they_keep_someone_out() {
    let task = "resource \"aws_lambda_function\" \"f\" {\n  function_name = \"f\"\n  role = \"arn:aws:iam::111122223333:role/f\"\n}\nresource \"aws_db_instance\" \"d\" {\n  publicly_accessible = false\n}\n";
    let acl = |rule: &str| {
        format!(
            "{task}resource \"aws_network_acl\" \"a\" {{\n  ingress {{\n    protocol = -1\n    rule_no = 100\n{rule}\n    from_port = 0\n    to_port = 0\n  }}\n}}\n"
        )
    };
    let status = |text: &str| met(&assessed(&[("main.tf", text)], &Settings::default()), "L2.NET.1");
    assert_eq!(status(&acl("    action = \"allow\"\n    cidr_block = \"10.0.0.0/8\"")), "met");
    assert_eq!(status(&acl("    action = \"deny\"\n    cidr_block = \"0.0.0.0/0\"")), "met");
    // as AWS has it without a word
    assert_ne!(status(&acl("    action = \"allow\"\n    cidr_block = \"0.0.0.0/0\"")), "met");
    assert_ne!(status(&acl("    action = \"allow\"\n    cidr_block = var.who")), "met");
    assert_ne!(status(task), "met");
    let rule = |more: &str| {
        format!(
            "{task}resource \"aws_network_acl_rule\" \"r\" {{\n  network_acl_id = \"x\"\n  rule_number = 1\n  protocol = \"tcp\"\n  rule_action = \"allow\"\n  cidr_block = \"10.1.0.0/16\"\n{more}}}\n"
        )
    };
    assert_eq!((status(&rule("")), status(&rule("  egress = true\n")) == "met"), ("met", false));
}

#[test]
fn an_override_of_compose_sets_values_anew() {
    let compose =
        |value: &str| format!("services:\n  web:\n    image: web:1\n    build: .\n    environment:\n      DB_PASSWORD: {value}\n");
    let of = |files: &[(&str, &str)]| {
        let assessment = assessed(files, &Settings::default());
        let own = assessment.credentials.iter().filter(|one| one.subject.part == "DB_PASSWORD");
        (assessment.services.len(), own.map(|one| one.holding).collect::<Vec<_>>())
    };
    let (written, given) = (compose("Winter2024x"), compose("${DB_PASSWORD}"));
    let base = of(&[("docker-compose.yml", &written)]);
    assert_eq!(base, (1, vec![Holding::Literal]));
    assert_eq!(of(&[("docker-compose.yml", &written), ("docker-compose.override.yml", &given)]), (1, vec![Holding::Manual]));
    assert_eq!(of(&[("docker-compose.yml", &given), ("docker-compose.override.yml", &written)]), (1, vec![Holding::Literal]));
    // one of another folder is laid over nothing
    assert_eq!(of(&[("docker-compose.yml", &written), ("other/docker-compose.override.yml", &given)]).1, [Holding::Literal]);
}

#[test]
fn pipelines_of_what_deploys_nothing_are_no_subject() {
    let token = "on: push\njobs:\n  release:\n    runs-on: ubuntu-latest\n    steps:\n      - run: npm publish\n        env: {NPM_TOKEN: \"${{ secrets.NPM_TOKEN }}\"}\n";
    let assessment = assessed(
        &[(".github/workflows/release.yaml", token), ("policy.rego", "package p\n\ndefault allow := false\n")],
        &Settings::default(),
    );
    assert_eq!(assessment.domain(ztctl::assess::status::Domain::Secrets), None);
}

#[test]
fn services_of_compose_inherit_and_take_secrets_from_the_environment() {
    let common =
        "services:\n  base:\n    image: base\n    environment:\n      DB_PASSWORD: ${DB_PASSWORD}\n      API_TOKEN: ${API_TOKEN}\n";
    let compose = "services:\n  web:\n    image: web\n    extends: {file: common.yaml, service: base}\n    environment:\n      API_TOKEN: changeme\n    secrets: [mail, kept]\n  loop:\n    extends: loop\n  other:\n    extends: {service: web}\nsecrets:\n  mail: {environment: MAIL_PASSWORD}\n  kept: {external: true}\n";
    let assessment = assessed(&[("compose.yaml", compose), ("common.yaml", common)], &Settings::default());
    let of = |name: &str| {
        let own = assessment.credentials.iter().filter(|one| one.subject.name == name);
        let mut all: Vec<(&str, Holding)> = own.map(|one| (one.subject.part.as_str(), one.holding)).collect();
        all.sort();
        all.dedup();
        all
    };
    let expected = [("DB_PASSWORD", Holding::Manual), ("kept", Holding::Stored), ("mail", Holding::Manual)];
    let named = |name: &str| of(name).into_iter().filter(|(part, _)| *part != "API_TOKEN").collect::<Vec<_>>();
    assert_eq!(named("web"), expected);
    assert_eq!(named("other"), expected);
    // what the service sets itself stands before what it inherits
    assert!(of("web").iter().filter(|(part, _)| *part == "API_TOKEN").count() <= 1, "{:?}", of("web"));
    assert!(of("loop").is_empty());
}
