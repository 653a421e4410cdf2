use crate::lint::rules::old_api;
use crate::lint::rules::prelude::*;
use crate::model::k8s::apis::KUBERNETES;

declare_rule! {
    K8sDeprecatedApi {
        id: "k8s-deprecated-api",
        group: "k8s",
        summary: "a Kubernetes object of an API version that is not served any more",
        why: "A cluster that does not serve an object's version refuses it. Where the object is a role, a webhook or an audit policy, the \
              control that it stands for is not there. The deprecation guide names the release that stopped serving each version.\n\n\
              NetworkPolicies are `netpol-deprecated-api`'s.\n\n              With a target (`--target kubernetes=1.24`, or `target` in the config) a version that the target still needs is not reported, and one \
              that it no longer serves is an error.",
        bad: yaml("apiVersion: rbac.authorization.k8s.io/v1beta1\nkind: Role\nmetadata:\n  name: reader\nrules: []\n"),
        good: yaml("apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: reader\nrules: []\n"),
        severity: Severity::Error,
        recommended: true,
        fix: FixKind::Safe,
        fix_safety: "Replaces the version alone where the deprecation guide names no change that matters. Unsafe where defaults changed, and none where fields did.",
        source: "https://kubernetes.io/docs/reference/using-api/deprecation-guide/",
        peers: &["kube-linter no-extensions-v1beta", "trivy KSV-0107", "kube-score stable-version"],
    }
}

impl Rule for K8sDeprecatedApi {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        old_api::report(&KUBERNETES, object, cx);
    }
}
