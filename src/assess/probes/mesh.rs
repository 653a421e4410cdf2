//! Who is in the mesh, what mutual TLS is in force, and who may call whom.

use super::{Scene, is_set, is_true, of_kind, subject, texts};
use crate::assess::fact::Fact;
use crate::assess::observe::{Observer, Subject};
use crate::assess::status::Strength;
use crate::assess::world::{Placed, Workload};
use crate::model::k8s::{Cluster, Object, Pod, Space};
use crate::model::mesh::{Action, Authorization, Target, applies_to, namespace_of, target};
use crate::model::tri::Tri;
use crate::model::value::{Node, Origin};

const ISTIO: &str = "security.istio.io";

/// Whether a workload is part of a mesh.
#[derive(Clone, PartialEq, Debug)]
enum Member {
    Istio(Origin),
    Linkerd(Origin),
    Excluded(Origin, &'static str),
    /// Nothing in sight says so, and the namespace is declared elsewhere.
    Unseen,
    Absent,
}

pub(super) fn probe(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    let some_mesh = scene.world.deployed().any(|placed| {
        placed.object.group.ends_with("istio.io") || placed.object.group.ends_with("linkerd.io") || mark(&placed.object).is_some()
    });
    for workload in scene.world.subjects() {
        let (Some(pod), Some(cluster)) = (workload.pod(), scene.world.clusters.get(&workload.environment)) else { continue };
        let Some(space) = cluster.namespace(&workload.namespace) else { continue };
        let member = member(&pod, space, some_mesh);
        enrolment(observer, workload, &member);
        if let Member::Istio(_) = member {
            transport(scene, observer, workload, &pod, cluster);
        }
        authorization(scene, observer, workload, &pod, cluster, space, &member);
    }
    for placed in of_kind(scene.world, "networking.istio.io", "DestinationRule") {
        destination(observer, placed);
    }
    for placed in of_kind(scene.world, ISTIO, "AuthorizationPolicy") {
        policy(scene, observer, placed);
    }
}

/// The mark of a mesh on a Namespace.
fn mark(object: &Object) -> Option<&Node> {
    if !object.is("", "Namespace") {
        return None;
    }
    let labels = object.labels()?;
    ["istio-injection", "istio.io/rev", "istio.io/dataplane-mode"].iter().find_map(|key| labels.get(key))
}

fn member(pod: &Pod<'_>, space: &Space, some_mesh: bool) -> Member {
    let own = |key: &str| pod.label(key).or_else(|| pod.annotation(key));
    let text = |node: &Node| node.as_str().map(str::to_owned).or_else(|| node.as_bool().map(|value| value.to_string()));
    if let Some(entry) = own("sidecar.istio.io/inject") {
        return match text(&entry.value).as_deref() {
            Some("true") => Member::Istio(entry.origin.clone()),
            Some("false") => Member::Excluded(entry.origin.clone(), "the sidecar's injection is switched off"),
            _ => Member::Unseen,
        };
    }
    if let Some(entry) = own("istio.io/dataplane-mode") {
        return match entry.value.as_str() {
            Some("ambient") => Member::Istio(entry.origin.clone()),
            Some("none") => Member::Excluded(entry.origin.clone(), "the workload is taken out of the ambient mesh"),
            _ => Member::Unseen,
        };
    }
    if let Some(entry) = pod.annotation("linkerd.io/inject") {
        return match entry.value.as_str() {
            Some("enabled" | "ingress") => Member::Linkerd(entry.origin.clone()),
            Some("disabled") => Member::Excluded(entry.origin.clone(), "linkerd's injection is switched off"),
            _ => Member::Unseen,
        };
    }
    if pod.host_network().is_yes() {
        return Member::Excluded(pod.spec.origin.clone(), "it uses the node's network");
    }
    for namespace in &space.declared {
        if let Some(node) = mark(namespace) {
            return match node.as_str() {
                Some("disabled" | "none") => Member::Excluded(node.origin.clone(), "its namespace is kept out of the mesh"),
                Some(_) => Member::Istio(node.origin.clone()),
                None => Member::Unseen,
            };
        }
        let linkerd = namespace.root.path(&["metadata", "annotations"]).and_then(|node| node.get("linkerd.io/inject"));
        if let Some(node) = linkerd.filter(|node| node.as_str() == Some("enabled")) {
            return Member::Linkerd(node.origin.clone());
        }
    }
    let sidecar = pod.containers().find(|container| matches!(container.name(), Some("istio-proxy" | "linkerd-proxy")));
    if let Some(container) = sidecar {
        return Member::Istio(container.node.origin.clone());
    }
    let declared = !space.declared.is_empty() && !space.is_partial();
    if some_mesh && !declared { Member::Unseen } else { Member::Absent }
}

fn enrolment(observer: &mut Observer<'_>, workload: &Workload, member: &Member) {
    let reach = workload.reach();
    let who = || workload.subject.clone();
    match member {
        Member::Istio(at) | Member::Linkerd(at) => {
            observer.add(Fact::MeshMember, who(), &reach, Some(at), "part of the mesh");
            let issuer = Subject::new(workload.namespace.clone(), "Mesh", "certificates");
            observer.add(Fact::CentralKeys, issuer, &reach, Some(at), "the mesh issues certificates");
            if let Member::Linkerd(at) = member {
                observer.add(Fact::MtlsActive, who(), &reach, Some(at), "linkerd's mutual TLS");
                observer.add(Fact::MtlsElsewhere, who(), &reach, Some(at), "linkerd's policies decide whether plain traffic is refused");
            }
        }
        Member::Excluded(at, why) => observer.note(Fact::MeshExcluded, who(), &reach, Some(at), *why),
        Member::Unseen => {
            observer.add(Fact::MeshUnseen, who(), &reach, None, "its namespace is declared elsewhere");
        }
        Member::Absent => {
            observer.add(Fact::MeshAbsent, who(), &reach, None, "nothing puts it into a mesh").strength = Strength::WEAK;
        }
    }
}

/// A mode of mutual TLS and where it is written.
type Mode<'o> = (&'o str, &'o Origin);

/// The mode that a policy sets; `None` where it inherits.
fn mode(node: Option<&Node>) -> Option<Mode<'_>> {
    let node = node?.get("mode")?;
    match node.as_str() {
        Some("UNSET") => None,
        Some(mode) => Some((mode, &node.origin)),
        None if node.is_null() => None,
        None => Some(("?", &node.origin)),
    }
}

