//! Credentials: what is one, how it is held, and what is never printed.

use ztctl::assess::inventory::{Value, classify};
use ztctl::assess::settings::PlainSecret;
use ztctl::assess::{Assessment, Settings};
use ztctl::report::assess::{About, Terminal, json, markdown, pretty};

use super::{archetype, assessed, status};

const POD: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: shop}\nspec:\n  template:\n    metadata:\n      labels: {app: a}\n    spec:\n      serviceAccountName: a\n      containers:\n        - name: a\n          image: a\n          env:\n            - ENV\n";

/// A pod with one variable and whatever stands beside it.
fn pod(env: &str, beside: &str) -> Assessment {
    assessed(&[("a.yaml", POD.replace("ENV", env)), ("b.yaml", beside.to_owned())], &Settings::default())
}

const FROM: &str = "{name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}";

/// The rung of the only credential of a workload, and its fact.
fn held(assessment: &Assessment) -> Vec<(Option<u8>, &'static str)> {
    assessment.credentials.iter().map(|credential| (credential.holding.rung(), credential.holding.fact().as_str())).collect()
}

#[test]
fn values_are_told_from_what_stands_for_them() {
    let token = format!("ghp_{}", "a1B2c3D4e5".repeat(4));
    for (name, value, expected) in [
        ("TOKEN", token.as_str(), Value::Provider),
        ("anything", token.as_str(), Value::Provider),
        ("DB_PASSWORD", "Winter2024!", Value::Password),
        ("DB_PASSWORD", "hunter", Value::Password),
        ("API_KEY", "q8Zr2Lw0Xn4Vb7Tc1Yk5", Value::Random),
        ("DB_PASSWORD", "postgres", Value::Default),
        ("DATABASE_URL", "postgres://app:Winter2024@db:5432/app", Value::Password),
        ("DATABASE_URL", "postgres://app:$(DB_PASSWORD)@db:5432/app", Value::Templated),
        ("DATABASE_URL", "postgres://app@db:5432/app", Value::Plain),
        ("DB_PASSWORD", "${DB_PASSWORD}", Value::Templated),
        ("DB_PASSWORD", "vault:secret/data/db#password", Value::Templated),
        ("DB_PASSWORD", "ENC[AES256_GCM,data:abc]", Value::Templated),
        ("DB_PASSWORD", "", Value::Plain),
        ("DB_PASSWORD", "<your password>", Value::Plain),
        ("DB_PASSWORD", "xxxxxxxxxxxx", Value::Plain),
        ("DB_PASSWORD", "REDACTED", Value::Plain),
        ("DB_PASSWORD_FILE", "/run/secrets/db", Value::Plain),
        ("SECRET_NAME", "orders-db-2024", Value::Plain),
        ("TOKEN_URL", "https://login.example/token", Value::Plain),
        ("PUBLIC_KEY", "q8Zr2Lw0Xn4Vb7Tc1Yk5", Value::Plain),
        ("KEYBOARD", "qwertz-2024-layout", Value::Plain),
        ("MONKEY", "q8Zr2Lw0Xn4Vb7Tc1Yk5", Value::Plain),
        ("TOKEN_EXPIRATION_SECONDS", "86400", Value::Plain),
        ("USE_PASSWORD", "true", Value::Plain),
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE", Value::Plain),
        ("TOKEN", "glpat-XXXXXXXXXXXXXXXXXXXX", Value::Plain),
    ] {
        assert_eq!(classify(name, value), expected, "{name}={value}");
    }
}

