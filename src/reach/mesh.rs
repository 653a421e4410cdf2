//! What a mesh lets through to a workload in it: strict mutual TLS, and AuthorizationPolicies by the caller's identity
//! (<https://istio.io/latest/docs/reference/config/security/authorization-policy/>).

use super::graph::{Layer, Verdict};
use super::groups::Class;
use super::ports::PortSet;
use crate::model::effective::{Applied, Effective};
use crate::model::k8s::Object;
use crate::model::mesh::{MtlsMode, sources};
use crate::model::tri::Tri;
use crate::model::value::{Node, Origin, Scalar, Value};

/// What decides about callers of a workload.
pub(super) struct Gate<'e> {
    /// Whether the workload's traffic goes through the mesh.
    joined: Tri,
    strict: Tri,
    deny: Vec<Rule<'e>>,
    allow: Vec<Rule<'e>>,
    /// Some ALLOW policy applies, so that what none allows is refused.
    closed: Tri,
    /// Some policy cannot be read.
    open: bool,
}

/// A rule of a policy that applies.
struct Rule<'e> {
    applies: Tri,
    sources: Vec<&'e Node>,
    ports: PortSet,
    /// It is about some requests only: methods, paths, hosts, headers.
    is_part: bool,
    policy: &'e Object,
    at: &'e Origin,
}

/// A caller's identity, as far as it is known.
pub(super) struct Caller<'c> {
    pub(super) namespace: Option<&'c str>,
    pub(super) account: Option<&'c str>,
    pub(super) joined: Tri,
}

impl<'c> Caller<'c> {
    pub(super) fn of(class: &'c Class<'_>) -> Self {
        Self { namespace: Some(&class.space.name), account: class.account, joined: class.joined }
    }

    /// Pods that the files do not name.
    pub(super) fn elsewhere() -> Self {
        Self { namespace: None, account: None, joined: Tri::Unknown }
    }
}

impl<'e> Gate<'e> {
    /// The gate of a workload; `None` where it is not in a mesh or nothing of the mesh decides.
    pub(super) fn new(effective: &'e Effective, class: &Class<'_>) -> Option<Self> {
        let workload = effective.workloads().get(class.in_mesh?)?;
        if class.joined.is_no() {
            return None;
        }
        let modes = effective.mtls(workload);
        let strict = match modes.mode.mode {
            MtlsMode::Strict if modes.ports.is_empty() => Tri::Yes,
            MtlsMode::Strict => modes.is_strict(),
            MtlsMode::Unknown => Tri::Unknown,
            MtlsMode::Unset | MtlsMode::Disable | MtlsMode::Permissive => Tri::No,
        };
        let found = effective.authorization(workload);
        let rules = |list: &[Applied<'e>]| -> Vec<Rule<'e>> { list.iter().flat_map(rules).collect() };
        let closed = Tri::any(found.allow.iter().map(|applied| applied.applies));
        let unreadable = |list: &[Applied<'_>]| list.iter().any(|applied| !applied.policy.has_known_rules());
        let gate = Self {
            joined: class.joined,
            strict,
            deny: rules(&found.deny),
            allow: rules(&found.allow),
            closed,
            open: !found.unknown.is_empty() || unreadable(&found.allow) || unreadable(&found.deny),
        };
        (!strict.is_no() || !closed.is_no() || !gate.deny.is_empty() || gate.open).then_some(gate)
    }

    /// What a caller may reach. `place` gives places their numbers.
    pub(super) fn decide(&self, caller: &Caller<'_>, place: &mut dyn FnMut(&Object, &Origin) -> u32) -> Verdict {
        let (mut least, mut most) = (PortSet::all(), PortSet::all());
        let mut by = Vec::new();
        let (mut names_peers, mut names_ports) = (false, false);
        for rule in self.deny.iter().filter(|rule| !rule.is_part) {
            match rule.applies.and(rule.is_about(caller)) {
                Tri::No => {}
                Tri::Unknown => least = least.without(&rule.ports),
                Tri::Yes => {
                    least = least.without(&rule.ports);
                    most = most.without(&rule.ports);
                }
            }
        }
        if !self.closed.is_no() {
            let (mut sure, mut perhaps) = (PortSet::default(), PortSet::default());
            (names_peers, names_ports) = (true, true);
            for rule in &self.allow {
                let about = rule.is_about(caller);
                if about.and(rule.applies).is_no() {
                    continue;
                }
                perhaps = perhaps.union(&rule.ports);
                if about.and(rule.applies).is_yes() {
                    sure = sure.union(&rule.ports);
                }
                by.push(place(rule.policy, rule.at));
                names_peers &= !rule.sources.is_empty() && rule.sources.iter().all(|source| names_someone(source));
                names_ports &= !rule.ports.is_all();
            }
            least = least.intersection(&sure);
            if self.closed.is_yes() {
                most = most.intersection(&perhaps);
            } else {
                (names_peers, names_ports) = (false, false);
            }
        }
        // plain text is refused
        match self.strict.and(!caller.joined) {
            Tri::No => {}
            Tri::Unknown => least = PortSet::default(),
            Tri::Yes => (least, most) = (PortSet::default(), PortSet::default()),
        }
        if self.open {
            least = PortSet::default();
        }
        if !self.joined.is_yes() {
            // without the mesh none of this holds
            most = PortSet::all();
            (names_peers, names_ports) = (false, false);
        }
        by.sort_unstable();
        by.dedup();
        Verdict {
            perhaps: most.without(&least),
            ports: least,
            by,
            names_peers,
            names_clients: names_peers,
            names_ports,
            layer: Layer::Seven,
        }
    }
}

fn rules<'e>(applied: &Applied<'e>) -> Vec<Rule<'e>> {
    let mut out = Vec::new();
    for rule in applied.policy.rules() {
        let operations: Vec<&Node> = rule.get("to").map_or(&[][..], Node::items).iter().filter_map(|item| item.get("operation")).collect();
        let mut ports = if operations.is_empty() { PortSet::all() } else { PortSet::default() };
        let mut is_part = rule.get("when").is_some_and(|node| !node.items().is_empty());
        for operation in operations {
            is_part |= operation.entries().iter().any(|entry| &*entry.key != "ports");
            let listed = operation.get("ports").map_or(&[][..], Node::items);
            if listed.is_empty() {
                ports = PortSet::all();
            }
            for port in listed.iter().filter_map(number) {
                ports = ports.union(&PortSet::range(Some("TCP"), port, port));
            }
        }
        out.push(Rule {
            applies: applied.applies,
            sources: sources(rule).collect(),
            ports,
            is_part,
            policy: applied.policy.object,
            at: &rule.origin,
        });
    }
    out
}

