//! Scopes and credentials, clause by clause: each case is a small repository.

use ztctl::assess::{Assessment, Settings};

use super::{assessed, status};

/// `name rung fact` of every credential of a workload, sorted.
fn held(assessment: &Assessment) -> Vec<String> {
    let rung = |rung: Option<u8>| rung.map_or_else(|| "?".to_owned(), |rung| rung.to_string());
    let mut out: Vec<String> = assessment
        .credentials
        .iter()
        .filter(|one| format!("{:?}", one.consumer) == "Workload")
        .map(|one| format!("{} {} {}", one.subject, rung(one.holding.rung()), one.holding.fact().as_str()))
        .collect();
    out.sort();
    out
}

fn of(files: &[(&str, &str)]) -> Assessment {
    assessed(files, &Settings::default())
}

/// The scopes, as reports name them.
fn scopes(assessment: &Assessment) -> Vec<String> {
    assessment.scopes.iter().map(|scope| scope.scope.name()).collect()
}

const POD: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      serviceAccountName: a\n      containers: [{name: a, image: a, env: [{name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}]}]\n";

#[test]
fn deliveries_name_environments_and_namespaces() {
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec:\n  source: {repoURL: x, path: apps/a}\n  destination: {namespace: shop, name: eks-prod-eu}\n";
    let found = of(&[("apps/a/a.yaml", POD), ("argocd/a.yaml", application)]);
    assert_eq!(scopes(&found), ["prod/shop"], "a destination's cluster names the environment");
    let found = of(&[("apps/a/a.yaml", POD), ("clusters/staging/a.yaml", application)]);
    assert_eq!(scopes(&found), ["staging/shop"], "the file that deploys it says more");
    let two = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec:\n  sources: [{repoURL: x, path: other}, {repoURL: x, path: apps/a}]\n  destination: {namespace: shop, server: https://kubernetes.default.svc}\n";
    assert_eq!(scopes(&of(&[("apps/a/a.yaml", POD), ("clusters/prod/a.yaml", two)])), ["prod/shop"], "several sources");
    let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: a}\nspec:\n  generators:\n    - list: {elements: [{env: dev, ns: shop-a}, {env: production, ns: shop-b}]}\n  template:\n    spec:\n      source: {repoURL: x, path: apps/a}\n      destination: {namespace: '{{ns}}', server: https://kubernetes.default.svc}\n";
    let found = of(&[("apps/a/a.yaml", POD), ("argocd/a.yaml", set)]);
    assert_eq!(scopes(&found), ["dev/shop-a", "prod/shop-b"], "one folder, two environments");
    assert_eq!(found.services.len(), 2);
    assert!(found.services.iter().all(|service| service.group == "a"));
    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a, namespace: flux-system}\nspec: {path: ./apps/a, targetNamespace: shop}\n";
    assert_eq!(scopes(&of(&[("apps/a/a.yaml", POD), ("clusters/production/a.yaml", flux)])), ["prod/shop"]);
}

#[test]
fn bases_and_tests_are_no_scopes() {
    let base = ("base/kustomization.yaml", "resources: [a.yaml]\n");
    let overlay = |name: &str| format!("namespace: shop\nresources: [../../base]\n# {name}\n");
    let (prod, dev) = (overlay("prod"), overlay("dev"));
    let found = of(&[
        base,
        ("base/a.yaml", POD),
        ("overlays/prod/kustomization.yaml", &prod),
        ("overlays/dev/kustomization.yaml", &dev),
        ("tests/prod/a.yaml", POD),
    ]);
    assert_eq!(scopes(&found), ["dev/shop", "prod/shop"]);
    // a namespace's name says nothing, and neither does what has no workload
    let named = POD.replace("metadata: {name: a}\nspec:\n  selector", "metadata: {name: a, namespace: prod}\nspec:\n  selector");
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: empty}\n";
    assert_eq!(scopes(&of(&[("a.yaml", &named), ("b.yaml", map)])), ["default/prod"]);
}

