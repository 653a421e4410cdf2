use crate::lint::rules::prelude::*;
use crate::model::spire;
use crate::model::value::Entry;

declare_rule! {
    SpireFederationWebProfile {
        id: "spire-federation-web-profile",
        group: "spire",
        summary: "a federated bundle that is fetched by the Web's certificates, or over plain HTTP",
        why: "With the profile `https_web` the other side's bundle is believed because a certificate authority of the Web says that \
              the name is theirs: any of those authorities, and whoever controls the name. With `https_spiffe` the endpoint proves \
              itself with an identity of its own trust domain.\n\n\
              A bundle over plain HTTP is an error: SPIRE refuses the URL.",
        bad: hcl("server {\n  trust_domain = \"shop.example\"\n  federation {\n    federates_with \"partner.example\" {\n      bundle_endpoint_url = \"https://spire.partner.example\"\n      bundle_endpoint_profile \"https_web\" {}\n    }\n  }\n}\n"),
        good: hcl("server {\n  trust_domain = \"shop.example\"\n  federation {\n    federates_with \"partner.example\" {\n      bundle_endpoint_url = \"https://spire.partner.example\"\n      bundle_endpoint_profile \"https_spiffe\" {\n        endpoint_spiffe_id = \"spiffe://partner.example/spire/server\"\n      }\n    }\n  }\n}\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE_Federation.md#5-serving-and-consuming-a-spiffe-bundle-endpoint",
    }
}

const WEB: &str = "the bundle is believed by the Web's certificates (`https_web`)";
const HELP: &str = "use the profile `https_spiffe`, where the endpoint proves itself with its own identity";

impl Rule for SpireFederationWebProfile {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Spire {
            return;
        }
        for server in document.root.blocks("server") {
            for (_, _, block) in spire::federated(server) {
                plain(spire::field(block, "bundle_endpoint_url"), cx);
                profile(spire::labels(block, "bundle_endpoint_profile"), cx);
            }
            for endpoint in server.blocks("federation").flat_map(|federation| federation.blocks("bundle_endpoint")) {
                profile(spire::labels(endpoint, "profile"), cx);
            }
        }
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !object.is("spire.spiffe.io", "ClusterFederatedTrustDomain") {
            return;
        }
        let Some(spec) = object.spec() else { return };
        plain(spec.value.entry("bundleEndpointURL"), cx);
        let kind = spec.value.entry_at(&["bundleEndpointProfile", "type"]);
        if let Some(entry) = kind.filter(|entry| entry.value.as_str() == Some("https_web"))
            && let Some(report) = cx.report(&entry.origin, WEB)
        {
            report.help(HELP);
        }
    }
}

fn plain(url: Option<&Entry>, cx: &mut ManifestCx<'_>) {
    let Some(entry) = url else { return };
    if entry.value.as_str().and_then(|url| url.get(..7)).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://"))
        && let Some(report) = cx.report_as(Severity::Error, &entry.origin, "the bundle of another trust domain is fetched over plain HTTP")
    {
        report.help("use an `https://` URL");
    }
}

fn profile(named: Vec<(&str, &crate::model::value::Origin)>, cx: &mut ManifestCx<'_>) {
    for (_, at) in named.into_iter().filter(|(name, _)| *name == "https_web") {
        if let Some(report) = cx.report(at, WEB) {
            report.help(HELP);
        }
    }
}
