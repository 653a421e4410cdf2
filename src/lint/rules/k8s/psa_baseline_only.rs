use crate::lint::rules::prelude::*;
use crate::model::k8s::Field;
use crate::model::k8s::security::{PSA_ENFORCE, label};

declare_rule! {
    PsaBaselineOnly {
        id: "psa-baseline-only",
        group: "k8s",
        summary: "a namespace that asks for the lower of the two Pod Security Standards",
        why: "The baseline forbids what gives a node away at once. It lets containers run as root, keep the runtime's capabilities and use \
              every system call. `restricted` asks for what most services can do: run as a user, drop all capabilities, use the \
              runtime's seccomp profile.\n\n\
              System namespaces (`[check] system-namespaces`) are not reported.",
        bad: yaml("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: baseline\n"),
        good: yaml("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    pod-security.kubernetes.io/enforce: restricted\n"),
        severity: Severity::Info,
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "Pods that break the restricted standard are refused when they are made next.",
        source: "https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted",
    }
}

impl Rule for PsaBaselineOnly {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !object.is("", "Namespace") {
            return;
        }
        let name = object.name().unwrap_or("the namespace");
        let Field::Set(entry) = label(object, PSA_ENFORCE) else { return };
        if entry.value.as_str() != Some("baseline") || cx.is_system_namespace(name, object.kind_at()) {
            return;
        }
        let edit = cx.replacement(&entry.value, "restricted");
        let Some(report) = cx.report(&entry.origin, "the namespace enforces the baseline alone") else { return };
        let report = report.help("add `warn: restricted`, mend what it names, then enforce `restricted`");
        if let Some(edit) = edit {
            report.fix("enforce the restricted standard", Applicability::Unsafe, [edit]);
        }
    }
}
