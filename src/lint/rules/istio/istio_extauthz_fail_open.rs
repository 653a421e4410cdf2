use crate::lint::rules::insert::replace_bool;
use crate::lint::rules::prelude::*;
use crate::model::envoy::{field, is_true};
use crate::model::mesh::mesh_configs_of;
use crate::model::value::Node as Value;

declare_rule! {
    IstioExtauthzFailOpen {
        id: "istio-extauthz-fail-open",
        group: "istio",
        summary: "an external authorizer of the mesh that lets requests through while it cannot be reached",
        why: "With `failOpen: true` every request that the authorizer would have judged is allowed while it is down, overloaded or cut off. \
              An attacker who can take it down has taken authorization down. The default is to refuse.",
        bad: yaml("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: istio\n  namespace: istio-system\ndata:\n  mesh: |\n    extensionProviders:\n    - name: opa\n      envoyExtAuthzGrpc:\n        service: opa.authz.svc.cluster.local\n        port: 9191\n        failOpen: true\n"),
        good: yaml("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: istio\n  namespace: istio-system\ndata:\n  mesh: |\n    extensionProviders:\n    - name: opa\n      envoyExtAuthzGrpc:\n        service: opa.authz.svc.cluster.local\n        port: 9191\n"),
        severity: Severity::Error,
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "While the authorizer cannot be reached, requests are refused that were allowed before.",
        source: "https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/#MeshConfig-ExtensionProvider-EnvoyExternalAuthorizationGrpcProvider",
    }
}

impl Rule for IstioExtauthzFailOpen {
    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        mesh_configs_of(part, cx.sources()).into_iter().for_each(|config| judge(config, cx));
    }
}

fn judge(mesh_config: &Value, cx: &mut ManifestCx<'_>) {
    let Some(providers) = field(mesh_config, "extension_providers") else { return };
    for provider in providers.value.items() {
        for kind in ["envoy_ext_authz_http", "envoy_ext_authz_grpc"] {
            let Some(fail_open) = field(provider, kind).and_then(|entry| field(&entry.value, "fail_open")) else { continue };
            if fail_open.value.unknown().is_some() {
                cx.withhold();
            }
            if !is_true(&fail_open.value) {
                continue;
            }
            let name = provider.get("name").and_then(Value::as_str).unwrap_or("an extension provider");
            let edit = replace_bool(cx.sources(), &fail_open.value, false);
            let message = format!("`{name}` lets every request through while it cannot be reached");
            let Some(report) = cx.report(&fail_open.origin, message) else { continue };
            let report = report.help("set `failOpen: false`, and run enough replicas of the authorizer");
            if let Some(edit) = edit {
                report.fix("refuse requests while the authorizer cannot be reached", Applicability::Unsafe, [edit]);
            }
        }
    }
}
