//! Who can talk to whom: measures, a picture where it says something, and a table that says the same.

use std::collections::{BTreeMap, BTreeSet};
use std::f64::consts::PI;
use std::fmt::Write as _;

use super::Part;
use super::markup::{Esc, Path, count, put, thousands};
use crate::assess::Assessment;
use crate::assess::connectivity::EnvironmentReach;
use crate::reach::{EdgeKind, Graph, PROTOCOLS};

/// Points of a picture beyond which nobody follows its lines; then namespaces are drawn.
const MAX_POINTS: usize = 26;
/// Lines of a picture.
const MAX_LINES: usize = 140;
/// Rows of a table; the JSON report has the rest.
const MAX_ROWS: usize = 300;
/// Environments shown.
const MAX_ENVIRONMENTS: usize = 12;

pub(super) fn part(assessment: &Assessment) -> Part {
    let mut body = String::new();
    let mut number = None;
    if let Some(reach) = &assessment.reach {
        let measures = reach.measures();
        number = usize::try_from(measures.edges).ok();
        put!(body, "<div class=\"panel graph\">\n<dl class=\"pairs\">");
        let facts = [
            ("Edges between workloads", big(measures.edges)),
            ("In a flat network", big(measures.flat)),
            ("Less than flat", measures.reduction(false).map_or_else(|| "–".to_owned(), |percent| format!("{percent} %"))),
            ("Without named peer and port", big(measures.implicit)),
            ("Reached from one, median", measures.blast_radius.median.to_string()),
            ("Reached from one, most", measures.blast_radius.max.to_string()),
        ];
        for (name, value) in facts {
            put!(body, "<div><dt>{name}</dt><dd>{value}</dd></div>");
        }
        put!(body, "</dl>\n");
        for environment in reach.environments.iter().take(MAX_ENVIRONMENTS) {
            one(&mut body, environment, reach.environments.len() > 1);
        }
        put!(body, "</div>\n");
    }
    let lead =
        "What the network and mesh policies in these files let through between workloads, and how far one that is taken over can get.";
    Part { id: "reachability", title: "Reachability", number, lead: lead.to_owned(), body }
}

fn big(number: u64) -> String {
    usize::try_from(number).map_or_else(|_| number.to_string(), thousands)
}

fn one(out: &mut String, environment: &EnvironmentReach, named: bool) {
    let graph = &environment.graph;
    if named {
        let counts = if environment.counts { "" } else { " <span class=\"muted\">(does not count)</span>" };
        put!(out, "<h3 class=\"phase\">{}{counts}</h3>\n", Esc(&environment.environment));
    }
    let measures = &graph.measures;
    let pairs = graph.pairs(MAX_LINES * 20);
    let own: Option<Vec<(u32, u32, &EdgeKind)>> =
        pairs.map(|pairs| pairs.into_iter().filter(|(from, to, _)| is_counted(graph, *from) && is_counted(graph, *to)).collect());
    if measures.flat > 0 && measures.edges == measures.flat && measures.implicit == measures.edges {
        put!(
            out,
            "<p>Flat: each of {} reaches every other.</p>\n",
            count(usize::try_from(measures.workloads).unwrap_or(usize::MAX), "workload", "workloads")
        );
    } else if measures.flat > 0 && measures.edges + measures.perhaps == 0 {
        put!(out, "<p>No workload reaches another.</p>\n");
    } else if let Some(pairs) = &own {
        picture(out, graph, pairs);
    } else {
        put!(out, "<p class=\"muted\">There are too many connections to draw them or to list them here.</p>\n");
    }
    workloads(out, &environment.environment, graph);
    if let Some(pairs) = &own {
        edges(out, &environment.environment, graph, pairs);
    }
    entries(out, graph);
}

fn is_counted(graph: &Graph, node: u32) -> bool {
    graph.nodes.get(node as usize).is_some_and(|node| node.is_counted)
}

/// A point of the picture.
struct Point {
    label: String,
    is_store: bool,
}

