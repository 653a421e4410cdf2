use crate::lint::rules::prelude::*;
use crate::model::k8s::Namespace;
use crate::model::value::Node as Value;

declare_rule! {
    IstioGatewayHostWildcard {
        id: "istio-gateway-host-wildcard",
        group: "istio",
        summary: "a gateway that serves every host name",
        why: "With the host `*` any VirtualService of any namespace can bind any name to the gateway, and requests for names that nobody \
              meant to serve are answered. Names that are listed keep others out; `namespace/name` also says who may bind them.\n\n\
              Gateways whose name or namespace says that they are a demo, a sample or an example are not reported.",
        bad: yaml("apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata:\n  name: public\n  namespace: shop\nspec:\n  selector:\n    istio: ingressgateway\n  servers:\n  - port:\n      number: 443\n      name: https\n      protocol: HTTPS\n    hosts:\n    - \"*\"\n    tls:\n      mode: SIMPLE\n      credentialName: shop-tls\n"),
        good: yaml("apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata:\n  name: public\n  namespace: shop\nspec:\n  selector:\n    istio: ingressgateway\n  servers:\n  - port:\n      number: 443\n      name: https\n      protocol: HTTPS\n    hosts:\n    - shop.example.com\n    tls:\n      mode: SIMPLE\n      credentialName: shop-tls\n"),
        recommended: true,
        source: "https://istio.io/latest/docs/ops/best-practices/security/#avoid-overly-broad-hosts-configurations",
    }
}

impl Rule for IstioGatewayHostWildcard {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !object.is("networking.istio.io", "Gateway") || is_demo(object) {
            return;
        }
        for server in object.root.path(&["spec", "servers"]).map_or(&[][..], Value::items) {
            for host in server.get("hosts").map_or(&[][..], Value::items) {
                let Some(name @ ("*" | "*/*")) = host.as_str() else { continue };
                if let Some(report) = cx.report_line(&host.origin, format!("the host `{name}` is every host name")) {
                    report.help("list the host names that the gateway is for");
                }
            }
        }
    }
}

fn is_demo(object: &Object) -> bool {
    let namespace = match object.namespace() {
        Namespace::Named(name) => name,
        Namespace::Cluster | Namespace::Unknown => "",
    };
    let words = namespace.split(['-', '.']).chain(object.name().unwrap_or("").split(['-', '.']));
    words.into_iter().any(|word| matches!(word, "demo" | "demos" | "sample" | "samples" | "example" | "examples"))
}
