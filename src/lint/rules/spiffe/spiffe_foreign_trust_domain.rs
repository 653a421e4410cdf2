use std::borrow::Cow;

use crate::lint::context::WorkspaceCx;
use crate::lint::rules::prelude::*;
use crate::lint::rules::spiffe_view;
use crate::lint::rules::support::excerpt;
use crate::model::rego::FactKinds;
use crate::model::shell::Call;
use crate::model::spire::{self, Identities, is_opaque};
use crate::model::tri::Tri;
use crate::model::value::{Node as Data, Origin};
use crate::text::Location;

declare_rule! {
    SpiffeForeignTrustDomain {
        id: "spiffe-foreign-trust-domain",
        group: "spiffe",
        summary: "a SPIFFE ID of a trust domain that nothing here declares",
        why: "SPIRE's servers, meshes and federations of a workspace say which trust domains there are. An ID of any other is one that \
              nobody presents: a comparison with it allows nobody, or denies nobody. Mostly it is misspelled, or left over from an \
              example.\n\n\
              IDs in Rego (also those that others begin with), in Envoy's matchers, in registrations of SPIRE's controller manager \
              and on command lines are held against `trust_domain`, `federates_with`, MeshConfig's `trustDomain` and \
              `trustDomainAliases`, and ClusterFederatedTrustDomains. Where nothing is declared, or something is filled in later, \
              nothing is reported. Tests in Rego are left out.",
        bad: yaml("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: istio\n  namespace: istio-system\ndata:\n  mesh: |\n    trustDomain: shop.example\n---\napiVersion: spire.spiffe.io/v1alpha1\nkind: ClusterStaticEntry\nmetadata:\n  name: orders\nspec:\n  spiffeID: spiffe://shop.exmaple/ns/orders/sa/orders\n"),
        good: yaml("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: istio\n  namespace: istio-system\ndata:\n  mesh: |\n    trustDomain: shop.example\n---\napiVersion: spire.spiffe.io/v1alpha1\nkind: ClusterStaticEntry\nmetadata:\n  name: orders\nspec:\n  spiffeID: spiffe://shop.example/ns/orders/sa/orders\n"),
        recommended: true,
        source: "https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md#21-trust-domain",
    }
}

impl Rule for SpiffeForeignTrustDomain {
    fn names_deciders(&self) -> bool {
        true
    }

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
            for fact in &facts.identities {
                let Some(domain) = domain_of(&fact.id, fact.is_whole) else { continue };
                match identities.is_foreign(domain) {
                    Tri::No => {}
                    Tri::Unknown if !identities.declares_domains() => {}
                    Tri::Unknown => cx.withhold(),
                    Tri::Yes => {
                        let (message, help) = words(identities, &fact.id, domain);
                        if let Some(report) = cx.report(Location { source: facts.source, span: fact.span }, message) {
                            report.help(help);
                        }
                    }
                }
            }
        }
    }

    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        for named in spiffe_view::of_document(document) {
            value(named.node, named.is_whole, cx);
        }
        for node in spiffe_view::registered_in(document) {
            value(node, true, cx);
        }
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        for named in spiffe_view::of_object(object) {
            value(named.node, named.is_whole, cx);
        }
        for node in spiffe_view::registered(object) {
            value(node, false, cx);
        }
    }

    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        spire::lines(part, "spiffe:").iter().for_each(|call| line(call, cx));
    }
}

fn line(call: &Call, cx: &mut ManifestCx<'_>) {
    for (_, arg, id) in spiffe_view::arguments(call) {
        judge(id, !arg.word.is_unknown(), &arg.at, cx);
    }
}

fn value(node: &Data, is_whole: bool, cx: &mut ManifestCx<'_>) {
    if let Some(id) = node.as_str() {
        judge(id, is_whole, &node.origin, cx);
    }
}

/// The trust domain of an ID, or of what is its beginning, if all of it is written out.
fn domain_of(id: &str, is_whole: bool) -> Option<&str> {
    let rest = id.strip_prefix("spiffe://")?;
    let is_complete = is_whole || rest.contains('/');
    spire::trust_domain(id).filter(|domain| is_complete && !is_opaque(domain))
}

fn judge(id: &str, is_whole: bool, at: &Origin, cx: &mut ManifestCx<'_>) {
    let Some(domain) = domain_of(id, is_whole) else { return };
    let identities = cx.manifests().identities();
    match identities.is_foreign(domain) {
        Tri::No => {}
        Tri::Unknown if !identities.declares_domains() => {}
        Tri::Unknown => cx.withhold(),
        Tri::Yes => {
            let (message, help) = words(identities, id, domain);
            let declared: Vec<&Origin> = identities.domains().filter_map(|(_, at)| at).collect();
            let Some(mut report) = cx.report(at, message) else { return };
            for at in declared {
                report = report.decided_by(at);
            }
            report.help(help);
        }
    }
}

fn words(identities: &Identities, id: &str, domain: &str) -> (String, Cow<'static, str>) {
    const SHOWN: usize = 5;
    let names: Vec<String> = identities.domains().take(SHOWN).map(|(name, _)| format!("`{}`", excerpt(name))).collect();
    let more = if identities.domains().count() > SHOWN { " and others" } else { "" };
    let message = format!("`{}` is of the trust domain `{}`, which nothing here declares", excerpt(id), excerpt(domain));
    (message, Cow::Owned(format!("declared are {}{more}", names.join(", "))))
}
