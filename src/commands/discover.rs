//! Which files a run is about: the walk, and what it leaves out and why.

use std::collections::BTreeMap;
use std::fs::{File, FileType, Metadata};
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::hidden::Hidden;
use super::{Error, git};
use crate::model::code::library;
use crate::model::shell::has_shebang;
use crate::syntax::source::{AVAILABLE, Language};

/// What a file is, by its name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum FileKind {
    Rego,
    /// `*.ztest.yaml`, `*.ztest.yml`
    Cases,
    /// `.json`, `.yaml`, `.yml`, and `Kustomization`
    Data,
    /// `.conf`, `.hcl`: configurations in HCL, if their content says so
    Conf,
    /// `.tf`, `.tf.json`
    Terraform,
    /// `.sh`, `.bash`, scripts without an extension, and the recipes of Makefiles: command lines of programs that are judged
    Shell,
    /// `.pem`, `.crt`, `.cer`
    Certificates,
    /// `.md`, `.markdown`
    Markdown,
    /// `.manifest` of a bundle
    Manifest,
    /// Go, Java, JavaScript, TypeScript, Python, and properties of Spring
    Source,
    Other,
}

impl FileKind {
    /// By file name alone; whether a data file is judged at all is decided by its content.
    pub(crate) fn of(path: &Path) -> Self {
        let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        let ends = |suffix: &str| name.len() > suffix.len() && name.ends_with(suffix);
        if ends(".rego") {
            Self::Rego
        } else if ends(".ztest.yaml") || ends(".ztest.yml") {
            Self::Cases
        } else if ends(".tf.json") {
            Self::Terraform
        } else if ends(".json") || ends(".yaml") || ends(".yml") || name == "kustomization" {
            Self::Data
        } else if ends(".conf") || ends(".hcl") {
            Self::Conf
        } else if ends(".tf") {
            Self::Terraform
        } else if ends(".sh") || ends(".bash") || ends(".mk") || matches!(&*name, "makefile" | "gnumakefile") {
            Self::Shell
        } else if ends(".pem") || ends(".crt") || ends(".cer") {
            Self::Certificates
        } else if ends(".md") || ends(".markdown") {
            Self::Markdown
        } else if name == ".manifest" {
            Self::Manifest
        } else if Language::of(&name).is_some_and(|language| AVAILABLE || language == Language::Properties) {
            Self::Source
        } else {
            Self::Other
        }
    }
}

/// The kinds that hold manifests and configurations.
pub(crate) const MANIFEST_KINDS: [FileKind; 5] =
    [FileKind::Data, FileKind::Conf, FileKind::Terraform, FileKind::Shell, FileKind::Certificates];

/// A file to read.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// As the operating system opens it; `-` is standard input.
    pub(crate) path: PathBuf,
    /// As reports name it: relative to the working directory, with `/`.
    pub(crate) name: String,
    pub(crate) kind: FileKind,
    /// Given on the command line itself.
    pub(crate) named: bool,
    /// The argument that led here, for data documents' place under `data`.
    pub(crate) root: usize,
    /// False for files that are only read because of `--workspace`.
    pub(crate) reported: bool,
    /// A source that belongs to tests, by its path below the argument.
    pub(crate) is_test: bool,
    /// Read for the secrets in it alone.
    pub(crate) scan_only: bool,
}

/// A file that is not judged, and why.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Skipped {
    pub(crate) name: String,
    pub(crate) reason: String,
}

/// What a walk found, sorted by name.
#[derive(Debug, Default)]
pub(crate) struct Discovery {
    pub(crate) files: Vec<Found>,
    pub(crate) skipped: Vec<Skipped>,
    /// Files that the configuration hides, where all others are looked at.
    pub(crate) hidden: usize,
}

