//! Moving files to where rules want them: `--fix-moves`, which nothing else implies.
//!
//! All moves are made, or none: every target is checked first, and what was moved goes back where a later move fails.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::discover::display_name;
use super::input::Loaded;
use super::session::Session;
use super::{Error, diff};
use crate::diag::{Diagnostic, Place};
use crate::text::SourceMap;

/// A file and where it goes.
struct Move {
    /// Index in the files of the run.
    at: usize,
    from: PathBuf,
    to: PathBuf,
    /// The folder that both lie in, which stays whatever becomes empty.
    root: PathBuf,
}

/// The moves that findings ask for.
#[derive(Default)]
pub(crate) struct Moves(Vec<Move>);

impl Moves {
    /// Checks all moves before any is made. A finding that moves the file and one that renames it make one move.
    ///
    /// # Errors
    /// A target that exists, also as another spelling of it; two files with one target; links on the way; a target outside of the
    /// project that the file lies in.
    pub(crate) fn plan(session: &Session, files: &[Loaded], sources: &SourceMap, findings: &[Diagnostic]) -> Result<Self, Error> {
        let mut wanted: BTreeMap<usize, (Option<String>, Option<String>)> = BTreeMap::new();
        for finding in findings {
            let (Some(target), Place::At(_) | Place::File(_)) = (&finding.moves_to, finding.place) else { continue };
            let source = match finding.place {
                Place::At(at) => sources.outermost(at.source),
                Place::File(id) => sources.outermost(id),
                Place::Run => continue,
            };
            let at = source.0 as usize;
            let Some(file) = files.get(at).filter(|file| file.file.path.as_os_str() != "-") else { continue };
            let (folder, name) = split(target);
            let (old_folder, old_name) = split(&file.file.name);
            let entry = wanted.entry(at).or_default();
            if folder != old_folder {
                entry.0 = Some(folder.to_owned());
            }
            if name != old_name {
                entry.1 = Some(name.to_owned());
            }
        }
        let roots = roots(session, files);
        let mut moves = Vec::new();
        let mut conflicts = Vec::new();
        for (at, (folder, name)) in wanted {
            let file = &files[at].file;
            let (old_folder, old_name) = split(&file.name);
            let folder = folder.unwrap_or_else(|| old_folder.to_owned());
            let target = join(&folder, name.as_deref().unwrap_or(old_name));
            if target == file.name {
                continue;
            }
            match check(&file.path, &target, &roots) {
                Ok((from, to, root)) => moves.push(Move { at, from, to, root }),
                Err(reason) => conflicts.push(format!("`{}` to `{target}`: {reason}", file.name)),
            }
        }
        conflicts.extend(shared(&moves));
        if conflicts.is_empty() {
            return Ok(Self(moves));
        }
        conflicts.sort();
        Err(Error::Usage {
            message: format!("no file is moved, since not all can be:\n  {}", conflicts.join("\n  ")),
            help: Some("rename a package or a file by hand, or leave out `--fix-moves`".to_owned()),
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The moves as git writes renames.
    pub(crate) fn diff(&self) -> String {
        self.0.iter().map(|one| diff::rename(&display_name(&one.from), &display_name(&one.to))).collect()
    }

    /// Makes the moves and takes away the folders that they leave empty. `files` have their new paths then. Returns their number.
    ///
    /// # Errors
    /// A move that failed; those before it have been taken back.
    pub(crate) fn make(self, files: &mut [Loaded]) -> Result<usize, Error> {
        let mut made: Vec<&Move> = Vec::new();
        let mut folders = Vec::new();
        for one in &self.0 {
            if let Err(error) = rename(&one.from, &one.to, &mut folders) {
                for back in made.iter().rev() {
                    // what cannot go back stays where it is, and the error says that something went wrong
                    let _ = std::fs::rename(&back.to, &back.from);
                }
                for folder in folders.iter().rev() {
                    let _ = std::fs::remove_dir(folder);
                }
                return Err(Error::path(&one.from, &error));
            }
            made.push(one);
        }
        for one in &self.0 {
            clean(&one.from, &one.root);
            let file = &mut files[one.at].file;
            file.name = display_name(&one.to);
            file.path = PathBuf::from(&file.name);
        }
        Ok(self.0.len())
    }
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// The folders that a file may be moved within, resolved: the working directory, the given paths, and the projects of configs.
fn roots(session: &Session, files: &[Loaded]) -> Vec<PathBuf> {
    let mut roots: BTreeSet<PathBuf> = session.tree().into_iter().collect();
    roots.extend(std::env::current_dir().and_then(|here| here.canonicalize()));
    for file in files.iter().filter(|file| file.file.reported) {
        let config = session.configs.of_file(&file.file.path);
        roots.extend(config.projects.iter().filter_map(|project| Path::new(&project.path).canonicalize().ok()));
    }
    roots.into_iter().collect()
}

/// Where a file is and where it goes, resolved, and the innermost root that holds both.
fn check(path: &Path, target: &str, roots: &[PathBuf]) -> Result<(PathBuf, PathBuf, PathBuf), String> {
    let odd = |part: &str| part.is_empty() || matches!(part, "." | "..") || part.contains(['\\', ':', '\0']) || part.ends_with([' ', '.']);
    if target.strip_prefix('/').unwrap_or(target).split('/').any(odd) {
        return Err("it has a part that is no name of a folder everywhere".to_owned());
    }
    if path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink()) {
        return Err("it is a symbolic link".to_owned());
    }
    let from = path.canonicalize().map_err(|error| error.to_string())?;
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).map_err(|error| error.to_string())?;
    let to = here.join(target);
    let root = roots.iter().filter(|root| from.starts_with(root) && to.starts_with(root)).max_by_key(|root| root.components().count());
    let root = root.ok_or("it would leave the project; run from its root, or name the root")?.clone();
    // each folder on the way is one by that very spelling, or is made
    let below = to.strip_prefix(&root).map_err(|error| error.to_string())?;
    let mut folder = root.clone();
    let parts: Vec<_> = below.components().collect();
    for (nr, part) in parts.iter().enumerate() {
        let is_last = nr + 1 == parts.len();
        let Ok(entries) = std::fs::read_dir(&folder) else { break };
        let name = part.as_os_str();
        let lower = name.to_string_lossy().to_lowercase();
        for entry in entries.flatten() {
            let other = entry.file_name();
            let itself = entry.path() == from;
            if other == name && is_last {
                return Err("something is there already".to_owned());
            }
            if other == name && entry.file_type().is_ok_and(|kind| !kind.is_dir()) {
                return Err(format!("`{}` is no folder, or a link", display_name(&entry.path())));
            }
            if other != name && !itself && other.to_string_lossy().to_lowercase() == lower {
                return Err(format!("`{}` differs from it by upper and lower case alone", display_name(&entry.path())));
            }
        }
        folder.push(part);
    }
    Ok((from, to, root))
}

/// Targets that several files have, and targets that are folders of others.
fn shared(moves: &[Move]) -> Vec<String> {
    let mut by_target: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut folders: BTreeMap<String, BTreeSet<PathBuf>> = BTreeMap::new();
    for one in moves {
        let key = |path: &Path| path.to_string_lossy().to_lowercase();
        by_target.entry(key(&one.to)).or_default().push(display_name(&one.from));
        for folder in one.to.ancestors().skip(1).take_while(|folder| folder.starts_with(&one.root)) {
            folders.entry(key(folder)).or_default().insert(folder.to_owned());
        }
    }
    let mut out = Vec::new();
    for (target, from) in &by_target {
        let target_name = || display_name(Path::new(target));
        if from.len() > 1 {
            out.push(format!("`{}` would all become `{}`", from.join("`, `"), target_name()));
        }
        if folders.contains_key(target) {
            out.push(format!("`{}` would be a file and a folder", target_name()));
        }
    }
    let spellings = folders.values().filter(|spellings| spellings.len() > 1);
    out.extend(spellings.map(|spellings| {
        let names: Vec<String> = spellings.iter().map(|path| display_name(path)).collect();
        format!("`{}` differ by upper and lower case alone", names.join("` and `"))
    }));
    out
}

/// Moves a file to a place where nothing is; notes the folders that it makes.
fn rename(from: &Path, to: &Path, made: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let missing: Vec<PathBuf> = to.ancestors().skip(1).take_while(|folder| !folder.exists()).map(Path::to_owned).collect();
    for folder in missing.into_iter().rev() {
        std::fs::create_dir(&folder)?;
        made.push(folder);
    }
    if to.symlink_metadata().is_ok() {
        return Err(std::io::Error::new(std::io::ErrorKind::AlreadyExists, format!("`{}` exists", display_name(to))));
    }
    std::fs::rename(from, to)
}

/// Removes the folder of `from`, and those round it, as far as they are empty and below `root`.
fn clean(from: &Path, root: &Path) {
    for folder in from.ancestors().skip(1) {
        // a folder that holds something cannot be removed
        if folder == root || !folder.starts_with(root) || std::fs::remove_dir(folder).is_err() {
            break;
        }
    }
}
