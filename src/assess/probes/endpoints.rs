//! What is exposed: TLS, authentication, tokens of users, and what should not be exposed at all.

use super::{Scene, is_set, is_true, of_kind, subject, walk};
use crate::assess::fact::Fact;
use crate::assess::observe::{Observer, Reach, Subject};
use crate::assess::status::Strength;
use crate::assess::world::{Placed, by_path, is_sample};
use crate::model::document::DocumentKind;
use crate::model::mesh::{Action, Authorization};
use crate::model::value::{Node, Origin, Scalar, Value};

/// Annotations by which an ingress controller authenticates.
const AUTH: [&str; 8] = [
    "nginx.ingress.kubernetes.io/auth-url",
    "nginx.ingress.kubernetes.io/auth-signin",
    "nginx.ingress.kubernetes.io/auth-type",
    "nginx.ingress.kubernetes.io/auth-tls-secret",
    "alb.ingress.kubernetes.io/auth-type",
    "haproxy.org/auth-type",
    "ingress.kubernetes.io/auth-type",
    "konghq.com/plugins",
];

/// Annotations by which a load balancer serves TLS.
const TLS: [&str; 4] = [
    "alb.ingress.kubernetes.io/certificate-arn",
    "ingress.gcp.kubernetes.io/pre-shared-cert",
    "networking.gke.io/managed-certificates",
    "service.beta.kubernetes.io/aws-load-balancer-ssl-cert",
];

/// Ports of datastores and brokers.
const DATASTORES: [u64; 16] = [1433, 1521, 2379, 3306, 5432, 5672, 5984, 6379, 7000, 8086, 9042, 9092, 9200, 11211, 27017, 26257];

pub(super) fn probe(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for placed in scene.world.deployed() {
        let object = &*placed.object;
        match (&*object.group, &*object.kind) {
            ("networking.k8s.io" | "extensions", "Ingress") => ingress(scene, observer, placed),
            ("networking.istio.io", "Gateway") => istio_gateway(scene, observer, placed),
            ("gateway.networking.k8s.io", "Gateway") => gateway(scene, observer, placed),
            ("", "Service") => service(scene, observer, placed),
            ("security.istio.io", "RequestAuthentication") => tokens(observer, placed),
            _ => {}
        }
    }
    for document in scene.manifests.documents.iter().filter(|document| document.kind == DocumentKind::Envoy) {
        let path = &observer.sources.get(observer.sources.outermost(document.source)).path;
        if !is_sample(path, scene.roots) {
            let reach = Reach { environment: by_path(path, scene.roots), namespace: None };
            let path = path.clone();
            envoy_tokens(observer, &document.root, &path, &reach);
        }
    }
    compose_ports(scene, observer);
    proxies(scene, observer);
    for workload in scene.world.subjects() {
        let detail = "no service or port exposes it by accident";
        observer.add(Fact::NotExposed, workload.subject.clone(), &workload.reach(), None, detail).strength = Strength::WEAK;
    }
}

fn annotated(placed: &Placed, keys: &[&str]) -> bool {
    keys.iter().any(|key| placed.object.annotation(key).is_some_and(|text| !text.is_empty() && text != "none"))
}

fn ingress(scene: &Scene<'_>, observer: &mut Observer<'_>, placed: &Placed) {
    let object = &*placed.object;
    let who = subject(object);
    let at = object.kind_at();
    let spec = object.root.get("spec");
    let tls = spec.and_then(|spec| spec.get("tls"));
    if is_set(tls) && tls.is_some_and(|node| matches!(node.value, Value::List(_))) {
        observer.add(Fact::EndpointTls, who.clone(), &placed.reach, tls.map(|node| &node.origin), "`spec.tls` is set");
    } else if annotated(placed, &TLS) {
        observer.add(Fact::EndpointTls, who.clone(), &placed.reach, Some(at), "the load balancer has a certificate");
    } else if object.partial || tls.is_some_and(|node| node.unknown().is_some()) {
        observer.add(Fact::EndpointTlsUnseen, who.clone(), &placed.reach, Some(at), "templated");
    } else {
        observer.add(Fact::EndpointPlain, who.clone(), &placed.reach, Some(at), "no `spec.tls`");
    }
    let mut proxied = false;
    if let Some(spec) = spec {
        walk(spec, &mut |entry| {
            proxied |=
                matches!(&*entry.key, "name" | "serviceName") && entry.value.as_str().is_some_and(|name| name.contains("oauth2-proxy"));
        });
    }
    authenticated(scene, observer, placed, who, at, annotated(placed, &AUTH) || proxied);
}

