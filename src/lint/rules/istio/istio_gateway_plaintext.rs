use crate::lint::rules::gateways::{is_east_west, serves_challenges};
use crate::lint::rules::insert::insert_before;
use crate::lint::rules::prelude::*;
use crate::model::envoy::is_true;
use crate::model::k8s::selector::selects;
use crate::model::k8s::{Labels, Namespace};
use crate::model::tri::Tri;
use crate::model::value::{Node as Value, Value as Data};

declare_rule! {
    IstioGatewayPlaintext {
        id: "istio-gateway-plaintext",
        group: "istio",
        summary: "a gateway that takes requests in the clear",
        why: "What comes in over plain HTTP or TCP can be read and changed on its way, tokens and cookies with it. A server for HTTP is there \
              to send clients to HTTPS: `tls.httpsRedirect: true`.\n\n\
              Also read are Gateways of the Gateway API: a listener for HTTP with an HTTPRoute that does something else than to redirect \
              is `info`. Not reported: gateways between networks (`istio: eastwestgateway`) and internal ones, and servers that \
              cert-manager answers HTTP-01 challenges through.",
        bad: yaml("apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata:\n  name: public\n  namespace: shop\nspec:\n  selector:\n    istio: ingressgateway\n  servers:\n  - port:\n      number: 80\n      name: http\n      protocol: HTTP\n    hosts:\n    - shop.example.com\n"),
        good: yaml("apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata:\n  name: public\n  namespace: shop\nspec:\n  selector:\n    istio: ingressgateway\n  servers:\n  - port:\n      number: 80\n      name: http\n      protocol: HTTP\n    hosts:\n    - shop.example.com\n    tls:\n      httpsRedirect: true\n"),
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "Clients that do not follow redirects, or for which there is no server with TLS, are cut off.",
        source: "https://istio.io/latest/docs/reference/config/networking/gateway/#ServerTLSSettings",
        peers: &["kubescape C-0263 (Ingress)"],
    }
}

impl Rule for IstioGatewayPlaintext {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if object.is("networking.istio.io", "Gateway") {
            istio(object, cx);
        } else if object.is("gateway.networking.k8s.io", "Gateway") {
            gateway_api(object, cx);
        }
    }
}

fn istio(object: &Object, cx: &mut ManifestCx<'_>) {
    if is_east_west(object) {
        return;
    }
    for server in object.root.path(&["spec", "servers"]).map_or(&[][..], Value::items) {
        let Some(port) = server.entry("port") else { continue };
        let Some(protocol) = port.value.get("protocol") else { continue };
        let Some(name) = protocol.as_str() else {
            if protocol.unknown().is_some() {
                cx.withhold();
            }
            continue;
        };
        let upper = name.to_ascii_uppercase();
        if !matches!(upper.as_str(), "HTTP" | "HTTP2" | "GRPC" | "TCP") {
            continue;
        }
        let tls = server.get("tls").filter(|node| !node.is_null());
        let redirects = match tls {
            None => Tri::No,
            Some(tls) => match tls.get("httpsRedirect") {
                _ if !matches!(tls.value, Data::Map(_)) => Tri::Unknown,
                Some(flag) if flag.unknown().is_some() => Tri::Unknown,
                Some(flag) if is_true(flag) => Tri::Yes,
                // for TCP, Istio takes a server with `tls` for one that terminates it
                _ if upper == "TCP" && tls.get("mode").is_some() => Tri::Yes,
                _ => Tri::No,
            },
        };
        if redirects.is_yes() || serves_challenges(object, cx) {
            continue;
        }
        if redirects.is_unknown() || object.partial {
            cx.withhold();
            continue;
        }
        let is_json = cx.sources().get(port.origin.at.source).slice(port.origin.at.span).starts_with('"');
        let fits = upper == "HTTP" && server.get("tls").is_none() && !is_json;
        let edit = if fits { insert_before(cx.sources(), server, port, "tls", "{httpsRedirect: true}") } else { None };
        let Some(report) = cx.report_line(&port.origin, format!("this server takes {name} in the clear")) else { continue };
        let report = report.help("add `tls.httpsRedirect: true` and serve HTTPS, or terminate TLS here");
        if let Some(edit) = edit {
            report.fix("redirect to HTTPS", Applicability::Unsafe, [edit]);
        }
    }
}

