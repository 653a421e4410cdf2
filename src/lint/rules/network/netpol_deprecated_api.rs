use crate::lint::rules::old_api;
use crate::lint::rules::prelude::*;
use crate::model::k8s::apis::NETWORK_POLICY;

declare_rule! {
    NetpolDeprecatedApi {
        id: "netpol-deprecated-api",
        group: "network",
        summary: "a NetworkPolicy of the API group that Kubernetes 1.16 removed",
        why: "`extensions/v1beta1` has not been served since Kubernetes 1.16: a cluster refuses the object, so the policy in it is \
              not in force and the pods that it should protect are open. `networking.k8s.io/v1` has the same fields.\n\n              With a target (`--target kubernetes=1.15`, or `target` in the config) a version that the target still needs is not reported, and one \
              that it no longer serves is an error.",
        bad: yaml("apiVersion: extensions/v1beta1\nkind: NetworkPolicy\nmetadata:\n  name: default-deny\nspec:\n  podSelector: {}\n"),
        good: yaml("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: default-deny\nspec:\n  podSelector: {}\n"),
        severity: Severity::Error,
        recommended: true,
        fix: FixKind::Safe,
        fix_safety: "Replaces the version alone; both versions have the same fields and defaults.",
        source: "https://kubernetes.io/docs/reference/using-api/deprecation-guide/#networkpolicy-v116",
        peers: &["kube-linter no-extensions-v1beta", "trivy KSV-0107", "kube-score stable-version"],
    }
}

impl Rule for NetpolDeprecatedApi {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        old_api::report(&NETWORK_POLICY, object, cx);
    }
}
