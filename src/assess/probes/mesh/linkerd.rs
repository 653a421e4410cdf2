//! Linkerd: the default policy of a workload's proxies, and what Servers and their authorizations demand
//! (<https://linkerd.io/2/reference/authorization-policy/>).

use super::super::{Scene, is_set, is_true, number, of_kind, subject};
use super::Case;
use crate::assess::fact::Fact;
use crate::assess::observe::Observer;
use crate::assess::status::Strength;
use crate::model::k8s::{Object, selector};
use crate::model::value::{Node, Origin};

const GROUP: &str = "policy.linkerd.io";

/// What the proxies do with callers that no Server is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Default {
    Deny,
    Authenticated,
    Open,
}

fn default_policy<'a>(case: &Case<'a>) -> Option<(Default, &'a Origin)> {
    const KEY: &str = "config.linkerd.io/default-inbound-policy";
    let of_space = || case.space.declared.iter().find_map(|object| object.root.path(&["metadata", "annotations"])?.entry(KEY));
    let entry = case.pod.annotation(KEY).or_else(of_space)?;
    let policy = match entry.value.as_str()? {
        "deny" | "audit-deny" => Default::Deny,
        "all-authenticated" | "cluster-authenticated" => Default::Authenticated,
        "all-unauthenticated" | "cluster-unauthenticated" | "audit" => Default::Open,
        _ => return None,
    };
    Some((policy, &entry.origin))
}

/// The Servers that select the workload.
fn servers<'a>(case: &'a Case<'_>) -> Vec<&'a Object> {
    let labels = case.pod.labels();
    let own = case.space.objects.iter().map(|object| &**object).filter(|object| object.is(GROUP, "Server"));
    own.filter(|server| selector::selects(server.root.path(&["spec", "podSelector"]), &labels).is_yes()).collect()
}

/// Whether everyone whom a Server's authorizations admit has a certificate; `None` where there is no authorization.
fn authorization(case: &Case<'_>, server: &Object) -> Option<bool> {
    let named = |node: Option<&Node>| node.and_then(Node::as_str) == server.name();
    let mut found: Option<bool> = None;
    for object in &case.space.objects {
        let meshed = match (&*object.group, &*object.kind) {
            (GROUP, "AuthorizationPolicy") => {
                let target = object.root.path(&["spec", "targetRef"]);
                let hits = target.is_some_and(|node| match node.get("kind").and_then(Node::as_str) {
                    Some("Server") => named(node.get("name")),
                    Some("Namespace") => true,
                    _ => false,
                });
                if !hits {
                    continue;
                }
                let refs = object.root.path(&["spec", "requiredAuthenticationRefs"]).map_or(&[][..], Node::items);
                refs.iter().any(|item| matches!(item.get("kind").and_then(Node::as_str), Some("MeshTLSAuthentication" | "ServiceAccount")))
            }
            (GROUP, "ServerAuthorization") => {
                if !named(object.root.path(&["spec", "server", "name"])) {
                    continue;
                }
                let client = object.root.path(&["spec", "client"]);
                is_set(client.and_then(|client| client.get("meshTLS")))
                    && !is_true(client.and_then(|client| client.path(&["meshTLS", "unauthenticatedTLS"])))
                    && !is_true(client.and_then(|client| client.get("unauthenticated")))
            }
            _ => continue,
        };
        found = Some(found.unwrap_or(true) && meshed);
    }
    found
}

/// Where served ports are taken out of the proxies' hands: what comes in there is neither encrypted nor authorised.
fn skipped<'a>(case: &Case<'a>) -> Option<&'a Origin> {
    const KEY: &str = "config.linkerd.io/skip-inbound-ports";
    let of_space = || case.space.declared.iter().find_map(|object| object.root.path(&["metadata", "annotations"])?.entry(KEY));
    let entry = case.pod.annotation(KEY).or_else(of_space)?;
    let served: Vec<u64> = case.ports.iter().filter_map(|port| port.parse().ok()).collect();
    let skips = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (Ok(first), Ok(last)) = (first.trim().parse::<u64>(), last.trim().parse::<u64>()) else { return false };
        served.iter().any(|port| (first..=last).contains(port))
    };
    entry.value.as_str()?.split(',').any(skips).then_some(&entry.origin)
}

/// A Server that admits identities alone, where each port of the workload's containers has one: a Server refuses what nothing admits
/// to its port, whatever the default.
fn guarded<'a>(case: &'a Case<'_>) -> Option<&'a Object> {
    let servers: Vec<&Object> = servers(case)
        .into_iter()
        .filter(|server| server.root.path(&["spec", "accessPolicy"]).is_none_or(|node| node.as_str() == Some("deny")))
        .filter(|server| authorization(case, server) == Some(true))
        .collect();
    let mut ports = case.pod.containers().flat_map(|container| container.ports()).peekable();
    ports.peek()?;
    let has_one = |port: &Node| {
        servers.iter().any(|server| {
            server.root.path(&["spec", "port"]).is_some_and(|own| match own.as_str() {
                Some(name) => port.get("name").and_then(Node::as_str) == Some(name),
                None => number(own).is_some() && number(own) == port.get("containerPort").and_then(number),
            })
        })
    };
    if ports.all(has_one) { servers.first().copied() } else { None }
}

