use crate::lint::rules::insert::insert_first;
use crate::lint::rules::prelude::*;
use crate::model::k8s::Field;
use crate::model::k8s::security::{PSA_ENFORCE, cluster_enforces, label};

declare_rule! {
    PsaMissingEnforce {
        id: "psa-missing-enforce",
        group: "k8s",
        summary: "a namespace in which any pod is let in",
        why: "Pod Security Admission holds pods against a standard only where the namespace says which: without \
              `pod-security.kubernetes.io/enforce` a pod may be privileged, use the node's network and mount its root. `warn` and `audit` \
              alone let it in and say so. `enforce: privileged` asks for nothing.\n\n\
              System namespaces (`[check] system-namespaces`) are not reported, and none is where an admission configuration in the \
              workspace (`PodSecurityConfiguration`) enforces a standard by default.",
        bad: yaml("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/warn: restricted\n"),
        good: yaml("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: restricted\n    pod-security.kubernetes.io/enforce-version: v1.33\n"),
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "Pods that break the baseline are refused when they are made next.",
        source: "https://kubernetes.io/docs/concepts/security/pod-security-admission/",
        peers: &["kubescape C-0192"],
    }
}

impl Rule for PsaMissingEnforce {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !object.is("", "Namespace") {
            return;
        }
        let name = object.name().unwrap_or("the namespace");
        if cx.is_system_namespace(name, object.kind_at()) {
            return;
        }
        match label(object, PSA_ENFORCE) {
            Field::Unknown => cx.withhold(),
            Field::Set(entry) => {
                if entry.value.as_str() != Some("privileged") {
                    return;
                }
                let edit = cx.replacement(&entry.value, "baseline");
                let message = "the namespace enforces the standard `privileged`, which forbids nothing";
                let Some(report) = cx.report(&entry.origin, message) else { return };
                let report = report.help("enforce `restricted`, or `baseline` where that is too much");
                if let Some(edit) = edit {
                    report.fix("enforce the baseline", Applicability::Unsafe, [edit]);
                }
            }
            Field::Absent(_) => {
                // another file of the unit may set it
                let space = cx.unit().and_then(|unit| unit.cluster().namespace(name));
                let elsewhere =
                    space.is_some_and(|space| space.declared.iter().any(|other| matches!(label(other, PSA_ENFORCE), Field::Set(_))));
                if elsewhere || cluster_enforces(cx.manifests().applied()) {
                    return;
                }
                let labels = object.labels().filter(|labels| labels.get(PSA_ENFORCE).is_none());
                let edit = labels.and_then(|labels| insert_first(cx.sources(), labels, PSA_ENFORCE, ["baseline", "\"baseline\""]));
                let Some(report) = cx.report(object.kind_at(), "the namespace enforces no Pod Security Standard") else { return };
                let report = report.help("add the label `pod-security.kubernetes.io/enforce: restricted`");
                if let Some(edit) = edit {
                    report.fix("enforce the baseline", Applicability::Unsafe, [edit]);
                }
            }
        }
    }
}
