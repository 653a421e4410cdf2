//! Files that an assessment reads beside manifests: what pipelines call, and policies in other languages.

use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;

use ignore::WalkBuilder;

use super::discover::display_name;
use crate::assess::policy_tests::{TextFile, is_wanted};

/// Larger files are no helpers of a pipeline.
const MAX_SIZE: u64 = 1 << 20;

/// So many are read.
const MAX_FILES: usize = 20_000;

/// The wanted files below the roots, by path.
pub(crate) fn texts(roots: &[PathBuf]) -> Vec<TextFile> {
    let mut out = Vec::new();
    for root in roots.iter().filter(|root| root.is_dir()) {
        let walk = WalkBuilder::new(root)
            .hidden(false)
            .follow_links(false)
            .sort_by_file_path(Ord::cmp)
            .filter_entry(|entry| {
                entry.depth() == 0 || !matches!(&*entry.file_name().to_string_lossy(), ".git" | "node_modules" | "vendor")
            })
            .build();
        for entry in walk.flatten() {
            let path = display_name(entry.path());
            let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
            if out.len() >= MAX_FILES || !is_file || !is_wanted(&path) || entry.metadata().map_or(true, |meta| meta.len() > MAX_SIZE) {
                continue;
            }
            let mut bytes = Vec::new();
            let read = std::fs::File::open(entry.path()).and_then(|file| file.take(MAX_SIZE).read_to_end(&mut bytes));
            if let (Ok(_), Ok(text)) = (read, String::from_utf8(bytes)) {
                out.push(TextFile { path, text: Arc::from(text) });
            }
        }
    }
    out.sort_by(|a, b| a.path.cmp(&b.path));
    out.dedup_by(|a, b| a.path == b.path);
    out
}
