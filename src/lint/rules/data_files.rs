//! Documents that data files beside the policies may define: what `opa` reads into `data`.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;
use serde::de::IgnoredAny;

use crate::text::SourceMap;

/// More keys of one file are not told apart.
const MAX_KEYS: usize = 1_000;

/// What the JSON and YAML files of a workspace may define. Where the root of a bundle is cannot be told, so that a file in `a/b` may
/// define `data.k`, `data.b.k` and `data.a.b.k`.
pub(super) struct DataFiles {
    /// Paths of documents; what lies in them is not looked at.
    documents: FxHashSet<String>,
    /// Folders that hold documents, and those above them.
    folders: FxHashSet<String>,
}

impl DataFiles {
    /// Reads the top-level keys of all data files.
    pub(super) fn new(sources: &SourceMap) -> Self {
        let mut this = Self { documents: FxHashSet::default(), folders: FxHashSet::default() };
        for (_, file) in sources.iter().filter(|(_, file)| file.mapping.is_none()) {
            let (folders, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
            let Some((stem, extension)) = name.rsplit_once('.') else { continue };
            let keys = match extension {
                "json" => json_keys(&file.text),
                "yaml" | "yml" => yaml_keys(&file.text),
                _ => continue,
            };
            let folders: Vec<&str> = folders.split('/').filter(|folder| !folder.is_empty()).collect();
            // other files define something where they are named to opa, and that is at the top
            let deepest = if stem == "data" { folders.len() } else { 0 };
            for from in folders.len() - deepest..=folders.len() {
                let mut path = String::from("data");
                for folder in &folders[from..] {
                    path.extend([".", folder]);
                    this.folders.insert(path.clone());
                }
                if keys.len() > MAX_KEYS && path != "data" {
                    this.documents.insert(path);
                } else {
                    this.documents.extend(keys.iter().map(|key| format!("{path}.{key}")));
                }
            }
        }
        this
    }

    /// Whether a data file may define the document at `path` (`data.a.b`), a part of it, or what it is a part of.
    pub(super) fn may_define(&self, path: &str) -> bool {
        // names in brackets are names
        let path = path.replace("[\"", ".").replace("\"]", "");
        let paths = std::iter::successors(Some(path.as_str()), |path| path.rfind('.').map(|at| &path[..at]));
        self.folders.contains(&path) || paths.into_iter().any(|path| self.documents.contains(path))
    }
}

fn json_keys(text: &str) -> Vec<String> {
    let keys: Result<BTreeMap<String, IgnoredAny>, _> = serde_json::from_str(text.trim_start_matches('\u{feff}'));
    keys.map(|keys| keys.into_keys().collect()).unwrap_or_default()
}

/// What stands in the first column before a colon.
fn yaml_keys(text: &str) -> Vec<String> {
    let key = |line: &str| {
        let (key, rest) = line.split_once(':')?;
        let starts = key.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '"' | '\''));
        (starts && (rest.is_empty() || rest.starts_with([' ', '\t', '\r']))).then(|| key.trim_matches(['"', '\'', ' ']).to_owned())
    };
    if text.trim_start().starts_with('{') {
        return json_keys(text);
    }
    text.lines().filter_map(key).collect()
}
