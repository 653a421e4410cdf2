use std::collections::BTreeSet;

use crate::diag::suggest::{list, nearest};
use crate::lint::rules::prelude::*;
use crate::model::k8s::shapes::{Misfit, misfits, spec_shape};

/// What a policy that is refused means for everything else.
const UPPER_BOUND: &str = "what the policy would decide is unknown: what is said of the rest is an upper bound";

declare_rule! {
    K8sInvalidPolicy {
        id: "k8s-invalid-policy",
        group: "k8s",
        summary: "a policy with a field that is of the wrong type, or that no such policy has",
        why: "A policy that the API server refuses protects nothing, and one whose field is dropped as unknown says something else \
              than its author meant: `podSelectors` selects all pods, `rule` denies everything. Nothing in the cluster tells, once the \
              old objects run. ztctl takes what such a policy would decide for unknown, so that nothing is called open or closed on \
              its account.\n\n\
              Judged are NetworkPolicy, PeerAuthentication, AuthorizationPolicy and RequestAuthentication. Values that templates and \
              variables decide fit everywhere.",
        bad: yaml("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: deny\n  namespace: shop\nspec:\n  podSelector: {}\n  policyTypes: Ingress\n"),
        good: yaml("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: deny\n  namespace: shop\nspec:\n  podSelector: {}\n  policyTypes: [Ingress]\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation",
        peers: &["kubeconform -strict", "istioctl IST0106"],
    }
}

impl Rule for K8sInvalidPolicy {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(shape) = spec_shape(&object.group, &object.kind) else { return };
        let Some(spec) = object.spec() else { return };
        let mut found = Vec::new();
        misfits(&spec.value, shape, "spec", &spec.origin, &mut |misfit| found.push(misfit));
        let mut lines = BTreeSet::new();
        for (at, name, misfit) in found {
            // one finding for a line: the items of a list in flow style share it
            if !lines.insert((at.at.source, cx.sources().get(at.at.source).line(at.at.span.start))) {
                continue;
            }
            let (severity, message, help) = match misfit {
                Misfit::Type { found, wanted } => {
                    (Severity::Error, format!("`{name}` is a {found}, not a {wanted}: the API server refuses the policy"), None)
                }
                Misfit::Value { found, known } => (
                    Severity::Error,
                    format!("`{found}` is no value of `{name}`: the API server refuses the policy"),
                    Some(format!("write {}", list(known))),
                ),
                Misfit::Field { known } => (
                    Severity::Warning,
                    format!("`{name}` is no field of this part of a {}: it is dropped, or the policy is refused", object.kind),
                    nearest(&name, known.iter().copied()).map(|near| format!("did you mean `{near}`?")),
                ),
            };
            if let Some(report) = cx.report_as(severity, at, message) {
                report.help(help.map_or_else(|| UPPER_BOUND.to_owned(), |help| format!("{help}; {UPPER_BOUND}")));
            }
        }
    }
}
