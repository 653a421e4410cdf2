//! What Argo CD and Flux deploy: folders, with the environment, the namespace and the values that they are deployed with.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::environment::{LABELS, at_root, by_config, by_labels, by_path, by_segment, canonical, clean, named};
use crate::assess::settings::Settings;
use crate::model::k8s::{Namespace, Object};
use crate::model::manifests::Manifests;
use crate::model::value::{Node, Scalar, Value};
use crate::text::SourceMap;

/// One deployment of a folder.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    /// As the run's paths begin.
    pub(super) folder: String,
    pub(super) environment: Option<String>,
    /// Where what names no namespace goes.
    pub(super) namespace: Option<String>,
    /// Files with a chart's values, as the run's paths, the later ones over the earlier ones.
    pub(super) values: Vec<String>,
    /// Values that the object itself holds, over all others.
    pub(super) inline: Option<Node>,
}

/// The most applications that one ApplicationSet stands for here.
const MAX_ELEMENTS: usize = 256;

/// All deployments of folders of the run, the innermost folders first.
pub(super) fn deliveries(sources: &SourceMap, manifests: &Manifests, settings: &Settings, roots: &[String]) -> Vec<Delivery> {
    let mut finder = Finder { sources, settings, roots, out: Vec::new() };
    for object in &manifests.objects {
        if object.is("argoproj.io", "Application") {
            finder.application(object, &object.root, &BTreeMap::new());
        } else if object.is("argoproj.io", "ApplicationSet") {
            finder.application_set(object);
        } else if object.is("kustomize.toolkit.fluxcd.io", "Kustomization") {
            finder.flux_kustomization(object);
        } else if object.is("helm.toolkit.fluxcd.io", "HelmRelease") {
            finder.helm_release(object);
        }
    }
    let mut out = finder.out;
    out.sort_by(|a, b| {
        let key = |delivery: &Delivery| (std::cmp::Reverse(delivery.folder.len()), delivery.folder.clone());
        (key(a), &a.environment, &a.namespace, &a.values).cmp(&(key(b), &b.environment, &b.namespace, &b.values))
    });
    out.dedup_by(|a, b| {
        a.folder == b.folder && a.environment == b.environment && a.namespace == b.namespace && a.values == b.values && a.inline == b.inline
    });
    out
}

struct Finder<'a> {
    sources: &'a SourceMap,
    settings: &'a Settings,
    roots: &'a [String],
    out: Vec<Delivery>,
}

