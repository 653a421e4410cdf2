//! Traps of whole repositories: what looks as if it counted, and where what counts is said.

use ztctl::assess::{Assessment, Settings};

use super::{assessed, status};

fn of(files: &[(&str, &str)]) -> Assessment {
    assessed(files, &Settings::default())
}

/// The places of the evidence for and against a criterion.
fn places(assessment: &Assessment, criterion: &str) -> Vec<String> {
    let verdict = assessment.verdict(criterion).expect("a criterion");
    let spots = verdict.evidence.iter().flat_map(|one| one.observation.places().flatten());
    spots.map(|spot| format!("{}:{}", spot.path, spot.line)).collect()
}

fn shows(assessment: &Assessment, criterion: &str, place: &str) {
    let found = places(assessment, criterion);
    assert!(found.iter().any(|at| at == place), "{criterion}: {place} is not among {found:?}");
}

/// A Deployment with its service account; `env` is a list in flow style.
fn app(name: &str, image: &str, env: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec:\n      serviceAccountName: {name}\n      containers:\n        - name: {name}\n          image: {image}\n          env: {env}\n"
    )
}

const PASSWORD: &str = "[{name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}]";

const HELPERS: &str = r#"{{- define "pay.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name }}
{{- end }}
{{- end }}

{{- define "pay.selector" -}}
app: {{ include "pay.fullname" . }}
{{- end }}

{{- define "pay.secret" -}}
{{- with .Values.db.existingSecret -}}
{{ . }}
{{- else -}}
{{ include "pay.fullname" . }}-db
{{- end -}}
{{- end -}}

{{- define "pay.loop" -}}
{{ include "pay.loop" . }}{{ include "pay.loop" . }}
{{- end -}}
"#;

const CHART_POD: &str = r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "pay.fullname" . }}
spec:
  template:
    metadata:
      labels:
        {{- include "pay.selector" . | nindent 8 }}
    spec:
      serviceAccountName: {{ include "pay.fullname" . }}
      containers:
        - name: pay
          image: pay:1
          env:
            - name: DB_PASSWORD
              valueFrom:
                secretKeyRef:
                  name: {{ include "pay.secret" . }}
                  key: password
"#;

const CHART_EXTERNAL: &str = r#"{{- if not .Values.db.existingSecret }}
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: {{ include "pay.secret" . }}
spec:
  refreshInterval: 1h
  secretStoreRef: {kind: ClusterSecretStore, name: aws}
  data:
    - secretKey: password
      remoteRef: {key: prod/pay}
{{- end }}
"#;

const CHART_NETWORK: &str = r#"apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "pay.fullname" . }}
spec:
  podSelector:
    matchLabels:
      {{- include "pay.selector" . | nindent 6 }}
  policyTypes: [Ingress]
"#;

const STORE: &str = "apiVersion: external-secrets.io/v1\nkind: ClusterSecretStore\nmetadata: {name: aws}\nspec:\n  conditions: [{namespaces: [default]}]\n  provider: {aws: {service: SecretsManager, region: eu-west-1, auth: {jwt: {serviceAccountRef: {name: eso, namespace: eso}}}}}\n";

#[test]
fn named_templates_of_a_chart_are_run() {
    let chart = |values: &str| {
        of(&[
            ("pay/Chart.yaml", "apiVersion: v2\nname: pay\nversion: 1.0.0\n"),
            ("pay/values.yaml", values),
            ("pay/templates/_helpers.tpl", HELPERS),
            ("pay/templates/deployment.yaml", CHART_POD),
            ("pay/templates/external.yaml", CHART_EXTERNAL),
            ("pay/templates/network.yaml", CHART_NETWORK),
            ("store.yaml", STORE),
        ])
    };
    let own = chart("db: {existingSecret: \"\"}\n");
    for id in ["L1.SEC.2", "L2.SEC.1", "L3.SEC.1", "L3.SEC.2", "L2.NET.1"] {
        assert_eq!(status(&own, id), "met", "{id}: {:?}", own.verdict(id).map(|verdict| &verdict.evidence));
    }
    shows(&own, "L3.SEC.1", "pay/templates/external.yaml:3");
    shows(&own, "L3.SEC.2", "pay/templates/external.yaml:7");
    let other = chart("db: {existingSecret: given}\n");
    assert_eq!((status(&other, "L2.SEC.1"), status(&other, "L3.SEC.1")), ("met", "not_met"));
}

#[test]
fn named_templates_that_call_themselves_end() {
    let pod = CHART_POD.replace("pay.secret", "pay.loop");
    let found = of(&[
        ("pay/Chart.yaml", "apiVersion: v2\nname: pay\nversion: 1.0.0\n"),
        ("pay/templates/_helpers.tpl", HELPERS),
        ("pay/templates/deployment.yaml", &pod),
    ]);
    // the reference is one, whatever its name
    assert_eq!((status(&found, "L1.SEC.2"), status(&found, "L3.SEC.1")), ("met", "unknown"));
}

