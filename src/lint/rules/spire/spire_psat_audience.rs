use crate::lint::rules::prelude::*;
use crate::lint::rules::spire_view::remove_line;
use crate::model::spire;
use crate::model::value::Value;

declare_rule! {
    SpirePsatAudience {
        id: "spire-psat-audience",
        group: "spire",
        summary: "a node attestor that takes service account tokens for the API server",
        why: "Agents prove who they are with a service account token made for SPIRE's server. With `audience = []` the server takes \
              tokens that were made for the Kubernetes API server instead: the token that every pod has. Whoever reads the agent's \
              ordinary token is a node then. Without the key the audience is `spire-server`.",
        bad: hcl("server {\n  trust_domain = \"shop.example\"\n}\nplugins {\n  NodeAttestor \"k8s_psat\" {\n    plugin_data {\n      clusters = {\n        \"prod\" = {\n          service_account_allow_list = [\"spire:spire-agent\"]\n          audience = []\n        }\n      }\n    }\n  }\n}\n"),
        good: hcl("server {\n  trust_domain = \"shop.example\"\n}\nplugins {\n  NodeAttestor \"k8s_psat\" {\n    plugin_data {\n      clusters = {\n        \"prod\" = {\n          service_account_allow_list = [\"spire:spire-agent\"]\n        }\n      }\n    }\n  }\n}\n"),
        severity: Severity::Error,
        recommended: true,
        fix: FixKind::Safe,
        fix_safety: "Removes the line, so that the audience is `spire-server`, which is what agents ask for.",
        source: "https://github.com/spiffe/spire/blob/main/doc/plugin_server_nodeattestor_k8s_psat.md",
    }
}

impl Rule for SpirePsatAudience {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Spire {
            return;
        }
        for plugin in spire::plugins(&document.root) {
            if (plugin.kind, plugin.name) != ("NodeAttestor", "k8s_psat") || plugin.is_external() {
                continue;
            }
            for entry in spire::psat_clusters(&plugin).into_iter().filter_map(|(_, cluster)| spire::field(cluster, "audience")) {
                if !matches!(&entry.value.value, Value::List(items) if items.is_empty()) {
                    continue;
                }
                let edit = remove_line(cx.sources(), entry);
                let message = "`audience` is empty: the server takes tokens that were made for the API server";
                let Some(report) = cx.report(&entry.origin, message) else { continue };
                let report = report.help("remove it: the default is `spire-server`");
                if let Some(edit) = edit {
                    report.fix("remove `audience`", Applicability::Safe, [edit]);
                }
            }
        }
    }
}