/// The workloads on a circle, or the namespaces where they are many.
fn picture(out: &mut String, graph: &Graph, pairs: &[(u32, u32, &EdgeKind)]) {
    let counted: Vec<u32> = (0..u32::try_from(graph.nodes.len()).unwrap_or(0)).filter(|node| is_counted(graph, *node)).collect();
    let by_namespace = counted.len() > MAX_POINTS || pairs.len() > MAX_LINES;
    let mut points: Vec<Point> = Vec::new();
    let mut at: BTreeMap<u32, usize> = BTreeMap::new();
    if by_namespace {
        let mut spaces: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        counted.iter().for_each(|node| spaces.entry(&graph.nodes[*node as usize].namespace).or_default().push(*node));
        for (name, nodes) in spaces {
            at.extend(nodes.iter().map(|node| (*node, points.len())));
            points.push(Point { label: format!("{name} ({})", nodes.len()), is_store: false });
        }
    } else {
        for node in counted {
            at.insert(node, points.len());
            let own = &graph.nodes[node as usize];
            points.push(Point { label: own.name.clone(), is_store: own.datastore.is_some() });
        }
    }
    let mut lines: BTreeSet<(usize, usize, bool)> = BTreeSet::new();
    for (from, to, kind) in pairs {
        if let (Some(from), Some(to)) = (at.get(from), at.get(to))
            && from != to
            && !kind.ports.is_empty()
        {
            lines.insert((*from, *to, kind.is_explicit()));
        }
    }
    if points.len() < 2 || points.len() > MAX_POINTS * 2 || lines.len() > MAX_LINES {
        put!(out, "<p class=\"muted\">Too much for a picture; the tables have it.</p>\n");
        return;
    }
    draw(out, &points, &lines);
    let what = if by_namespace { "Namespaces, with their number of workloads. " } else { "" };
    put!(
        out,
        "<p class=\"small muted\">{what}A line ends with a dot where the traffic goes. Solid: peer and port are named. Dashed: they are not. A double ring is a datastore.</p>\n"
    );
}

fn draw(out: &mut String, points: &[Point], lines: &BTreeSet<(usize, usize, bool)>) {
    let (cx, cy, rx, ry) = (380.0, 230.0, 200.0, 180.0);
    let place = |at: usize| {
        #[allow(clippy::cast_precision_loss)]
        let angle = 2.0 * PI * at as f64 / points.len() as f64 - PI / 2.0;
        (cx + rx * angle.cos(), cy + ry * angle.sin())
    };
    put!(
        out,
        "<div class=\"picture\" tabindex=\"0\" role=\"region\" aria-label=\"Picture of the edges\"><svg viewBox=\"0 0 760 460\" role=\"img\" aria-label=\"Edges between workloads; the tables below say the same\">\n"
    );
    for (from, to, explicit) in lines {
        let ((x1, y1), (x2, y2)) = (place(*from), place(*to));
        // bent towards the middle, so that both directions are seen
        let (mx, my) = (
            f64::midpoint(x1, x2) + (cx - f64::midpoint(x1, x2)) * 0.3 + (y2 - y1) * 0.06,
            f64::midpoint(y1, y2) + (cy - f64::midpoint(y1, y2)) * 0.3 - (x2 - x1) * 0.06,
        );
        let length = ((x2 - mx).powi(2) + (y2 - my).powi(2)).sqrt().max(1.0);
        let (ex, ey) = (x2 - (x2 - mx) / length * 11.0, y2 - (y2 - my) / length * 11.0);
        let class = if *explicit { "edge" } else { "edge open" };
        put!(
            out,
            "<path class=\"{class}\" d=\"M{x1:.1} {y1:.1}Q{mx:.1} {my:.1} {ex:.1} {ey:.1}\"/><circle class=\"{class} tip\" cx=\"{ex:.1}\" cy=\"{ey:.1}\" r=\"2.5\"/>\n"
        );
    }
    for (at, point) in points.iter().enumerate() {
        let (x, y) = place(at);
        let (anchor, dx) = if (x - cx).abs() < 8.0 {
            ("middle", 0.0)
        } else if x > cx {
            ("start", 13.0)
        } else {
            ("end", -13.0)
        };
        let dy = if anchor == "middle" { if y < cy { -14.0 } else { 24.0 } } else { 4.0 };
        put!(out, "<circle class=\"{}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"7\"/>", if point.is_store { "store" } else { "node" });
        if point.is_store {
            put!(out, "<circle class=\"store\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>");
        }
        put!(out, "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>\n", x + dx, y + dy, Esc(&shortened(&point.label)));
    }
    put!(out, "</svg></div>\n");
}

/// A name that fits beside its point.
fn shortened(name: &str) -> String {
    if name.chars().count() <= 26 { name.to_owned() } else { name.chars().take(25).chain(['…']).collect() }
}

