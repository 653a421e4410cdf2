//! From a unit to its graph.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::datastores::datastore;
use super::graph::{Edge, EdgeKind, Exposure, Graph, Group, Layer, Node, Place, Verdict};
use super::groups::{Class, classes};
use super::mesh::{Caller, Gate};
use super::peers::{Found, Hits, Home, Matcher};
use super::radius::measure;
use super::stages::{Applied, Captured, Rule, decide};
use crate::model::effective::isolation::Network;
use crate::model::k8s::{Labels, Object, Pod, Space, pod};
use crate::model::network::{CiliumPolicy, Direction};
use crate::model::tri::Tri;
use crate::model::units::Unit;
use crate::model::value::Origin;
use crate::text::SourceMap;

/// What the files do not say by themselves.
pub struct Options<'o> {
    /// The namespace whose policies of the mesh are in force everywhere.
    pub mesh_root: &'o str,
    /// Whether a workload is counted: one of the repository's own, not of its platform.
    pub is_counted: &'o dyn Fn(&Object) -> bool,
}

/// Computes who can talk to whom among the workloads of a unit.
#[must_use]
pub fn compute(unit: &Unit, sources: &SourceMap, options: &Options<'_>) -> Graph {
    let cluster = unit.cluster();
    let mut workloads: BTreeMap<String, (&Space, &Object, Pod<'_>)> = BTreeMap::new();
    for space in cluster.namespaces() {
        for object in &space.workloads {
            let Some(pod) = pod(object) else { continue };
            let id = format!("{}/{}/{}", space.name, object.kind, name_of(object));
            // seen through two units it is still one; what differs in labels is told apart
            match workloads.get(&id) {
                Some((_, _, known)) if same_labels(known, &pod) => {}
                Some(_) => {
                    let mut at = 2;
                    while workloads.contains_key(&format!("{id}#{at}")) && at < 100 {
                        at += 1;
                    }
                    workloads.insert(format!("{id}#{at}"), (space, object, pod));
                }
                None => drop(workloads.insert(id, (space, object, pod))),
            }
        }
    }
    let effective = unit.effective(options.mesh_root);
    let list: Vec<(&Space, &Object, Pod<'_>)> = workloads.values().copied().collect();
    let (classes, of) = classes(unit, effective, &list);
    let mut builder = Builder { sources, graph: Graph::default(), places: FxHashMap::default(), kinds: FxHashMap::default() };
    builder.graph.groups = vec![Group::default(); classes.len()];
    for ((id, (space, object, pod)), group) in workloads.iter().zip(&of) {
        let place = builder.place_of(object, object.kind_at());
        let node = Node {
            id: id.clone(),
            namespace: space.name.to_string(),
            kind: object.kind.to_string(),
            name: name_of(object).to_owned(),
            place,
            group: *group,
            is_counted: (options.is_counted)(object),
            datastore: datastore(pod),
            host_network: pod.host_network().is_yes(),
        };
        let own = &mut builder.graph.groups[*group as usize];
        own.nodes.push(u32::try_from(builder.graph.nodes.len()).unwrap_or(u32::MAX));
        own.counted += u32::from(node.is_counted);
        builder.graph.nodes.push(node);
    }
    builder.graph.unplaced = u32::try_from(cluster.adrift.iter().filter(|object| pod(object).is_some()).count()).unwrap_or(u32::MAX);
    let members = list.iter().zip(&of).map(|((space, ..), class)| (&*space.name, *class));
    let mut matcher = Matcher::new(&classes, members);
    let network = unit.network();
    let rows: Vec<[Row; 2]> = classes
        .iter()
        .map(|class| Direction::ALL.map(|direction| builder.row(network, class, direction, &classes, &mut matcher)))
        .collect();
    let gates: Vec<Option<Gate<'_>>> = classes.iter().map(|class| Gate::new(effective, class)).collect();
    builder.edges(&classes, &rows, &gates);
    super::exposed::exposures(&mut builder, unit, &list);
    builder.graph.exposures.sort();
    builder.graph.exposures.dedup();
    let mut graph = builder.graph;
    measure(&mut graph);
    graph
}

/// What passes between a group and all others in one direction.
struct Row {
    /// Workloads that no rule names.
    base: u32,
    elsewhere: u32,
    outside: u32,
    /// By group.
    named: FxHashMap<u32, u32>,
}

impl Row {
    fn of(&self, group: u32) -> u32 {
        self.named.get(&group).copied().unwrap_or(self.base)
    }
}

/// The graph as it grows.
pub(super) struct Builder<'s> {
    sources: &'s SourceMap,
    pub(super) graph: Graph,
    places: FxHashMap<Place, u32>,
    kinds: FxHashMap<EdgeKind, u32>,
}

impl Builder<'_> {
    /// The place of a part of an object.
    pub(super) fn place_of(&self, object: &Object, at: &Origin) -> Place {
        let at = self.sources.outer(self.sources.first_line(at.at));
        let file = self.sources.get(at.source);
        let line = file.line_column(at.span.start).line;
        Place { path: file.path.clone(), line, object: format!("{}/{}", object.kind, name_of(object)) }
    }

    fn place(&mut self, object: &Object, at: &Origin) -> u32 {
        let place = self.place_of(object, at);
        self.numbered(place)
    }

    fn numbered(&mut self, place: Place) -> u32 {
        if let Some(known) = self.places.get(&place) {
            return *known;
        }
        let at = u32::try_from(self.graph.places.len()).unwrap_or(u32::MAX);
        self.graph.places.push(place.clone());
        self.places.insert(place, at);
        at
    }

    /// The number of a kind of edge.
    fn kind(&mut self, kind: Verdict) -> u32 {
        if let Some(known) = self.kinds.get(&kind) {
            return *known;
        }
        let at = u32::try_from(self.graph.kinds.len()).unwrap_or(u32::MAX);
        self.graph.kinds.push(kind.clone());
        self.kinds.insert(kind, at);
        at
    }

    fn row<'u>(
        &mut self,
        network: &'u Network,
        class: &Class<'u>,
        direction: Direction,
        classes: &[Class<'u>],
        matcher: &mut Matcher<'_, 'u>,
    ) -> Row {
        if class.host_network.is_yes() {
            let open = self.kind(Verdict::open());
            return Row { base: open, elsewhere: open, outside: open, named: FxHashMap::default() };
        }
        let captured = network.captured(class.space, &class.labels, direction).answer;
        // with the node's network no policy holds
        let captured = Captured(if class.host_network.is_unknown() { captured.and(Tri::Unknown) } else { captured });
        let mut rules: Vec<(Rule<'u>, Vec<Found>)> = Vec::new();
        let mut has_names = false;
        for applied in network.applied(class.space, &class.labels, direction) {
            let statement = applied.statement;
            let home = Home {
                namespace: &class.space.name,
                is_wide: statement.policy.scope == crate::model::k8s::Scope::Cluster,
                is_cilium: CiliumPolicy::new(statement.policy).is_some(),
            };
            let found: Vec<Found> = statement.peers.iter().map(|peer| matcher.find(peer, home)).collect();
            has_names |= statement.ports.iter().any(|ports| matches!(ports, crate::model::network::Ports::Named { .. }));
            let place = self.place(statement.policy, statement.at);
            let rule = Rule {
                stage: statement.stage,
                action: statement.action,
                selected: applied.selected,
                narrowed: statement.narrowed,
                ports: statement.ports,
                place,
            };
            rules.push((rule, found));
        }
        // what is said of a group, or of a stand-in for one: by rule, whether it is about it, and whether it names it
        let about = |answer: &dyn Fn(&Found) -> Tri| -> Vec<Applied<'_, 'u>> {
            let mut out = Vec::new();
            for (rule, found) in &rules {
                let fits = || found.iter().filter(|found| !answer(found).is_no());
                let best = Tri::any(fits().map(answer));
                if !best.is_no() {
                    out.push(Applied {
                        rule,
                        about: best,
                        names_peers: fits().all(|found| found.names_peers),
                        names_clients: fits().all(|found| found.names_clients),
                    });
                }
            }
            out
        };
        let own = Some(class).filter(|_| direction == Direction::Ingress);
        let all = |found: &Found| if let Hits::All(answer) = found.hits { answer } else { Tri::No };
        let base = decide(&about(&all), captured, own);
        let elsewhere = decide(&about(&|found| found.elsewhere), captured, own);
        let outside = decide(&about(&|found| found.outside), captured, own);
        let mut groups: Vec<u32> = Vec::new();
        if has_names && direction == Direction::Egress {
            // the names are those of the peers' ports
            groups.extend(0..u32::try_from(classes.len()).unwrap_or(u32::MAX));
        } else {
            for found in rules.iter().flat_map(|(_, found)| found) {
                if let Hits::Some(list) = &found.hits {
                    groups.extend(list.iter().map(|(group, _)| *group));
                }
            }
            groups.sort_unstable();
            groups.dedup();
        }
        let mut named = FxHashMap::default();
        for group in groups {
            let answer = |found: &Found| match &found.hits {
                Hits::None => Tri::No,
                Hits::All(answer) => *answer,
                Hits::Some(list) => list.binary_search_by_key(&group, |(group, _)| *group).map_or(Tri::No, |at| list[at].1),
            };
            let target = own.or_else(|| classes.get(group as usize));
            let verdict = decide(&about(&answer), captured, target);
            let kind = self.kind(verdict);
            named.insert(group, kind);
        }
        Row { base: self.kind(base), elsewhere: self.kind(elsewhere), outside: self.kind(outside), named }
    }

    fn edges(&mut self, classes: &[Class<'_>], rows: &[[Row; 2]], gates: &[Option<Gate<'_>>]) {
        let count = u32::try_from(classes.len()).unwrap_or(u32::MAX);
        let mut known: FxHashMap<(u32, u32, u32), Option<u32>> = FxHashMap::default();
        let open = self.kind(Verdict::open());
        let mut edges = Vec::new();
        for (to, (row, gate)) in (0..count).zip(rows.iter().zip(gates)) {
            let into = &row[0];
            let closed = self.graph.kinds[into.base as usize].answer().is_no();
            let mut from: Vec<u32> = if closed { into.named.keys().copied().collect() } else { (0..count).collect() };
            from.sort_unstable();
            for from in from {
                if from == to && self.graph.groups[to as usize].nodes.len() < 2 {
                    continue;
                }
                let (out, into) = (rows[from as usize][1].of(to), into.of(from));
                let passes = |builder: &Self, kind: u32| !builder.graph.kinds[kind as usize].answer().is_no();
                if !passes(self, out) || !passes(self, into) {
                    continue;
                }
                let seven = gate.as_ref().map_or(open, |gate| self.gate(gate, &Caller::of(&classes[from as usize])));
                let kind = match known.get(&(out, into, seven)) {
                    Some(kind) => *kind,
                    None => {
                        let kind = self.joined(out, into, seven);
                        known.insert((out, into, seven), kind);
                        kind
                    }
                };
                edges.extend(kind.map(|kind| Edge { from, to, kind }));
            }
        }
        edges.sort_unstable();
        self.graph.edges = edges;
        for (group, (row, gate)) in rows.iter().zip(gates).enumerate() {
            let seven = gate.as_ref().map(|gate| self.gate(gate, &Caller::elsewhere()));
            let elsewhere = seven.map_or(row[0].elsewhere, |seven| self.joined_or_closed(row[0].elsewhere, seven));
            let own = &mut self.graph.groups[group];
            own.from_elsewhere = elsewhere;
            own.from_outside = row[0].outside;
            own.to_outside = row[1].outside;
        }
    }

    fn gate(&mut self, gate: &Gate<'_>, caller: &Caller<'_>) -> u32 {
        let sources = self.sources;
        let mut found: Vec<Place> = Vec::new();
        let mut verdict = gate.decide(caller, &mut |object, at| {
            let at = sources.outer(sources.first_line(at.at));
            let file = sources.get(at.source);
            let object = format!("{}/{}", object.kind, name_of(object));
            found.push(Place { path: file.path.clone(), line: file.line_column(at.span.start).line, object });
            u32::try_from(found.len() - 1).unwrap_or(u32::MAX)
        });
        let numbers: Vec<u32> = found.into_iter().map(|place| self.numbered(place)).collect();
        verdict.by = verdict.by.iter().filter_map(|at| numbers.get(*at as usize).copied()).collect();
        verdict.by.sort_unstable();
        verdict.by.dedup();
        self.kind(verdict)
    }

    fn joined_or_closed(&mut self, four: u32, seven: u32) -> u32 {
        let open = self.kind(Verdict::open());
        match self.joined(open, four, seven) {
            Some(kind) => kind,
            None => self.kind(Verdict { ports: super::PortSet::default(), ..Verdict::open() }),
        }
    }

    /// What three sides let through together; `None` where that is nothing.
    fn joined(&mut self, out: u32, into: u32, seven: u32) -> Option<u32> {
        let sides = [out, into, seven].map(|kind| self.graph.kinds[kind as usize].clone());
        let mut least = sides[0].ports.clone();
        let mut most = sides[0].ports.union(&sides[0].perhaps);
        for side in &sides[1..] {
            least = least.intersection(&side.ports);
            most = most.intersection(&side.ports.union(&side.perhaps));
        }
        if most.is_empty() {
            return None;
        }
        let mut by: Vec<u32> = sides.iter().flat_map(|side| side.by.iter().copied()).collect();
        by.sort_unstable();
        by.dedup();
        // each side narrows the others down
        let any = |names: fn(&Verdict) -> bool| sides.iter().any(names);
        let kind = Verdict {
            perhaps: most.without(&least),
            ports: least,
            by,
            names_peers: any(|side| side.names_peers),
            names_clients: any(|side| side.names_clients),
            names_ports: any(|side| side.names_ports),
            layer: if sides[2].layer == Layer::Seven && !sides[2].by.is_empty() { Layer::Seven } else { Layer::Four },
        };
        Some(self.kind(kind))
    }

    /// Adds an entry point to a workload; traffic comes through other pods or straight from outside.
    pub(super) fn expose(&mut self, point: String, object: &Object, at: &Origin, to: u32, through_pods: bool) {
        let Some(node) = self.graph.nodes.get(to as usize) else { return };
        let group = &self.graph.groups[node.group as usize];
        let kind = if through_pods { group.from_elsewhere } else { group.from_outside };
        if self.graph.kinds[kind as usize].answer().is_no() {
            return;
        }
        let place = self.place_of(object, at);
        self.graph.exposures.push(Exposure { point, place, to, kind });
    }
}

fn same_labels(a: &Pod<'_>, b: &Pod<'_>) -> bool {
    let of = |pod: &Pod<'_>| -> Vec<_> {
        let labels: Labels<'_> = pod.labels();
        labels.iter().map(|(key, value)| (key.to_owned(), value.map(str::to_owned))).collect()
    };
    of(a) == of(b)
}

/// An object's name, or what stands for it.
pub(super) fn name_of(object: &Object) -> &str {
    object.name().or_else(|| object.root.path(&["metadata", "generateName"])?.as_str()).unwrap_or("?")
}