impl Finder<'_> {
    fn path(&self, object: &Object) -> String {
        self.sources.get(self.sources.outermost(object.source)).path.clone()
    }

    /// The environment that the file of a delivering object stands in, or that its labels name.
    fn own(&self, object: &Object, namespace: Option<&str>) -> Option<String> {
        let path = self.path(object);
        by_config(self.settings, &path, &path, namespace)
            .or_else(|| object.labels().and_then(by_labels))
            .or_else(|| by_path(&path, self.roots))
    }

    fn add(&mut self, folder: &str, environment: Option<String>, namespace: Option<String>, values: &[String], inline: Option<Node>) {
        for root in self.roots {
            let values = values.iter().map(|path| clean(&at_root(root, path))).collect();
            let folder = clean(&at_root(root, folder));
            self.out.push(Delivery {
                folder,
                environment: environment.clone(),
                namespace: namespace.clone(),
                values,
                inline: inline.clone(),
            });
        }
    }

    /// An Application, or the template of an ApplicationSet with the parameters of one element.
    fn application(&mut self, object: &Arc<Object>, root: &Node, parameters: &BTreeMap<String, String>) {
        let Some(spec) = root.get("spec") else { return };
        let text = |node: Option<&Node>| node.and_then(written).and_then(|text| filled(text, parameters));
        let namespace = text(spec.path(&["destination", "namespace"])).filter(|name| !name.is_empty());
        let cluster = || {
            let name = text(spec.path(&["destination", "name"]));
            let server = text(spec.path(&["destination", "server"])).filter(|server| !server.contains("kubernetes.default.svc"));
            name.or(server).and_then(|name| by_words(&name))
        };
        let stated = by_parameters(parameters);
        let of_file = self.own(object, namespace.as_deref());
        let sources = spec.get("sources").map_or(&[][..], Node::items);
        for source in spec.get("source").into_iter().chain(sources) {
            let Some(path) = text(source.get("path")) else { continue };
            let files = source.path(&["helm", "valueFiles"]).map_or(&[][..], Node::items);
            let files: Vec<String> = files.iter().filter_map(|node| text(Some(node))).collect();
            let by_values = || files.iter().rev().find_map(|file| file.rsplit('/').find_map(by_segment)).map(str::to_owned);
            let environment = stated.clone().or_else(|| of_file.clone()).or_else(cluster).or_else(by_values);
            let values: Vec<String> = files
                .iter()
                .filter(|file| !file.contains("://"))
                // `$values/…`: from the root of another source, which is this repository where the file is here
                .map(|file| match file.strip_prefix('$').and_then(|file| file.split_once('/')) {
                    Some((_, rest)) => rest.to_owned(),
                    None if file.starts_with('/') => file.trim_start_matches('/').to_owned(),
                    None => format!("{path}/{file}"),
                })
                .collect();
            let inline = source.path(&["helm", "valuesObject"]).filter(|node| matches!(node.value, Value::Map(_))).cloned();
            self.add(&path, environment, namespace.clone(), &values, inline);
        }
    }

    fn application_set(&mut self, object: &Arc<Object>) {
        let Some(template) = object.root.path(&["spec", "template"]) else { return };
        let generators = object.root.path(&["spec", "generators"]).map_or(&[][..], Node::items);
        let mut elements = Vec::new();
        generators.iter().for_each(|generator| collect(generator, &mut elements, 0));
        if elements.is_empty() {
            elements.push(BTreeMap::new());
        }
        for parameters in elements {
            self.application(object, template, &parameters);
        }
    }

    fn flux_kustomization(&mut self, object: &Arc<Object>) {
        let Some(spec) = object.root.get("spec") else { return };
        let Some(path) = spec.get("path").and_then(Node::as_str) else { return };
        let namespace = spec.get("targetNamespace").and_then(Node::as_str).map(str::to_owned);
        let substituted = || {
            let entries = spec.path(&["postBuild", "substitute"])?.entries();
            let found = entries.iter().find(|entry| is_environment_name(&entry.key))?;
            found.value.as_str().map(named)
        };
        let environment = self.own(object, namespace.as_deref()).or_else(substituted);
        self.add(path, environment, namespace, &[], None);
    }

    fn helm_release(&mut self, object: &Arc<Object>) {
        let Some(spec) = object.root.get("spec") else { return };
        let chart = spec.path(&["chart", "spec", "chart"]).and_then(Node::as_str);
        // a chart of a GitRepository is a folder, one of a HelmRepository a name
        let is_folder = |chart: &&str| chart.starts_with("./") || chart.contains('/');
        let Some(chart) = chart.filter(is_folder) else { return };
        let own = match object.namespace() {
            Namespace::Named(name) => Some(name.to_owned()),
            Namespace::Cluster | Namespace::Unknown => None,
        };
        let namespace = spec.get("targetNamespace").and_then(Node::as_str).map(str::to_owned).or(own);
        let files = spec.path(&["chart", "spec", "valuesFiles"]).map_or(&[][..], Node::items);
        let files: Vec<String> = files.iter().filter_map(Node::as_str).map(str::to_owned).collect();
        let inline = spec.get("values").filter(|node| matches!(node.value, Value::Map(_))).cloned();
        let environment = self.own(object, namespace.as_deref());
        self.add(chart, environment, namespace, &files, inline);
    }
}

/// A text as it is written, whether a template or not.
fn written(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Scalar(Scalar::String(text) | Scalar::Unknown(text)) => Some(text),
        _ => None,
    }
}

