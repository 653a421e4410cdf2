//! What a kustomization does to all that it holds, in kustomize's order.

use std::sync::Arc;

use super::build::{Builder, Held, bad_path, key};
use super::fields::text_of;
use super::patches::{self, Patch, PatchText};
use super::transform::{self, Fields, LabelFields, Spaces, Subjects};
use super::{Kustomization, replacements, vars};
use crate::model::units::files::resolve;
use crate::model::value::{self, Entry, Format, Node, Value};

/// Variables of one kustomization.
const MAX_VARIABLES: usize = 200;

impl<'m> Builder<'m> {
    pub(super) fn transform(&mut self, kustomization: &'m Kustomization, held: &mut Held) {
        let root = &kustomization.root;
        self.patches(kustomization, held, "patchesStrategicMerge");
        self.patches(kustomization, held, "patches");
        let mut problems = Vec::new();
        let text = |key: &str, problems: &mut Vec<String>| -> Option<&'m Entry> {
            let entry = root.entry(key).filter(|entry| !entry.value.is_null())?;
            match entry.value.as_str() {
                Some("") => None,
                Some(_) => Some(entry),
                None => {
                    problems.push(format!("`{key}` is a {}, not a string", entry.value.type_name()));
                    None
                }
            }
        };
        if let Some(written) = text("namespace", &mut problems) {
            let spaces = Spaces { fields: Fields::Usual(&held.config), subjects: Subjects::Default, unset_only: false };
            transform::namespace(&mut held.all, written, spaces, &mut self.budget, &mut problems);
        }
        for (key, is_prefix) in [("namePrefix", true), ("nameSuffix", false)] {
            if let Some(written) = text(key, &mut problems) {
                transform::affix(&mut held.all, written, is_prefix, Fields::Usual(&held.config), &mut self.budget, &mut problems);
            }
        }
        self.gaps(kustomization, held, problems);
        self.labels(kustomization, held);
        self.patches(kustomization, held, "patchesJson6902");
        let mut problems = Vec::new();
        for item in items(root, "replicas", &mut problems) {
            match (item.get("name").and_then(text_of), item.entry("count")) {
                (Some(name), Some(count)) => {
                    transform::replicas(&mut held.all, name, count, Fields::Usual(&held.config), &mut self.budget, &mut problems)
                }
                _ => problems.push("an item of `replicas` needs `name` and `count`".to_owned()),
            }
        }
        for key in ["images", "imageTags"] {
            for item in items(root, key, &mut problems) {
                transform::image(&mut held.all, item, Fields::Usual(&held.config), &mut self.budget, &mut problems);
            }
        }
        for item in items(root, "replacements", &mut problems) {
            self.replacement(kustomization, held, item, &mut problems);
        }
        self.gaps(kustomization, held, problems);
        self.external_transformers(kustomization, held);
        let mut problems = Vec::new();
        for item in items(root, "vars", &mut problems).take(MAX_VARIABLES) {
            let declared = vars::declare(&mut held.all, item).and_then(|variable| vars::merge(&mut held.variables, &variable));
            problems.extend(declared.err());
        }
        self.gaps(kustomization, held, problems);
        // names may have changed
        held.ids = held.all.iter().map(|res| key(res.id())).collect();
    }

    /// An item of `replacements`: a replacement, or the file of some.
    pub(super) fn replacement(&mut self, kustomization: &'m Kustomization, held: &mut Held, item: &Node, problems: &mut Vec<String>) {
        let in_file = item.get("path").map(|path| self.patch_file(&kustomization.folder, Some(path)));
        match in_file {
            None => replacements::apply(&mut held.all, std::slice::from_ref(item), &mut self.budget, problems),
            Some(Ok(text)) => {
                // a replacement, or a list of them
                let listed = |root: &Node| if root.items().is_empty() { vec![root.clone()] } else { root.items().to_vec() };
                let all: Vec<Node> = text.roots.iter().flat_map(listed).collect();
                replacements::apply(&mut held.all, &all, &mut self.budget, problems);
            }
            Some(Err(why)) => {
                held.all.iter_mut().for_each(|res| res.partial = true);
                problems.push(format!("a file of `replacements` {why}"));
            }
        }
    }

    fn labels(&mut self, kustomization: &'m Kustomization, held: &mut Held) {
        let root = &kustomization.root;
        let mut problems = Vec::new();
        for item in items(root, "labels", &mut problems) {
            let flag = |key: &str| item.get(key).and_then(Node::as_bool).unwrap_or(false);
            let fields = LabelFields {
                selectors: flag("includeSelectors"),
                templates: flag("includeTemplates"),
                claims: flag("includeVolumeClaimTemplates"),
                own: item.get("fields").map_or(&[][..], Node::items),
                config: &held.config,
            };
            let pairs = item.get("pairs").map_or(&[][..], Node::entries);
            transform::labels(&mut held.all, pairs, fields, &mut self.budget, &mut problems);
        }
        let mut entries = |key: &str| -> &'m [Entry] {
            let Some(node) = root.get(key).filter(|node| !node.is_null()) else { return &[] };
            if !matches!(node.value, Value::Map(_)) {
                problems.push(format!("`{key}` is a {}, not a map", node.type_name()));
            }
            node.entries()
        };
        let (common, annotations) = (entries("commonLabels"), entries("commonAnnotations"));
        let everywhere = LabelFields { selectors: true, templates: true, claims: true, own: &[], config: &held.config };
        transform::labels(&mut held.all, common, everywhere, &mut self.budget, &mut problems);
        transform::annotations(&mut held.all, annotations, &held.config, &mut self.budget, &mut problems);
        self.gaps(kustomization, held, problems);
    }

    fn patches(&mut self, kustomization: &'m Kustomization, held: &mut Held, list: &str) {
        let mut problems = Vec::new();
        let merges_only = list == "patchesStrategicMerge";
        for (at, item) in items(&kustomization.root, list, &mut problems).enumerate() {
            let (inline, path) = if merges_only { (Some(item), Some(item)) } else { (item.get("patch"), item.get("path")) };
            let inline = inline.filter(|node| !node.is_null());
            let name = path
                .and_then(Node::as_str)
                .filter(|text| !text.contains('\n'))
                .map_or_else(|| format!("`{list}[{at}]`"), |path| format!("the patch `{path}`"));
            let text = match inline.and_then(|node| self.inline.get(node)) {
                Some(text) => Ok(text),
                None => self.patch_file(&kustomization.folder, path),
            };
            match text {
                Ok(text) => {
                    let patch = Patch {
                        text,
                        target: item.get("target"),
                        options: item.get("options"),
                        name,
                        merges_only,
                        schema: held.schema.clone(),
                    };
                    patches::apply(&mut held.all, &patch, &mut self.budget, &mut problems);
                }
                Err(why) => problems.push(format!("{name} {why}")),
            }
        }
        self.gaps(kustomization, held, problems);
    }

    /// The text of a patch in a file, read once.
    pub(super) fn patch_file(&mut self, folder: &str, path: Option<&Node>) -> Result<Arc<PatchText>, String> {
        let written = path.and_then(Node::as_str).ok_or("has neither `path` nor `patch`")?;
        let path = resolve(folder, written).map_err(|bad| bad_path(written, bad))?;
        let source = self.files.find(&path).ok_or("was not found among the files read")?;
        self.taken.insert(source);
        let files = self.files;
        let text = self.patches.entry(source).or_insert_with(|| {
            let read = value::read(source, &files.sources.get(source).text, Format::Yaml);
            Arc::new(PatchText::new(read.documents))
        });
        Ok(Arc::clone(text))
    }
}

/// The items of a list.
fn items<'k>(root: &'k Node, list: &str, problems: &mut Vec<String>) -> impl Iterator<Item = &'k Node> + use<'k> {
    let node = root.get(list).filter(|node| !node.is_null());
    if let Some(node) = node.filter(|node| !matches!(node.value, Value::List(_))) {
        problems.push(format!("`{list}` is a {}, not a list", node.type_name()));
    }
    node.map_or(&[][..], Node::items).iter()
}
