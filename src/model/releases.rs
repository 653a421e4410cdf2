//! What objects that install a chart give it as values: Argo CD's Applications, Flux' HelmReleases, K3s' HelmCharts.

use std::sync::Arc;

use super::k8s::Object;
use super::value::{Entry, Node, Value};

/// Parameters of one object that are read.
const MAX_PARAMETERS: usize = 500;
/// Parts of a parameter's name.
const MAX_PARTS: usize = 16;

/// The sources of an Argo CD Application, or of those that an ApplicationSet makes, with their paths.
fn sources(object: &Object) -> Vec<(String, &Node)> {
    let spec: &[&str] = match (&*object.group, &*object.kind) {
        ("argoproj.io", "Application") => &["spec"],
        ("argoproj.io", "ApplicationSet") => &["spec", "template", "spec"],
        _ => return Vec::new(),
    };
    let Some(found) = object.root.path(spec) else { return Vec::new() };
    let path = spec.join(".");
    let one = found.get("source").map(|node| (format!("{path}.source"), node));
    let several = found.get("sources").map_or(&[][..], Node::items).iter().enumerate();
    one.into_iter().chain(several.map(|(at, node)| (format!("{path}.sources[{at}]"), node))).collect()
}

/// The values that stand as text in an object, with their paths.
#[must_use]
pub fn texts(object: &Object) -> Vec<(String, &Node)> {
    let is_text = |node: &&Node| node.as_str().is_some_and(|text| text.contains(':'));
    if &*object.group == "helm.cattle.io" {
        let text = object.root.path(&["spec", "valuesContent"]).filter(is_text);
        return text.map(|node| ("spec.valuesContent".to_owned(), node)).into_iter().collect();
    }
    let of_sources = sources(object).into_iter();
    of_sources
        .filter_map(|(path, source)| Some((format!("{path}.helm.values"), source.path(&["helm", "values"]).filter(is_text)?)))
        .collect()
}

/// The values that stand in an object as maps.
#[must_use]
pub fn maps(object: &Object) -> Vec<&Node> {
    if object.is("helm.toolkit.fluxcd.io", "HelmRelease") {
        return object.root.path(&["spec", "values"]).into_iter().collect();
    }
    sources(object).into_iter().filter_map(|(_, source)| source.path(&["helm", "valuesObject"])).collect()
}

/// What `helm.parameters` sets, as the map that it is: the name of a parameter is a path. `None` without any.
#[must_use]
pub fn parameters(object: &Object) -> Option<Node> {
    let mut root: Option<Node> = None;
    for (_, source) in sources(object) {
        let Some(list) = source.path(&["helm", "parameters"]) else { continue };
        for item in list.items().iter().take(MAX_PARAMETERS) {
            let (Some(name), Some(entry)) = (item.get("name").and_then(Node::as_str), item.entry("value")) else { continue };
            let parts: Vec<Arc<str>> = parts(name);
            // an item of a list: which values it is among, the chart knows
            if parts.is_empty() || parts.len() > MAX_PARTS || parts.iter().any(|part| part.is_empty() || part.contains('[')) {
                continue;
            }
            let root = root.get_or_insert_with(|| Node { value: Value::Map(Vec::new()), origin: list.origin.clone() });
            put(root, &parts, entry);
        }
    }
    root
}

/// The parts of a parameter's name; a dot behind a backslash is none between them.
fn parts(name: &str) -> Vec<Arc<str>> {
    let name = name.replace("\\.", "\0");
    name.split('.').map(|part| Arc::from(part.replace('\0', "."))).collect()
}

fn put(node: &mut Node, parts: &[Arc<str>], entry: &Entry) {
    let Some((first, rest)) = parts.split_first() else { return };
    let Value::Map(entries) = &mut node.value else { return };
    let at = entries.iter().position(|known| known.key == *first).unwrap_or_else(|| {
        let value = Node { value: Value::Map(Vec::new()), origin: entry.value.origin.clone() };
        entries.push(Entry { key: Arc::clone(first), origin: entry.origin.clone(), value });
        entries.len() - 1
    });
    if rest.is_empty() {
        entries[at].value = entry.value.clone();
    } else {
        put(&mut entries[at].value, rest, entry);
    }
}