/// What to walk and what to leave out.
pub(crate) struct Request<'a> {
    pub(crate) paths: &'a [PathBuf],
    pub(crate) stdin_filename: Option<&'a Path>,
    pub(crate) workspace: Option<&'a Path>,
    /// Kinds that the command reads, first what standard input is unless it has a name; other files are passed over, and listed
    /// where they were named.
    pub(crate) kinds: &'a [FileKind],
    /// Files of all other kinds are found as well, for the secrets in them; so are those that version control tracks and ignores.
    pub(crate) scan: Scan,
    pub(crate) excluded: Excluded,
}

/// Whether files are looked at for secrets, and what becomes of files that version control tracks although it ignores them.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) enum Scan {
    #[default]
    No,
    /// Those that are judged anyway, and no others.
    Judged,
    /// Such files are looked at for secrets alone.
    Secrets,
    /// Such files are judged as others are.
    Everything,
}

/// Whether a config excludes a path (and whether it is a directory).
pub(crate) type Excluded = Arc<dyn Fn(&Path, bool) -> bool + Send + Sync>;

/// Finds the files of a run.
///
/// # Errors
/// A path that does not exist, a workspace that is not a directory, standard input named twice.
pub(crate) fn discover(request: &Request<'_>) -> Result<Discovery, Error> {
    let mut walk = Walk { request, files: BTreeMap::new(), skipped: Vec::new(), roots: Vec::new(), hidden: 0 };
    walk.roots = request
        .workspace
        .into_iter()
        .chain(request.paths.iter().map(PathBuf::as_path))
        .filter_map(|path| path.canonicalize().ok())
        .collect();
    for (root, path) in request.paths.iter().enumerate() {
        if path.as_os_str() == "-" {
            let name = request.stdin_filename.map_or_else(|| "<stdin>".to_owned(), display_name);
            let kind = request.stdin_filename.map_or_else(|| request.kinds.first().copied().unwrap_or(FileKind::Rego), FileKind::of);
            let found =
                Found { path: path.clone(), name: name.clone(), kind, named: true, root, reported: true, is_test: false, scan_only: false };
            if walk.files.insert(name, found).is_some() {
                return Err(Error::usage("standard input `-` is given twice"));
            }
            continue;
        }
        let metadata = std::fs::metadata(path).map_err(|error| Error::path(path, &error))?;
        if metadata.is_dir() {
            walk.directory(path, root, true);
            walk.beside(path, root);
        } else {
            walk.file(path, &metadata, root, true, true);
        }
    }
    if let Some(workspace) = request.workspace {
        let metadata = std::fs::metadata(workspace).map_err(|error| Error::path(workspace, &error))?;
        if !metadata.is_dir() {
            return Err(Error::usage(format!("`--workspace {}` is not a directory", workspace.display())));
        }
        walk.directory(workspace, request.paths.len(), false);
    }
    walk.drop_second_names();
    walk.skipped.sort();
    walk.skipped.dedup();
    Ok(Discovery { files: walk.files.into_values().collect(), skipped: walk.skipped, hidden: walk.hidden })
}

/// So many files and folders are a small tree.
const SMALL: usize = 600;

/// What a walk came by, in no order.
#[derive(Default)]
struct Visited {
    found: Vec<Result<DirEntry, ignore::Error>>,
    /// Sources of others are counted, not read.
    foreign: BTreeMap<PathBuf, usize>,
}

struct Walk<'a> {
    request: &'a Request<'a>,
    files: BTreeMap<String, Found>,
    skipped: Vec<Skipped>,
    /// The given paths, resolved: what lies in one of them is reached without following a link.
    roots: Vec<PathBuf>,
    hidden: usize,
}

