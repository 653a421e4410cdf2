//! The folders of projects, from which fingerprints name files: a baseline holds wherever a run starts.

use std::path::{Component, Path, PathBuf};

use super::assess::TREE_MARK;
use super::discover::display_name;
use crate::text::Anchor;

/// The folder of the repository that a folder lies in; outside of one the nearest with a configuration or waivers.
fn of(folder: &Path) -> Option<&Path> {
    let has = |names: &'static [&'static str]| move |dir: &&Path| names.iter().any(|name| dir.join(name).exists());
    folder.ancestors().find(has(&[".git", TREE_MARK])).or_else(|| folder.ancestors().find(has(&["ztctl.toml", ".ztctl"])))
}

/// How to name the files of a run over `paths`.
pub(super) fn anchor(paths: &[PathBuf]) -> Anchor {
    let Some(here) = std::env::current_dir().ok().and_then(|dir| dir.canonicalize().ok()) else { return Anchor::default() };
    let own = of(&here);
    let below = own.and_then(|root| here.strip_prefix(root).ok()).map(display_name).unwrap_or_default();
    let roots = paths.iter().filter_map(|path| {
        let target = path.canonicalize().ok()?;
        let folder = if target.is_dir() { target.as_path() } else { target.parent()? };
        let root = of(folder)?;
        // as the path that was given names it: `../shop/k8s` below `/src/shop` is in `../shop`
        let deeper = folder.strip_prefix(root).ok()?.components().count();
        let mut name = if target.is_dir() { path.clone() } else { path.parent()?.to_owned() };
        for _ in 0..deeper {
            match name.components().next_back() {
                Some(Component::Normal(_)) => name = name.parent()?.to_owned(),
                _ => name.push(".."),
            }
        }
        Some(display_name(&name))
    });
    // a way up that stays in the own project says no more than where it starts
    let is_named = |root: &String| root.split('/').any(|part| !matches!(part, "" | "." | ".."));
    let below = if below == "." { "" } else { below.as_str() };
    Anchor::new(below, roots.filter(is_named).collect::<Vec<_>>())
}