const CHART: &str = "apiVersion: v2\nname: orders\nversion: 1.0.0\n";
const TEMPLATE: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ include \"orders.fullname\" . }}\nspec:\n  template:\n    metadata:\n      labels: {app: orders}\n    spec:\n      serviceAccountName: {{ include \"orders.serviceAccountName\" . }}\n      containers:\n        - name: orders\n          image: orders\n          env:\n            - name: DB_PASSWORD\n              valueFrom:\n                secretKeyRef:\n                  name: {{ .Values.existingSecret | default (printf \"%s-db\" (include \"orders.fullname\" .)) }}\n                  key: password\n";
const OWN_SECRET: &str = "{{- if not .Values.existingSecret }}\napiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ printf \"%s-db\" (include \"orders.fullname\" .) }}\nstringData:\n  password: {{ .Values.password | quote }}\n{{- end }}\n";

#[test]
fn charts_are_filled_in_with_the_values_of_each_environment() {
    let files = [
        ("Chart.yaml", CHART),
        ("templates/deployment.yaml", TEMPLATE),
        ("templates/secret.yaml", OWN_SECRET),
        ("values.yaml", "existingSecret: \"\"\npassword: \"\"\nserviceAccount: {create: true}\n"),
        ("values-prod.yaml", "existingSecret: orders-prod\n"),
        ("values-dev.yaml", "password: Winter-2024-orders\n"),
    ];
    let found = of(&files);
    assert_eq!(scopes(&found), ["dev/default", "prod/default"]);
    assert_eq!(
        held(&found),
        ["default/Deployment/sample:DB_PASSWORD 0 credential_literal", "default/Deployment/sample:DB_PASSWORD 2 credential_stored"]
    );
    let prod = found.services.iter().find(|service| service.environment == "prod").expect("one");
    assert_eq!((prod.rung, prod.credentials), (Some(2), 1));
    assert_eq!(status(&found, "L2.AUT.1"), "met", "the chart makes an account of its own");
    // what templates read as a file is not applied
    let data = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: injected, namespace: other}\nspec:\n  template:\n    spec:\n      serviceAccountName: {{ .account }}\n      containers: [{name: a, image: a}]\n";
    let with_data = of(&[&files[..], &[("files/injected.yaml", data)]].concat());
    assert_eq!((scopes(&with_data), status(&with_data, "L2.AUT.1")), (vec!["dev/default".to_owned(), "prod/default".to_owned()], "met"));
    // what no value decides stays open
    let open = TEMPLATE.replace(".Values.existingSecret", ".Values.global.secrets.name | lookupSecret");
    let found = of(&[("Chart.yaml", CHART), ("templates/deployment.yaml", &open)]);
    assert_eq!(held(&found), ["default/Deployment/sample:DB_PASSWORD ? credential_reference_templated"]);
    assert_eq!(status(&found, "L2.SEC.1"), "unknown");
}

/// A pod with annotations and variables in flow style.
fn pod(annotations: &str, env: &str, beside: &str) -> Assessment {
    let text = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a, namespace: shop}}\nspec:\n  template:\n    metadata:\n      labels: {{app: a}}\n      annotations: {annotations}\n    spec:\n      serviceAccountName: a\n      containers:\n        - name: a\n          image: a\n          env: {env}\n"
    );
    of(&[("a.yaml", text.as_str()), ("b.yaml", beside)])
}

