use crate::lint::rules::prelude::*;
use crate::model::k8s::Space;
use crate::model::mesh::{PolicyScope, Target, scope_of, target};
use crate::model::tri::Tri;
use crate::model::value::{Entry, Node as ValueNode, Scalar, Value};

declare_rule! {
    IstioPeerauthIneffective {
        id: "istio-peerauth-ineffective",
        group: "istio",
        summary: "a PeerAuthentication that Istio ignores or refuses",
        why: "In the root namespace a PeerAuthentication with a selector is ignored for every workload, also for those of that namespace; \
              `portLevelMtls` without a selector, and an empty one, are refused. The mode that such a policy names is not in force, \
              and nothing says so. The ports of `portLevelMtls` are those that the workload listens on, not those of its Service: one \
              that no container has changes nothing.\n\n\
              AuthorizationPolicies and RequestAuthentications with a selector do work in the root namespace.",
        bad: yaml("apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: payment\n  namespace: istio-system\nspec:\n  selector:\n    matchLabels:\n      app: payment\n  mtls:\n    mode: STRICT\n"),
        good: yaml("apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: payment\n  namespace: shop\nspec:\n  selector:\n    matchLabels:\n      app: payment\n  mtls:\n    mode: STRICT\n"),
        recommended: true,
        source: "https://istio.io/latest/docs/reference/config/security/peer_authentication/",
        peers: &["istioctl analyze IST0106 (port levels)"],
    }
}

impl Rule for IstioPeerauthIneffective {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !object.is("security.istio.io", "PeerAuthentication") {
            return;
        }
        let Some(spec) = object.spec().map(|entry| &entry.value) else { return };
        let root = cx.mesh_root(object.kind_at());
        let reach = target(object);
        if let (Target::Labels(_), Some(selector)) = (&reach, spec.entry("selector"))
            && scope_of(object, root) == PolicyScope::Workloads(root)
        {
            let message = format!("a PeerAuthentication with a selector in the root namespace `{root}` is ignored");
            if let Some(report) = cx.report_line(&selector.origin, message) {
                report.help("move it to the namespace of its workloads");
            }
        }
        let Some(ports) = spec.entry("portLevelMtls") else { return };
        let Value::Map(levels) = &ports.value.value else { return };
        match reach {
            _ if levels.is_empty() => {
                if let Some(report) = cx.report_line(&ports.origin, "`portLevelMtls` is empty: Istio refuses the policy") {
                    report.help("remove it, or name a port");
                }
            }
            Target::Everything => {
                let message = "`portLevelMtls` without a selector: Istio refuses the policy";
                if let Some(report) = cx.report_line(&ports.origin, message) {
                    report.help("select the workloads whose ports are meant");
                }
            }
            Target::Labels(labels) => levels.iter().for_each(|port| unknown_port(object, port, labels, cx)),
            Target::Refs(_) | Target::Unknown => {}
        }
    }
}

/// Reports a port that none of the selected workloads has, if the files tell their ports.
fn unknown_port(object: &Object, port: &Entry, selector: &ValueNode, cx: &mut ManifestCx<'_>) {
    let (Some(unit), Ok(1..)) = (cx.unit(), port.key.parse::<u16>()) else { return };
    let Some(space) = unit.cluster().space_of(object) else { return };
    if has_port(space, &port.key, selector).is_no() && unit.is_complete() && !object.partial {
        let message = format!("none of the selected workloads listens on port {}", port.key);
        if let Some(report) = cx.report_line(&port.origin, message) {
            report.help("name the port of the container, not that of the Service");
        }
    }
}

/// Whether one of the selected workloads has a port of this number; unknown where one does not list its ports.
fn has_port(space: &Space, port: &str, selector: &ValueNode) -> Tri {
    let mut some = false;
    let mut answer = Tri::No;
    for pod in space.pods() {
        let labels = pod.labels();
        match labels.has_all(Some(selector)) {
            Tri::No => continue,
            Tri::Unknown => return Tri::Unknown,
            Tri::Yes => some = true,
        }
        let ports: Vec<&ValueNode> = pod.containers().flat_map(|container| container.ports()).collect();
        if ports.is_empty() || pod.object.partial {
            return Tri::Unknown;
        }
        answer = answer.or(Tri::any(ports.into_iter().map(|item| is_number(item.get("containerPort"), port))));
        for (service, _) in space.services_of(&labels) {
            let items = service.root.path(&["spec", "ports"]).map_or(&[][..], ValueNode::items);
            answer = answer.or(Tri::any(items.iter().map(|item| is_number(item.get("targetPort").or_else(|| item.get("port")), port))));
        }
        if !answer.is_no() {
            return answer;
        }
    }
    if some { answer } else { Tri::Unknown }
}

fn is_number(node: Option<&ValueNode>, port: &str) -> Tri {
    match node.map(|node| &node.value) {
        Some(Value::Scalar(Scalar::Number(text) | Scalar::String(text))) => Tri::from(&**text == port),
        Some(Value::Scalar(Scalar::Unknown(_))) => Tri::Unknown,
        _ => Tri::No,
    }
}
