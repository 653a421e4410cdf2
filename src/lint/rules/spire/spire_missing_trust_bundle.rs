use crate::lint::rules::prelude::*;
use crate::model::k8s::pod;
use crate::model::shell::Call;
use crate::model::spire;
use crate::model::value::{Entry, Scalar, Value};

declare_rule! {
    SpireMissingTrustBundle {
        id: "spire-missing-trust-bundle",
        group: "spire",
        summary: "a SPIRE agent that has no way to know its server, or several",
        why: "When an agent connects for the first time it needs the server's bundle to tell the server from someone in its place: \
              `trust_bundle_path`, `trust_bundle_url` or `trust_bundle_spiffe_workload_api`. Without any of them it refuses to \
              start, and `insecure_bootstrap` is what people reach for then. More than one is refused as well, which is an error.\n\n\
              Fragments without `server_address` are not reported, and nothing is where a container is given the bundle on its \
              command line (`-trustBundle`, `-trustBundleUrl`).",
        bad: hcl("agent {\n  trust_domain = \"shop.example\"\n  server_address = \"spire-server\"\n}\n"),
        good: hcl("agent {\n  trust_domain = \"shop.example\"\n  server_address = \"spire-server\"\n  trust_bundle_path = \"/run/spire/bundle/bundle.crt\"\n}\n"),
        recommended: true,
        source: "https://github.com/spiffe/spire/blob/main/doc/spire_agent.md",
    }
}

const KEYS: [&str; 4] = ["trust_bundle_path", "trust_bundle_url", "trust_bundle_spiffe_workload_api", "insecure_bootstrap"];
const HELP: &str = "set one of `trust_bundle_path`, `trust_bundle_url` and `trust_bundle_spiffe_workload_api`";

impl Rule for SpireMissingTrustBundle {
    fn manifests(&self, cx: &mut ManifestCx<'_>) {
        let manifests = cx.manifests();
        let mut elsewhere = None;
        for document in manifests.documents.iter().filter(|document| document.kind == DocumentKind::Spire) {
            check(document, &mut elsewhere, cx);
        }
    }
}

/// `elsewhere`: whether a container is given a bundle, once that is known.
fn check(document: &Document, elsewhere: &mut Option<bool>, cx: &mut ManifestCx<'_>) {
    let agents = spire::blocks(&document.root, "agent");
    let find = |key: &str| agents.iter().find_map(|(_, agent)| spire::field(agent, key));
    let Some((header, _)) = agents.first().filter(|_| find("server_address").is_some()) else { return };
    let mut given: Vec<&Entry> = KEYS.iter().filter_map(|key| find(key)).filter(|entry| is_set(entry)).collect();
    given.sort_by_key(|entry| entry.origin.at);
    match given[..] {
        [_] => {}
        [] if document.partial || *elsewhere.get_or_insert_with(|| is_given_elsewhere(cx)) => cx.withhold(),
        [] => {
            let message = "the agent has no trust bundle to know its server by, so it does not start";
            if let Some(report) = cx.report(header, message) {
                report.help(HELP);
            }
        }
        // perhaps one is in each branch of a template
        [_, _, ..] if document.partial => cx.withhold(),
        [first, second, ..] => {
            let message = format!("the agent takes one of `{}` and `{}`: with both it does not start", first.key, second.key);
            if let Some(report) = cx.report_as(Severity::Error, &second.origin, message) {
                report.help(HELP).label(&first.origin, "the other one");
            }
        }
    }
}

/// Whether a value is there that SPIRE takes for set.
fn is_set(entry: &Entry) -> bool {
    match &entry.value.value {
        Value::Scalar(Scalar::String(text)) => !text.is_empty(),
        Value::Scalar(Scalar::Bool(value)) => *value,
        Value::Scalar(Scalar::Null) => false,
        _ => true,
    }
}

/// Whether a container or script of the workspace gives an agent a bundle on its command line.
fn is_given_elsewhere(cx: &ManifestCx<'_>) -> bool {
    // `-trustBundle`, `-trustBundleUrl`
    let gives = |call: &Call| {
        let names = ["trustBundle", "trustBundleUrl", "insecureBootstrap"];
        names.iter().any(|name| call.flag(name).is_some())
    };
    let manifests = cx.manifests();
    let containers = || manifests.objects.iter().filter_map(|object| pod(object)).flat_map(|pod| pod.containers());
    ["trustBundle", "insecureBootstrap"].into_iter().any(|name| {
        containers().filter_map(|container| spire::line_of_container(&container, name)).any(|call| gives(&call))
            || manifests.scripts.iter().any(|script| spire::lines_of_script(script, name).any(|call| gives(&call)))
    })
}
