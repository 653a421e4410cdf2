//! Documents of data files and what they are.

mod shape;

use std::sync::Arc;

use super::code::spring;
use super::envoy;
use super::shell;
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
    /// OPA's configuration: <https://www.openpolicyagent.org/docs/configuration>.
    Opa,
    /// An OpenTelemetry collector's configuration: <https://opentelemetry.io/docs/collector/configuration/>.
    Otel,
    /// A GitHub Actions workflow.
    Workflow,
    /// A composite action of GitHub Actions.
    Action,
    /// A pipeline of GitLab CI, or a part of one.
    GitlabCi,
    /// A Compose file.
    Compose,
    /// Entries for `spire-server entry create -data`.
    Registrations,
    /// Vault's server configuration or a policy.
    Vault,
    Terraform,
    /// A shell script; its root is its text.
    Shell,
    /// Certificates in PEM; its root is its text.
    Certificates,
    /// Spring Boot's `application.yml`.
    Spring,
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

/// Words of which every text has one that is recognised by its content.
const WORDS: [&str; 22] = [
    "apiVersion",
    "trust_domain",
    "server_address",
    "bind_address",
    "bind_port",
    "plugins",
    "_resources",
    "Resources",
    "@type",
    "extensionProviders",
    "defaultProviders",
    "meshConfig",
    "outboundTrafficPolicy",
    "decision_logs",
    "bundle",
    "discovery",
    "receivers",
    "services",
    "capabilities",
    "listener",
    "auto_auth",
    "spiffe_id",
];

/// What begins a certificate.
const PEM: &str = "-----BEGIN CERTIFICATE";

/// Whether a text can hold anything that is judged, apart from Rego. A search costs less than reading.
#[must_use]
pub fn may_be_recognised(text: &str, format: Format) -> bool {
    let has = |needle: &str| memchr::memmem::find(text.as_bytes(), needle.as_bytes()).is_some();
    match format {
        Format::Yaml | Format::Terraform => true,
        Format::Json => WORDS.iter().any(|word| has(word)),
        // `path`: policies of Vault's first days
        Format::Hcl => has("path") || WORDS.iter().any(|word| has(word)),
        Format::Text => has(PEM) || shell::is_wanted(text),
        Format::Toml => false,
    }
}

/// What the document `root` of the file `path` is. `key` is the key of a ConfigMap or the like that an embedded text stands under.
#[must_use]
pub fn recognise(root: &Node, format: Format, path: &str, key: Option<&str>) -> DocumentKind {
    let name = key.unwrap_or(path).rsplit('/').next().unwrap_or("");
    let text = |key: &str| root.get(key).and_then(Node::as_str);
    if format == Format::Terraform {
        return DocumentKind::Terraform;
    }
    if format == Format::Text {
        let is_script = [".sh", ".bash"].iter().any(|suffix| name.ends_with(suffix))
            || shell::is_makefile(name)
            || root.as_str().is_some_and(shell::has_shebang);
        let has_certificate = || root.as_str().is_some_and(|text| text.contains(PEM));
        return match is_script {
            true => DocumentKind::Shell,
            false if has_certificate() => DocumentKind::Certificates,
            false => DocumentKind::Other,
        };
    }
    if is_kustomization(name, text("kind"), text("apiVersion")) && key.is_none() {
        return DocumentKind::Kustomization;
    }
    if text("apiVersion").is_some() && text("kind").is_some() {
        return DocumentKind::Object;
    }
    if shape::is_spire(root) {
        return DocumentKind::Spire;
    }
    if shape::is_registrations(root) {
        return DocumentKind::Registrations;
    }
    if is_envoy(root) {
        return DocumentKind::Envoy;
    }
    if key == Some("mesh") || shape::is_mesh_config(root) {
        return DocumentKind::MeshConfig;
    }
    if shape::is_opa(root) {
        return DocumentKind::Opa;
    }
    if shape::is_otel(root) {
        return DocumentKind::Otel;
    }
    if shape::is_vault(root) {
        return DocumentKind::Vault;
    }
    if format == Format::Yaml && spring::is_config(root, name) {
        return DocumentKind::Spring;
    }
    // all others are files by their names
    if key.is_none() { by_name(root, format, path, name) } else { DocumentKind::Other }
}

