use crate::lint::rules::prelude::*;
use crate::model::mesh::{PolicyScope, scope_of};
use crate::model::value::Entry;

declare_rule! {
    IstioPeerauthNotStrict {
        id: "istio-peerauth-not-strict",
        group: "istio",
        summary: "a PeerAuthentication that lets workloads accept plaintext",
        why: "With `PERMISSIVE` a workload takes mutual TLS and plaintext alike, with `DISABLE` plaintext alone. A plaintext caller has no \
              identity: nothing in the mesh can tell it from any other, and what it sends can be read and changed on the way. \
              `PERMISSIVE` is meant for the time of a migration; `STRICT` ends it. `UNSET` inherits from the namespace or the mesh and \
              is not reported.",
        bad: yaml("apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: default\n  namespace: shop\nspec:\n  mtls:\n    mode: PERMISSIVE\n"),
        good: yaml("apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: default\n  namespace: shop\nspec:\n  mtls:\n    mode: STRICT\n"),
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "`STRICT` refuses callers that have no sidecar or do not speak mutual TLS yet.",
        source: "https://istio.io/latest/docs/reference/config/security/peer_authentication/",
    }
}

impl Rule for IstioPeerauthNotStrict {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !object.is("security.istio.io", "PeerAuthentication") {
            return;
        }
        let Some(spec) = object.spec().map(|entry| &entry.value) else { return };
        let scope = match scope_of(object, cx.mesh_root(object.kind_at())) {
            PolicyScope::Mesh => "every workload of the mesh".to_owned(),
            PolicyScope::Namespace(name) => format!("every workload of the namespace `{name}`"),
            PolicyScope::Workloads(name) => format!("the selected workloads of the namespace `{name}`"),
            PolicyScope::Unknown => "the workloads that it applies to".to_owned(),
        };
        if let Some(mode) = spec.entry("mtls").and_then(|mtls| mtls.value.entry("mode")) {
            judge(mode, &scope, cx);
        }
        for port in spec.get("portLevelMtls").map_or(&[][..], |ports| ports.entries()) {
            if let Some(mode) = port.value.entry("mode") {
                judge(mode, &format!("port {} of {scope}", port.key), cx);
            }
        }
    }
}

fn judge(mode: &Entry, scope: &str, cx: &mut ManifestCx<'_>) {
    let (severity, effect) = match mode.value.as_str() {
        Some("PERMISSIVE") => (Severity::Warning, "accept plaintext beside mutual TLS"),
        Some("DISABLE") => (Severity::Error, "accept plaintext alone"),
        _ => {
            if mode.value.unknown().is_some() {
                cx.withhold();
            }
            return;
        }
    };
    let written = mode.value.as_str().unwrap_or_default();
    let edit = cx.replacement(&mode.value, "STRICT");
    let Some(report) = cx.report_line_as(severity, &mode.origin, format!("mTLS mode `{written}` lets {scope} {effect}")) else { return };
    let report = report.help("set `mode: STRICT` once every caller speaks mutual TLS");
    if let Some(edit) = edit {
        report.fix("require mutual TLS", Applicability::Unsafe, [edit]);
    }
}
