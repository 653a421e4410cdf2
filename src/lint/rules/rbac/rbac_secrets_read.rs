use crate::lint::rules::prelude::*;
use crate::model::k8s::rbac::rules;
use crate::model::tri::Tri;

declare_rule! {
    RbacSecretsRead {
        id: "rbac-secrets-read",
        group: "rbac",
        summary: "a role that may read every Secret",
        why: "`get`, `list` and `watch` of Secrets without names hand out every credential of the namespace, or of the cluster, tokens \
              of service accounts included: whoever holds the role is whoever a Secret stands for. `list` and `watch` return the \
              contents too. Name the Secrets (`resourceNames`), mount what is needed, or fetch it from a secret manager.\n\n\
              Rules that are limited by `resourceNames`, and resources called `secrets` of other API groups, are not reported; a `*` \
              among the resources is `rbac-wildcard`'s.",
        bad: yaml("apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: web\n  namespace: shop\nrules:\n- apiGroups: [\"\"]\n  resources: [configmaps, secrets]\n  verbs: [get, list]\n"),
        good: yaml("apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: web\n  namespace: shop\nrules:\n- apiGroups: [\"\"]\n  resources: [secrets]\n  resourceNames: [web-tls]\n  verbs: [get]\n"),
        recommended: true,
        source: "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#listing-secrets",
        peers: &["kube-linter access-to-secrets", "checkov CKV2_K8S_5", "kubescape C-0015", "kubescape C-0186", "trivy KSV-0041", "trivy KSV-0113"],
    }
}

impl Rule for RbacSecretsRead {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        for rule in rules(object) {
            let is_secrets = |word: &str| matches!(word, "secrets" | "secrets/*");
            if rule.resources().any(is_secrets).is_no() {
                continue;
            }
            let reads = rule.verbs().any(|word| matches!(word, "get" | "list" | "watch" | "*"));
            let unnamed: Tri = if rule.names().is_empty() && object.partial { Tri::Unknown } else { rule.names().is_empty().into() };
            match reads.and(rule.is_for("")).and(unnamed).and(rule.resources().any(is_secrets)) {
                Tri::No => {}
                Tri::Unknown => cx.withhold(),
                Tri::Yes => {
                    let Some(item) = rule.resources().items().iter().find(|item| item.as_str().is_some_and(is_secrets)) else { continue };
                    let scope = if &*object.kind == "Role" { "in the namespace" } else { "wherever it is bound" };
                    let message = format!("`{}` `{}` may read every Secret {scope}", object.kind, object.name().unwrap_or_default());
                    if let Some(report) = cx.report(&item.origin, message) {
                        report.help("name the Secrets under `resourceNames`, or leave them out");
                    }
                }
            }
        }
    }
}