/// The mode in force for a workload: its own policies, then the namespace's, then the mesh's (Istio, PeerAuthentication).
fn transport(scene: &Scene<'_>, observer: &mut Observer<'_>, workload: &Workload, pod: &Pod<'_>, cluster: &Cluster) {
    let root = scene.world.mesh_root.as_str();
    let policies = cluster.of_kind(ISTIO, "PeerAuthentication");
    let labels = pod.labels();
    let (mut own, mut space, mut mesh) = (Vec::new(), Vec::new(), Vec::new());
    let mut unclear = false;
    for policy in policies {
        match (target(policy), namespace_of(policy)) {
            (Target::Unknown, _) | (_, None) => unclear = true,
            (Target::Everything, Some(name)) if name == workload.namespace => space.push(policy),
            (Target::Everything, Some(name)) if name == root => mesh.push(policy),
            (Target::Labels(selector), Some(name)) if name == workload.namespace => match labels.has_all(Some(selector)) {
                Tri::Yes => own.push(policy),
                Tri::Unknown => unclear = true,
                Tri::No => {}
            },
            _ => {}
        }
    }
    let reach = workload.reach();
    let who = || workload.subject.clone();
    let mut ports = Vec::new();
    let mut found = None;
    for level in [&own, &space, &mesh] {
        let modes: Vec<Mode<'_>> = level.iter().filter_map(|policy| mode(policy.root.path(&["spec", "mtls"]))).collect();
        // of several the oldest counts, which no file tells
        unclear |= modes.windows(2).any(|pair| pair[0].0 != pair[1].0);
        found = found.or(modes.first().copied());
    }
    for policy in &own {
        for port in policy.root.path(&["spec", "portLevelMtls"]).map_or(&[][..], Node::entries) {
            ports.extend(mode(Some(&port.value)).map(|mode| (&*port.key, mode)));
        }
    }
    let governed = policies.iter().any(|policy| namespace_of(policy) == Some(root)) || !policies.is_empty();
    let (text, at) = match found {
        _ if unclear => {
            observer.add(Fact::MtlsUnseen, who(), &reach, None, "which policy is in force cannot be told");
            return;
        }
        Some((mode, at)) => (mode, Some(at)),
        None => ("PERMISSIVE", None),
    };
    let worst_port =
        ports.iter().find(|(_, (mode, _))| *mode == "DISABLE").or_else(|| ports.iter().find(|(_, (mode, _))| *mode != "STRICT"));
    match text {
        "STRICT" | "PERMISSIVE" => {
            let observation = observer.add(Fact::MtlsActive, who(), &reach, at, format!("mutual TLS is {text}"));
            if at.is_none() {
                observation.strength = Strength::INFERRED;
            } else {
                observer.add(Fact::HopEncrypted, who().with_part("mesh"), &reach, at, format!("mutual TLS is {text}"));
            }
        }
        "DISABLE" => {
            observer.add(Fact::MtlsDisabled, who(), &reach, at, "mutual TLS is switched off");
            return;
        }
        _ => {
            observer.add(Fact::MtlsUnseen, who(), &reach, at, "the mode is not known");
            return;
        }
    }
    match (worst_port, text) {
        (Some((port, ("DISABLE", at))), _) => {
            observer.add(Fact::MtlsDisabled, who(), &reach, Some(at), format!("mutual TLS is switched off on port {port}"));
        }
        (Some((port, (mode, at))), _) => {
            observer.note(Fact::MtlsNotStrict, who(), &reach, Some(at), format!("mutual TLS is {mode} on port {port}"))
        }
        (None, "STRICT") => observer.note(Fact::MtlsStrict, who(), &reach, at, "mutual TLS is STRICT"),
        (None, _) if at.is_some() || governed => {
            let detail = if at.is_some() { "mutual TLS is PERMISSIVE" } else { "no policy demands mutual TLS: the default is PERMISSIVE" };
            observer.add(Fact::MtlsNotStrict, who(), &reach, at, detail);
        }
        (None, _) => observer.note(Fact::MtlsElsewhere, who(), &reach, None, "the mesh's own policy is not in sight"),
    }
}

