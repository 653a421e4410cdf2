//! `generators:` and `transformers:`: kustomize's own plugins, configured in files or texts of their own
//! (`api/internal/builtins` in kubernetes-sigs/kustomize). Programs and containers are not run.

use std::sync::Arc;

use super::build::{Builder, Held, bad_path};
use super::config::Field;
use super::fields::{string, text_of};
use super::patches::{self, Patch, PatchText};
use super::select::Selector;
use super::transform::{self, Fields, Spaces, Subjects};
use super::{Kustomization, generate};
use crate::model::units::files::resolve;
use crate::model::value::{Entry, Node, Value};

/// The configurations of one kustomization that are read.
const MAX_PLUGINS: usize = 1_000;

/// Whether a document configures one of kustomize's own plugins.
pub(super) fn is_builtin(root: &Node) -> bool {
    root.get("apiVersion").and_then(Node::as_str) == Some("builtin")
}

/// The fields of a plugin's configuration that hold patches as text.
pub(super) const PATCH_FIELDS: [&str; 3] = ["patch", "jsonOp", "patches"];

impl<'m> Builder<'m> {
    /// What `generators:` makes.
    pub(super) fn external_generators(&mut self, kustomization: &'m Kustomization, held: &mut Held) {
        for plugin in self.plugins(kustomization, held, "generators") {
            let kind = plugin.get("kind").and_then(Node::as_str).unwrap_or_default();
            let is_secret = match kind {
                "ConfigMapGenerator" if is_builtin(&plugin) => false,
                "SecretGenerator" if is_builtin(&plugin) => true,
                _ => {
                    self.gap(kustomization, held, format!("the generator `{kind}` is not followed"));
                    continue;
                }
            };
            let mut problems = Vec::new();
            let made = generate::generate(self.files, &kustomization.folder, &named(&plugin), None, is_secret, &mut problems);
            self.gaps(kustomization, held, problems);
            match made {
                Ok(made) => self.absorb(kustomization, held, made),
                Err(why) => self.gap(kustomization, held, why),
            }
        }
    }

    /// What `transformers:` changes, after all that the kustomization changes itself.
    pub(super) fn external_transformers(&mut self, kustomization: &'m Kustomization, held: &mut Held) {
        for plugin in self.plugins(kustomization, held, "transformers") {
            let mut problems = Vec::new();
            if self.external_transformer(kustomization, held, &plugin, &mut problems).is_none() {
                // it may have changed anything
                held.all.iter_mut().for_each(|res| res.partial = true);
                let kind = plugin.get("kind").and_then(Node::as_str).unwrap_or_default();
                problems.push(format!("the transformer `{kind}` is not followed"));
            }
            self.gaps(kustomization, held, problems);
        }
    }

