use crate::lint::rules::old_api;
use crate::lint::rules::prelude::*;
use crate::model::k8s::apis::CERT_MANAGER;

declare_rule! {
    CertmanagerDeprecatedApi {
        id: "certmanager-deprecated-api",
        group: "certmanager",
        summary: "an object of cert-manager in a version that is not served any more",
        why: "cert-manager serves `v1` alone since release 1.6: an object of an older version is refused, and the certificate that it asks \
              for is neither made nor renewed.\n\n              With a target (`--target cert-manager=1.5`, or `target` in the config) a version that the target still needs is not reported, and one \
              that it no longer serves is an error.",
        bad: yaml("apiVersion: cert-manager.io/v1beta1\nkind: Issuer\nmetadata:\n  name: internal\nspec:\n  ca:\n    secretName: internal-ca\n"),
        good: yaml("apiVersion: cert-manager.io/v1\nkind: Issuer\nmetadata:\n  name: internal\nspec:\n  ca:\n    secretName: internal-ca\n"),
        severity: Severity::Error,
        recommended: true,
        fix: FixKind::Safe,
        fix_safety: "Replaces the version alone. Unsafe where the object uses `emailSANs` or `uriSANs`, and none where more fields were renamed (Certificates before `v1beta1`).",
        source: "https://cert-manager.io/docs/releases/upgrading/remove-deprecated-apis/",
    }
}

impl Rule for CertmanagerDeprecatedApi {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        old_api::report(&CERT_MANAGER, object, cx);
    }
}
