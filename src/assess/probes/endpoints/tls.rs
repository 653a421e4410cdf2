//! Whether entry points serve TLS, and redirect what comes without it.

use super::super::{Scene, is_set, is_true, of_kind, subject, walk};
use crate::assess::fact::Fact;
use crate::assess::observe::Observer;
use crate::assess::world::Placed;
use crate::model::value::{Node, Origin, Value};

/// Annotations by which a load balancer serves TLS.
pub(super) const TLS: [&str; 6] = [
    "alb.ingress.kubernetes.io/certificate-arn",
    "ingress.gcp.kubernetes.io/pre-shared-cert",
    "networking.gke.io/managed-certificates",
    "networking.gke.io/certmap",
    "service.beta.kubernetes.io/aws-load-balancer-ssl-cert",
    "appgw.ingress.kubernetes.io/appgw-ssl-certificate",
];

pub(super) fn annotated(placed: &Placed, keys: &[&str]) -> bool {
    keys.iter().any(|key| placed.object.annotation(key).is_some_and(|text| !text.is_empty() && text != "none"))
}

/// An Ingress: certificates by `spec.tls` or annotation, and the redirect that controllers make by themselves unless told otherwise.
pub(super) fn ingress(observer: &mut Observer<'_>, placed: &Placed) {
    let object = &*placed.object;
    let tls = object.root.path(&["spec", "tls"]);
    let annotation = |key: &str| object.annotation(key);
    let declared = is_set(tls) && tls.is_some_and(|node| matches!(node.value, Value::List(_)));
    let ports = annotation("alb.ingress.kubernetes.io/listen-ports").unwrap_or("");
    let serves = declared
        || annotated(placed, &TLS)
        || ports.contains("HTTPS")
        || annotation("traefik.ingress.kubernetes.io/router.tls") == Some("true")
        || annotation("traefik.ingress.kubernetes.io/router.entrypoints") == Some("websecure");
    let off = |key: &str| annotation(key) == Some("false");
    let forced = annotation("nginx.ingress.kubernetes.io/force-ssl-redirect") == Some("true");
    let open = if off("nginx.ingress.kubernetes.io/ssl-redirect") && !forced {
        Some("the redirect to TLS is switched off")
    } else if ports.contains("\"HTTP\"") && ports.contains("HTTPS") && annotation("alb.ingress.kubernetes.io/ssl-redirect").is_none() {
        Some("plain HTTP is served beside TLS, and not redirected")
    } else {
        None
    };
    let at = object.root.get("spec").and_then(|spec| spec.entry("tls")).map_or(object.kind_at(), |entry| &entry.origin);
    let (fact, detail) = match (serves, open) {
        (true, Some(why)) => (Fact::EndpointPlain, why),
        (true, None) => (Fact::EndpointTls, if declared { "`spec.tls` is set" } else { "the load balancer has a certificate" }),
        (false, _) if object.partial || tls.is_some_and(|node| node.unknown().is_some()) => (Fact::EndpointTlsUnseen, "templated"),
        (false, _) => (Fact::EndpointPlain, "no `spec.tls`"),
    };
    let observation = observer.add(fact, subject(object), &placed.reach, Some(at), detail);
    if fact == Fact::EndpointPlain && !serves {
        let host = object
            .root
            .path(&["spec", "rules"])
            .and_then(|rules| rules.items().first()?.get("host")?.as_str())
            .map_or_else(|| "HOST".to_owned(), crate::assess::remedy::word);
        let name = crate::assess::remedy::word(&format!("{}-tls", object.name().unwrap_or("ingress")));
        observation.patch = format!("spec:\n  tls:\n    - hosts: [{host}]\n      secretName: {name}");
    }
}

