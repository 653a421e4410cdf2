//! What is left of the flat network: edges between workloads, and who reaches datastores.

use std::collections::BTreeSet;

use super::Scene;
use crate::assess::connectivity::EnvironmentReach;
use crate::assess::fact::Fact;
use crate::assess::observe::{Observer, Reach, Spot, Subject};
use crate::assess::status::Strength;
use crate::assess::world::Workload;
use crate::model::value::{Node, Scalar, Value};
use crate::reach::{EdgeKind, Place};

/// Fewer workloads than this have too few edges to measure their reduction.
const LEAST: u64 = 3;

/// At least so much less than flat, in percent.
const REDUCTION: u32 = 50;

pub(in crate::assess) fn probe(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    let Some(reach) = scene.reach else { return };
    for own in &reach.environments {
        let workloads: Vec<&Workload> = scene.world.subjects().filter(|workload| workload.environment == own.environment).collect();
        // where it cannot be told what a namespace denies, nothing can be told of who is let in
        let unseen = super::network::unseen(observer, &own.environment);
        // where the reduction cannot be told, single workloads do not make up for it
        let measured = reduction(observer, own);
        for workload in &workloads {
            incoming(observer, own, workload, &workloads, measured && !unseen.contains(&workload.namespace));
        }
    }
}

fn spot_of(place: &Place) -> Spot {
    Spot { path: place.path.clone(), line: place.line, column: 1, end_line: place.line }
}

fn id_of(workload: &Workload) -> String {
    // as the graph names its nodes
    format!("{}/{}/{}", workload.namespace, workload.subject.kind, workload.subject.name)
}

/// Whether each edge into a workload is one that a rule writes down.
fn incoming(observer: &mut Observer<'_>, own: &EnvironmentReach, workload: &Workload, all: &[&Workload], measured: bool) {
    let graph = &own.graph;
    let Some(at) = graph.find(&id_of(workload)) else { return };
    let node = &graph.nodes[at];
    let group = &graph.groups[node.group as usize];
    let mut implicit: Option<(String, Option<Spot>)> = None;
    let mut open: Option<String> = None;
    let mut by: BTreeSet<&Place> = BTreeSet::new();
    let mut loose_clients: Vec<(String, Option<Spot>)> = Vec::new();
    let anyone = graph.kinds.get(group.from_elsewhere as usize);
    let edges = graph.into(node.group).map(|(from, kind)| (Some(from), kind)).chain(anyone.map(|kind| (None, kind)));
    for (from, kind) in edges.filter(|(_, kind)| !kind.answer().is_no()) {
        let caller = || match from.and_then(|from| graph.groups[from as usize].nodes.iter().find(|other| **other as usize != at)) {
            Some(other) => format!("`{}`", graph.nodes[*other as usize].id),
            None => "any pod of the cluster".to_owned(),
        };
        let counts = match from {
            // of what is not in the files only what is sure says something
            None => kind.answer().is_yes(),
            Some(from) => graph.groups[from as usize].nodes.iter().any(|other| *other as usize != at),
        };
        if !counts {
            continue;
        }
        by.extend(graph.places_of(kind));
        let spot = graph.places_of(kind).next().map(spot_of);
        match (kind.answer().is_yes(), kind.is_explicit()) {
            (true, false) if implicit.is_none() => implicit = Some((format!("{} reaches it on {}", caller(), kind.ports), spot.clone())),
            (false, false) if open.is_none() => open = Some(format!("whether {} reaches it cannot be told", caller())),
            _ => {}
        }
        if node.datastore.is_some() {
            let undeclared = match from {
                None => kind.answer().is_yes() && !kind.names_clients,
                Some(from) => undeclared(graph, from, at, kind, workload, all),
            };
            if undeclared {
                loose_clients.push((format!("{} reaches it and is not declared as its client", caller()), spot));
            }
        }
    }
    let reach = workload.reach();
    let who = || workload.subject.clone();
    let here = Some(workload.spot.clone());
    let mut add = |fact: Fact, who: Subject, spot: Option<Spot>, detail: String| {
        observer.add(fact, who, &reach, None, detail).spot = spot.or_else(|| here.clone());
    };
    let settled = measured && open.is_none();
    match (implicit, open) {
        (Some((detail, spot)), _) => add(Fact::EdgeImplicit, who(), spot, detail),
        (None, Some(detail)) => add(Fact::EdgeUnseen, who(), None, detail),
        (None, None) if !measured => add(Fact::EdgeUnseen, who(), None, "some edges of its environment cannot be told".to_owned()),
        (None, None) => {
            let spot = by.into_iter().next().map(spot_of);
            add(Fact::EdgesExplicit, who(), spot, "every edge into it names peers and ports".to_owned());
        }
    }
    if let Some(name) = node.datastore {
        let who = who().with_part("clients");
        match loose_clients.into_iter().next() {
            Some((detail, spot)) => add(Fact::DatastoreOpen, who, spot, format!("{detail} ({name})")),
            None if !settled => add(Fact::EdgeUnseen, who, None, format!("who reaches it cannot be told ({name})")),
            None => add(Fact::DatastoreGuarded, who, None, format!("only declared clients reach it ({name})")),
        }
    }
}

