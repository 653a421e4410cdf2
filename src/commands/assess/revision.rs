//! The tree of a revision, assessed by a process of its own: the work tree is not touched, and paths are named as in this run.
//!
//! The child writes the files of the revision to a private folder, assesses them there and removes the folder: when it is done, when
//! it panics, and when this process goes away, which it sees at the end of its standard input.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use crate::assess::snapshot::Snapshot;
use crate::cli::{AssessArgs, CommentArg, Format, GovernanceArgs};
use crate::commands::Error;

/// A file that ends the search for configurations upwards, as `.git` does.
pub(crate) const TREE_MARK: &str = ".ztctl-tree";

/// What a child is asked for is written behind this word.
const TASK: &str = "revision:";

/// The assessment of a revision.
pub(super) struct Revision {
    pub(super) commit: String,
    pub(super) snapshot: Snapshot,
    /// Files that were renamed since, old name first, as this run names them.
    pub(super) renamed: BTreeMap<String, String>,
}

/// Assesses the tree of `name`, with the options of this run.
///
/// # Errors
/// Outside of a repository, for a revision that git does not know, and where it cannot be assessed.
pub(super) fn assess(args: &AssessArgs, name: &str) -> Result<Revision, Error> {
    let folder = folder(&args.common.paths)?;
    let commit = resolve(&folder, name)?;
    let snapshot = child(name, &commit)?;
    Ok(Revision { renamed: renamed(&folder, &commit), commit, snapshot })
}

/// The folder whose repository is meant.
fn folder(paths: &[PathBuf]) -> Result<PathBuf, Error> {
    let first = paths.first().map_or(Path::new("."), PathBuf::as_path);
    if paths.iter().any(|path| path.as_os_str() == "-") {
        return Err(Error::usage("`--diff` with a revision reads no standard input"));
    }
    let folder = if first.is_dir() { first } else { first.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new(".")) };
    Ok(folder.to_owned())
}

/// A commit's id. `REF...` is where HEAD left REF.
fn resolve(folder: &Path, name: &str) -> Result<String, Error> {
    let commit = |name: &str| {
        // resolved first, so that a revision that looks like an option is never one
        let out = git(folder, &["rev-parse", "--verify", "--end-of-options", &format!("{name}^{{commit}}")]);
        out.map(|out| String::from_utf8_lossy(&out).trim().to_owned())
    };
    let found = match name.strip_suffix("...") {
        Some(base) => commit(base).and_then(|base| {
            let head = commit("HEAD")?;
            let out = git(folder, &["merge-base", &base, &head])?;
            Ok(String::from_utf8_lossy(&out).trim().to_owned())
        }),
        None => commit(name),
    };
    found.map_err(|error| Error::Usage {
        message: format!("`--diff {name}`: {}", reason(&error)),
        help: Some("name a revision that git knows here, or a JSON report; a shallow clone holds few: fetch it first".to_owned()),
    })
}

/// Whether the folder's repository knows the revision.
pub(super) fn is_known(args: &AssessArgs, name: &str) -> bool {
    folder(&args.common.paths).is_ok_and(|folder| resolve(&folder, name).is_ok())
}

fn reason(error: &Error) -> String {
    match error {
        Error::Usage { message, .. } => message.clone(),
        other => other.to_string(),
    }
}

fn child(name: &str, commit: &str) -> Result<Snapshot, Error> {
    let mut command = again(&format!("{TASK}{commit}"))?;
    // an interrupt of the terminal ends this process alone; the child sees that, and clears up
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| Error::path(Path::new("ztctl"), &error))?;
    let held = child.stdin.take();
    let output = child.wait_with_output().map_err(Error::from)?;
    drop(held);
    if output.status.code() != Some(0) {
        let said = String::from_utf8_lossy(if output.stderr.is_empty() { &output.stdout } else { &output.stderr }).into_owned();
        let line = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("it ended early").trim_start_matches("error: ").to_owned();
        return Err(Error::usage(format!("`--diff {name}`: the revision could not be assessed: {line}")));
    }
    Snapshot::read(&output.stdout).map_err(|why| Error::Internal(format!("the report of `{name}`: {why}")))
}

/// This program with the arguments that it was given, and a task.
pub(super) fn again(task: &str) -> Result<Command, Error> {
    let program = std::env::current_exe().map_err(|error| Error::path(Path::new("ztctl"), &error))?;
    let mut given: Vec<OsString> = std::env::args_os().skip(1).collect();
    // behind the command's name, where no `--` makes a path of it
    let at = given.iter().position(|arg| arg == "assess").map_or(0, |at| at + 1);
    given.splice(at..at, [OsString::from("--child"), OsString::from(task)]);
    let mut command = Command::new(program);
    command.args(given);
    Ok(command)
}

