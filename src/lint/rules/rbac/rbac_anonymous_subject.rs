use crate::lint::rules::prelude::*;
use crate::model::k8s::rbac::{Binding, is_bootstrapped, subject};

declare_rule! {
    RbacAnonymousSubject {
        id: "rbac-anonymous-subject",
        group: "rbac",
        summary: "a role that is given to everyone, or past all roles",
        why: "`system:anonymous` and `system:unauthenticated` are callers without any identity, `system:authenticated` is everyone who \
              has one, every service account of the cluster and on some platforms every user of the cloud included, \
              `system:serviceaccounts` is every pod. `system:masters` may do anything whatever the roles say, and cannot be revoked. Name \
              the users, groups and service accounts that are meant.\n\n\
              The roles that a cluster gives to everyone for discovery are not reported, nor are the groups of one namespace \
              (`system:serviceaccounts:shop`) and the bindings that the control plane makes.",
        bad: yaml("apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata:\n  name: dashboards\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}\nsubjects:\n- kind: Group\n  apiGroup: rbac.authorization.k8s.io\n  name: system:authenticated\n"),
        good: yaml("apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata:\n  name: dashboards\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}\nsubjects:\n- kind: Group\n  apiGroup: rbac.authorization.k8s.io\n  name: oidc:observers\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#hardening",
        peers: &["kubescape C-0262", "kubescape C-0265", "trivy KSV-0122", "trivy KSV-01011", "trivy KSV-0123"],
    }
}

/// Roles that a cluster gives to everyone.
const FOR_EVERYONE: [&str; 4] =
    ["system:public-info-viewer", "system:service-account-issuer-discovery", "system:discovery", "system:basic-user"];

impl Rule for RbacAnonymousSubject {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(binding) = Binding::new(object) else { return };
        let role = binding.role.get("name");
        let role_name = role.and_then(|node| node.as_str()).unwrap_or_default();
        let is_cluster_admin = role_name == "cluster-admin" && object.name() == Some("cluster-admin");
        if is_bootstrapped(object) || is_cluster_admin || binding.cluster_role().is_some() && FOR_EVERYONE.contains(&role_name) {
            return;
        }
        for (kind, name) in binding.subjects().iter().filter_map(subject) {
            if !matches!(kind, "User" | "Group") {
                continue;
            }
            if name.value.unknown().is_some() {
                cx.withhold();
            }
            let Some(text) = name.value.as_str() else { continue };
            let who = match text {
                "system:anonymous" | "system:unauthenticated" => "callers without an identity",
                "system:authenticated" => "everyone who has an identity",
                "system:serviceaccounts" => "every service account of the cluster",
                "system:masters" => "a group that no role limits",
                _ => continue,
            };
            if role.is_some_and(|role| role.unknown().is_some()) {
                cx.withhold();
                continue;
            }
            if let Some(report) = cx.report(name.place(), format!("`{text}` gives `{role_name}` to {who}")) {
                report.help("name the users, groups or service accounts that are meant");
            }
        }
    }
}