/// What a file is that its content alone does not tell.
fn by_name(root: &Node, format: Format, path: &str, name: &str) -> DocumentKind {
    let is_map = matches!(root.value, Value::Map(_));
    if !is_map || format == Format::Hcl {
        return DocumentKind::Other;
    }
    if matches!(name, "Chart.yaml" | "Chart.yml") && root.get("name").is_some() {
        return DocumentKind::Chart;
    }
    let below = |folder: &str| path.starts_with(folder) || path.contains(&format!("/{folder}"));
    if [".github/workflows/", ".gitea/workflows/", ".forgejo/workflows/"].into_iter().any(below) && root.get("jobs").is_some() {
        return DocumentKind::Workflow;
    }
    if matches!(name, "action.yml" | "action.yaml") && root.path(&["runs", "steps"]).is_some() {
        return DocumentKind::Action;
    }
    if name.ends_with(".gitlab-ci.yml") || name.ends_with(".gitlab-ci.yaml") || below(".gitlab/ci/") || below(".gitlab-ci/") {
        return DocumentKind::GitlabCi;
    }
    if shape::is_compose(root, name) {
        return DocumentKind::Compose;
    }
    let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"));
    let is_values = stem.is_some_and(|stem| {
        let parts = |c: char| matches!(c, '-' | '_' | '.');
        stem.split(parts).next() == Some("values") || stem.split(parts).next_back() == Some("values")
    });
    if is_values || shape::holds_mesh_config(root) {
        return DocumentKind::ChartValues;
    }
    DocumentKind::Other
}

/// Whether kustomize looks for its file under this name.
#[must_use]
pub fn is_kustomization_name(name: &str) -> bool {
    matches!(name, "kustomization.yaml" | "kustomization.yml" | "Kustomization")
}

/// Whether a document is a kustomization: by its type, or by the name of its file where it states none.
fn is_kustomization(name: &str, kind: Option<&str>, api_version: Option<&str>) -> bool {
    let named = is_kustomization_name(name);
    let group = api_version.is_some_and(|version| version.starts_with("kustomize.config.k8s.io/"));
    (named && (kind.is_none() || api_version.is_none() || group)) || (group && matches!(kind, Some("Kustomization" | "Component")))
}

/// Whether a text that stands under a key of any name is surely a configuration by the words in it: Envoy's, OPA's or an OpenTelemetry
/// collector's.
#[must_use]
pub fn is_surely_recognised(text: &str) -> bool {
    let has = |needle: &str| memchr::memmem::find(text.as_bytes(), needle.as_bytes()).is_some();
    (has("@type") && has("envoy."))
        || has("static_resources")
        || has("staticResources")
        || has("envoy_ext_authz_grpc")
        || (has("services:") && (has("bundles:") || has("decision_logs:") || has("discovery:")))
        || (has("receivers:") && has("exporters:") && has("pipelines:"))
}

fn is_envoy(root: &Node) -> bool {
    let has = |snake: &str, camel: &str| root.get(snake).or_else(|| root.get(camel));
    let resources = has("static_resources", "staticResources");
    let dynamic = has("dynamic_resources", "dynamicResources");
    resources.is_some_and(|node| ["listeners", "clusters", "secrets"].iter().any(|key| node.get(key).is_some()))
        || dynamic.is_some_and(|node| !node.entries().is_empty()) && root.get("node").or_else(|| root.get("admin")).is_some()
        // the interface of administration, which a bootstrap may have beside empty resources or alone
        || envoy::field_path(root, &["admin", "address", "socket_address"]).is_some_and(|socket| envoy::field(socket, "port_value").is_some())
        // resources of a control plane, and parts that templates include
        || envoy::holds_messages(root)
}
