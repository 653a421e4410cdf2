use crate::lint::rules::old_api;
use crate::lint::rules::prelude::*;
use crate::model::k8s::apis::EXTERNAL_SECRETS;

declare_rule! {
    EsoDeprecatedApi {
        id: "eso-deprecated-api",
        group: "eso",
        summary: "an object of External Secrets in a version that is not served any more",
        why: "ExternalSecret, SecretStore, ClusterSecretStore and ClusterExternalSecret are `v1` since External Secrets 0.16, and 0.17 \
              serves nothing older: an object of `v1beta1` or `v1alpha1` is refused, so the Secret that it should fill is not made, or \
              keeps the value that it had. PushSecret and the generators are `v1alpha1` still.\n\n              With a target (`--target external-secrets=0.16`, or `target` in the config) a version that the target still needs is not reported, and one \
              that it no longer serves is an error.",
        bad: yaml("apiVersion: external-secrets.io/v1beta1\nkind: ExternalSecret\nmetadata:\n  name: orders-db\nspec:\n  refreshInterval: 1h\n  secretStoreRef: {name: vault, kind: SecretStore}\n  dataFrom:\n  - extract: {key: orders/db}\n"),
        good: yaml("apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata:\n  name: orders-db\nspec:\n  refreshInterval: 1h\n  secretStoreRef: {name: vault, kind: SecretStore}\n  dataFrom:\n  - extract: {key: orders/db}\n"),
        severity: Severity::Error,
        recommended: true,
        fix: FixKind::Safe,
        fix_safety: "Replaces the version alone. Unsafe for what `v1` has not (the providers alibaba and device42, templates of engine v1), and for `dataFrom` and templates of `v1alpha1`, which had another form.",
        source: "https://external-secrets.io/latest/introduction/deprecation-policy/",
    }
}

impl Rule for EsoDeprecatedApi {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        old_api::report(&EXTERNAL_SECRETS, object, cx);
    }
}
