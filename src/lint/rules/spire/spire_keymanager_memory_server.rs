use crate::lint::rules::prelude::*;
use crate::model::spire::{self, Side};

declare_rule! {
    SpireKeymanagerMemoryServer {
        id: "spire-keymanager-memory-server",
        group: "spire",
        summary: "a SPIRE server that keeps its signing keys in memory or in a file",
        why: "With `KeyManager \"memory\"` the server's signing keys are gone with the process: each restart makes a new authority, \
              which everyone has to learn, and where several servers run the bundle grows with every restart of each. With \
              `\"disk\"`, reported as info, they are files that can be copied. A KMS or Vault lets the server sign without giving the \
              key away.\n\n\
              Agents keep their keys in memory as they should: they are not reported.",
        bad: hcl("server {\n  trust_domain = \"shop.example\"\n}\nplugins {\n  KeyManager \"memory\" {\n    plugin_data {}\n  }\n}\n"),
        good: hcl("server {\n  trust_domain = \"shop.example\"\n}\nplugins {\n  KeyManager \"aws_kms\" {\n    plugin_data {\n      region = \"eu-west-1\"\n      key_identifier_file = \"/run/spire/data/key-id\"\n    }\n  }\n}\n"),
        recommended: true,
        source: "https://github.com/spiffe/spire/blob/main/doc/plugin_server_keymanager_memory.md",
    }
}

impl Rule for SpireKeymanagerMemoryServer {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Spire {
            return;
        }
        let of_server = spire::side(&document.root);
        for plugin in spire::plugins(&document.root) {
            if plugin.kind != "KeyManager" || plugin.is_external() {
                continue;
            }
            let (severity, message) = match plugin.name {
                "memory" => (Severity::Warning, "the server's signing keys are lost with each restart"),
                "disk" => (Severity::Info, "the server's signing keys are a file on its disk"),
                _ => continue,
            };
            match of_server {
                Some(Side::Server) => {}
                Some(Side::Agent) => continue,
                None => {
                    cx.withhold();
                    continue;
                }
            }
            if let Some(report) = cx.report_as(severity, plugin.header, message) {
                report.help("keep them in a KMS or in Vault: `aws_kms`, `gcp_kms`, `azure_key_vault`, `hashicorp_vault`");
            }
        }
    }
}
