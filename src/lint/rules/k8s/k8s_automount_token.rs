use crate::lint::rules::insert::{insert_first, replace_bool};
use crate::lint::rules::pod_view::is_platform;
use crate::lint::rules::prelude::*;
use crate::model::k8s::{Pod, ServiceAccount, pod};
use crate::model::tri::Tri;
use crate::model::value::{Scalar, Value as Data};

declare_rule! {
    K8sAutomountToken {
        id: "k8s-automount-token",
        group: "k8s",
        summary: "a pod that holds a token for the Kubernetes API without need",
        why: "Unless it is told not to, Kubernetes mounts a token of the service account into every pod. Few programs talk to the API; \
              for all others the token is what an intruder finds first: it tells who they are to the API server and to everything that \
              trusts it. `automountServiceAccountToken: false` on the pod, or else on its service account, keeps it out.\n\n\
              Pods whose service account is the subject of a RoleBinding or ClusterRoleBinding in the workspace need the API and are not \
              reported, and neither are pods of system namespaces (`[check] system-namespaces`).",
        bad: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  serviceAccountName: web\n  containers:\n  - name: web\n    image: web:1\n"),
        good: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  serviceAccountName: web\n  automountServiceAccountToken: false\n  containers:\n  - name: web\n    image: web:1\n"),
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "A program that talks to the Kubernetes API fails.",
        source: "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#opt-out-of-api-credential-automounting",
        peers: &["checkov CKV_K8S_38", "trivy KSV-0036", "kubescape C-0034", "kubescape C-0190"],
    }
}

impl Rule for K8sAutomountToken {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let (Some(pod), Some(unit)) = (pod(object), cx.unit()) else { return };
        if is_platform(&pod, cx) {
            return;
        }
        let of_pod = pod.automounts_token();
        if of_pod == Some(Tri::No) {
            return;
        }
        let needed = needs_api(&pod, unit, cx);
        let mounted = of_pod.unwrap_or_else(|| of_account(&pod, unit));
        match mounted.and(!needed) {
            Tri::No => return,
            Tri::Unknown => return cx.withhold(),
            Tri::Yes => {}
        }
        let written = pod.spec.value.entry("automountServiceAccountToken");
        let edit = match written {
            Some(entry) => replace_bool(cx.sources(), &entry.value, false),
            None => insert_first(cx.sources(), &pod.spec.value, "automountServiceAccountToken", ["false", "false"]),
        };
        let message = "the pod holds a token for the Kubernetes API, which nothing shows it to need";
        let Some(report) = cx.report(&pod.spec.origin, message) else { return };
        let report = report.help("set `automountServiceAccountToken: false`");
        if let Some(edit) = edit {
            report.fix("keep the token out", Applicability::Unsafe, [edit]);
        }
    }
}

fn account_name<'o>(pod: &Pod<'o>) -> Option<&'o str> {
    match pod.service_account() {
        ServiceAccount::Named(name, _) => Some(name),
        ServiceAccount::Default => Some("default"),
        ServiceAccount::Unknown => None,
    }
}

/// Whether the pod's service account has rights.
fn needs_api(pod: &Pod<'_>, unit: &Unit, cx: &ManifestCx<'_>) -> Tri {
    match account_name(pod) {
        Some(name) => cx.manifests().bound_accounts().has(unit, pod.namespace(), name),
        None => Tri::Unknown,
    }
}

/// Whether the service account lets its token be mounted. One that is not among the files has the default.
fn of_account(pod: &Pod<'_>, unit: &Unit) -> Tri {
    let Some(name) = account_name(pod) else { return Tri::Unknown };
    let mut known = unit.cluster().accounts(pod.object, name).peekable();
    if known.peek().is_none() {
        // the account `default` is made by the cluster
        return if unit.is_complete() || name == "default" { Tri::Yes } else { Tri::Unknown };
    }
    let flags = known.map(|account| match account.root.get("automountServiceAccountToken").map(|node| &node.value) {
        None | Some(Data::Scalar(Scalar::Null)) if account.partial => Tri::Unknown,
        None | Some(Data::Scalar(Scalar::Null)) => Tri::Yes,
        Some(Data::Scalar(Scalar::Bool(value))) => Tri::from(*value),
        Some(_) => Tri::Unknown,
    });
    Tri::all(flags)
}
