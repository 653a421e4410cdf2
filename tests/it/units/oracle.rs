//! Kustomizations as `kustomize build` gives them, compared where `kustomize` is at hand.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;
use ztctl::model::units::{Unit, UnitKind};

use crate::support::Sample;

/// The program, from `ZTCTL_KUSTOMIZE` or the path.
fn kustomize() -> Option<PathBuf> {
    let named = std::env::var_os("ZTCTL_KUSTOMIZE").map(PathBuf::from);
    let program = named.unwrap_or_else(|| PathBuf::from("kustomize"));
    Command::new(&program).arg("version").output().is_ok_and(|out| out.status.success()).then_some(program)
}

/// The texts below a folder, their paths relative to it.
pub(super) fn texts(root: &Path) -> Vec<(String, String)> {
    let entries = walkdir::WalkDir::new(root).sort_by_file_name().into_iter().filter_map(Result::ok);
    let files = entries.filter(|entry| entry.file_type().is_file() && !entry.path().components().any(|part| part.as_os_str() == ".git"));
    files
        .filter_map(|entry| {
            let text = std::fs::read_to_string(entry.path()).ok()?;
            let path = entry.path().strip_prefix(root).ok()?.to_str()?.replace('\\', "/");
            Some((path, text))
        })
        .collect()
}

/// What is compared: nulls away, numbers as floats print, objects by name.
fn normal(value: Value) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .filter(|(key, value)| !(value.is_null() || matches!(&**key, "labels" | "annotations") && value == &serde_json::json!({})))
            .map(|(key, value)| (key, normal(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(normal).collect(),
        Value::Number(number) => number.as_f64().map_or(Value::Null, |number| format!("#{number}").into()),
        other => other,
    }
}

fn by_name(objects: Vec<Value>) -> BTreeMap<String, Value> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or("").to_owned();
    let mut out = BTreeMap::new();
    for object in objects {
        let meta = object.get("metadata");
        let field = |key: &str| text(meta.and_then(|meta| meta.get(key)));
        let id = format!("{}/{}/{}/{}", text(object.get("apiVersion")), text(object.get("kind")), field("namespace"), field("name"));
        out.insert(id, normal(object));
    }
    out
}

/// The first places at which two values differ.
fn differences(path: &str, ours: &Value, theirs: &Value, out: &mut Vec<String>) {
    // what is said to be unknown may be anything
    if ours.get("?").is_some() {
        return;
    }
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) => {
            for (key, value) in a {
                match b.get(key) {
                    Some(other) => differences(&format!("{path}.{key}"), value, other, out),
                    None => out.push(format!("{path}.{key}: only here: {value}")),
                }
            }
            out.extend(
                b.iter().filter(|(key, _)| !a.contains_key(*key)).map(|(key, value)| format!("{path}.{key}: only kustomize: {value}")),
            );
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().for_each(|(at, (a, b))| differences(&format!("{path}[{at}]"), a, b, out));
        }
        _ if ours == theirs => {}
        _ => out.push(format!("{path}: {ours} here, {theirs} in kustomize")),
    }
}

/// What kustomize says of a kustomization; `Err` with its message.
fn build(program: &Path, folder: &Path, ours: &Unit) -> Result<BTreeMap<String, Value>, String> {
    let out = Command::new(program)
        .arg("build")
        .arg(folder)
        .args(["--load-restrictor", "LoadRestrictionsNone"])
        .output()
        .map_err(|error| error.to_string())?;
    if !out.status.success() {
        return Err(String::from_utf8_lossy(&out.stderr).into_owned());
    }
    let mut text = String::from_utf8_lossy(&out.stdout).into_owned();
    // names with the hash of their content, as they are without
    for object in ours.objects.iter().filter(|object| matches!(&*object.kind, "ConfigMap" | "Secret")) {
        let Some(name) = object.name() else { continue };
        let hashed = regex::Regex::new(&format!(r"(?m)(^|[\s\x22'])({})-[bcdfghkmt0-9]{{10}}($|[\s\x22'])", regex::escape(name)))
            .expect("the name is escaped");
        text = hashed.replace_all(&text, "$1$2$3").into_owned();
    }
    let documents =
        serde_yaml::Deserializer::from_str(&text).map(|document| Value::deserialize(document).map_err(|error| error.to_string()));
    Ok(by_name(documents.collect::<Result<Vec<_>, _>>()?.into_iter().filter(|value| !value.is_null()).collect()))
}

/// Compares every kustomization below `root`; returns how many were equal and what differs.
fn compare(program: &Path, root: &Path) -> (usize, Vec<String>) {
    let texts = texts(root);
    let sample = Sample::new(texts.iter().map(|(path, text)| (&**path, &**text)), None);
    let (mut equal, mut different) = (0, Vec::new());
    for unit in sample.manifests.units.iter().filter(|unit| unit.kind == UnitKind::Kustomization) {
        match build(program, &root.join(&unit.name), unit) {
            Err(why) if unit.gaps.is_empty() => {
                different.push(format!("{}: kustomize fails and there is no gap here: {}", unit.name, why.lines().next().unwrap_or("")));
            }
            Err(_) => equal += 1,
            Ok(theirs) => {
                let ours = by_name(super::objects(unit));
                let before = different.len();
                let mut found = Vec::new();
                for (id, object) in &ours {
                    match theirs.get(id) {
                        Some(other) => differences(id, object, other, &mut found),
                        None => found.push(format!("{id}: only here")),
                    }
                }
                found.extend(theirs.keys().filter(|id| !ours.contains_key(*id)).map(|id| format!("{id}: only in kustomize")));
                // files that are no text are unknown here
                found.retain(|text| !text.contains("{\"?\":") && !text.contains(".binaryData: only kustomize"));
                if !unit.gaps.is_empty() {
                    different.push(format!("{}: gaps {:?}, {} differences", unit.name, unit.gaps, found.len()));
                    if !found.is_empty() {
                        different.extend(found.into_iter().map(|text| format!("{} (gaps): {text}", unit.name)));
                    }
                } else {
                    different.extend(found.into_iter().map(|text| format!("{}: {text}", unit.name)));
                }
                equal += usize::from(different.len() == before);
            }
        }
    }
    (equal, different)
}

#[test]
fn trees_are_built_as_kustomize_builds_them() {
    let Some(program) = kustomize() else { return eprintln!("skipped: `kustomize` is not installed") };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/units");
    let (equal, different) = compare(&program, &root);
    assert!(different.is_empty(), "{} equal\n{}", equal, different.join("\n"));
    assert!(equal > 0);
}

/// Other trees, separated by `:` in `ZTCTL_KUSTOMIZE_TREES`: prints what differs.
#[test]
fn other_trees_are_compared() {
    let Some(trees) = std::env::var_os("ZTCTL_KUSTOMIZE_TREES") else { return eprintln!("skipped: `ZTCTL_KUSTOMIZE_TREES` is not set") };
    let Some(program) = kustomize() else { return eprintln!("skipped: `kustomize` is not installed") };
    let mut all = Vec::new();
    for tree in std::env::split_paths(&trees) {
        let (equal, different) = compare(&program, &tree);
        eprintln!("{}: {equal} equal, {} differences", tree.display(), different.len());
        all.extend(different.into_iter().map(|text| format!("{}: {text}", tree.display())));
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}
