//! Files that are no manifests, for an assessment: programs, Dockerfiles, environment files. Each is read, searched and let go.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::WalkBuilder;
use rayon::prelude::*;

use super::discover::display_name;
use super::git;
use super::session::Session;
use crate::assess::program::{TextFacts, TextKind, is_wanted};

/// Larger files are not searched: nobody wrote them.
const MAX_LEN: u64 = 2 << 20;

/// What the files below `roots` say, by path. Files that version control ignores are left out, unless it tracks them.
pub(crate) fn read(session: &Session, roots: &[PathBuf]) -> Vec<TextFacts> {
    let mut paths: BTreeSet<PathBuf> = BTreeSet::new();
    for root in roots.iter().filter(|root| root.is_dir()) {
        let configs = Arc::clone(&session.configs);
        let walk = WalkBuilder::new(root)
            .hidden(false)
            .follow_links(false)
            .ignore(false)
            .filter_entry(move |entry| {
                let is_dir = entry.file_type().is_some_and(|kind| kind.is_dir());
                entry.depth() == 0 || entry.file_name() != ".git" && !configs.excludes(entry.path(), is_dir)
            })
            .build();
        let files = walk.flatten().filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
        paths.extend(files.map(ignore::DirEntry::into_path).filter(|path| is_wanted(&display_name(path))));
        paths.extend(git::tracked_and_ignored(root).into_iter().filter(|path| is_wanted(&display_name(path))));
    }
    let paths: Vec<PathBuf> = paths.into_iter().collect();
    let mut out: Vec<TextFacts> = paths.par_iter().filter_map(|path| facts(path)).collect();
    out.sort_by(|a, b| a.path.cmp(&b.path));
    out.dedup_by(|a, b| a.path == b.path);
    out
}

fn facts(path: &Path) -> Option<TextFacts> {
    let name = display_name(path);
    let size = path.symlink_metadata().ok().filter(std::fs::Metadata::is_file)?.len();
    let text = if size > MAX_LEN { String::new() } else { String::from_utf8_lossy(&std::fs::read(path).ok()?).into_owned() };
    TextFacts::read(&name, &text)
}

/// Folders of helpers, whose sources are no application.
const ASIDE: [&str; 9] = ["vendor", "node_modules", ".github", "hack", "scripts", "tools", "tests", "test", "docs"];

/// Whether application source is among the files.
pub(crate) fn has_sources(programs: &[TextFacts]) -> bool {
    let is_source = |text: &&TextFacts| text.kind == TextKind::Source && !text.path.ends_with(".properties");
    programs.iter().filter(is_source).any(|text| !text.folder().split('/').any(|folder| ASIDE.contains(&folder)))
}
