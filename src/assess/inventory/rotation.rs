//! What rotates credentials at their source, and what refreshes copies of them.

use std::collections::BTreeSet;

use super::terraform::{field, files, number, resources};
use crate::assess::world::{Ground, World, is_sample};
use crate::model::document::DocumentKind;
use crate::model::k8s::Pod;
use crate::model::value::{Node, Scalar, Value};
use crate::text::Location;

/// The secrets of a manager that are rotated.
#[derive(Clone, Default, Debug)]
pub(super) struct Rotated {
    /// Some of which the files do not say which.
    some: bool,
    names: BTreeSet<String>,
    /// What rotates them: the name, where the files say it, and the place.
    places: Vec<(Option<String>, Location)>,
    /// Intervals that are too long to be a rotation.
    pub(super) seldom: Vec<Location>,
}

impl Rotated {
    /// Whether something is rotated.
    pub(super) fn any(&self) -> bool {
        self.some || !self.names.is_empty()
    }

    fn add(&mut self, name: Option<String>, at: Location) {
        self.places.push((name.clone(), at));
        match name {
            Some(name) => drop(self.names.insert(name)),
            None => self.some = true,
        }
    }

    /// What rotates the secret with this key; of an unknown one what rotates any.
    pub(super) fn places(&self, key: Option<&str>) -> impl Iterator<Item = Location> {
        let fits = move |name: &str| key.is_none_or(|key| is_named(key, name));
        self.places.iter().filter(move |(name, _)| name.as_deref().is_none_or(fits)).map(|(_, at)| *at)
    }

    /// Whether the secret with this key is rotated; of an unknown one whether any is.
    pub(super) fn covers(&self, key: Option<&str>) -> bool {
        self.some || key.map_or(!self.names.is_empty(), |key| self.names.iter().any(|name| is_named(key, name)))
    }
}

fn is_named(key: &str, name: &str) -> bool {
    key == name || key.strip_suffix(name).is_some_and(|before| before.ends_with(':'))
}

/// What rotates, by manager.
#[derive(Clone, Default, Debug)]
pub(super) struct Rotators {
    pub(super) aws: Rotated,
    pub(super) google: Rotated,
    pub(super) azure: bool,
    pub(super) vault: bool,
    /// What rotates static roles of Vault: the role, where the files say it, and the place.
    roles: Vec<(Option<String>, Location)>,
    /// The driver of mounted secrets reads them again.
    pub(super) driver: bool,
}

impl Rotators {
    /// What rotates the password that lies at a path of Vault.
    pub(super) fn of_role(&self, path: &str) -> impl Iterator<Item = Location> {
        let role = path.trim_end_matches('/').rsplit('/').next().unwrap_or("");
        self.roles.iter().filter(move |(name, _)| name.as_deref() == Some(role)).map(|(_, at)| *at)
    }
}

/// Finds what rotates: resources of Terraform, jobs and workflows on a schedule that write to a manager, the CSI driver's setting.
pub(super) fn rotators(world: &World, ground: &Ground<'_>) -> Rotators {
    let mut out = Rotators::default();
    for file in files(ground.manifests) {
        let path = &ground.sources.get(ground.sources.outermost(file.source)).path;
        if is_sample(path, ground.roots) {
            continue;
        }
        for resource in resources(&file.root) {
            let has = |path: &[&str]| field(resource.body, path).is_some_and(|node| !node.is_null());
            match resource.kind {
                "aws_secretsmanager_secret_rotation" => {
                    let rules = field(resource.body, &["rotation_rules", "automatically_after_days"]);
                    let schedule = field(resource.body, &["rotation_rules", "schedule_expression"]).and_then(Node::as_str);
                    // a rotation every second year is none
                    let days = rules.and_then(number).or_else(|| schedule.and_then(days_of));
                    if days.is_none_or(|days| days <= 365) {
                        out.aws.add(field(resource.body, &["secret_id"]).and_then(|id| secret_name(ground, id)), resource.body.origin.at);
                    } else {
                        let rules = field(resource.body, &["rotation_rules"]).map_or(resource.body.origin.at, |node| node.origin.at);
                        let days = field(resource.body, &["rotation_rules", "automatically_after_days"]);
                        out.aws.seldom.push(days.map_or(rules, |node| node.origin.at));
                    }
                }
                "aws_db_instance" | "aws_rds_cluster"
                    if field(resource.body, &["manage_master_user_password"]).and_then(Node::as_bool) == Some(true) =>
                {
                    // its secret is rotated every seven days; which one it is the files do not say
                }
                "google_secret_manager_secret" if has(&["rotation"]) => {
                    let at = field(resource.body, &["rotation"]).map_or(resource.body.origin.at, |node| node.origin.at);
                    out.google.add(field(resource.body, &["secret_id"]).and_then(Node::as_str).map(str::to_owned), at);
                }
                "azurerm_key_vault_key" | "azurerm_key_vault_certificate" | "azurerm_key_vault_secret" => {
                    out.azure |= has(&["rotation_policy"])
                }
                "vault_database_secret_backend_static_role" => {
                    let period = ["rotation_period", "rotation_schedule"].iter().find_map(|key| field(resource.body, &[key]));
                    if let Some(period) = period.filter(|node| !node.is_null()) {
                        out.vault = true;
                        let name = field(resource.body, &["name"]).and_then(Node::as_str).map(str::to_owned);
                        out.roles.push((name, period.origin.at));
                    }
                }
                "azurerm_kubernetes_cluster" => {
                    let on = field(resource.body, &["key_vault_secrets_provider", "secret_rotation_enabled"]).and_then(Node::as_bool);
                    out.driver |= on == Some(true);
                }
                "helm_release" => {
                    let sets = resource
                        .body
                        .get("set")
                        .map_or(&[][..], |node| if node.items().is_empty() { std::slice::from_ref(node) } else { node.items() });
                    out.driver |= sets.iter().any(|set| {
                        let is = |key: &str, text: &str| {
                            set.get(key)
                                .is_some_and(|node| node.as_str() == Some(text) || node.as_bool().is_some_and(|on| on.to_string() == text))
                        };
                        is("name", "enableSecretRotation") && is("value", "true")
                    });
                }
                _ => {}
            }
        }
    }
    drivers(&mut out, world, ground);
    jobs(&mut out, world, ground);
    out
}

