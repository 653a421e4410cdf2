//! Terraform, as far as literal fields decide.

use std::collections::BTreeMap;

use super::stores::lease_hours;
use crate::model::document::Document;
use crate::model::manifests::Manifests;
use crate::model::value::{Node, Value as Data};
use crate::text::Location;

/// One block with its labels.
#[derive(Clone, Copy, Debug)]
pub(in crate::assess) struct Block<'n> {
    /// `aws_db_instance`; a provider's or variable's name.
    pub(in crate::assess) kind: &'n str,
    pub(in crate::assess) name: &'n str,
    pub(in crate::assess) body: &'n Node,
}

/// The value of a field; of a nested block that of its first body.
pub(in crate::assess) fn field<'n>(node: &'n Node, path: &[&str]) -> Option<&'n Node> {
    path.iter().try_fold(node, |node, key| node.bodies().first()?.get(key))
}

/// The blocks of a type with one label (`provider`, `variable`).
pub(in crate::assess) fn labelled<'n>(root: &'n Node, block: &str) -> Vec<Block<'n>> {
    let mut out = Vec::new();
    for labels in root.get(block).map_or(&[][..], Node::bodies) {
        for entry in labels.entries() {
            out.extend(entry.value.bodies().iter().map(|body| Block { kind: &entry.key, name: &entry.key, body }));
        }
    }
    out
}

/// The resources of a file.
pub(in crate::assess) fn resources(root: &Node) -> Vec<Block<'_>> {
    let mut out = Vec::new();
    for kinds in root.get("resource").map_or(&[][..], Node::bodies) {
        for kind in kinds.entries() {
            for names in kind.value.bodies() {
                for entry in names.entries() {
                    out.extend(entry.value.bodies().iter().map(|body| Block { kind: &kind.key, name: &entry.key, body }));
                }
            }
        }
    }
    out
}

/// The Terraform files of a run.
pub(in crate::assess) fn files(manifests: &Manifests) -> impl Iterator<Item = &Document> {
    manifests.terraform().iter()
}

/// A number of a field.
pub(in crate::assess) fn number(node: &Node) -> Option<u64> {
    match &node.value {
        Data::Scalar(crate::model::value::Scalar::Number(text)) => text.parse().ok(),
        _ => node.as_str()?.parse().ok(),
    }
}

/// For how long a role of Vault leases, and where that is said.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lease {
    pub(super) hours: u32,
    pub(super) at: Location,
}

/// For how long roles of Vault lease.
#[derive(Debug, Default)]
pub(super) struct Leases {
    named: BTreeMap<String, Lease>,
    /// Roles made in a loop, with the texts that their names may be; `None` where these lie outside of the files.
    looped: Vec<(Option<Vec<String>>, Lease)>,
}

impl Leases {
    /// The lease of the role `name`; of several that it may be the longest.
    pub(super) fn of(&self, name: &str) -> Option<Lease> {
        let listed = |names: &Option<Vec<String>>| names.as_ref().map(|names| names.iter().any(|own| own == name));
        let longest = |listed_as: Option<bool>| {
            let fits = self.looped.iter().filter(|(names, _)| listed(names) == listed_as);
            fits.map(|(_, lease)| *lease).max_by_key(|lease| lease.hours)
        };
        self.named.get(name).copied().or_else(|| longest(Some(true))).or_else(|| longest(None))
    }
}

/// The leases of the roles that Terraform makes.
pub(super) fn leases(manifests: &Manifests) -> Leases {
    let mut out = Leases::default();
    for file in files(manifests) {
        for resource in resources(&file.root) {
            if !matches!(
                resource.kind,
                "vault_database_secret_backend_role" | "vault_aws_secret_backend_role" | "vault_rabbitmq_secret_backend_role"
            ) {
                continue;
            }
            let ttl = ["default_ttl", "default_sts_ttl"].iter().find_map(|key| field(resource.body, &[key]));
            // no time at all is the system's default of 32 days
            let hours = ttl.map_or(Some(768), |node| lease_hours(node).or((number(node) == Some(0)).then_some(768)));
            let Some(hours) = hours else { continue };
            let lease = Lease { hours, at: ttl.map_or(resource.body.origin.at, |node| node.origin.at) };
            let name = field(resource.body, &["name"]);
            match name.map_or(Some(resource.name), Node::as_str) {
                Some(name) => drop(out.named.insert(name.to_owned(), lease)),
                None => out.looped.push((each(&file.root, resource.body), lease)),
            }
        }
    }
    out
}

/// The texts that a resource with `for_each` is made for, as far as the file writes them down.
fn each(root: &Node, body: &Node) -> Option<Vec<String>> {
    let text = |node: &Node| node.as_str().or_else(|| node.unknown()).map(str::to_owned);
    let looped = field(body, &["for_each"])?;
    if !looped.entries().is_empty() || !looped.items().is_empty() {
        let keys = looped.entries().iter().map(|entry| entry.key.to_string());
        return Some(keys.chain(looped.items().iter().filter_map(text)).collect());
    }
    let written = text(looped)?;
    let own = || quoted(&written);
    let local = written.split("local.").nth(1).map(|rest| {
        let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).collect();
        let mut all = root.get("locals").map_or(&[][..], Node::bodies).iter().filter_map(|body| body.get(&name));
        all.next().map(|node| match &node.value {
            Data::Map(entries) => entries.iter().map(|entry| entry.key.to_string()).collect(),
            Data::List(items) => items.iter().filter_map(text).collect(),
            Data::Scalar(_) => text(node).map_or_else(Vec::new, |text| quoted(&text)),
        })
    });
    match local {
        Some(found) => found,
        None => Some(own()).filter(|names| !names.is_empty()),
    }
}

/// The texts in quotes within an expression.
fn quoted(text: &str) -> Vec<String> {
    text.split('"').skip(1).step_by(2).map(str::to_owned).collect()
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
        all = all.into_iter().flat_map(Node::bodies).filter_map(|node| node.get(key)).flat_map(Node::bodies).collect();
    }
    all
}
