//! Whether what is exposed demands that callers authenticate.

use super::super::{Scene, is_set, is_true, of_kind, walk};
use crate::assess::fact::Fact;
use crate::assess::observe::{Observer, Subject};
use crate::assess::world::Placed;
use crate::model::k8s::{Namespace, Object};
use crate::model::mesh::{Action, Authorization, TokenDemand};
use crate::model::value::{Node, Origin};

/// Annotations by which an ingress controller authenticates.
const AUTH: [&str; 9] = [
    "nginx.ingress.kubernetes.io/auth-url",
    "nginx.ingress.kubernetes.io/auth-signin",
    "nginx.ingress.kubernetes.io/auth-type",
    "nginx.ingress.kubernetes.io/auth-tls-secret",
    "nginx.org/jwt-key",
    "haproxy.org/auth-type",
    "ingress.kubernetes.io/auth-type",
    "ingress.kubernetes.io/auth-tls-secret",
    "traefik.ingress.kubernetes.io/auth-type",
];

/// What the endpoint does by itself, by annotations, middlewares, plugins or policies attached to it.
pub(super) fn itself(scene: &Scene<'_>, placed: &Placed) -> bool {
    let object = &*placed.object;
    let given = |key: &str| object.annotation(key).filter(|text| !text.is_empty() && !matches!(*text, "none" | "off" | "false"));
    if AUTH.iter().any(|key| given(key).is_some()) || matches!(given("alb.ingress.kubernetes.io/auth-type"), Some("oidc" | "cognito")) {
        return true;
    }
    let list = |key: &str| given(key).unwrap_or("").split(',').map(|name| name.trim().to_owned()).collect::<Vec<_>>();
    let middleware = |name: &String| {
        // `namespace-name@kubernetescrd`
        let name = name.split('@').next().unwrap_or(name);
        let mut known = of_kinds(scene, &["traefik.io", "traefik.containo.us"], "Middleware").peekable();
        let own = known.find(|other| {
            let own = other.object.name().unwrap_or("?");
            name == own || name == format!("{}-{own}", namespace(&other.object))
        });
        own.map_or_else(
            || !name.is_empty() && (name.contains("auth") || name.contains("oidc")),
            |other| {
                let spec = other.object.root.get("spec");
                ["forwardAuth", "basicAuth", "digestAuth"].iter().any(|key| is_set(spec.and_then(|spec| spec.get(key))))
                    || spec.and_then(|spec| spec.get("plugin")).is_some_and(|node| node.entries().iter().any(|entry| is_auth(&entry.key)))
            },
        )
    };
    let plugin = |name: &String| {
        let mut known = of_kinds(scene, &["configuration.konghq.com"], "KongPlugin").chain(of_kinds(
            scene,
            &["configuration.konghq.com"],
            "KongClusterPlugin",
        ));
        let kind = known.find(|other| other.object.name() == Some(name)).and_then(|other| other.object.root.get("plugin")?.as_str());
        !name.is_empty() && is_auth(kind.unwrap_or(name))
    };
    let of_routes = || {
        let mut found = false;
        walk(&object.root, &mut |entry| {
            if &*entry.key == "middlewares" {
                found |= entry.value.items().iter().filter_map(|item| item.get("name")?.as_str()).any(|name| middleware(&name.to_owned()));
            }
        });
        found
    };
    list("traefik.ingress.kubernetes.io/router.middlewares").iter().any(middleware)
        || list("konghq.com/plugins").iter().any(plugin)
        || (object.group.starts_with("traefik.") && of_routes())
        || is_set(object.root.path(&["spec", "virtualhost", "authorization", "extensionRef"]))
        || is_set(object.root.path(&["spec", "virtualhost", "jwtProviders"]))
        || proxied(object)
        || attached(scene, placed)
        || iap(scene, placed)
}

fn of_kinds<'a>(scene: &Scene<'a>, groups: &'static [&'static str], kind: &'static str) -> impl Iterator<Item = &'a Placed> {
    scene.world.deployed().filter(move |placed| groups.contains(&&*placed.object.group) && &*placed.object.kind == kind)
}

