//! JSON Schemas from files.

use std::path::{Component, Path};

use super::Error;
use crate::model::rego::Schemas;

/// Folders in folders are read so deep.
const MAX_DEPTH: u32 = 32;

/// Reads a folder of schemas, in which `a/b.json` is `schema.a.b`, or a file with the schema of all input.
///
/// # Errors
/// A path that cannot be read, a file that is neither JSON nor YAML, a schema of all input that is none.
pub(super) fn read(path: &Path) -> Result<Schemas, Error> {
    let info = std::fs::metadata(path).map_err(|error| Error::path(path, &error))?;
    if !info.is_dir() {
        return Schemas::of_input(document(path)?).map_err(|why| Error::usage(format!("`{}` holds no JSON Schema: {why}", path.display())));
    }
    let mut schemas = Schemas::default();
    folder(path, path, &mut schemas, 0)?;
    Ok(schemas)
}

fn folder(root: &Path, folder_path: &Path, schemas: &mut Schemas, depth: u32) -> Result<(), Error> {
    let entries = std::fs::read_dir(folder_path).map_err(|error| Error::path(folder_path, &error))?;
    for entry in entries {
        let entry = entry.map_err(|error| Error::path(folder_path, &error))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(|error| Error::path(&path, &error))?;
        if kind.is_dir() {
            if depth < MAX_DEPTH {
                folder(root, &path, schemas, depth + 1)?;
            }
        } else if path.is_file() {
            let relative = path.strip_prefix(root).unwrap_or(&path).with_extension("");
            let names = relative.components().filter_map(|part| match part {
                Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
                _ => None,
            });
            schemas.insert(names.collect(), document(&path)?);
        }
    }
    Ok(())
}

fn document(path: &Path) -> Result<serde_json::Value, Error> {
    let text = std::fs::read_to_string(path).map_err(|error| Error::path(path, &error))?;
    serde_json::from_str(&text)
        .or_else(|_| serde_yaml::from_str(&text))
        .map_err(|why| Error::usage(format!("`{}` is neither JSON nor YAML: {why}", path.display())))
}
