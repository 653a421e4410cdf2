use crate::lint::rules::authz_view::{effective_at, filled, is_for_gateway, policy};
use crate::lint::rules::mesh_view::companions_of;
use crate::lint::rules::prelude::*;
use crate::model::effective::{Effective, Mode, Workload, WorkloadMtls};
use crate::model::k8s::Labels;
use crate::model::mesh::{Action, MtlsMode, PolicyScope, Target, condition_key, conditions, operations, scope_of, sources, target};
use crate::model::value::{Node as ValueNode, Origin};

declare_rule! {
    IstioAuthzIngressNotStrict {
        id: "istio-authz-ingress-not-strict",
        group: "istio",
        summary: "an AuthorizationPolicy about callers' identities where plaintext callers have none",
        why: "A caller's principal, namespace and service account are read from its certificate. Where mutual TLS is not strict, a caller \
              may come without one: a DENY rule about principals does not match it and is got around, an ALLOW rule does not match it \
              either, so that it is refused without anyone being told why.\n\n\
              The mode is the one in force for the workloads that the policy applies to: that of the port, the workload, the namespace, \
              the mesh, else permissive. Where no PeerAuthentication is in sight at all this is an info, for the mesh may be \
              strict elsewhere. Not reported: policies of gateways; `notPrincipals: [\"*\"]` in a DENY policy, which refuses plaintext \
              itself, and policies beside one that does.",
        bad: yaml("apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: default\n  namespace: shop\nspec:\n  mtls:\n    mode: PERMISSIVE\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: no-legacy\n  namespace: shop\nspec:\n  action: DENY\n  rules:\n  - from:\n    - source:\n        namespaces: [legacy]\n"),
        good: yaml("apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: default\n  namespace: shop\nspec:\n  mtls:\n    mode: STRICT\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: no-legacy\n  namespace: shop\nspec:\n  action: DENY\n  rules:\n  - from:\n    - source:\n        namespaces: [legacy]\n"),
        recommended: true,
        source: "https://istio.io/latest/docs/concepts/security/#authorization-policies",
    }
}

/// What of a source is read from the caller's certificate.
const IDENTITIES: [&str; 8] = [
    "principals",
    "notPrincipals",
    "namespaces",
    "notNamespaces",
    "serviceAccounts",
    "notServiceAccounts",
    "trustDomains",
    "notTrustDomains",
];

impl Rule for IstioAuthzIngressNotStrict {
    fn names_deciders(&self) -> bool {
        true
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(policy) = policy(object).filter(|policy| !policy.is_dry_run()) else { return };
        if !matches!(policy.action, Action::Allow | Action::Deny) {
            return;
        }
        let denies = policy.action == Action::Deny;
        let found: Vec<(&ValueNode, Identity<'_>)> =
            policy.rules().iter().flat_map(|rule| identities(rule, denies).into_iter().map(move |found| (rule, found))).collect();
        if found.is_empty() {
            return;
        }
        let Some((unit, effective)) = effective_at(object, cx) else { return };
        if is_for_gateway(object, Some(effective)) {
            return;
        }
        if matches!(target(object), Target::Refs(_)) {
            return;
        }
        let Some(reach) = Reach::of(object, effective) else { return cx.withhold() };
        let seen = !unit.mesh().peer_authentications.is_empty();
        for (rule, Identity { at, key, negated }) in found {
            let mode = reach.worst(&ports(rule), effective);
            match mode.mode {
                MtlsMode::Strict => continue,
                MtlsMode::Unknown | MtlsMode::Unset => {
                    cx.withhold();
                    continue;
                }
                MtlsMode::Permissive | MtlsMode::Disable => {}
            }
            let root = effective.root();
            let sets = |other: &Unit| reach.names(root).any(|name| other.mesh().sets_mtls(name));
            let others = || cx.manifests().applied().any(|other| !std::ptr::eq(other, unit) && sets(other));
            let elsewhere = || others() && companions_of(unit, cx).into_iter().any(sets);
            if unit.may_lack(&["PeerAuthentication"]) || (mode.at.is_none() && elsewhere()) {
                cx.withhold();
                continue;
            }
            let severity = if seen { Severity::Warning } else { Severity::Info };
            let why = match (&mode.at, seen) {
                (Some(_), _) => format!("mutual TLS is `{}`", mode.mode.as_str()),
                (None, true) => "no PeerAuthentication makes mutual TLS strict".to_owned(),
                (None, false) => "no PeerAuthentication is in sight".to_owned(),
            };
            let effect = match (negated, denies) {
                (true, _) => "a plaintext caller has none, and passes for one of the others",
                (false, true) => "a plaintext caller is not denied",
                (false, false) => "a plaintext caller matches nothing",
            };
            let message = format!("`{key}` is read from the caller's certificate, and {why}: {effect}");
            let Some(report) = cx.report_line_as(severity, at, message) else { continue };
            let report = report.help("make mutual TLS `STRICT` for the workloads of this policy");
            if let Some(set) = &mode.at {
                report.label(set, "the mode is set here").decided_by(set);
            }
        }
    }
}

/// A key of a rule that is about the caller's certificate.
struct Identity<'p> {
    at: &'p Origin,
    key: &'p str,
    /// It lists those whom the rule is not about.
    negated: bool,
}

