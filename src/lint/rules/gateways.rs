//! What the rules about gateways share.

use super::prelude::*;
use crate::model::value::Node as Value;

/// The texts that tell what a gateway is for: the labels that it selects its pods by, its class, its name.
fn words(gateway: &Object) -> impl Iterator<Item = &str> {
    let labels = gateway.root.path(&["spec", "selector"]).map_or(&[][..], Value::entries);
    let class = gateway.root.path(&["spec", "gatewayClassName"]);
    labels.iter().map(|entry| &entry.value).chain(class).filter_map(Value::as_str).chain(gateway.name())
}

/// Whether a gateway is one between networks of a mesh, a waypoint, or one that is reached from inside alone.
pub(super) fn is_east_west(gateway: &Object) -> bool {
    words(gateway).any(|word| {
        ["eastwest", "east-west", "waypoint", "internal", "cluster-local", "local-gateway"].iter().any(|part| word.contains(part))
    })
}

/// Whether a gateway is one that the mesh's own workloads send through, on their way out or to another network.
pub(super) fn is_inner(gateway: &Object) -> bool {
    is_east_west(gateway) || words(gateway).any(|word| word.contains("egress"))
}

/// Whether cert-manager answers HTTP-01 challenges through a gateway, which takes plain HTTP.
pub(super) fn serves_challenges(gateway: &Object, cx: &ManifestCx<'_>) -> bool {
    let is_istio = &*gateway.group == "networking.istio.io";
    let serves = |issuer: &Object| {
        let solvers = issuer.root.path(&["spec", "acme", "solvers"]).map_or(&[][..], Value::items);
        solvers.iter().filter_map(|solver| solver.get("http01")).any(|http| {
            if is_istio {
                let class = |key: &str| http.path(&["ingress", key]).and_then(Value::as_str);
                return class("class").or_else(|| class("ingressClassName")).is_some_and(|class| class.contains("istio"));
            }
            let parents = http.path(&["gatewayHTTPRoute", "parentRefs"]).map_or(&[][..], Value::items);
            parents.iter().any(|parent| parent.get("name").and_then(Value::as_str) == gateway.name())
        })
    };
    cx.manifests().applied().any(|unit| {
        ["Issuer", "ClusterIssuer"].iter().any(|kind| unit.cluster().of_kind("cert-manager.io", kind).iter().any(|issuer| serves(issuer)))
    })
}