/// Says whether callers of an endpoint are authenticated.
fn authenticated(scene: &Scene<'_>, observer: &mut Observer<'_>, placed: &Placed, who: Subject, at: &Origin, itself: bool) {
    let (fact, detail) = if itself {
        (Fact::EndpointAuthenticated, "the endpoint authenticates")
    } else {
        let here = |other: &Placed| {
            let same = other.object.namespace() == placed.object.namespace() || other.reach.namespace.is_none();
            same && (other.environment.is_none() || placed.environment.is_none() || other.environment == placed.environment)
        };
        let validated = of_kind(scene.world, "security.istio.io", "RequestAuthentication").any(here);
        let demanded = of_kind(scene.world, "security.istio.io", "AuthorizationPolicy").filter(|policy| here(policy)).any(demands_token);
        match (validated, demanded) {
            (true, true) => (Fact::EndpointAuthenticated, "tokens are validated, and a policy demands one"),
            (true, false) => (Fact::EndpointTokenOptional, "tokens are validated, and no policy demands one"),
            (false, _) => (Fact::EndpointAuthUnseen, "nothing in the manifests authenticates callers"),
        }
    };
    observer.add(fact, who, &placed.reach, Some(at), detail);
}

/// Whether a policy lets only requests with a validated token in.
fn demands_token(placed: &Placed) -> bool {
    let policy = Authorization::new(&placed.object);
    let key = match policy.action {
        Action::Allow => "requestPrincipals",
        Action::Deny => "notRequestPrincipals",
        Action::Custom => return true,
        Action::Audit | Action::Unknown => return false,
    };
    let sources = policy.rules().iter().flat_map(|rule| rule.get("from").map_or(&[][..], Node::items));
    sources.filter_map(|item| item.get("source")).any(|source| is_set(source.get(key)))
}

fn istio_gateway(scene: &Scene<'_>, observer: &mut Observer<'_>, placed: &Placed) {
    let servers = placed.object.root.path(&["spec", "servers"]).map_or(&[][..], Node::items);
    for (nr, server) in servers.iter().enumerate() {
        let part = server.path(&["port", "name"]).and_then(Node::as_str).map_or_else(|| nr.to_string(), str::to_owned);
        let who = subject(&placed.object).with_part(part);
        let redirects = is_true(server.path(&["tls", "httpsRedirect"]));
        match server.path(&["port", "protocol"]).and_then(Node::as_str).map(str::to_ascii_uppercase).as_deref() {
            Some("HTTPS" | "TLS") => observer.note(Fact::EndpointTls, who, &placed.reach, Some(&server.origin), "an HTTPS server"),
            Some("HTTP" | "HTTP2" | "GRPC" | "GRPC-WEB") if redirects => {}
            Some("HTTP" | "HTTP2" | "GRPC" | "GRPC-WEB") => {
                observer.add(Fact::EndpointPlain, who, &placed.reach, Some(&server.origin), "an HTTP server without `httpsRedirect`");
            }
            _ => observer.note(Fact::EndpointTlsUnseen, who, &placed.reach, Some(&server.origin), "a server of another protocol"),
        }
    }
    authenticated(scene, observer, placed, subject(&placed.object), placed.object.kind_at(), false);
}

fn gateway(scene: &Scene<'_>, observer: &mut Observer<'_>, placed: &Placed) {
    let listeners = placed.object.root.path(&["spec", "listeners"]).map_or(&[][..], Node::items);
    let redirects = of_kind(scene.world, "gateway.networking.k8s.io", "HTTPRoute").any(|route| {
        let mut found = false;
        walk(&route.object.root, &mut |entry| {
            found |= &*entry.key == "requestRedirect" && entry.value.get("scheme").and_then(Node::as_str) == Some("https")
        });
        found
    });
    for (nr, listener) in listeners.iter().enumerate() {
        let part = listener.get("name").and_then(Node::as_str).map_or_else(|| nr.to_string(), str::to_owned);
        let who = subject(&placed.object).with_part(part);
        match listener.get("protocol").and_then(Node::as_str) {
            Some("HTTPS" | "TLS") => observer.note(Fact::EndpointTls, who, &placed.reach, Some(&listener.origin), "an HTTPS listener"),
            Some("HTTP") if redirects => {}
            Some("HTTP") => observer.note(Fact::EndpointPlain, who, &placed.reach, Some(&listener.origin), "an HTTP listener"),
            _ => observer.note(Fact::EndpointTlsUnseen, who, &placed.reach, Some(&listener.origin), "a listener of another protocol"),
        }
    }
    authenticated(scene, observer, placed, subject(&placed.object), placed.object.kind_at(), false);
}

fn number(node: &Node) -> Option<u64> {
    match &node.value {
        Value::Scalar(Scalar::Number(text) | Scalar::String(text)) => text.parse().ok(),
        _ => None,
    }
}

