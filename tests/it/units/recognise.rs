//! What documents are.

use ztctl::model::document::DocumentKind::{
    self, Chart, ChartValues, Compose, Envoy, GitlabCi, Kustomization, MeshConfig, Opa, Other, Spire, Terraform, Vault, Workflow,
};

use crate::support::Sample;

fn kind(path: &str, text: &str) -> (DocumentKind, usize) {
    let sample = Sample::new([(path, text)], None);
    let found: Vec<DocumentKind> = sample.manifests.documents.iter().map(|document| document.kind).collect();
    (found.first().copied().unwrap_or(Other), sample.manifests.diagnostics.len())
}

#[test]
fn documents_are_recognised() {
    let cases: &[(&str, &str, DocumentKind)] = &[
        ("agent.conf", "agent {\n  trust_domain = \"x\"\n}\n", Spire),
        ("agent.conf", "agent {\n  server_address = \"x\"\n  server_port = 1\n}\nplugins {}\n", Spire),
        ("server.json", "{\"server\": {\"trust_domain\": \"x\"}}", Spire),
        ("server.json", "{\"server\": [{\"bind_port\": 1, \"ca_ttl\": \"1h\"}]}", Spire),
        ("part.conf", "plugins {\n  NodeAttestor \"k8s_psat\" {\n    plugin_data {}\n  }\n}\n", Spire),
        ("nginx.conf", "server {\n  listen 80;\n  location / { return 200 \"a\"; }\n}\n", Other),
        ("x.conf", "[Unit]\nDescription=a\n[Service]\nExecStart=/bin/a -b \"c\"\n", Other),
        ("policy.hcl", "path \"secret/*\" {\n  capabilities = [\"read\"]\n}\n", Vault),
        ("policy.hcl", "path \"secret/*\" {\n  policy = \"read\"\n}\n", Vault),
        ("policy.json", "{\"path\": {\"secret/*\": {\"capabilities\": [\"read\"]}}}", Vault),
        ("vault.hcl", "ui = true\nlistener \"tcp\" {\n  tls_disable = 1\n}\nstorage \"file\" {\n  path = \"/x\"\n}\n", Vault),
        ("vault-agent.hcl", "auto_auth {\n  method \"kubernetes\" {}\n}\nvault {\n  address = \"http://x\"\n}\n", Vault),
        ("boundary.hcl", "controller {}\nlistener \"tcp\" {\n  tls_disable = true\n}\n", Other),
        ("docker-bake.hcl", "target \"x\" {\n  context = \"path\"\n}\n", Other),
        ("main.tf", "resource \"a\" \"b\" {}\n", Terraform),
        ("opa.yaml", "services:\n  a: {url: https://x}\nbundles:\n  b: {service: a, resource: c}\n", Opa),
        ("config.yaml", "decision_logs:\n  console: true\n", Opa),
        ("config.json", "{\"services\": [{\"name\": \"a\", \"url\": \"http://x\"}]}", Opa),
        ("config.yaml", "plugins:\n  envoy_ext_authz_grpc:\n    addr: :9191\n", Opa),
        ("config.yaml", "services: [a, b]\nlabels: {a: b}\n", Other),
        ("config.yaml", "bundles: []\n", Other),
        ("a/.github/workflows/ci.yml", "on: {workflow_call: {}}\njobs: {a: {uses: x}}\n", Workflow),
        (".github/workflows/ci.yml", "on: push\njobs: {}\n", Workflow),
        (".github/dependabot.yml", "version: 2\n", Other),
        (".gitlab-ci.yml", "build: {script: [a]}\n", GitlabCi),
        ("ci/deploy.gitlab-ci.yml", "build: {script: [a]}\n", GitlabCi),
        ("docker-compose.yml", "services: {a: {image: b}}\n", Compose),
        ("compose.prod.yaml", "services: {}\n", Compose),
        ("stack.yaml", "version: '3'\nservices: {a: {build: .}}\nx-a: 1\n", Compose),
        ("stack.yaml", "services: {a: {image: b}}\nother: 1\n", Other),
        ("c/values.yaml", "a: 1\n", ChartValues),
        ("c/values-prod.yaml", "a: 1\n", ChartValues),
        ("c/prod.values.yml", "a: 1\n", ChartValues),
        ("c/some.yaml", "istiod:\n  meshConfig: {trustDomain: x}\n", ChartValues),
        ("c/valuestream.yaml", "a: 1\n", Other),
        ("c/values.yaml", "- a\n", Other),
        ("c/Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n", Chart),
        ("mesh.yaml", "extensionProviders: []\ndefaultConfig: {}\n", MeshConfig),
        ("mesh.yaml", "trustDomain: x\n", Other),
        ("envoy.yaml", "static_resources: {listeners: []}\n", Envoy),
        ("envoy.json", "{\"staticResources\": {\"clusters\": []}}", Envoy),
        ("lds.yaml", "resources:\n- '@type': type.googleapis.com/envoy.config.listener.v3.Listener\n", Envoy),
        ("k/kustomization.yml", "resources: []\n", Kustomization),
        ("k/Kustomization", "resources: []\n", Kustomization),
        ("k/flux.yaml", "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a}\n", Other),
        ("openapi.yaml", "openapi: 3.0.0\npaths: {}\n", Other),
        ("x.json", "[1, 2", Other),
        ("x.json", "{\"compilerOptions\": {}, // no JSON\n}", Other),
    ];
    for (path, text, expected) in cases {
        let (found, problems) = kind(path, text);
        assert_eq!(found, *expected, "{path}: {text}");
        assert_eq!(problems, 0, "{path}: {text}");
    }
}

#[test]
fn broken_configurations_are_told_only_where_they_are_recognised() {
    assert!(kind("agent.conf", "agent {\n  trust_domain = \"x\"\n  a = = 1\n}\n").1 > 0);
    assert_eq!(kind("nginx.conf", "server { listen 80; a = = 1 }\n}}}\nplugins").1, 0);
}
