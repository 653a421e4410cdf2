//! Namespace, names, labels, annotations, images and replicas: what a kustomization sets in all of its objects.

use std::sync::Arc;

use regex::Regex;

use super::config::{Config, Field};
use super::fields::{any_entry, each_entry, entry_mut, stamp, string, text_of};
use super::resource::{Budget, Res};
use super::specs::{ANNOTATIONS, CLAIM_LABELS, IMAGES, METADATA_LABELS, NAMESPACES, REPLICAS, SELECTORS, Spec, TEMPLATE_LABELS};
use crate::model::value::{Entry, Node, Origin, Scalar, Value};

/// What could not be done.
pub(super) type Problems = Vec<String>;

/// Labels or annotations that one item sets.
const MAX_PAIRS: usize = 500;
const TOO_MUCH: &str = "too many values are copied";

/// Where a transformer sets something.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fields<'k> {
    /// In kustomize's own fields, and in those that `configurations` add.
    Usual(&'k Config),
    /// In those that it names itself, and in no others.
    Own(&'k [Field]),
}

/// Sets the string `value`, written in a kustomization, in the place of an entry's value.
fn set(entry: &mut Entry, written: &Entry, value: &Node) {
    if entry.value.as_str().is_some_and(|old| value.as_str() == Some(old)) {
        return;
    }
    entry.origin = stamp(&written.origin, &entry.origin);
    // an entry that was made for the value came the same way
    let made = entry.value.is_null() && entry.value.origin.at == written.origin.at;
    let origin =
        if made { Origin { at: value.origin.at, via: entry.origin.via.clone() } } else { stamp(&value.origin, &entry.value.origin) };
    entry.value = Node { value: value.value.clone(), origin };
}

/// Which subjects of role bindings get the namespace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Subjects {
    /// Those named `default`.
    Default,
    /// All service accounts.
    Accounts,
    None,
}

/// Where a namespace is set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spaces<'k> {
    pub(super) fields: Fields<'k>,
    pub(super) subjects: Subjects,
    /// Only where there is none.
    pub(super) unset_only: bool,
}

/// `namespace:`
pub(super) fn namespace(all: &mut [Res], written: &Entry, spaces: Spaces<'_>, budget: &mut Budget, problems: &mut Problems) {
    let (usual, named) = match spaces.fields {
        Fields::Usual(config) => (NAMESPACES, &config.namespaces[..]),
        Fields::Own(named) => (&[][..], named),
    };
    for res in all {
        res.remember();
        let scoped = !res.is_cluster_scoped();
        let is_binding = matches!(&*res.kind, "RoleBinding" | "ClusterRoleBinding");
        let is_v1 = res.group.is_empty() && &*res.version == "v1";
        let fields: Vec<&Spec> = usual.iter().filter(|spec| spec.selects(res) && (spec.path != "metadata/name" || is_v1)).collect();
        let own: Vec<&Field> = named.iter().filter(|field| field.selects(res)).collect();
        if !scoped && !is_binding && fields.is_empty() && own.is_empty() {
            continue;
        }
        let Some(root) = res.edit(budget) else { return problems.push(TOO_MUCH.to_owned()) };
        let mut put = |entry: &mut Entry| {
            let is_set = !entry.value.is_null() && text_of(&entry.value) != Some("");
            if !(spaces.unset_only && is_set) {
                set(entry, written, &written.value);
            }
        };
        let mut wrong = false;
        if scoped {
            wrong |= each_entry(root, &["metadata", "namespace"], Some(&written.origin), &mut put).is_err();
        }
        if is_binding && let Some(subjects) = entry_mut(root, "subjects", None) {
            subjects_of(&mut subjects.value, written, spaces.subjects, &mut put);
        }
        for spec in fields {
            let path: Vec<&str> = spec.path.split('/').collect();
            wrong |= each_entry(root, &path, spec.create.then_some(&written.origin), &mut put).is_err();
        }
        for field in own {
            // the name of an object is none of its own accord
            if field.path() != ["metadata", "name"] || is_v1 {
                wrong |= each_entry(root, &field.path(), Some(&written.origin).filter(|_| field.create), &mut put).is_err();
            }
        }
        if wrong {
            problems.push(format!("`namespace` cannot be set in {}", name_of(res)));
        }
    }
}