/// `tls.mode: DISABLE` on a host in the cluster undoes mutual TLS on the client's side.
fn destination(observer: &mut Observer<'_>, placed: &Placed) {
    let host = placed.object.root.path(&["spec", "host"]).and_then(Node::as_str).unwrap_or("");
    let inside = host.ends_with(".local") || host.contains(".svc") || (!host.contains('.') && !host.is_empty());
    let disabled = placed.object.root.path(&["spec", "trafficPolicy", "tls", "mode"]).filter(|node| node.as_str() == Some("DISABLE"));
    if let (true, Some(node)) = (inside, disabled) {
        observer.add(
            Fact::MtlsNotStrict,
            subject(&placed.object),
            &placed.reach,
            Some(&node.origin),
            "clients are told to speak plain text",
        );
    }
}

/// Whether an ALLOW policy admits everyone, by a rule without limits.
fn admits_everyone(policy: &Authorization<'_>) -> bool {
    policy.action == Action::Allow && !policy.is_dry_run() && policy.matches_everything().is_yes()
}

/// Whether a source names identities; a lone `*` is any of them.
fn names_identity(source: &Node) -> bool {
    ["principals", "requestPrincipals", "namespaces", "serviceAccounts"].iter().any(|key| texts(source.get(key)).any(|text| text != "*"))
}

/// Whether every rule says from whom, by an allow list that is not any identity.
fn is_explicit(policy: &Authorization<'_>) -> bool {
    policy.rules().iter().all(|rule| {
        let sources = rule.get("from").map_or(&[][..], Node::items);
        let named = |source: &Node| names_identity(source) || is_set(source.get("ipBlocks")) || is_set(source.get("remoteIpBlocks"));
        !sources.is_empty() && sources.iter().all(|item| item.get("source").is_some_and(named)) || is_set(rule.get("when"))
    })
}