/// The days between two rotations of `rate(30 days)`.
fn days_of(schedule: &str) -> Option<u64> {
    let inner = schedule.strip_prefix("rate(")?.strip_suffix(')')?;
    let (count, unit) = inner.split_once(' ')?;
    let count: u64 = count.parse().ok()?;
    Some(if unit.starts_with("hour") { count.div_ceil(24) } else { count })
}

/// The name of the secret that an expression refers to: `aws_secretsmanager_secret.orders.id`.
fn secret_name(ground: &Ground<'_>, id: &Node) -> Option<String> {
    if let Some(text) = id.as_str() {
        return Some(text.to_owned());
    }
    let text = id.unknown()?;
    let rest = text.split("aws_secretsmanager_secret.").nth(1)?;
    let label: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).collect();
    let mut all = files(ground.manifests).flat_map(|file| resources(&file.root));
    let resource = all.find(|resource| resource.kind == "aws_secretsmanager_secret" && resource.name == label)?;
    field(resource.body, &["name"])?.as_str().map(str::to_owned)
}

/// `enableSecretRotation` of the CSI driver's chart, in values of charts and releases, and the flag of its pods.
fn drivers(out: &mut Rotators, world: &World, ground: &Ground<'_>) {
    let values =
        ground.manifests.documents.iter().filter(|document| document.kind == DocumentKind::ChartValues).map(|document| &*document.root);
    let releases = world.deployed().filter(|placed| {
        matches!(&*placed.object.group, "helm.toolkit.fluxcd.io" | "argoproj.io" | "helm.cattle.io" | "addons.cluster.x-k8s.io")
    });
    let releases = releases.filter_map(|placed| placed.object.root.get("spec"));
    out.driver |= values.chain(releases).any(|node| is_on(node, 0));
    for workload in &world.workloads {
        let words = |pod: Pod<'_>| {
            pod.containers().any(|container| {
                container
                    .words()
                    .any(|word| word.as_str().is_some_and(|text| text.trim_start_matches('-') == "enable-secret-rotation=true"))
            })
        };
        out.driver |= workload.pod().is_some_and(words);
    }
}

fn is_on(node: &Node, depth: usize) -> bool {
    if depth > 32 {
        return false;
    }
    let own = |value: &Value| match value {
        Value::Scalar(Scalar::Bool(on)) => *on,
        Value::Scalar(Scalar::String(text)) => &**text == "true",
        _ => false,
    };
    // values in a text: `helm.values` of Argo CD
    let in_text = || node.as_str().is_some_and(|text| text.contains("enableSecretRotation: true"));
    in_text()
        || node
            .entries()
            .iter()
            .any(|entry| &*entry.key == "enableSecretRotation" && own(&entry.value.value) || is_on(&entry.value, depth + 1))
        || node.items().iter().any(|item| is_on(item, depth + 1))
}

/// Commands that write a new value to a manager.
const WRITES: [(&str, &str); 9] = [
    ("secretsmanager put-secret-value", "aws"),
    ("secretsmanager rotate-secret", "aws"),
    ("secretsmanager update-secret", "aws"),
    ("gcloud secrets versions add", "google"),
    ("az keyvault secret set", "azure"),
    ("vault kv put", "vault"),
    ("vault kv patch", "vault"),
    ("vault write -f database/rotate", "vault"),
    ("vault write -force database/rotate", "vault"),
];

/// Jobs and workflows that rotate on a schedule.
fn jobs(out: &mut Rotators, world: &World, ground: &Ground<'_>) {
    let mut note = |text: &str| {
        for (command, manager) in WRITES {
            if text.contains(command) {
                match manager {
                    "aws" => out.aws.some = true,
                    "google" => out.google.some = true,
                    "azure" => out.azure = true,
                    _ => out.vault = true,
                }
            }
        }
    };
    for workload in world.workloads.iter().filter(|workload| &*workload.object.kind == "CronJob") {
        let Some(pod) = workload.pod() else { continue };
        for container in pod.containers() {
            let text: Vec<&str> = container.words().filter_map(Node::as_str).collect();
            note(&text.join(" "));
        }
    }
    for document in ground.manifests.documents.iter().filter(|document| document.kind == DocumentKind::Workflow) {
        // `on` may have been read as a boolean
        let on = ["on", "true"].iter().find_map(|key| document.root.get(key));
        if on.is_some_and(|on| on.get("schedule").is_some()) {
            let steps = document.root.get("jobs").map_or(&[][..], Node::entries).iter();
            let steps = steps.flat_map(|job| job.value.get("steps").map_or(&[][..], Node::items));
            steps.filter_map(|step| step.get("run")?.as_str()).for_each(&mut note);
        }
    }
}
