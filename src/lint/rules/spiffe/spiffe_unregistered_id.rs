use crate::lint::context::WorkspaceCx;
use crate::lint::rules::prelude::*;
use crate::lint::rules::spiffe_view;
use crate::lint::rules::support::excerpt;
use crate::model::rego::FactKinds;
use crate::model::spire::id_problem;
use crate::model::tri::Tri;
use crate::text::Location;

declare_rule! {
    SpiffeUnregisteredId {
        id: "spiffe-unregistered-id",
        group: "spiffe",
        summary: "a policy about a SPIFFE ID that no workload here can have",
        why: "An ID of the form `/ns/<namespace>/sa/<account>` belongs to pods of that service account. Where the workspace describes the \
              namespace, and neither a ServiceAccount nor a workload has the account and no registration writes the ID out, nobody \
              presents it: the policy allows nobody, or denies nobody. Other IDs are held against the registrations of the same trust \
              domain: ClusterStaticEntry, ClusterSPIFFEID with its template, `spire-server entry create`.\n\n\
              Namespaces that are not described here, IDs below `/spire/`, prefixes and patterns are not judged, nor are tests.",
        bad: yaml("apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: web\n  namespace: shop\n---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n---\napiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata:\n  name: upstream\n  namespace: shop\nspec:\n  configPatches:\n  - applyTo: CLUSTER\n    patch:\n      value:\n        transport_socket:\n          typed_config:\n            \"@type\": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext\n            common_tls_context:\n              validation_context:\n                match_typed_subject_alt_names:\n                - san_type: URI\n                  matcher:\n                    exact: spiffe://shop.example/ns/shop/sa/wbe\n"),
        good: yaml("apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: web\n  namespace: shop\n---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n---\napiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata:\n  name: upstream\n  namespace: shop\nspec:\n  configPatches:\n  - applyTo: CLUSTER\n    patch:\n      value:\n        transport_socket:\n          typed_config:\n            \"@type\": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext\n            common_tls_context:\n              validation_context:\n                match_typed_subject_alt_names:\n                - san_type: URI\n                  matcher:\n                    exact: spiffe://shop.example/ns/shop/sa/web\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://github.com/spiffe/spire-controller-manager/blob/main/docs/clusterspiffeid-crd.md",
    }
}

const HELP: &str = "check namespace and service account, or register the workload";

impl Rule for SpiffeUnregisteredId {
    fn facts(&self) -> Option<FactKinds> {
        Some(FactKinds { identities: true, ..FactKinds::default() })
    }

    fn facts_as_regal(&self) -> Option<FactKinds> {
        None
    }

    fn workspace(&self, cx: &mut WorkspaceCx<'_>) {
        for facts in cx.workspace().modules() {
            if facts.identities.is_empty() || cx.sources().get(facts.source).path.ends_with("_test.rego") {
                continue;
            }
            let identities = cx.manifests().identities();
            for fact in facts.identities.iter().filter(|fact| fact.is_whole && id_problem(&fact.id).is_none()) {
                if identities.is_unregistered(&fact.id) == Tri::Yes
                    && let Some(report) = cx.report(Location { source: facts.source, span: fact.span }, message(&fact.id))
                {
                    report.help(HELP);
                }
            }
        }
    }

    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        judge(spiffe_view::of_document(document), cx);
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        judge(spiffe_view::of_object(object), cx);
    }
}

fn judge(named: Vec<spiffe_view::Named<'_>>, cx: &mut ManifestCx<'_>) {
    for node in named.into_iter().filter(|named| named.is_whole).map(|named| named.node) {
        let Some(id) = node.as_str().filter(|id| id_problem(id).is_none()) else { continue };
        if cx.manifests().identities().is_unregistered(id) == Tri::Yes
            && let Some(report) = cx.report(&node.origin, message(id))
        {
            report.help(HELP);
        }
    }
}

fn message(id: &str) -> String {
    format!("no workload here can have the identity `{}`", excerpt(id))
}
