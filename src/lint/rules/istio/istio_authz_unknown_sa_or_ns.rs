use crate::lint::rules::authz_view::{filled, policy};
use crate::lint::rules::mesh_view::makes_workloads_unseen;
use crate::lint::rules::prelude::*;
use crate::model::k8s::{Pod, ServiceAccount};
use crate::model::mesh::{namespace_of, sources};
use crate::model::tri::Tri;

declare_rule! {
    IstioAuthzUnknownSaOrNs {
        id: "istio-authz-unknown-sa-or-ns",
        group: "istio",
        summary: "an AuthorizationPolicy names a service account that its namespace does not have",
        why: "A principal of a service account that does not exist matches nobody: a name that was mistyped, or one that was left behind when \
              the workload moved. Whoever creates an account of that name later gets its rights.\n\n\
              Judged only for namespaces that the files describe: they show service accounts of it. Accounts that workloads run as count \
              as well, and nothing is said where a Helm release makes objects that no file shows.",
        bad: yaml("apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: web\n  namespace: shop\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: orders\n  namespace: shop\nspec:\n  action: ALLOW\n  rules:\n  - from:\n    - source:\n        principals: [cluster.local/ns/shop/sa/webb]\n"),
        good: yaml("apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: web\n  namespace: shop\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: orders\n  namespace: shop\nspec:\n  action: ALLOW\n  rules:\n  - from:\n    - source:\n        principals: [cluster.local/ns/shop/sa/web]\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://istio.io/latest/docs/reference/config/security/authorization-policy/#Source",
        peers: &["istioctl analyze IST0101 (namespaces)"],
    }
}

impl Rule for IstioAuthzUnknownSaOrNs {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(policy) = policy(object) else { return };
        for source in policy.rules().iter().flat_map(sources) {
            for key in ["principals", "serviceAccounts"] {
                for item in filled(source, key).map_or(&[][..], |list| list.value.items()) {
                    let Some(text) = item.as_str() else { continue };
                    let named = match key {
                        "principals" => of_principal(text),
                        // `<namespace>/<account>`, or an account of the policy's own namespace
                        _ => text.split_once('/').or_else(|| Some((namespace_of(object)?, text))),
                    };
                    let Some((namespace, account)) = named.filter(|(namespace, account)| is_plain(namespace) && is_plain(account)) else {
                        continue;
                    };
                    match exists(namespace, account, cx) {
                        Tri::Yes => {}
                        Tri::Unknown => cx.withhold(),
                        Tri::No => {
                            let message = format!("the namespace `{namespace}` has no service account `{account}`");
                            if let Some(report) = cx.report_line(&item.origin, message) {
                                report.help("name an account that is there, or create it");
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Namespace and account of `<trust domain>/ns/<namespace>/sa/<account>`.
fn of_principal(text: &str) -> Option<(&str, &str)> {
    let mut segments = text.split('/');
    let (Some(_), Some("ns"), Some(namespace), Some("sa"), Some(account), None) =
        (segments.next(), segments.next(), segments.next(), segments.next(), segments.next(), segments.next())
    else {
        return None;
    };
    Some((namespace, account))
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.contains('*')
}

/// Whether the namespace has the account; yes where the files do not describe its accounts.
fn exists(namespace: &str, account: &str, cx: &ManifestCx<'_>) -> Tri {
    if account == "default" {
        return Tri::Yes;
    }
    let (mut described, mut open) = (false, false);
    for unit in cx.manifests().applied() {
        let Some(space) = unit.cluster().namespace(namespace) else { continue };
        open |= unit.may_lack(&["ServiceAccount"]);
        for object in &space.objects {
            open |= makes_workloads_unseen(object);
            if object.is("", "ServiceAccount") {
                described = true;
                match object.name() {
                    Some(name) if name == account => return Tri::Yes,
                    Some(_) => {}
                    None => open = true,
                }
            }
        }
        // an account that pods run as is there, whoever made it
        match Tri::any(space.pods().map(|pod| runs_as(&pod, account))) {
            Tri::Yes => return Tri::Yes,
            Tri::Unknown => open = true,
            Tri::No => {}
        }
    }
    match (described, open) {
        (false, _) => Tri::Yes,
        (true, true) => Tri::Unknown,
        (true, false) => Tri::No,
    }
}

fn runs_as(pod: &Pod<'_>, account: &str) -> Tri {
    match pod.service_account() {
        ServiceAccount::Named(name, _) => Tri::from(name == account),
        ServiceAccount::Default => Tri::No,
        ServiceAccount::Unknown => Tri::Unknown,
    }
}