#[test]
fn each_way_to_hold_a_credential_has_its_rung() {
    let store = |provider: &str| {
        format!(
            "---\napiVersion: external-secrets.io/v1\nkind: SecretStore\nmetadata: {{name: s, namespace: shop}}\nspec: {{provider: {provider}}}\n"
        )
    };
    let external = |spec: &str| {
        format!(
            "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {{name: db, namespace: shop}}\nspec: {{secretStoreRef: {{name: s}}{spec}}}\n"
        )
    };
    let vault = "{vault: {server: x, auth: {kubernetes: {role: a}}}}";
    let cases: Vec<(String, Option<u8>, &str)> = vec![
        (String::new(), Some(2), "credential_stored"),
        ("apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\nstringData: {password: Winter-2024-orders}\n".to_owned(), Some(0), "credential_literal"),
        // of another namespace
        ("apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: other}\nstringData: {password: Winter-2024-orders}\n".to_owned(), Some(2), "credential_stored"),
        ("apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\nstringData: {password: postgres}\n".to_owned(), Some(1), "credential_manual"),
        ("apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\n".to_owned(), Some(2), "credential_stored"),
        ("apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\nstringData: {password: \"ENC[AES256_GCM,data:abc]\"}\nsops: {mac: x}\n".to_owned(), Some(2), "credential_stored"),
        // one value that was left in clear is one of its own: it holds the level down, and its neighbour is as well kept as before
        ("apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\nstringData: {password: \"ENC[AES256_GCM,data:abc]\", token: Winter-2024-orders}\nsops: {mac: x}\n".to_owned(), Some(2), "credential_stored"),
        ("apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: db, namespace: shop}\n".to_owned(), Some(2), "credential_stored"),
        (external("") + &store(vault), Some(3), "credential_rotated"),
        (external(", refreshInterval: 0s") + &store(vault), Some(2), "credential_managed"),
        (external(", refreshInterval: 0") + &store(vault), Some(2), "credential_managed"),
        (external(", refreshPolicy: CreatedOnce") + &store(vault), Some(2), "credential_managed"),
        (external(""), Some(2), "credential_store_unseen"),
        (external("") + &store("{fake: {data: []}}"), Some(2), "credential_stored"),
        (external("") + &store("{kubernetes: {}}"), Some(2), "credential_stored"),
        (external(", dataFrom: [{sourceRef: {generatorRef: {kind: VaultDynamicSecret, name: x}}}]") + &store(vault), Some(4), "credential_leased_ttl_unseen"),
        (external(", target: {template: {data: {password: Winter-2024-orders}}}") + &store(vault), Some(0), "credential_literal"),
        ("apiVersion: secrets.hashicorp.com/v1beta1\nkind: VaultDynamicSecret\nmetadata: {name: x, namespace: shop}\nspec: {destination: {name: db}}\n".to_owned(), Some(4), "credential_leased_ttl_unseen"),
    ];
    for (beside, rung, fact) in cases {
        let assessment = pod(FROM, &beside);
        assert_eq!(held(&assessment), [(rung, fact)], "{beside}");
    }
}

#[test]
fn variables_by_value() {
    let of = |env: &str| held(&pod(env, ""));
    assert_eq!(of("{name: DB_PASSWORD, value: Winter2024!}"), [(Some(0), "credential_literal")]);
    assert_eq!(of("{name: DB_PASSWORD, value: postgres}"), [(Some(1), "credential_manual")]);
    assert_eq!(of("{name: DB_PASSWORD, value: $(OTHER)}"), []);
    assert_eq!(of("{name: DB_USER, valueFrom: {secretKeyRef: {name: db, key: user}}}"), []);
    assert_eq!(of("{name: LOG_LEVEL, value: debug}"), []);
    // wrong types are no credentials
    for odd in [
        "{name: [], value: {}}",
        "{name: DB_PASSWORD, value: [1]}",
        "7",
        "null",
        "{name: DB_PASSWORD, valueFrom: 3}",
        "{valueFrom: {secretKeyRef: []}}",
    ] {
        assert_eq!(of(odd), [], "{odd}");
    }
    let key = pod("{name: AWS_SECRET_ACCESS_KEY, valueFrom: {secretKeyRef: {name: aws, key: x}}}", "");
    assert_eq!(status(&key, "L4.AUT.1"), "not_met");
    assert!(key.overall.caps.iter().any(|cap| cap.disqualifier == "DQ.AUT.1"));
}

#[test]
fn the_setting_for_plain_secrets_is_obeyed() {
    let files = archetype("l0-k8s-base64");
    for (plain_secret, level, effect) in [(PlainSecret::Cap0, 0, "cap"), (PlainSecret::Cap1, 1, "cap"), (PlainSecret::Warn, 2, "review")] {
        let assessment = assessed(&files, &Settings { plain_secret, ..Settings::default() });
        assert_eq!(assessment.overall.level, Some(level), "{plain_secret:?}: {}", assessment.overall.reason);
        assert_eq!(assessment.findings[0].effect.as_str(), effect);
    }
}

#[test]
fn strict_asks_for_rotation_at_the_source() {
    let strict = Settings { strict: true, ..Settings::default() };
    let mut files = archetype("l3-eso-rotation");
    assert_eq!(assessed(&files, &strict).overall.level, Some(3), "the rotation is declared");
    files.retain(|(path, _)| !path.ends_with("rotation.tf"));
    assert_eq!(assessed(&files, &strict).overall.level, Some(2));
    let lax = assessed(&files, &Settings::default());
    assert_eq!((lax.overall.level, lax.overall.confidence.word()), (Some(3), "medium"));
}

