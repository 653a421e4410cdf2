use crate::lint::rules::prelude::*;
use crate::model::spire::{self, Side};

declare_rule! {
    SpireNoUpstreamAuthority {
        id: "spire-no-upstream-authority",
        group: "spire",
        summary: "a SPIRE server that is its own root",
        why: "Without a plugin `UpstreamAuthority` the server signs its own root, whose key lies where the server keeps all its keys. \
              Whoever gets hold of the server has the trust domain, and the root changes as often as the server's authority does. \
              An upstream authority keeps the root elsewhere.\n\n\
              A server of a nested topology has `UpstreamAuthority \"spire\"`. Off in the preset `recommended`: a self-signed root is \
              what small installations choose.",
        bad: hcl("server {\n  trust_domain = \"shop.example\"\n}\nplugins {\n  KeyManager \"aws_kms\" {\n    plugin_data {}\n  }\n}\n"),
        good: hcl("server {\n  trust_domain = \"shop.example\"\n}\nplugins {\n  UpstreamAuthority \"vault\" {\n    plugin_data {\n      vault_addr = \"https://vault.shop.example\"\n    }\n  }\n}\n"),
        severity: Severity::Info,
        source: "https://github.com/spiffe/spire/blob/main/doc/spire_server.md#built-in-plugins",
    }
}

impl Rule for SpireNoUpstreamAuthority {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Spire || spire::side(&document.root) != Some(Side::Server) {
            return;
        }
        let servers = spire::blocks(&document.root, "server");
        let Some((header, server)) = servers.first() else { return };
        if spire::plugins(&document.root).iter().any(|plugin| plugin.kind == "UpstreamAuthority") {
            return;
        }
        // the plugins of a configuration may lie in a file of their own
        let plugins = spire::blocks(&document.root, "plugins");
        if document.partial || plugins.is_empty() || spire::field(server, "trust_domain").is_none() {
            return cx.withhold();
        }
        let at = plugins.first().map_or(*header, |(header, _)| *header);
        if let Some(report) = cx.report(at, "no `UpstreamAuthority`: the server signs its own root") {
            report.help("configure one: `vault`, `aws_pca`, `gcp_cas`, `cert-manager`, or `spire` for a nested server");
        }
    }
}