impl Walk<'_> {
    /// What a file is; one whose name has no extension may say so in its first line.
    fn kind(&self, path: &Path) -> FileKind {
        let kind = FileKind::of(path);
        let may_be_script = kind == FileKind::Other && path.extension().is_none() && self.request.kinds.contains(&FileKind::Shell);
        if may_be_script && names_shell(path) { FileKind::Shell } else { kind }
    }

    fn directory(&mut self, directory: &Path, root: usize, reported: bool) {
        let excluded = Arc::clone(&self.request.excluded);
        // an argument inside an excluded folder is meant: the folders that lead to it, or all if the walk starts inside, are not pruned
        let top = normalize(directory);
        let arguments: Vec<PathBuf> = self.request.paths.iter().map(|path| normalize(path)).filter(|path| *path != top).collect();
        let top_is_excluded = top.ancestors().any(|folder| excluded(folder, true));
        let hidden = Arc::new(Hidden::default());
        let passed = (self.request.scan == Scan::Everything).then(|| Arc::clone(&hidden));
        let keep = move |path: &Path, is_dir: bool| {
            let keeps = top_is_excluded || !excluded(path, is_dir) || {
                let path = normalize(path);
                arguments.iter().any(|argument| argument.starts_with(&path))
            };
            if let Some(hidden) = passed.as_ref().filter(|_| !keeps) {
                hidden.pass_by(path, is_dir);
            }
            keeps
        };
        // one thread is done with a small tree before a second one has anything to do
        let small = self.visit(directory, reported, keep.clone(), 1, SMALL);
        let Visited { found, foreign } =
            small.or_else(|| self.visit(directory, reported, keep, rayon::current_num_threads(), usize::MAX)).unwrap_or_default();
        self.hidden += hidden.files(directory);
        for (folder, count) in foreign {
            if reported {
                let reason = format!("{count} source{} of others (vendored or built)", if count == 1 { "" } else { "s" });
                self.skipped.push(Skipped { name: display_name(&folder), reason });
            }
        }
        for entry in found {
            match entry {
                Ok(entry) => self.entry(&entry, directory, root, reported),
                Err(error) => self.skip_error(&error),
            }
        }
    }

    /// Walks below `directory`; `None` where there is more than `most`.
    fn visit(
        &self,
        directory: &Path,
        reported: bool,
        keep: impl Fn(&Path, bool) -> bool + Send + Sync + 'static,
        threads: usize,
        most: usize,
    ) -> Option<Visited> {
        let walker = WalkBuilder::new(directory)
            .hidden(false)
            .follow_links(false)
            // what version control ignores is not walked; `.ignore` is a file of search tools
            .ignore(false)
            .threads(threads)
            .filter_entry(move |entry| {
                entry.depth() == 0 || entry.file_name() != ".git" && keep(entry.path(), entry.file_type().is_some_and(|kind| kind.is_dir()))
            })
            .build_parallel();
        let visited = Mutex::new(Visited::default());
        let seen = AtomicUsize::new(0);
        walker.run(|| {
            Box::new(|entry| {
                if seen.fetch_add(1, Ordering::Relaxed) >= most {
                    return WalkState::Quit;
                }
                // what is not reported is not looked at for secrets
                let all = self.request.scan == Scan::Everything || reported && self.request.scan == Scan::Secrets;
                let is_kind = |entry: &DirEntry| self.request.kinds.contains(&self.kind(entry.path()));
                let is_wanted = |entry: &DirEntry| match entry.file_type() {
                    Some(kind) => kind.is_symlink() || !kind.is_dir() && (all && kind.is_file() || is_kind(entry)),
                    None => false,
                };
                let own = entry.as_ref().ok().filter(|entry| is_wanted(entry) && self.request.kinds.contains(&FileKind::Source));
                let folder = own.and_then(|entry| foreign_folder(entry.path(), directory));
                let is_found = (all || folder.is_none()) && entry.as_ref().map_or(true, is_wanted);
                let mut visited = visited.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(folder) = folder {
                    *visited.foreign.entry(folder).or_default() += 1;
                }
                if is_found {
                    visited.found.push(entry);
                }
                WalkState::Continue
            })
        });
        (seen.into_inner() <= most).then(|| visited.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// What a walk below `directory` does not come by: files that version control tracks and ignores, submodules that are not there.
    fn beside(&mut self, directory: &Path, root: usize) {
        if matches!(self.request.scan, Scan::No | Scan::Judged) {
            return;
        }
        for path in git::tracked_and_ignored(directory) {
            let is_file = path.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
            let is_excluded = path.ancestors().skip(1).any(|folder| (self.request.excluded)(folder, true));
            if !is_file || is_excluded || (self.request.excluded)(&path, false) || self.files.contains_key(&display_name(&path)) {
                continue;
            }
            self.add(&path, root, false, true, is_test_below(&path, directory));
            if let Some(file) = self.files.get_mut(&display_name(&path)) {
                file.scan_only |= self.request.scan == Scan::Secrets;
            }
        }
        for folder in git::absent_submodules(directory) {
            let reason = "a submodule that is not checked out".to_owned();
            self.skipped.push(Skipped { name: display_name(&folder), reason });
        }
    }

    /// A link, or something of a kind that is asked for.
    fn entry(&mut self, entry: &DirEntry, top: &Path, root: usize, reported: bool) {
        let path = entry.path();
        let Some(file_type) = entry.file_type() else { return };
        if file_type.is_symlink() {
            return self.link(path, root, reported);
        }
        if file_type.is_file() {
            // how long it is, reading will tell
            return self.add(path, root, false, reported, is_test_below(path, top));
        }
        match entry.metadata() {
            Ok(metadata) => self.file(path, &metadata, root, false, reported),
            Err(error) => self.skip_error(&error),
        }
    }

    /// A link to a file outside of all that is walked is read; what lies inside is reached anyway.
    fn link(&mut self, path: &Path, root: usize, reported: bool) {
        let name = display_name(path);
        let reason = match path.canonicalize() {
            Err(error) if is_loop(&error) => "symbolic link loop".to_owned(),
            Err(error) => format!("broken symbolic link: {}", plain(&error)),
            Ok(target) => {
                let inside = self.roots.iter().any(|root| target.starts_with(root));
                match std::fs::metadata(path) {
                    Ok(metadata) if metadata.is_dir() && inside => "symbolic link to a directory that is walked itself".to_owned(),
                    Ok(metadata) if metadata.is_dir() => "symbolic link to a directory outside: name it to include it".to_owned(),
                    Ok(_) if !self.request.kinds.contains(&self.kind(path)) => return,
                    Ok(_) if inside && self.request.kinds.contains(&self.kind(&target)) => {
                        "symbolic link to a file that is read itself".to_owned()
                    }
                    Ok(metadata) => return self.file(path, &metadata, root, false, reported),
                    Err(error) => plain(&error),
                }
            }
        };
        self.skipped.push(Skipped { name, reason });
    }

    fn file(&mut self, path: &Path, metadata: &Metadata, root: usize, named: bool, reported: bool) {
        let reason = if !metadata.is_file() {
            format!("not a regular file but {}", special(metadata.file_type()))
        } else if !(self.request.kinds.contains(&self.kind(path))
            || reported && matches!(self.request.scan, Scan::Secrets | Scan::Everything))
        {
            "not a kind of file that this command reads".to_owned()
        } else {
            return self.add(path, root, named, reported, false);
        };
        self.skipped.push(Skipped { name: display_name(path), reason });
    }

    fn add(&mut self, path: &Path, root: usize, named: bool, reported: bool, is_test: bool) {
        let name = display_name(path);
        let kind = self.kind(path);
        let is_foreign = || !named && self.roots_of(root).is_some_and(|top| foreign_folder(path, top).is_some());
        let scan_only = !self.request.kinds.contains(&kind) || is_foreign();
        let found = Found { path: path.to_owned(), name: name.clone(), kind, named, root, reported, is_test, scan_only };
        self.files.entry(name).and_modify(|known| known.reported |= reported).or_insert(found);
    }

    /// The argument that led to a file.
    fn roots_of(&self, root: usize) -> Option<&Path> {
        self.request.paths.get(root).map(PathBuf::as_path).or(self.request.workspace)
    }

    /// A link that was named beside the file that it leads to is that file once more.
    fn drop_second_names(&mut self) {
        let targets: Vec<(String, PathBuf)> = self
            .files
            .values()
            .filter(|file| file.named && file.path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink()))
            .filter_map(|file| Some((file.name.clone(), file.path.canonicalize().ok()?)))
            .collect();
        for (link, target) in targets {
            let same = |file: &Found| {
                file.name != link
                    && file.path.file_name() == target.file_name()
                    && file.path.canonicalize().is_ok_and(|path| path == target)
            };
            if self.files.values().any(same) {
                self.files.remove(&link);
                self.skipped.push(Skipped { name: link, reason: "symbolic link to a file that is read itself".to_owned() });
            }
        }
    }

    fn skip_error(&mut self, error: &ignore::Error) {
        let (path, reason) = describe(error);
        let name = path.map_or_else(String::new, |path| display_name(&path));
        self.skipped.push(Skipped { name, reason });
    }
}

