//! Which object belongs where: environments, namespaces, scopes.

mod charts;
mod delivery;
mod elsewhere;
mod environment;
mod provider;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::inventory::terraform;
use super::observe::{Reach, Spot, Subject, Undecided};
use super::program::TextFacts;
use super::settings::Settings;
use crate::model::document::{Document, DocumentKind};
use crate::model::k8s::{Cluster, Namespace, Object, Pod, Scope as KindScope, ServiceAccount, pod, pods};
use crate::model::manifests::Manifests;
use crate::model::mesh::DEFAULT_ROOT_NAMESPACE;
use crate::model::units::UnitKind;
use crate::model::value::{Entry, Node, Origin, Scalar, Value};
use crate::text::{Location, SourceMap};

use charts::{folders_of_charts, is_data_of_chart, is_helm_test, is_rendered};
use delivery::Delivery;
pub(super) use elsewhere::{deployable, is_local, program_name, unit_of};
pub(super) use environment::{below, clean as cleaned, joined};
use environment::{by_config, in_folder, namespace_labels};
pub use environment::{by_path, by_segment, canonical, class_of, is_sample, within};

/// The environment of what states none.
pub const DEFAULT_ENVIRONMENT: &str = "default";

/// A workload in an environment.
#[derive(Clone, Debug)]
pub struct Workload {
    pub object: Arc<Object>,
    pub environment: String,
    /// The environment, where one is stated.
    pub stated: Option<String>,
    pub namespace: String,
    pub subject: Subject,
    /// It runs in a namespace of the platform, and is no subject.
    pub is_platform: bool,
    /// The service account: `None` where it cannot be known.
    pub account: Option<String>,
    /// What tells applications apart: the label `app.kubernetes.io/name` or `app`, else the name.
    pub app: String,
    /// Where it is declared.
    pub spot: Spot,
}

/// An object with the scopes that it speaks for.
#[derive(Clone, Debug)]
pub struct Placed {
    pub object: Arc<Object>,
    pub environment: Option<String>,
    pub reach: Reach,
    /// In tests, documents or examples.
    pub is_sample: bool,
    /// The last three parts of its file's path.
    pub tail: String,
}

/// An environment and a namespace with workloads.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Scope {
    pub environment: String,
    /// Empty where nothing has namespaces.
    pub namespace: String,
}

impl Scope {
    /// `environment/namespace`.
    #[must_use]
    pub fn name(&self) -> String {
        if self.namespace.is_empty() { self.environment.clone() } else { format!("{}/{}", self.environment, self.namespace) }
    }
}

/// What runs a service.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Runner {
    Kubernetes,
    Compose,
    /// A cloud's platform for containers or functions.
    Cloud,
    /// A virtual machine.
    Host,
    /// A pipeline that deploys it, where nothing else declares it.
    Pipeline,
    /// A program, where the repository does not say what runs it.
    Program,
}

impl Runner {
    pub const ALL: [Self; 6] = [Self::Kubernetes, Self::Compose, Self::Cloud, Self::Host, Self::Pipeline, Self::Program];

    /// The name in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kubernetes => "kubernetes",
            Self::Compose => "compose",
            Self::Cloud => "cloud",
            Self::Host => "host",
            Self::Pipeline => "pipeline",
            Self::Program => "program",
        }
    }
}

/// A service in an environment: a workload of a cluster, or of something else that runs programs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Service {
    pub subject: Subject,
    pub environment: String,
    /// What tells applications apart.
    pub app: String,
    pub runner: Runner,
    /// Where it is declared.
    pub spot: Option<Spot>,
}

/// What a world is made from.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    pub sources: &'a SourceMap,
    pub manifests: &'a Manifests,
    pub settings: &'a Settings,
    /// The folders of the run, as paths begin.
    pub roots: &'a [String],
    pub texts: &'a [TextFacts],
    /// How the target is called.
    pub target: &'a str,
}

/// The objects of a run, by where they belong.
#[derive(Debug, Default)]
pub struct World {
    pub placed: Vec<Placed>,
    pub workloads: Vec<Workload>,
    /// The objects that speak for an environment, as its cluster sees them.
    pub clusters: BTreeMap<String, Cluster>,
    pub scopes: BTreeSet<Scope>,
    /// Objects in tests, documents and examples.
    pub samples: usize,
    /// The namespace whose Istio policies are in force everywhere.
    pub mesh_root: String,
    /// The services that no cluster runs, by environment and subject.
    pub elsewhere: Vec<Service>,
    /// The environments that a folder of Terraform is applied to, where its own path names none.
    pub terraform: BTreeMap<String, BTreeSet<String>>,
    /// What templates may leave out, sorted.
    pub undecided: Vec<Undecided>,
    /// Where templates write what is not known, sorted.
    gaps: Vec<Location>,
}