#[test]
fn a_policy_for_clusters_that_serve_it_is_declared() {
    let policy = |rules: &str| {
        format!(
            "{{{{- if .Capabilities.APIVersions.Has \"security.istio.io/v1\" }}}}\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: pay, namespace: shop}}\nspec:\n  selector: {{matchLabels: {{app: pay}}}}\n  rules:\n{rules}{{{{- end }}}}\n"
        )
    };
    let named = "    - from: [{source: {principals: [cluster.local/ns/shop/sa/web]}}]\n";
    let templated = "    {{- range .Values.callers }}\n    - from: [{source: {principals: [{{ . | quote }}]}}]\n    {{- end }}\n";
    for rules in [named, templated] {
        let assessment = of(&[
            ("pay/Chart.yaml", "apiVersion: v2\nname: pay\nversion: 1.0.0\n"),
            ("pay/values.yaml", "callers: [a, b]\n"),
            ("pay/templates/app.yaml", &app("pay", "pay:1", "[]")),
            ("pay/templates/policy.yaml", &policy(rules)),
        ]);
        assert_eq!(status(&assessment, "L1.AUZ.1"), "met", "{rules}");
        assert_eq!(rules == named, status(&assessment, "L4.AUZ.1") == "met", "{rules}");
    }
}

#[test]
fn evidence_of_a_credential_is_where_it_is_delivered_and_leased() {
    let app = app("pay", "pay", PASSWORD);
    let dynamic = "apiVersion: secrets.hashicorp.com/v1beta1\nkind: VaultDynamicSecret\nmetadata: {name: db, namespace: shop}\nspec:\n  mount: database\n  path: creds/pay\n  destination: {name: db}\n";
    let roles = |names: &str, ttl: &str| {
        format!(
            "locals {{\n  services = toset([{names}])\n}}\n\nresource \"vault_database_secret_backend_role\" \"each\" {{\n  for_each    = local.services\n  backend     = \"database\"\n  name        = each.key\n  default_ttl = {ttl}\n}}\n"
        )
    };
    let short = of(&[("a.yaml", &app), ("vault.yaml", dynamic), ("vault.tf", &roles("\"web\", \"pay\"", "3600"))]);
    assert_eq!((status(&short, "L4.SEC.1"), status(&short, "L5.SEC.1")), ("met", "met"));
    shows(&short, "L4.SEC.1", "vault.yaml:2");
    shows(&short, "L5.SEC.1", "vault.tf:9");
    let long = of(&[("a.yaml", &app), ("vault.yaml", dynamic), ("vault.tf", &roles("\"pay\"", "604800"))]);
    assert_eq!(status(&long, "L5.SEC.1"), "not_met");
    // the loop makes no role of this name
    let other = of(&[("a.yaml", &app), ("vault.yaml", dynamic), ("vault.tf", &roles("\"web\"", "3600"))]);
    assert_eq!(status(&other, "L5.SEC.1"), "unknown");
}

#[test]
fn a_datastore_shares_its_login_with_its_one_client() {
    let two = format!("{}---\n{}", app("pay", "pay", PASSWORD), app("pg", "postgres:16", PASSWORD));
    assert_eq!(status(&of(&[("a.yaml", &two)]), "L2.SEC.2"), "met");
    let three = format!("{two}---\n{}", app("ledger", "ledger", PASSWORD));
    assert_eq!(status(&of(&[("a.yaml", &three)]), "L2.SEC.2"), "not_met");
}

#[test]
fn a_policy_that_selects_nothing_takes_no_edge_away() {
    let policy = |name: &str| {
        format!(
            "{}---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: default-deny, namespace: shop}}\nspec:\n  podSelector: {{matchLabels: {{app: {name}}}}}\n  policyTypes: [Ingress]\n",
            app("pay", "pay", "[]")
        )
    };
    let none = of(&[("a.yaml", &policy("pya"))]);
    assert_eq!(status(&none, "L2.NET.1"), "not_met");
    shows(&none, "L2.NET.1", "a.yaml:19");
    assert_eq!(status(&of(&[("a.yaml", &policy("pay"))]), "L2.NET.1"), "met");
}