/// Of a binding's subjects those that are meant; others follow the objects that they name.
fn subjects_of(subjects: &mut Node, written: &Entry, meant: Subjects, put: &mut dyn FnMut(&mut Entry)) {
    let Value::List(items) = &mut subjects.value else { return };
    let is_meant = |item: &&mut Node| match meant {
        Subjects::Default => item.get("name").and_then(text_of) == Some("default"),
        Subjects::Accounts => item.get("kind").and_then(text_of) == Some("ServiceAccount"),
        Subjects::None => false,
    };
    for item in items.iter_mut().filter(is_meant) {
        if let Some(entry) = entry_mut(item, "namespace", Some(&written.origin)) {
            put(entry);
        }
    }
}

/// Sets a value at a path, making what is missing; `position` > 0: puts it into the file path there, as part so many.
pub(super) fn add_value(res: &mut Res, written: &Entry, path: &str, position: usize, budget: &mut Budget, problems: &mut Problems) {
    let path = path.replace("\\/", "\0");
    let path: Vec<String> = path.split('/').map(|part| part.replace('\0', "/")).collect();
    let name = name_of(res);
    let Some(root) = res.edit(budget) else { return problems.push(TOO_MUCH.to_owned()) };
    let mut node = root;
    for (nr, part) in path.iter().enumerate() {
        let is_last = nr + 1 == path.len();
        let Some(entry) = entry_mut(node, part, Some(&written.origin)) else {
            return problems.push(format!("a value cannot be added to {name}"));
        };
        if is_last {
            let old = text_of(&entry.value).unwrap_or("").to_owned();
            match (&entry.value.value, position) {
                (Value::Scalar(Scalar::Unknown(_)), _) => {}
                (Value::Scalar(_), 0) => set(entry, written, &written.value),
                (Value::Scalar(_), _) => {
                    let text = insert_part(&old, position - 1, written.value.as_str().unwrap_or(""));
                    set(entry, written, &string(text, written.value.origin.clone()));
                }
                _ => problems.push(format!("a value cannot be added to {name}")),
            }
            return;
        }
        node = &mut entry.value;
    }
}

/// A file path with one part more, which `position` parts stand before (kyaml's `InsertPathPart`).
fn insert_part(path: &str, position: usize, part: &str) -> String {
    let is_absolute = path.starts_with('/');
    let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    parts.insert(position.min(parts.len()), part);
    format!("{}{}", if is_absolute { "/" } else { "" }, parts.join("/"))
}

/// `namePrefix:` and `nameSuffix:`
pub(super) fn affix(all: &mut [Res], written: &Entry, is_prefix: bool, fields: Fields<'_>, budget: &mut Budget, problems: &mut Problems) {
    const NAME: [&str; 2] = ["metadata", "name"];
    let Some(affix) = written.value.as_str().filter(|text| !text.is_empty()) else { return };
    for res in all {
        let skipped = match &*res.first_id().kind {
            "CustomResourceDefinition" | "Namespace" => true,
            "APIService" => &*res.first_id().group == "apiregistration.k8s.io",
            _ => false,
        };
        let paths: Vec<Vec<&str>> = match fields {
            Fields::Usual(config) => {
                let more = if is_prefix { &config.prefixes } else { &config.suffixes };
                let more = more.iter().filter(|field| field.selects(res) && field.path() != NAME).map(Field::path);
                std::iter::once(NAME.to_vec()).chain(more).collect()
            }
            Fields::Own(own) => own.iter().filter(|field| field.selects(res)).map(Field::path).collect(),
        };
        if skipped || paths.is_empty() {
            continue;
        }
        for path in paths {
            if path == NAME {
                let ends = if is_prefix { &mut res.prefixes } else { &mut res.suffixes };
                ends.push(affix.into());
                res.remember();
            }
            let Some(root) = res.edit(budget) else { return problems.push(TOO_MUCH.to_owned()) };
            let done = each_entry(root, &path, None, &mut |entry| {
                if let Some(name) = text_of(&entry.value) {
                    let name = if is_prefix { format!("{affix}{name}") } else { format!("{name}{affix}") };
                    entry.value = string(name, stamp(&written.value.origin, &entry.value.origin));
                }
            });
            if done.is_err() {
                problems.push(format!("the name of {} cannot be changed", name_of(res)));
            }
        }
    }
}