/// Whether the first line of a file names a shell: `#!/bin/sh`, `#!/usr/bin/env bash`.
fn names_shell(path: &Path) -> bool {
    let mut start = Vec::with_capacity(FIRST_LINE);
    // reading a pipe could take for ever
    let is_file = std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    let read = is_file && File::open(path).is_ok_and(|file| file.take(FIRST_LINE as u64).read_to_end(&mut start).is_ok());
    read && has_shebang(&String::from_utf8_lossy(&start))
}

/// So many bytes of a file are looked at for its first line.
const FIRST_LINE: usize = 128;

/// The outermost folder below `top` that a source lies in and that holds what others wrote.
fn foreign_folder(path: &Path, top: &Path) -> Option<PathBuf> {
    if FileKind::of(path) != FileKind::Source {
        return None;
    }
    let mut folder = top.to_owned();
    for part in path.strip_prefix(top).ok()?.parent()?.components() {
        folder.push(part);
        if library::is_foreign_folder(&part.as_os_str().to_string_lossy()) {
            return Some(folder);
        }
    }
    None
}

fn is_test_below(path: &Path, top: &Path) -> bool {
    FileKind::of(path) == FileKind::Source
        && path.strip_prefix(top).is_ok_and(|path| library::is_test(&path.to_string_lossy().replace('\\', "/")))
}

