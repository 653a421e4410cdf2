use crate::lint::rules::prelude::*;
use crate::model::network::Items;
use crate::model::tri::Tri;
use crate::model::value::{Node as Value, Scalar, Value as Data};

declare_rule! {
    K8sIngressNoTls {
        id: "k8s-ingress-no-tls",
        group: "k8s",
        summary: "an Ingress without TLS",
        why: "What comes in over plain HTTP, passwords and tokens too, can be read and changed on its way. An Ingress terminates TLS for the \
              hosts that its `tls` lists.\n\n\
              Not reported where annotations say that the load balancer in front terminates TLS, or that it is passed through: a \
              certificate or an HTTPS listener of the AWS, Google or Azure controllers, `ssl-passthrough`, Traefik's `router.tls`, \
              OpenShift's route termination.",
        bad: yaml("apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: shop\nspec:\n  rules:\n  - host: shop.example.com\n    http:\n      paths:\n      - path: /\n        pathType: Prefix\n        backend:\n          service:\n            name: web\n            port:\n              number: 80\n"),
        good: yaml("apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: shop\nspec:\n  tls:\n  - hosts: [shop.example.com]\n    secretName: shop-tls\n  rules:\n  - host: shop.example.com\n    http:\n      paths:\n      - path: /\n        pathType: Prefix\n        backend:\n          service:\n            name: web\n            port:\n              number: 80\n"),
        recommended: true,
        source: "https://kubernetes.io/docs/concepts/services-networking/ingress/#tls",
        peers: &["kubescape C-0263"],
    }
}

impl Rule for K8sIngressNoTls {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !(object.is("networking.k8s.io", "Ingress") || object.is("extensions", "Ingress")) {
            return;
        }
        let Some(spec) = object.spec().filter(|entry| matches!(entry.value.value, Data::Map(_))) else { return };
        match Items::of(Some(&spec.value), "tls") {
            Items::Some(_) => return,
            Items::Unknown => return cx.withhold(),
            Items::None => {}
        }
        match terminates_elsewhere(object) {
            Tri::Yes => return,
            Tri::Unknown => return cx.withhold(),
            Tri::No if object.partial => return cx.withhold(),
            Tri::No => {}
        }
        let at = spec.value.entry("tls").map_or(&spec.origin, |entry| &entry.origin);
        if let Some(report) = cx.report(at, "this Ingress takes requests in the clear: it has no `tls`") {
            report.help("list the hosts and the Secret of their certificate under `tls`");
        }
    }
}

/// Whether an annotation says that TLS ends in front of the Ingress or behind it.
fn terminates_elsewhere(object: &Object) -> Tri {
    let annotations = match object.root.path(&["metadata", "annotations"]) {
        None => return Tri::No,
        Some(node) if node.unknown().is_some() => return Tri::Unknown,
        Some(node) => node.entries(),
    };
    Tri::any(annotations.iter().map(|entry| {
        let (prefix, name) = entry.key.rsplit_once('/').unwrap_or(("", &entry.key));
        let names_certificate = match name {
            "certificate-arn" | "managed-certificates" | "pre-shared-cert" | "pre-shared-certs" | "appgw-ssl-certificate" | "certmap" => {
                true
            }
            "aws-load-balancer-ssl-cert" | "keyvault-uri" | "tls-cert-keyvault-uri" => true,
            // OpenShift's router
            "termination" => prefix == "route.openshift.io",
            _ => false,
        };
        if names_certificate {
            return Tri::from(entry.value.as_str() != Some(""));
        }
        match name {
            "ssl-passthrough" | "router.tls" => is_true(&entry.value),
            "router.tls.certresolver" | "router.tls.options" => Tri::Yes,
            "router.entrypoints" => mentions(&entry.value, "websecure"),
            "listen-ports" => mentions(&entry.value, "HTTPS"),
            "ingress.allow-http" => !is_true(&entry.value),
            _ => Tri::No,
        }
    }))
}

fn is_true(node: &Value) -> Tri {
    match &node.value {
        Data::Scalar(Scalar::Bool(value)) => (*value).into(),
        Data::Scalar(Scalar::Unknown(_)) => Tri::Unknown,
        _ => node.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true")).into(),
    }
}

fn mentions(node: &Value, word: &str) -> Tri {
    if node.unknown().is_some() { Tri::Unknown } else { node.as_str().is_some_and(|text| text.contains(word)).into() }
}