fn number(node: &Node) -> Option<u16> {
    match &node.value {
        Value::Scalar(Scalar::Number(text) | Scalar::String(text)) => text.parse().ok(),
        _ => None,
    }
}

fn list<'n>(source: &'n Node, key: &str) -> Option<&'n [Node]> {
    source.get(key).map(Node::items).filter(|items| !items.is_empty())
}

/// Whether a source says who, and not anyone.
fn names_someone(source: &Node) -> bool {
    let named = |key: &str| list(source, key).is_some_and(|items| items.iter().all(|item| item.as_str() != Some("*")));
    ["principals", "namespaces", "serviceAccounts", "requestPrincipals", "ipBlocks", "remoteIpBlocks"].into_iter().any(named)
}

impl Rule<'_> {
    /// Whether it is about a caller; a rule without sources is about anyone.
    fn is_about(&self, caller: &Caller<'_>) -> Tri {
        if self.sources.is_empty() { Tri::Yes } else { Tri::any(self.sources.iter().map(|source| matches(source, caller))) }
    }
}

/// Whether all that a source demands holds of a caller.
fn matches(source: &Node, caller: &Caller<'_>) -> Tri {
    let principal = match (caller.namespace, caller.account) {
        (Some(namespace), Some(account)) => Some(format!("/ns/{namespace}/sa/{account}")),
        _ => None,
    };
    let by_identity = |key: &str, value: Option<&str>, fits: fn(&str, &str) -> bool| {
        list(source, key).map(|items| {
            let known = value.map_or(Tri::Unknown, |value| {
                Tri::any(items.iter().map(|item| item.as_str().map_or(Tri::Unknown, |text| fits(text, value).into())))
            });
            // who has no certificate has no identity
            let any = items.iter().any(|item| item.as_str() == Some("*"));
            caller.joined.and(if any { Tri::Yes } else { known })
        })
    };
    let positive = |key: &str, value: Option<&str>, fits| by_identity(key, value, fits).unwrap_or(Tri::Yes);
    let negative = |key: &str, value: Option<&str>, fits| by_identity(key, value, fits).map_or(Tri::Yes, |answer| !answer);
    let account = match (caller.namespace, caller.account) {
        (Some(namespace), Some(account)) => Some(format!("{namespace}/{account}")),
        _ => None,
    };
    // addresses of pods are not known
    let open = ["ipBlocks", "notIpBlocks", "remoteIpBlocks", "notRemoteIpBlocks"];
    let addresses = if open.iter().any(|key| list(source, key).is_some()) { Tri::Unknown } else { Tri::Yes };
    Tri::all([
        positive("principals", principal.as_deref(), fits_principal),
        negative("notPrincipals", principal.as_deref(), fits_principal),
        positive("namespaces", caller.namespace, fits_text),
        negative("notNamespaces", caller.namespace, fits_text),
        positive("serviceAccounts", account.as_deref(), fits_account),
        negative("notServiceAccounts", account.as_deref(), fits_account),
        addresses,
    ])
}

/// Istio's patterns: exact, `prefix*`, `*suffix`, `*`.
fn fits_text(pattern: &str, text: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(suffix), _) => text.ends_with(suffix),
        (None, Some(prefix)) => text.starts_with(prefix),
        (None, None) => pattern == text,
    }
}

/// `text` is a principal behind its trust domain, which may be any.
fn fits_principal(pattern: &str, text: &str) -> bool {
    match pattern.find("/ns/") {
        Some(at) if !pattern.starts_with('*') => fits_text(&pattern[at..], text),
        // `cluster.local/*`
        None if pattern.ends_with('*') && !pattern.starts_with('*') => true,
        _ => fits_text(pattern, text),
    }
}

/// `name` is of the policy's own namespace, which is not at hand here: the account alone is compared then.
fn fits_account(pattern: &str, text: &str) -> bool {
    if pattern.contains('/') { fits_text(pattern, text) } else { text.rsplit('/').next() == Some(pattern) }
}
