use crate::lint::rules::prelude::*;
use crate::model::k8s::Field;
use crate::model::k8s::security::{PSA_ENFORCE, cluster_enforces, label};
use crate::model::value::Node as Value;

declare_rule! {
    K8sNoAdmissionControl {
        id: "k8s-no-admission-control",
        group: "k8s",
        summary: "manifests of a cluster in which nothing decides what is let in",
        why: "Checks in a pipeline hold only what goes through the pipeline. What reaches the API server by other ways is held by admission \
              control alone: Pod Security labels of namespaces, Gatekeeper, Kyverno, a ValidatingAdmissionPolicy, a webhook.\n\n\
              There is one finding for the whole workspace, at the first Namespace, else the first workload that is none of the \
              platform's, and none where any of these controls, or a release that installs one, is in sight.",
        bad: yaml("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n"),
        good: yaml("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: restricted\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/",
        peers: &["kubescape C-0192"],
    }
}

impl Rule for K8sNoAdmissionControl {
    fn manifests(&self, cx: &mut ManifestCx<'_>) {
        let manifests = cx.manifests();
        let objects = || manifests.applied().flat_map(|unit| &unit.objects);
        if objects().any(|object| is_control(object)) || cluster_enforces(manifests.applied()) {
            return;
        }
        let mut first: Option<(bool, &Object)> = None;
        let mut is_open = false;
        for unit in manifests.applied() {
            is_open |= !unit.is_complete();
            for space in unit.cluster().namespaces() {
                let declared = space.declared.iter().map(|object| (false, object));
                for (is_workload, object) in declared.chain(space.workloads.iter().map(|object| (true, object))) {
                    let key = |is_workload: bool, object: &Object| (is_workload, object.kind_at().at);
                    if !cx.is_system_namespace(&space.name, object.kind_at())
                        && first.is_none_or(|(kind, known)| key(is_workload, object) < key(kind, known))
                    {
                        first = Some((is_workload, object));
                    }
                }
            }
        }
        let Some((_, object)) = first else { return };
        if is_open || objects().any(|object| object.partial && object.is("", "Namespace")) {
            return cx.withhold();
        }
        if let Some(report) = cx.report(object.kind_at(), "nothing in the workspace decides what the cluster lets in") {
            report.help(
                "label namespaces with `pod-security.kubernetes.io/enforce`, or add policies of Kyverno, Gatekeeper or the API server",
            );
        }
    }
}

fn is_control(object: &Object) -> bool {
    match &*object.group {
        "" => object.is("", "Namespace") && matches!(label(object, PSA_ENFORCE), Field::Set(_) | Field::Unknown),
        "templates.gatekeeper.sh"
        | "constraints.gatekeeper.sh"
        | "config.gatekeeper.sh"
        | "kyverno.io"
        | "policies.kyverno.io"
        | "policies.kubewarden.io"
        | "policy.jspolicy.com"
        | "security.openshift.io"
        | "pod-security.admission.config.k8s.io" => true,
        "admissionregistration.k8s.io" => object.kind.starts_with("Validating") || object.kind.starts_with("Mutating"),
        "policy" | "extensions" => &*object.kind == "PodSecurityPolicy",
        "helm.toolkit.fluxcd.io" | "argoproj.io" | "helm.cattle.io" => {
            let paths: [&[&str]; 3] = [&["spec", "chart", "spec", "chart"], &["spec", "source", "chart"], &["spec", "chart"]];
            let charts = paths.iter().filter_map(|path| object.root.path(path).and_then(Value::as_str));
            let named = |text: &str| ["gatekeeper", "kyverno", "kubewarden", "polaris", "datree"].iter().any(|name| text.contains(name));
            charts.chain(object.name()).any(named)
        }
        _ => false,
    }
}
