use crate::lint::rules::prelude::*;
use crate::model::spire;

declare_rule! {
    SpireRemovedPlugin {
        id: "spire-removed-plugin",
        group: "spire",
        summary: "a plugin that SPIRE no longer has",
        why: "The node attestor `k8s_sat` was deprecated in SPIRE 1.9.0 and removed in 1.12.0: it believed tokens that any pod with \
              the service account could use from anywhere. Server and agent do not start with it. `k8s_psat` uses tokens that are \
              bound to the agent's pod.",
        bad: hcl("agent {\n  trust_domain = \"shop.example\"\n}\nplugins {\n  NodeAttestor \"k8s_sat\" {\n    plugin_data {\n      cluster = \"shop\"\n    }\n  }\n}\n"),
        good: hcl("agent {\n  trust_domain = \"shop.example\"\n}\nplugins {\n  NodeAttestor \"k8s_psat\" {\n    plugin_data {\n      cluster = \"shop\"\n    }\n  }\n}\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://github.com/spiffe/spire/blob/main/CHANGELOG.md#1120---2025-03-21",
    }
}

impl Rule for SpireRemovedPlugin {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Spire {
            return;
        }
        for plugin in spire::plugins(&document.root) {
            // a plugin of one's own may have the name
            if (plugin.kind, plugin.name) == ("NodeAttestor", "k8s_sat") && !plugin.is_external() {
                let message = "`NodeAttestor \"k8s_sat\"` was removed in SPIRE 1.12.0";
                if let Some(report) = cx.report(plugin.header, message) {
                    report.help("use `k8s_psat`, with a projected token for the audience `spire-server` in the agent's pod");
                }
            }
        }
    }
}