#[test]
fn what_is_injected_has_its_rung() {
    let agent = |more: &str| pod(&format!("{{vault.hashicorp.com/agent-inject: 'true', vault.hashicorp.com/role: a, {more}}}"), "[]", "");
    let one = |found: &Assessment| held(found).join(", ");
    assert_eq!(
        one(&agent("vault.hashicorp.com/agent-inject-secret-db: database/creds/a")),
        "shop/Deployment/a:db 4 credential_leased_ttl_unseen"
    );
    assert_eq!(
        one(&agent("vault.hashicorp.com/agent-inject-secret-db: database/static-creds/a")),
        "shop/Deployment/a:db 3 credential_rotated"
    );
    assert_eq!(one(&agent("vault.hashicorp.com/agent-inject-secret-db: secret/data/a")), "shop/Deployment/a:db 3 credential_rotated");
    let once = "vault.hashicorp.com/agent-inject-secret-db: secret/data/a, vault.hashicorp.com/agent-pre-populate-only: 'true'";
    assert_eq!(one(&agent(once)), "shop/Deployment/a:db 2 credential_managed", "nothing reads it again");
    let template = "vault.hashicorp.com/agent-inject-template-db: '{{ with secret \"database/creds/a\" }}{{ .Data.password }}{{ end }}'";
    assert_eq!(one(&agent(template)), "shop/Deployment/a:db 4 credential_leased_ttl_unseen", "the template names the path");
    let env = |env: &str| one(&pod("{}", env, ""));
    assert_eq!(env("[{name: P, value: 'vault:database/creds/a#password'}]"), "shop/Deployment/a:P 4 credential_leased_ttl_unseen");
    assert_eq!(env("[{name: P, value: 'vault:secret/data/a#password'}]"), "shop/Deployment/a:P 2 credential_managed");
    // both halves of a pair are one
    let pair = "[{name: AWS_ACCESS_KEY_ID, valueFrom: {secretKeyRef: {name: s, key: a}}}, {name: AWS_SECRET_ACCESS_KEY, valueFrom: {secretKeyRef: {name: s, key: b}}}]";
    let found = pod("{}", pair, "");
    assert_eq!(one(&found), "shop/Deployment/a:AWS_SECRET_ACCESS_KEY 2 credential_stored");
    assert_eq!(status(&found, "L4.AUT.1"), "not_met");
    let minio = pair.replace("[{", "[{name: S3_ENDPOINT, value: 'http://minio.storage.svc:9000'}, {");
    assert_eq!(status(&pod("{}", &minio, ""), "L4.AUT.1"), "not_applicable", "no cloud's key");
}

#[test]
fn stores_of_kubernetes_have_their_rungs() {
    const FROM: &str = "[{name: P, valueFrom: {secretKeyRef: {name: db, key: p}}}]";
    let with = |beside: &str| held(&pod("{}", FROM, beside)).join(", ");
    let rung = |number: &str, fact: &str| format!("shop/Deployment/a:P {number} {fact}");
    for (beside, number, fact) in [
        (
            "apiVersion: secrets.hashicorp.com/v1beta1\nkind: VaultStaticSecret\nmetadata: {name: x, namespace: shop}\nspec: {mount: kv, path: a, refreshAfter: 30s, destination: {name: db}}\n",
            "3",
            "credential_rotated",
        ),
        (
            "apiVersion: secrets.hashicorp.com/v1beta1\nkind: VaultStaticSecret\nmetadata: {name: x, namespace: shop}\nspec: {mount: kv, path: a, destination: {name: db}}\n",
            "2",
            "credential_managed",
        ),
        (
            "apiVersion: secrets.hashicorp.com/v1beta1\nkind: VaultDynamicSecret\nmetadata: {name: x, namespace: shop}\nspec: {mount: database, path: static-creds/a, destination: {name: db}}\n",
            "3",
            "credential_rotated",
        ),
        (
            "apiVersion: onepassword.com/v1\nkind: OnePasswordItem\nmetadata: {name: db, namespace: shop}\nspec: {itemPath: x}\n",
            "3",
            "credential_rotated",
        ),
        (
            "apiVersion: isindir.github.com/v1alpha3\nkind: SopsSecret\nmetadata: {name: x, namespace: shop}\nspec: {secretTemplates: [{name: db, stringData: {p: 'ENC[AES256_GCM,data:x]'}}]}\n",
            "2",
            "credential_stored",
        ),
        (
            "apiVersion: isindir.github.com/v1alpha3\nkind: SopsSecret\nmetadata: {name: x, namespace: shop}\nspec: {secretTemplates: [{name: db, stringData: {p: Winter-2024-orders}}]}\n",
            "0",
            "credential_literal",
        ),
        (
            "apiVersion: external-secrets.io/v1alpha1\nkind: PushSecret\nmetadata: {name: db, namespace: shop}\nspec: {}\n",
            "2",
            "credential_stored",
        ),
        (
            "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: db, namespace: shop}\nspec: {dataFrom: [{sourceRef: {generatorRef: {kind: Password, name: x}}}]}\n",
            "2",
            "credential_managed",
        ),
        (
            "apiVersion: external-secrets.io/v1beta1\nkind: ClusterExternalSecret\nmetadata: {name: x}\nspec: {namespaces: [other], externalSecretSpec: {target: {name: db}, secretStoreRef: {name: s, kind: ClusterSecretStore}}}\n",
            "2",
            "credential_stored",
        ),
        (
            "apiVersion: external-secrets.io/v1beta1\nkind: ClusterExternalSecret\nmetadata: {name: x}\nspec: {namespaces: [shop], externalSecretSpec: {target: {name: db}, secretStoreRef: {name: s, kind: ClusterSecretStore}}}\n",
            "2",
            "credential_store_unseen",
        ),
    ] {
        assert_eq!(with(beside), rung(number, fact), "{beside}");
    }
    // a mounted class is read again where the driver is told to
    let mounted = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop}\nspec:\n  serviceAccountName: a\n  containers: [{name: a, image: a}]\n  volumes: [{name: v, csi: {driver: secrets-store.csi.k8s.io, volumeAttributes: {secretProviderClass: c}}}]\n---\napiVersion: secrets-store.csi.x-k8s.io/v1\nkind: SecretProviderClass\nmetadata: {name: c, namespace: shop}\nspec: {provider: aws}\n";
    assert_eq!(held(&of(&[("a.yaml", mounted)])), ["shop/Pod/a:v 2 credential_managed_rotation_unseen"]);
    let driver = [("a.yaml", mounted), ("csi/values.yaml", "enableSecretRotation: true\nrotationPollInterval: 2m\n")];
    assert_eq!(held(&of(&driver)), ["shop/Pod/a:v 3 credential_rotated"]);
}

