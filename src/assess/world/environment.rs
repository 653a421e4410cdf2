//! Which environment something belongs to, and what is not deployed at all.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::assess::settings::{EnvironmentRule, Settings};
use crate::assess::status::Class;
use crate::diag::wildcard;
use crate::model::code::library::is_vendored_folder;
use crate::model::k8s::Object;
use crate::model::value::Node;
use crate::secrets;

/// Folders whose manifests are not deployed.
const NOT_DEPLOYED: [&str; 24] = [
    "tests",
    "testdata",
    "test-data",
    "test_data",
    "__tests__",
    "fixtures",
    "fixture",
    "__fixtures__",
    "mocks",
    "__mocks__",
    "testing",
    "e2e",
    "testutil",
    "testutils",
    "test-fixtures",
    "docs",
    "doc",
    "documentation",
    "examples",
    "example",
    "samples",
    "sample",
    ".devcontainer",
    ".terraform",
];

/// Folders whose children are called as services are: `services/test-runner`.
const SERVICES: [&str; 8] = ["apps", "applications", "services", "charts", "components", "packages", "workloads", "teams"];

/// Namespaces' labels that name an environment.
pub(super) const LABELS: [&str; 4] = ["environment", "env", "app.kubernetes.io/environment", "environment.tier"];

/// The environments that Namespace objects' labels name; `None` where they disagree.
pub(super) fn namespace_labels<'o>(objects: impl Iterator<Item = &'o Arc<Object>>) -> BTreeMap<String, Option<String>> {
    let mut out: BTreeMap<String, Option<String>> = BTreeMap::new();
    for object in objects.filter(|object| object.is("", "Namespace")) {
        let (Some(name), Some(environment)) = (object.name(), object.labels().and_then(by_labels)) else { continue };
        out.entry(name.to_owned())
            .and_modify(|known| *known = known.take().filter(|known| *known == environment))
            .or_insert(Some(environment));
    }
    out
}

/// The environment that a map of labels names.
pub(super) fn by_labels(labels: &Node) -> Option<String> {
    LABELS.iter().find_map(|key| labels.get(key)?.as_str()).filter(|text| !text.is_empty()).map(named)
}

/// The usual word for a stated environment, else the word itself in lower case.
pub(super) fn named(word: &str) -> String {
    canonical(word).map_or_else(|| word.to_ascii_lowercase(), str::to_owned)
}

/// The environment of `[environments]` that a file, a unit's folder or a namespace belongs to.
pub(super) fn by_config(settings: &Settings, path: &str, folder: &str, namespace: Option<&str>) -> Option<String> {
    let holds = |rule: &&EnvironmentRule| {
        (rule.holds)(path)
            || (rule.holds)(&format!("{folder}/kustomization.yaml"))
            || namespace.is_some_and(|name| rule.namespaces.iter().any(|own| wildcard(own, name)))
    };
    settings.environments.iter().find(holds).map(|rule| rule.name.clone())
}

/// The usual word for an environment that a path's segment or a label names.
#[must_use]
pub fn canonical(word: &str) -> Option<&'static str> {
    Some(match word.to_ascii_lowercase().as_str() {
        "prod" | "production" | "live" | "prd" => "prod",
        "stag" | "stage" | "staging" | "stg" => "staging",
        "preprod" | "pre-prod" | "preproduction" => "preprod",
        "uat" => "uat",
        "dev" | "development" | "develop" => "dev",
        "test" => "test",
        "qa" => "qa",
        "sandbox" => "sandbox",
        "local" => "local",
        "preview" => "preview",
        _ => return None,
    })
}

/// What an environment of this name is for.
#[must_use]
pub fn class_of(settings: &Settings, name: &str) -> Class {
    let configured = settings.environments.iter().find(|rule| rule.name == name).and_then(|rule| rule.class);
    if let Some(class) = configured {
        return class;
    }
    match canonical(name) {
        Some("prod") => Class::Production,
        Some(_) => Class::NonProduction,
        None => Class::Unclassified,
    }
}