/// Files that git takes for renamed between the commit and the work tree, as the run names them. Only a help: none where git fails.
fn renamed(folder: &Path, commit: &str) -> BTreeMap<String, String> {
    let here = Path::new(".");
    // names are relative to the working directory where the repository holds it
    let at = if git(here, &["cat-file", "-e", commit]).is_ok() { here } else { folder };
    let args = ["diff", "--relative", "--no-ext-diff", "--no-textconv", "--name-status", "-z", "-M", "--diff-filter=R", commit, "--"];
    let Ok(out) = git(at, &args) else { return BTreeMap::new() };
    let text = String::from_utf8_lossy(&out).into_owned();
    let fields: Vec<&str> = text.split('\0').collect();
    fields.chunks_exact(3).map(|row| (row[1].to_owned(), row[2].to_owned())).collect()
}

fn git(folder: &Path, args: &[&str]) -> Result<Vec<u8>, Error> {
    let output = bare_git(folder).args(args).output().map_err(|error| Error::path(Path::new("git"), &error))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let message = String::from_utf8_lossy(&output.stderr);
    let message = message.lines().next().unwrap_or("failed").trim_start_matches("fatal: ");
    Err(Error::usage(format!("git: {message}")))
}

/// No program that the repository's settings name is to be started, and nothing is to be fetched.
fn bare_git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.args(["-c", "core.fsmonitor=false", "-C"]).arg(folder).env("GIT_NO_LAZY_FETCH", "1").env("GIT_TERMINAL_PROMPT", "0");
    command
}

/// The private folder with the files of a revision; it goes with this value.
pub(super) struct Tree {
    /// What stands in for the folder that holds both the repository and the working directory.
    dir: tempfile::TempDir,
    root: PathBuf,
}

impl Tree {
    /// A report without the folder's name, so that paths are those of the work tree.
    pub(super) fn named(&self, report: &str) -> String {
        let root = self.root.to_string_lossy();
        report.replace(&*root, "").replace(&*self.dir.path().to_string_lossy(), "")
    }
}