#[test]
fn generated_secrets_out_of_files_outside_are_made_by_hand() {
    let kustomization =
        |generator: &str| format!("namespace: shop\nresources: [a.yaml]\nsecretGenerator:\n  - {{name: db, {generator}}}\n");
    let of_generator = |generator: &str| {
        let text = kustomization(generator);
        held(&of(&[("kustomization.yaml", text.as_str()), ("a.yaml", POD)])).join(", ")
    };
    assert_eq!(of_generator("envs: [db.env]"), "shop/Deployment/a:DB_PASSWORD 1 credential_manual");
    assert_eq!(of_generator("literals: [password=Winter-2024-orders]"), "shop/Deployment/a:DB_PASSWORD 0 credential_literal");
}

#[test]
fn terraform_says_where_values_come_from() {
    let lambda = |value: &str, more: &str| {
        let text = format!(
            "resource \"aws_lambda_function\" \"orders\" {{\n  role = aws_iam_role.orders.arn\n  environment {{\n    variables = {{\n      DB_PASSWORD = {value}\n    }}\n  }}\n}}\n{more}"
        );
        let found = held(&of(&[("main.tf", text.as_str())]));
        let one = found.iter().find(|one| one.contains("DB_PASSWORD")).cloned().unwrap_or_default();
        one.trim_start_matches("aws_lambda_function/orders:DB_PASSWORD ").to_owned()
    };
    assert_eq!(lambda("\"Winter-2024-orders\"", ""), "0 credential_literal");
    assert_eq!(lambda("var.db_password", "variable \"db_password\" {\n  sensitive = true\n}\n"), "1 credential_manual");
    assert_eq!(lambda("var.db_password", "variable \"db_password\" {\n  default = \"Winter-2024-orders\"\n}\n"), "0 credential_literal");
    assert_eq!(lambda("local.pw", "locals {\n  pw = var.db_password\n}\nvariable \"db_password\" {}\n"), "1 credential_manual");
    assert_eq!(lambda("data.aws_ssm_parameter.db.value", ""), "2 credential_stored");
    assert_eq!(lambda("data.aws_secretsmanager_secret_version.db.secret_string", ""), "2 credential_managed_rotation_unseen");
    let own = "resource \"aws_secretsmanager_secret\" \"db\" {\n  name = \"orders/db\"\n}\n";
    assert_eq!(lambda("aws_secretsmanager_secret.db.arn", own), "2 credential_managed");
    let rotated = format!(
        "{own}resource \"aws_secretsmanager_secret_rotation\" \"db\" {{\n  secret_id = aws_secretsmanager_secret.db.id\n  rotation_rules {{\n    automatically_after_days = 30\n  }}\n}}\n"
    );
    assert_eq!(lambda("aws_secretsmanager_secret.db.arn", &rotated), "3 credential_rotated");
    assert_eq!(lambda("aws_secretsmanager_secret.db.arn", &rotated.replace("30", "800")), "2 credential_managed", "too seldom");
    assert_eq!(lambda("random_password.db.result", ""), "1 credential_manual");
}