fn describe(error: &ignore::Error) -> (Option<PathBuf>, String) {
    match error {
        ignore::Error::WithPath { path, err } => (Some(path.clone()), describe(err).1),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => describe(err),
        ignore::Error::Loop { child, .. } => (Some(child.clone()), "symbolic link loop".to_owned()),
        ignore::Error::Io(error) => (None, plain(error)),
        other => (None, other.to_string()),
    }
}

/// An I/O error without the operating system's error number, which differs between platforms.
pub(crate) fn plain(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ if is_loop(error) => "symbolic link loop".to_owned(),
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or(&text).to_lowercase()
        }
    }
}

fn is_loop(error: &std::io::Error) -> bool {
    // `ErrorKind::FilesystemLoop` is not stable; 40 is ELOOP on Linux, 62 on macOS
    matches!(error.raw_os_error(), Some(40 | 62)) && cfg!(unix)
}

#[cfg(unix)]
fn special(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    if kind.is_socket() {
        "a socket"
    } else if kind.is_fifo() {
        "a named pipe"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn special(_: FileType) -> &'static str {
    "something else"
}

/// A path without `.` parts and with `a/..` resolved in words, not on disk.
fn normalize(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

/// How reports name a path: relative to the working directory where it lies below it, with `/`.
pub(crate) fn display_name(path: &Path) -> String {
    let mut path = normalize(path);
    if path.is_absolute()
        && let Ok(cwd) = std::env::current_dir()
        && let Ok(inside) = path.strip_prefix(&cwd)
    {
        path = inside.to_owned();
    }
    let text = path.to_string_lossy();
    let text = if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() };
    if text.is_empty() { ".".to_owned() } else { text }
}