fn service(scene: &Scene<'_>, observer: &mut Observer<'_>, placed: &Placed) {
    let spec = placed.object.root.get("spec");
    let Some(kind) = spec.and_then(|spec| spec.get("type")).filter(|node| matches!(node.as_str(), Some("LoadBalancer" | "NodePort")))
    else {
        return;
    };
    let ports = spec.and_then(|spec| spec.get("ports")).map_or(&[][..], Node::items);
    let who = subject(&placed.object);
    let stores = |port: &&Node| {
        ["port", "targetPort"].iter().any(|key| port.get(key).and_then(number).is_some_and(|number| DATASTORES.contains(&number)))
    };
    let internal = placed.object.root.path(&["metadata", "annotations"]).map_or(&[][..], Node::entries).iter().any(|entry| {
        entry.key.contains("internal")
            && (is_true(Some(&entry.value)) || entry.value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("internal")))
    });
    if let Some(port) = ports.iter().find(stores).filter(|_| !internal) {
        observer.add(Fact::DatastoreExposed, who, &placed.reach, Some(&port.origin), "a datastore's port is exposed");
    } else if kind.as_str() == Some("LoadBalancer") && !internal {
        let fact = if annotated(placed, &TLS) { Fact::EndpointTls } else { Fact::EndpointTlsUnseen };
        observer.add(fact, who.clone(), &placed.reach, Some(&kind.origin), "a load balancer");
        authenticated(scene, observer, placed, who, &kind.origin, false);
    }
}

fn tokens(observer: &mut Observer<'_>, placed: &Placed) {
    for (nr, rule) in placed.object.root.path(&["spec", "jwtRules"]).map_or(&[][..], Node::items).iter().enumerate() {
        let part = rule.get("issuer").and_then(Node::as_str).map_or_else(|| nr.to_string(), str::to_owned);
        let who = subject(&placed.object).with_part(part);
        token_rule(observer, who, &placed.reach, rule);
    }
}

fn token_rule(observer: &mut Observer<'_>, who: Subject, reach: &Reach, rule: &Node) {
    let (issuer, audiences) = (rule.get("issuer"), rule.get("audiences"));
    let unknown = |node: Option<&Node>| node.is_some_and(|node| node.unknown().is_some());
    let at = audiences.map_or(&rule.origin, |node| &node.origin);
    if unknown(issuer) || unknown(audiences) {
        observer.add(Fact::JwtTemplated, who, reach, Some(at), "templated");
    } else if is_set(issuer) && is_set(audiences) {
        observer.add(Fact::JwtIssuerAudience, who, reach, Some(at), "issuer and audiences are named");
    } else {
        observer.add(Fact::JwtNoAudience, who, reach, Some(at), "tokens of any audience are taken");
    }
}

fn envoy_tokens(observer: &mut Observer<'_>, root: &Node, path: &str, reach: &Reach) {
    let mut rules = Vec::new();
    walk(root, &mut |entry| {
        let is_filter =
            entry.value.get("@type").and_then(Node::as_str).is_some_and(|text| text.ends_with("jwt_authn.v3.JwtAuthentication"));
        if is_filter {
            rules.extend(entry.value.get("providers").map_or(&[][..], Node::entries));
        }
    });
    for rule in rules {
        let who = Subject::new("", "Envoy", path).with_part(&*rule.key);
        token_rule(observer, who, reach, &rule.value);
    }
}

/// oauth2-proxy checks issuer and audience, its client's id, wherever it logs in with OIDC.
fn proxies(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for workload in &scene.world.workloads {
        let Some(pod) = workload.pod() else { continue };
        for container in pod.containers() {
            let issuer = container.words().find(|word| word.as_str().is_some_and(|text| text.starts_with("--oidc-issuer-url=")));
            let reach = Reach { environment: workload.stated.clone(), namespace: None };
            if let Some(word) = issuer {
                observer.note(Fact::JwtIssuerAudience, workload.subject.clone(), &reach, Some(&word.origin), "an OIDC proxy");
            }
        }
    }
}

fn compose_ports(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    if !scene.world.workloads.is_empty() {
        return;
    }
    let everywhere = Reach::everywhere();
    for document in scene.manifests.documents.iter().filter(|document| document.kind == DocumentKind::Compose) {
        if is_sample(&observer.sources.get(observer.sources.outermost(document.source)).path, scene.roots) {
            continue;
        }
        for service in document.root.get("services").map_or(&[][..], Node::entries) {
            let who = Subject::new("", "Compose", &*service.key);
            let mut exposed = None;
            for port in service.value.get("ports").map_or(&[][..], Node::items) {
                // `127.0.0.1:5432:5432`, `5432:5432`, `{published, target, host_ip}`
                let (target, loopback) = match port.as_str() {
                    Some(text) => {
                        let text = text.split('/').next().unwrap_or(text);
                        (text.rsplit(':').next().and_then(|text| text.parse().ok()), text.starts_with("127.") || text.starts_with("[::1]"))
                    }
                    None => (
                        port.get("target").and_then(number),
                        port.get("host_ip").and_then(Node::as_str).is_some_and(|ip| ip.starts_with("127.")),
                    ),
                };
                if target.is_some_and(|number| DATASTORES.contains(&number)) && !loopback {
                    exposed = Some(&port.origin);
                }
            }
            match exposed {
                Some(at) => {
                    observer.note(Fact::DatastoreExposed, who, &everywhere, Some(at), "a datastore's port is bound to all addresses")
                }
                None => {
                    observer.add(Fact::NotExposed, who, &everywhere, Some(&service.origin), "no datastore's port is exposed").strength =
                        Strength::WEAK
                }
            }
        }
    }
}