    /// Applies a transformer; `None` for one that is not followed.
    fn external_transformer(
        &mut self,
        kustomization: &'m Kustomization,
        held: &mut Held,
        plugin: &Node,
        problems: &mut Vec<String>,
    ) -> Option<()> {
        if !is_builtin(plugin) {
            return None;
        }
        let own: Vec<Field> = plugin.get("fieldSpecs").map_or(&[][..], Node::items).iter().filter_map(Field::new).collect();
        let fields = Fields::Own(&own);
        let entry = |key: &str| plugin.entry(key).filter(|entry| entry.value.as_str().is_some_and(|text| !text.is_empty()));
        match plugin.get("kind").and_then(Node::as_str)? {
            "NamespaceTransformer" => {
                let written = plugin.get("metadata")?.entry("namespace").filter(|entry| entry.value.as_str().is_some());
                let subjects = match plugin.get("setRoleBindingSubjects").and_then(Node::as_str) {
                    None | Some("" | "defaultOnly") => Subjects::Default,
                    Some("allServiceAccounts") => Subjects::Accounts,
                    Some("none") => Subjects::None,
                    Some(_) => return None,
                };
                let unset_only = plugin.get("unsetOnly").and_then(Node::as_bool) == Some(true);
                if let Some(written) = written.filter(|written| written.value.as_str() != Some("")) {
                    let spaces = Spaces { fields, subjects, unset_only };
                    transform::namespace(&mut held.all, written, spaces, &mut self.budget, problems);
                }
            }
            "PrefixTransformer" | "SuffixTransformer" | "PrefixSuffixTransformer" => {
                for (key, is_prefix) in [("prefix", true), ("suffix", false)] {
                    if let Some(written) = entry(key) {
                        transform::affix(&mut held.all, written, is_prefix, fields, &mut self.budget, problems);
                    }
                }
            }
            kind @ ("LabelTransformer" | "AnnotationsTransformer") => {
                let key = if kind == "LabelTransformer" { "labels" } else { "annotations" };
                let pairs = plugin.get(key).map_or(&[][..], Node::entries);
                transform::pairs_at(&mut held.all, pairs, &own, &mut self.budget, problems);
            }
            "ImageTagTransformer" => transform::image(&mut held.all, plugin.get("imageTag")?, fields, &mut self.budget, problems),
            "ReplicaCountTransformer" => {
                let replica = plugin.get("replica")?;
                let (name, count) = (replica.get("name").and_then(text_of)?, replica.entry("count")?);
                transform::replicas(&mut held.all, name, count, fields, &mut self.budget, problems);
            }
            "PatchTransformer" => self.plugin_patch(kustomization, held, plugin, ("patch", "path"), problems),
            "PatchJson6902Transformer" => self.plugin_patch(kustomization, held, plugin, ("jsonOp", "path"), problems),
            "PatchStrategicMergeTransformer" => {
                for path in plugin.get("paths").map_or(&[][..], Node::items) {
                    let text = self.patch_file(&kustomization.folder, Some(path));
                    self.apply_patch(held, text, plugin, true, problems);
                }
                if let Some(node) = plugin.get("patches").filter(|node| node.as_str().is_some_and(|text| !text.is_empty())) {
                    let text = self.inline.get(node).ok_or_else(|| "cannot be read".to_owned());
                    self.apply_patch(held, text, plugin, true, problems);
                }
            }
            "ReplacementTransformer" => {
                for item in plugin.get("replacements").map_or(&[][..], Node::items) {
                    self.replacement(kustomization, held, item, problems);
                }
            }
            "ValueAddTransformer" => self.value_add(kustomization, held, plugin, problems),
            // the order of objects, and names without the hash of their content
            "SortOrderTransformer" | "HashTransformer" => {}
            _ => return None,
        }
        Some(())
    }

    /// One value for fields of many objects, or for a part of the paths in them.
    fn value_add(&mut self, kustomization: &'m Kustomization, held: &mut Held, plugin: &Node, problems: &mut Vec<String>) {
        let entry = plugin.entry("value").filter(|entry| entry.value.as_str().is_some_and(|text| !text.trim().is_empty()));
        let text = match entry.and_then(|entry| entry.value.as_str()) {
            Some(text) => text.trim(),
            // the name of the folder; that of the working directory is not known
            None => kustomization.folder.rsplit('/').next().unwrap_or(""),
        };
        if text.is_empty() {
            held.all.iter_mut().for_each(|res| res.partial = true);
            return problems.push("a ValueAddTransformer has no `value`".to_owned());
        }
        let origin = entry.map_or_else(|| plugin.origin.clone(), |entry| entry.value.origin.clone());
        let written = Entry { key: "value".into(), origin: origin.clone(), value: string(text, origin) };
        let mut targets: Vec<Node> = plugin.get("targets").map_or(&[][..], Node::items).to_vec();
        if let Some(path) = plugin.get("targetFilePath").filter(|path| path.as_str().is_some_and(|text| !text.is_empty())) {
            match self.patch_file(&kustomization.folder, Some(path)) {
                Ok(text) => {
                    let listed = text.roots.iter().filter_map(|root| root.get("targets")).flat_map(Node::items);
                    targets.extend(listed.cloned());
                }
                Err(why) => problems.push(format!("the targets of a ValueAddTransformer {why}")),
            }
        }
        for target in targets.iter().take(MAX_PLUGINS) {
            let selector = match target.get("selector").map(Selector::new).transpose() {
                Ok(selector) => selector,
                Err(why) => {
                    problems.push(why);
                    continue;
                }
            };
            let position = target.get("filePathPosition").and_then(text_of).and_then(|text| text.parse().ok()).unwrap_or(0);
            let Some(path) = target.get("fieldPath").and_then(Node::as_str).filter(|path| !path.is_empty()) else {
                problems.push("a target of a ValueAddTransformer has no `fieldPath`".to_owned());
                continue;
            };
            let selected = held.all.iter_mut().filter(|res| selector.as_ref().is_none_or(|selector| selector.matches(res)));
            for res in selected {
                if path == "metadata/namespace" {
                    let spaces = Spaces { fields: Fields::Own(&[]), subjects: Subjects::Default, unset_only: false };
                    transform::namespace(std::slice::from_mut(res), &written, spaces, &mut self.budget, problems);
                } else {
                    transform::add_value(res, &written, path, position, &mut self.budget, problems);
                }
            }
        }
    }

