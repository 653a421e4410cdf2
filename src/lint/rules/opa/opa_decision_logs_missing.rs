use crate::lint::rules::prelude::*;
use crate::model::k8s::pod;
use crate::model::opa::services;
use crate::model::value::{Entry, Node as Value, Scalar, Value as Kinds};

declare_rule! {
    OpaDecisionLogsMissing {
        id: "opa-decision-logs-missing",
        group: "opa",
        summary: "an OPA that does not record what it decided",
        why: "Without decision logs nobody can tell afterwards who was let in, or why. They go to the console (`console: true`), to a \
              service or to a plugin; where none is named and there are services, to the first of them.\n\n\
              Not reported where `discovery` loads the rest of the configuration, and where a container of the workspace sets \
              `decision_logs` on OPA's command line.",
        bad: yaml("services:\n  policies:\n    url: https://policies.example.com\nbundles:\n  authz:\n    service: policies\n    resource: bundles/authz.tar.gz\n    signing: {keyid: release}\n"),
        good: yaml("services:\n  policies:\n    url: https://policies.example.com\nbundles:\n  authz:\n    service: policies\n    resource: bundles/authz.tar.gz\n    signing: {keyid: release}\ndecision_logs:\n  console: true\n"),
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/management-decision-logs",
    }
}

impl Rule for OpaDecisionLogsMissing {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Opa {
            return;
        }
        let root = &document.root;
        let Some(at) = lacking(root) else { return };
        if document.partial || root.get("discovery").is_some() || set_by_a_container(cx) {
            return cx.withhold();
        }
        if let Some(report) = cx.report(&at.origin, "decisions are not logged") {
            report.help("add `decision_logs` with `console: true` or a `service`, and mask what is personal");
        }
    }
}

/// Where the lack of decision logs is reported, if they go nowhere.
fn lacking(root: &Value) -> Option<&Entry> {
    let Some(logs) = root.entry("decision_logs") else { return root.entries().first() };
    let set = |key: &str| match logs.value.get(key).map(|node| &node.value) {
        None | Some(Kinds::Scalar(Scalar::Null | Scalar::Bool(false))) => false,
        Some(Kinds::Scalar(Scalar::String(text))) => !text.is_empty(),
        Some(_) => true,
    };
    let known = matches!(logs.value.value, Kinds::Map(_) | Kinds::Scalar(Scalar::Null));
    (known && !set("console") && !set("service") && !set("plugin") && services(root).is_empty()).then_some(logs)
}

/// Whether a container is given decision logs on its command line.
fn set_by_a_container(cx: &ManifestCx<'_>) -> bool {
    let pods = cx.manifests().objects.iter().filter_map(|object| pod(object));
    let mut words = pods.flat_map(|pod| pod.containers().collect::<Vec<_>>()).flat_map(|container| container.words());
    words.any(|word| word.as_str().is_some_and(|text| text.contains("decision_logs.")))
}