#[test]
fn what_cannot_be_federated_does_not_hold_down() {
    let text = archetype("l3-eso-rotation");
    let renamed: Vec<(String, String)> =
        text.iter().map(|(path, text)| (path.clone(), text.replace("DB_PASSWORD", "STRIPE_API_KEY"))).collect();
    let assessment = assessed(&renamed, &Settings::default());
    assert_eq!(status(&assessment, "L4.SEC.1"), "not_applicable");
    assert_eq!(status(&assessment, "L3.SEC.2"), "met");
    assert_eq!(status(&assessment, "L5.SEC.1"), "not_met");
    let none = Settings { static_by_nature: vec!["other".to_owned()], ..Settings::default() };
    assert_eq!(status(&assessed(&renamed, &none), "L4.SEC.1"), "not_met");
}

#[test]
fn values_are_never_printed() {
    let secret = "Winter-2024-orders";
    let token = format!("xoxb-{}", "a1B2c3D4e5".repeat(3));
    let coded = data_encoding::BASE64.encode(secret.as_bytes());
    let files = [
        ("a.yaml", POD.replace("ENV", &format!("{{name: DB_PASSWORD, value: {secret}}}"))),
        (
            "b.yaml",
            format!(
                "apiVersion: v1\nkind: Secret\nmetadata: {{name: db, namespace: shop}}\ndata: {{password: {coded}}}\nstringData: {{token: {token}}}\n"
            ),
        ),
        ("c.yaml", format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c, namespace: shop}}\ndata: {{DB_PASSWORD: {secret}}}\n")),
        ("compose.yaml", format!("services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: {secret}\n")),
        ("main.tf", format!("variable \"db_password\" {{\n  default = \"{secret}\"\n}}\n")),
        (".github/workflows/a.yml", format!("jobs:\n  a:\n    steps:\n      - run: x\n        env:\n          API_TOKEN: {token}\n")),
    ];
    let assessment = assessed(&files, &Settings::default());
    assert!(assessment.findings.len() >= 6, "{:?}", assessment.findings);
    let about = About::default();
    for text in [
        json(&assessment, &about),
        markdown(&assessment, &about),
        pretty(&assessment, &about, Terminal { color: true }),
        format!("{assessment:?}"),
    ] {
        for value in [secret, token.as_str(), coded.as_str()] {
            assert!(!text.contains(value), "a value is printed");
        }
    }
}

#[test]
fn odd_files_break_nothing() {
    let whole = archetype("l5-istio-opa");
    // every scalar and collection in turn is something else
    for (at, (path, text)) in whole.iter().enumerate().filter(|(_, (path, _))| path.ends_with("yaml") || path.ends_with("yml")) {
        let lines: Vec<&str> = text.lines().collect();
        for line in 0..lines.len() {
            for odd in ["[]", "{}", "7", "null", "\"{{ .Values.x }}\"", "&a [*a]"] {
                let Some((key, _)) = lines[line].split_once(':') else { continue };
                let mut changed: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
                changed[line] = format!("{key}: {odd}");
                if line % 3 != at % 3 {
                    continue;
                }
                let files = [(path.clone(), changed.join("\n"))];
                let _ = assessed(&files, &Settings::default());
            }
        }
    }
    let deep = format!("apiVersion: v1\nkind: Secret\ndata: {}{}", "{a: ".repeat(2_000), "}".repeat(2_000));
    let bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\napiVersion: v1\nkind: List\nitems: [*c]\n";
    for text in ["\u{0}\u{1}", "---\n---\n", "- - -", "kind: Secret\napiVersion: v1\ndata: 7\n", bomb, &deep] {
        for path in ["a.yaml", ".github/workflows/a.yml", "compose.yaml", ".ztctl/waivers.yaml", "kustomization.yaml", "a.tf", "a.json"] {
            let assessment = assessed(&[(path, text)], &Settings::default());
            assert_eq!(assessment.overall.level, None, "{path}");
        }
    }
}

