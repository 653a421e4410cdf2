use crate::lint::rules::prelude::*;

declare_rule! {
    NetpolDeprecatedApi {
        id: "netpol-deprecated-api",
        group: "network",
        summary: "a NetworkPolicy of the API group that Kubernetes 1.16 removed",
        why: "`extensions/v1beta1` has not been served since Kubernetes 1.16: a cluster refuses the object, so the policy in it is \
              not in force and the pods that it should protect are open. `networking.k8s.io/v1` has the same fields.",
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
    fn reads_manifests(&self) -> bool {
        true
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !object.is("extensions", "NetworkPolicy") {
            return;
        }
        let edit = object.root.get("apiVersion").and_then(|value| cx.replacement(value, "networking.k8s.io/v1"));
        let message = format!("`extensions/{}` of NetworkPolicy was removed in Kubernetes 1.16", object.version);
        let Some(report) = cx.report(object.api_version_at(), message) else { return };
        let report = report.help("write `apiVersion: networking.k8s.io/v1`");
        if let Some(edit) = edit {
            report.fix("use `networking.k8s.io/v1`", Applicability::Safe, [edit]);
        }
    }
}