/// Where an object stands, and what says whose it is.
struct Site<'a> {
    unit: UnitKind,
    path: &'a str,
    /// The unit's folder; of plain files the path.
    folder: &'a str,
    label: &'a dyn Fn(Option<&str>) -> Option<String>,
    /// The environment, where what deploys it leaves no choice.
    decided: Option<String>,
    /// The environment that whoever deploys it gives it, where nothing else does.
    fallback: Option<String>,
}

/// Where one application of an object puts it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
struct Placement {
    environment: Option<String>,
    /// For what names no namespace.
    namespace: Option<String>,
}

impl World {
    /// Places the objects of all applied units.
    #[must_use]
    pub fn new(ground: &Ground<'_>) -> Self {
        let Ground { sources, manifests, settings, roots, .. } = *ground;
        let named = manifests.applied().find_map(|unit| unit.mesh().root_namespace().map(str::to_owned));
        let root = settings.check.mesh_root_namespace.clone().or(named);
        let mut this = Self { mesh_root: root.unwrap_or_else(|| DEFAULT_ROOT_NAMESPACE.to_owned()), ..Self::default() };
        let labelled = namespace_labels(manifests.applied().flat_map(|unit| unit.objects.iter()));
        let delivered = delivery::deliveries(sources, manifests, settings, roots);
        let components = components(sources, manifests);
        let charts = folders_of_charts(sources, manifests);
        for unit in manifests.applied().filter(|unit| !components.contains(&unit.name)) {
            let labelled_here = namespace_labels(unit.objects.iter());
            let label = |namespace: Option<&str>| {
                let name = namespace?;
                labelled_here.get(name).cloned().flatten().or_else(|| labelled.get(name).cloned().flatten())
            };
            if unit.kind == UnitKind::Chart && !is_rendered(sources, unit) {
                this.chart(ground, unit, &delivered, &label);
                continue;
            }
            for object in &unit.objects {
                let path = &sources.get(sources.outermost(object.source)).path;
                let folder = if unit.kind == UnitKind::Plain { path } else { &unit.name };
                if unit.kind == UnitKind::Plain && is_data_of_chart(&charts, path) {
                    this.samples += 1;
                    continue;
                }
                for placement in placements(path, folder, &delivered) {
                    let object = in_namespace(object, placement.namespace.as_deref());
                    let fallback = placement.environment;
                    this.place(ground, object, Site { unit: unit.kind, path, folder, label: &label, decided: None, fallback });
                }
            }
        }
        this.undecided.sort();
        this.undecided.dedup();
        this.gaps.sort();
        this.gaps.dedup();
        this.declared(ground, &labelled);
        this.find_workloads(sources, settings);
        this.find_elsewhere(ground);
        let own = this.workloads.iter().filter(|workload| !workload.is_platform);
        this.scopes =
            own.map(|workload| Scope { environment: workload.environment.clone(), namespace: workload.namespace.clone() }).collect();
        let known: BTreeSet<String> = this.scopes.iter().map(|scope| scope.environment.clone()).collect();
        let others = this.elsewhere.iter().map(|service| &service.environment);
        // what runs beside a cluster of the same environment is judged there
        let apart = others.filter(|environment| known.is_empty() || !known.contains(*environment) && *environment != DEFAULT_ENVIRONMENT);
        let apart: Vec<Scope> = apart.map(|environment| Scope { environment: environment.clone(), namespace: String::new() }).collect();
        this.scopes.extend(apart);
        this.find_clusters();
        this
    }

    /// Takes parts of files for such that something not known may leave out.
    pub(super) fn leave_open(&mut self, parts: &[Location]) {
        self.undecided.extend(parts.iter().map(|at| Undecided { at: *at, environment: None }));
        self.undecided.sort();
    }

    /// Places one object.
    fn place(&mut self, ground: &Ground<'_>, object: Arc<Object>, site: Site<'_>) {
        let Ground { settings, roots, .. } = *ground;
        let namespace = match object.namespace() {
            _ if object.is("", "Namespace") => object.name().map(str::to_owned),
            Namespace::Named(name) => Some(name.to_owned()),
            Namespace::Cluster | Namespace::Unknown => None,
        };
        let environment = site.decided.or_else(|| {
            by_config(settings, site.path, site.folder, namespace.as_deref())
                .or_else(|| (site.label)(namespace.as_deref()))
                .or_else(|| by_path(site.folder, roots))
                .or_else(|| by_path(site.path, roots))
                .or(site.fallback)
        });
        let is_platform = namespace.as_deref().is_some_and(|name| settings.is_platform(name, &self.mesh_root));
        let reach = Reach { environment: environment.clone(), namespace: namespace.filter(|_| !is_platform) };
        // an overlay is deployed wherever its bases lie
        let is_sample = match site.unit {
            UnitKind::Plain => is_sample(site.path, roots),
            UnitKind::Kustomization | UnitKind::Chart => is_sample(&format!("{}/.", site.folder), roots) || is_helm_test(&object),
        };
        let parts: Vec<&str> = site.path.rsplit('/').take(3).collect();
        let tail = parts.into_iter().rev().fold(String::new(), |tail, part| format!("{tail}/{part}"));
        self.samples += usize::from(is_sample);
        self.placed.push(Placed { object, environment, reach, is_sample, tail });
    }

