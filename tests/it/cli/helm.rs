//! Charts: rendered where that is asked for, and streams that name the templates they come from.

use super::{Run, Scene};

const TEMPLATE: &str = "{{- if .Values.mode }}\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: {{ .Release.Name }}\n  namespace: {{ .Values.ns }}\nspec:\n  mtls:\n    # ztctl reads what the values say\n    mode: {{ .Values.mode }}\n{{- end }}\n";
const RENDERED: &str = "---\n# Source: cashier/templates/peer.yaml\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: till\n  namespace: shop\nspec:\n  mtls:\n    # ztctl reads what the values say\n    mode: PERMISSIVE\n";
const RULE: &str = "istio-peerauth-not-strict";

fn scene() -> Scene {
    Scene::new(&[
        ("deploy/till/Chart.yaml", "apiVersion: v2\nname: cashier\nversion: 0.1.0\n"),
        ("deploy/till/values.yaml", "mode: PERMISSIVE\nns: shop\n"),
        ("deploy/till/templates/peer.yaml", TEMPLATE),
        ("prod.yaml", "mode: DISABLE\n"),
    ])
}

/// Puts a program called `helm` on the path that does what `script` says.
#[cfg(unix)]
fn with_helm(scene: &Scene, script: &str, args: &[&str]) -> Run {
    use std::os::unix::fs::PermissionsExt;
    scene.write("bin/helm", format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(scene.path("bin/helm"), std::fs::Permissions::from_mode(0o755)).expect("the program is made");
    let path = format!("{}:{}", scene.path("bin").display(), std::env::var("PATH").unwrap_or_default());
    scene.run_in(&[("PATH", &path)], args, None)
}

#[test]
#[cfg(unix)]
fn charts_are_rendered_where_that_is_asked_for() {
    let scene = scene();
    let without = scene.run(&["check", "--select", RULE, "--format", "json", "deploy"]).expect(0).json();
    assert_eq!(without["summary"]["withheld"], 1);
    let script = format!("echo \"$@\" > args\ncat <<'END'\n{RENDERED}END");
    let args = ["check", "--helm", "--select", RULE, "--format", "json", "deploy"];
    let report = with_helm(&scene, &script, &args).expect(1).json();
    let finding = &report["findings"][0];
    assert_eq!((finding["path"].as_str(), finding["start"]["line"].as_u64()), (Some("deploy/till/templates/peer.yaml"), Some(10)));
    assert_eq!(finding["embedded_in"]["kind"], "helm");
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    assert_eq!(scene.read("args").trim(), "template till deploy/till --include-crds --skip-tests");
    // what a template computes is not written back
    let before = scene.read("deploy/till/templates/peer.yaml");
    with_helm(&scene, &script, &["check", "--helm", "--select", RULE, "--fix", "--unsafe-fixes", "deploy"]).expect(1);
    assert_eq!(scene.read("deploy/till/templates/peer.yaml"), before);
    with_helm(&scene, &script, &["check", "--helm-values", "prod.yaml", "--select", RULE, "deploy"]).expect(1);
    assert!(scene.read("args").contains("--values prod.yaml"));
}

#[test]
#[cfg(unix)]
fn a_chart_that_cannot_be_rendered_is_read_as_it_is() {
    let scene = scene();
    let script = "echo 'Error: found in Chart.yaml, but missing in charts/ directory: db' >&2; exit 1";
    let report = with_helm(&scene, script, &["check", "--helm", "--select", RULE, "--format", "json", "deploy"]).expect(0).json();
    assert_eq!(report["summary"]["withheld"], 1);
    let skipped = report["summary"]["skipped"].as_array().unwrap();
    assert!(
        skipped
            .iter()
            .any(|entry| entry["path"] == "deploy/till/Chart.yaml" && entry["reason"].as_str().unwrap().contains("missing in charts/")),
        "{skipped:?}"
    );
}

#[test]
fn without_helm_it_cannot_be_asked_for() {
    let scene = scene();
    let run = scene.run_in(&[("PATH", "/nowhere")], &["check", "--helm", "deploy"], None).expect(2);
    assert!(run.stderr.contains("there is no `helm` on the path"), "{}", run.stderr);
    scene.run(&["check", "--helm-values", "missing.yaml", "deploy"]).expect(2);
}

#[test]
fn streams_name_their_templates() {
    let scene = scene();
    let run = scene.run_with(&["check", "--select", RULE, "--format", "json", "-"], Some(RENDERED.as_bytes())).expect(1);
    let related = run.json()["findings"][0]["related"][0].clone();
    assert_eq!((related["path"].as_str(), related["start"]["line"].as_u64()), (Some("<stdin>"), Some(2)));
    assert_eq!(related["message"], "rendered from `cashier/templates/peer.yaml`");
    // the template itself, where it is among the files
    let args = ["check", "--workspace", "deploy", "--select", RULE, "--format", "json", "-"];
    let related = scene.run_with(&args, Some(RENDERED.as_bytes())).expect(1).json()["findings"][0]["related"][0].clone();
    assert_eq!((related["path"].as_str(), related["start"]["line"].as_u64()), (Some("deploy/till/templates/peer.yaml"), Some(1)));
    // prose is no such comment
    let text = RENDERED.replace("# Source: cashier/templates/peer.yaml\n", "").replace("# ztctl reads", "# Source: is");
    let run = scene.run_with(&["check", "--select", RULE, "--format", "json", "-"], Some(text.as_bytes())).expect(1);
    assert_eq!(run.json()["findings"][0]["related"].as_array().unwrap().len(), 0);
}
