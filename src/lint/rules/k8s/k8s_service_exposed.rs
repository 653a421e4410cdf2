use crate::lint::rules::netpol::other_spaces;
use crate::lint::rules::prelude::*;
use crate::model::k8s::{Labels, Space};
use crate::model::network::Direction;
use crate::model::tri::Tri;
use crate::model::value::{Node as Value, Scalar, Value as Data};

declare_rule! {
    K8sServiceExposed {
        id: "k8s-service-exposed",
        group: "k8s",
        summary: "a Service that the outside reaches, in front of pods that no policy restricts",
        why: "A Service of type NodePort or LoadBalancer opens its pods to every network that reaches the nodes or the load balancer. Without a \
              network policy for these pods, or `loadBalancerSourceRanges`, nothing says from where.\n\n\
              Only in namespaces that the files describe. Not reported: gateways and ingress controllers, whose task it is; load \
              balancers that annotations make internal; system namespaces.",
        bad: yaml("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  type: LoadBalancer\n  selector:\n    app: web\n  ports:\n  - port: 443\n"),
        good: yaml("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  type: LoadBalancer\n  loadBalancerSourceRanges: [192.0.2.0/24]\n  selector:\n    app: web\n  ports:\n  - port: 443\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types",
        peers: &["kube-linter exposed-services", "kubescape C-0256"],
    }
}

impl Rule for K8sServiceExposed {
    fn names_deciders(&self) -> bool {
        true
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !object.is("", "Service") {
            return;
        }
        let Some(kind) = object.root.entry_at(&["spec", "type"]) else { return };
        let Some(name @ ("NodePort" | "LoadBalancer")) = kind.value.as_str() else {
            if kind.value.unknown().is_some() {
                cx.withhold();
            }
            return;
        };
        let ranges = object.root.path(&["spec", "loadBalancerSourceRanges"]);
        if ranges.is_some_and(|node| !node.is_null() && !matches!(&node.value, Data::List(items) if items.is_empty())) {
            return;
        }
        let Some(selector) = object.root.path(&["spec", "selector"]).filter(|node| !node.entries().is_empty()) else { return };
        let Some(unit) = cx.unit() else { return };
        let cluster = unit.cluster();
        let Some(space) = cluster.space_of(object).filter(|space| space.is_described()) else { return };
        if cx.is_system_namespace(&space.name, object.kind_at()) || is_entrance(object, selector) || is_internal(object) {
            return;
        }
        let mut isolated = isolation(unit, space, selector);
        if isolated.is_no() {
            // another unit may bring the policies
            let labels = Labels::new(Some(selector), true);
            let there =
                other_spaces(cx, unit, &space.name).map(|(other, there)| other.network().pod(there, &labels, Direction::Ingress).answer);
            isolated = Tri::any(there).and(Tri::Unknown);
        }
        if isolated.is_yes() {
            return;
        }
        if isolated.is_unknown() || !unit.is_complete() || object.partial {
            cx.withhold();
            return;
        }
        let message = format!("`{name}` opens pods to the outside that no network policy restricts");
        if let Some(report) = cx.report(&kind.origin, message) {
            let mut report = report.help("add a network policy for these pods, or use `ClusterIP` behind a gateway");
            for object in space.deciders() {
                report = report.decided_by(object.kind_at());
            }
        }
    }
}

/// Whether policies isolate all pods that a Service selects, or what it would select where no pod is shown.
fn isolation(unit: &Unit, space: &Space, selector: &Value) -> Tri {
    let mut some = false;
    let mut answer = Tri::Yes;
    for pod in space.pods() {
        let labels = pod.labels();
        let selected = labels.has_all(Some(selector));
        if selected.is_no() {
            continue;
        }
        some = true;
        // one that is perhaps selected counts where it is not isolated
        let isolated = unit.network().pod(space, &labels, Direction::Ingress).answer;
        answer = answer.and(if selected.is_yes() { isolated } else { isolated.or(Tri::Unknown) });
    }
    if some { answer } else { unit.network().pod(space, &Labels::new(Some(selector), true), Direction::Ingress).answer }
}

/// Whether a Service is that of a gateway or an ingress controller, by its name and the labels that it selects.
fn is_entrance(object: &Object, selector: &Value) -> bool {
    let words = ["gateway", "ingress", "traefik", "haproxy", "contour", "envoy", "kong", "load-balancer", "loadbalancer"];
    let labels = selector.entries().iter().filter_map(|entry| entry.value.as_str());
    labels.chain(object.name()).any(|text| words.iter().any(|word| text.contains(word)))
        || selector.entries().iter().any(|entry| entry.key.starts_with("gateway.networking.k8s.io/"))
}

/// Whether annotations make a load balancer one that networks of one's own reach alone.
fn is_internal(object: &Object) -> bool {
    let annotations = object.root.path(&["metadata", "annotations"]).map_or(&[][..], Value::entries);
    annotations.iter().any(|entry| {
        let says = |word: &str| entry.value.as_str().is_some_and(|text| text.eq_ignore_ascii_case(word));
        let is_true = says("true") || matches!(entry.value.value, Data::Scalar(Scalar::Bool(true)));
        match entry.key.rsplit('/').next().unwrap_or_default() {
            "aws-load-balancer-scheme" => says("internal"),
            "aws-load-balancer-internal" => is_true || says("0.0.0.0/0"),
            "azure-load-balancer-internal" | "openstack-internal-load-balancer" => is_true,
            "load-balancer-type" => says("internal"),
            _ => false,
        }
    })
}