/// Whether a group reaches a datastore without anyone saying that it is a client: no rule names its workloads, and none of them
/// names the datastore's Service.
fn undeclared(graph: &crate::reach::Graph, from: u32, at: usize, kind: &EdgeKind, store: &Workload, all: &[&Workload]) -> bool {
    if kind.names_clients || !kind.answer().is_yes() {
        return false;
    }
    let callers =
        graph.groups[from as usize].nodes.iter().filter(|other| **other as usize != at).map(|other| &graph.nodes[*other as usize]);
    callers.filter(|node| node.is_counted).any(|node| {
        let caller = all.iter().find(|workload| id_of(workload) == node.id);
        caller.is_none_or(|caller| !names(caller, &store.subject.name) && !names(caller, &store.app))
    })
}

/// Whether the environment or the arguments of a workload's containers name a host.
fn names(workload: &Workload, host: &str) -> bool {
    let Some(pod) = workload.pod() else { return true };
    let has = |node: Option<&Node>| {
        node.is_some_and(|node| match &node.value {
            Value::Scalar(Scalar::String(text)) => text.split(|c: char| !c.is_alphanumeric() && c != '-').any(|word| word == host),
            _ => false,
        })
    };
    pod.containers()
        .any(|container| container.env().iter().any(|variable| has(variable.get("value"))) || container.words().any(|word| has(Some(word))))
}

/// How much of the flat network is left in an environment; `false` where that cannot be told.
fn reduction(observer: &mut Observer<'_>, own: &EnvironmentReach) -> bool {
    let measures = &own.graph.measures;
    if measures.workloads < LEAST {
        return true;
    }
    let (Some(at_most), Some(at_least)) = (measures.reduction(false), measures.reduction(true)) else { return true };
    let reach = Reach { environment: Some(own.environment.clone()), namespace: None };
    let who = Subject::new("", "Environment", own.environment.clone()).with_part("edges");
    let (edges, flat) = (measures.edges, measures.flat);
    let (fact, detail) = if at_least >= REDUCTION {
        (Fact::EdgesReduced, format!("{} of {flat} edges are left: {at_least} % less than flat", edges + measures.perhaps))
    } else if at_most >= REDUCTION {
        let detail = format!("{edges} to {} of {flat} edges are left: {at_least} to {at_most} % less than flat", edges + measures.perhaps);
        (Fact::EdgeUnseen, detail)
    } else {
        (Fact::EdgesNotReduced, format!("{edges} of {flat} edges are left: {at_most} % less than flat, {REDUCTION} % are asked for"))
    };
    observer.add(fact, who, &reach, None, detail).strength = Strength::RENDERED;
    fact != Fact::EdgeUnseen
}
