//! Which policies are about the workload, and whom it can talk to.

use super::identity::{effective, labels};
use super::{Desk, Line, Section, id_of};
use crate::assess::observe::Spot;
use crate::model::effective::Applied;
use crate::model::mesh::MtlsMode;
use crate::model::network::Direction;
use crate::model::tri::Tri;
use crate::reach::{EdgeKind, Graph};

/// So many peers are named.
const PEERS: usize = 25;

pub(super) fn authorization(desk: &Desk<'_>) -> Section {
    let mut lines = Vec::new();
    if let Some(own) = effective(desk) {
        let all = desk.unit.effective(&desk.world.mesh_root);
        let mtls = all.mtls(own);
        if mtls.mode.mode != MtlsMode::Unset || mtls.mode.at.is_some() {
            lines.push(desk.line(format!("mutual TLS {}", mtls.mode.mode.as_str()), mtls.mode.at.as_ref()));
        }
        for (port, mode) in &mtls.ports {
            lines.push(desk.line(format!("mutual TLS {} on port {port}", mode.mode.as_str()), mode.at.as_ref()));
        }
        let found = all.authorization(own);
        let groups: [(&str, &[Applied<'_>]); 5] = [
            ("asks a decision point", &found.custom),
            ("denies", &found.deny),
            ("allows", &found.allow),
            ("only audits", &found.audit),
            ("action not known", &found.unknown),
        ];
        for (word, policies) in groups {
            for one in policies {
                let object = one.policy.object;
                // an ALLOW policy without rules matches nothing, and so refuses what no other one allows
                let nothing = word == "allows" && one.policy.has_known_rules() && one.policy.rules().is_empty();
                let text = format!("{}: {}", id_of(object), if nothing { "denies by default (it allows nothing)" } else { word });
                lines.push(Line { perhaps: one.applies == Tri::Unknown, ..desk.line(text, Some(object.kind_at())) });
            }
        }
        let (denied, at) = found.default_denied();
        let text = match denied {
            Tri::Yes => "what nothing allows is refused",
            Tri::No => "what nothing denies is let in",
            Tri::Unknown => "whether what nothing allows is refused cannot be told",
        };
        if !lines.is_empty() {
            lines.push(Line { perhaps: denied == Tri::Unknown, ..desk.line(text, at) });
        }
    }
    Section { id: "authorization", title: "Policies of the mesh", lines, empty: "none of these files is about it" }
}

pub(super) fn network(desk: &Desk<'_>) -> Section {
    let mut lines = Vec::new();
    if let (Some(labels), Some(space)) = (labels(desk), desk.unit.cluster().namespace(&desk.workload.namespace)) {
        for (direction, word) in [(Direction::Ingress, "ingress"), (Direction::Egress, "egress")] {
            let fact = desk.unit.network().captured(space, &labels, direction);
            for decider in &fact.by {
                let text = format!("{}: isolates {word}", id_of(&decider.policy));
                lines.push(Line { perhaps: decider.answer == Tri::Unknown, ..desk.line(text, Some(&decider.at)) });
            }
            if fact.answer == Tri::No {
                lines.push(desk.line(format!("{word} is open: no policy isolates it"), None));
            }
        }
    }
    Section { id: "network", title: "Network policies", lines, empty: "none of these files is about it" }
}

/// The workload's graph and its place in it.
fn graph<'d>(desk: &'d Desk<'_>) -> Option<(&'d Graph, usize)> {
    let graph = &desk.assessment.reach.as_ref()?.environment(&desk.workload.environment)?.graph;
    Some((graph, graph.find(&desk.workload.subject.to_string())?))
}

pub(super) fn incoming(desk: &Desk<'_>) -> Section {
    let mut lines = Vec::new();
    if let Some((graph, own)) = graph(desk) {
        for exposure in graph.exposures.iter().filter(|one| one.to as usize == own) {
            let kind = graph.kinds.get(exposure.kind as usize);
            let text = format!("from outside by {} ({})", exposure.point, kind.map_or_else(String::new, ports));
            let spot = Spot { path: exposure.place.path.clone(), line: exposure.place.line, column: 1, end_line: exposure.place.line };
            lines.push(Line { text, spot: Some(spot), perhaps: kind.is_some_and(|kind| kind.answer() == Tri::Unknown) });
        }
        let others = (0..graph.nodes.len()).filter_map(|at| Some((at, graph.edge(at, own)?)));
        peers(graph, others, &mut lines);
    }
    Section { id: "incoming", title: "Who can reach it", lines, empty: "nobody, as these files declare, or it is not known" }
}

pub(super) fn outgoing(desk: &Desk<'_>) -> Section {
    let mut lines = Vec::new();
    if let Some((graph, own)) = graph(desk) {
        let others = (0..graph.nodes.len()).filter_map(|at| Some((at, graph.edge(own, at)?)));
        peers(graph, others, &mut lines);
        let outside = graph
            .nodes
            .get(own)
            .and_then(|node| graph.groups.get(node.group as usize))
            .and_then(|group| graph.kinds.get(group.to_outside as usize));
        if let Some(kind) = outside.filter(|kind| kind.answer() != Tri::No) {
            let spot = first_place(graph, kind);
            lines.push(Line {
                text: format!("addresses outside of the cluster ({})", ports(kind)),
                spot,
                perhaps: kind.answer() == Tri::Unknown,
            });
        }
        if let Some(radius) = graph.radius.get(own) {
            lines
                .push(desk.line(format!("blast radius: {radius} of {} workloads, through others as well", graph.measures.workloads), None));
        }
    }
    Section { id: "outgoing", title: "Whom it can reach", lines, empty: "nobody, as these files declare, or it is not known" }
}

fn ports(kind: &EdgeKind) -> String {
    let text = if kind.ports.is_empty() { kind.perhaps.to_string() } else { kind.ports.to_string() };
    if text.is_empty() { "no port".to_owned() } else { text }
}

fn first_place(graph: &Graph, kind: &EdgeKind) -> Option<Spot> {
    graph.places_of(kind).min().map(|place| Spot { path: place.path.clone(), line: place.line, column: 1, end_line: place.line })
}

fn peers<'g>(graph: &'g Graph, others: impl Iterator<Item = (usize, &'g EdgeKind)>, lines: &mut Vec<Line>) {
    let all: Vec<(usize, &EdgeKind)> = others.filter(|(_, kind)| kind.answer() != Tri::No).collect();
    for (at, kind) in all.iter().take(PEERS) {
        let datastore = graph.nodes[*at].datastore.map_or_else(String::new, |name| format!(", {name}"));
        let by = if kind.by.is_empty() { "; no policy isolates" } else { "" };
        let text = format!("{}{datastore} ({}{by})", graph.nodes[*at].id, ports(kind));
        lines.push(Line { text, spot: first_place(graph, kind), perhaps: kind.answer() == Tri::Unknown });
    }
    if all.len() > PEERS {
        lines.push(Line { text: format!("and {} more", all.len() - PEERS), spot: None, perhaps: false });
    }
}
