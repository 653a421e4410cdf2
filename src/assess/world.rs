//! Which object belongs where: environments, namespaces, scopes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::observe::{Reach, Spot, Subject};
use super::settings::{EnvironmentRule, Settings};
use super::status::Class;
use crate::diag::wildcard;
use crate::model::document::{Document, DocumentKind};
use crate::model::k8s::{Cluster, Namespace, Object, Pod, ServiceAccount, pod, pods};
use crate::model::manifests::Manifests;
use crate::model::mesh::DEFAULT_ROOT_NAMESPACE;
use crate::model::units::UnitKind;
use crate::model::value::Node;
use crate::text::SourceMap;

/// The environment of what states none.
pub const DEFAULT_ENVIRONMENT: &str = "default";

/// Folders whose manifests are not deployed.
const NOT_DEPLOYED: [&str; 13] = [
    "tests",
    "testdata",
    "test-data",
    "__tests__",
    "fixtures",
    "fixture",
    "testing",
    "docs",
    "doc",
    "examples",
    "example",
    "samples",
    "sample",
];

/// Namespaces' labels that name an environment.
const LABELS: [&str; 4] = ["environment", "env", "app.kubernetes.io/environment", "environment.tier"];

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
}

impl World {
    /// Places the objects of all applied units. `roots` are the folders of the run, as paths begin.
    #[must_use]
    pub fn new(sources: &SourceMap, manifests: &Manifests, settings: &Settings, roots: &[String]) -> Self {
        let named = manifests.applied().find_map(|unit| unit.mesh().root_namespace().map(str::to_owned));
        let root = settings.check.mesh_root_namespace.clone().or(named);
        let mut this = Self { mesh_root: root.unwrap_or_else(|| DEFAULT_ROOT_NAMESPACE.to_owned()), ..Self::default() };
        let labelled = labelled_namespaces(manifests);
        let delivered = deliveries(sources, manifests, settings, roots);
        let components = components(sources, manifests);
        for unit in manifests.applied().filter(|unit| !components.contains(&unit.name)) {
            let labelled_here = namespace_labels(unit.objects.iter());
            for object in &unit.objects {
                let path = &sources.get(sources.outermost(object.source)).path;
                let folder = if unit.kind == UnitKind::Plain { path } else { &unit.name };
                let namespace = match object.namespace() {
                    _ if object.is("", "Namespace") => object.name().map(str::to_owned),
                    Namespace::Named(name) => Some(name.to_owned()),
                    Namespace::Cluster | Namespace::Unknown => None,
                };
                let label = namespace
                    .as_deref()
                    .and_then(|name| labelled_here.get(name).cloned().flatten().or_else(|| labelled.get(name).cloned().flatten()));
                let environment = by_config(settings, path, folder, namespace.as_deref())
                    .or(label)
                    .or_else(|| by_path(folder, roots))
                    .or_else(|| by_path(path, roots))
                    .or_else(|| delivered.iter().find(|(prefix, _)| in_folder(path, prefix)).map(|(_, name)| name.clone()));
                let is_platform = namespace.as_deref().is_some_and(|name| settings.is_platform(name, &this.mesh_root));
                let reach = Reach { environment: environment.clone(), namespace: namespace.filter(|_| !is_platform) };
                let is_sample = is_sample(path, roots);
                let parts: Vec<&str> = path.rsplit('/').take(3).collect();
                let tail = parts.into_iter().rev().fold(String::new(), |tail, part| format!("{tail}/{part}"));
                this.samples += usize::from(is_sample);
                this.placed.push(Placed { object: object.clone(), environment, reach, is_sample, tail });
            }
        }
        this.find_workloads(sources, settings);
        this.find_clusters();
        this
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
        let own = self.workloads.iter().filter(|workload| !workload.is_platform);
        self.scopes =
            own.map(|workload| Scope { environment: workload.environment.clone(), namespace: workload.namespace.clone() }).collect();
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

/// The environments that Namespace objects' labels name; `None` where they disagree.
fn namespace_labels<'o>(objects: impl Iterator<Item = &'o Arc<Object>>) -> BTreeMap<String, Option<String>> {
    let mut out: BTreeMap<String, Option<String>> = BTreeMap::new();
    for object in objects.filter(|object| object.is("", "Namespace")) {
        let (Some(name), Some(labels)) = (object.name(), object.labels()) else { continue };
        let Some(label) = LABELS.iter().find_map(|key| labels.get(key)?.as_str()).filter(|text| !text.is_empty()) else { continue };
        let environment = canonical(label).map_or_else(|| label.to_ascii_lowercase(), str::to_owned);
        out.entry(name.to_owned())
            .and_modify(|known| *known = known.take().filter(|known| *known == environment))
            .or_insert(Some(environment));
    }
    out
}

fn labelled_namespaces(manifests: &Manifests) -> BTreeMap<String, Option<String>> {
    namespace_labels(manifests.applied().flat_map(|unit| unit.objects.iter()))
}

fn by_config(settings: &Settings, path: &str, folder: &str, namespace: Option<&str>) -> Option<String> {
    let holds = |rule: &&EnvironmentRule| {
        (rule.holds)(path)
            || (rule.holds)(&format!("{folder}/kustomization.yaml"))
            || namespace.is_some_and(|name| rule.namespaces.iter().any(|own| wildcard(own, name)))
    };
    settings.environments.iter().find(holds).map(|rule| rule.name.clone())
}

/// The usual word for an environment that a path's segment or a label names.
#[must_use]
pub fn canonical(word: &str) -> Option<&'static str> {
    Some(match word.to_ascii_lowercase().as_str() {
        "prod" | "production" | "live" | "prd" => "prod",
        "stag" | "stage" | "staging" | "stg" => "staging",
        "preprod" | "pre-prod" => "preprod",
        "uat" => "uat",
        "dev" | "development" => "dev",
        "test" => "test",
        "qa" => "qa",
        "sandbox" => "sandbox",
        "local" => "local",
        "preview" => "preview",
        _ => return None,
    })
}

