//! Small repositories as customers have them, each with a trap; the levels were worked out by hand from the model.

use std::fmt::Write as _;

use ztctl::assess::{Assessment, Settings};

use super::{assessed, status};

fn of(files: &[(&str, &str)]) -> Assessment {
    assessed(files, &Settings::default())
}

/// `name rung` of every credential.
fn held(assessment: &Assessment) -> Vec<String> {
    let mut out: Vec<String> = assessment
        .credentials
        .iter()
        .map(|one| format!("{} {}", one.subject.part, one.holding.rung().map_or_else(|| "?".to_owned(), |rung| rung.to_string())))
        .collect();
    out.sort();
    out
}

const APP: &str = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: NAME, namespace: NAME}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: NAME, namespace: NAME}\nspec:\n  selector: {matchLabels: {app: NAME}}\n  template:\n    metadata:\n      labels: {app: NAME}\n      annotations:\n        vault.hashicorp.com/agent-inject: \"true\"\n        vault.hashicorp.com/role: NAME\n        vault.hashicorp.com/agent-inject-secret-db: secret/data/NAME/db\n    spec:\n      serviceAccountName: NAME\n      containers: [{name: NAME, image: registry.shop.example/NAME:3}]\n";

fn with_vault(path: &str, policy: &str) -> Assessment {
    let (orders, billing) = (APP.replace("NAME", "orders"), APP.replace("NAME", "billing"));
    of(&[("k8s/orders.yaml", &orders), ("k8s/billing.yaml", &billing), (path, policy)])
}

#[test]
fn policies_of_vault_that_open_everything_do_not_segregate() {
    let rule = |path: &str| format!("path \"{path}\" {{\n  capabilities = [\"read\", \"list\"]\n}}\n");
    for path in ["*", "secret/*", "secret/data/*", "kv/+/*"] {
        let found = with_vault("policies/app.hcl", &rule(path));
        assert_eq!(status(&found, "L2.SEC.2"), "not_met", "{path}");
        assert_eq!(found.overall.level, Some(1), "{path}");
    }
    for path in ["secret/data/orders/*", "auth/token/renew-self"] {
        assert_eq!(status(&with_vault("policies/app.hcl", &rule(path)), "L2.SEC.2"), "met", "{path}");
    }
    // people's, and what is taken away
    assert_ne!(status(&with_vault("policies/admin.hcl", &rule("*")), "L2.SEC.2"), "not_met");
    let denied = "path \"secret/*\" {\n  capabilities = [\"deny\"]\n}\n";
    assert_ne!(status(&with_vault("policies/app.hcl", denied), "L2.SEC.2"), "not_met");
}

#[test]
fn stores_of_a_cluster_name_who_may_use_them() {
    let repository = |conditions: &str| {
        let mut all = String::new();
        for name in ["orders", "billing"] {
            let app = APP.replace("NAME", name).replace("vault.hashicorp.com/agent-inject: \"true\"", "team: shop");
            let app = app.replace("image: registry", "envFrom: [{secretRef: {name: db}}], image: registry");
            let _ = write!(
                all,
                "{app}---\napiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {{name: db, namespace: {name}}}\nspec:\n  refreshInterval: 1h\n  secretStoreRef: {{kind: ClusterSecretStore, name: aws}}\n  target: {{name: db}}\n  data: [{{secretKey: DB_PASSWORD, remoteRef: {{key: {name}/db}}}}]\n---\n"
            );
        }
        let store = format!(
            "apiVersion: external-secrets.io/v1\nkind: ClusterSecretStore\nmetadata: {{name: aws}}\nspec:\n{conditions}  provider: {{aws: {{service: SecretsManager, region: eu-central-1}}}}\n"
        );
        of(&[("k8s/apps.yaml", &all), ("k8s/store.yaml", &store)])
    };
    let facts = |assessment: &Assessment| {
        let verdict = assessment.verdict("L2.SEC.2").expect("a criterion");
        let mut out: Vec<&str> = verdict.evidence.iter().map(|evidence| evidence.observation.fact.as_str()).collect();
        out.sort_unstable();
        out.dedup();
        out
    };
    // each application has a Secret of its own: the store that is open is told, and decides nothing
    for open in ["", "  conditions: []\n", "  conditions: [{namespaceSelector: {}}]\n", "  conditions: [{namespaceRegexes: ['.*']}]\n"] {
        let found = repository(open);
        assert_eq!(facts(&found), ["secret_own", "store_open"], "{open}");
        assert_eq!((status(&found, "L2.SEC.2"), found.overall.level), ("met", Some(3)), "{open}");
    }
    for closed in
        ["  conditions: [{namespaces: [orders, billing]}]\n", "  conditions: [{namespaceSelector: {matchLabels: {team: shop}}}]\n"]
    {
        assert_eq!(facts(&repository(closed)), ["secret_own", "store_scoped"], "{closed}");
    }
}

