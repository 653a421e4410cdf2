//! Services that no cluster runs: of Compose, of clouds, on machines, and programs of which the repository does not say what runs them.

use std::collections::{BTreeMap, BTreeSet};

use super::environment::{below, by_config, by_path, by_segment, clean, is_sample, joined};
use super::{DEFAULT_ENVIRONMENT, Ground, Runner, Service, World};
use crate::assess::inventory::terraform::{self, Block, field, labelled, resources};
use crate::assess::observe::{Spot, Subject};
use crate::assess::program::{Act, TextFacts, TextKind};
use crate::model::document::{Document, DocumentKind};
use crate::model::value::Node;

/// Words in the names of Compose files and Dockerfiles that are for a developer's machine.
const LOCAL: [&str; 8] = ["dev", "development", "local", "test", "tests", "ci", "override", "debug"];

impl World {
    pub(super) fn find_elsewhere(&mut self, ground: &Ground<'_>) {
        self.terraform = folders(ground);
        let mut out: Vec<Service> = Vec::new();
        for file in terraform::files(ground.manifests) {
            let path = path_of(ground, file);
            if is_sample(&path, ground.roots) {
                continue;
            }
            let rotators = rotators(&file.root);
            for resource in terraform::workloads(&file.root) {
                if rotators.iter().any(|text| text.contains(&format!("{}.{}.", resource.kind, resource.name))) {
                    continue;
                }
                let runner = if is_machine(resource.kind) { Runner::Host } else { Runner::Cloud };
                let spot = Spot::of(ground.sources, ground.sources.first_line(resource.body.origin.at));
                for environment in self.environments_of(ground, &path) {
                    let subject = Subject::new("", resource.kind, resource.name);
                    out.push(Service {
                        subject,
                        environment: environment.unwrap_or_else(|| DEFAULT_ENVIRONMENT.to_owned()),
                        app: resource.name.to_owned(),
                        runner,
                        spot: Some(spot.clone()),
                    });
                }
            }
        }
        if self.workloads.is_empty() && out.is_empty() {
            compose(ground, &mut out);
        }
        if self.workloads.is_empty() && out.is_empty() {
            programs(ground, &mut out);
        }
        out.sort_by(|a, b| (&a.environment, &a.subject, &a.spot).cmp(&(&b.environment, &b.subject, &b.spot)));
        out.dedup_by(|a, b| a.environment == b.environment && a.subject == b.subject);
        self.elsewhere = out;
    }

    /// The environments that a file of Terraform is applied to; one that is not stated where none is.
    #[must_use]
    pub(in crate::assess) fn environments_of(&self, ground: &Ground<'_>, path: &str) -> Vec<Option<String>> {
        if let Some(environment) = by_config(ground.settings, path, path, None).or_else(|| by_path(path, ground.roots)) {
            return vec![Some(environment)];
        }
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        match self.terraform.get(&clean(folder)) {
            Some(found) if !found.is_empty() => found.iter().cloned().map(Some).collect(),
            _ => vec![None],
        }
    }
}

fn path_of(ground: &Ground<'_>, document: &Document) -> String {
    ground.sources.get(ground.sources.outermost(document.source)).path.clone()
}