/// What an environment of this name is for.
#[must_use]
pub fn class_of(settings: &Settings, name: &str) -> Class {
    let configured = settings.environments.iter().find(|rule| rule.name == name).and_then(|rule| rule.class);
    if let Some(class) = configured {
        return class;
    }
    match canonical(name) {
        Some("prod") => Class::Production,
        Some(_) => Class::NonProduction,
        None => Class::Unclassified,
    }
}

/// A path below the root that it lies in.
fn below<'p>(path: &'p str, roots: &[String]) -> &'p str {
    let inside = |root: &String| {
        let root = root.trim_end_matches('/');
        if root.is_empty() || root == "." {
            Some(path)
        } else {
            path.strip_prefix(root)?.strip_prefix('/').or(Some("").filter(|_| path == root))
        }
    };
    roots.iter().filter_map(inside).min_by_key(|rest| rest.len()).unwrap_or(path)
}

/// The environment that a path's segments below its root name, the innermost one first.
#[must_use]
pub fn by_path(path: &str, roots: &[String]) -> Option<String> {
    let segments: Vec<&str> = below(path, roots).split('/').collect();
    segments
        .iter()
        .rev()
        .find_map(|segment| {
            let stem = segment.trim_end_matches(".yaml").trim_end_matches(".yml").trim_end_matches(".tf").trim_end_matches(".tfvars");
            let words = || stem.split(['-', '_', '.']);
            // `prod`, `prod-eu`, `values-prod`
            canonical(stem)
                .or_else(|| words().next().filter(|word| *word != "test" && *word != "local").and_then(canonical))
                .or_else(|| words().next_back().and_then(canonical))
        })
        .map(str::to_owned)
}

/// Whether a file lies in tests, documents or examples below its root.
#[must_use]
pub fn is_sample(path: &str, roots: &[String]) -> bool {
    let rest = below(path, roots);
    let mut folders: Vec<&str> = rest.split('/').collect();
    folders.pop();
    folders.iter().any(|folder| NOT_DEPLOYED.contains(&folder.to_ascii_lowercase().as_str()))
}

fn in_folder(path: &str, folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// The folders that Argo CD Applications and Flux Kustomizations deploy, with the environment of the file that says so.
fn deliveries(sources: &SourceMap, manifests: &Manifests, settings: &Settings, roots: &[String]) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for object in &manifests.objects {
        let folder = if object.is("argoproj.io", "Application") {
            object.root.path(&["spec", "source", "path"])
        } else if object.is("kustomize.toolkit.fluxcd.io", "Kustomization") {
            object.root.path(&["spec", "path"])
        } else {
            None
        };
        let Some(folder) = folder.and_then(Node::as_str) else { continue };
        let path = &sources.get(sources.outermost(object.source)).path;
        let namespace = object.root.path(&["spec", "destination", "namespace"]).and_then(Node::as_str);
        let environment = by_config(settings, path, path, namespace).or_else(|| by_path(path, roots));
        let folder = folder.trim_start_matches("./").trim_matches('/');
        if let (Some(environment), false) = (environment, folder.is_empty()) {
            for root in roots {
                let root = root.trim_end_matches('/');
                out.push((
                    if root.is_empty() || root == "." { folder.to_owned() } else { format!("{root}/{folder}") },
                    environment.clone(),
                ));
            }
        }
    }
    // the innermost folder wins; one that two environments deploy has neither
    out.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
    out.dedup();
    let twice: BTreeSet<String> = out.windows(2).filter(|pair| pair[0].0 == pair[1].0).map(|pair| pair[0].0.clone()).collect();
    out.retain(|(folder, _)| !twice.contains(folder));
    out
}
