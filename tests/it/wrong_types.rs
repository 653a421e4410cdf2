//! Every value of every object of the fixtures, replaced by values of other types: nothing panics, and what is found has a place.

use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::{Value, json};
use ztctl::diag::{Applicability, Date, Place, Preset, RuleSettings};
use ztctl::lint::{self, Commands, RunOptions, Selection};

use crate::support::Sample;

/// Files above this size say the same things more often.
const MAX_BYTES: u64 = 6_000;

const MAX_JOBS: usize = 3_001;

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).expect("folder").map(|entry| entry.expect("entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, out);
        } else if path.extension().is_some_and(|ext| ext == "yaml" || ext == "json") {
            out.push(path);
        }
    }
}

/// The documents in front of the first that cannot be read: behind an error the reader gives the same error for ever.
fn documents(text: &str) -> Vec<Value> {
    use serde::Deserialize as _;
    serde_yaml::Deserializer::from_str(text).map_while(|document| Value::deserialize(document).ok()).filter(Value::is_object).collect()
}

/// The pointers to all values inside a value.
fn pointers(value: &Value, at: &str, out: &mut Vec<String>) {
    let mut child = |key: &str, value: &Value| {
        let pointer = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
        pointers(value, &pointer, out);
        out.push(pointer);
    };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| child(key, value)),
        Value::Array(items) => items.iter().enumerate().for_each(|(nr, value)| child(&nr.to_string(), value)),
        _ => {}
    }
}

fn options() -> RunOptions {
    RunOptions {
        commands: Commands::Verify,
        selection: Selection::default(),
        preset: Some(Preset::All),
        as_of: Date::parse("2026-11-22").expect("a date"),
        capabilities: None,
        schemas: None,
    }
}

#[test]
fn a_wrong_type_in_any_field_is_survived() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut paths = Vec::new();
    files(&root.join("rules"), &mut paths);
    files(&root.join("demo"), &mut paths);
    paths.retain(|path| path.metadata().is_ok_and(|metadata| metadata.len() <= MAX_BYTES));
    let mut jobs: Vec<(String, String)> = Vec::new();
    for path in &paths {
        let documents = documents(&fs::read_to_string(path).expect("fixture"));
        let name = path.strip_prefix(&root).expect("below").to_string_lossy().into_owned();
        for nr in 0..documents.len() {
            let mut all = Vec::new();
            pointers(&documents[nr], "", &mut all);
            for (turn, pointer) in all.iter().enumerate() {
                let others =
                    [json!(null), json!(-1), json!("x"), json!([]), json!({}), json!([{"a": "b"}]), json!(true), json!({"": [null]})];
                // two of them in turn: over all fixtures each field meets each type
                for step in 0..2 {
                    let mut changed = documents.clone();
                    *changed[nr].pointer_mut(pointer).expect("it is there") = others[(turn * 3 + step * 4 + nr) % others.len()].clone();
                    let text: Vec<String> = changed.iter().map(|document| format!("---\n{document}\n")).collect();
                    jobs.push((name.clone(), text.concat()));
                }
            }
        }
    }
    assert!(jobs.len() > 1_000, "{} jobs", jobs.len());
    // a part that is spread over all fixtures keeps the test short
    let step = jobs.len().div_ceil(MAX_JOBS);
    let jobs: Vec<_> = jobs.into_iter().step_by(step).collect();
    let settings = [RuleSettings::default()];
    let pool = rayon::ThreadPoolBuilder::new().stack_size(16 << 20).build().expect("pool");
    let found: usize = pool.install(|| {
        jobs.par_iter()
            .map(|(name, text)| {
                let sample = Sample::new([(name.as_str(), text.as_str())], None);
                let result = sample.run(&settings, &options());
                for diagnostic in &result.diagnostics {
                    if let Place::At(at) = diagnostic.place {
                        let file = sample.sources.get(at.source);
                        assert!(file.text.get(at.span.range()).is_some(), "{name}: {diagnostic:?}\n{text}");
                    }
                }
                result.diagnostics.len()
            })
            .sum()
    });
    assert!(found > 500, "{found} findings");
}

#[test]
fn fixes_survive_wrong_types() {
    let text = "apiVersion: networking.istio.io/v1beta1\nkind: Sidecar\nmetadata: {name: a, annotations: {ztctl.dev/ignore: istio}}\n";
    for other in ["null", "1", "[]", "{}", "\"\"", "*x", "&x y", "!!binary x", "|\n  x", "> x"] {
        for field in ["networking.istio.io/v1beta1", "Sidecar", "a", "istio"] {
            let text = text.replacen(field, other, 1);
            let sample = Sample::new([("a.yaml", text.as_str())], None);
            let result = lint::fix(&sample.texts, &[RuleSettings::default()], &options(), Applicability::Unsafe);
            for file in result.files {
                assert_ne!(file.before, file.after, "{text}");
            }
        }
    }
}
