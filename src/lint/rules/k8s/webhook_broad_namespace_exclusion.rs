use crate::lint::rules::platform::is_platform;
use crate::lint::rules::prelude::*;
use crate::model::value::Node as Value;

declare_rule! {
    WebhookBroadNamespaceExclusion {
        id: "webhook-broad-namespace-exclusion",
        group: "k8s",
        summary: "a namespace of applications that an admission policy does not see",
        why: "What runs in a namespace that a webhook leaves out is not checked, and whoever may label a namespace can leave it out as well \
              (`admission.gatekeeper.sh/ignore`). Namespaces of the platform have to be left out, or the cluster could not heal; those of \
              applications have not.\n\n\
              The namespace that the webhook itself runs in is not reported, nor are those that by their names belong to the platform.",
        bad: yaml("apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata:\n  name: images\nwebhooks:\n- name: images.example.com\n  namespaceSelector:\n    matchExpressions:\n    - key: kubernetes.io/metadata.name\n      operator: NotIn\n      values: [kube-system, payments]\n"),
        good: yaml("apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata:\n  name: images\nwebhooks:\n- name: images.example.com\n  namespaceSelector:\n    matchExpressions:\n    - key: kubernetes.io/metadata.name\n      operator: NotIn\n      values: [kube-system]\n"),
        recommended: true,
        source: "https://kubernetes.io/docs/concepts/cluster-administration/admission-webhooks-good-practices/",
    }
}

impl Rule for WebhookBroadNamespaceExclusion {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        match (&*object.group, &*object.kind) {
            ("", "Namespace") => namespace(object, cx),
            ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration") => {
                for webhook in object.root.get("webhooks").map_or(&[][..], Value::items) {
                    let own = webhook.path(&["clientConfig", "service", "namespace"]).and_then(Value::as_str);
                    selector(webhook.get("namespaceSelector"), own, cx);
                }
            }
            ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy" | "MutatingAdmissionPolicy") => {
                selector(object.root.path(&["spec", "matchConstraints", "namespaceSelector"]), None, cx);
            }
            ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding" | "MutatingAdmissionPolicyBinding") => {
                selector(object.root.path(&["spec", "matchResources", "namespaceSelector"]), None, cx);
            }
            _ => {}
        }
    }
}

fn namespace(object: &Object, cx: &mut ManifestCx<'_>) {
    let Some(entry) = object.labels().and_then(|labels| labels.entry("admission.gatekeeper.sh/ignore")) else { return };
    let Some(name) = object.name() else { return };
    if is_platform(name, &entry.origin, cx) {
        return;
    }
    if let Some(report) = cx.report(&entry.origin, format!("Gatekeeper does not look at the namespace `{name}`")) {
        report.help("leave the label out, and exempt what has to be in the constraint");
    }
}

/// The namespaces that a selector leaves out by name.
fn selector(selector: Option<&Value>, own: Option<&str>, cx: &mut ManifestCx<'_>) {
    let Some(expressions) = selector.and_then(|selector| selector.get("matchExpressions")) else { return };
    for expression in expressions.items() {
        let key = expression.get("key").and_then(Value::as_str);
        if key != Some("kubernetes.io/metadata.name") || expression.get("operator").and_then(Value::as_str) != Some("NotIn") {
            continue;
        }
        for value in expression.get("values").map_or(&[][..], Value::items) {
            if value.unknown().is_some() || value.has_variable() {
                cx.withhold();
                continue;
            }
            let Some(name) = value.as_str() else { continue };
            if own == Some(name) || is_platform(name, &value.origin, cx) {
                continue;
            }
            if let Some(report) = cx.report(&value.origin, format!("what runs in the namespace `{name}` is not checked")) {
                report.help("leave out namespaces of the platform alone");
            }
        }
    }
}