    /// Places the objects that Terraform declares.
    fn declared(&mut self, ground: &Ground<'_>, labelled: &BTreeMap<String, Option<String>>) {
        let mut names: BTreeMap<&str, provider::Names> = BTreeMap::new();
        let path_of = |file: &Document| ground.sources.get(ground.sources.outermost(file.source)).path.as_str();
        let folder_of = |file: &Document| path_of(file).rsplit_once('/').map_or("", |(folder, _)| folder);
        for file in terraform::files(ground.manifests) {
            provider::names(file, names.entry(folder_of(file)).or_default());
        }
        let label = |namespace: Option<&str>| labelled.get(namespace?).cloned().flatten();
        for file in terraform::files(ground.manifests) {
            let Some(names) = names.get(folder_of(file)) else { continue };
            for object in provider::objects(file, names) {
                let path = path_of(file);
                let site = Site { unit: UnitKind::Plain, path, folder: path, label: &label, decided: None, fallback: None };
                self.place(ground, Arc::new(object), site);
            }
        }
    }

    fn find_workloads(&mut self, sources: &SourceMap, settings: &Settings) {
        for placed in self.placed.iter().filter(|placed| !placed.is_sample && pods::is_workload(&placed.object)) {
            let Some(pod) = pod(&placed.object) else { continue };
            let namespace = match placed.object.namespace() {
                Namespace::Named(name) => name.to_owned(),
                // templated: one namespace that has no name here
                Namespace::Cluster | Namespace::Unknown => String::new(),
            };
            let stated = placed.environment.clone();
            let environment = stated.clone().unwrap_or_else(|| DEFAULT_ENVIRONMENT.to_owned());
            // workloads of several charts, all without a name here, are told apart by their files
            let name = match placed.object.name() {
                Some(name) => name.to_owned(),
                None => format!("{}{}", name_of(&placed.object), placed.tail),
            };
            let labels = pod.labels();
            let app = labels.get("app.kubernetes.io/name").or_else(|| labels.get("app")).unwrap_or(&name).to_owned();
            let account = match pod.service_account() {
                ServiceAccount::Named(name, _) => Some(name.to_owned()),
                ServiceAccount::Default => Some("default".to_owned()),
                ServiceAccount::Unknown => None,
            };
            let is_platform = settings.is_platform(&namespace, &self.mesh_root);
            let subject = Subject::new(namespace.clone(), &*placed.object.kind, name);
            self.workloads.push(Workload {
                object: placed.object.clone(),
                environment,
                stated,
                namespace,
                subject,
                is_platform,
                account,
                app,
                spot: Spot::of(sources, sources.first_line(placed.object.kind_at().at)),
            });
        }
        // a platform's repository deploys the platform
        if self.workloads.iter().all(|workload| workload.is_platform) {
            self.workloads.iter_mut().for_each(|workload| workload.is_platform = false);
            for placed in &mut self.placed {
                if let Namespace::Named(name) = placed.object.namespace() {
                    placed.reach.namespace = Some(name.to_owned());
                }
            }
        }
        self.workloads.sort_by(|a, b| (&a.environment, &a.subject).cmp(&(&b.environment, &b.subject)));
        // one object that several units apply alike
        self.workloads.dedup_by(|a, b| a.environment == b.environment && a.subject == b.subject && a.object.root == b.object.root);
    }

    fn find_clusters(&mut self) {
        let environments: BTreeSet<&str> = self.scopes.iter().map(|scope| scope.environment.as_str()).collect();
        for environment in environments {
            let speaks = |placed: &&Placed| !placed.is_sample && placed.environment.as_deref().is_none_or(|own| own == environment);
            let objects: Vec<Arc<Object>> = self.placed.iter().filter(speaks).map(|placed| placed.object.clone()).collect();
            self.clusters.insert(environment.to_owned(), Cluster::new(&objects));
        }
    }

    /// The workloads that are subjects.
    pub fn subjects(&self) -> impl Iterator<Item = &Workload> {
        self.workloads.iter().filter(|workload| !workload.is_platform)
    }

