use crate::lint::rules::prelude::*;
use crate::model::k8s::Field;
use crate::model::k8s::security::{PSA_ENFORCE, PSA_ENFORCE_VERSION, label};

declare_rule! {
    PsaVersionLatest {
        id: "psa-version-latest",
        group: "k8s",
        summary: "a Pod Security Standard that changes when the cluster is upgraded",
        why: "`enforce-version: latest`, which is the default, takes the standard of the release that the cluster runs: an upgrade may \
              refuse pods that were let in before. A version keeps what is enforced the same until somebody raises it.\n\n\
              The absence is reported at the label `enforce`. System namespaces (`[check] system-namespaces`) and namespaces that \
              enforce nothing are not reported.",
        bad: yaml("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: restricted\n    pod-security.kubernetes.io/enforce-version: latest\n"),
        good: yaml("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: restricted\n    pod-security.kubernetes.io/enforce-version: v1.33\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://kubernetes.io/docs/concepts/security/pod-security-admission/#pod-security-admission-labels-for-namespaces",
    }
}

impl Rule for PsaVersionLatest {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !object.is("", "Namespace") {
            return;
        }
        let name = object.name().unwrap_or("the namespace");
        if cx.is_system_namespace(name, object.kind_at()) {
            return;
        }
        let level = match label(object, PSA_ENFORCE) {
            Field::Set(entry) if matches!(entry.value.as_str(), Some("baseline" | "restricted")) => entry,
            _ => return,
        };
        let (at, message) = match label(object, PSA_ENFORCE_VERSION) {
            Field::Unknown => return cx.withhold(),
            Field::Set(entry) if entry.value.as_str() == Some("latest") => {
                (&entry.origin, "the namespace enforces the latest version of the standard")
            }
            Field::Set(_) => return,
            Field::Absent(_) => (&level.origin, "the namespace enforces a standard without a version, which is the latest"),
        };
        if let Some(report) = cx.report(at, message) {
            report.help("name the version that was tested: `enforce-version: v1.33`");
        }
    }
}