#[test]
fn what_authenticates_elsewhere_leaves_issuer_and_audience_open() {
    let ingress = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: pay\n  namespace: shop\n  annotations:\n    nginx.ingress.kubernetes.io/auth-url: https://sso.example/oauth2/auth\nspec:\n  rules: [{host: pay.example}]\n";
    let found = of(&[("a.yaml", &app("pay", "pay", "[]")), ("ingress.yaml", ingress)]);
    assert_eq!((status(&found, "L1.AUT.1"), status(&found, "L3.AUT.1")), ("met", "unknown"));
    shows(&found, "L1.AUT.1", "ingress.yaml:7");
    assert_eq!(status(&of(&[("a.yaml", &app("pay", "pay", "[]"))]), "L3.AUT.1"), "not_applicable");
}

#[test]
fn a_managers_token_in_the_environment_is_a_static_one() {
    let env = "[{name: VAULT_TOKEN, valueFrom: {secretKeyRef: {name: vault, key: token}}}]";
    let found = of(&[("a.yaml", &app("pay", "pay", env))]);
    assert_eq!(status(&found, "L4.AUT.1"), "not_met");
    assert_eq!(found.overall.caps.iter().map(|cap| cap.disqualifier).collect::<Vec<_>>(), ["DQ.AUT.2"]);
}

#[test]
fn connection_strings_of_programs_and_compose_files_say_what_they_are() {
    let go = |host: &str| {
        format!(
            "package main\n\nfunc main() {{\n\topen(\"postgres://pay:\" + os.Getenv(\"DB_PASSWORD\") + \"@{host}/pay?sslmode=disable\")\n}}\n"
        )
    };
    let at = |host: &str| of(&[("k8s/a.yaml", &app("pay", "pay", PASSWORD)), ("services/pay/main.go", &go(host))]);
    let found = at("db");
    assert_eq!(status(&found, "L2.ENC.1"), "not_met");
    shows(&found, "L2.ENC.1", "services/pay/main.go:4");
    // the own machine
    assert_eq!(status(&at("localhost"), "L2.ENC.1"), "unknown");
    let compose = "services:\n  web:\n    image: web\n    environment:\n      CACHE: redis://:${REDIS_PASSWORD}@redis:6379/0\n      PLAIN: redis://redis:6379/0\n";
    let found = of(&[("docker-compose.yml", compose)]);
    let names: Vec<&str> = found.credentials.iter().map(|one| one.subject.part.as_str()).collect();
    assert_eq!(names, ["CACHE"]);
    assert_eq!(status(&found, "L2.SEC.1"), "not_met");
}

#[test]
fn of_two_clusters_one_without_audit_fails() {
    let cluster = |name: &str, types: &str| {
        format!(
            "resource \"aws_eks_cluster\" \"{name}\" {{\n  name                      = \"{name}\"\n  enabled_cluster_log_types = {types}\n}}\n"
        )
    };
    let pod = app("pay", "pay", "[]");
    let found =
        of(&[("k8s/a.yaml", &pod), ("core.tf", &cluster("core", "[\"api\", \"audit\"]")), ("edge.tf", &cluster("edge", "[\"api\"]"))]);
    assert_eq!(status(&found, "L2.AUD.1"), "partial");
    shows(&found, "L2.AUD.1", "edge.tf:3");
}

#[test]
fn a_waypoint_is_no_entry_point() {
    let gateway = |class: &str, protocol: &str| {
        let gateway = format!(
            "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: g, namespace: shop}}\nspec:\n  gatewayClassName: {class}\n  listeners: [{{name: mesh, port: 15008, protocol: {protocol}}}]\n"
        );
        of(&[("a.yaml", &app("pay", "pay", "[]")), ("gateway.yaml", &gateway)])
    };
    let inside = gateway("istio-waypoint", "HBONE");
    assert_eq!((status(&inside, "L1.AUT.1"), status(&inside, "L1.ENC.1")), ("not_applicable", "not_applicable"));
    let outside = gateway("istio", "HTTP");
    assert_eq!((status(&outside, "L1.AUT.1"), status(&outside, "L1.ENC.1")), ("unknown", "not_met"));
}

#[test]
fn a_constraint_that_only_watches_denies_nothing() {
    let found = |action: &str| {
        let template = "apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata: {name: owner}\nspec:\n  crd: {spec: {names: {kind: Owner}}}\n  targets:\n    - target: admission.k8s.gatekeeper.sh\n      rego: |\n        package owner\n        violation[{\"msg\": msg}] { not input.review.object.metadata.labels.owner; msg := \"no owner\" }\n";
        let constraint = format!(
            "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: Owner\nmetadata: {{name: owner}}\nspec: {{enforcementAction: {action}}}\n"
        );
        let found = of(&[("a.yaml", &app("pay", "pay", "[]")), ("template.yaml", template), ("constraint.yaml", &constraint)]);
        status(&found, "L3.AUZ.1")
    };
    assert_eq!((found("deny"), found("dryrun")), ("met", "not_met"));
}