#[test]
fn tasks_machines_and_databases_are_read() {
    let task = "resource \"aws_ecs_task_definition\" \"web\" {\n  task_role_arn = aws_iam_role.web.arn\n  container_definitions = jsonencode([{\n    name = \"web\"\n    environment = [{ name = \"API_TOKEN\", value = var.api_token }, { name = \"LOG\", value = \"info\" }]\n    secrets = [\n      { name = \"DB_PASSWORD\", valueFrom = \"arn:aws:ssm:eu-west-1:0:parameter/db\" },\n      { name = \"KEY\", valueFrom = \"arn:aws:secretsmanager:eu-west-1:0:secret:key\" }\n    ]\n  }])\n}\n";
    assert_eq!(
        held(&of(&[("main.tf", task)])),
        [
            "aws_ecs_task_definition/web:API_TOKEN 1 credential_manual",
            "aws_ecs_task_definition/web:DB_PASSWORD 2 credential_stored",
            "aws_ecs_task_definition/web:KEY 2 credential_managed_rotation_unseen",
            "aws_ecs_task_definition/web:cloud identity 4 credential_identity",
        ]
    );
    let machine = "resource \"aws_instance\" \"app\" {\n  user_data = <<-EOF\n    #!/bin/bash\n    export AWS_ACCESS_KEY_ID=${var.key}\n    export AWS_SECRET_ACCESS_KEY=${var.secret}\n    EOF\n}\nvariable \"key\" {\n  sensitive = true\n}\nvariable \"secret\" {\n  sensitive = true\n}\n";
    let found = of(&[("main.tf", machine)]);
    assert_eq!(held(&found), ["aws_instance/app:AWS_SECRET_ACCESS_KEY 1 credential_manual"]);
    assert_eq!((found.overall.level, status(&found, "L4.AUT.1")), (Some(1), "not_met"));
    let login = "resource \"aws_db_instance\" \"db\" {\n  iam_database_authentication_enabled = true\n  manage_master_user_password = true\n}\nresource \"aws_lambda_function\" \"orders\" {\n  role = aws_iam_role.orders.arn\n}\nresource \"aws_iam_role\" \"orders\" {}\nresource \"aws_iam_role_policy\" \"orders\" {\n  role = aws_iam_role.orders.id\n  policy = jsonencode({ Statement = [{ Action = \"rds-db:connect\", Resource = \"arn:x\" }] })\n}\nresource \"aws_lambda_function\" \"other\" {\n  role = aws_iam_role.other.arn\n}\nresource \"aws_iam_role\" \"other\" {}\nresource \"aws_iam_role_policy\" \"other\" {\n  role = aws_iam_role.other.id\n  policy = jsonencode({ Statement = [] })\n}\n";
    assert_eq!(
        held(&of(&[("main.tf", login)])),
        [
            "aws_lambda_function/orders:cloud identity 4 credential_identity",
            "aws_lambda_function/orders:database login 4 credential_leased",
            "aws_lambda_function/other:cloud identity 4 credential_identity",
        ]
    );
    // a module has the environments of those that use it
    let files = [
        ("modules/app/main.tf", "resource \"aws_lambda_function\" \"a\" {\n  role = x.y\n}\n"),
        ("envs/prod/main.tf", "module \"app\" {\n  source = \"../../modules/app\"\n}\n"),
        ("envs/dev/main.tf", "module \"app\" {\n  source = \"../../modules/app\"\n}\n"),
    ];
    assert_eq!(scopes(&of(&files)), ["dev", "prod"]);
}

