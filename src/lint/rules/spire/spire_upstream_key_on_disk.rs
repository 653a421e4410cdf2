use crate::lint::rules::prelude::*;
use crate::model::spire;

declare_rule! {
    SpireUpstreamKeyOnDisk {
        id: "spire-upstream-key-on-disk",
        group: "spire",
        summary: "an upstream authority whose key is a file",
        why: "The plugin `UpstreamAuthority \"disk\"` signs with a key that lies as a file beside the server. Whoever reads it can \
              issue any identity of the trust domain, unseen and for as long as the root lives. Keep the key where it can be used \
              but not read: `vault`, `aws_pca`, `gcp_cas`, `cert-manager`.\n\n\
              The key of an intermediate (`bundle_file_path` is set) is reported as well.",
        bad: hcl("server {\n  trust_domain = \"shop.example\"\n}\nplugins {\n  UpstreamAuthority \"disk\" {\n    plugin_data {\n      key_file_path = \"/run/spire/ca/ca.key\"\n      cert_file_path = \"/run/spire/ca/ca.crt\"\n    }\n  }\n}\n"),
        good: hcl("server {\n  trust_domain = \"shop.example\"\n}\nplugins {\n  UpstreamAuthority \"vault\" {\n    plugin_data {\n      vault_addr = \"https://vault.shop.example\"\n    }\n  }\n}\n"),
        recommended: true,
        source: "https://github.com/spiffe/spire/blob/main/doc/plugin_server_upstreamauthority_disk.md",
    }
}

impl Rule for SpireUpstreamKeyOnDisk {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Spire {
            return;
        }
        for plugin in spire::plugins(&document.root).iter().filter(|plugin| plugin.kind == "UpstreamAuthority") {
            let key = plugin.fields("key_file_path").find_map(spire::literal);
            let dummy = ["key_file_path", "cert_file_path", "bundle_file_path"]
                .iter()
                .flat_map(|key| plugin.fields(key))
                .filter_map(spire::literal)
                .any(|path| path.contains("dummy_upstream_ca"));
            let is_disk = plugin.name == "disk" && !plugin.is_external();
            let message = match key {
                _ if dummy => "the upstream authority's key is the one that comes with SPIRE's examples".to_owned(),
                Some(path) if is_disk => format!("the upstream authority's key is a file, `{path}`"),
                None if is_disk => "the upstream authority's key is a file".to_owned(),
                _ => continue,
            };
            if let Some(report) = cx.report(plugin.header, message) {
                report.help("keep the key where it can be used but not read: `vault`, `aws_pca`, `gcp_cas`, `cert-manager`");
            }
        }
    }
}
