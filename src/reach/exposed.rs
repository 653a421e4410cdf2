//! Entry points: what leads to workloads from outside of the cluster.

use std::collections::BTreeMap;

use super::compute::{Builder, name_of};
use crate::model::k8s::{Namespace, Object, Pod, Space};
use crate::model::units::Unit;
use crate::model::value::{Node, Origin, texts};

/// A Service that something outside leads to, by namespace and name.
type Target = (String, String);

/// How it leads there.
struct Point<'u> {
    object: &'u Object,
    at: &'u Origin,
    /// Through the pods of a controller or a gateway, not straight.
    through_pods: bool,
}

/// Finds entry points and the workloads behind them.
pub(super) fn exposures(builder: &mut Builder<'_>, unit: &Unit, workloads: &[(&Space, &Object, Pod<'_>)]) {
    let mut points: BTreeMap<Target, Vec<Point<'_>>> = BTreeMap::new();
    for object in &unit.objects {
        let namespace = match object.namespace() {
            Namespace::Named(name) => name,
            Namespace::Cluster | Namespace::Unknown => continue,
        };
        let mut add = |name: &str, namespace: &str, at, through_pods| {
            points.entry((namespace.to_owned(), name.to_owned())).or_default().push(Point { object, at, through_pods });
        };
        match (&*object.group, &*object.kind) {
            ("", "Service") => {
                let kind = object.root.path(&["spec", "type"]);
                if let Some(kind) = kind.filter(|kind| matches!(kind.as_str(), Some("LoadBalancer" | "NodePort"))) {
                    add(name_of(object), namespace, &kind.origin, false);
                }
            }
            ("networking.k8s.io" | "extensions", "Ingress") => {
                for (service, at) in backends(object) {
                    add(service, namespace, at, true);
                }
            }
            ("gateway.networking.k8s.io", "HTTPRoute" | "GRPCRoute" | "TLSRoute" | "TCPRoute") => {
                for rule in object.root.path(&["spec", "rules"]).map_or(&[][..], Node::items) {
                    for backend in rule.get("backendRefs").map_or(&[][..], Node::items) {
                        let kind = backend.get("kind").and_then(Node::as_str).unwrap_or("Service");
                        if let Some(name) = backend.get("name").and_then(Node::as_str).filter(|_| kind == "Service") {
                            let space = backend.get("namespace").and_then(Node::as_str).unwrap_or(namespace);
                            add(name, space, &backend.origin, true);
                        }
                    }
                }
            }
            ("networking.istio.io", "VirtualService") => {
                if !texts(object.root.path(&["spec", "gateways"])).any(|name| name != "mesh") {
                    continue;
                }
                for key in ["http", "tls", "tcp"] {
                    for route in object.root.path(&["spec", key]).map_or(&[][..], Node::items) {
                        for item in route.get("route").map_or(&[][..], Node::items) {
                            let Some(host) = item.path(&["destination", "host"]).and_then(Node::as_str) else { continue };
                            let mut parts = host.split('.');
                            let name = parts.next().unwrap_or(host);
                            add(name, parts.next().unwrap_or(namespace), &item.origin, true);
                        }
                    }
                }
            }
            _ => {}
        }
    }
    for ((namespace, name), points) in &points {
        let Some(space) = unit.cluster().namespace(namespace) else { continue };
        let selector = |object: &Object| object.root.path(&["spec", "selector"]).is_some_and(|node| !node.entries().is_empty());
        let Some(service) = space.services.iter().find(|service| service.name() == Some(name) && selector(service)) else { continue };
        for (at, (own, _, pod)) in workloads.iter().enumerate() {
            if own.name != space.name || !pod.labels().has_all(service.root.path(&["spec", "selector"])).is_yes() {
                continue;
            }
            let to = u32::try_from(at).unwrap_or(u32::MAX);
            for point in points {
                let id = format!("{namespace}/{}/{}", point.object.kind, name_of(point.object));
                builder.expose(id, point.object, point.at, to, point.through_pods);
            }
        }
    }
}

/// The Services behind an Ingress, in either form of its API.
fn backends(object: &Object) -> Vec<(&str, &Origin)> {
    let mut out = Vec::new();
    let Some(spec) = object.root.get("spec") else { return out };
    let mut found: Vec<&Node> = spec.get("defaultBackend").or_else(|| spec.get("backend")).into_iter().collect();
    for rule in spec.get("rules").map_or(&[][..], Node::items) {
        for path in rule.path(&["http", "paths"]).map_or(&[][..], Node::items) {
            found.extend(path.get("backend"));
        }
    }
    for backend in found {
        if let Some(node) = backend.path(&["service", "name"]).or_else(|| backend.get("serviceName"))
            && let Some(name) = node.as_str()
        {
            out.push((name, &node.origin));
        }
    }
    out
}
