use crate::lint::rules::prelude::*;
use crate::model::k8s::{Labels, Namespace};
use crate::model::mesh::{Target, namespace_of, target};
use crate::model::tri::Tri;
use crate::model::value::{Entry, Node as Value};

declare_rule! {
    IstioJwtClaimRouteNoRa {
        id: "istio-jwt-claim-route-no-ra",
        group: "istio",
        summary: "a route by claims of a token that nothing verifies",
        why: "`@request.auth.claims` is what a RequestAuthentication found in a valid token. Without one for the gateway's workload there are no \
              claims: the match never holds, or, with `withoutHeaders`, always.\n\n\
              Reported where the Gateway is among the files and no RequestAuthentication can be about its pods: in the root namespace or \
              that of the pods, without selector or with one that fits.",
        bad: yaml("apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata:\n  name: public\n  namespace: shop\nspec:\n  selector:\n    istio: ingressgateway\n  servers: []\n---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata:\n  name: admin\n  namespace: shop\nspec:\n  hosts: [shop.example.com]\n  gateways: [public]\n  http:\n  - match:\n    - headers:\n        \"@request.auth.claims.groups\":\n          exact: admin\n    route:\n    - destination:\n        host: admin\n"),
        good: yaml("apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata:\n  name: public\n  namespace: shop\nspec:\n  selector:\n    istio: ingressgateway\n  servers: []\n---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata:\n  name: admin\n  namespace: shop\nspec:\n  hosts: [shop.example.com]\n  gateways: [public]\n  http:\n  - match:\n    - headers:\n        \"@request.auth.claims.groups\":\n          exact: admin\n    route:\n    - destination:\n        host: admin\n---\napiVersion: security.istio.io/v1\nkind: RequestAuthentication\nmetadata:\n  name: users\n  namespace: istio-system\nspec:\n  selector:\n    matchLabels:\n      istio: ingressgateway\n  jwtRules:\n  - issuer: https://login.example.com\n    audiences: [shop]\n"),
        recommended: true,
        source: "https://istio.io/latest/docs/reference/config/analysis/ist0149/",
        peers: &["istioctl analyze IST0149"],
    }
}

impl Rule for IstioJwtClaimRouteNoRa {
    fn names_deciders(&self) -> bool {
        true
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !object.is("networking.istio.io", "VirtualService") {
            return;
        }
        let routes = object.root.path(&["spec", "http"]).map_or(&[][..], Value::items).iter();
        let matches = routes.flat_map(|route| route.get("match").map_or(&[][..], Value::items));
        let headers = matches.flat_map(|item| ["headers", "withoutHeaders"].into_iter().filter_map(|key| item.get(key)));
        let mut claims = headers.flat_map(Value::entries).filter(|entry| entry.key.starts_with("@request.auth.claims")).peekable();
        if claims.peek().is_none() {
            return;
        }
        let Some(gateway) = unverified(object, cx) else { return };
        let (name, root) = (gateway.name().unwrap_or("?"), cx.mesh_root(object.kind_at()));
        for entry in claims.collect::<Vec<&Entry>>() {
            let message = format!("no RequestAuthentication verifies tokens at the gateway `{name}`: there are no claims to route by");
            if let Some(report) = cx.report_line(&entry.origin, message) {
                report
                    .label(gateway.kind_at(), "the gateway")
                    .decided_by(gateway.kind_at())
                    .help(format!("add a RequestAuthentication for the gateway's pods, or for `{root}` as a whole"));
            }
        }
    }
}

/// The first of a VirtualService's gateways that is known and has no RequestAuthentication, if the unit is complete.
fn unverified<'a>(object: &Object, cx: &mut ManifestCx<'a>) -> Option<&'a Object> {
    let unit = cx.unit()?;
    let own = namespace_of(object)?;
    let names = object.root.path(&["spec", "gateways"]).map_or(&[][..], Value::items).iter().filter_map(Value::as_str);
    for name in names.filter(|name| *name != "mesh") {
        let (namespace, name) = name.split_once('/').unwrap_or((own, name));
        let gateways = unit.cluster().of_kind("networking.istio.io", "Gateway");
        let known = gateways.iter().find(|gateway| gateway.name() == Some(name) && gateway.namespace() == Namespace::Named(namespace));
        let Some(gateway) = known else { continue };
        let answer = is_verified(gateway, cx);
        if answer.is_unknown() || (answer.is_no() && !unit.is_complete()) {
            cx.withhold();
        } else if answer.is_no() {
            return Some(gateway);
        }
    }
    None
}

/// Whether a RequestAuthentication of the workspace may be about the pods of a gateway.
fn is_verified(gateway: &Object, cx: &ManifestCx<'_>) -> Tri {
    let Some(selector) = gateway.root.path(&["spec", "selector"]).filter(|node| !node.entries().is_empty()) else { return Tri::Unknown };
    let root = cx.mesh_root(gateway.kind_at());
    // the namespaces of the gateway's pods, where they are shown
    let pods: Vec<&str> = cx
        .manifests()
        .applied()
        .flat_map(|unit| unit.cluster().namespaces())
        .filter(|space| space.pods().any(|pod| pod.labels().has_all(Some(selector)).is_yes()))
        .map(|space| &*space.name)
        .collect();
    let here = namespace_of(gateway);
    let all = cx.manifests().applied().flat_map(|unit| &unit.mesh().request_authentications);
    Tri::any(all.map(|policy| {
        let namespace = namespace_of(policy);
        let place = match namespace {
            None => Tri::Unknown,
            Some(name) if name == root || pods.contains(&name) => Tri::Yes,
            Some(_) if !pods.is_empty() => Tri::No,
            // the pods of gateways lie in the root namespace, or beside the Gateway, or in one of their own
            // the pods of gateways lie in the root namespace, beside the Gateway, or in one of their own
            Some(name) => {
                let likely = here == Some(name) || name.contains("ingress") || name.contains("gateway");
                if likely || matches!(target(policy), Target::Labels(_)) { Tri::Unknown } else { Tri::No }
            }
        };
        let fits = match target(policy) {
            Target::Everything => Tri::Yes,
            // its pods may have more labels than it is selected by
            Target::Labels(labels) => {
                let other = |entry: &Entry| selector.get(&entry.key).is_some_and(|wanted| wanted.value != entry.value.value);
                if labels.entries().iter().any(other) { Tri::No } else { Labels::new(Some(selector), true).has_all(Some(labels)) }
            }
            Target::Refs(_) | Target::Unknown => Tri::Unknown,
        };
        place.and(fits)
    }))
}
