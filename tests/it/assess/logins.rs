//! How workloads and pipelines log in, and what enforces, where a small difference turns the answer.

use ztctl::assess::status::Status;
use ztctl::assess::{Assessment, Settings};

use super::assessed;
use crate::cli::Scene;

fn of(files: &[(&str, &str)]) -> Assessment {
    assessed(files, &Settings::default())
}

fn status(assessment: &Assessment, id: &str) -> Status {
    assessment.verdict(id).expect("a criterion").status
}

fn is_capped(assessment: &Assessment, id: &str) -> bool {
    assessment.overall.caps.iter().any(|cap| cap.disqualifier == id)
}

/// A Deployment with a volume of the secrets store's driver; `more` is in the volume's `csi`.
fn mounts(more: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: shop, namespace: shop}}\nspec:\n  selector: {{matchLabels: {{app: shop}}}}\n  template:\n    metadata: {{labels: {{app: shop}}}}\n    spec:\n      serviceAccountName: shop\n      containers: [{{name: shop, image: shop, volumeMounts: [{{name: s, mountPath: /s}}]}}]\n      volumes: [{{name: s, csi: {{driver: secrets-store.csi.k8s.io, readOnly: true, volumeAttributes: {{secretProviderClass: shop}}{more}}}}}]\n"
    )
}

fn class(provider: &str, parameters: &str) -> String {
    format!(
        "apiVersion: secrets-store.csi.x-k8s.io/v1\nkind: SecretProviderClass\nmetadata: {{name: shop, namespace: shop}}\nspec:\n  provider: {provider}\n  parameters: {{{parameters}}}\n"
    )
}

#[test]
fn secret_provider_classes_log_in_by_identity_or_by_a_stored_key() {
    let vault = class(
        "vault",
        "vaultAddress: 'https://vault:8200', roleName: shop, objects: '- {objectName: db, secretPath: secret/data/db, secretKey: password}'",
    );
    let azure = class(
        "azure",
        "clientID: 11111111-2222-3333-4444-555555555555, keyvaultName: shop, tenantId: 66666666-7777-8888-9999-000000000000",
    );
    let open = class("azure", "keyvaultName: shop, tenantId: 66666666-7777-8888-9999-000000000000");
    let key = ", nodePublishSecretRef: {name: azure-sp}";
    for (class, more, expected) in [(&vault, "", Status::Met), (&azure, "", Status::Met), (&open, key, Status::NotMet)] {
        let found = of(&[("app.yaml", mounts(more).as_str()), ("class.yaml", class.as_str())]);
        assert_eq!(status(&found, "L4.AUT.1"), expected, "{class}{more}");
        assert_eq!(status(&found, "L3.SEC.1"), Status::Met, "{class}");
    }
}

#[test]
fn pipelines_of_circleci_federate_with_a_role() {
    let app = mounts("");
    let pipeline = |steps: &str| {
        format!(
            "version: 2.1\norbs:\n  aws-cli: circleci/aws-cli@4.1\njobs:\n  deploy:\n    docker:\n      - image: cimg/base:stable\n    steps:\n      - checkout\n{steps}      - run: aws eks update-kubeconfig --name prod && kubectl apply -k .\nworkflows:\n  w:\n    jobs: [deploy]\n"
        )
    };
    let role = pipeline("      - aws-cli/setup:\n          role_arn: arn:aws:iam::111122223333:role/ci\n          region: eu-west-1\n");
    let found = of(&[("app.yaml", app.as_str()), (".circleci/config.yml", role.as_str())]);
    assert_eq!((status(&found, "L4.AUT.2"), is_capped(&found, "DQ.AUT.1")), (Status::Met, false));
    let keys = pipeline("      - run: export AWS_ACCESS_KEY_ID=$DEPLOY_KEY_ID AWS_SECRET_ACCESS_KEY=$DEPLOY_SECRET\n");
    let found = of(&[("app.yaml", app.as_str()), (".circleci/config.yml", keys.as_str())]);
    assert_eq!(status(&found, "L4.AUT.2"), Status::NotMet);
}

