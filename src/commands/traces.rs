//! Reads what programs and configurations say about logs, for `assess`.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use rayon::prelude::*;

use super::discover::display_name;
use crate::assess::traces::{self, TextTraces};

/// The longest file that is read.
const MAX_LEN: u64 = 1 << 20;

/// Folders of others' code.
const ASIDE: [&str; 4] = ["vendor", "node_modules", ".git", "third_party"];

/// What the files below some folders say; in the order of their paths.
pub(super) fn read(roots: &[PathBuf]) -> Vec<TextTraces> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for root in roots.iter().filter(|root| root.is_dir()) {
        let walk = WalkBuilder::new(root)
            .hidden(false)
            .follow_links(false)
            .filter_entry(|entry| entry.depth() == 0 || !ASIDE.contains(&&*entry.file_name().to_string_lossy()))
            .build();
        let files = walk.flatten().filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
        paths.extend(files.map(ignore::DirEntry::into_path).filter(|path| traces::is_wanted(&display_name(path))));
    }
    paths.sort();
    paths.dedup();
    paths.par_iter().filter_map(|path| traces::read(&display_name(path), &text(path)?)).collect()
}

/// The text of a file that can be read and is not too long.
fn text(path: &Path) -> Option<String> {
    let file = File::open(path).ok()?;
    if file.metadata().ok()?.len() > MAX_LEN {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(MAX_LEN).read_to_end(&mut bytes).ok()?;
    String::from_utf8(bytes).ok()
}
