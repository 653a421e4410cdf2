use crate::lint::rules::prelude::*;
use crate::model::spire;
use crate::model::value::{Node as Data, Value};

declare_rule! {
    SpirePsatAllowList {
        id: "spire-psat-allow-list",
        group: "spire",
        summary: "a node attestor that does not say which service accounts agents have",
        why: "`service_account_allow_list` names the service accounts whose pods may be agents. Without one the plugin refuses to \
              start. With `default:default` in it, every pod of the namespace `default` that names no account may be an agent, and \
              an agent gets the identities of all workloads on its node.",
        bad: hcl("server {\n  trust_domain = \"shop.example\"\n}\nplugins {\n  NodeAttestor \"k8s_psat\" {\n    plugin_data {\n      clusters = {\n        \"prod\" = {\n          service_account_allow_list = [\"default:default\"]\n        }\n      }\n    }\n  }\n}\n"),
        good: hcl("server {\n  trust_domain = \"shop.example\"\n}\nplugins {\n  NodeAttestor \"k8s_psat\" {\n    plugin_data {\n      clusters = {\n        \"prod\" = {\n          service_account_allow_list = [\"spire:spire-agent\"]\n        }\n      }\n    }\n  }\n}\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://github.com/spiffe/spire/blob/main/doc/plugin_server_nodeattestor_k8s_psat.md",
    }
}

const HELP: &str = "name the agents' own service account, as `namespace:account`";

impl Rule for SpirePsatAllowList {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Spire {
            return;
        }
        for plugin in spire::plugins(&document.root) {
            if (plugin.kind, plugin.name) != ("NodeAttestor", "k8s_psat") || plugin.is_external() {
                continue;
            }
            for (header, cluster) in spire::psat_clusters(&plugin) {
                let Some(entry) = spire::field(cluster, "service_account_allow_list") else {
                    // the old name has a rule of its own
                    if spire::field(cluster, "service_account_whitelist").is_some() {
                        continue;
                    }
                    if document.partial {
                        cx.withhold();
                    } else if let Some(report) = cx.report(header, "no `service_account_allow_list`: the plugin refuses to start") {
                        report.help(HELP);
                    }
                    continue;
                };
                match &entry.value.value {
                    Value::List(items) if items.is_empty() => {
                        let message = "`service_account_allow_list` is empty: the plugin refuses to start";
                        if let Some(report) = cx.report(&entry.origin, message) {
                            report.help(HELP);
                        }
                    }
                    Value::List(items) => items.iter().for_each(|item| judge(item, cx)),
                    Value::Scalar(_) => judge(&entry.value, cx),
                    Value::Map(_) => {}
                }
            }
        }
    }
}

fn judge(account: &Data, cx: &mut ManifestCx<'_>) {
    if account.as_str() == Some("default:default")
        && let Some(report) =
            cx.report(&account.origin, "`default:default`: every pod of that namespace that names no account may be an agent")
    {
        report.help(HELP);
    }
}
