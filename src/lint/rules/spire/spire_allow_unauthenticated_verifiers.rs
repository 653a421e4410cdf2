use crate::lint::rules::prelude::*;
use crate::lint::rules::spire_view::report_bool;
use crate::model::spire;

declare_rule! {
    SpireAllowUnauthenticatedVerifiers {
        id: "spire-allow-unauthenticated-verifiers",
        group: "spire",
        summary: "a SPIRE agent that hands trust bundles to processes without an identity",
        why: "With `allow_unauthenticated_verifiers` any process that reaches the agent's socket gets the trust bundles, registered \
              or not. It learns with whom the trust domain is federated, and nothing shows any more which verifiers there are.",
        bad: hcl("agent {\n  trust_domain = \"shop.example\"\n  allow_unauthenticated_verifiers = true\n}\n"),
        good: hcl("agent {\n  trust_domain = \"shop.example\"\n}\n"),
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "Switches it off: processes that have no registration get no bundle any more.",
        source: "https://github.com/spiffe/spire/blob/main/doc/spire_agent.md",
    }
}

impl Rule for SpireAllowUnauthenticatedVerifiers {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Spire {
            return;
        }
        for entry in document.root.blocks("agent").filter_map(|agent| spire::field(agent, "allow_unauthenticated_verifiers")) {
            let message = "`allow_unauthenticated_verifiers`: any process that reaches the socket gets the trust bundles";
            report_bool(entry, true, message, "remove it, and register the workloads that verify", Some(Applicability::Unsafe), cx);
        }
    }
}
