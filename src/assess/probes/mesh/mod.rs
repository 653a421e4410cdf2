//! Who is in a mesh, what mutual TLS is in force, and who may call whom: all of it as `model::effective` has it.

mod allow;
mod clients;
mod linkerd;
mod policies;
mod transport;

use super::Scene;
use crate::assess::fact::Fact;
use crate::assess::meshes::View;
use crate::assess::observe::{Observer, Subject};
use crate::assess::status::Strength;
use crate::assess::world::Workload;
use crate::model::effective::{self, Identity, Plane, injection, spire_ids};
use crate::model::k8s::{Pod, Space};
use crate::model::mesh::DEFAULT_TRUST_DOMAIN;
use crate::model::network::{CiliumEndpoint, CiliumPolicy};
use crate::model::tri::Tri;
use crate::model::value::{Node, Origin};

/// What gives a workload its identity.
#[derive(Clone, PartialEq, Debug)]
enum Member {
    Sidecar(Option<Origin>),
    Ambient(Option<Origin>),
    Linkerd(Option<Origin>),
    /// SPIRE, or Cilium's mutual authentication.
    Other(Origin, &'static str),
    Excluded(Origin, &'static str),
    /// Nothing in sight says so, and the namespace is declared elsewhere.
    Unseen,
    Absent,
}

/// One workload and all that is asked about it.
struct Case<'a> {
    workload: &'a Workload,
    pod: Pod<'a>,
    space: &'a Space,
    view: &'a View<'a>,
    own: &'a effective::Workload,
    member: Member,
    /// Ports that containers or Services name.
    ports: Vec<String>,
    /// It takes requests.
    serves: bool,
}

pub(in crate::assess) fn probe(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for workload in scene.world.subjects() {
        let (Some(pod), Some(view)) = (workload.pod(), scene.meshes.of(&workload.environment)) else { continue };
        let (Some(space), Some(own)) = (view.cluster.namespace(&workload.namespace), view.workload(workload)) else { continue };
        let member = member(&pod, space, view, own);
        let (ports, serves) = served(workload, &pod, space);
        let case = Case { workload, pod, space, view, own, member, ports, serves };
        enrolment(observer, &case);
        transport::observe(observer, &case);
        if case.serves {
            allow::observe(observer, &case);
        }
    }
    clients::observe(scene, observer);
    policies::observe(scene, observer);
    linkerd::policies(scene, observer);
}

fn member(pod: &Pod<'_>, space: &Space, view: &View<'_>, own: &effective::Workload) -> Member {
    let found = injection(pod, space);
    if found.joined.is_yes() {
        return match found.plane {
            Some(Plane::Linkerd) => Member::Linkerd(found.at),
            Some(Plane::Ambient) => Member::Ambient(found.at),
            Some(Plane::Sidecar) | None => Member::Sidecar(found.at),
        };
    }
    if let Some((at, why)) = spiffe(pod, space, view, own).or_else(|| cilium(pod, space, view)) {
        return Member::Other(at, why);
    }
    match (found.joined, found.at) {
        (Tri::Unknown, _) => Member::Unseen,
        (_, Some(at)) => {
            Member::Excluded(at, if pod.host_network().is_yes() { "it uses the node's network" } else { "it is kept out of the mesh" })
        }
        (_, None) if view.exists && (space.declared.is_empty() || space.is_partial()) => Member::Unseen,
        (_, None) => Member::Absent,
    }
}

/// An identity of SPIRE's: a socket that its CSI driver mounts, or a registration that selects the pods.
fn spiffe(pod: &Pod<'_>, space: &Space, view: &View<'_>, own: &effective::Workload) -> Option<(Origin, &'static str)> {
    let driver = |volume: &&Node| {
        matches!(volume.path(&["csi", "driver"]).and_then(Node::as_str), Some("csi.spiffe.io" | "spiffe.csi.cert-manager.io"))
    };
    if let Some(volume) = pod.volumes().iter().find(driver) {
        return Some((volume.origin.clone(), "a SPIFFE identity by CSI"));
    }
    let identity = Identity::of(own)?;
    let ids = spire_ids(&identity, &pod.labels(), space, view.cluster, Some(DEFAULT_TRUST_DOMAIN));
    ids.into_iter().find(|(id, _)| id.is_some()).map(|(_, at)| (at.clone(), "SPIRE registers it"))
}

/// A policy of Cilium's that demands mutual authentication of the workload's callers.
fn cilium(pod: &Pod<'_>, space: &Space, view: &View<'_>) -> Option<(Origin, &'static str)> {
    let (labels, of_space) = (pod.labels(), space.labels());
    let endpoint = CiliumEndpoint { pod: &labels, namespace: &of_space, name: &space.name };
    let own = space.objects.iter().filter(|object| object.is("cilium.io", "CiliumNetworkPolicy"));
    let wide = view.cluster.of_kind("cilium.io", "CiliumClusterwideNetworkPolicy").iter();
    own.chain(wide).find_map(|object| {
        CiliumPolicy::new(object)?.specs().filter(|spec| CiliumPolicy::selects(spec, &endpoint).is_yes()).find_map(|spec| {
            let demands = |rule: &&Node| rule.path(&["authentication", "mode"]).and_then(Node::as_str) == Some("required");
            let rule = spec.get("ingress").map_or(&[][..], Node::items).iter().find(demands)?;
            Some((rule.get("authentication")?.origin.clone(), "Cilium demands mutual authentication"))
        })
    })
}

/// The ports that the workload is said to serve, and whether it serves at all.
fn served(workload: &Workload, pod: &Pod<'_>, space: &Space) -> (Vec<String>, bool) {
    let mut ports: Vec<String> = Vec::new();
    let text = |node: &Node| node.as_str().map(str::to_owned).or_else(|| super::number(node).map(|number| number.to_string()));
    for container in pod.containers() {
        for port in container.ports() {
            ports.extend(["containerPort", "name"].iter().filter_map(|key| port.get(key).and_then(text)));
        }
    }
    let labels = pod.labels();
    let mut selected = false;
    for (service, _) in space.services_of(&labels) {
        selected = true;
        for port in service.root.path(&["spec", "ports"]).map_or(&[][..], Node::items) {
            ports.extend(port.get("targetPort").or_else(|| port.get("port")).and_then(text));
        }
    }
    ports.sort();
    ports.dedup();
    let serves = (selected || !ports.is_empty()) && !matches!(&*workload.object.kind, "Job" | "CronJob");
    (ports, serves)
}

fn enrolment(observer: &mut Observer<'_>, case: &Case<'_>) {
    let reach = case.workload.reach();
    let who = || case.workload.subject.clone();
    match &case.member {
        Member::Sidecar(at) | Member::Ambient(at) | Member::Linkerd(at) => {
            observer.note(Fact::MeshMember, who(), &reach, at.as_ref(), "part of the mesh");
            let issuer = Subject::new(case.workload.namespace.clone(), "Mesh", "certificates");
            observer.note(Fact::CentralKeys, issuer, &reach, at.as_ref(), "the mesh issues certificates");
        }
        Member::Other(at, why) => {
            observer.note(Fact::MeshMember, who(), &reach, Some(at), *why);
            let issuer = Subject::new(case.workload.namespace.clone(), "Mesh", "certificates");
            observer.note(Fact::CentralKeys, issuer, &reach, Some(at), *why);
        }
        Member::Excluded(at, why) => {
            observer.add(Fact::MeshExcluded, who(), &reach, Some(at), *why);
        }
        Member::Unseen => observer.note(Fact::MeshUnseen, who(), &reach, None, "whether it is part of the mesh is declared elsewhere"),
        Member::Absent => {
            observer.add(Fact::MeshAbsent, who(), &reach, None, "nothing puts it into a mesh").strength = Strength::WEAK;
        }
    }
}
