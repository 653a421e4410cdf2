use crate::lint::rules::prelude::*;
use crate::model::spire;

declare_rule! {
    SpireExampleTrustDomain {
        id: "spire-example-trust-domain",
        group: "spire",
        summary: "a trust domain that comes from an example",
        why: "The trust domain is a part of every identity, and it cannot be changed without issuing all of them anew. Names from \
              quick starts (`example.org`, `cluster.local`, `domain.test`) are those of many clusters: two of them cannot be \
              federated, and an identity of one is taken for that of another where their roots meet. The SPIFFE standard asks for \
              a name that is one's own.\n\n\
              Subdomains of these names are not reported.",
        bad: hcl("server {\n  trust_domain = \"example.org\"\n}\n"),
        good: hcl("server {\n  trust_domain = \"prod.shop.example.org\"\n}\n"),
        recommended: true,
        source: "https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md#21-trust-domain",
    }
}

const EXAMPLES: [&str; 5] = ["example.org", "example.com", "example.net", "cluster.local", "domain.test"];

impl Rule for SpireExampleTrustDomain {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Spire {
            return;
        }
        for entry in
            ["agent", "server"].iter().flat_map(|key| document.root.blocks(key)).filter_map(|block| spire::field(block, "trust_domain"))
        {
            let Some(written) = entry.value.as_str() else { continue };
            if spire::is_opaque(written) {
                cx.withhold();
                continue;
            }
            // SPIRE takes the name with the scheme too
            let name = written.strip_prefix("spiffe://").unwrap_or(written).trim_end_matches('/');
            if EXAMPLES.contains(&name)
                && let Some(report) = cx.report(&entry.origin, format!("the trust domain `{name}` is one from examples"))
            {
                report.help("choose a name of your own before the first identity is issued: it is a part of all of them");
            }
        }
    }
}
