//! Terraform, as far as literal fields decide.

use std::collections::BTreeMap;

use super::stores::lease_hours;
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

/// Resource types that run programs, and the field of their identity.
pub(in crate::assess) const WORKLOADS: [(&str, &[&str]); 33] = [
    ("aws_lambda_function", &["role"]),
    ("aws_ecs_task_definition", &["task_role_arn"]),
    ("aws_apprunner_service", &["instance_configuration", "instance_role_arn"]),
    ("aws_batch_job_definition", &["container_properties", "jobRoleArn"]),
    ("aws_elastic_beanstalk_environment", &["iam_instance_profile"]),
    ("aws_instance", &["iam_instance_profile"]),
    ("aws_spot_instance_request", &["iam_instance_profile"]),
    ("aws_launch_template", &["iam_instance_profile"]),
    ("aws_launch_configuration", &["iam_instance_profile"]),
    ("google_cloud_run_service", &["template", "spec", "service_account_name"]),
    ("google_cloud_run_v2_service", &["template", "service_account"]),
    ("google_cloud_run_v2_job", &["template", "template", "service_account"]),
    ("google_cloudfunctions_function", &["service_account_email"]),
    ("google_cloudfunctions2_function", &["service_config", "service_account_email"]),
    ("google_app_engine_standard_app_version", &["service_account"]),
    ("google_app_engine_flexible_app_version", &["service_account"]),
    ("google_compute_instance", &["service_account"]),
    ("google_compute_instance_template", &["service_account"]),
    ("azurerm_linux_web_app", &["identity"]),
    ("azurerm_windows_web_app", &["identity"]),
    ("azurerm_app_service", &["identity"]),
    ("azurerm_linux_function_app", &["identity"]),
    ("azurerm_windows_function_app", &["identity"]),
    ("azurerm_function_app", &["identity"]),
    ("azurerm_container_app", &["identity"]),
    ("azurerm_container_app_job", &["identity"]),
    ("azurerm_container_group", &["identity"]),
    ("azurerm_linux_virtual_machine", &["identity"]),
    ("azurerm_windows_virtual_machine", &["identity"]),
    ("azurerm_virtual_machine", &["identity"]),
    ("azurerm_linux_virtual_machine_scale_set", &["identity"]),
    ("digitalocean_droplet", &[]),
    ("hcloud_server", &[]),
];

/// The resources of a file that run programs.
pub(in crate::assess) fn workloads(root: &Node) -> Vec<Block<'_>> {
    resources(root).into_iter().filter(|resource| WORKLOADS.iter().any(|(kind, _)| *kind == resource.kind)).collect()
}

/// Every body of a nested block.
pub(super) fn blocks<'n>(node: &'n Node, path: &[&str]) -> Vec<&'n Node> {
    let mut all = vec![node];
    for key in path {
        all = all.into_iter().flat_map(bodies).filter_map(|node| node.get(key)).flat_map(bodies).collect();
    }
    all
}
