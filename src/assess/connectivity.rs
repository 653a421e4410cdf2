//! Who can talk to whom in each environment, from [`crate::reach`].

use std::collections::BTreeMap;
use std::sync::Arc;

use super::settings::Settings;
use super::world::{World, class_of};
use crate::model::effective::isolation::is_policy;
use crate::model::k8s::pods::is_workload;
use crate::model::k8s::{Namespace, Object};
use crate::model::units::{Unit, UnitKind};
use crate::reach::{BlastRadius, Graph, Measures, Options, compute};
use crate::text::SourceMap;

/// The connectivity of one environment.
#[derive(Clone, Debug)]
pub struct EnvironmentReach {
    pub environment: String,
    /// Whether its scopes decide the headline.
    pub counts: bool,
    pub graph: Graph,
}

/// The connectivity of a repository's workloads.
#[derive(Clone, Default, Debug)]
pub struct ReachResult {
    /// By name.
    pub environments: Vec<EnvironmentReach>,
}

impl ReachResult {
    /// Computes the graph of each environment in which workloads run; `None` where there is none.
    #[must_use]
    pub(super) fn new(world: &World, sources: &SourceMap, settings: &Settings) -> Option<Self> {
        let subjects: BTreeMap<usize, &str> =
            world.subjects().map(|workload| (std::ptr::from_ref(&*workload.object).addr(), workload.environment.as_str())).collect();
        let mut environments = Vec::new();
        for name in world.clusters.keys() {
            let speaks = |environment: &Option<String>| environment.as_deref().is_none_or(|own| own == name);
            let mut objects: Vec<Arc<Object>> = world
                .placed
                .iter()
                .filter(|placed| !placed.is_sample && speaks(&placed.environment))
                .map(|placed| placed.object.clone())
                .collect();
            // a chart's policies go where its workloads go: where that is not known, neither is in the graph
            let adrift = |object: &Object| object.namespace() == Namespace::Unknown;
            if objects.iter().any(|object| adrift(object) && is_workload(object)) {
                objects.retain(|object| !(adrift(object) && is_policy(object)));
            }
            let unit = Unit::new(UnitKind::Plain, String::new(), objects);
            let is_counted = |object: &Object| subjects.get(&std::ptr::from_ref(object).addr()) == Some(&name.as_str());
            let graph = compute(&unit, sources, &Options { mesh_root: &world.mesh_root, is_counted: &is_counted });
            if graph.measures.workloads > 0 {
                environments.push(EnvironmentReach { environment: name.clone(), counts: class_of(settings, name).counts(), graph });
            }
        }
        (!environments.is_empty()).then_some(Self { environments })
    }

    /// The graph of an environment.
    #[must_use]
    pub fn environment(&self, name: &str) -> Option<&EnvironmentReach> {
        self.environments.iter().find(|own| own.environment == name)
    }

    /// The environments that decide the headline; all, where none does.
    pub fn counting(&self) -> impl Iterator<Item = &EnvironmentReach> {
        let any = self.environments.iter().any(|own| own.counts);
        self.environments.iter().filter(move |own| own.counts || !any)
    }

    /// The counts of the environments that decide the headline, added up; the blast radius over all of their workloads.
    #[must_use]
    pub fn measures(&self) -> Measures {
        let mut out = Measures::default();
        let mut radius: Vec<u32> = Vec::new();
        for own in self.counting() {
            let measures = &own.graph.measures;
            out.workloads += measures.workloads;
            out.edges += measures.edges;
            out.perhaps += measures.perhaps;
            out.flat += measures.flat;
            out.implicit += measures.implicit;
            out.blast_radius.max_perhaps = out.blast_radius.max_perhaps.max(measures.blast_radius.max_perhaps);
            radius.extend(own.graph.nodes.iter().zip(&own.graph.radius).filter(|(node, _)| node.is_counted).map(|(_, radius)| *radius));
        }
        radius.sort_unstable();
        let max_perhaps = out.blast_radius.max_perhaps;
        out.blast_radius = BlastRadius {
            median: radius.get(radius.len() / 2).copied().unwrap_or(0),
            max: radius.last().copied().unwrap_or(0),
            max_perhaps,
        };
        out
    }
}