/// The texts that name what rotates secrets: functions of the platform, and no service.
fn rotators(root: &Node) -> Vec<String> {
    let rotations = resources(root).into_iter().filter(|resource: &Block<'_>| resource.kind == "aws_secretsmanager_secret_rotation");
    rotations.filter_map(|resource| field(resource.body, &["rotation_lambda_arn"])?.unknown().map(str::to_owned)).collect()
}

fn is_machine(kind: &str) -> bool {
    matches!(
        kind,
        "aws_instance"
            | "aws_launch_template"
            | "aws_launch_configuration"
            | "aws_spot_instance_request"
            | "google_compute_instance"
            | "google_compute_instance_template"
            | "azurerm_linux_virtual_machine"
            | "azurerm_windows_virtual_machine"
            | "azurerm_virtual_machine"
            | "azurerm_linux_virtual_machine_scale_set"
            | "digitalocean_droplet"
            | "hcloud_server"
    )
}

/// The environments of Terraform's folders whose own paths name none: of the folders that use them as a module, of their workspace, of
/// their files of variables.
fn folders(ground: &Ground<'_>) -> BTreeMap<String, BTreeSet<String>> {
    let mut out: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut uses: BTreeSet<(String, String)> = BTreeSet::new();
    for file in terraform::files(ground.manifests) {
        let path = path_of(ground, file);
        let folder = clean(path.rsplit_once('/').map_or("", |(folder, _)| folder));
        let own = by_config(ground.settings, &path, &path, None).or_else(|| by_path(&folder, ground.roots));
        for module in labelled(&file.root, "module") {
            let Some(source) = field(module.body, &["source"]).and_then(Node::as_str) else { continue };
            if source.starts_with("./") || source.starts_with("../") {
                let target = joined(&folder, source);
                if let Some(environment) = &own {
                    out.entry(target.clone()).or_default().insert(environment.clone());
                }
                uses.insert((folder.clone(), target));
            }
        }
        let workspaces = [&["terraform", "cloud", "workspaces", "name"][..], &["terraform", "backend", "remote", "workspaces", "name"]];
        let named = workspaces.iter().find_map(|keys| field(&file.root, keys)?.as_str()).and_then(by_segment);
        if let Some(environment) = named {
            out.entry(folder).or_default().insert(environment.to_owned());
        }
    }
    for text in ground.texts.iter().filter(|text| text.kind == TextKind::TfVars) {
        let name = text.path.rsplit('/').next().unwrap_or(&text.path);
        if let Some(environment) = by_segment(name) {
            out.entry(clean(text.folder())).or_default().insert(environment.to_owned());
        }
    }
    // modules of modules
    for _ in 0..8 {
        let more: Vec<(String, BTreeSet<String>)> =
            uses.iter().filter_map(|(user, target)| Some((target.clone(), out.get(user)?.clone()))).collect();
        let mut grown = false;
        for (target, environments) in more {
            let known = out.entry(target).or_default();
            let before = known.len();
            known.extend(environments);
            grown |= known.len() > before;
        }
        if !grown {
            break;
        }
    }
    out
}

/// Whether a file of this name is for a developer's machine, tests or documents.
pub(in crate::assess) fn is_local(path: &str, roots: &[String]) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    is_sample(path, roots)
        || name.split(['.', '-', '_']).any(|word| LOCAL.contains(&word))
        || below(path, roots).starts_with(".devcontainer/")
}

/// The services of Compose files that are no developer's.
fn compose(ground: &Ground<'_>, out: &mut Vec<Service>) {
    for document in ground.manifests.documents.iter().filter(|document| document.kind == DocumentKind::Compose) {
        let path = path_of(ground, document);
        if is_sample(&path, ground.roots) {
            continue;
        }
        let environment = by_config(ground.settings, &path, &path, None).or_else(|| by_path(&path, ground.roots));
        for entry in document.root.get("services").map_or(&[][..], Node::entries) {
            out.push(Service {
                subject: Subject::new("", "Compose", &*entry.key),
                environment: environment.clone().unwrap_or_else(|| DEFAULT_ENVIRONMENT.to_owned()),
                app: entry.key.to_string(),
                runner: Runner::Compose,
                spot: Some(Spot::of(ground.sources, entry.origin.at)),
            });
        }
    }
}

/// The folders of programs that something is deployed from, with what shows it.
pub(in crate::assess) fn deployable<'t>(texts: &'t [TextFacts], roots: &[String]) -> BTreeMap<&'t str, &'t TextFacts> {
    let mut out: BTreeMap<&str, &TextFacts> = BTreeMap::new();
    for text in texts.iter().filter(|text| !is_local(&text.path, roots)) {
        // an image of a tool takes nothing, and no program lies beside it
        let beside = |other: &TextFacts| {
            let folder = text.folder();
            other.kind == TextKind::Source && (folder.is_empty() || folder == "." || other.path.starts_with(&format!("{folder}/")))
        };
        let is_image = text.kind == TextKind::Dockerfile && (text.does(Act::Packages).is_some() || texts.iter().any(beside));
        if is_image || text.does(Act::Serves).is_some() {
            let known = out.entry(text.folder()).or_insert(text);
            if text.kind == TextKind::Dockerfile {
                *known = text;
            }
        }
    }
    // what nothing packs is told by what its sources start
    if out.is_empty() {
        let packages: BTreeSet<&str> = texts.iter().filter(|text| text.kind == TextKind::Package).map(TextFacts::folder).collect();
        for text in texts.iter().filter(|text| text.does(Act::Listens).is_some() && !is_local(&text.path, roots)) {
            out.entry(package_of(&packages, text, roots)).or_insert(text);
        }
    }
    out
}

