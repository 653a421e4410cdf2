use crate::lint::rules::authz_view::policy;
use crate::lint::rules::prelude::*;
use crate::model::effective::injection;
use crate::model::k8s::{Pod, Space, pod};
use crate::model::mesh::{Target, namespace_of, target};
use crate::model::tri::Tri;
use crate::model::value::{Entry, Node as ValueNode, Scalar, Value};

declare_rule! {
    IstioSidecarBypass {
        id: "istio-sidecar-bypass",
        group: "istio",
        summary: "traffic of a workload that goes around the mesh's proxy",
        why: "Mutual TLS and AuthorizationPolicies are enforced by the proxy. Where a pod has none, or some of its ports and addresses are kept \
              from it, the policies that are written for it are not asked: the traffic is plaintext, and anyone who reaches the port is \
              let in.\n\n\
              Reported are `sidecar.istio.io/inject: \"false\"`, `istio.io/dataplane-mode: none` and the annotations \
              `traffic.sidecar.istio.io/…` of pod templates that exclude ports or addresses, or include only some; \
              `ambient.istio.io/redirection: disabled`; `hostNetwork: true` in a namespace of the mesh, where nothing is injected; and \
              `istio-injection: disabled` on a namespace whose workloads AuthorizationPolicies are written for.\n\n\
              Not reported: labels and annotations of a Deployment, which have no effect; DaemonSets, Jobs and CronJobs, which often \
              cannot have a proxy; a sidecar that is switched off where ambient mode takes its place; istiod, and what Istio makes of a \
              Gateway; namespaces of the platform.",
        bad: yaml("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: orders\n  namespace: shop\nspec:\n  selector:\n    matchLabels:\n      app: orders\n  template:\n    metadata:\n      labels:\n        app: orders\n        sidecar.istio.io/inject: \"false\"\n    spec:\n      containers:\n      - name: orders\n        image: orders:1.4.0\n"),
        good: yaml("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: orders\n  namespace: shop\nspec:\n  selector:\n    matchLabels:\n      app: orders\n  template:\n    metadata:\n      labels:\n        app: orders\n        sidecar.istio.io/inject: \"true\"\n    spec:\n      containers:\n      - name: orders\n        image: orders:1.4.0\n"),
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "Switches injection on where it was off: the pods get a proxy, and policies apply to them. Other ways around the proxy are left to you.",
        source: "https://istio.io/latest/docs/reference/config/annotations/",
        peers: &["istioctl analyze IST0102, IST0103, IST0107 (in part)"],
    }
}

const INJECT: &str = "sidecar.istio.io/inject";
const MODE: &str = "istio.io/dataplane-mode";

impl Rule for IstioSidecarBypass {
    fn names_deciders(&self) -> bool {
        true
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if object.is("", "Namespace") {
            namespace(object, cx);
            return;
        }
        if matches!(&*object.kind, "DaemonSet" | "Job" | "CronJob") {
            return;
        }
        let Some(pod) = pod(object).filter(|pod| !is_istios(pod)) else { return };
        let space = cx.unit().and_then(|unit| unit.cluster().space_of(object));
        if let Some(space) = space
            && cx.is_system_namespace(&space.name, object.kind_at())
        {
            return;
        }
        let unknown = Space::default();
        // by ambient mode in the place of a sidecar, or the other way round; or the pod is a proxy itself
        if !injection(&pod, space.unwrap_or(&unknown)).joined.is_yes() {
            excluded(&pod, cx);
        }
        for entry in annotations(&pod) {
            if let Some(what) = redirected(entry) {
                let key = &entry.key;
                let value = shown(&entry.value);
                if let Some(report) = cx.report_line(&entry.origin, format!("`{key}: {value}` {what}")) {
                    report.help("remove it, so that all traffic goes through the proxy");
                }
            }
        }
        if let Some(space) = space {
            host_network(&pod, space, cx);
        }
    }
}

/// Pods of Istio itself: its control plane, and what its controller made of a Gateway or waypoint, which is a proxy.
fn is_istios(pod: &Pod<'_>) -> bool {
    let labelled = |key: &str, wanted: &str| pod.label(key).is_some_and(|entry| is(entry, wanted));
    pod.label("gateway.istio.io/managed").is_some() || labelled("app", "istiod") || labelled("istio", "pilot")
}

fn annotations<'o>(pod: &Pod<'o>) -> &'o [Entry] {
    pod.template.path(&["metadata", "annotations"]).map_or(&[], ValueNode::entries)
}

/// The labels, and the older annotations, that take a pod out of the mesh.
fn excluded(pod: &Pod<'_>, cx: &mut ManifestCx<'_>) {
    // the label wins over the older annotation
    if let Some(entry) = pod.label(INJECT).or_else(|| pod.annotation(INJECT)) {
        if entry.value.unknown().is_some() {
            cx.withhold();
        } else if is(entry, "false") {
            let edit = match entry.value.value {
                Value::Scalar(Scalar::Bool(_)) => Some((entry.value.origin.at, "\"true\"".to_owned())),
                _ => cx.replacement(&entry.value, "true"),
            };
            if let Some(report) = cx.report_line(&entry.origin, "the pods get no sidecar: the mesh's policies do not hold for them") {
                let report = report.help("remove it, or set it to \"true\"");
                if let Some(edit) = edit {
                    report.fix("inject the sidecar", Applicability::Unsafe, [edit]);
                }
            }
        }
    }
    if let Some(entry) = pod.label(MODE).filter(|entry| is(entry, "none")) {
        let message = "the pods are kept out of ambient mode: the mesh's policies do not hold for them";
        if let Some(report) = cx.report_line(&entry.origin, message) {
            report.help("remove the label");
        }
    }
}

