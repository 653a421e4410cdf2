//! `patches`, `patchesStrategicMerge` and `patchesJson6902`: reading and applying them.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::fields::text_of;
use super::json6902::{self, is_json_patch};
use super::merge::{Left, Merge};
use super::openapi::Schema;
use super::plugins;
use super::resource::{Budget, Res, id};
use super::select::Selector;
use crate::diag::Diagnostic;
use crate::model::document::{Document, DocumentKind};
use crate::model::embedded;
use crate::model::k8s::Object;
use crate::model::value::{self, Entry, Format, Node, Value};
use crate::text::{EmbeddedIn, Location, SourceMap};

/// The patches that are written in kustomizations themselves, by the place of their text.
#[derive(Debug, Default)]
pub struct InlinePatches {
    texts: FxHashMap<Location, Arc<PatchText>>,
    /// What is wrong with the texts.
    pub diagnostics: Vec<Diagnostic>,
}

/// What the text of a patch holds.
#[derive(Debug, Default)]
pub(super) struct PatchText {
    /// Of each document that is not empty.
    pub(super) roots: Vec<Node>,
    /// It cannot be read to its end.
    pub(super) broken: bool,
}

impl PatchText {
    pub(super) fn new(documents: Vec<value::Document>) -> Self {
        let broken = documents.iter().any(|document| !document.complete || document.templated);
        Self { roots: documents.into_iter().filter_map(|document| document.root).filter(|root| !root.is_null()).collect(), broken }
    }
}

impl InlinePatches {
    /// Reads the patches inside the kustomizations of `documents`, and inside those of `objects` that configure kustomize's own
    /// transformers; their texts are added to `sources`.
    #[must_use]
    pub fn read(sources: &mut SourceMap, documents: &[Document], objects: &[Arc<Object>]) -> Self {
        let mut this = Self::default();
        objects.iter().for_each(|object| this.of_plugin(sources, &object.root));
        for document in documents.iter().filter(|document| document.kind == DocumentKind::Kustomization) {
            let mut found: Vec<(&Node, String)> = Vec::new();
            for list in ["patches", "patchesJson6902"] {
                let items = document.root.get(list).map_or(&[][..], Node::items);
                found.extend(items.iter().enumerate().filter_map(|(at, item)| Some((item.get("patch")?, format!("{list}[{at}].patch")))));
            }
            for list in ["patchesStrategicMerge", "transformers", "generators"] {
                let items = document.root.get(list).map_or(&[][..], Node::items);
                found.extend(items.iter().enumerate().map(|(at, item)| (item, format!("{list}[{at}]"))));
            }
            for (node, key) in found {
                if node.as_str().is_some_and(|text| key.ends_with(".patch") || text.contains('\n') || text.trim_start().starts_with('{')) {
                    this.add(sources, node, key);
                }
            }
        }
        this
    }

    /// The patches in the configuration of a transformer.
    fn of_plugin(&mut self, sources: &mut SourceMap, root: &Node) {
        if !plugins::is_builtin(root) {
            return;
        }
        for key in plugins::PATCH_FIELDS {
            if let Some(node) = root.get(key).filter(|node| node.as_str().is_some_and(|text| !text.is_empty())) {
                self.add(sources, node, key.to_owned());
            }
        }
    }

    fn add(&mut self, sources: &mut SourceMap, node: &Node, key: String) {
        let at = node.origin.at;
        if self.texts.contains_key(&at) {
            return;
        }
        let is_plugin = key.starts_with("transformers[");
        let holder = EmbeddedIn { kind: "kustomization", object: String::new(), key };
        let Some(file) = embedded::text_in(sources.get(at.source), node, holder) else { return };
        let text = Arc::clone(&file.text);
        let source = sources.add(file);
        let value::Read { documents, diagnostics, .. } = value::read(source, &text, Format::Yaml);
        self.diagnostics.extend(diagnostics);
        let text = Arc::new(PatchText::new(documents));
        self.texts.insert(at, Arc::clone(&text));
        if is_plugin {
            text.roots.iter().for_each(|root| self.of_plugin(sources, root));
        }
    }

    pub(super) fn get(&self, node: &Node) -> Option<Arc<PatchText>> {
        self.texts.get(&node.origin.at).cloned()
    }
}

/// A patch, ready to be applied.
pub(super) struct Patch<'k> {
    pub(super) text: Arc<PatchText>,
    /// `target:`
    pub(super) target: Option<&'k Node>,
    pub(super) options: Option<&'k Node>,
    /// As messages name it.
    pub(super) name: String,
    /// `patchesStrategicMerge`, whose patches are merged whatever they look like.
    pub(super) merges_only: bool,
    /// What says how lists are merged.
    pub(super) schema: Option<Arc<Schema>>,
}