/// The keys of a rule that are about the caller's certificate. A DENY rule for all that have none is the remedy itself.
fn identities(rule: &ValueNode, denies: bool) -> Vec<Identity<'_>> {
    let mut found = Vec::new();
    for source in sources(rule) {
        for entry in IDENTITIES.iter().filter_map(|key| filled(source, key)) {
            if !(denies && refuses_plaintext(&entry.key, &entry.value)) {
                found.push(Identity { at: &entry.origin, key: &entry.key, negated: entry.key.starts_with("not") });
            }
        }
    }
    for condition in conditions(rule) {
        let Some(key) = condition_key(condition).filter(|key| key.starts_with("source.") && *key != "source.ip") else { continue };
        let remedy = denies && key == "source.principal" && condition.get("notValues").is_some_and(is_any);
        if let Some(entry) = condition.entry("key").filter(|_| !remedy) {
            let negated = condition.get("values").is_none() && condition.get("notValues").is_some();
            found.push(Identity { at: &entry.origin, key, negated });
        }
    }
    found
}

fn is_any(list: &ValueNode) -> bool {
    list.items().iter().any(|item| item.as_str() == Some("*"))
}

fn refuses_plaintext(key: &str, list: &ValueNode) -> bool {
    matches!(key, "notPrincipals" | "notNamespaces") && is_any(list)
}

/// The ports that a rule is about; none where it is about all.
fn ports(rule: &ValueNode) -> Vec<&str> {
    let mut ports = Vec::new();
    for operation in operations(rule) {
        match filled(operation, "ports") {
            Some(list) => ports.extend(list.value.items().iter().filter_map(ValueNode::as_str)),
            None => return Vec::new(),
        }
    }
    ports
}

/// What a policy applies to.
enum Reach<'u> {
    Workloads(Vec<&'u Workload>),
    /// No workload is in sight: those with these labels that a namespace may have.
    Labels(&'u str, &'u ValueNode),
    Namespace(&'u str),
}

impl<'u> Reach<'u> {
    fn of(object: &'u Object, effective: &'u Effective) -> Option<Self> {
        let selected = effective.selected(object);
        let sure: Vec<&Workload> =
            selected.iter().filter(|(_, selected)| selected.is_yes()).map(|(at, _)| &effective.workloads()[*at]).collect();
        let namespace = match scope_of(object, effective.root()) {
            PolicyScope::Mesh => effective.root(),
            PolicyScope::Namespace(name) | PolicyScope::Workloads(name) => name,
            PolicyScope::Unknown => return None,
        };
        match target(object) {
            // what a namespace holds beside what is in sight is of the namespace's mode
            Target::Everything => Some(Self::Namespace(namespace)),
            Target::Labels(labels) if sure.is_empty() => Some(Self::Labels(namespace, labels)),
            Target::Labels(_) => Some(Self::Workloads(sure)),
            // a waypoint is reached over mutual TLS alone
            Target::Refs(_) | Target::Unknown => None,
        }
    }

    /// The namespaces whose policies decide.
    fn names<'s>(&'s self, root: &'s str) -> impl Iterator<Item = &'s str> {
        let own = match self {
            Self::Workloads(workloads) => workloads.first().map(|workload| &*workload.namespace),
            Self::Namespace(name) | Self::Labels(name, _) => Some(*name),
        };
        own.into_iter().chain([root])
    }

    /// The weakest mode of the workloads on these ports, where all is known.
    fn worst(&self, ports: &[&str], effective: &Effective) -> Mode {
        let modes: Vec<WorkloadMtls> = match self {
            Self::Namespace(name) => return effective.namespace_mtls(name),
            Self::Labels(name, labels) => vec![effective.mtls_of_labels(name, &Labels::new(Some(labels), true))],
            Self::Workloads(workloads) => {
                let open = workloads.iter().filter(|workload| !effective.denies_plaintext(workload).is_yes());
                open.map(|workload| effective.mtls(workload)).collect()
            }
        };
        let mut worst: Option<Mode> = None;
        for mtls in modes {
            let mut modes = vec![];
            for port in ports {
                let own = mtls.ports.iter().find(|(known, _)| &**known == *port).map(|(_, mode)| mode);
                modes.push(own.unwrap_or(&mtls.mode));
            }
            // a rule about all ports is about those that have a mode of their own
            if modes.is_empty() {
                modes.extend(std::iter::once(&mtls.mode).chain(mtls.ports.iter().map(|(_, mode)| mode)));
            }
            for mode in modes {
                if worst.as_ref().is_none_or(|known| rank(mode.mode) > rank(known.mode)) {
                    worst = Some(mode.clone());
                }
            }
        }
        worst.unwrap_or(Mode { mode: MtlsMode::Strict, at: None })
    }
}

fn rank(mode: MtlsMode) -> u8 {
    match mode {
        MtlsMode::Strict => 0,
        MtlsMode::Unset | MtlsMode::Unknown => 1,
        MtlsMode::Permissive => 2,
        MtlsMode::Disable => 3,
    }
}