/// Whether plain traffic is refused.
pub(super) fn strictness(observer: &mut Observer<'_>, case: &Case<'_>) {
    let (reach, who) = (case.workload.reach(), case.workload.subject.clone());
    if let Some(at) = skipped(case) {
        observer.add(Fact::MtlsNotStrict, who, &reach, Some(at), "a served port bypasses the proxy");
        return;
    }
    let open = servers(case).into_iter().find(|server| authorization(case, server) == Some(false));
    if let Some(server) = open {
        observer.add(Fact::MtlsNotStrict, who, &reach, Some(server.kind_at()), "a Server admits callers without a certificate");
        return;
    }
    if let Some(server) = guarded(case) {
        observer.note(Fact::MtlsStrict, who, &reach, Some(server.kind_at()), "each port has a Server that admits identities alone");
        return;
    }
    match default_policy(case) {
        Some((Default::Deny | Default::Authenticated, at)) => {
            observer.note(Fact::MtlsStrict, who, &reach, Some(at), "Linkerd refuses callers without a certificate");
        }
        Some((Default::Open, at)) => {
            observer.add(Fact::MtlsNotStrict, who, &reach, Some(at), "Linkerd lets callers without a certificate in");
        }
        None => observer.note(Fact::MtlsElsewhere, who, &reach, None, "the control plane's default policy is not in sight"),
    }
}

/// Whether Servers with authorizations stand for what the workload serves.
pub(super) fn allowed(observer: &mut Observer<'_>, case: &Case<'_>) {
    let (reach, who) = (case.workload.reach(), case.workload.subject.clone());
    if let Some(at) = skipped(case) {
        observer.add(Fact::WorkloadOpen, who, &reach, Some(at), "a served port bypasses the proxy");
        return;
    }
    let servers = servers(case);
    let of = |wanted: Option<bool>| servers.iter().find(|server| authorization(case, server) == wanted);
    let denies = matches!(default_policy(case), Some((Default::Deny, _)));
    let open = matches!(default_policy(case), Some((Default::Open, _)));
    let (fact, at, detail) = match (of(Some(false)), of(Some(true))) {
        (Some(server), _) => (Fact::WorkloadOpen, Some(server.kind_at()), "a Server admits callers without a certificate"),
        (None, Some(server)) if denies => {
            (Fact::WorkloadAuthorized, Some(server.kind_at()), "a Server admits named identities, and the rest is denied")
        }
        (None, Some(server)) if open => (Fact::WorkloadOpen, Some(server.kind_at()), "what no Server is about is let in"),
        (None, Some(_)) => (Fact::WorkloadAuthzUnseen, None, "the control plane's default policy is not in sight"),
        (None, None) => (Fact::WorkloadOpen, None, "no Server with an authorization selects it"),
    };
    let observation = observer.add(fact, who, &reach, at, detail);
    if at.is_none() {
        observation.strength = Strength::WEAK;
    }
}

/// What Linkerd's policies say by themselves.
pub(super) fn policies(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for placed in of_kind(scene.world, GROUP, "AuthorizationPolicy") {
        let object = &*placed.object;
        let kinds: Vec<&str> = object
            .root
            .path(&["spec", "requiredAuthenticationRefs"])
            .map_or(&[][..], Node::items)
            .iter()
            .filter_map(|item| item.get("kind")?.as_str())
            .collect();
        observer.note(Fact::AccessControl, subject(object), &placed.reach, Some(object.kind_at()), "a policy of Linkerd's");
        if kinds.iter().any(|kind| matches!(*kind, "MeshTLSAuthentication" | "ServiceAccount")) {
            observer.note(Fact::PolicyByIdentity, subject(object), &placed.reach, Some(object.kind_at()), "it names identities");
        } else if kinds.contains(&"NetworkAuthentication") {
            observer.note(Fact::PolicyByAddress, subject(object), &placed.reach, Some(object.kind_at()), "it names networks");
        }
    }
    for placed in of_kind(scene.world, GROUP, "ServerAuthorization") {
        let object = &*placed.object;
        let names = |key: &str| is_set(object.root.path(&["spec", "client", "meshTLS", key]));
        if names("serviceAccounts") || names("identities") {
            observer.note(Fact::PolicyByIdentity, subject(object), &placed.reach, Some(object.kind_at()), "it names identities");
        }
    }
}
