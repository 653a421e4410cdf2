//! Documents of data files and what they are.

use std::sync::Arc;

use super::envoy;
use super::value::{Format, Node, Value};
use crate::text::SourceId;

/// What a document is, by its content, and where content leaves it open by its file's name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DocumentKind {
    /// A Kubernetes object, or a list of them.
    Object,
    Kustomization,
    /// `Chart.yaml`
    Chart,
    /// A chart's values.
    ChartValues,
    /// A SPIRE server's or agent's configuration.
    Spire,
    /// An Envoy bootstrap, or resources of its APIs.
    Envoy,
    /// Istio's MeshConfig, as the ConfigMap `istio` holds it.
    MeshConfig,
    /// OPA's configuration.
    Opa,
    /// A GitHub Actions workflow.
    Workflow,
    /// A Compose file.
    Compose,
    /// Vault's server configuration or a policy.
    Vault,
    Terraform,
    /// Nothing that is judged.
    Other,
}

/// One document of a file or of an embedded text.
#[derive(Clone, Debug)]
pub struct Document {
    pub source: SourceId,
    /// Its place among the documents of its text, from 0.
    pub index: usize,
    pub kind: DocumentKind,
    pub root: Arc<Node>,
    /// Nothing can be said to be absent: the document is cut off or read around template actions.
    pub partial: bool,
}

/// What the document `root` of the file `path` is. `key` is the key of a ConfigMap or the like that an embedded text stands under.
#[must_use]
pub fn recognise(root: &Node, format: Format, path: &str, key: Option<&str>) -> DocumentKind {
    let name = key.unwrap_or(path).rsplit('/').next().unwrap_or("");
    let has = |key: &str| root.get(key).is_some();
    let text = |key: &str| root.get(key).and_then(Node::as_str);
    if format == Format::Terraform {
        return DocumentKind::Terraform;
    }
    if is_kustomization(name, text("kind"), text("apiVersion")) && key.is_none() {
        return DocumentKind::Kustomization;
    }
    if text("apiVersion").is_some() && text("kind").is_some() {
        return DocumentKind::Object;
    }
    if is_spire(root) {
        return DocumentKind::Spire;
    }
    if is_envoy(root) {
        return DocumentKind::Envoy;
    }
    if key == Some("mesh") {
        return DocumentKind::MeshConfig;
    }
    if name == "Chart.yaml" && has("name") {
        return DocumentKind::Chart;
    }
    if key.is_none() && holds_mesh_config(root) {
        return DocumentKind::ChartValues;
    }
    let workflow = path.contains(".github/workflows/") && key.is_none();
    if workflow && has("jobs") {
        return DocumentKind::Workflow;
    }
    if matches!(format, Format::Yaml) && has("services") && name.contains("compose") {
        return DocumentKind::Compose;
    }
    DocumentKind::Other
}

/// The names that kustomize looks for.
fn is_kustomization(name: &str, kind: Option<&str>, api_version: Option<&str>) -> bool {
    let named = matches!(name, "kustomization.yaml" | "kustomization.yml" | "Kustomization");
    let group = api_version.is_some_and(|version| version.starts_with("kustomize.config.k8s.io/"));
    (named && (kind.is_none() || api_version.is_none() || group)) || (group && matches!(kind, Some("Kustomization" | "Component")))
}

/// Values of Istio's charts, or of a chart with one of them as a part.
fn holds_mesh_config(root: &Node) -> bool {
    let here = |node: &Node| node.get("meshConfig").is_some_and(|node| matches!(node.value, Value::Map(_)));
    here(root) || root.entries().iter().any(|entry| here(&entry.value))
}

/// SPIRE's files have a block `agent` or `server` with a trust domain, or plugins of types that SPIRE knows.
fn is_spire(root: &Node) -> bool {
    let first = |node: &'_ Node| node.items().first().cloned().unwrap_or_else(|| node.clone());
    let core = |key: &str| root.get(key).is_some_and(|node| first(node).get("trust_domain").is_some());
    let types = ["NodeAttestor", "WorkloadAttestor", "KeyManager", "DataStore", "UpstreamAuthority", "SVIDStore", "BundlePublisher"];
    core("agent") || core("server") || root.get("plugins").is_some_and(|node| types.iter().any(|name| first(node).get(name).is_some()))
}

fn is_envoy(root: &Node) -> bool {
    let has = |snake: &str, camel: &str| root.get(snake).or_else(|| root.get(camel));
    let resources = has("static_resources", "staticResources");
    let dynamic = has("dynamic_resources", "dynamicResources");
    resources.is_some_and(|node| ["listeners", "clusters", "secrets"].iter().any(|key| node.get(key).is_some()))
        || dynamic.is_some_and(|node| !node.entries().is_empty()) && root.get("node").or_else(|| root.get("admin")).is_some()
        // resources of a control plane, and parts that templates include
        || envoy::holds_messages(root)
}