#[test]
fn programs_without_manifests_are_rated_by_what_they_read() {
    let files = [
        ("src/config.js", "module.exports = { password: process.env.DB_PASSWORD, level: process.env.LOG_LEVEL };\n"),
        (".env.example", "DB_PASSWORD=\nSTRIPE_KEY=\n"),
        ("Procfile", "web: node src/index.js\n"),
        ("package.json", "{\"name\": \"shop\", \"scripts\": {\"start\": \"node .\"}}\n"),
    ];
    let found = of(&files);
    assert_eq!(held(&found), ["Program/sample:DB_PASSWORD 1 credential_manual"]);
    assert_eq!((found.kind.as_str(), found.overall.level), ("service", Some(1)), "{}", found.overall.reason);
    // a library reads nothing that somebody deploys
    let library = [("src/lib.py", "import os\nTOKEN = os.environ['API_TOKEN']\n"), ("pyproject.toml", "[project]\nname = 'x'\n")];
    let found = of(&library);
    assert_eq!((found.kind.as_str(), found.overall.level), ("library", None));
    // what starts a server is deployed somewhere, whoever packs it
    let secret = "PASSWORD = 'Winter-2024!'\n";
    let flask = format!("from flask import Flask\n\napp = Flask(__name__)\n{secret}");
    for (path, text) in [
        ("src/app.py", flask.as_str()),
        (
            "cmd/api/main.go",
            "package main\n\nfunc main() {\n\tdbPassword := \"Winter-2024!\"\n\thttp.ListenAndServe(\":80\", mux(dbPassword))\n}\n",
        ),
        ("src/index.ts", "const app = express();\nconst password = 'Winter-2024!';\napp.listen(80);\n"),
        (
            "src/main/java/App.java",
            "class App {\n  String password = \"Winter-2024!\";\n  void main() { SpringApplication.run(App.class); }\n}\n",
        ),
        ("Program.cs", "var password = \"Winter-2024!\";\nvar builder = WebApplication.CreateBuilder(args);\n"),
        ("src/main.rs", "fn main() {\n    let password = \"Winter-2024!\";\n    axum::serve(listener, app);\n}\n"),
        ("public/index.php", "<?php\n$password = 'Winter-2024!';\n"),
    ] {
        let found = of(&[(path, text), ("README.md", "# orders\n")]);
        assert_eq!((found.kind.as_str(), found.overall.level), ("service", Some(0)), "{path}: {}", found.overall.reason);
    }
    // a library that others serve with, its tests and examples
    for (path, text) in [
        ("server.go", "package server\n\nfunc Serve() { http.ListenAndServe(\":80\", nil) }\n"),
        ("lib/app.js", "exports.listen = function () { return http.createServer(this) }\n"),
        ("examples/app.py", flask.as_str()),
        ("tests/app.py", flask.as_str()),
        ("src/lib.rs", "pub async fn serve(app: Router) { axum::serve(listener(), app).await }\n"),
        ("app.py", "# app = Flask(__name__)\n"),
    ] {
        let found = of(&[(path, text), ("lib.py", "x = 1\n")]);
        assert_eq!((found.kind.as_str(), found.overall.level), ("library", None), "{path}");
    }
    // the same name in the source and in the Deployment is one
    let both = [("a.yaml", POD), ("main.go", "package main\n\nvar p = os.Getenv(\"DB_PASSWORD\")\n"), ("Dockerfile", "FROM scratch\n")];
    assert_eq!(held(&of(&both)), ["default/Deployment/a:DB_PASSWORD 2 credential_stored"]);
    // what is taken where the variable is not set stands in the source
    let default = [("app.py", "import os\np = os.getenv('DB_PASSWORD', 'Winter-2024!')\n"), ("Dockerfile", "FROM python\n")];
    assert_eq!(held(&of(&default)), ["Program/sample:DB_PASSWORD 0 credential_literal"]);
    let well_known = [("app.py", "import os\np = os.environ.get('DB_PASSWORD', 'postgres')\n"), ("Dockerfile", "FROM python\n")];
    assert_eq!(held(&of(&well_known)), ["Program/sample:DB_PASSWORD 1 credential_manual"]);
    let comment = [("app.py", "import os\n# p = os.getenv('DB_PASSWORD', 'Winter-2024!')\n"), ("Dockerfile", "FROM python\n")];
    assert_eq!(held(&of(&comment)), Vec::<String>::new());
}

#[test]
fn compose_files_have_their_rungs() {
    let compose = "services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: ${DB_PASSWORD}\n  web:\n    image: web\n    env_file: [web.env]\n    secrets: [key]\n    environment: [API_TOKEN]\nsecrets:\n  key: {external: true}\n";
    let found = of(&[("compose.yaml", compose)]);
    assert_eq!(
        held(&found),
        [
            "Compose/db:POSTGRES_PASSWORD 1 credential_manual",
            "Compose/web:API_TOKEN 1 credential_manual",
            "Compose/web:key 2 credential_stored",
            "Compose/web:web.env 1 credential_manual",
        ]
    );
    let tracked = of(&[("compose.yaml", compose), ("web.env", "ADMIN_PASSWORD=Winter-2024-orders\n")]);
    assert!(held(&tracked).contains(&"Compose/web:ADMIN_PASSWORD 0 credential_literal".to_owned()), "{:?}", held(&tracked));
    // beside a cluster it is for a developer's machine
    assert_eq!(held(&of(&[("compose.yaml", compose), ("a.yaml", POD)])), ["default/Deployment/a:DB_PASSWORD 2 credential_stored"]);
}