/// The elements of a generator: those of lists, of matrices and merges of lists, and the labels that clusters are selected by.
fn collect(generator: &Node, out: &mut Vec<BTreeMap<String, String>>, depth: usize) {
    if depth > 4 {
        return;
    }
    for element in generator.path(&["list", "elements"]).map_or(&[][..], Node::items) {
        let mut parameters = BTreeMap::new();
        flatten(element, "", &mut parameters, 0);
        push(out, parameters);
    }
    if let Some(clusters) = generator.get("clusters") {
        let labels = clusters.path(&["selector", "matchLabels"]).map_or(&[][..], Node::entries);
        let mut parameters = BTreeMap::new();
        for entry in labels {
            parameters.extend(entry.value.as_str().map(|text| (entry.key.to_string(), text.to_owned())));
        }
        if let Some(values) = clusters.get("values") {
            flatten(values, "values.", &mut parameters, 0);
        }
        push(out, parameters);
    }
    for item in generator.path(&["git", "directories"]).map_or(&[][..], Node::items) {
        // a pattern covers its folders: their own paths name the environment
        let Some(path) = item.get("path").and_then(Node::as_str).filter(|_| item.get("exclude").and_then(Node::as_bool) != Some(true))
        else {
            continue;
        };
        let fixed: Vec<&str> = path.split('/').take_while(|part| !part.contains(['*', '?', '['])).collect();
        push(out, BTreeMap::from([("path".to_owned(), fixed.join("/")), ("path.path".to_owned(), fixed.join("/"))]));
    }
    for kind in ["matrix", "merge"] {
        let parts = generator.path(&[kind, "generators"]).map_or(&[][..], Node::items);
        if parts.is_empty() {
            continue;
        }
        // the product, as a matrix makes it; of a merge it is a superset
        let mut product: Vec<BTreeMap<String, String>> = vec![BTreeMap::new()];
        for part in parts {
            let mut own = Vec::new();
            collect(part, &mut own, depth + 1);
            if own.is_empty() {
                continue;
            }
            let mut next = Vec::new();
            for left in &product {
                for right in own.iter().take(MAX_ELEMENTS.div_ceil(product.len())) {
                    next.push(left.iter().chain(right).map(|(key, value)| (key.clone(), value.clone())).collect());
                }
            }
            product = next;
        }
        product.into_iter().for_each(|parameters| push(out, parameters));
    }
}

fn push(out: &mut Vec<BTreeMap<String, String>>, parameters: BTreeMap<String, String>) {
    if out.len() < MAX_ELEMENTS && !out.contains(&parameters) {
        out.push(parameters);
    }
}

fn flatten(node: &Node, prefix: &str, out: &mut BTreeMap<String, String>, depth: usize) {
    for entry in node.entries() {
        let key = format!("{prefix}{}", entry.key);
        match &entry.value.value {
            Value::Scalar(Scalar::String(text) | Scalar::Number(text)) => drop(out.insert(key, text.to_string())),
            Value::Map(_) if depth < 8 => flatten(&entry.value, &format!("{key}."), out, depth + 1),
            _ => {}
        }
    }
}

/// A text with its parameters filled in: `{{env}}`, `{{ .env }}`; `None` where one is not known.
fn filled(text: &str, parameters: &BTreeMap<String, String>) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, action)) = rest.split_once("{{") {
        let (inner, after) = action.split_once("}}")?;
        out.push_str(before);
        let name = inner.trim().trim_matches('-').trim();
        let value = parameters.get(name.trim_start_matches('.')).or_else(|| parameters.get(name))?;
        out.push_str(value);
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

fn is_environment_name(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name).to_ascii_lowercase();
    LABELS.contains(&last.as_str()) || matches!(last.as_str(), "stage" | "tier" | "environment_name" | "cluster_env")
}

/// The environment that an element's parameters state.
fn by_parameters(parameters: &BTreeMap<String, String>) -> Option<String> {
    let stated = parameters.iter().find(|(key, _)| is_environment_name(key)).map(|(_, value)| named(value));
    let cluster = || {
        let names = ["cluster", "name", "clusterName", "cluster_name"];
        names.iter().find_map(|key| parameters.get(*key)).and_then(|name| by_words(name))
    };
    stated.or_else(cluster)
}

/// The environment that a word of a cluster's name is: `eks-prod-eu`, `https://prod.k8s.example`.
fn by_words(name: &str) -> Option<String> {
    name.split(|c: char| !c.is_ascii_alphanumeric()).find_map(canonical).map(str::to_owned)
}