/// Sets `pairs` in the maps that `specs` lead to.
fn pairs<'s>(
    all: &mut [Res],
    pairs: &[&Entry],
    specs: impl Iterator<Item = &'s Spec> + Clone,
    budget: &mut Budget,
    problems: &mut Problems,
) {
    if pairs.is_empty() {
        return;
    }
    if pairs.len() > MAX_PAIRS {
        return problems.push("too many labels or annotations".to_owned());
    }
    for res in all {
        let fields: Vec<&Spec> = specs.clone().filter(|spec| spec.selects(res)).collect();
        if fields.is_empty() {
            continue;
        }
        let Some(root) = res.edit(budget) else { return problems.push(TOO_MUCH.to_owned()) };
        let mut wrong = false;
        for spec in fields {
            let path: Vec<&str> = spec.path.split('/').collect();
            let create: Option<&Origin> = pairs.first().filter(|_| spec.create).map(|pair| &pair.origin);
            let done = each_entry(root, &path, create, &mut |entry| {
                for pair in pairs {
                    match entry_mut(&mut entry.value, &pair.key, Some(&pair.origin)) {
                        Some(label) => set(label, pair, &as_string(&pair.value)),
                        None => wrong |= entry.value.unknown().is_none(),
                    }
                }
            });
            wrong |= done.is_err();
        }
        if wrong {
            problems.push(format!("labels or annotations cannot be set in {}", name_of(res)));
        }
    }
}

/// A label's value: kustomize reads numbers and booleans as text where it does not refuse them.
fn as_string(node: &Node) -> Node {
    match text_of(node) {
        Some(text) => string(text, node.origin.clone()),
        None => node.clone(),
    }
}

/// Which labels `labels:` and `commonLabels:` set beside `metadata.labels`.
#[derive(Clone, Copy, Debug)]
pub(super) struct LabelFields<'k> {
    pub(super) selectors: bool,
    pub(super) templates: bool,
    pub(super) claims: bool,
    /// `fields:`, which name paths and kinds of their own.
    pub(super) own: &'k [Node],
    pub(super) config: &'k Config,
}

pub(super) fn labels(all: &mut [Res], entries: &[Entry], fields: LabelFields<'_>, budget: &mut Budget, problems: &mut Problems) {
    let entries: Vec<&Entry> = sorted(entries);
    let mut specs: Vec<Spec> = Vec::new();
    if fields.selectors {
        specs.extend(SELECTORS);
    }
    if fields.selectors || fields.templates {
        specs.extend(TEMPLATE_LABELS);
    } else {
        specs.push(METADATA_LABELS);
    }
    if fields.selectors || fields.claims {
        specs.extend(CLAIM_LABELS);
    }
    pairs(all, &entries, specs.iter(), budget, problems);
    for field in fields.own.iter().take(MAX_PAIRS) {
        match Field::new(field) {
            Some(field) => own_field(all, &entries, &field, budget, problems),
            None => problems.push("a field of `labels` has no `path`".to_owned()),
        }
    }
    if fields.selectors {
        fields.config.labels.iter().for_each(|field| own_field(all, &entries, field, budget, problems));
    }
}

/// Labels or annotations at fields that a transformer names.
pub(super) fn pairs_at(all: &mut [Res], entries: &[Entry], fields: &[Field], budget: &mut Budget, problems: &mut Problems) {
    let entries = sorted(entries);
    if entries.len() > MAX_PAIRS {
        return problems.push("too many labels or annotations".to_owned());
    }
    fields.iter().for_each(|field| own_field(all, &entries, field, budget, problems));
}

