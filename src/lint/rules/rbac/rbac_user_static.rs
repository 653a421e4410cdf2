use crate::lint::rules::prelude::*;
use crate::model::k8s::rbac::{Binding, is_bootstrapped, subject};

declare_rule! {
    RbacUserStatic {
        id: "rbac-user-static",
        group: "rbac",
        summary: "a role for a user who comes from no identity provider",
        why: "A user name without the prefix of an issuer (`oidc:alice`, `https://idp.example.com#alice`) is that of a client certificate \
              or of a static token: neither can be revoked nor asks for a second factor. Give roles to users and groups of an identity \
              provider.\n\n\
              Mail addresses, names of cloud accounts (`arn:…`) and users of the system are not reported.",
        bad: yaml("apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata:\n  name: alice\n  namespace: shop\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}\nsubjects:\n- kind: User\n  name: alice\n"),
        good: yaml("apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata:\n  name: alice\n  namespace: shop\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}\nsubjects:\n- kind: User\n  name: oidc:alice\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#openid-connect-tokens",
        peers: &["kubescape C-0286"],
    }
}

impl Rule for RbacUserStatic {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(binding) = Binding::new(object).filter(|_| !is_bootstrapped(object)) else { return };
        for (kind, name) in binding.subjects().iter().filter_map(subject) {
            if kind != "User" {
                continue;
            }
            if name.value.unknown().is_some() || name.value.has_variable() {
                cx.withhold();
                continue;
            }
            let Some(text) = name.value.as_str().filter(|text| !text.is_empty()) else { continue };
            // `:` and `#` end the prefix of an issuer
            if text.contains([':', '#', '@', '/']) {
                continue;
            }
            if let Some(report) = cx.report(name.place(), format!("the user `{text}` comes from no identity provider")) {
                report.help("give the role to a user or group of an identity provider");
            }
        }
    }
}
