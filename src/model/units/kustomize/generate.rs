//! ConfigMaps and Secrets that a kustomization generates. Their names stay without the hash of their content, as all that refers
//! to them writes it.

use std::sync::Arc;

use data_encoding::BASE64;
use rustc_hash::{FxHashMap, FxHashSet};

use super::fields::{entry, entry_mut, map, stamp, stamped, string, text_of, unknown};
use super::resource::{Behavior, Budget, Res};
use crate::model::units::files::{BadPath, Files, resolve};
use crate::model::value::{Entry, Node, Origin, Scalar, Value};
use crate::text::{Location, SourceId, Span};

/// What a generator makes.
pub(super) struct Generated {
    pub(super) res: Res,
    pub(super) behavior: Behavior,
    /// The files that it holds, with their keys.
    pub(super) files: Vec<(SourceId, Arc<str>)>,
}

/// What an item of `configMapGenerator` or `secretGenerator` says. `options` are the kustomization's `generatorOptions`.
///
/// # Errors
/// Why kustomize would not take it. `problems` get what is only unknown here.
pub(super) fn generate(
    files: &Files<'_>,
    folder: &str,
    item: &Node,
    options: Option<&Node>,
    is_secret: bool,
    problems: &mut Vec<String>,
) -> Result<Generated, String> {
    let what = if is_secret { "secretGenerator" } else { "configMapGenerator" };
    if !matches!(item.value, Value::Map(_)) {
        return Err(format!("an item of `{what}` is a {}", item.type_name()));
    }
    let name = item.entry("name").filter(|entry| text_of(&entry.value).is_some_and(|name| !name.is_empty()));
    let name = name.ok_or_else(|| format!("an item of `{what}` has no `name`"))?;
    let at = &item.origin;
    let mut metadata = vec![name.clone()];
    metadata.extend(item.entry("namespace").filter(|entry| entry.value.as_str().is_some_and(|text| !text.is_empty())).cloned());
    for key in ["labels", "annotations"] {
        let global = options.and_then(|options| options.entry(key));
        let own = item.get("options").and_then(|options| options.entry(key));
        let mut entries: Vec<Entry> = own.map_or(&[][..], |own| own.value.entries()).to_vec();
        for other in global.map_or(&[][..], |global| global.value.entries()) {
            if !entries.iter().any(|entry| entry.key == other.key) {
                entries.push(other.clone());
            }
        }
        if let Some(first) = own.or(global).filter(|_| !entries.is_empty()) {
            metadata.push(entry(key, first.origin.clone(), map(entries, first.value.origin.clone())));
        }
    }
    let mut data = Data { files, folder, entries: Vec::new(), keys: FxHashSet::default(), taken: Vec::new(), is_secret, problems };
    data.collect(item, what)?;
    let Data { entries: data, taken, .. } = data;
    let text = |value: &str| string(value, at.clone());
    let mut root = vec![
        entry("apiVersion", at.clone(), text("v1")),
        entry("kind", at.clone(), text(if is_secret { "Secret" } else { "ConfigMap" })),
        entry("metadata", at.clone(), map(metadata, at.clone())),
    ];
    if is_secret {
        let kind = item.entry("type").cloned().unwrap_or_else(|| entry("type", at.clone(), text("Opaque")));
        root.push(kind);
    }
    if is_secret || !data.is_empty() {
        root.push(entry("data", at.clone(), map(data, at.clone())));
    }
    let immutable = |node: Option<&Node>| node.and_then(|node| node.entry("immutable")).cloned();
    if let Some(flag) = immutable(item.get("options")).or_else(|| immutable(options)).filter(|flag| flag.value.as_bool() == Some(true)) {
        root.push(flag);
    }
    // what kustomize does not know it takes for nothing
    let behavior = match item.get("behavior").and_then(Node::as_str) {
        Some("merge") => Behavior::Merge,
        Some("replace") => Behavior::Replace,
        _ => Behavior::Create,
    };
    let res = Res::made(map(root, at.clone())).ok_or_else(|| format!("an item of `{what}` makes no object"))?;
    Ok(Generated { res, behavior, files: taken })
}

struct Data<'a, 'm> {
    files: &'a Files<'m>,
    folder: &'a str,
    entries: Vec<Entry>,
    keys: FxHashSet<Arc<str>>,
    taken: Vec<(SourceId, Arc<str>)>,
    is_secret: bool,
    problems: &'a mut Vec<String>,
}