#[test]
fn a_binding_enforces_the_policy_that_it_names() {
    let policy = "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {name: own-account}\nspec:\n  failurePolicy: Fail\n  matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}]}\n  validations: [{expression: 'object.spec.template.spec.serviceAccountName != \"default\"'}]\n";
    let binding = |name: &str, action: &str| {
        format!(
            "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata: {{name: b}}\nspec: {{policyName: {name}, validationActions: [{action}]}}\n"
        )
    };
    let drift = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop, namespace: argocd}\nspec:\n  destination: {namespace: shop, server: https://kubernetes.default.svc}\n  source: {repoURL: https://git.example/shop, path: .}\n  syncPolicy: {automated: {selfHeal: true, prune: true}}\n";
    let app = mounts("");
    let with = |name: &str, action: &str| {
        let binding = binding(name, action);
        status(&of(&[("app.yaml", app.as_str()), ("policy.yaml", policy), ("binding.yaml", &binding), ("argo.yaml", drift)]), "L5.AUZ.3")
    };
    assert_eq!(with("own-account", "Deny"), Status::Met);
    assert_ne!(with("own-account", "Audit"), Status::Met);
    assert_ne!(with("another", "Deny"), Status::Met);
}

#[test]
fn a_rotation_of_two_years_is_none() {
    let terraform = |days: u32| {
        format!(
            "resource \"aws_ecs_task_definition\" \"shop\" {{\n  family = \"shop\"\n  task_role_arn = aws_iam_role.shop.arn\n  container_definitions = jsonencode([{{\n    name = \"shop\"\n    secrets = [{{ name = \"DB_PASSWORD\", valueFrom = aws_secretsmanager_secret.db.arn }}]\n  }}])\n}}\nresource \"aws_secretsmanager_secret\" \"db\" {{\n  name = \"db\"\n}}\nresource \"aws_secretsmanager_secret_rotation\" \"db\" {{\n  secret_id = aws_secretsmanager_secret.db.id\n  rotation_lambda_arn = var.rotator\n  rotation_rules {{\n    automatically_after_days = {days}\n  }}\n}}\nvariable \"rotator\" {{}}\n"
        )
    };
    let with = |days: u32| {
        let terraform = terraform(days);
        of(&[("main.tf", terraform.as_str())])
    };
    assert_eq!(status(&with(30), "L3.SEC.2"), Status::Met);
    let slow = with(730);
    assert_ne!(status(&slow, "L3.SEC.2"), Status::Met);
    let verdict = slow.verdict("L3.SEC.2").expect("a criterion");
    let mut spots = verdict.evidence.iter().flat_map(|one| one.observation.places().flatten());
    assert!(spots.any(|spot| spot.path == "main.tf" && spot.line == 16), "{:?}", verdict.evidence);
}

#[test]
fn sources_are_judged_in_assessments() {
    let program = "package main\n\nimport (\n\t\"crypto/tls\"\n\t\"net/http\"\n)\n\nfunc main() {\n\tclient := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}\n\tclient.Get(\"https://orders\")\n}\n";
    let dockerfile = "FROM golang:1.26\nCOPY . /src\nRUN go build -o /shop /src\nENTRYPOINT [\"/shop\"]\n";
    let of = |program: &str| {
        let scene = Scene::new(&[("cmd/main.go", program), ("Dockerfile", dockerfile)]);
        scene.run(&["assess", "--explain", "L2.ENC.1"]).expect(0).stdout
    };
    let found = of(program);
    assert!(found.contains("cmd/main.go:9") && found.contains("RootCAs") && found.contains("not_met"), "{found}");
    let verified = of(&program.replace("InsecureSkipVerify: true", "MinVersion: tls.VersionTLS13"));
    assert!(!verified.contains("not_met"), "{verified}");
}
