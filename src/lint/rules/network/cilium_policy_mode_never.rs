use crate::lint::rules::prelude::*;
use crate::model::value::{Entry, Node as Value, Scalar, Value as Data};

declare_rule! {
    CiliumPolicyModeNever {
        id: "cilium-policy-mode-never",
        group: "network",
        summary: "an installation of Cilium that enforces no policy",
        why: "With the mode `never` Cilium enforces no network policy at all, and in audit mode it writes down what it would have dropped \
              and lets it through. Both are for finding out which rules are needed; left on, every policy of the cluster is a \
              statement of intent.\n\n\
              Read are the ConfigMap `cilium-config`, the values of the chart (`policyEnforcementMode`, `policyAuditMode`), in a file \
              or in a Helm release, and CiliumNodeConfig.",
        bad: yaml("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: cilium-config\n  namespace: kube-system\ndata:\n  enable-policy: never\n"),
        good: yaml("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: cilium-config\n  namespace: kube-system\ndata:\n  enable-policy: always\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://docs.cilium.io/en/stable/security/policy/intro/#policy-enforcement-modes",
    }
}

/// How deep the values of a chart are searched: those of a subchart lie under its name, those of a release in its `spec`.
const DEPTH: usize = 5;

impl Rule for CiliumPolicyModeNever {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind == DocumentKind::ChartValues {
            values(&document.root, DEPTH, cx);
        }
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        match (&*object.group, &*object.kind) {
            ("", "ConfigMap") if object.name() == Some("cilium-config") => flags(object.root.get("data"), cx),
            ("cilium.io", "CiliumNodeConfig") => flags(object.root.path(&["spec", "defaults"]), cx),
            ("helm.toolkit.fluxcd.io", "HelmRelease") | ("argoproj.io", "Application" | "ApplicationSet") => {
                if let Some(spec) = object.root.get("spec") {
                    values(spec, DEPTH, cx);
                }
            }
            _ => {}
        }
    }
}

/// The agent's settings, whose values are texts.
fn flags(map: Option<&Value>, cx: &mut ManifestCx<'_>) {
    for entry in map.map_or(&[][..], Value::entries) {
        match &*entry.key {
            "enable-policy" => mode(entry, cx),
            "policy-audit-mode" => audit(entry, cx),
            _ => {}
        }
    }
}

/// The values of the chart.
fn values(node: &Value, depth: usize, cx: &mut ManifestCx<'_>) {
    for entry in node.entries() {
        match &*entry.key {
            "policyEnforcementMode" => mode(entry, cx),
            "policyAuditMode" => audit(entry, cx),
            _ if depth > 0 => values(&entry.value, depth - 1, cx),
            _ => {}
        }
    }
    for item in node.items().iter().filter(|_| depth > 0) {
        values(item, depth - 1, cx);
    }
}

fn mode(entry: &Entry, cx: &mut ManifestCx<'_>) {
    if entry.value.unknown().is_some() {
        cx.withhold();
    }
    if entry.value.as_str() == Some("never")
        && let Some(report) = cx.report(&entry.origin, "Cilium enforces no network policy: the mode is `never`")
    {
        report.help("use `default`, or `always`, which denies what no policy allows everywhere");
    }
}

fn audit(entry: &Entry, cx: &mut ManifestCx<'_>) {
    let on = match &entry.value.value {
        Data::Scalar(Scalar::Bool(value)) => *value,
        Data::Scalar(Scalar::String(text)) => text.eq_ignore_ascii_case("true"),
        Data::Scalar(Scalar::Unknown(_)) => {
            cx.withhold();
            false
        }
        _ => false,
    };
    if on && let Some(report) = cx.report(&entry.origin, "Cilium lets through what policies deny: audit mode is on") {
        report.help("switch audit mode off once the policies are complete");
    }
}
