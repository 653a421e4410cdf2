//! What a repository is.

use std::collections::BTreeSet;

use super::Input;
use super::inventory::terraform;
use super::status::Kind;
use super::world::{Runner, World, cleaned, is_sample, joined};
use crate::model::document::{Document, DocumentKind};
use crate::model::k8s::{Scope, scope};

/// The kind of a repository, by what it deploys.
#[must_use]
pub fn kind(input: &Input<'_>, world: &World) -> Kind {
    let documents = &input.manifests.documents;
    let is_deployed = |document: &Document| {
        let path = &input.sources.get(input.sources.outermost(document.source)).path;
        !is_sample(path, input.roots)
    };
    let has = |kind: DocumentKind| documents.iter().any(|document| document.kind == kind && is_deployed(document));
    let terraform = terraform::files(input.manifests).any(|file| !terraform::resources(&file.root).is_empty());
    let objects: Vec<_> = world.deployed().map(|placed| &placed.object).collect();
    let is_policy = |group: &str| group.ends_with("gatekeeper.sh") || group == "kyverno.io" || group == "policies.kubewarden.io";
    let is_engine = |path: &str| path.ends_with(".cedar") || path.ends_with(".fga") || path.ends_with(".openfga");
    let has_engines = input.texts.iter().any(|file| is_engine(&file.path) && !is_sample(&file.path, input.roots));
    let has_policies = has_engines || !input.rego.is_empty() || objects.iter().any(|object| is_policy(&object.group));
    let workloads = world.subjects().count();
    let runs_programs = world.elsewhere.iter().any(|service| matches!(service.runner, Runner::Program | Runner::Pipeline));
    if workloads > 0 || has(DocumentKind::Compose) || runs_programs {
        if input.has_sources || runs_programs {
            return Kind::Service;
        }
        let environments: BTreeSet<&str> = world.scopes.iter().map(|scope| scope.environment.as_str()).collect();
        let apps: BTreeSet<(&str, &str)> = world.subjects().map(|workload| (workload.namespace.as_str(), workload.app.as_str())).collect();
        let wide = objects.iter().filter(|object| scope(&object.group, &object.kind) == Scope::Cluster).count();
        let on_platform = world.subjects().all(|workload| input.settings.is_platform(&workload.namespace, &world.mesh_root));
        return if workloads > 0 && on_platform && wide * 2 >= objects.len() {
            Kind::Platform
        } else if environments.len() > 1 || apps.len() > 1 {
            Kind::GitopsMonorepo
        } else {
            Kind::Gitops
        };
    }
    if terraform {
        return if is_module_library(input) { Kind::Library } else { Kind::Terraform };
    }
    // what only delivers or configures a platform
    let is_delivery = |group: &str| matches!(group, "argoproj.io" | "kustomize.toolkit.fluxcd.io" | "helm.toolkit.fluxcd.io");
    let delivers = objects.iter().any(|object| is_delivery(&object.group));
    let configures = objects
        .iter()
        .any(|object| !is_policy(&object.group) && !matches!(&*object.kind, "ConfigMap" | "CustomResourceDefinition" | "Namespace"));
    // environments that the delivery of what lies elsewhere tells apart
    let delivered: BTreeSet<&str> =
        world.deployed().filter(|placed| is_delivery(&placed.object.group)).filter_map(|placed| placed.environment.as_deref()).collect();
    match (has_policies, delivers || configures) {
        (_, true) if delivers && delivered.len() > 1 => Kind::GitopsMonorepo,
        (_, true) if delivers || !has_policies => Kind::Platform,
        (true, _) => Kind::PolicyBundle,
        (false, _) if input.has_sources => Kind::Library,
        (false, _) => Kind::Docs,
    }
}

/// Whether the Terraform is modules for others to call: its examples or tests call them, and no folder is a configuration of its own,
/// with a backend or a configured provider.
fn is_module_library(input: &Input<'_>) -> bool {
    let mut modules: BTreeSet<String> = BTreeSet::new();
    let mut called: BTreeSet<String> = BTreeSet::new();
    for file in terraform::files(input.manifests) {
        let path = &input.sources.get(input.sources.outermost(file.source)).path;
        let folder = cleaned(path.rsplit_once('/').map_or("", |(folder, _)| folder));
        if is_sample(path, input.roots) {
            let calls = terraform::labelled(&file.root, "module");
            let sources = calls.iter().filter_map(|call| terraform::field(call.body, &["source"])?.as_str());
            called.extend(sources.filter(|source| source.starts_with('.')).map(|source| joined(&folder, source)));
            continue;
        }
        let is_configured = !terraform::labelled(&file.root, "provider").is_empty()
            || ["backend", "cloud"].iter().any(|block| terraform::field(&file.root, &["terraform", block]).is_some());
        if is_configured {
            return false;
        }
        modules.insert(folder);
    }
    !called.is_disjoint(&modules)
}