    /// Every service that is a subject: those of clusters first.
    pub fn services(&self) -> impl Iterator<Item = Service> {
        let of_cluster = self.subjects().map(|workload| Service {
            subject: workload.subject.clone(),
            environment: workload.environment.clone(),
            app: workload.app.clone(),
            runner: Runner::Kubernetes,
            spot: Some(workload.spot.clone()),
        });
        of_cluster.chain(self.elsewhere.iter().cloned())
    }

    /// Whether a template decides what an object says under a key at `path`, or from there on.
    pub(super) fn is_templated(&self, object: &Object, path: &[&str]) -> bool {
        let mut node = &*object.root;
        for key in path {
            if node.unknown().is_some() {
                return true;
            }
            let Some(entry) = node.entry(key) else {
                return object.partial && self.has_gap(object, node.origin.at.span.start);
            };
            node = &entry.value;
        }
        node.has_unknown() || object.partial && self.has_gap(object, node.origin.at.span.start)
    }

    /// Whether a template writes something unknown into an object behind `from`.
    fn has_gap(&self, object: &Object, from: u32) -> bool {
        let own = object.root.origin.at;
        let first = self.gaps.partition_point(|gap| (gap.source, gap.span.start) < (own.source, from));
        self.gaps.get(first).is_some_and(|gap| gap.source == own.source && gap.span.start < own.span.end)
    }

    /// The objects that are deployed.
    pub fn deployed(&self) -> impl Iterator<Item = &Placed> {
        self.placed.iter().filter(|placed| !placed.is_sample)
    }
}

impl Workload {
    /// The pod that it makes.
    #[must_use]
    pub fn pod(&self) -> Option<Pod<'_>> {
        pod(&self.object)
    }

    /// The scope that it lies in, as a reach.
    #[must_use]
    pub fn reach(&self) -> Reach {
        Reach { environment: Some(self.environment.clone()), namespace: Some(self.namespace.clone()) }
    }
}

/// An object's name, or what stands for it.
#[must_use]
pub fn name_of(object: &Object) -> String {
    let generated = || object.root.path(&["metadata", "generateName"]).and_then(Node::as_str).map(|prefix| format!("{prefix}*"));
    object.name().map(str::to_owned).or_else(generated).unwrap_or_else(|| "?".to_owned())
}

/// The folders of kustomize's Components: parts that others may switch on, and nothing by themselves.
fn components(sources: &SourceMap, manifests: &Manifests) -> BTreeSet<String> {
    let is_component = |document: &&Document| {
        document.kind == DocumentKind::Kustomization && document.root.get("kind").and_then(Node::as_str) == Some("Component")
    };
    let folder = |document: &Document| {
        let path = &sources.get(sources.outermost(document.source)).path;
        path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned())
    };
    manifests.documents.iter().filter(is_component).map(folder).filter(|name| !name.is_empty()).collect()
}

/// Where the innermost deliveries put what lies in `folder`, a unit's, or `path`; one placement without any where nothing delivers it.
fn placements(path: &str, folder: &str, delivered: &[Delivery]) -> BTreeSet<Placement> {
    let holds = |delivery: &&Delivery| in_folder(folder, &delivery.folder) || in_folder(path, &delivery.folder);
    let innermost = delivered.iter().find(holds).map(|delivery| delivery.folder.len());
    let own = delivered.iter().filter(holds).filter(|delivery| Some(delivery.folder.len()) == innermost);
    let found: BTreeSet<Placement> =
        own.map(|delivery| Placement { environment: delivery.environment.clone(), namespace: delivery.namespace.clone() }).collect();
    if found.is_empty() { BTreeSet::from([Placement::default()]) } else { found }
}

/// The object in the namespace that whoever deploys it gives to what names none.
fn in_namespace(object: &Arc<Object>, namespace: Option<&str>) -> Arc<Object> {
    let is_named = object.root.path(&["metadata", "namespace"]).is_some_and(|node| !node.is_null());
    let Some(namespace) = namespace.filter(|_| object.scope == KindScope::Namespaced && !is_named) else { return Arc::clone(object) };
    let mut root = (*object.root).clone();
    if let Value::Map(entries) = &mut root.value
        && let Some(metadata) = entries.iter_mut().find(|entry| &*entry.key == "metadata")
        && let Value::Map(fields) = &mut metadata.value.value
    {
        let origin: Origin = metadata.origin.clone();
        let value = Node { value: Value::Scalar(Scalar::String(namespace.into())), origin: origin.clone() };
        fields.retain(|entry| &*entry.key != "namespace");
        fields.push(Entry { key: "namespace".into(), origin, value });
    }
    Arc::new(Object { root: Arc::new(root), ..(**object).clone() })
}