/// Labels or annotations at a field that a kustomization or a configuration names.
fn own_field(all: &mut [Res], entries: &[&Entry], field: &Field, budget: &mut Budget, problems: &mut Problems) {
    if entries.is_empty() {
        return;
    }
    for res in all {
        if !field.selects(res) {
            continue;
        }
        let Some(root) = res.edit(budget) else { return problems.push(TOO_MUCH.to_owned()) };
        let done = each_entry(root, &field.path(), entries.first().filter(|_| field.create).map(|pair| &pair.origin), &mut |entry| {
            for pair in entries {
                if let Some(label) = entry_mut(&mut entry.value, &pair.key, Some(&pair.origin)) {
                    set(label, pair, &as_string(&pair.value));
                }
            }
        });
        if done.is_err() {
            problems.push(format!("labels or annotations cannot be set in {}", name_of(res)));
        }
    }
}

pub(super) fn annotations(all: &mut [Res], entries: &[Entry], config: &Config, budget: &mut Budget, problems: &mut Problems) {
    let entries = sorted(entries);
    pairs(all, &entries, ANNOTATIONS.iter(), budget, problems);
    config.annotations.iter().for_each(|field| own_field(all, &entries, field, budget, problems));
}

fn sorted(entries: &[Entry]) -> Vec<&Entry> {
    let mut entries: Vec<&Entry> = entries.iter().collect();
    entries.sort_by(|a, b| a.key.cmp(&b.key));
    entries
}

/// `replicas:`; whether anything has that name.
pub(super) fn replicas(all: &mut [Res], name: &str, count: &Entry, fields: Fields<'_>, budget: &mut Budget, problems: &mut Problems) {
    let mut found = false;
    for res in all {
        let named = res.name() == name || res.previous.iter().any(|id| *id.name == *name);
        let paths: Vec<Vec<&str>> = match fields {
            Fields::Usual(config) => {
                let usual = REPLICAS.selects(res).then(|| vec!["spec", "replicas"]);
                usual.into_iter().chain(config.replicas.iter().filter(|field| field.selects(res)).map(Field::path)).collect()
            }
            Fields::Own(own) => own.iter().filter(|field| field.selects(res)).map(Field::path).collect(),
        };
        if !named || paths.is_empty() {
            continue;
        }
        found = true;
        let Some(root) = res.edit(budget) else { return problems.push(TOO_MUCH.to_owned()) };
        let mut put = |entry: &mut Entry| set(entry, count, &count.value);
        let wrong = paths.iter().filter(|path| each_entry(root, path, Some(&count.origin), &mut put).is_err()).count();
        if wrong > 0 {
            problems.push(format!("`replicas` cannot be set in {}", name_of(res)));
        }
    }
    if !found {
        problems.push(format!("`replicas` names `{name}`, which is no workload here"));
    }
}

