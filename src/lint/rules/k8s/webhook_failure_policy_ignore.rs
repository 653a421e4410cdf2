use crate::lint::rules::prelude::*;
use crate::model::releases;
use crate::model::value::{Entry, Node as Value, Origin};

declare_rule! {
    WebhookFailurePolicyIgnore {
        id: "webhook-failure-policy-ignore",
        group: "k8s",
        summary: "an admission policy that lets everything pass when it cannot be asked",
        why: "With `failurePolicy: Ignore` an object is admitted when the webhook does not answer or a policy cannot be evaluated: who can \
              make it slow or unreachable, or happens to deploy while it restarts, is not checked. `Fail` is the default of \
              `admissionregistration.k8s.io/v1`; `v1beta1` ignored failures where nothing was said, and Gatekeeper's own chart says \
              `Ignore`. Before `Fail` is set, exempt the namespaces that the webhook itself needs.\n\n\
              For webhooks of Gatekeeper, Kyverno, OPA, and those called `validation`, it is an error. Istio's own webhook is not \
              reported: istiod sets `Fail` itself once it is ready.",
        bad: yaml("apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata:\n  name: image-policy\nwebhooks:\n- name: images.example.com\n  failurePolicy: Ignore\n"),
        good: yaml("apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata:\n  name: image-policy\nwebhooks:\n- name: images.example.com\n  failurePolicy: Fail\n"),
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "Requests are refused while the webhook cannot be reached.",
        source: "https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#failure-policy",
        peers: &["kubescape C-0036", "kubescape C-0039"],
    }
}

const ADMISSION: &str = "admissionregistration.k8s.io";

impl Rule for WebhookFailurePolicyIgnore {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        match (&*object.group, &*object.kind) {
            (ADMISSION, "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration") => webhooks(object, cx),
            (ADMISSION, "ValidatingAdmissionPolicy" | "MutatingAdmissionPolicy") => {
                policy(object, &["spec", "failurePolicy"], Severity::Warning, cx);
            }
            ("kyverno.io", "ClusterPolicy" | "Policy") => {
                policy(object, &["spec", "failurePolicy"], Severity::Error, cx);
                policy(object, &["spec", "webhookConfiguration", "failurePolicy"], Severity::Error, cx);
            }
            ("policies.kyverno.io", _) => policy(object, &["spec", "failurePolicy"], Severity::Error, cx),
            _ => releases::maps(object).into_iter().for_each(|values| chart_values(values, cx)),
        }
    }

    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind == DocumentKind::ChartValues {
            chart_values(&document.root, cx);
        }
    }
}

fn policy(object: &Object, path: &[&str], severity: Severity, cx: &mut ManifestCx<'_>) {
    if let Some(entry) = object.root.entry_at(path) {
        judge(entry, severity, &format!("the policy `{}`", object.name().unwrap_or_default()), cx);
    }
}

/// The values of Gatekeeper's chart, by themselves or below the name of a chart that they are for.
fn chart_values(values: &Value, cx: &mut ManifestCx<'_>) {
    const KEY: &str = "validatingWebhookFailurePolicy";
    let below = values.entries().iter().map(|entry| &entry.value);
    for entry in std::iter::once(values).chain(below).filter_map(|map| map.entry(KEY)) {
        judge(entry, Severity::Error, "Gatekeeper", cx);
    }
}

fn webhooks(object: &Object, cx: &mut ManifestCx<'_>) {
    for webhook in object.root.get("webhooks").map_or(&[][..], Value::items) {
        let name = webhook.get("name").and_then(Value::as_str).unwrap_or_default();
        if is_istiods(webhook, name) {
            continue;
        }
        let severity = if [name, object.name().unwrap_or_default()].into_iter().any(decides) { Severity::Error } else { Severity::Warning };
        let who = if name.is_empty() { "the webhook".to_owned() } else { format!("the webhook `{name}`") };
        let entry = webhook.entry("failurePolicy");
        match entry.filter(|entry| !entry.value.is_null()) {
            Some(entry) => judge(entry, severity, &who, cx),
            None if &*object.version != "v1beta1" => {}
            None if object.partial => cx.withhold(),
            None => {
                let at = entry.map_or(&webhook.origin, |entry| &entry.origin);
                report(at, severity, format!("`v1beta1` ignores failures of {who}, since it has no `failurePolicy`"), cx);
            }
        }
    }
}

/// Whether a webhook by its name decides what is admitted.
fn decides(name: &str) -> bool {
    let words = ["gatekeeper", "kyverno", "validation", "validating"];
    words.iter().any(|word| name.contains(word)) || name.split(['-', '.', '_']).any(|word| word == "opa")
}

/// istiod turns `Ignore` into `Fail` in its validation webhook once it is ready (istio, `pkg/webhooks/validation/controller`).
fn is_istiods(webhook: &Value, name: &str) -> bool {
    let service = webhook.path(&["clientConfig", "service", "name"]).and_then(Value::as_str);
    name.ends_with("validation.istio.io") && service.is_none_or(|service| service.starts_with("istiod"))
}

fn judge(entry: &Entry, severity: Severity, who: &str, cx: &mut ManifestCx<'_>) {
    if entry.value.unknown().is_some() {
        return cx.withhold();
    }
    if entry.value.as_str() != Some("Ignore") {
        return;
    }
    let edit = entry.value.origin.via.is_empty().then(|| cx.replacement(&entry.value, "Fail")).flatten();
    let message = format!("`Ignore` lets everything pass when {who} cannot be asked");
    let Some(report) = cx.report_as(severity, entry.place(), message) else { return };
    let report = report.help("write `failurePolicy: Fail`, and exempt the namespaces that the webhook itself needs");
    if let Some(edit) = edit {
        report.fix("write `Fail`", Applicability::Unsafe, [edit]);
    }
}

fn report(at: &Origin, severity: Severity, message: String, cx: &mut ManifestCx<'_>) {
    if let Some(report) = cx.report_as(severity, at, message) {
        report.help("write `failurePolicy: Fail`, and exempt the namespaces that the webhook itself needs");
    }
}
