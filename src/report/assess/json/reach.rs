//! `reachability`: who can talk to whom.

use serde_json::{Value, json};

use super::super::About;
use super::shape::{by_name, flag, list, number, object, optional, or_null, text, word};
use crate::assess::Assessment;
use crate::assess::connectivity::EnvironmentReach;
pub(crate) use crate::assess::edges::MAX_EDGES;
use crate::reach::{EdgeKind, Graph, Measures, PROTOCOLS, PortSet};

/// The section: counts over the environments that decide the level, then each environment with its nodes and edges.
pub(super) fn value(assessment: &Assessment, _: &About) -> Value {
    let Some(reach) = &assessment.reach else { return Value::Null };
    let mut value = measures(&reach.measures());
    value["environments"] = reach.environments.iter().map(environment).collect();
    value
}

fn measures(measures: &Measures) -> Value {
    let radius = measures.blast_radius;
    json!({
        "workloads": measures.workloads,
        "edges": measures.edges,
        "edges_unknown": measures.perhaps,
        "edges_implicit": measures.implicit,
        "flat": measures.flat,
        "reduction_percent": measures.reduction(true),
        "reduction_percent_at_most": measures.reduction(false),
        "blast_radius": { "median": radius.median, "max": radius.max, "max_if_unknown_open": radius.max_perhaps },
    })
}

fn environment(own: &EnvironmentReach) -> Value {
    let graph = &own.graph;
    let mut value = measures(&graph.measures);
    value["environment"] = json!(own.environment);
    value["counts"] = json!(own.counts);
    value["unplaced"] = json!(graph.unplaced);
    value["nodes"] = graph
        .nodes
        .iter()
        .zip(&graph.radius)
        .map(|(node, radius)| {
            json!({
                "id": node.id, "namespace": node.namespace, "kind": node.kind, "name": node.name, "group": node.group,
                "path": node.place.path, "line": node.place.line, "counted": node.is_counted, "datastore": node.datastore,
                "host_network": node.host_network, "reaches": radius,
            })
        })
        .collect();
    value["groups"] = graph
        .groups
        .iter()
        .map(|group| {
            json!({
                "nodes": group.nodes,
                "from_elsewhere": state(graph, group.from_elsewhere),
                "from_outside": state(graph, group.from_outside),
                "to_outside": state(graph, group.to_outside),
            })
        })
        .collect();
    // few edges are told by workload, so that readers need not know of groups
    let pairs = graph.pairs(MAX_EDGES);
    value["edges_between"] = json!(if pairs.is_some() { "nodes" } else { "groups" });
    value["edges_list"] = match pairs {
        Some(pairs) => pairs.into_iter().map(|(from, to, kind)| edge(graph, from, to, kind)).collect(),
        None => {
            let edges = graph.edges.iter().take(MAX_EDGES);
            edges.filter_map(|own| Some(edge(graph, own.from, own.to, graph.kinds.get(own.kind as usize)?))).collect()
        }
    };
    value["entry_points"] = graph
        .exposures
        .iter()
        .take(MAX_EDGES)
        .map(|exposure| {
            json!({
                "point": exposure.point, "to": exposure.to, "path": exposure.place.path, "line": exposure.place.line,
                "state": state(graph, exposure.kind),
            })
        })
        .collect();
    value
}

fn edge(graph: &Graph, from: u32, to: u32, kind: &EdgeKind) -> Value {
    json!({
        "from": from, "to": to,
        "state": kind.word(),
        "ports": ports(&kind.ports),
        "ports_unknown": ports(&kind.perhaps),
        "explicit": kind.is_explicit(),
        "layer": kind.layer.number(),
        "by": graph.places_of(kind).map(|place| json!({ "object": place.object, "path": place.path, "line": place.line })).collect::<Vec<_>>(),
    })
}

fn state(graph: &Graph, kind: u32) -> &'static str {
    graph.kinds.get(kind as usize).map_or("closed", EdgeKind::word)
}

/// By protocol, the first and last port of each interval.
fn ports(ports: &PortSet) -> Value {
    let mut out = serde_json::Map::new();
    for (at, name) in PROTOCOLS.iter().enumerate() {
        let own = ports.intervals(at);
        if !own.is_empty() {
            out.insert((*name).to_owned(), json!(own));
        }
    }
    Value::Object(out)
}

fn measures_schema() -> serde_json::Map<String, Value> {
    let percent = json!({ "type": ["integer", "null"], "minimum": 0, "maximum": 100, "description": "how much less than flat, with every unknown edge; at most: with none of them; null for fewer than two workloads" });
    let fields = json!({
        "workloads": number("workloads that count"),
        "edges": number("ordered pairs of them between which something passes"),
        "edges_unknown": number("pairs between which something passes if what the files leave open is so"),
        "edges_implicit": number("of the edges, those whose peers or ports no rule names"),
        "flat": number("pairs in a flat network"),
        "reduction_percent": percent.clone(),
        "reduction_percent_at_most": percent,
        "blast_radius": object(json!({
            "median": number("workloads that one reaches through any others"),
            "max": number("the most that one reaches"),
            "max_if_unknown_open": number("the most, if every unknown edge exists"),
        })),
    });
    fields.as_object().cloned().unwrap_or_default()
}

pub(super) fn schema() -> Value {
    let state = || word(["open", "unknown", "closed"]);
    let index = |doc: &str| number(doc);
    let intervals = |doc: &str| by_name(doc, list(list(number("first and last port"))));
    let place = object(json!({ "object": text("Kind/name"), "path": text("the file"), "line": number("1-based") }));
    let mut environment = measures_schema();
    let more = json!({
        "environment": text("its id"),
        "counts": flag("whether its scopes decide the headline"),
        "unplaced": number("workloads whose namespace cannot be known, which are left out"),
        "nodes": list(object(json!({
            "id": text("namespace/Kind/name"), "namespace": text("its namespace"), "kind": text("its kind"), "name": text("its name"),
            "group": index("its place in `groups`"), "path": text("the file"), "line": number("1-based"),
            "counted": flag("false for the platform's own workloads"), "datastore": optional("the datastore that it runs"),
            "host_network": flag("no policy holds there"), "reaches": number("workloads that it reaches through any others"),
        }))),
        "groups": list(object(json!({
            "nodes": list(index("places in `nodes`: workloads that no policy tells apart")),
            "from_elsewhere": state(), "from_outside": state(), "to_outside": state(),
        }))),
        "edges_between": word(["nodes", "groups"]),
        "edges_list": list(object(json!({
            "from": index("a place in `nodes` or `groups`"), "to": index("likewise"), "state": state(),
            "ports": intervals("what passes, by protocol"), "ports_unknown": intervals("what may pass"),
            "explicit": flag("rules name peers and ports"), "layer": number("4 or 7"), "by": list(place),
        }))),
        "entry_points": list(object(json!({
            "point": text("namespace/Kind/name"), "to": index("a place in `nodes`"), "path": text("the file"), "line": number("1-based"), "state": state(),
        }))),
    });
    environment.extend(more.as_object().cloned().unwrap_or_default());
    let mut all = measures_schema();
    all.insert("environments".to_owned(), list(object(environment.into())));
    or_null(object(all.into()))
}