/// Where `task` asks for a revision: writes its files, goes there, and gives the arguments to go on with.
///
/// # Errors
/// Paths outside of the repository, a tree that cannot be read, a folder that cannot be written.
pub(super) fn enter(args: &AssessArgs, task: &str) -> Result<Option<(AssessArgs, Tree)>, Error> {
    let Some(commit) = task.strip_prefix(TASK) else { return Ok(None) };
    let io = |error: std::io::Error| Error::path(Path::new("."), &error);
    let cwd = std::env::current_dir().and_then(|dir| dir.canonicalize()).map_err(io)?;
    let folder = folder(&args.common.paths)?;
    let top = git(&folder, &["rev-parse", "--show-toplevel"])?;
    let top = PathBuf::from(String::from_utf8_lossy(&top).trim_end_matches(['\n', '\r']).to_owned()).canonicalize().map_err(io)?;
    let common: PathBuf = cwd.components().zip(top.components()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect();
    let below = |path: &Path| path.strip_prefix(&common).unwrap_or(Path::new("")).to_owned();

    let dir = tempfile::Builder::new().prefix("ztctl-").tempdir().map_err(io)?;
    let root = dir.path().canonicalize().map_err(io)?.join("tree");
    watch(dir.path().to_owned());
    std::fs::create_dir(&root).map_err(io)?;
    std::fs::write(dir.path().join(TREE_MARK), b"").map_err(io)?;
    let tree = Tree { root: root.clone(), dir };
    write_tree(&folder, commit, &root.join(below(&top)), args.common.max_file_size)?;
    let here = root.join(below(&cwd));
    std::fs::create_dir_all(&here).map_err(io)?;

    // what is not of the revision keeps its place
    let outside = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let inside = |path: &PathBuf| {
        let moved = if path.is_absolute() { root.join(below(path)) } else { path.clone() };
        // a folder that the revision does not have holds nothing
        let target = here.join(&moved);
        if target.symlink_metadata().is_err() && path.is_dir() { std::fs::create_dir_all(&target).map(|()| moved) } else { Ok(moved) }
    };
    let mut own = args.clone();
    own.common.config = own.common.config.map(|path| outside(&path));
    own.helm.helm_values = own.helm.helm_values.iter().map(|path| outside(path)).collect();
    own.rego.capabilities = own
        .rego
        .capabilities
        .map(|text| if Path::new(&text).is_file() { outside(Path::new(&text)).to_string_lossy().into_owned() } else { text });
    if own.common.since.take().is_some() || own.common.staged {
        own.common.staged = false;
        own.common.paths = vec![top.clone()];
    }
    let paths: Vec<PathBuf> = own.common.paths.iter().map(inside).collect::<Result<_, _>>().map_err(io)?;
    own.common.workspace = own.common.workspace.as_ref().map(inside).transpose().map_err(io)?;
    std::env::set_current_dir(&here).map_err(io)?;
    // a file that the revision does not have is none of it
    own.common.paths = paths.into_iter().filter(|path| path.symlink_metadata().is_ok()).collect();
    if own.common.paths.is_empty() {
        let empty = root.join(".ztctl-empty");
        std::fs::create_dir_all(&empty).map_err(io)?;
        own.common.paths = vec![empty];
    }
    own.common.output.output = None;
    own.common.output.format = Format::Json;
    own.common.output.quiet = true;
    own.common.fail_on_empty = false;
    own.explain = None;
    own.framework = None;
    own.runbook = None;
    own.questions = false;
    own.all_steps = false;
    own.limits = false;
    own.min_level = Some(0);
    own.min_domain = Vec::new();
    own.governance = GovernanceArgs {
        accept_attestations: own.governance.accept_attestations,
        child: own.governance.child.clone(),
        comment: CommentArg::Always,
        ..GovernanceArgs::default()
    };
    Ok(Some((own, tree)))
}

/// Removes the folder and ends the process when the parent goes away: it holds the other end of standard input.
fn watch(folder: PathBuf) {
    std::thread::spawn(move || {
        let mut byte = [0];
        // nothing is ever sent
        let _ = std::io::stdin().read(&mut byte);
        let _ = std::fs::remove_dir_all(&folder);
        #[expect(clippy::exit, reason = "nobody waits for the result any more")]
        std::process::exit(2);
    });
}

/// Writes the files of a commit below `root`, as they are in the repository: no filters, no attributes.
fn write_tree(folder: &Path, commit: &str, root: &Path, max_file_size: u64) -> Result<(), Error> {
    let io = |error: std::io::Error| Error::path(root, &error);
    let listed = git(folder, &["ls-tree", "-r", "-z", "--full-tree", commit])?;
    let mut entries: Vec<(String, bool, PathBuf)> = Vec::new();
    for row in listed.split(|byte| *byte == 0).filter(|row| !row.is_empty()) {
        let row = String::from_utf8_lossy(row);
        let Some((about, name)) = row.split_once('\t') else { continue };
        let mut words = about.split(' ');
        let (Some(mode), Some("blob"), Some(id)) = (words.next(), words.next(), words.next()) else { continue };
        let path = PathBuf::from(name);
        // a tree that someone made by hand may name anything
        let is_plain = path.components().all(|part| matches!(part, Component::Normal(name) if name != ".git"));
        if is_plain {
            entries.push((id.to_owned(), mode == "120000", path));
        }
    }
    std::fs::create_dir_all(root).map_err(io)?;
    let mut batch = bare_git(folder)
        .args(["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| Error::path(Path::new("git"), &error))?;
    let ids: String = entries.iter().map(|(id, ..)| format!("{id}\n")).collect();
    let mut stdin = batch.stdin.take();
    let writer = std::thread::spawn(move || {
        if let Some(stdin) = &mut stdin {
            // a git that died does not read; that is seen below
            let _ = stdin.write_all(ids.as_bytes());
        }
    });
    let mut reader = BufReader::new(batch.stdout.take().ok_or_else(|| Error::usage("git gives no output"))?);
    let mut links = Vec::new();
    for (_, is_link, path) in &entries {
        let mut head = String::new();
        reader.read_line(&mut head).map_err(io)?;
        let size: u64 = head.trim_end().rsplit(' ').next().and_then(|size| size.parse().ok()).ok_or_else(|| {
            Error::usage("git: objects of the revision are missing here: a clone that holds them all is needed".to_owned())
        })?;
        let mut blob = (&mut reader).take(size);
        if *is_link {
            let mut target = String::new();
            blob.read_to_string(&mut target).map_err(io)?;
            links.push((path, target));
        } else if size > max_file_size {
            std::io::copy(&mut blob, &mut std::io::sink()).map_err(io)?;
        } else {
            let file = root.join(path);
            if let Some(parent) = file.parent() {
                std::fs::create_dir_all(parent).map_err(io)?;
            }
            match std::fs::File::create_new(&file) {
                Ok(mut file) => drop(std::io::copy(&mut blob, &mut file).map_err(io)?),
                // names that this file system takes for one
                Err(_) => drop(std::io::copy(&mut blob, &mut std::io::sink()).map_err(io)?),
            }
        }
        let mut end = [0];
        reader.read_exact(&mut end).map_err(io)?;
    }
    let _ = writer.join();
    let _ = batch.wait();
    // last, so that nothing is written through them
    for (path, target) in links {
        link(root, path, &target);
    }
    Ok(())
}

/// Makes a link that stays in the tree; others are none of what is assessed.
fn link(root: &Path, path: &Path, target: &str) {
    let mut depth = path.components().count().saturating_sub(1);
    for part in Path::new(target).components() {
        match part {
            Component::CurDir => {}
            Component::Normal(_) => depth += 1,
            Component::ParentDir if depth > 0 => depth -= 1,
            _ => return,
        }
    }
    let place = root.join(path);
    if let Some(parent) = place.parent() {
        let _ = std::fs::create_dir_all(parent);
    }
    #[cfg(unix)]
    let _ = std::os::unix::fs::symlink(target, place);
    #[cfg(not(unix))]
    let _ = std::fs::write(place, target);
}