const WEB: &str = "resource \"azurerm_linux_web_app\" \"orders\" {\n  name = \"orders\"\n  https_only = true\n  identity { type = \"SystemAssigned\" }\n  app_settings = {\n    DB_PASSWORD = \"VALUE\"\n    WEBSITES_PORT = \"8080\"\n  }\n}\n";

#[test]
fn references_to_key_vault_are_read_again_unless_a_version_is_named() {
    let with = |value: &str| of(&[("main.tf", &WEB.replace("VALUE", value))]);
    for again in [
        "@Microsoft.KeyVault(SecretUri=https://kv.vault.azure.net/secrets/db/)",
        "@Microsoft.KeyVault(SecretUri=https://kv.vault.azure.net/secrets/db)",
        "@Microsoft.KeyVault(VaultName=kv;SecretName=db)",
    ] {
        let found = with(again);
        assert_eq!(
            (held(&found), found.overall.level),
            (vec!["DB_PASSWORD 3".to_owned(), "cloud identity 4".to_owned()], Some(3)),
            "{again}"
        );
    }
    let pinned = with("@Microsoft.KeyVault(SecretUri=https://kv.vault.azure.net/secrets/db/0123456789abcdef0123456789abcdef)");
    assert_eq!(held(&pinned), ["DB_PASSWORD 2", "cloud identity 4"]);
    let plain = with("Herbst!Laub77");
    assert_eq!((held(&plain), plain.overall.level), (vec!["DB_PASSWORD 0".to_owned(), "cloud identity 4".to_owned()], Some(0)));
}

#[test]
fn sensitive_variables_are_credentials_whatever_they_are_for() {
    let task = "resource \"aws_ecs_task_definition\" \"orders\" {\n  task_role_arn = \"arn:aws:iam::123456789012:role/orders\"\n  container_definitions = jsonencode([{\n    name = \"orders\"\n    environment = [{ name = \"STRIPE_KEY\", value = var.stripe }, { name = \"SORT_KEY\", value = var.sort }]\n  }])\n}\nvariable \"stripe\" {\n  type = string\n  sensitive = true\n}\nvariable \"sort\" {\n  type = string\n}\n";
    let found = of(&[("main.tf", task)]);
    assert_eq!((held(&found), found.overall.level), (vec!["STRIPE_KEY 1".to_owned(), "cloud identity 4".to_owned()], Some(1)));
}

#[test]
fn one_secret_of_google_opened_to_one_service_is_segregated() {
    let run = |grant: &str| {
        let text = format!(
            "resource \"google_secret_manager_secret\" \"db\" {{\n  secret_id = \"db\"\n  rotation {{\n    rotation_period = \"2592000s\"\n  }}\n}}\nresource \"google_cloud_run_v2_service\" \"orders\" {{\n  name = \"orders\"\n  template {{\n    service_account = \"orders@shop.iam.gserviceaccount.com\"\n    containers {{\n      env {{\n        name = \"DB_PASSWORD\"\n        value_source {{\n          secret_key_ref {{\n            secret = google_secret_manager_secret.db.secret_id\n          }}\n        }}\n      }}\n    }}\n  }}\n}}\n{grant}"
        );
        of(&[("run.tf", &text)])
    };
    let one = "resource \"google_secret_manager_secret_iam_member\" \"orders\" {\n  secret_id = google_secret_manager_secret.db.id\n  role = \"roles/secretmanager.secretAccessor\"\n  member = \"serviceAccount:orders@shop.iam.gserviceaccount.com\"\n}\n";
    let found = run(one);
    assert_eq!((status(&found, "L2.SEC.2"), status(&found, "L1.AUZ.1"), found.overall.level), ("met", "met", Some(3)));
    let all = "resource \"google_project_iam_member\" \"orders\" {\n  project = \"shop\"\n  role = \"roles/secretmanager.secretAccessor\"\n  member = \"serviceAccount:orders@shop.iam.gserviceaccount.com\"\n}\n";
    let found = run(all);
    assert_eq!((status(&found, "L2.SEC.2"), found.overall.level), ("not_met", Some(1)));
}

