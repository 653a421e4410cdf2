use crate::lint::rules::prelude::*;
use crate::model::envoy::field;
use crate::model::mesh::mesh_configs_of;
use crate::model::value::Node as Value;

declare_rule! {
    IstioOutboundAllowAny {
        id: "istio-outbound-allow-any",
        group: "istio",
        summary: "a mesh or a sidecar that lets workloads reach any host outside of it",
        why: "With `ALLOW_ANY` a sidecar forwards requests for hosts that nobody registered. A workload that was taken over sends what it \
              finds wherever it wants, and no policy sees it. With `REGISTRY_ONLY` each host outside has a ServiceEntry that someone \
              reviewed.\n\n\
              The default of the product, where nothing is written, is not reported.",
        bad: yaml("apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata:\n  name: default\n  namespace: shop\nspec:\n  outboundTrafficPolicy:\n    mode: ALLOW_ANY\n"),
        good: yaml("apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata:\n  name: default\n  namespace: shop\nspec:\n  outboundTrafficPolicy:\n    mode: REGISTRY_ONLY\n"),
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "Requests for hosts without a ServiceEntry are refused from then on.",
        source: "https://istio.io/latest/docs/ops/best-practices/security/#securing-egress-traffic",
    }
}

impl Rule for IstioOutboundAllowAny {
    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        mesh_configs_of(part, cx.sources()).into_iter().for_each(|config| judge(config, "the mesh", cx));
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if object.is("networking.istio.io", "Sidecar")
            && let Some(spec) = object.root.get("spec")
        {
            judge(spec, "the sidecar", cx);
        }
    }
}

fn judge(holder: &Value, who: &str, cx: &mut ManifestCx<'_>) {
    let Some(mode) = field(holder, "outbound_traffic_policy").and_then(|entry| entry.value.entry("mode")) else { return };
    if mode.value.unknown().is_some() {
        cx.withhold();
    }
    if mode.value.as_str() != Some("ALLOW_ANY") {
        return;
    }
    let edit = cx.replacement(&mode.value, "REGISTRY_ONLY");
    let Some(report) = cx.report(&mode.origin, format!("{who} lets workloads reach any host outside of the mesh")) else { return };
    let report = report.help("use `REGISTRY_ONLY`, and a ServiceEntry for each host that is needed");
    if let Some(edit) = edit {
        report.fix("allow registered hosts alone", Applicability::Unsafe, [edit]);
    }
}
