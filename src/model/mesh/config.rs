//! MeshConfig: what holds for a mesh as a whole (<https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/>).

use std::sync::Arc;

use crate::model::document::{Document, DocumentKind};
use crate::model::k8s::Object;
use crate::model::part::Part;
use crate::model::value::{self, Format, Node, Value};
use crate::text::SourceMap;

/// How deep a values file or an object is searched for `meshConfig`: `spec.values.istiod.meshConfig` is the deepest usual place.
const DEPTH: usize = 5;

/// What one mesh configuration says, as far as other objects depend on it.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct MeshSettings {
    /// `rootNamespace`, or what a chart makes of its values' `global.istioNamespace`.
    pub root_namespace: Option<Arc<str>>,
    pub trust_domain: Option<Arc<str>>,
    pub trust_domain_aliases: Vec<Arc<str>>,
    /// Those whose certificates `caCertificates` lets the mesh verify.
    pub foreign_trust_domains: Vec<Arc<str>>,
    /// The names of `extensionProviders`.
    pub extension_providers: Vec<Arc<str>>,
    /// Something in it cannot be known: nothing can be said to be absent.
    pub open: bool,
    /// A MeshConfig, and not only what a chart's other values say of one.
    pub is_config: bool,
}

impl MeshSettings {
    /// The settings of a MeshConfig.
    #[must_use]
    pub fn new(mesh_config: &Node) -> Self {
        let text = |key: &str| mesh_config.get(key).and_then(Node::as_str).filter(|text| !text.is_empty()).map(Arc::from);
        let texts = |node: Option<&Node>| -> Vec<Arc<str>> {
            node.map_or(&[][..], Node::items).iter().filter_map(Node::as_str).map(Arc::from).collect()
        };
        let certificates = mesh_config.get("caCertificates").map_or(&[][..], Node::items);
        let providers = mesh_config.get("extensionProviders").map_or(&[][..], Node::items);
        Self {
            root_namespace: text("rootNamespace"),
            trust_domain: text("trustDomain"),
            trust_domain_aliases: texts(mesh_config.get("trustDomainAliases")),
            foreign_trust_domains: certificates.iter().flat_map(|item| texts(item.get("trustDomains"))).collect(),
            extension_providers: providers.iter().filter_map(|item| item.get("name")?.as_str().map(Arc::from)).collect(),
            open: mesh_config.has_unknown(),
            is_config: true,
        }
    }

    /// The settings that an object holds: the ConfigMap of a control plane, an IstioOperator, a Helm release of Istio's charts.
    #[must_use]
    pub fn of_object(object: &Object) -> Vec<Self> {
        if let Some(text) = mesh_text(object) {
            // only values are taken from it, no places
            let read = value::read(text.origin.at.source, text.as_str().unwrap_or_default(), Format::Yaml);
            let documents = read.documents.iter().filter_map(|document| Some((document.root.as_ref()?, document)));
            let maps = documents.filter(|(root, _)| matches!(root.value, Value::Map(_)));
            return maps
                .map(|(root, document)| {
                    let settings = Self::new(root);
                    Self { open: settings.open || !document.complete || document.templated || object.partial, ..settings }
                })
                .collect();
        }
        let mut found: Vec<Self> = mesh_configs(object).into_iter().map(Self::new).collect();
        if holds_values(object) {
            chart_root(&object.root, &mut found);
        }
        found
    }

    /// The settings in a chart's values.
    #[must_use]
    pub fn of_values(values: &Node) -> Vec<Self> {
        let mut found: Vec<Self> = mesh_configs_in(values).into_iter().map(Self::new).collect();
        chart_root(values, &mut found);
        found
    }
}

/// Istio's charts make `global.istioNamespace` the root namespace where `meshConfig` names none.
fn chart_root(values: &Node, found: &mut Vec<MeshSettings>) {
    if found.iter().any(|settings| settings.root_namespace.is_some()) {
        return;
    }
    let named = ["", "values", "istiod"].iter().find_map(|parent| {
        let values = values.get("spec").unwrap_or(values);
        let values = if parent.is_empty() { values } else { values.get(parent)? };
        values.path(&["global", "istioNamespace"])?.as_str()
    });
    if let Some(name) = named.filter(|name| !name.is_empty()) {
        found.push(MeshSettings { root_namespace: Some(name.into()), ..MeshSettings::default() });
    }
}

/// The text of the MeshConfig in the ConfigMap that istiod reads: `istio`, or `istio-<revision>`, key `mesh`.
fn mesh_text(object: &Object) -> Option<&Node> {
    let named = object.name().is_some_and(is_mesh_config_map);
    object.root.path(&["data", "mesh"]).filter(|node| named && object.is("", "ConfigMap") && node.as_str().is_some())
}

/// Whether istiod reads the ConfigMap of this name: `istio`, or `istio-<revision>`.
#[must_use]
pub fn is_mesh_config_map(name: &str) -> bool {
    name == "istio" || name.strip_prefix("istio-").is_some_and(|revision| !revision.is_empty())
}

/// The MeshConfigs that an object holds as values, not as text: an IstioOperator or Istio (Sail) and the Helm releases of Flux and
/// Argo CD.
#[must_use]
pub fn mesh_configs(object: &Object) -> Vec<&Node> {
    if holds_values(object) { mesh_configs_in(&object.root) } else { Vec::new() }
}

/// Whether istiod reads a document that is a MeshConfig: a file of its own, or the text in its ConfigMap.
#[must_use]
pub fn is_in_force(document: &Document, sources: &SourceMap) -> bool {
    document.kind == DocumentKind::MeshConfig
        && sources.holder(document.source).is_none_or(|holder| {
            // `namespace/ConfigMap/name`
            holder.kind == "configmap" && is_mesh_config_map(holder.object.rsplit('/').next().unwrap_or_default())
        })
}

/// The MeshConfigs of a part: the text that istiod reads, a chart's values, an object that holds values.
#[must_use]
pub fn mesh_configs_of<'m>(part: Part<'m>, sources: &SourceMap) -> Vec<&'m Node> {
    match part {
        Part::Document(document) if document.kind == DocumentKind::ChartValues => mesh_configs_in(&document.root),
        Part::Document(document) if is_in_force(document, sources) => vec![&document.root],
        Part::Document(_) | Part::Script(_) => Vec::new(),
        Part::Object(object) => mesh_configs(object),
    }
}

fn holds_values(object: &Object) -> bool {
    matches!(
        (&*object.group, &*object.kind),
        ("install.istio.io", "IstioOperator")
            | ("sailoperator.io" | "operator.istio.io", "Istio" | "IstioRevision")
            | ("helm.toolkit.fluxcd.io", "HelmRelease")
            | ("helm.cattle.io", "HelmChart" | "HelmChartConfig")
            | ("argoproj.io", "Application" | "ApplicationSet")
    )
}

/// The MeshConfigs in a chart's values: what stands under `meshConfig`, there or in the values of a subchart.
#[must_use]
pub fn mesh_configs_in(values: &Node) -> Vec<&Node> {
    let mut found = Vec::new();
    collect(values, DEPTH, &mut found);
    found
}

fn collect<'n>(node: &'n Node, depth: usize, found: &mut Vec<&'n Node>) {
    for entry in node.entries() {
        if &*entry.key == "meshConfig" && matches!(entry.value.value, Value::Map(_)) {
            found.push(&entry.value);
        } else if depth > 0 {
            collect(&entry.value, depth - 1, found);
        }
    }
    // Argo CD's `sources`
    for item in node.items() {
        if depth > 0 {
            collect(item, depth - 1, found);
        }
    }
}