/// `images:`: one item, a map with `name` and `newName`, `newTag` or `digest`.
pub(super) fn image(all: &mut [Res], item: &Node, fields: Fields<'_>, budget: &mut Budget, problems: &mut Problems) {
    let text = |key: &str| item.entry(key).and_then(|entry| Some((entry, text_of(&entry.value).filter(|text| !text.is_empty())?)));
    let Some((_, name)) = text("name") else { return problems.push("an item of `images` has no `name`".to_owned()) };
    // as kustomize does, the name is a pattern
    let Ok(pattern) = Regex::new(&format!(r"^{name}(:[a-zA-Z0-9_.{{}}-]*)?(@[a-zA-Z0-9]+([.+_-][a-zA-Z0-9]+)*:[a-zA-Z0-9_.{{}}-]*)?$"))
    else {
        return problems.push(format!("the image name `{name}` is no pattern"));
    };
    let (new_name, new_tag, digest, suffix) = (text("newName"), text("newTag"), text("digest"), text("tagSuffix"));
    let Some((written, _)) = digest.or(new_tag).or(suffix).or(new_name) else { return };
    for res in all.iter_mut().filter(|res| &*res.kind != "CustomResourceDefinition") {
        let changed = |image: &str| {
            if !pattern.is_match(image) {
                return None;
            }
            let (old_name, old_tag, old_digest) = split(image);
            let mut out = new_name.map_or(old_name, |(_, name)| name).to_owned();
            let (mut tag, mut hash) = (old_tag.to_owned(), old_digest);
            if let Some((_, new)) = new_tag {
                new.clone_into(&mut tag);
                hash = "";
            }
            if let Some((_, new)) = digest {
                hash = new;
                if new_tag.is_none() {
                    tag.clear();
                }
            }
            if let Some((_, suffix)) = suffix.filter(|_| digest.is_none()) {
                tag.push_str(suffix);
                hash = "";
            }
            if !tag.is_empty() {
                out.push(':');
                out.push_str(&tag);
            }
            if !hash.is_empty() {
                out.push('@');
                out.push_str(hash);
            }
            (out != image).then_some(out)
        };
        let mut wanted = |entry: &Entry| entry.value.as_str().and_then(changed).is_some();
        let paths: Vec<Vec<&str>> = match fields {
            Fields::Usual(config) => {
                let more = config.images.iter().filter(|field| field.selects(res)).map(Field::path);
                IMAGES.iter().map(|spec| spec.path.split('/').collect()).chain(more).collect()
            }
            Fields::Own(own) => own.iter().filter(|field| field.selects(res)).map(Field::path).collect(),
        };
        let in_specs = paths.iter().any(|path| any_entry(&res.root, path, &mut wanted));
        if !in_specs && !any_image(&res.root, &changed) {
            continue;
        }
        let Some(root) = res.edit(budget) else { return problems.push(TOO_MUCH.to_owned()) };
        let mut put = |entry: &mut Entry| {
            if let Some(image) = entry.value.as_str().and_then(changed) {
                let origin = stamp(&written.value.origin, &entry.value.origin);
                entry.origin = stamp(&written.origin, &entry.origin);
                entry.value = Node { value: Value::Scalar(Scalar::String(Arc::from(image))), origin };
            }
        };
        let wrong = paths.iter().any(|path| each_entry(root, path, None, &mut put).is_err());
        each_image(root, &mut put);
        if wrong {
            problems.push(format!("the images of {} cannot be set", name_of(res)));
        }
    }
}

/// Containers at any depth have images too (kustomize's `imagetag.LegacyFilter`).
fn is_containers(key: &str) -> bool {
    matches!(key, "containers" | "initContainers")
}

fn any_image(node: &Node, changed: &dyn Fn(&str) -> Option<String>) -> bool {
    match &node.value {
        Value::Map(entries) => entries.iter().any(|entry| {
            let has = |item: &Node| item.get("image").and_then(Node::as_str).and_then(changed).is_some();
            (is_containers(&entry.key) && entry.value.items().iter().any(has)) || any_image(&entry.value, changed)
        }),
        Value::List(items) => items.iter().any(|item| any_image(item, changed)),
        Value::Scalar(_) => false,
    }
}

fn each_image(node: &mut Node, put: &mut dyn FnMut(&mut Entry)) {
    match &mut node.value {
        Value::Map(entries) => {
            for entry in entries {
                if let (true, Value::List(items)) = (is_containers(&entry.key), &mut entry.value.value) {
                    items.iter_mut().filter_map(|item| entry_mut(item, "image", None)).for_each(&mut *put);
                }
                each_image(&mut entry.value, put);
            }
        }
        Value::List(items) => items.iter_mut().for_each(|item| each_image(item, put)),
        Value::Scalar(_) => {}
    }
}

/// Name, tag and digest of an image.
fn split(image: &str) -> (&str, &str, &str) {
    let (rest, digest) = image.split_once('@').unwrap_or((image, ""));
    let from = rest.find('/').unwrap_or(0);
    match rest[from..].find(':') {
        Some(at) => (&rest[..from + at], &rest[from + at + 1..], digest),
        None => (rest, "", digest),
    }
}

/// An object, as messages name it.
pub(super) fn name_of(res: &Res) -> String {
    format!("`{}/{}`", res.kind, res.name())
}