/// The facts about a workflow's jobs, sorted.
fn jobs(text: &str, beside: &[(&str, &str)]) -> Vec<String> {
    let mut files = vec![(".github/workflows/a.yml", text), ("a.yaml", POD)];
    files.extend(beside);
    let found = of(&files);
    let verdict = found.verdict("L4.AUT.2").expect("one");
    let mut out: Vec<String> =
        verdict.evidence.iter().map(|one| format!("{} {}", one.observation.subject, one.observation.fact.as_str())).collect();
    out.sort();
    out.dedup();
    out
}

#[test]
fn jobs_reach_clouds_by_what_they_say() {
    let login = "- uses: aws-actions/configure-aws-credentials@v5\n        with: {role-to-assume: x}";
    let job = |permissions: &str, step: &str| format!("on: push\njobs:\n  a:\n    runs-on: x\n{permissions}    steps:\n      {step}\n");
    let write = "    permissions: {id-token: write}\n";
    assert_eq!(jobs(&job(write, login), &[]), ["Job/a.yml/a ci_federated"]);
    let replaced = format!("permissions: {{id-token: write}}\n{}", job("    permissions: {contents: read}\n", login));
    assert_eq!(jobs(&replaced, &[]), ["Job/a.yml/a ci_elsewhere"], "the job's own permissions replace the workflow's");
    let chained = login.replace("{role", "{aws-access-key-id: '${{ secrets.K }}', role");
    assert_eq!(jobs(&job(write, &chained), &[]), ["Job/a.yml/a ci_static_key"], "a role by a stored key");
    assert_eq!(jobs(&job(write, "- uses: pypa/gh-action-pypi-publish@v1"), &[]), Vec::<String>::new(), "no cloud");
    let action =
        "runs:\n  using: composite\n  steps:\n    - uses: google-github-actions/auth@v3\n      with: {workload_identity_provider: x}\n";
    let local = job(write, "- uses: ./.github/actions/login");
    assert_eq!(jobs(&local, &[(".github/actions/login/action.yml", action)]), ["Job/a.yml/a ci_federated"]);
    let called = "on: {workflow_call: {}}\njobs:\n  b:\n    runs-on: x\n    steps:\n      - uses: azure/login@v2\n        with: {client-id: x, tenant-id: y}\n";
    let caller = "on: push\njobs:\n  a:\n    permissions: {id-token: write}\n    uses: ./.github/workflows/b.yml\n";
    assert_eq!(jobs(caller, &[(".github/workflows/b.yml", called)]), ["Job/b.yml/b ci_federated"], "the caller's permissions");
    let foreign = "on: push\njobs:\n  a:\n    uses: org/repo/.github/workflows/x.yml@v1\n    secrets: inherit\n";
    assert_eq!(jobs(foreign, &[]), ["Job/a.yml/a ci_elsewhere"]);
    let gitlab =
        "deploy:\n  id_tokens: {TOKEN: {aud: x}}\n  script:\n    - aws sts assume-role-with-web-identity --web-identity-token $TOKEN\n";
    assert_eq!(jobs("on: push\njobs: {}\n", &[(".gitlab-ci.yml", gitlab)]), ["Job/.gitlab-ci.yml/deploy ci_federated"]);
}

#[test]
fn the_root_alone_decides_what_a_path_says() {
    let assess = |root: &str| {
        let path = format!("{root}/app/a.yaml");
        let sample = super::assessed_below(&[(path.as_str(), POD)], root);
        (scopes(&sample), sample.samples)
    };
    assert_eq!(assess("/home/u/tests/shop"), (vec!["default/default".to_owned()], 0));
    assert_eq!(assess("../prod/docs"), (vec!["default/default".to_owned()], 0));
}