    /// The patch of a transformer, in a text of its own or in a file.
    fn plugin_patch(
        &mut self,
        kustomization: &'m Kustomization,
        held: &mut Held,
        plugin: &Node,
        (inline, path): (&str, &str),
        problems: &mut Vec<String>,
    ) {
        let written = plugin.get(inline).filter(|node| node.as_str().is_some_and(|text| !text.is_empty()));
        let text = match written {
            Some(node) => self.inline.get(node).ok_or_else(|| "cannot be read".to_owned()),
            None => self.patch_file(&kustomization.folder, plugin.get(path)),
        };
        self.apply_patch(held, text, plugin, false, problems);
    }

    fn apply_patch(
        &mut self,
        held: &mut Held,
        text: Result<Arc<PatchText>, String>,
        plugin: &Node,
        merges_only: bool,
        problems: &mut Vec<String>,
    ) {
        let name = format!("the patch of `{}`", plugin.path(&["metadata", "name"]).and_then(Node::as_str).unwrap_or("a transformer"));
        let (target, options) = if merges_only { (None, None) } else { (plugin.get("target"), plugin.get("options")) };
        match text {
            Ok(text) => {
                patches::apply(
                    &mut held.all,
                    &Patch { text, target, options, name, merges_only, schema: held.schema.clone() },
                    &mut self.budget,
                    problems,
                );
            }
            Err(why) => problems.push(format!("{name} {why}")),
        }
    }

    /// The configurations that a list names: texts, files, folders with a kustomization.
    fn plugins(&mut self, kustomization: &'m Kustomization, held: &mut Held, list: &str) -> Vec<Arc<Node>> {
        let mut out = Vec::new();
        for (written, node) in self.texts(kustomization, held, list) {
            let found = if written.contains('\n') {
                self.inline.get(node).ok_or_else(|| format!("an item of `{list}` cannot be read"))
            } else {
                match resolve(&kustomization.folder, written) {
                    Ok(path) if self.kustomizations.contains_key(&path) => {
                        let base = &self.kustomizations[&path];
                        if base.is_component || self.is_active(base) {
                            self.gap(kustomization, held, format!("`{written}` cannot stand in `{list}`"));
                        } else {
                            self.used.insert(base.folder.clone());
                            out.extend(self.held(base).all.iter().map(|res| Arc::clone(&res.root)));
                        }
                        continue;
                    }
                    Ok(_) => self.patch_file(&kustomization.folder, Some(node)).map_err(|why| format!("`{written}` {why}")),
                    Err(bad) => Err(bad_path(written, bad)),
                }
            };
            match found {
                Ok(text) => {
                    if text.broken {
                        self.gap(kustomization, held, format!("an item of `{list}` cannot be read to its end"));
                    }
                    out.extend(text.roots.iter().cloned().map(Arc::new));
                }
                Err(why) => {
                    if list == "transformers" {
                        held.all.iter_mut().for_each(|res| res.partial = true);
                    }
                    self.gap(kustomization, held, why);
                }
            }
        }
        if out.len() > MAX_PLUGINS {
            self.gap(kustomization, held, format!("`{list}` has too many configurations"));
            out.truncate(MAX_PLUGINS);
        }
        out
    }
}

/// A generator's configuration as an item of `configMapGenerator`: its name and namespace are those of its metadata.
fn named(plugin: &Node) -> Node {
    let mut item = plugin.clone();
    let of_metadata: Vec<Entry> = ["name", "namespace"]
        .into_iter()
        .filter(|key| item.get(key).is_none())
        .filter_map(|key| plugin.get("metadata")?.entry(key).cloned())
        .collect();
    if let Value::Map(entries) = &mut item.value {
        entries.extend(of_metadata);
    }
    item
}
