//! Kubernetes objects that Terraform's provider declares (`kubernetes_deployment`, `kubernetes_manifest`), as manifests would say them.
//! The provider's names follow the API's: blocks in the singular are lists there, and words are joined by `_`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::assess::inventory::terraform::{Block, number, resources};
use crate::model::document::Document;
use crate::model::k8s::Object;
use crate::model::value::{Entry, Node, Origin, Scalar, Value};

/// The provider's resource types without prefix and version, and what they declare.
const KINDS: [(&str, &str, &str); 19] = [
    ("deployment", "apps/v1", "Deployment"),
    ("stateful_set", "apps/v1", "StatefulSet"),
    ("daemonset", "apps/v1", "DaemonSet"),
    ("daemon_set", "apps/v1", "DaemonSet"),
    ("job", "batch/v1", "Job"),
    ("cron_job", "batch/v1", "CronJob"),
    ("pod", "v1", "Pod"),
    ("replication_controller", "v1", "ReplicationController"),
    ("secret", "v1", "Secret"),
    ("config_map", "v1", "ConfigMap"),
    ("namespace", "v1", "Namespace"),
    ("service", "v1", "Service"),
    ("service_account", "v1", "ServiceAccount"),
    ("ingress", "networking.k8s.io/v1", "Ingress"),
    ("network_policy", "networking.k8s.io/v1", "NetworkPolicy"),
    ("role", "rbac.authorization.k8s.io/v1", "Role"),
    ("role_binding", "rbac.authorization.k8s.io/v1", "RoleBinding"),
    ("cluster_role", "rbac.authorization.k8s.io/v1", "ClusterRole"),
    ("cluster_role_binding", "rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
];

/// Blocks that may be repeated, and the list that they are in the API.
const LISTS: [(&str, &str); 26] = [
    ("container", "containers"),
    ("init_container", "initContainers"),
    ("env", "env"),
    ("env_from", "envFrom"),
    ("volume", "volumes"),
    ("volume_mount", "volumeMounts"),
    ("port", "ports"),
    ("ports", "ports"),
    ("ingress", "ingress"),
    ("egress", "egress"),
    ("from", "from"),
    ("to", "to"),
    ("rule", "rules"),
    ("subject", "subjects"),
    ("path", "paths"),
    ("tls", "tls"),
    ("image_pull_secrets", "imagePullSecrets"),
    ("image_pull_secret", "imagePullSecrets"),
    ("match_expressions", "matchExpressions"),
    ("toleration", "tolerations"),
    ("sources", "sources"),
    ("items", "items"),
    ("host_aliases", "hostAliases"),
    ("topology_spread_constraint", "topologySpreadConstraints"),
    ("volume_claim_template", "volumeClaimTemplates"),
    ("readiness_gate", "readinessGates"),
];

/// Maps whose keys are the user's own.
const OWN_KEYS: [&str; 9] =
    ["labels", "annotations", "match_labels", "data", "binary_data", "node_selector", "limits", "requests", "selector"];

/// Blocks are nested no deeper.
const MAX_DEPTH: usize = 32;

/// The names of the objects that the files of a folder declare, by resource: `namespace.shop`.
pub(super) type Names = BTreeMap<String, String>;

/// A resource type without the provider's prefix and the API's version.
fn plain(kind: &str) -> Option<&str> {
    let kind = kind.strip_prefix("kubernetes_")?;
    Some(["_v1", "_v2", "_v1beta1", "_v2beta2"].iter().find_map(|version| kind.strip_suffix(version)).unwrap_or(kind))
}

/// Adds the names that a file's resources give their objects.
pub(super) fn names(document: &Document, names: &mut Names) {
    for block in resources(&document.root) {
        let Some(kind) = plain(block.kind) else { continue };
        let named = crate::assess::inventory::terraform::field(block.body, &["metadata", "name"]).and_then(Node::as_str);
        if let Some(name) = named {
            names.insert(format!("{kind}.{}", block.name), name.to_owned());
        }
    }
}

/// The objects that a file declares.
pub(super) fn objects(document: &Document, names: &Names) -> Vec<Object> {
    let mut out = Vec::new();
    for block in resources(&document.root).into_iter().filter(|block| block.body.get("count").and_then(number) != Some(0)) {
        let root = match plain(block.kind) {
            Some("manifest") => block.body.get("manifest").cloned(),
            Some(kind) => KINDS.iter().find(|(own, ..)| *own == kind).map(|(_, api, kind)| object(&block, api, kind, names)),
            None => None,
        };
        out.extend(root.and_then(|root| Object::new(Arc::new(root), false, document.index)));
    }
    out
}

fn object(block: &Block<'_>, api: &str, kind: &str, names: &Names) -> Node {
    let origin = &block.body.origin;
    let word = |key: &str, text: &str| Entry { key: key.into(), origin: origin.clone(), value: string(text, origin) };
    let mut entries = vec![word("apiVersion", api), word("kind", kind)];
    for entry in block.body.entries() {
        let mut translated = self::entry(entry, names, 0);
        // the provider takes data as it is, and `binary_data` in base 64
        if kind == "Secret" {
            translated.key = match &*entry.key {
                "data" => "stringData".into(),
                "binary_data" => "data".into(),
                _ => translated.key,
            };
        }
        entries.push(translated);
    }
    Node { value: Value::Map(entries), origin: origin.clone() }
}

fn string(text: &str, origin: &Origin) -> Node {
    Node { value: Value::Scalar(Scalar::String(text.into())), origin: origin.clone() }
}

fn entry(entry: &Entry, names: &Names, depth: usize) -> Entry {
    let own = entry.value.bodies();
    let is_block = !own.is_empty() && own.iter().all(|body| matches!(body.value, Value::Map(_)));
    let list = LISTS.iter().find(|(block, _)| *block == &*entry.key).filter(|_| is_block);
    let (key, value) = match list {
        Some((_, key)) => {
            let items = own.iter().map(|body| translate(body, names, depth + 1)).collect();
            ((*key).to_owned(), Node { value: Value::List(items), origin: entry.value.origin.clone() })
        }
        // a selector of a Service is a map of labels, and one of a Deployment a block
        None if OWN_KEYS.contains(&&*entry.key) && !(is_block && has_blocks(&own[0])) => (camel(&entry.key), resolved(&entry.value, names)),
        None if is_block => (camel(&entry.key), translate(&own[0], names, depth + 1)),
        None => (camel(&entry.key), resolved(&entry.value, names)),
    };
    Entry { key: key.into(), origin: entry.origin.clone(), value }
}

/// Whether a map holds the fields of a selector, not labels.
fn has_blocks(node: &Node) -> bool {
    node.get("match_labels").is_some() || node.get("match_expressions").is_some()
}

fn translate(node: &Node, names: &Names, depth: usize) -> Node {
    let value = match &node.value {
        Value::Map(entries) if depth < MAX_DEPTH => Value::Map(entries.iter().map(|own| entry(own, names, depth)).collect()),
        other => other.clone(),
    };
    Node { value, origin: node.origin.clone() }
}

/// A value in which references to other objects' names are their names.
fn resolved(node: &Node, names: &Names) -> Node {
    let value = match &node.value {
        Value::Scalar(Scalar::Unknown(text)) => {
            return referred(text, names).map_or_else(|| node.clone(), |name| string(name, &node.origin));
        }
        Value::Map(entries) => {
            let own = entries.iter().map(|own| Entry { value: resolved(&own.value, names), ..own.clone() });
            Value::Map(own.collect())
        }
        Value::List(items) => Value::List(items.iter().map(|item| resolved(item, names)).collect()),
        other => other.clone(),
    };
    Node { value, origin: node.origin.clone() }
}

/// The name that `kubernetes_namespace.shop.metadata[0].name` stands for.
fn referred<'n>(expression: &str, names: &'n Names) -> Option<&'n str> {
    let text = expression.trim().trim_start_matches("${").trim_end_matches('}').trim();
    let mut parts = text.split('.');
    let (kind, name) = (plain(parts.next()?)?, parts.next()?);
    let rest: Vec<&str> = parts.collect();
    let is_name = matches!(&rest[..], ["metadata[0]", "name"] | ["metadata", "0", "name"]) || rest == ["id"];
    names.get(&format!("{kind}.{name}")).map(String::as_str).filter(|_| is_name)
}

/// `service_account_name` as the API writes it.
fn camel(key: &str) -> String {
    let mut words = key.split('_');
    let mut out = words.next().unwrap_or("").to_owned();
    for word in words {
        match word {
            "ip" | "pid" | "ipc" | "uid" => out.push_str(&word.to_uppercase()),
            _ => {
                let mut letters = word.chars();
                out.extend(letters.next().map(|first| first.to_ascii_uppercase()));
                out.push_str(letters.as_str());
            }
        }
    }
    out
}