/// Applies a patch to all objects that it is for.
pub(super) fn apply(all: &mut Vec<Res>, patch: &Patch<'_>, budget: &mut Budget, problems: &mut Vec<String>) {
    let mut tell = |why: String| problems.push(format!("{}: {why}", patch.name));
    if patch.text.broken {
        return tell("cannot be read".to_owned());
    }
    let selector = match patch.target.filter(|node| !node.is_null()).map(Selector::new).transpose() {
        Ok(selector) => selector,
        Err(why) => return tell(why),
    };
    let roots = &patch.text.roots;
    if roots.is_empty() {
        return tell("is empty".to_owned());
    }
    if !patch.merges_only && matches!(roots[0].value, Value::List(_)) {
        let Some(selector) = selector else { return tell("a JSON patch needs a `target`".to_owned()) };
        if !is_json_patch(&roots[0]) {
            return tell("is no JSON patch: an operation has no `op`".to_owned());
        }
        for res in all.iter_mut().filter(|res| selector.matches(res)) {
            res.remember();
            let Some(root) = res.edit(budget) else { return tell("too many values are copied".to_owned()) };
            if let Err(why) = json6902::apply(root, &roots[0]) {
                tell(why);
            }
            res.refresh();
        }
        return;
    }
    if selector.is_some() && roots.len() > 1 {
        return tell("several patches cannot share one `target`".to_owned());
    }
    for root in roots {
        if let Err(why) = merge(all, root, selector.as_ref(), patch, budget, &mut tell) {
            tell(why);
        }
    }
}

/// Merges one strategic patch into the objects of `selector`, or into the one that it names.
fn merge(
    all: &mut Vec<Res>,
    patch: &Node,
    selector: Option<&Selector>,
    whole: &Patch<'_>,
    budget: &mut Budget,
    tell: &mut dyn FnMut(String),
) -> Result<(), String> {
    let Some(named) = Res::made(patch.clone()) else {
        return Err("a patch needs `apiVersion` and `kind`, a JSON patch is a list".to_owned());
    };
    let targets: Vec<usize> = match selector {
        Some(selector) => (0..all.len()).filter(|at| selector.matches(&all[*at])).collect(),
        None => {
            let wanted = id(&named.group, &named.version, &named.kind, named.name(), named.namespace());
            let found: Vec<usize> = (0..all.len()).filter(|at| all[*at].has_id(&wanted)).collect();
            match found.len() {
                1 => found,
                0 => return Err(format!("no object is `{}/{}`", named.kind, named.name())),
                _ => return Err(format!("several objects are `{}/{}`", named.kind, named.name())),
            }
        }
    };
    let allowed = |key: &str| whole.options.and_then(|options| options.get(key)).and_then(Node::as_bool) == Some(true);
    let (names, kinds) = (allowed("allowNameChange"), allowed("allowKindChange"));
    let patch = without_identity(patch, names, kinds);
    let mut gone = Vec::new();
    for at in targets {
        let res = &mut all[at];
        if names || kinds {
            res.remember();
        }
        let mut merge = Merge::new(&res.group, &res.version, &res.kind, whole.schema.as_ref());
        let Some(root) = res.edit(budget) else { return Err("too many values are copied".to_owned()) };
        // a patch that replaces everything does not take the object's identity away
        let kept: Vec<Entry> =
            root.entries().iter().filter(|entry| matches!(&*entry.key, "apiVersion" | "kind" | "metadata")).cloned().collect();
        let left = merge.node(root, &patch);
        if left == Left::Nothing || root.entries().is_empty() {
            gone.push(at);
        } else if patch.get("$patch").and_then(text_of) == Some("replace")
            && let Value::Map(entries) = &mut root.value
        {
            restore(entries, kept);
        }
        merge.problems.drain(..).for_each(&mut *tell);
        all[at].refresh();
    }
    for at in gone.into_iter().rev() {
        all.remove(at);
    }
    Ok(())
}

/// Puts back what names the object.
fn restore(entries: &mut Vec<Entry>, kept: Vec<Entry>) {
    for old in kept {
        let Some(at) = entries.iter().position(|entry| entry.key == old.key) else {
            if &*old.key != "metadata" {
                entries.insert(0, old);
            } else if let Value::Map(parts) = &old.value.value {
                let named = parts.iter().filter(|part| matches!(&*part.key, "name" | "namespace")).cloned().collect();
                let value = Node { value: Value::Map(named), origin: old.value.origin.clone() };
                entries.push(Entry { value, ..old });
            }
            continue;
        };
        if let (Value::Map(now), Value::Map(parts)) = (&mut entries[at].value.value, &old.value.value) {
            let named = parts.iter().filter(|part| matches!(&*part.key, "name" | "namespace"));
            let missing: Vec<Entry> = named.filter(|part| !now.iter().any(|entry| entry.key == part.key)).cloned().collect();
            now.splice(0..0, missing);
        }
    }
}

/// A patch without what only says whom it is for: kustomize keeps the object's own names.
fn without_identity(patch: &Node, names: bool, kinds: bool) -> Node {
    let mut patch = patch.clone();
    let Value::Map(entries) = &mut patch.value else { return patch };
    entries.retain(|entry| &*entry.key != "apiVersion" && (kinds || &*entry.key != "kind"));
    for entry in entries.iter_mut().filter(|entry| &*entry.key == "metadata") {
        if let Value::Map(parts) = &mut entry.value.value {
            parts.retain(|part| &*part.key != "namespace" && (names || &*part.key != "name"));
        }
    }
    patch
}