fn namespace(object: &Object) -> &str {
    match object.namespace() {
        Namespace::Named(name) => name,
        Namespace::Cluster | Namespace::Unknown => "",
    }
}

/// Whether a plugin of this kind authenticates: a limit of rates does not.
fn is_auth(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    let words = [
        "jwt",
        "oidc",
        "openid-connect",
        "oauth2",
        "basic-auth",
        "key-auth",
        "hmac-auth",
        "ldap-auth",
        "mtls-auth",
        "session",
        "forward-auth",
        "authelia",
    ];
    words.iter().any(|word| kind.contains(word)) || kind == "auth"
}

/// Whether it sends requests to oauth2-proxy.
fn proxied(object: &Object) -> bool {
    let mut found = false;
    if let Some(spec) = object.root.get("spec") {
        walk(spec, &mut |entry| {
            let names = matches!(&*entry.key, "name" | "serviceName");
            found |= names
                && entry
                    .value
                    .as_str()
                    .is_some_and(|name| ["oauth2-proxy", "pomerium", "authelia"].iter().any(|proxy| name.contains(proxy)));
        });
    }
    found
}

/// A policy of a gateway's that is attached to the endpoint, or to a route of it.
fn attached(scene: &Scene<'_>, placed: &Placed) -> bool {
    let object = &*placed.object;
    let routes: Vec<(&str, &str)> = scene
        .world
        .deployed()
        .filter(|other| &*other.object.group == "gateway.networking.k8s.io" && other.object.kind.ends_with("Route"))
        .filter(|other| {
            let parents = other.object.root.path(&["spec", "parentRefs"]).map_or(&[][..], Node::items);
            parents.iter().any(|parent| parent.get("name").and_then(Node::as_str) == object.name())
        })
        .filter_map(|other| Some((&*other.object.kind, other.object.name()?)))
        .collect();
    let hits = |target: &Node| {
        let (kind, name) = (target.get("kind").and_then(Node::as_str), target.get("name").and_then(Node::as_str));
        (kind == Some(&*object.kind) && name == object.name()) || routes.iter().any(|(own, route)| kind == Some(own) && name == Some(route))
    };
    scene.world.deployed().any(|other| {
        let policy = &*other.object;
        let keys: &[&str] = match (&*policy.group, &*policy.kind) {
            ("gateway.envoyproxy.io", "SecurityPolicy") => &["jwt", "oidc", "basicAuth", "extAuth", "apiKeyAuth"],
            ("gateway.kgateway.dev" | "gateway.solo.io", "TrafficPolicy" | "AuthConfig") => &["extAuth", "jwt", "configs"],
            ("kuadrant.io", "AuthPolicy") => &["rules", "defaults", "overrides"],
            _ => return false,
        };
        let spec = policy.root.get("spec");
        let list = spec.and_then(|spec| spec.get("targetRefs")).map_or(&[][..], Node::items);
        let one = spec.and_then(|spec| spec.get("targetRef"));
        list.iter().chain(one).any(hits) && keys.iter().any(|key| is_set(spec.and_then(|spec| spec.get(key))))
    })
}

/// Google's identity-aware proxy in front of a backend.
fn iap(scene: &Scene<'_>, placed: &Placed) -> bool {
    let on = |other: &&Placed| {
        let enabled = match (&*other.object.group, &*other.object.kind) {
            ("cloud.google.com", "BackendConfig") => other.object.root.path(&["spec", "iap", "enabled"]),
            ("networking.gke.io", "GCPBackendPolicy") => other.object.root.path(&["spec", "default", "iap", "enabled"]),
            _ => None,
        };
        is_true(enabled) && other.object.namespace() == placed.object.namespace()
    };
    let gke = &*placed.object.kind == "Gateway"
        || placed.object.annotation("kubernetes.io/ingress.class").is_none_or(|class| class.starts_with("gce"));
    gke && scene.world.deployed().any(|other| on(&other))
}

