//! Terraform, as far as literal fields decide.

use std::collections::BTreeMap;

use super::pods::lease_hours;
use super::secrets::{Rotators, effect};
use super::values::{Value, classify};
use super::{Consumer, Credential, Finding, Holding, Inventory};
use crate::assess::fact::Fact;
use crate::assess::observe::{Observer, Reach, Spot, Subject};
use crate::assess::status::{Class, Strength};
use crate::assess::world::{by_path, is_sample};
use crate::model::document::{Document, DocumentKind};
use crate::model::manifests::Manifests;
use crate::model::value::{Node, Value as Data};

/// One block with its labels.
#[derive(Clone, Copy, Debug)]
pub(in crate::assess) struct Block<'n> {
    /// `aws_db_instance`; a provider's or variable's name.
    pub(in crate::assess) kind: &'n str,
    pub(in crate::assess) name: &'n str,
    pub(in crate::assess) body: &'n Node,
}

/// A block's bodies: one, or a list of them.
fn bodies(node: &Node) -> &[Node] {
    match &node.value {
        Data::List(items) => items,
        _ => std::slice::from_ref(node),
    }
}

/// The value of a field; of a nested block that of its first body.
pub(in crate::assess) fn field<'n>(node: &'n Node, path: &[&str]) -> Option<&'n Node> {
    path.iter().try_fold(node, |node, key| bodies(node).first()?.get(key))
}

/// The blocks of a type with one label (`provider`, `variable`).
pub(in crate::assess) fn labelled<'n>(root: &'n Node, block: &str) -> Vec<Block<'n>> {
    let mut out = Vec::new();
    for labels in root.get(block).map_or(&[][..], bodies) {
        for entry in labels.entries() {
            out.extend(bodies(&entry.value).iter().map(|body| Block { kind: &entry.key, name: &entry.key, body }));
        }
    }
    out
}

/// The resources of a file.
pub(in crate::assess) fn resources(root: &Node) -> Vec<Block<'_>> {
    let mut out = Vec::new();
    for kinds in root.get("resource").map_or(&[][..], bodies) {
        for kind in kinds.entries() {
            for names in bodies(&kind.value) {
                for entry in names.entries() {
                    out.extend(bodies(&entry.value).iter().map(|body| Block { kind: &kind.key, name: &entry.key, body }));
                }
            }
        }
    }
    out
}

/// The Terraform files of a run.
pub(in crate::assess) fn files(manifests: &Manifests) -> impl Iterator<Item = &Document> {
    manifests.documents.iter().filter(|document| document.kind == DocumentKind::Terraform)
}

/// What rotates credentials at their source.
pub(super) fn rotators(manifests: &Manifests) -> Rotators {
    let mut out = Rotators::default();
    for resource in files(manifests).flat_map(|file| resources(&file.root)) {
        let has = |path: &[&str]| field(resource.body, path).is_some_and(|node| !node.is_null());
        match resource.kind {
            "aws_secretsmanager_secret_rotation" => {
                // a rotation every second year is none
                let days = field(resource.body, &["rotation_rules", "automatically_after_days"]).and_then(number);
                out.aws |= days.is_none_or(|days| days <= 365);
            }
            "google_secret_manager_secret" => out.google |= has(&["rotation"]),
            "azurerm_key_vault_key" | "azurerm_key_vault_certificate" => out.azure |= has(&["rotation_policy"]),
            "vault_database_secret_backend_static_role" => out.vault |= has(&["rotation_period"]),
            _ => {}
        }
    }
    out
}

/// A number of a field.
pub(in crate::assess) fn number(node: &Node) -> Option<u64> {
    match &node.value {
        Data::Scalar(crate::model::value::Scalar::Number(text)) => text.parse().ok(),
        _ => node.as_str()?.parse().ok(),
    }
}

/// The hours for which Vault's roles lease, by the role's name.
pub(super) fn leases(manifests: &Manifests) -> BTreeMap<String, u32> {
    let mut out = BTreeMap::new();
    for resource in files(manifests).flat_map(|file| resources(&file.root)) {
        if !matches!(resource.kind, "vault_database_secret_backend_role" | "vault_aws_secret_backend_role") {
            continue;
        }
        let role = field(resource.body, &["name"]).and_then(Node::as_str).unwrap_or(resource.name);
        let ttl = ["default_ttl", "default_sts_ttl"].iter().find_map(|key| field(resource.body, &[key]));
        // no time at all is the system's default of 32 days
        let hours = ttl.map_or(Some(768), |node| lease_hours(node).or((number(node) == Some(0)).then_some(768)));
        out.extend(hours.map(|hours| (role.to_owned(), hours)));
    }
    out
}

