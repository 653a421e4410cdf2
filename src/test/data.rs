//! Data documents merged at `data`, as `opa test` merges them.

use crate::eval::{Number, Object, Value, from_json};
use crate::model::value::{self, ProblemKind, float_text};
use crate::syntax::yaml;
use crate::text::SourceId;

use super::cases::{is_case_file, to_value};

/// A file that may hold a data document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DataFile<'t> {
    /// As it is shown.
    pub path: &'t str,
    /// The keys under `data`: see [`keys_under`].
    pub under: Vec<String>,
    pub text: &'t str,
}

/// What the files of a run give.
#[derive(Clone, Debug)]
pub struct Data {
    /// The object `data`, without what Rego defines.
    pub value: Value,
    /// Files, or parts of them, that are not in it, with the reason; by path.
    pub skipped: Vec<(String, String)>,
}

/// Whether a path may name a data document: `.json`, `.yaml` or `.yml`, but no file of cases.
#[must_use]
pub fn is_data_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(name.rsplit_once('.'), Some((_, "json" | "yaml" | "yml"))) && !is_case_file(path)
}

/// The keys under `data` of a file found at `path` under the given path `root`: its folders below `root`,
/// none for a file that was given itself.
#[must_use]
pub fn keys_under(root: &str, path: &str) -> Vec<String> {
    let parts = |path: &str| -> Vec<String> { path.split('/').filter(|part| !matches!(*part, "" | ".")).map(str::to_owned).collect() };
    let (root, path) = (parts(root), parts(path));
    match path.strip_prefix(&*root) {
        Some([folders @ .., _name]) => folders.to_vec(),
        _ => Vec::new(),
    }
}

/// Merges the documents in the order of their paths; of two that say different things about a key, the earlier one counts.
#[must_use]
pub fn merge<'t>(files: impl IntoIterator<Item = DataFile<'t>>) -> Data {
    let mut files: Vec<DataFile<'t>> = files.into_iter().collect();
    files.sort_by(|a, b| (a.path, &a.under).cmp(&(b.path, &b.under)));
    let mut root = Tree::default();
    let mut skipped = Vec::new();
    for file in files {
        let mut skip = |reason: String| skipped.push((file.path.to_owned(), reason));
        let value = match read(file.path, file.text) {
            Ok((value, None)) => value,
            Ok((value, Some(note))) => {
                skip(note);
                value
            }
            Err(reason) => {
                skip(reason);
                continue;
            }
        };
        let value = file.under.iter().rev().fold(value, |value, key| Value::object(Object::from([(Value::string(key.as_str()), value)])));
        let Value::Object(entries) = value else {
            skip(format!("found {} at the root of `data`, expected an object", a_type(&value)));
            continue;
        };
        if let Some(path) = root.conflict(&entries, &mut vec!["data".to_owned()]) {
            skip(format!("`{path}` is already set by an earlier file"));
            continue;
        }
        root.add(&entries);
    }
    Data { value: root.into_value(), skipped }
}

/// `data` with the data of a case laid over it: objects are merged, anything else is replaced.
#[must_use]
pub fn overlay(base: &Value, over: &Value) -> Value {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            let mut merged = (**base).clone();
            for (key, value) in over.iter() {
                let value = merged.get(key).map_or_else(|| value.clone(), |below| overlay(below, value));
                merged.insert(key.clone(), value);
            }
            Value::object(merged)
        }
        _ => over.clone(),
    }
}

fn a_type(value: &Value) -> String {
    let name = value.type_name();
    match name {
        "null" => name.to_owned(),
        "array" => format!("an {name}"),
        _ => format!("a {name}"),
    }
}

/// Objects that grow; anything else is a leaf.
#[derive(Default)]
struct Tree(std::collections::BTreeMap<Value, Slot>);

enum Slot {
    Leaf(Value),
    Branch(Tree),
}

impl Tree {
    /// The path of the first key that both set and that is not an object in both.
    fn conflict(&self, entries: &Object, path: &mut Vec<String>) -> Option<String> {
        for (key, value) in entries {
            let Some(slot) = self.0.get(key) else { continue };
            path.push(key.as_str().unwrap_or_default().to_owned());
            match (slot, value) {
                (Slot::Branch(tree), Value::Object(entries)) => {
                    if let Some(found) = tree.conflict(entries, path) {
                        return Some(found);
                    }
                }
                _ => return Some(path.join(".")),
            }
            path.pop();
        }
        None
    }

    /// Adds entries that do not conflict.
    fn add(&mut self, entries: &Object) {
        for (key, value) in entries {
            let Value::Object(inner) = value else {
                self.0.insert(key.clone(), Slot::Leaf(value.clone()));
                continue;
            };
            if let Slot::Branch(tree) = self.0.entry(key.clone()).or_insert_with(|| Slot::Branch(Tree::default())) {
                tree.add(inner);
            }
        }
    }

    fn into_value(self) -> Value {
        let value = |slot| match slot {
            Slot::Leaf(value) => value,
            Slot::Branch(tree) => tree.into_value(),
        };
        self.0.into_iter().map(|(key, slot)| (key, value(slot))).collect()
    }
}

/// The document of a file, with a note on what of the file is left out.
fn read(path: &str, text: &str) -> Result<(Value, Option<String>), String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let line = |at: usize| 1 + text.as_bytes()[..at.min(text.len())].iter().filter(|b| **b == b'\n').count();
    if path.ends_with(".json") {
        let value = from_json(text).map_err(|error| format!("line {}: {}", line(error.at), error.message))?;
        return Ok((value, None));
    }
    let source = SourceId(0);
    let stream = yaml::read(source, text);
    let place = |found: &crate::diag::Diagnostic| match found.place {
        crate::diag::Place::At(at) => at.span.start as usize,
        _ => 0,
    };
    let Some(document) = stream.documents.first() else { return Err("no document in it".to_owned()) };
    // errors of the documents that are not read do not matter; an alias without its anchor shows below
    if !document.complete {
        let reason = stream
            .diagnostics
            .first()
            .map_or("a syntax error".to_owned(), |found| format!("line {}: {}", line(place(found)), found.message));
        return Err(reason);
    }
    let (root, problems) = value::from_yaml(source, document);
    if let Some(problem) = problems.iter().find(|problem| problem.kind != ProblemKind::DuplicateKey) {
        return Err(format!("line {}: {}", line(problem.at.start as usize), problem.message));
    }
    let root = root.ok_or("no value in it")?;
    let value = to_value(&root).ok_or("an alias that cannot be followed")?;
    let note = (stream.documents.len() > 1).then(|| format!("only the first of {} documents is read", stream.documents.len()));
    Ok((go_numbers(&value), note))
}

/// OPA turns YAML into JSON by way of 64-bit integers and floats, which changes spellings.
fn go_numbers(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::array(items.iter().map(go_numbers).collect()),
        Value::Object(entries) => entries.iter().map(|(key, value)| (key.clone(), go_numbers(value))).collect(),
        Value::Number(number) => {
            let text = number.text();
            match text.parse::<i128>() {
                Ok(whole) if i64::try_from(whole).is_ok() || u64::try_from(whole).is_ok() => value.clone(),
                _ => Value::Number(Number::new(&float_text(number.as_f64()))),
            }
        }
        other => other.clone(),
    }
}