pub(super) fn istio_gateway(observer: &mut Observer<'_>, placed: &Placed) {
    let servers = placed.object.root.path(&["spec", "servers"]).map_or(&[][..], Node::items);
    for (nr, server) in servers.iter().enumerate() {
        let part = server.path(&["port", "name"]).and_then(Node::as_str).map_or_else(|| nr.to_string(), str::to_owned);
        let who = subject(&placed.object).with_part(part);
        let redirects = is_true(server.path(&["tls", "httpsRedirect"]));
        match server.path(&["port", "protocol"]).and_then(Node::as_str).map(str::to_ascii_uppercase).as_deref() {
            Some("HTTPS" | "TLS") => observer.note(Fact::EndpointTls, who, &placed.reach, Some(&server.origin), "an HTTPS server"),
            Some("HTTP" | "HTTP2" | "GRPC" | "GRPC-WEB") if redirects => {}
            Some("HTTP" | "HTTP2" | "GRPC" | "GRPC-WEB") => {
                let found =
                    observer.add(Fact::EndpointPlain, who, &placed.reach, Some(&server.origin), "an HTTP server without `httpsRedirect`");
                found.patch = "tls:\n  httpsRedirect: true".to_owned();
            }
            _ => observer.note(Fact::EndpointTlsUnseen, who, &placed.reach, Some(&server.origin), "a server of another protocol"),
        }
    }
}

/// A Gateway of the Gateway API: an HTTP listener is a redirect where every route of it is one.
pub(super) fn gateway(scene: &Scene<'_>, observer: &mut Observer<'_>, placed: &Placed) {
    let listeners = placed.object.root.path(&["spec", "listeners"]).map_or(&[][..], Node::items);
    for (nr, listener) in listeners.iter().enumerate() {
        let name = listener.get("name").and_then(Node::as_str);
        let who = subject(&placed.object).with_part(name.map_or_else(|| nr.to_string(), str::to_owned));
        let routes = || {
            of_kind(scene.world, "gateway.networking.k8s.io", "HTTPRoute").filter(|route| {
                let parents = route.object.root.path(&["spec", "parentRefs"]).map_or(&[][..], Node::items);
                parents.iter().any(|parent| {
                    let section = parent.get("sectionName").and_then(Node::as_str);
                    parent.get("name").and_then(Node::as_str) == placed.object.name() && (section.is_none() || section == name)
                })
            })
        };
        let redirects = |route: &Placed| {
            let mut found = false;
            walk(&route.object.root, &mut |entry| {
                found |= &*entry.key == "requestRedirect" && entry.value.get("scheme").and_then(Node::as_str) == Some("https")
            });
            found
        };
        match listener.get("protocol").and_then(Node::as_str) {
            Some("HTTPS" | "TLS") => observer.note(Fact::EndpointTls, who, &placed.reach, Some(&listener.origin), "an HTTPS listener"),
            Some("HTTP") if routes().next().is_some() && routes().all(redirects) => {}
            Some("HTTP") => observer.note(Fact::EndpointPlain, who, &placed.reach, Some(&listener.origin), "an HTTP listener"),
            _ => observer.note(Fact::EndpointTlsUnseen, who, &placed.reach, Some(&listener.origin), "a listener of another protocol"),
        }
    }
}

/// Routes of OpenShift, Traefik and Contour.
pub(super) fn route(observer: &mut Observer<'_>, placed: &Placed) {
    let object = &*placed.object;
    let spec = object.root.get("spec");
    let tls = match &*object.kind {
        "HTTPProxy" => spec.and_then(|spec| spec.path(&["virtualhost", "tls"])),
        _ => spec.and_then(|spec| spec.get("tls")),
    };
    let lax = |key: &str, value: &str| tls.and_then(|tls| tls.get(key)).is_some_and(|node| node.as_str() == Some(value));
    let at: &Origin = tls.map_or(object.kind_at(), |node| &node.origin);
    let (fact, detail) = match tls {
        Some(_) if lax("insecureEdgeTerminationPolicy", "Allow") || is_true(tls.and_then(|tls| tls.get("permitInsecure"))) => {
            (Fact::EndpointPlain, "plain HTTP is let in beside TLS")
        }
        Some(_) => (Fact::EndpointTls, "`tls` is set"),
        None if object.partial => (Fact::EndpointTlsUnseen, "templated"),
        None => (Fact::EndpointPlain, "no `tls`"),
    };
    observer.note(fact, subject(object), &placed.reach, Some(at), detail);
}