/// Says whether callers of an endpoint are authenticated.
pub(super) fn observe(scene: &Scene<'_>, observer: &mut Observer<'_>, placed: &Placed, who: Subject, at: &Origin) {
    let (fact, detail) = if itself(scene, placed) {
        (Fact::EndpointAuthenticated, "the endpoint authenticates")
    } else {
        match by_mesh(scene, placed) {
            Some(TokenDemand::Yes) => (Fact::EndpointAuthenticated, "tokens are validated, and a policy demands one"),
            Some(TokenDemand::External) => (Fact::EndpointAuthenticated, "an external authorizer is asked"),
            Some(TokenDemand::No) => (Fact::EndpointTokenOptional, "tokens are validated, and requests without one are let in"),
            Some(TokenDemand::Unknown) | None => (Fact::EndpointAuthUnseen, "nothing in the manifests authenticates callers"),
        }
    };
    // the annotation that says it
    let annotations = placed.object.root.path(&["metadata", "annotations"]);
    let said = AUTH.iter().find_map(|key| annotations?.entry(key)).filter(|_| fact == Fact::EndpointAuthenticated);
    let at = said.map_or(at, |entry| &entry.origin);
    let observation = observer.add(fact, who, &placed.reach, Some(at), detail);
    if fact == Fact::EndpointTokenOptional {
        let namespace = crate::assess::remedy::word(namespace(&placed.object));
        observation.patch = format!(
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: require-token, namespace: {namespace}}}\nspec:\n  \
             action: DENY\n  rules:\n    - from:\n        - source:\n            notRequestPrincipals: [\"*\"]"
        );
    }
}

/// What the mesh demands of callers: in the endpoint's namespace, and in those that it sends requests to.
fn by_mesh(scene: &Scene<'_>, placed: &Placed) -> Option<TokenDemand> {
    let own = namespace(&placed.object);
    let mut spaces = vec![own];
    let gateway = placed.object.name().unwrap_or("");
    if &*placed.object.kind == "Gateway" {
        for route in of_kind(scene.world, "networking.istio.io", "VirtualService") {
            let gateways = route.object.root.path(&["spec", "gateways"]).map_or(&[][..], Node::items);
            let here = namespace(&route.object);
            let named = |name: &str| name == format!("{own}/{gateway}") || (name == gateway && here == own);
            if gateways.iter().filter_map(Node::as_str).any(named) {
                spaces.push(here);
            }
        }
        for route in of_kind(scene.world, "gateway.networking.k8s.io", "HTTPRoute") {
            let parents = route.object.root.path(&["spec", "parentRefs"]).map_or(&[][..], Node::items);
            if parents.iter().any(|parent| parent.get("name").and_then(Node::as_str) == Some(gateway)) {
                spaces.push(namespace(&route.object));
            }
        }
    }
    let mut best: Option<TokenDemand> = None;
    for environment in scene.world.clusters.keys() {
        if placed.environment.as_deref().is_some_and(|own| own != environment) {
            continue;
        }
        let Some(view) = scene.meshes.of(environment) else { continue };
        let root = view.effective.root();
        let here = |object: &Object| {
            let name = namespace(object);
            name == root || spaces.contains(&name)
        };
        for authentication in view.mesh.request_authentications.iter().filter(|object| here(object)) {
            let found = view.mesh.demands_token(authentication, root, view.cluster);
            best = Some(best.map_or(found, |known| known.max(found)));
        }
        // an authorizer that is asked about every request may ask for a login
        let asks = view.mesh.authorization_policies.iter().filter(|object| here(object)).any(|object| {
            let policy = Authorization::new(object);
            policy.action == Action::Custom && !policy.is_dry_run() && policy.matches_everything().is_yes()
        });
        if asks && best.is_none_or(|known| known == TokenDemand::No) {
            best = Some(TokenDemand::External);
        }
    }
    best
}
