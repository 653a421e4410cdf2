use crate::lint::rules::prelude::*;
use crate::model::spire;

declare_rule! {
    SpireTrustBundleUrlHttp {
        id: "spire-trust-bundle-url-http",
        group: "spire",
        summary: "a SPIRE agent that fetches its trust bundle over plain HTTP",
        why: "The bundle is what the agent knows its server by. Over plain HTTP whoever is on the way puts in another one. The agent \
              refuses to start with such a URL. Only with `trust_bundle_unix_socket`, where HTTP goes through a local socket, it is \
              what is asked for.",
        bad: hcl("agent {\n  trust_domain = \"shop.example\"\n  server_address = \"spire-server\"\n  trust_bundle_url = \"http://bundles.shop.example/bundle.pem\"\n}\n"),
        good: hcl("agent {\n  trust_domain = \"shop.example\"\n  server_address = \"spire-server\"\n  trust_bundle_url = \"https://bundles.shop.example/bundle.pem\"\n}\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://github.com/spiffe/spire/blob/main/doc/spire_agent.md",
    }
}

impl Rule for SpireTrustBundleUrlHttp {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Spire {
            return;
        }
        for agent in document.root.blocks("agent") {
            let Some(entry) = spire::field(agent, "trust_bundle_url") else { continue };
            let is_http = entry.value.as_str().and_then(|url| url.get(..7)).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://"));
            let socket = spire::field(agent, "trust_bundle_unix_socket").is_some_and(|entry| entry.value.as_str() != Some(""));
            if is_http
                && !socket
                && let Some(report) = cx.report(&entry.origin, "the trust bundle is fetched over plain HTTP, which the agent refuses")
            {
                report.help("use an `https://` URL, or `trust_bundle_path`");
            }
        }
    }
}