/// A path below the root that it lies in.
pub(in crate::assess) fn below<'p>(path: &'p str, roots: &[String]) -> &'p str {
    within(path, roots).unwrap_or(path)
}

/// A path below the root that it lies in; `None` outside of all.
#[must_use]
pub fn within<'p>(path: &'p str, roots: &[String]) -> Option<&'p str> {
    let inside = |root: &String| match root.trim_end_matches('/') {
        "" if root.starts_with('/') => path.strip_prefix('/'),
        "" | "." => Some(path).filter(|path| !path.starts_with('/') && *path != ".." && !path.starts_with("../")),
        root => path.strip_prefix(root)?.strip_prefix('/').or(Some("").filter(|_| path == root)),
    };
    roots.iter().filter_map(inside).min_by_key(|rest| rest.len())
}

/// The environment that a path's segments below its root name, the innermost one first.
#[must_use]
pub fn by_path(path: &str, roots: &[String]) -> Option<String> {
    below(path, roots).split('/').rev().find_map(by_segment).map(str::to_owned)
}

/// The environment that one segment of a path names: `prod`, `prod-eu`, `values-prod.yaml`, `deployment.prod.yaml`.
#[must_use]
pub fn by_segment(segment: &str) -> Option<&'static str> {
    const ENDS: [&str; 6] = [".yaml", ".yml", ".json", ".tfvars", ".tf", ".env"];
    let stem = ENDS.iter().find_map(|end| segment.strip_suffix(end)).unwrap_or(segment);
    let words = || stem.split(['-', '_', '.']);
    // words that begin other names: `test-runner`, `local-path`, `live-reload`
    let alone = |word: &&str| !matches!(*word, "test" | "local" | "live" | "preview" | "stage");
    canonical(stem)
        .or_else(|| words().next().filter(alone).and_then(canonical))
        .or_else(|| words().next_back().filter(|word| *word != "live" || stem.len() == 4).and_then(canonical))
}

/// Whether a file lies in tests, documents or examples, or among the code of others, below its root.
#[must_use]
pub fn is_sample(path: &str, roots: &[String]) -> bool {
    let lower = below(path, roots).to_ascii_lowercase();
    let mut folders = lower.split('/').peekable();
    let mut parent = "";
    while let Some(folder) = folders.next().filter(|_| folders.peek().is_some()) {
        // what is called so among services or environments is one of them
        let is_one = secrets::holds_environments(parent) || SERVICES.contains(&parent);
        if is_vendored_folder(folder) || NOT_DEPLOYED.contains(&folder) || secrets::is_of_tests(folder) && !is_one {
            return true;
        }
        parent = folder;
    }
    false
}

/// Whether `path` is `folder` or lies below it.
pub(super) fn in_folder(path: &str, folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    if folder.is_empty() || folder == "." {
        return !path.starts_with('/');
    }
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A repository's folder as the paths of a run below one of its roots name it.
pub(super) fn at_root(root: &str, folder: &str) -> String {
    let root = root.trim_end_matches('/');
    let folder = folder.trim_start_matches("./").trim_matches('/');
    match (root.is_empty() || root == ".", folder.is_empty() || folder == ".") {
        (true, _) => folder.to_owned(),
        (false, true) => root.to_owned(),
        (false, false) => format!("{root}/{folder}"),
    }
}

/// A path without `.` and `..`.
pub(in crate::assess) fn clean(path: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if out.last().is_some_and(|last| *last != "..") => drop(out.pop()),
            part => out.push(part),
        }
    }
    let joined = out.join("/");
    if path.starts_with('/') { format!("/{joined}") } else { joined }
}

/// A path that is written in a file of `folder`, without `.` and `..`.
pub(in crate::assess) fn joined(folder: &str, path: &str) -> String {
    if folder.is_empty() { clean(path) } else { clean(&format!("{folder}/{path}")) }
}