fn authorization(
    scene: &Scene<'_>,
    observer: &mut Observer<'_>,
    workload: &Workload,
    pod: &Pod<'_>,
    cluster: &Cluster,
    space: &Space,
    member: &Member,
) {
    let labels = pod.labels();
    let serves = pod.containers().any(|container| !container.ports().is_empty()) || space.services_of(&labels).next().is_some();
    let root = scene.world.mesh_root.as_str();
    let policies = cluster.of_kind(ISTIO, "AuthorizationPolicy");
    let reach = workload.reach();
    let who = || workload.subject.clone();
    if !serves || matches!(&*workload.object.kind, "Job" | "CronJob") {
        return;
    }
    let (mut denied, mut allowed, mut open, mut loose, mut unclear) = (None, None, None, None, false);
    for object in policies {
        let policy = Authorization::new(object);
        if policy.is_dry_run() {
            continue;
        }
        match applies_to(object, &workload.namespace, &labels, root) {
            Tri::No => continue,
            Tri::Unknown => {
                unclear = true;
                continue;
            }
            Tri::Yes => {}
        }
        unclear |= policy.action == Action::Unknown || !policy.has_known_rules();
        let whole = matches!(target(object), Target::Everything);
        match policy.action {
            Action::Allow if policy.rules().is_empty() => denied = denied.or(whole.then_some(object)),
            Action::Allow if admits_everyone(&policy) => open = open.or(Some(object)),
            Action::Allow if !is_explicit(&policy) => {
                denied = denied.or(whole.then_some(object));
                loose = loose.or(Some(object));
            }
            Action::Allow => {
                denied = denied.or(whole.then_some(object));
                allowed = allowed.or(Some(object));
            }
            Action::Custom => allowed = allowed.or(Some(object)),
            Action::Deny | Action::Audit | Action::Unknown => {}
        }
    }
    let (fact, at, detail) = match (open, allowed, denied, loose) {
        (Some(object), ..) => (Fact::WorkloadOpen, Some(object), "a policy admits everyone"),
        _ if unclear => (Fact::WorkloadAuthzUnseen, None, "which policies are in force cannot be told"),
        (_, _, _, Some(object)) => (Fact::WorkloadOpen, Some(object), "a policy admits callers without naming them"),
        (_, Some(object), Some(_), _) => {
            (Fact::WorkloadAuthorized, Some(object), "an allow policy selects it, and its namespace denies by default")
        }
        (_, Some(object), None, _) => (Fact::WorkloadOpen, Some(object), "its namespace does not deny by default"),
        (_, None, Some(object), _) => (Fact::WorkloadOpen, Some(object), "no policy admits its callers explicitly"),
        (_, None, None, _) if policies.is_empty() && *member == Member::Unseen => {
            (Fact::WorkloadAuthzUnseen, None, "policies of the mesh lie elsewhere")
        }
        (_, None, None, _) => (Fact::WorkloadOpen, None, "no policy selects it, so that everyone is let in"),
    };
    let observation = observer.add(fact, who(), &reach, at.map(|object| object.kind_at()), detail);
    if at.is_none() {
        observation.strength = Strength::WEAK;
    }
}

/// What one AuthorizationPolicy says by itself.
fn policy(scene: &Scene<'_>, observer: &mut Observer<'_>, placed: &Placed) {
    let object = &*placed.object;
    let policy = Authorization::new(object);
    let who = subject(object);
    let at = object.kind_at();
    if policy.is_dry_run() || !policy.has_known_rules() {
        return;
    }
    let whole = matches!(target(object), Target::Everything);
    match policy.action {
        Action::Allow if admits_everyone(&policy) => {
            let selected = scene.world.subjects().filter(|workload| {
                let here = placed.environment.as_deref().is_none_or(|own| own == workload.environment);
                let labels = workload.pod().map(|pod| pod.labels());
                here && labels.is_some_and(|labels| applies_to(object, &workload.namespace, &labels, &scene.world.mesh_root).is_yes())
            });
            for workload in selected {
                observer.add(Fact::AuthzAllowAll, workload.subject.clone(), &workload.reach(), Some(at), "a policy admits everyone");
            }
        }
        Action::Allow if whole => {
            observer.note(Fact::PolicyDefaultDeny, who.clone(), &placed.reach, Some(at), "what it does not allow is denied")
        }
        Action::Allow | Action::Deny | Action::Custom => {
            observer.note(Fact::AccessControl, who.clone(), &placed.reach, Some(at), "an AuthorizationPolicy")
        }
        Action::Audit | Action::Unknown => {}
    }
    if !matches!(policy.action, Action::Allow | Action::Deny) {
        return;
    }
    let sources: Vec<&Node> = policy
        .rules()
        .iter()
        .flat_map(|rule| rule.get("from").map_or(&[][..], Node::items))
        .filter_map(|item| item.get("source"))
        .collect();
    if sources.is_empty() {
        return;
    }
    if sources.iter().any(|source| names_identity(source)) {
        observer.add(Fact::PolicyByIdentity, who, &placed.reach, Some(at), "it names identities");
    } else if sources.iter().all(|source| !is_true(source.get("notPrincipals"))) && policy.action == Action::Allow {
        observer.add(Fact::PolicyByAddress, who, &placed.reach, Some(at), "it names addresses, or any identity");
    }
}