impl Data<'_, '_> {
    fn collect(&mut self, item: &Node, what: &str) -> Result<(), String> {
        let lists = [("envs", true), ("env", true), ("literals", false), ("files", false)];
        for (key, is_env) in lists {
            let Some(list) = item.get(key).filter(|node| !node.is_null()) else { continue };
            let one = std::slice::from_ref(list);
            let items = if key == "env" { one } else { list.items() };
            if key != "env" && !matches!(list.value, Value::List(_)) {
                return Err(format!("`{key}` of `{what}` is a {}", list.type_name()));
            }
            for node in items {
                let text = node.as_str().ok_or_else(|| format!("an item of `{key}` of `{what}` is a {}", node.type_name()))?;
                match key {
                    "files" => self.file(text, &node.origin)?,
                    "literals" => self.literal(text, &node.origin)?,
                    _ if is_env => self.env(text, &node.origin)?,
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, key: &str, origin: Origin, value: Node) -> Result<(), String> {
        let key: Arc<str> = key.into();
        if !self.keys.insert(Arc::clone(&key)) {
            return Err(format!("the key `{key}` is generated twice"));
        }
        self.entries.push(entry(key, origin, value));
        Ok(())
    }

    /// A value as the object holds it: of a Secret in base 64.
    fn value(&self, text: &str, origin: Origin) -> Node {
        if self.is_secret { string(BASE64.encode(text.as_bytes()), origin) } else { string(text, origin) }
    }

    /// `file` or `key=file`.
    fn file(&mut self, text: &str, at: &Origin) -> Result<(), String> {
        let (key, path) = match text.split_once('=') {
            None => (text.rsplit('/').next().unwrap_or(text), text),
            Some((key, path)) if !key.is_empty() && !path.is_empty() && !path.contains('=') => (key, path),
            Some(_) => return Err(format!("`{text}` is neither a file nor `key=file`")),
        };
        let value = match self.find(path)? {
            None => unknown("the file was not read", at.clone()),
            Some(source) => {
                self.taken.push((source, key.into()));
                let text = &self.files.sources.get(source).text;
                let span = Span::new(0, u32::try_from(text.len()).unwrap_or(u32::MAX));
                let origin = Origin { at: Location { source, span }, via: Arc::from([at.at]) };
                if self.is_secret {
                    self.value(text, origin)
                } else {
                    Node { value: Value::Scalar(Scalar::String(Arc::clone(text))), origin }
                }
            }
        };
        self.add(key, at.clone(), value)
    }

    /// A file of the run; `None` for one of a kind that is not read, which is no mistake.
    fn find(&mut self, path: &str) -> Result<Option<SourceId>, String> {
        match resolve(self.folder, path) {
            Ok(path) => Ok(self.files.find(&path)),
            Err(BadPath::Remote) => {
                self.problems.push(format!("`{path}` is remote and was not read"));
                Ok(None)
            }
            Err(BadPath::Absolute | BadPath::Empty) => Err(format!("`{path}` is no path in the kustomization's folder")),
        }
    }

    /// `key=value`, the value perhaps in quotes.
    fn literal(&mut self, text: &str, at: &Origin) -> Result<(), String> {
        let (key, value) = text.split_once('=').filter(|(key, _)| !key.is_empty()).ok_or_else(|| format!("`{text}` is not `key=value`"))?;
        let quoted = |quote: char| value.len() > 1 && value.starts_with(quote) && value.ends_with(quote);
        let value = if quoted('"') || quoted('\'') { &value[1..value.len() - 1] } else { value };
        let node = self.value(value, at.clone());
        self.add(key, at.clone(), node)
    }

    /// A file of lines `KEY=value`, with `#` comments.
    fn env(&mut self, path: &str, at: &Origin) -> Result<(), String> {
        let Some(source) = self.find(path)? else {
            self.problems.push(format!("the environment file `{path}` was not read: its keys are not known"));
            return Ok(());
        };
        let text = Arc::clone(&self.files.sources.get(source).text);
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let from = start;
            start += line.len();
            let content = line.trim_end_matches(['\n', '\r']).trim_start_matches('\u{feff}').trim_start();
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            let (key, value) = content.split_once('=').unwrap_or((content, ""));
            let lead = line.find(content).unwrap_or(0);
            let place = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
            let span = Span::new(place(from + lead), place(from + lead + content.len()));
            let origin = Origin { at: Location { source, span }, via: Arc::from([at.at]) };
            let node = self.value(value, origin.clone());
            self.add(key, origin, node)?;
        }
        Ok(())
    }
}

/// Merges a generated object into one of the same name, or puts it in its place.
pub(super) fn absorb(old: &mut Res, new: &Res, behavior: Behavior, budget: &mut Budget) -> Option<()> {
    let root = old.edit(budget)?;
    let parent = root.origin.clone();
    for key in ["metadata", "data", "binaryData", "immutable", "type"] {
        let added = new.root.entry(key);
        if behavior == Behavior::Replace && matches!(key, "data" | "binaryData") && added.is_none() {
            if let Value::Map(entries) = &mut root.value {
                entries.retain(|entry| &*entry.key != key);
            }
            continue;
        }
        let Some(added) = added else { continue };
        let Some(target) = entry_mut(root, key, Some(&added.origin)) else { continue };
        if key == "metadata" {
            for part in ["labels", "annotations"] {
                if let Some(added) = added.value.entry(part)
                    && let Some(target) = entry_mut(&mut target.value, part, Some(&added.origin))
                {
                    put_all(&mut target.value, added);
                }
            }
        } else if matches!(key, "data" | "binaryData") && behavior == Behavior::Merge {
            put_all(&mut target.value, added);
        } else if !target.value.is_same_value(&added.value) {
            target.origin = stamp(&added.origin, &parent);
            target.value = stamped(&added.value, &parent);
        }
    }
    Some(())
}

fn put_all(target: &mut Node, added: &Entry) {
    let parent = target.origin.clone();
    if target.is_null() {
        target.value = Value::Map(Vec::new());
    }
    let Value::Map(entries) = &mut target.value else { return };
    let places: FxHashMap<Arc<str>, usize> = entries.iter().enumerate().map(|(at, entry)| (Arc::clone(&entry.key), at)).collect();
    for pair in added.value.entries() {
        match places.get(&pair.key) {
            Some(at) => {
                let old = &mut entries[*at];
                old.origin = stamp(&pair.origin, &old.origin);
                old.value = stamped(&pair.value, &old.value.origin);
            }
            None => entries.push(entry(Arc::clone(&pair.key), stamp(&pair.origin, &parent), stamped(&pair.value, &parent))),
        }
    }
}
