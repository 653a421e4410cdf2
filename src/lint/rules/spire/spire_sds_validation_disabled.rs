use crate::lint::rules::prelude::*;
use crate::lint::rules::spire_view::report_bool;
use crate::model::spire;

declare_rule! {
    SpireSdsValidationDisabled {
        id: "spire-sds-validation-disabled",
        group: "spire",
        summary: "a SPIRE agent that tells Envoy not to validate SPIFFE certificates",
        why: "Envoy gets its trust bundles from the agent, and with them the validator that holds a peer's certificate against the \
              bundle of the peer's own trust domain. With `disable_spiffe_cert_validation` it gets plain roots instead: any root of \
              any federated trust domain can vouch for any identity.\n\n\
              Proxies that know no such validator (Envoy before 1.18) needed it.",
        bad: hcl("agent {\n  trust_domain = \"shop.example\"\n  sds = {\n    disable_spiffe_cert_validation = true\n  }\n}\n"),
        good: hcl("agent {\n  trust_domain = \"shop.example\"\n  sds = {\n    default_svid_name = \"default\"\n  }\n}\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://github.com/spiffe/spire/blob/main/doc/spire_agent.md#sds-configuration",
    }
}

impl Rule for SpireSdsValidationDisabled {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Spire {
            return;
        }
        let sds = document.root.blocks("agent").flat_map(|agent| agent.blocks("sds"));
        for entry in sds.filter_map(|sds| spire::field(sds, "disable_spiffe_cert_validation")) {
            let message = "`disable_spiffe_cert_validation`: Envoy does not hold a peer against its own trust domain";
            report_bool(entry, true, message, "remove it", None, cx);
        }
    }
}
