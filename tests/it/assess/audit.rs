//! Criteria of the audit: logs, trails, sinks, identities, detections.

use ztctl::assess::Settings;
use ztctl::assess::traces;

use super::{assessed, status};

const POD: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: 'web:1'}]}}}\n";

/// The statuses of L1 to L5.
fn of(files: &[(&str, &str)]) -> [&'static str; 5] {
    let mut all = vec![("k8s/app.yaml", POD)];
    all.extend(files);
    let assessment = assessed(&all, &Settings::default());
    ["L1.AUD.1", "L2.AUD.1", "L3.AUD.1", "L4.AUD.1", "L5.AUD.1"].map(|id| status(&assessment, id))
}

const YES: &str = "met";
const NO: &str = "not_met";

#[test]
fn logs_trails_and_sinks() {
    let telemetry = |providers: &str| {
        format!(
            "apiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: {{name: mesh, namespace: istio-system}}\nspec: {{accessLogging: [{{providers: {providers}}}]}}\n"
        )
    };
    let mesh = |provider: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: istio, namespace: istio-system}}\ndata:\n  mesh: |\n    extensionProviders:\n      - name: als\n        {provider}\n"
        )
    };
    let otel = |exporter: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: otel, namespace: observability}}\ndata:\n  config.yaml: |\n    receivers: {{otlp: {{protocols: {{grpc: {{}}}}}}}}\n    exporters: {{{exporter}: {{}}}}\n    service:\n      pipelines:\n        logs: {{receivers: [otlp], exporters: [{exporter}]}}\n"
        )
    };
    let telemetry_als =
        format!("{}---\n{}", telemetry("[{name: als}]"), mesh("envoyHttpAls: {service: als.observability.svc.cluster.local, port: 9000}"));
    let telemetry_file = format!(
        "{}---\n{}",
        telemetry("[{name: als}]"),
        mesh("envoyFileAccessLog: {path: /dev/stdout, logFormat: {text: '%DOWNSTREAM_PEER_URI_SAN%'}}")
    );
    let unused = mesh("envoyHttpAls: {service: als, port: 9000}");
    let cases: &[(&str, &str, [&str; 4])] = &[
        ("docs.txt", "", [NO, NO, NO, NO]),
        ("k8s/telemetry.yaml", &telemetry("[{name: envoy}]"), [YES, NO, NO, NO]),
        ("k8s/telemetry.yaml", &telemetry("[{name: als}]"), [YES, NO, YES, NO]),
        ("k8s/telemetry.yaml", &telemetry_als, [YES, NO, YES, YES]),
        ("k8s/telemetry.yaml", &telemetry_file, [YES, NO, NO, YES]),
        // a provider that nothing uses logs nothing
        ("k8s/mesh.yaml", &unused, [NO, NO, NO, NO]),
        ("audit/policy.yaml", "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n", [YES, YES, NO, YES]),
        ("audit/policy.yaml", "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: None}]\n", [NO, NO, NO, NO]),
        ("opa/config.yaml", "services: {logs: {url: https://logs.example}}\ndecision_logs: {console: true}\n", [YES, YES, NO, YES]),
        ("opa/config.yaml", "services: {logs: {url: https://logs.example}}\ndecision_logs: {service: logs}\n", [YES, YES, YES, YES]),
        ("k8s/otel.yaml", &otel("otlphttp"), [YES, NO, YES, NO]),
        // the console is no sink
        ("k8s/otel.yaml", &otel("logging"), [NO, NO, NO, NO]),
        ("k8s/otel.yaml", &otel("debug"), [NO, NO, NO, NO]),
        ("fluent/fluent-bit.conf", "[INPUT]\n    Name tail\n[OUTPUT]\n    Name opensearch\n    Match *\n", [YES, NO, YES, NO]),
        ("fluent/fluent-bit.conf", "[INPUT]\n    Name tail\n[OUTPUT]\n    Name stdout\n    Match *\n", [NO, NO, NO, NO]),
        ("vector/vector.toml", "[sources.a]\ntype = \"file\"\n[sinks.out]\ntype = \"elasticsearch\"\n", [YES, NO, YES, NO]),
        ("vector/vector.toml", "[sources.a]\ntype = \"http\"\n[sinks.out]\ntype = \"console\"\n", [NO, NO, NO, NO]),
        ("app/main.go", "package main\n\nimport (\n\t\"log/slog\"\n)\n", [YES, NO, NO, NO]),
        ("app/main.go", "package main\n\n// import \"log/slog\"\n", [NO, NO, NO, NO]),
        ("shop/settings.py", "DEBUG = False\nLOGGING = {\n    'version': 1,\n}\n", [YES, NO, NO, NO]),
        ("src/log.js", "const pino = require('pino')\nmodule.exports = pino()\n", [YES, NO, NO, NO]),
        ("src/log.js", "console.log('started')\n", [NO, NO, NO, NO]),
        (
            "src/main/resources/logback-spring.xml",
            "<configuration><appender class=\"ch.qos.logback.core.ConsoleAppender\"/></configuration>\n",
            [YES, NO, NO, NO],
        ),
        ("scripts/vault.sh", "#!/bin/sh\nvault audit enable socket address=siem.example:9090\n", [YES, YES, YES, YES]),
        ("scripts/vault.sh", "#!/bin/sh\n# vault audit enable file\n", [NO, NO, NO, NO]),
        ("docs/fluent-bit.conf", "[OUTPUT]\n    Name opensearch\n", [NO, NO, NO, NO]),
        (
            "eks/cluster.yaml",
            "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {name: a, region: eu-central-1}\ncloudWatch: {clusterLogging: {enableTypes: [audit, api]}}\n",
            [YES, YES, YES, YES],
        ),
        (
            "infra/trail.tf",
            "resource \"aws_cloudtrail\" \"main\" {\n  name = \"main\"\n  s3_bucket_name = \"trail\"\n}\n",
            [YES, YES, NO, YES],
        ),
    ];
    let mut wrong = Vec::new();
    for (path, text, expected) in cases {
        let found = of(&[(path, text)]);
        if found[..4] != expected[..] {
            wrong.push(format!("{path}: found {:?}, want {expected:?}\n{text}", &found[..4]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn detections_look_at_identity_not_at_memory() {
    let opa = ("opa/config.yaml", "services: {logs: {url: https://logs.example}}\ndecision_logs: {service: logs}\n");
    let rule = |expression: &str| {
        format!(
            "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {{name: a, namespace: monitoring}}\nspec:\n  groups:\n    - name: a\n      rules:\n        - alert: A\n          expr: '{expression}'\n"
        )
    };
    let with = |path: &str, text: &str| of(&[opa, (path, text)])[4];
    assert_eq!(with("docs.txt", ""), "partial");
    assert_eq!(with("k8s/rule.yaml", &rule("sum(rate(istio_requests_total{response_code=\"403\"}[5m])) > 5")), YES);
    assert_eq!(with("k8s/rule.yaml", &rule("rate(opa_decisions_total{result=\"deny\"}[5m]) > 10")), YES);
    assert_eq!(with("k8s/rule.yaml", &rule("container_memory_working_set_bytes{container=\"vault\"} > 1e9")), "partial");
    assert_eq!(with("k8s/rule.yaml", &rule("rate(process_cpu_seconds_total[5m]) > 0.9")), "partial");
    assert_eq!(with("k8s/rule.yaml", &rule("up{job=\"token-service\"} == 0")), "partial");
    let rules = "groups:\n  - name: a\n    rules:\n      - alert: Denied\n        expr: |\n          sum(rate(envoy_http_rbac_denied[5m]))\n            > 3\n";
    assert_eq!(with("prometheus/rules.yml", rules), YES);
    assert_eq!(with("prometheus/rules.yml", &rules.replace("envoy_http_rbac_denied", "node_load1")), "partial");
    assert_eq!(
        with(
            "falco/rules.yaml",
            "- rule: Read secret\n  condition: ka.verb=get and ka.target.resource=secrets\n  output: read\n  priority: WARNING\n"
        ),
        YES
    );
    assert_eq!(
        with(
            "sigma/a.yml",
            "title: Role assumed\nlogsource: {product: aws}\ndetection:\n  selection: {eventName: AssumeRole}\n  condition: selection\n"
        ),
        YES
    );
}

#[test]
fn hostile_texts_end() {
    let long = "[OUTPUT]\n".repeat(50_000);
    for (path, text) in [
        ("a.conf", long.as_str()),
        ("a.yaml", "expr: alert: - \u{0}"),
        ("b.yml", "alert:\nexpr:\n- alert: \nexpr:"),
        ("c.go", "\"log/slog\""),
    ] {
        let _ = traces::read(path, text);
    }
}
