//! What tells configurations apart: the keys that they have.

use crate::model::value::{Node, Value};

fn is_map(node: &Node) -> bool {
    matches!(node.value, Value::Map(_))
}

/// How many of `keys` a map has.
fn count(node: &Node, keys: &[&str]) -> usize {
    node.entries().iter().filter(|entry| keys.contains(&&*entry.key)).count()
}

/// SPIRE's types of plugins.
const PLUGINS: [&str; 10] = [
    "NodeAttestor",
    "WorkloadAttestor",
    "KeyManager",
    "DataStore",
    "UpstreamAuthority",
    "SVIDStore",
    "BundlePublisher",
    "Notifier",
    "NodeResolver",
    "CredentialComposer",
];
const AGENT: [&str; 9] = [
    "server_address",
    "server_port",
    "socket_path",
    "data_dir",
    "trust_bundle_path",
    "trust_bundle_url",
    "insecure_bootstrap",
    "join_token",
    "admin_socket_path",
];
const SERVER: [&str; 12] = [
    "bind_address",
    "bind_port",
    "socket_path",
    "data_dir",
    "ca_ttl",
    "ca_subject",
    "ca_key_type",
    "default_x509_svid_ttl",
    "default_jwt_svid_ttl",
    "default_svid_ttl",
    "registration_uds_path",
    "jwt_issuer",
];

/// SPIRE's files have a block `agent` or `server` with a trust domain or several of its keys, or plugins of types that SPIRE knows.
/// Parts of a configuration hold only plugins.
pub(super) fn is_spire(root: &Node) -> bool {
    let core = |name: &str, keys: &[&str]| root.blocks(name).any(|block| block.get("trust_domain").is_some() || count(block, keys) >= 2);
    core("agent", &AGENT) || core("server", &SERVER) || root.blocks("plugins").any(|block| count(block, &PLUGINS) > 0)
}

/// `entries`, each with an identity and what selects those that get it (SPIRE's `entry create -data`).
pub(super) fn is_registrations(root: &Node) -> bool {
    let entries = root.get("entries").map_or(&[][..], Node::items);
    !entries.is_empty() && entries.iter().all(|entry| count(entry, &["spiffe_id", "selectors", "parent_id"]) >= 2)
}

/// Keys of MeshConfig that nothing else has.
const MESH: [&str; 8] = [
    "extensionProviders",
    "defaultProviders",
    "outboundTrafficPolicy",
    "enableAutoMtls",
    "meshMTLS",
    "trustDomainAliases",
    "discoverySelectors",
    "defaultServiceExportTo",
];

/// A MeshConfig in a file of its own, as `istioctl --meshConfigFile` and control planes outside of clusters take it.
pub(super) fn is_mesh_config(root: &Node) -> bool {
    let own = count(root, &MESH);
    own >= 2 || (own == 1 && count(root, &["defaultConfig", "rootNamespace", "trustDomain", "accessLogFile", "ingressService"]) >= 1)
}

/// Values of Istio's charts, or of a chart with one of them as a part.
pub(super) fn holds_mesh_config(root: &Node) -> bool {
    let here = |node: &Node| node.get("meshConfig").is_some_and(is_map);
    here(root) || root.entries().iter().any(|entry| here(&entry.value))
}

const OPA: [&str; 15] = [
    "services",
    "labels",
    "discovery",
    "bundle",
    "bundles",
    "decision_logs",
    "status",
    "plugins",
    "keys",
    "caching",
    "distributed_tracing",
    "server",
    "storage",
    "default_decision",
    "default_authorization_decision",
];

/// OPA's configuration: a section that only it has, or services with URLs beside nothing else.
pub(super) fn is_opa(root: &Node) -> bool {
    let is_bundle = |node: &Node| count(node, &["resource", "service", "persist", "polling", "signing"]) > 0;
    let bundles =
        root.get("bundles").is_some_and(|node| !node.entries().is_empty() && node.entries().iter().all(|entry| is_bundle(&entry.value)));
    let logs = root.get("decision_logs").is_some_and(|node| {
        node.is_null()
            || count(node, &["console", "service", "resource", "plugin", "reporting", "mask_decision", "drop_decision", "partition_name"])
                > 0
            || (is_map(node) && node.entries().is_empty())
    });
    let plugin = root.get("plugins").is_some_and(|node| node.get("envoy_ext_authz_grpc").is_some());
    let known = root.entries().iter().all(|entry| OPA.contains(&&*entry.key));
    plugin
        || (bundles && count(root, &OPA) >= 2)
        || (known && (logs || bundles || has_services(root)))
        || (logs && count(root, &["services", "bundles", "status", "discovery"]) > 0)
        || (has_services(root) && root.get("discovery").is_some_and(|node| count(node, &["resource", "name", "decision", "service"]) > 0))
}

/// An OpenTelemetry collector's configuration: pipelines, and what they are made of.
pub(super) fn is_otel(root: &Node) -> bool {
    let pipelines = root.path(&["service", "pipelines"]).is_some_and(|node| !node.entries().is_empty());
    pipelines && ["receivers", "exporters"].iter().all(|key| root.get(key).is_some_and(|node| is_map(node) || node.unknown().is_some()))
}

/// `services:` of OPA: each with a `url`, in a map or in a list.
fn has_services(root: &Node) -> bool {
    let Some(services) = root.get("services") else { return false };
    // Compose's services have images
    let has_url = |node: &Node| node.get("url").is_some() && count(node, &["image", "build"]) == 0;
    let all: Vec<&Node> = services.entries().iter().map(|entry| &entry.value).chain(services.items()).collect();
    !all.is_empty() && all.into_iter().all(has_url)
}

/// The configuration of a Vault server, agent or proxy, or a policy.
pub(super) fn is_vault(root: &Node) -> bool {
    let is_policy = |rule: &Node| count(rule, &["capabilities", "policy"]) > 0;
    let paths: Vec<&Node> = root.blocks("path").collect();
    let policy = paths.iter().any(|block| block.entries().iter().any(|entry| block.blocks(&entry.key).any(is_policy)));
    // Boundary's listeners look the same
    let boundary = root.get("controller").is_some() || root.get("worker").is_some();
    let listens = root
        .blocks("listener")
        .any(|block| count(block, &["tcp", "unix"]) > 0 || count(block, &["tls_disable", "tls_cert_file", "cluster_address"]) > 0);
    let server = listens
        && count(
            root,
            &["storage", "backend", "ha_storage", "seal", "api_addr", "cluster_addr", "ui", "disable_mlock", "auto_auth", "vault"],
        ) > 0;
    let agent = root.get("auto_auth").is_some() && count(root, &["vault", "template", "cache", "api_proxy", "listener", "pid_file"]) > 0;
    policy || (!boundary && (server || agent || (listens && root.entries().len() == 1)))
}

/// A Compose file: by its name, or by having services that are containers and nothing that Compose does not know.
pub(super) fn is_compose(root: &Node, name: &str) -> bool {
    let Some(services) = root.get("services").filter(|node| is_map(node)) else { return false };
    let known = |key: &str| {
        matches!(key, "version" | "name" | "services" | "networks" | "volumes" | "configs" | "secrets" | "include") || key.starts_with("x-")
    };
    let runs = services.entries().iter().any(|entry| count(&entry.value, &["image", "build", "extends"]) > 0);
    name.contains("compose") || (runs && root.entries().iter().all(|entry| known(&entry.key)))
}
