use crate::lint::rules::prelude::*;
use crate::lint::rules::spire_view::report_bool;
use crate::model::spire;

declare_rule! {
    SpireRatelimitDisabled {
        id: "spire-ratelimit-disabled",
        group: "spire",
        summary: "a SPIRE server that limits no requests",
        why: "The server bounds how often one address may attest and have keys signed. Without the bound one node, broken or taken \
              over, can keep the server from renewing everyone else's identities.",
        bad: hcl("server {\n  trust_domain = \"shop.example\"\n  ratelimit {\n    attestation = false\n  }\n}\n"),
        good: hcl("server {\n  trust_domain = \"shop.example\"\n  ratelimit {\n    attestation = true\n  }\n}\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://github.com/spiffe/spire/blob/main/doc/spire_server.md",
    }
}

impl Rule for SpireRatelimitDisabled {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Spire {
            return;
        }
        for limit in document.root.blocks("server").flat_map(|server| server.blocks("ratelimit")) {
            for (key, what) in [("attestation", "attest"), ("signing", "have keys signed")] {
                if let Some(entry) = spire::field(limit, key) {
                    let message = format!("`{key} = false`: one address may {what} as often as it likes");
                    report_bool(entry, false, &message, "remove it: the limit is on by default", None, cx);
                }
            }
        }
    }
}
