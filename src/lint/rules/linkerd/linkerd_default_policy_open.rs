use crate::lint::rules::prelude::*;
use crate::model::effective::{Plane, injection};
use crate::model::k8s::{Space, pod};
use crate::model::tri::Tri;
use crate::model::value::{Entry, Node as ValueNode, Scalar, Value};

declare_rule! {
    LinkerdDefaultPolicyOpen {
        id: "linkerd-default-policy-open",
        group: "linkerd",
        summary: "a workload of Linkerd's mesh that takes requests from anyone",
        why: "With the default inbound policy `all-unauthenticated` the proxy lets every caller in that no Server and AuthorizationPolicy \
              speaks of, with or without an identity. Ports in `skip-inbound-ports` are not seen by the proxy at all: no mutual TLS, no \
              policy.\n\n\
              Judged on Namespaces and pod templates that are in the mesh (`linkerd.io/inject`). Not reported: the namespaces of \
              Linkerd's own control plane and extensions; annotations of a Deployment, which have no effect; `all-authenticated`, \
              `cluster-authenticated`, `cluster-unauthenticated` and `deny`.",
        bad: yaml("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  annotations:\n    linkerd.io/inject: enabled\n    config.linkerd.io/default-inbound-policy: all-unauthenticated\n"),
        good: yaml("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  annotations:\n    linkerd.io/inject: enabled\n    config.linkerd.io/default-inbound-policy: deny\n"),
        recommended: true,
        source: "https://linkerd.io/2/reference/authorization-policy/#default-policies",
    }
}

const POLICY: &str = "config.linkerd.io/default-inbound-policy";
const SKIPPED: &str = "config.linkerd.io/skip-inbound-ports";

impl Rule for LinkerdDefaultPolicyOpen {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let pod = pod(object);
        let is_namespace = object.is("", "Namespace");
        let annotations = match &pod {
            Some(pod) => pod.template.path(&["metadata", "annotations"]),
            None if is_namespace => object.root.path(&["metadata", "annotations"]),
            None => return,
        };
        let Some(annotations) = annotations else { return };
        let found: Vec<&Entry> = [POLICY, SKIPPED].iter().filter_map(|key| annotations.entry(key)).collect();
        if found.is_empty() {
            return;
        }
        let Some(unit) = cx.unit() else { return };
        let space = match object.name().filter(|_| is_namespace) {
            Some(name) => unit.cluster().namespace(name),
            None => unit.cluster().space_of(object),
        };
        if let Some(space) = space
            && (is_control_plane(space) || cx.is_system_namespace(&space.name, object.kind_at()))
        {
            return;
        }
        let unknown = Space::default();
        let space = space.unwrap_or(&unknown);
        let in_linkerd = |pod| {
            let found = injection(&pod, space);
            if found.plane == Some(Plane::Linkerd) { found.joined } else { Tri::No }
        };
        let joined = match pod {
            // it is in the mesh if a namespace that is not in sight is
            Some(pod) if in_linkerd(pod).is_no() && space.declared.is_empty() && pod.annotation("linkerd.io/inject").is_none() => {
                Tri::Unknown
            }
            Some(pod) => in_linkerd(pod),
            None => match annotations.get("linkerd.io/inject").map(|value| (value.as_str(), value.unknown())) {
                Some((Some("enabled" | "ingress"), _)) => Tri::Yes,
                Some((_, Some(_))) => Tri::Unknown,
                _ => Tri::any(space.pods().map(in_linkerd)),
            },
        };
        if joined.is_no() {
            return;
        }
        for entry in found {
            judge(entry, joined, cx);
        }
    }
}

fn judge(entry: &Entry, joined: Tri, cx: &mut ManifestCx<'_>) {
    let text = match &entry.value.value {
        Value::Scalar(Scalar::String(text) | Scalar::Number(text)) => text.trim(),
        _ => {
            if entry.value.unknown().is_some() {
                cx.withhold();
            }
            return;
        }
    };
    let (message, help) = match &*entry.key {
        POLICY if text == "all-unauthenticated" => (
            "`all-unauthenticated` lets every caller in, with or without an identity".to_owned(),
            "use `all-authenticated`, or `deny` and allow what is needed",
        ),
        SKIPPED if !text.is_empty() => (
            format!("port {text} goes around the proxy: without mutual TLS and without policy"),
            "remove it; `config.linkerd.io/opaque-ports` is for protocols that Linkerd cannot read",
        ),
        _ => return,
    };
    if joined.is_unknown() {
        cx.withhold();
    } else if let Some(report) = cx.report_line(&entry.origin, message) {
        report.help(help);
    }
}

/// Whether a namespace is Linkerd's own: by its usual name, or by the labels that its charts set.
fn is_control_plane(space: &Space) -> bool {
    let named =
        matches!(&*space.name, "linkerd" | "linkerd-cni" | "linkerd-viz" | "linkerd-jaeger" | "linkerd-multicluster" | "linkerd-smi");
    let labelled = |key: &str| {
        space.declared.iter().any(|object| object.labels().and_then(|labels| labels.get(key)).and_then(ValueNode::as_str).is_some())
    };
    named || labelled("linkerd.io/is-control-plane") || labelled("linkerd.io/extension")
}
