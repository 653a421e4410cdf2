use crate::lint::rules::prelude::*;
use crate::model::k8s::rbac::{Binding, is_bootstrapped, subject};
use crate::model::value::Node as Value;

declare_rule! {
    RbacClusterAdmin {
        id: "rbac-cluster-admin",
        group: "rbac",
        summary: "a binding of `cluster-admin`",
        why: "`cluster-admin` may do everything: read every Secret, replace every workload, grant itself any role. No automated workload \
              needs that, and with a stolen token nothing is left to protect. In a RoleBinding it is everything in one namespace. Bind a \
              role that names what is used.\n\n\
              `admin` and `edit` for a whole group of users is `info`. The binding to `system:masters` that every cluster has is not \
              reported, nor is a binding without subjects.",
        bad: yaml("apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata:\n  name: ci\nroleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: ClusterRole\n  name: cluster-admin\nsubjects:\n- kind: ServiceAccount\n  name: ci\n  namespace: ci\n"),
        good: yaml("apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata:\n  name: ci\nroleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: ClusterRole\n  name: deployer\nsubjects:\n- kind: ServiceAccount\n  name: ci\n  namespace: ci\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege",
        peers: &["kube-linter cluster-admin-role-binding", "kubescape C-0035", "kubescape C-0185", "trivy KSV-0111"],
    }
}

impl Rule for RbacClusterAdmin {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(binding) = Binding::new(object) else { return };
        let Some(name) = binding.cluster_role() else { return };
        if name.value.unknown().is_some() {
            return cx.withhold();
        }
        let role = name.value.as_str().unwrap_or_default();
        if !matches!(role, "cluster-admin" | "admin" | "edit") || binding.is_idle() || is_bootstrapped(object) {
            return;
        }
        if role != "cluster-admin" {
            let group = binding.subjects().iter().filter_map(subject).find(|(kind, _)| *kind == "Group");
            let Some((_, group)) = group else { return };
            let message = format!("`{role}` is given to every member of the group `{}`", group.value.as_str().unwrap_or_default());
            if let Some(report) = cx.report_as(Severity::Info, name.place(), message) {
                report.help("bind a role that names what the group does");
            }
            return;
        }
        if is_built_in(binding) {
            return;
        }
        let where_to = if &*object.kind == "RoleBinding" { "everything in its namespace" } else { "everything in the cluster" };
        let whom = binding.subjects().iter().filter_map(|node| node.get("name")?.as_str()).next().unwrap_or("its subjects");
        if let Some(report) = cx.report(name.place(), format!("`cluster-admin` lets `{whom}` do {where_to}")) {
            report.help("bind a role that names the verbs and resources that are used");
        }
    }
}

/// Whether it is given to `system:masters` alone, whom no role can limit anyway.
fn is_built_in(binding: Binding<'_>) -> bool {
    let is_masters =
        |node: &Value| subject(node).is_some_and(|(kind, name)| kind == "Group" && name.value.as_str() == Some("system:masters"));
    !binding.subjects().is_empty() && binding.subjects().iter().all(is_masters)
}
