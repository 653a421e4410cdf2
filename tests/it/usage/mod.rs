//! Where ztctl is used: the pre-commit hooks, the GitHub action, the workflows, and the pages about them.

mod action;
mod hooks;
mod recipes;

use std::path::{Path, PathBuf};

/// A file of this repository.
fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `action.yml` and all workflows.
fn workflows() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(root().join(".github/workflows")).expect("workflows").map(|entry| entry.expect("entry").path()).collect();
    files.push(root().join("action.yml"));
    files.sort();
    files
}

/// What stands behind `uses:` in all of them.
fn uses() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for file in workflows() {
        let text = std::fs::read_to_string(&file).expect("readable");
        for line in text.lines() {
            if let Some(what) = line.trim_start().trim_start_matches("- ").strip_prefix("uses:") {
                found.push((file.clone(), what.trim().to_owned()));
            }
        }
    }
    found
}

#[test]
fn actions_are_pinned_by_commit_and_say_their_version() {
    let uses = uses();
    assert!(uses.len() >= 5, "{uses:?}");
    for (file, what) in uses {
        if what.starts_with("./") {
            continue;
        }
        let (pin, version) = what.split_once(" # ").unwrap_or_else(|| panic!("{}: `{what}` does not say its version", file.display()));
        let sha = pin.split_once('@').map_or("", |(_, sha)| sha);
        assert!(sha.len() == 40 && sha.bytes().all(|b| b.is_ascii_hexdigit()), "{}: `{pin}`", file.display());
        assert!(version.starts_with('v'), "{}: `{version}`", file.display());
    }
}

/// Every link of a page of ours to a file leads to one.
#[test]
fn links_between_pages_lead_somewhere() {
    let mut pages = vec!["README.md".to_owned(), "ARCHITECTURE.md".to_owned(), "CONTRIBUTING.md".to_owned()];
    for entry in walkdir::WalkDir::new(root().join("docs")) {
        let entry = entry.expect("entry");
        let path = entry.path().strip_prefix(root()).expect("below the root").to_string_lossy().into_owned();
        // the pages of rules are generated, and there are many
        if path.ends_with(".md") && !path.starts_with("docs/rules/") {
            pages.push(path);
        }
    }
    let mut broken = Vec::new();
    for page in &pages {
        let folder = root().join(page);
        let folder = folder.parent().expect("a folder");
        for target in read(page).split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next().map(str::to_owned)) {
            let file = target.split('#').next().unwrap_or_default();
            if !file.is_empty() && !target.contains("://") && !folder.join(file).exists() {
                broken.push(format!("{page}: {target}"));
            }
        }
    }
    assert!(pages.len() > 5 && broken.is_empty(), "{broken:#?}");
}