/// How far each workload gets, the farthest first.
fn workloads(out: &mut String, environment: &str, graph: &Graph) {
    let mut rows: Vec<(u32, usize)> = graph.radius.iter().copied().zip(0..).filter(|(_, at)| graph.nodes[*at].is_counted).collect();
    rows.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    put!(
        out,
        "<details><summary>Workloads and how far each gets ({})</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table: how far each workload gets in {}\"><table>\n<thead><tr><th scope=\"col\">Workload</th><th scope=\"col\" class=\"c\">Reaches</th><th scope=\"col\">Kind</th></tr></thead>\n<tbody>",
        thousands(rows.len()),
        Esc(environment)
    );
    for (reaches, at) in rows.iter().take(MAX_ROWS) {
        let node = &graph.nodes[*at];
        let store = node.datastore.map_or_else(String::new, |store| format!("datastore: {}", Esc(store)));
        let host = if node.host_network { "host network: no policy holds there" } else { "" };
        put!(
            out,
            "<tr><th scope=\"row\"><code>{}</code></th><td class=\"c num\">{reaches}</td><td>{store} {host}</td></tr>\n",
            Path(&node.id)
        );
    }
    put!(out, "</tbody></table></div>{}</details>\n", rest(rows.len()));
}

fn edges(out: &mut String, environment: &str, graph: &Graph, pairs: &[(u32, u32, &EdgeKind)]) {
    if pairs.is_empty() {
        return;
    }
    put!(
        out,
        "<details><summary>Edges ({})</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table: edges in {}\"><table>\n<thead><tr><th scope=\"col\">From</th><th scope=\"col\">To</th><th scope=\"col\">Ports</th><th scope=\"col\">Let through by</th></tr></thead>\n<tbody>",
        thousands(pairs.len()),
        Esc(environment)
    );
    for (from, to, kind) in pairs.iter().take(MAX_ROWS) {
        let name = |node: u32| graph.nodes.get(node as usize).map_or("", |node| node.id.as_str());
        let by: Vec<String> =
            graph.places_of(kind).take(3).map(|place| format!("<code>{}:{}</code>", Path(&place.path), place.line)).collect();
        let by = if by.is_empty() { "no policy isolates".to_owned() } else { by.join("<br>") };
        put!(
            out,
            "<tr><td><code>{}</code></td><td><code>{}</code></td><td>{}</td><td>{by}</td></tr>\n",
            Path(name(*from)),
            Path(name(*to)),
            ports(kind)
        );
    }
    put!(out, "</tbody></table></div>{}</details>\n", rest(pairs.len()));
}

/// What leads in from outside.
fn entries(out: &mut String, graph: &Graph) {
    if graph.exposures.is_empty() {
        return;
    }
    put!(out, "<details><summary>Entry points ({})</summary><ul class=\"places\">\n", thousands(graph.exposures.len()));
    for exposure in graph.exposures.iter().take(MAX_ROWS) {
        let to = graph.nodes.get(exposure.to as usize).map_or("", |node| node.id.as_str());
        let state = graph.kinds.get(exposure.kind as usize).map_or("closed", EdgeKind::word);
        put!(
            out,
            "<li>{} → <code>{}</code>: {state} · <code>{}:{}</code></li>\n",
            Esc(&exposure.point),
            Path(to),
            Path(&exposure.place.path),
            exposure.place.line
        );
    }
    put!(out, "</ul>{}</details>\n", rest(graph.exposures.len()));
}

fn rest(all: usize) -> String {
    if all > MAX_ROWS {
        format!("<p class=\"muted small\">{} more are in the JSON report.</p>", thousands(all - MAX_ROWS))
    } else {
        String::new()
    }
}

/// `TCP 80, 8000–8080`
fn ports(kind: &EdgeKind) -> String {
    let mut parts: Vec<String> = Vec::new();
    for (set, unsure) in [(&kind.ports, ""), (&kind.perhaps, " (unknown)")] {
        for (at, protocol) in PROTOCOLS.iter().enumerate() {
            let intervals = set.intervals(at);
            let words: Vec<String> = intervals
                .iter()
                .take(6)
                .map(|(first, last)| {
                    if first == last {
                        first.to_string()
                    } else if *last == u16::MAX && *first <= 1 {
                        "all".to_owned()
                    } else {
                        format!("{first}–{last}")
                    }
                })
                .collect();
            if !words.is_empty() {
                parts.push(format!("{protocol} {}{}{unsure}", words.join(", "), if intervals.len() > 6 { ", …" } else { "" }));
            }
        }
    }
    parts.join("; ")
}