fn is(entry: &Entry, wanted: &str) -> bool {
    match &entry.value.value {
        Value::Scalar(Scalar::String(text)) => &**text == wanted,
        Value::Scalar(Scalar::Bool(value)) => (if *value { "true" } else { "false" }) == wanted,
        _ => false,
    }
}

fn shown(node: &ValueNode) -> String {
    match &node.value {
        Value::Scalar(Scalar::String(text) | Scalar::Number(text)) if !text.is_empty() => text.to_string(),
        _ => "\"\"".to_owned(),
    }
}

/// What an annotation of a pod keeps from the proxy
/// (<https://istio.io/latest/docs/reference/config/annotations/#SidecarTrafficIncludeInboundPorts>).
fn redirected(entry: &Entry) -> Option<&'static str> {
    let text = match &entry.value.value {
        Value::Scalar(Scalar::String(text) | Scalar::Number(text)) => text.trim(),
        _ => return None,
    };
    match entry.key.strip_prefix("traffic.sidecar.istio.io/") {
        Some("excludeInboundPorts") if !text.is_empty() => Some("keeps incoming traffic of these ports from the proxy"),
        Some("excludeOutboundPorts") if !text.is_empty() => Some("keeps outgoing traffic to these ports from the proxy"),
        Some("excludeOutboundIPRanges") if !text.is_empty() => Some("keeps outgoing traffic to these addresses from the proxy"),
        Some("includeInboundPorts") if text.is_empty() => Some("keeps all incoming traffic from the proxy"),
        Some("includeInboundPorts") if text != "*" => Some("keeps incoming traffic of all other ports from the proxy"),
        Some("includeOutboundIPRanges") if text.is_empty() => Some("keeps all outgoing traffic from the proxy"),
        Some("includeOutboundIPRanges") if text != "*" => Some("keeps outgoing traffic to all other addresses from the proxy"),
        None if &*entry.key == "ambient.istio.io/redirection" && text == "disabled" => Some("keeps the pods out of ambient mode"),
        _ => None,
    }
}

fn host_network(pod: &Pod<'_>, space: &Space, cx: &mut ManifestCx<'_>) {
    if !pod.host_network().is_yes() || pod.label(INJECT).or_else(|| pod.annotation(INJECT)).is_some_and(|entry| is(entry, "false")) {
        return;
    }
    let asked = |key: &str, wanted: &[&str]| {
        let mut entries = space.declared.iter().filter_map(|object| object.labels()?.entry(key));
        entries.any(|entry| wanted.iter().any(|wanted| is(entry, wanted)))
    };
    let by_revision = space.declared.iter().any(|object| {
        let revision = object.labels().and_then(|labels| labels.get("istio.io/rev")).and_then(ValueNode::as_str);
        revision.is_some_and(|revision| !revision.is_empty())
    });
    let in_mesh = asked("istio-injection", &["enabled"])
        || (by_revision && !asked("istio-injection", &["disabled"]))
        || asked(MODE, &["ambient"])
        || pod.label(INJECT).is_some_and(|entry| is(entry, "true"));
    if let Some(entry) = pod.spec.value.entry("hostNetwork").filter(|_| in_mesh) {
        let message = "pods of the node's network get no proxy: the mesh's policies do not hold for them";
        if let Some(report) = cx.report_line(&entry.origin, message) {
            report.help("remove `hostNetwork`, or run the workload outside of the mesh's namespaces");
        }
    }
}

/// A namespace that is kept out of the mesh while policies are written for its workloads.
fn namespace(object: &Object, cx: &mut ManifestCx<'_>) {
    let Some(labels) = object.labels() else { return };
    let disabled = labels.entry("istio-injection").filter(|entry| is(entry, "disabled"));
    let none = labels.entry(MODE).filter(|entry| is(entry, "none"));
    let is_ambient = labels.entry(MODE).is_some_and(|entry| is(entry, "ambient"));
    let Some(entry) = disabled.or(none).filter(|_| !is_ambient) else { return };
    let (Some(unit), Some(name)) = (cx.unit(), object.name()) else { return };
    let Some(space) = unit.cluster().namespace(name).filter(|space| !space.workloads.is_empty()) else { return };
    if cx.is_system_namespace(name, object.kind_at()) {
        return;
    }
    let root = cx.mesh_root(object.kind_at());
    let effective = unit.effective(root);
    let written = unit.mesh().authorization_policies.iter().find(|candidate| {
        if policy(candidate).is_none_or(|policy| policy.is_dry_run()) {
            return false;
        }
        match target(candidate) {
            Target::Everything => namespace_of(candidate) == Some(name) && name != root,
            Target::Labels(_) if namespace_of(candidate).is_none_or(|own| own != name && own != root) => false,
            Target::Labels(_) => {
                let selected = effective.selected(candidate);
                selected.iter().any(|(at, selected)| *selected == Tri::Yes && *effective.workloads()[*at].namespace == *space.name)
            }
            Target::Refs(_) | Target::Unknown => false,
        }
    });
    let Some(written) = written else { return };
    let which = written.name().unwrap_or("an AuthorizationPolicy");
    let message = format!("the namespace `{name}` gets no proxies, so that `{which}` is not enforced there");
    if let Some(report) = cx.report_line(&entry.origin, message) {
        report.help("set `istio-injection: enabled`").label(written.kind_at(), "the policy").decided_by(written.kind_at());
    }
}