/// The scopes that a Terraform file speaks for.
pub(in crate::assess) fn reach_of(path: &str, roots: &[String]) -> Reach {
    Reach { environment: by_path(path, roots), namespace: None }
}

/// Finds values in providers, variables and resources.
pub(super) fn credentials(out: &mut Inventory, observer: &mut Observer<'_>, manifests: &Manifests, roots: &[String]) {
    for file in files(manifests) {
        let path = observer.sources.get(observer.sources.outermost(file.source)).path.clone();
        let sample = is_sample(&path, roots);
        let reach = reach_of(&path, roots);
        let mut place = |subject: Subject, name: &str, node: &Node, observer: &Observer<'_>| {
            let Some(text) = node.as_str() else { return false };
            let value = classify(name, text);
            let Some(effect) = effect(value, sample, Class::Unclassified) else { return false };
            let spot = Spot::of(observer.sources, node.origin.at);
            let reach = if value == Value::Provider { Reach::everywhere() } else { reach.clone() };
            let found = Finding::new("tf-literal-credential", text, value, effect, subject, reach, spot);
            out.findings.push(Finding { is_sample: sample, ..found });
            true
        };
        for block in labelled(&file.root, "variable") {
            if let Some(node) = block.body.get("default") {
                place(Subject::new("", "variable", block.name), block.name, node, observer);
            }
        }
        for (kind, block) in labelled(&file.root, "provider")
            .into_iter()
            .map(|b| ("provider", b))
            .chain(resources(&file.root).into_iter().map(|b| (b.kind, b)))
        {
            let mut waiting: Vec<(&Node, usize)> = vec![(block.body, 0)];
            while let Some((node, depth)) = waiting.pop() {
                for entry in node.entries() {
                    let subject = Subject::new("", kind, block.name).with_part(&*entry.key);
                    let found = place(subject.clone(), &entry.key, &entry.value, observer);
                    if found && kind == "provider" && matches!(&*entry.key, "access_key" | "secret_key") && !sample {
                        observer.add(Fact::StaticCloudKey, subject, &reach, Some(&entry.origin), "a cloud key in a provider block");
                    }
                    if depth < 16 {
                        waiting.push((&entry.value, depth + 1));
                    }
                }
                if depth < 16 {
                    waiting.extend(node.items().iter().map(|item| (item, depth + 1)));
                }
            }
        }
        if sample {
            continue;
        }
        workloads(out, observer, file, &reach);
    }
}

/// Resource types that run programs, and the field of their identity.
pub(in crate::assess) const WORKLOADS: [(&str, &[&str]); 8] = [
    ("aws_lambda_function", &["role"]),
    ("aws_ecs_task_definition", &["task_role_arn"]),
    ("aws_instance", &["iam_instance_profile"]),
    ("google_cloud_run_service", &["template", "spec", "service_account_name"]),
    ("google_cloud_run_v2_service", &["template", "service_account"]),
    ("google_cloudfunctions2_function", &["service_config", "service_account_email"]),
    ("azurerm_linux_web_app", &["identity"]),
    ("azurerm_container_app", &["identity"]),
];

fn workloads(out: &mut Inventory, observer: &mut Observer<'_>, file: &Document, reach: &Reach) {
    for resource in resources(&file.root) {
        let Some((_, identity)) = WORKLOADS.iter().find(|(kind, _)| *kind == resource.kind) else { continue };
        let subject = Subject::new("", resource.kind, resource.name);
        if let Some(node) = field(resource.body, identity) {
            observer.add(Fact::WorkloadIdentity, subject.clone(), reach, Some(&node.origin), "runs under a cloud identity of its own");
            let subject = subject.clone().with_part("cloud identity");
            let (consumer, holding, strength) = (Consumer::Workload, Holding::Identity, Strength::PARSED);
            let spots = vec![Spot::of(observer.sources, node.origin.at)];
            let source = "cloud identity".to_owned();
            out.credentials.push(Credential { consumer, subject, reach: reach.clone(), holding, source, strength, spots, secret: None });
        }
        for entry in field(resource.body, &["environment", "variables"]).map_or(&[][..], Node::entries) {
            let Some(text) = entry.value.as_str() else { continue };
            if let value @ (Value::Provider | Value::Random | Value::Password) = classify(&entry.key, text) {
                let subject = subject.clone().with_part(&*entry.key);
                let spots = vec![Spot::of(observer.sources, entry.origin.at)];
                let source = format!("a value in the resource: {}", value.describe());
                let (consumer, holding, strength) = (Consumer::Workload, Holding::Literal, Strength::PARSED);
                out.credentials.push(Credential {
                    consumer,
                    subject,
                    reach: reach.clone(),
                    holding,
                    source,
                    strength,
                    spots,
                    secret: None,
                });
            }
        }
    }
}