#[test]
fn what_compose_sets_is_counted_once() {
    let compose = "services:\n  web:\n    build: .\n    env_file: .env\n    environment:\n      DB_PASSWORD: ${DB_PASSWORD}\n      API_TOKEN: ${API_TOKEN}\n";
    let found = of(&[("docker-compose.yml", compose), (".env.example", "DB_PASSWORD=\nAPI_TOKEN=\n")]);
    assert_eq!(held(&found), ["API_TOKEN 1", "DB_PASSWORD 1"]);
    let found = of(&[("docker-compose.yml", compose), (".env.example", "DB_PASSWORD=\nMAIL_PASSWORD=\n")]);
    assert_eq!(held(&found), ["API_TOKEN 1", "DB_PASSWORD 1", "MAIL_PASSWORD 1"]);
}

#[test]
fn settings_of_spring_are_read() {
    let settings = |password: &str| {
        format!(
            "spring:\n  datasource:\n    url: jdbc:postgresql://db:5432/orders?sslmode=require\n    password: {password}\n  rabbitmq:\n    password: ${{RABBIT_PASSWORD}} # from outside\n"
        )
    };
    let with = |password: &str| {
        of(&[
            ("src/main/resources/application.yml", &settings(password)),
            ("src/main/java/shop/App.java", "package shop;\npublic class App { public static void main(String[] args) { } }\n"),
            ("pom.xml", "<project></project>\n"),
            ("Dockerfile", "FROM eclipse-temurin:21-jre\nCOPY app.jar /app.jar\nENTRYPOINT [\"java\", \"-jar\", \"/app.jar\"]\n"),
        ])
    };
    let found = with("${DB_PASSWORD:}");
    assert_eq!((held(&found), found.overall.level), (vec!["DB_PASSWORD 1".to_owned(), "RABBIT_PASSWORD 1".to_owned()], Some(1)));
    let found = with("${DB_PASSWORD:Sommer!Regen93}");
    assert_eq!((held(&found), found.overall.level), (vec!["DB_PASSWORD 0".to_owned(), "RABBIT_PASSWORD 1".to_owned()], Some(0)));
}

#[test]
fn a_job_without_the_right_to_ask_for_a_token_does_not_federate() {
    let with = |head: &str, job: &str| {
        let workflow = format!(
            "name: ci\n{head}\njobs:\n  deploy:\n{job}\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with: {{role-to-assume: 'arn:aws:iam::123456789012:role/deploy', aws-region: eu-central-1}}\n      - run: aws s3 sync . s3://shop\n"
        );
        let found = of(&[
            (".github/workflows/ci.yml", &workflow),
            ("go.mod", "module shop.example/orders\n"),
            ("main.go", "package main\n\nfunc main() {}\n"),
            ("Dockerfile", "FROM scratch\nCOPY orders /orders\nENTRYPOINT [\"/orders\"]\n"),
        ]);
        status(&found, "L4.AUT.2")
    };
    let hosted = "    runs-on: ubuntu-24.04";
    let own = format!("{hosted}\n    permissions: {{contents: read}}");
    assert_eq!(with("on: push\npermissions: {id-token: write}", hosted), "met");
    assert_eq!(with("on: push\npermissions: {id-token: write}", &own), "not_met", "the job's permissions replace the workflow's");
    assert_eq!(with("on: push", hosted), "not_met", "no default holds that right");
    assert_eq!(with("on: {workflow_call: {}}", hosted), "unknown", "its caller's permissions");
    assert_eq!(with("on: push", "    runs-on: [self-hosted, linux]"), "unknown", "the machine may have an identity");
}