fn gateway_api(object: &Object, cx: &mut ManifestCx<'_>) {
    if is_east_west(object) {
        return;
    }
    for listener in object.root.path(&["spec", "listeners"]).map_or(&[][..], Value::items) {
        let Some(protocol) = listener.entry("protocol") else { continue };
        if protocol.value.as_str() != Some("HTTP") || serves_challenges(object, cx) {
            continue;
        }
        match serves_plainly(object, listener, cx) {
            Tri::No => {}
            Tri::Unknown => cx.withhold(),
            Tri::Yes => {
                if let Some(report) =
                    cx.report_line_as(Severity::Info, &protocol.origin, "a route of this listener takes HTTP in the clear")
                {
                    report.help("let routes of this listener redirect to HTTPS (`RequestRedirect`), and serve HTTPS by another");
                }
            }
        }
    }
}

/// Whether a route that is attached to a listener does something else than to redirect.
fn serves_plainly(gateway: &Object, listener: &Value, cx: &ManifestCx<'_>) -> Tri {
    let Some(unit) = cx.unit() else { return Tri::No };
    let routes = unit.cluster().of_kind("gateway.networking.k8s.io", "HTTPRoute");
    Tri::any(routes.iter().map(|route| {
        let rules = route.root.path(&["spec", "rules"]).map_or(&[][..], Value::items);
        let redirects = |rule: &Value| {
            let filters = rule.get("filters").map_or(&[][..], Value::items);
            filters.iter().any(|filter| filter.get("type").and_then(Value::as_str) == Some("RequestRedirect"))
        };
        let plain = rules.iter().any(|rule| matches!(rule.value, Data::Map(_)) && !redirects(rule));
        if plain { is_attached(route, gateway, listener, unit) } else { Tri::No }
    }))
}

/// Whether a route is attached to a listener, as far as names, ports, namespaces and host names tell.
fn is_attached(route: &Object, gateway: &Object, listener: &Value, unit: &Unit) -> Tri {
    let name = |object: &Object| match object.namespace() {
        Namespace::Named(name) => name.to_owned(),
        Namespace::Cluster | Namespace::Unknown => String::new(),
    };
    let (own, there) = (name(route), name(gateway));
    let text = |node: &Value, key: &str| node.get(key).and_then(Value::as_str).map(str::to_owned);
    let refs = route.root.path(&["spec", "parentRefs"]).map_or(&[][..], Value::items);
    let named = refs.iter().any(|parent| {
        text(parent, "kind").is_none_or(|kind| kind == "Gateway")
            && text(parent, "name").as_deref() == gateway.name()
            && text(parent, "namespace").unwrap_or_else(|| own.clone()) == there
            && text(parent, "sectionName").is_none_or(|section| Some(section) == text(listener, "name"))
            && same_number(parent.get("port"), listener.get("port"))
    });
    if !named || gateway.name().is_none() {
        return Tri::No;
    }
    let allowed = match listener.path(&["allowedRoutes", "namespaces", "from"]).map(Value::as_str) {
        Some(Some("All")) => Tri::Yes,
        None | Some(Some("Same")) => Tri::from(own == there),
        Some(Some("Selector")) => {
            let selector = listener.path(&["allowedRoutes", "namespaces", "selector"]);
            unit.cluster().namespace(&own).map_or(Tri::Unknown, |space| {
                let labels: Labels<'_> = space.labels();
                selects(selector, &labels)
            })
        }
        Some(Some("None")) => Tri::No,
        Some(_) => Tri::Unknown,
    };
    let hosts = route.root.path(&["spec", "hostnames"]).map_or(&[][..], Value::items);
    let meets = match text(listener, "hostname").filter(|host| !host.is_empty()) {
        Some(host) if !hosts.is_empty() => hosts.iter().filter_map(Value::as_str).any(|other| overlap(&host, other)),
        _ => true,
    };
    allowed.and(meets.into())
}

fn same_number(asked: Option<&Value>, port: Option<&Value>) -> bool {
    asked.is_none_or(|asked| port.is_some_and(|port| port.value == asked.value))
}

/// Whether two host names, `*.` in front or not, have one in common.
fn overlap(a: &str, b: &str) -> bool {
    match (a.strip_prefix('*'), b.strip_prefix('*')) {
        (None, None) => a == b,
        (Some(suffix), None) => b.ends_with(suffix),
        (None, Some(suffix)) => a.ends_with(suffix),
        (Some(a), Some(b)) => a.ends_with(b) || b.ends_with(a),
    }
}
