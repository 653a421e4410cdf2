use crate::lint::rules::prelude::*;
use crate::model::opa::bundles;

declare_rule! {
    OpaBundleUnsigned {
        id: "opa-bundle-unsigned",
        group: "opa",
        summary: "a bundle that OPA loads without checking who signed it",
        why: "Whoever can write to the place that bundles come from, or answer in its stead, writes the policy. With a `signing` block \
              OPA refuses a bundle that the key did not sign; `keys` alone demand nothing. The same holds for the configuration that \
              `discovery` loads. Bundles from files of the machine (`file://`) are not reported.",
        bad: yaml("services:\n  policies:\n    url: https://policies.example.com\nbundles:\n  authz:\n    service: policies\n    resource: bundles/authz.tar.gz\n"),
        good: yaml("services:\n  policies:\n    url: https://policies.example.com\nkeys:\n  release:\n    algorithm: RS256\n    key: /run/keys/release.pem\nbundles:\n  authz:\n    service: policies\n    resource: bundles/authz.tar.gz\n    signing:\n      keyid: release\n"),
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/management-bundles#signing",
    }
}

impl Rule for OpaBundleUnsigned {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Opa {
            return;
        }
        for bundle in bundles(&document.root).into_iter().filter(|bundle| !bundle.is_local()) {
            if bundle.entry.value.get("signing").is_some_and(|signing| !signing.is_null()) {
                continue;
            }
            if document.partial {
                cx.withhold();
                continue;
            }
            let message = if bundle.is_discovery {
                "the configuration that is discovered is loaded without a signature".to_owned()
            } else {
                format!("the bundle `{}` is loaded without a signature", bundle.name())
            };
            if let Some(report) = cx.report(&bundle.entry.origin, message) {
                report.help("sign bundles (`opa build --signing-key`), and name the key under `signing.keyid`");
            }
        }
    }
}
