//! Reading generated manifests and configurations: `cargo bench --bench data`.

use std::fmt::Write;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use ztctl::model::value::{Format, read};
use ztctl::text::SourceId;

fn main() {
    divan::main();
}

/// A stream of about `len` bytes with the mix that repositories have: deployments, policies, a ConfigMap with a configuration.
fn manifests(len: usize, template: bool) -> String {
    let mut text = String::new();
    let mut number = 0;
    while text.len() < len {
        number += 1;
        let name = if template { "{{ include \"bench.name\" . }}".to_owned() } else { format!("app-{number}") };
        let _ = write!(
            text,
            r#"# application {number}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: "bench"
  labels: {{app: app-{number}, version: v1}}
spec:
  replicas: {number}
  selector:
    matchLabels:
      app: app-{number}
  template:
    metadata:
      labels:
        app: app-{number}
        version: v1
    spec:
      serviceAccountName: app-{number} # its own
      containers:
      - name: app
        image: registry.example/app:1.{number}
        args: ["--listen", ":8080", '--verbose']
        ports:
        - containerPort: 8080
        securityContext:
          runAsNonRoot: true
          allowPrivilegeEscalation: no
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: config-{number}
data:
  agent.conf: |
    agent {{
      trust_domain = "example.org"
      server_port = {number}
    }}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata:
  name: allow-{number}
spec:
  rules:
  - from:
    - source:
        principals: ["cluster.local/ns/bench/sa/app-{number}"]
    to:
    - operation: {{methods: [GET], paths: ["/items*"]}}
---
"#
        );
    }
    text
}

/// A server's configuration of about `len` bytes.
fn configuration(len: usize, labels: &str) -> String {
    let mut text = String::new();
    let mut number = 0;
    while text.len() < len {
        number += 1;
        let _ = write!(
            text,
            "plugins {labels} {{\n  # attestor {number}\n  clusters = {{\n    \"demo\" = {{\n      service_account_allow_list = [\"spire:agent\", \"ns:{number}\"]\n      port = {number}\n      enabled = true\n    }}\n  }}\n}}\n\n"
        );
    }
    text
}

fn bench(bencher: Bencher<'_, '_>, text: &str, format: Format) {
    assert!(read(SourceId(0), text, format).documents.iter().all(|document| document.complete));
    bencher.counter(BytesCount::of_str(text)).bench(|| read(SourceId(0), black_box(text), format));
}

const SIZES: [usize; 3] = [2_000, 40_000, 1_000_000];

#[divan::bench(args = SIZES)]
fn yaml(bencher: Bencher<'_, '_>, len: usize) {
    bench(bencher, &manifests(len, false), Format::Yaml);
}

#[divan::bench(args = SIZES)]
fn template(bencher: Bencher<'_, '_>, len: usize) {
    bench(bencher, &manifests(len, true), Format::Yaml);
}

#[divan::bench(args = SIZES)]
fn json(bencher: Bencher<'_, '_>, len: usize) {
    let items: Vec<String> = (0..len / 90)
        .map(|n| format!(r#"{{"kind":"Pod","metadata":{{"name":"pod-{n}","labels":{{"a":"b\n"}}}},"port":{n},"on":true}}"#))
        .collect();
    bench(bencher, &format!("[{}]", items.join(",\n")), Format::Json);
}

#[divan::bench(args = SIZES)]
fn hcl(bencher: Bencher<'_, '_>, len: usize) {
    bench(bencher, &configuration(len, "NodeAttestor \"k8s_psat\""), Format::Hcl);
}

#[divan::bench(args = SIZES)]
fn terraform(bencher: Bencher<'_, '_>, len: usize) {
    bench(bencher, &configuration(len, "\"k8s_psat\""), Format::Terraform);
}