#[test]
fn an_image_of_a_tool_makes_policies_no_service() {
    let template = "apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata: {name: k8sowner}\nspec:\n  crd: {spec: {names: {kind: K8sOwner}}}\n  targets:\n    - target: admission.k8s.gatekeeper.sh\n      rego: |\n        package k8sowner\n        violation[{\"msg\": \"owner is missing\"}] { not input.review.object.metadata.labels.owner }\n";
    let tool = "FROM alpine:3.22\nARG GATOR_VERSION\nRUN apk add --no-cache curl\nWORKDIR /library\nENTRYPOINT [\"/bin/gator\"]\n";
    let service = "FROM golang:1.26\nCOPY . /src\nRUN go build -o /app /src\nENTRYPOINT [\"/app\"]\n";
    let kind = |image: &str| {
        let site = "{\n  \"scripts\": {\n    \"start\": \"docusaurus start\"\n  }\n}\n";
        let files = [("library/template.yaml", template), ("build/Dockerfile", image), ("website/package.json", site)];
        let found = assessed(&files, &Settings::default());
        (found.kind.as_str(), found.overall.level.is_some())
    };
    assert_eq!(kind(tool), ("policy-bundle", false));
    assert_eq!(kind(service), ("service", true));
}

#[test]
fn modules_that_only_others_call_are_a_library() {
    let module =
        "variable \"role\" {}\nresource \"aws_launch_template\" \"this\" {\n  iam_instance_profile {\n    name = var.role\n  }\n}\n";
    let example = "module \"nodes\" {\n  source = \"../../modules/nodes\"\n  role = \"nodes\"\n}\n";
    let provider = "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n";
    let kind = |more: &[(&str, &str)]| {
        let files = [&[("modules/nodes/main.tf", module)][..], more].concat();
        let found = assessed(&files, &Settings::default());
        (found.kind.as_str(), found.overall.level.is_some())
    };
    assert_eq!(kind(&[("examples/nodes/main.tf", example), ("examples/nodes/providers.tf", provider)]), ("library", false));
    // a configuration that somebody applies, and modules of which nothing says that they are for others
    assert_eq!(kind(&[("examples/nodes/main.tf", example), ("live/main.tf", provider)]), ("terraform", true));
    let backend = "terraform {\n  backend \"s3\" {}\n}\n";
    assert_eq!(kind(&[("examples/nodes/main.tf", example), ("live/main.tf", backend)]), ("terraform", true));
    assert_eq!(kind(&[]), ("terraform", true));
}

#[test]
fn a_role_is_wide_by_what_it_grants() {
    let role = |rule: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: shop}}\nspec:\n  selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata: {{labels: {{app: web}}}}\n    spec: {{serviceAccountName: web, containers: [{{name: web, image: web}}]}}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: web}}\nrules: [{{{rule}}}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: web}}\nroleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: web}}\nsubjects: [{{kind: ServiceAccount, name: web, namespace: shop}}]\n"
        )
    };
    for (rule, wide) in [
        ("apiGroups: [tap.linkerd.io], resources: ['*'], verbs: [watch]", false),
        ("apiGroups: [apps], resources: [deployments], verbs: [get, list, patch]", false),
        ("apiGroups: [''], resources: ['*'], verbs: [get]", true),
        ("apiGroups: ['*'], resources: ['*'], verbs: [list]", true),
        ("apiGroups: [tap.linkerd.io], resources: ['*'], verbs: [watch, create]", true),
        ("apiGroups: [apps], resources: [deployments], verbs: ['*']", true),
        ("apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [escalate]", true),
        ("apiGroups: [''], resources: [users], verbs: [impersonate]", true),
    ] {
        let found = assessed(&[("web.yaml", role(rule))], &Settings::default());
        assert_eq!(found.overall.caps.iter().any(|cap| cap.disqualifier == "DQ.AUZ.1"), wide, "{rule}");
    }
}

#[test]
fn delivery_alone_is_not_continuous_verification() {
    let flux = |path: &str| {
        format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: apps, namespace: flux-system}}\nspec: {{interval: 10m, prune: true, path: {path}, sourceRef: {{kind: GitRepository, name: apps}}}}\n"
        )
    };
    let files = [("clusters/production/apps.yaml", flux("./apps/production")), ("clusters/staging/apps.yaml", flux("./apps/staging"))];
    let found = assessed(&files, &Settings::default());
    assert_eq!((found.kind.as_str(), found.overall.level), ("gitops-monorepo", None));
    assert_eq!(status(&found, "L5.AUZ.3"), "unknown");
    let authorization = found.domains.iter().find(|domain| domain.domain.as_str() == "authorization").expect("a domain");
    assert_ne!(authorization.level, Some(5));
}

#[test]
fn what_several_folders_render_is_one_workload() {
    let web = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, image: web}]}\n";
    let found = assessed(&[("manifests/web.yaml", web), ("release/all.yaml", web)], &Settings::default());
    assert_eq!(found.workloads, 1);
}
