//! What is exposed: TLS, authentication, tokens of users, and what should not be exposed at all.

mod callers;
mod tls;

use super::{Scene, is_set, number, subject, walk};
use crate::assess::fact::Fact;
use crate::assess::observe::{Observer, Reach, Subject};
use crate::assess::status::Strength;
use crate::assess::world::{Placed, by_path, is_sample};
use crate::model::document::DocumentKind;
use crate::model::k8s::Object;
use crate::model::value::{Node, Origin};

/// Ports of datastores and brokers.
const DATASTORES: [u64; 16] = [1433, 1521, 2379, 3306, 5432, 5672, 5984, 6379, 7000, 8086, 9042, 9092, 9200, 11211, 27017, 26257];

/// Facts that only something exposed has.
pub(super) const EXPOSED: [Fact; 4] = [Fact::EndpointAuthUnseen, Fact::EndpointTls, Fact::EndpointPlain, Fact::EndpointTlsUnseen];

pub(in crate::assess) fn probe(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for placed in scene.world.deployed() {
        let object = &*placed.object;
        match (&*object.group, &*object.kind) {
            ("networking.k8s.io" | "extensions", "Ingress") => {
                tls::ingress(observer, placed);
                callers::observe(scene, observer, placed, subject(object), object.kind_at());
            }
            ("networking.istio.io", "Gateway") => {
                tls::istio_gateway(observer, placed);
                callers::observe(scene, observer, placed, subject(object), object.kind_at());
            }
            ("gateway.networking.k8s.io", "Gateway") if is_waypoint(object) => {}
            ("gateway.networking.k8s.io", "Gateway") => {
                tls::gateway(scene, observer, placed);
                callers::observe(scene, observer, placed, subject(object), object.kind_at());
            }
            ("route.openshift.io", "Route")
            | ("traefik.io" | "traefik.containo.us", "IngressRoute")
            | ("projectcontour.io", "HTTPProxy") => {
                tls::route(observer, placed);
                callers::observe(scene, observer, placed, subject(object), object.kind_at());
            }
            ("", "Service") => service(scene, observer, placed),
            ("security.istio.io", "RequestAuthentication") => tokens(scene, observer, placed),
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

/// Whether a Gateway is a proxy inside of the mesh: a waypoint of Istio's or kgateway's, which only the mesh reaches.
fn is_waypoint(object: &Object) -> bool {
    let class = object.root.path(&["spec", "gatewayClassName"]).and_then(Node::as_str).unwrap_or("");
    let listeners = object.root.path(&["spec", "listeners"]).map_or(&[][..], Node::items);
    let meshed = |listener: &Node| matches!(listener.get("protocol").and_then(Node::as_str), Some("HBONE" | "istio.io/PROXY"));
    class.ends_with("waypoint") || !listeners.is_empty() && listeners.iter().all(meshed)
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
    let internal = super::exposure::is_internal(&placed.object);
    if let Some(port) = ports.iter().find(stores).filter(|_| !internal) {
        observer.add(Fact::DatastoreExposed, who, &placed.reach, Some(&port.origin), "a datastore's port is exposed");
    } else if kind.as_str() == Some("LoadBalancer") && !internal {
        let fact = if tls::annotated(placed, &tls::TLS) { Fact::EndpointTls } else { Fact::EndpointTlsUnseen };
        observer.add(fact, who.clone(), &placed.reach, Some(&kind.origin), "a load balancer");
        callers::observe(scene, observer, placed, who, &kind.origin);
    }
}

/// A RequestAuthentication; policies may check the audience in its stead.
fn tokens(scene: &Scene<'_>, observer: &mut Observer<'_>, placed: &Placed) {
    let object = &*placed.object;
    let mut views = scene.world.clusters.keys().filter_map(|environment| scene.meshes.of(environment));
    let checked = views.any(|view| view.mesh.checks_audiences(object, view.effective.root(), view.cluster).is_yes());
    for (nr, rule) in placed.object.root.path(&["spec", "jwtRules"]).map_or(&[][..], Node::items).iter().enumerate() {
        let part = rule.get("issuer").and_then(Node::as_str).map_or_else(|| nr.to_string(), str::to_owned);
        let who = subject(object).with_part(part);
        if checked && is_set(rule.get("issuer")) {
            observer.note(
                Fact::JwtIssuerAudience,
                who,
                &placed.reach,
                Some(&rule.origin),
                "the issuer is named, and a policy checks the audience",
            );
        } else {
            token_rule(observer, who, &placed.reach, rule);
        }
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

/// oauth2-proxy checks issuer and audience, its client's id, wherever it logs in with OIDC and is not told to skip that.
fn proxies(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for workload in &scene.world.workloads {
        let Some(pod) = workload.pod() else { continue };
        for container in pod.containers() {
            let words: Vec<(&str, &Origin)> = container.words().filter_map(|word| Some((word.as_str()?, &word.origin))).collect();
            let env = |name: &str| {
                let own = |item: &&Node| item.get("name").and_then(Node::as_str) == Some(name);
                container.env().iter().find(own)
            };
            let flag =
                |name: &str| words.iter().find(|(text, _)| text.trim_start_matches('-').split('=').next() == Some(name)).map(|(_, at)| *at);
            let issuer = flag("oidc-issuer-url").or_else(|| env("OAUTH2_PROXY_OIDC_ISSUER_URL").map(|node| &node.origin));
            let lax = flag("insecure-oidc-skip-issuer-verification")
                .or_else(|| env("OAUTH2_PROXY_INSECURE_OIDC_SKIP_ISSUER_VERIFICATION").map(|node| &node.origin));
            let reach = Reach { environment: workload.stated.clone(), namespace: None };
            match (issuer, lax) {
                (Some(_), Some(at)) => {
                    observer.note(Fact::JwtNoAudience, workload.subject.clone(), &reach, Some(at), "the issuer is not verified")
                }
                (Some(at), None) => observer.note(Fact::JwtIssuerAudience, workload.subject.clone(), &reach, Some(at), "an OIDC proxy"),
                (None, _) => {}
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