/// The folder of the package that a source belongs to: the innermost with a description of one, else the assessed folder.
fn package_of<'t>(packages: &BTreeSet<&str>, text: &'t TextFacts, roots: &[String]) -> &'t str {
    let root = text.path.len() - below(&text.path, roots).len();
    let folder = text.folder();
    let folders = std::iter::successors(Some(folder), |inner| {
        Some(inner.rsplit_once('/').map_or("", |(outer, _)| outer)).filter(|outer| outer.len() < inner.len())
    });
    let mut inside = folders.take_while(|folder| folder.len() + 1 >= root);
    inside.find(|folder| packages.contains(folder)).unwrap_or_else(|| folder.get(..root.saturating_sub(1)).unwrap_or(""))
}

/// The innermost of the folders that `path` lies in.
pub(in crate::assess) fn unit_of<'u>(units: &BTreeMap<&'u str, &TextFacts>, path: &str) -> Option<&'u str> {
    let holds = |folder: &&&str| folder.is_empty() || path.strip_prefix(**folder).is_some_and(|rest| rest.starts_with('/'));
    units.keys().filter(holds).max_by_key(|folder| folder.len()).copied()
}

/// What a folder's program is called.
pub(in crate::assess) fn program_name<'n>(folder: &'n str, roots: &[String], target: &'n str) -> &'n str {
    let rest = below(folder, roots);
    let name = rest.rsplit('/').next().unwrap_or(rest);
    if name.is_empty() || name == "." { target } else { name }
}

fn programs(ground: &Ground<'_>, out: &mut Vec<Service>) {
    let deploys = pipelines_deploy(ground);
    for (folder, text) in deployable(ground.texts, ground.roots) {
        let name = program_name(folder, ground.roots, ground.target);
        let line = text.does(Act::Listens).filter(|_| text.kind == TextKind::Source).map_or(1, |done| done.line);
        out.push(Service {
            subject: Subject::new("", "Program", name),
            environment: by_path(folder, ground.roots).unwrap_or_else(|| DEFAULT_ENVIRONMENT.to_owned()),
            app: name.to_owned(),
            runner: if deploys { Runner::Pipeline } else { Runner::Program },
            spot: Some(Spot { path: text.path.clone(), line, column: 1, end_line: line }),
        });
    }
    if out.is_empty() && deploys {
        out.push(Service {
            subject: Subject::new("", "Program", ground.target),
            environment: DEFAULT_ENVIRONMENT.to_owned(),
            app: ground.target.to_owned(),
            runner: Runner::Pipeline,
            spot: None,
        });
    }
}

/// Whether a pipeline deploys something.
pub(in crate::assess) fn pipelines_deploy(ground: &Ground<'_>) -> bool {
    let by_text = ground.texts.iter().any(|text| text.does(Act::Deploys).is_some() && !is_sample(&text.path, ground.roots));
    let is_pipeline = |document: &&Document| matches!(document.kind, DocumentKind::Workflow | DocumentKind::GitlabCi);
    by_text || ground.manifests.documents.iter().filter(is_pipeline).any(|document| deploys(&document.root, 0))
}

/// Actions that deploy.
const ACTIONS: [&str; 12] = [
    "aws-actions/amazon-ecs-deploy-task-definition",
    "google-github-actions/deploy-",
    "azure/webapps-deploy",
    "azure/container-apps-deploy",
    "azure/functions-action",
    "azure/k8s-deploy",
    "azure/aks-set-context",
    "superfly/flyctl-actions",
    "akhileshns/heroku-deploy",
    "amondnet/vercel-action",
    "netlify/actions",
    "einaregilsson/beanstalk-deploy",
];

fn deploys(node: &Node, depth: usize) -> bool {
    if depth > 64 {
        return false;
    }
    if let Some(text) = node.as_str() {
        let lower = text.to_ascii_lowercase();
        return crate::assess::program::DEPLOYS.iter().any(|word| text.contains(word))
            || ACTIONS.iter().any(|action| lower.starts_with(action));
    }
    node.items().iter().any(|item| deploys(item, depth + 1)) || node.entries().iter().any(|entry| deploys(&entry.value, depth + 1))
}
