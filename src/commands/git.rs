//! Lists of changed files, from the `git` command.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Error;

/// The repository's root and the files below `paths` that differ, deleted ones aside.
///
/// `since`: what the working tree changed since that revision, untracked files included. `None`: what is staged.
///
/// # Errors
/// Outside of a repository, without `git`, and for a revision that git does not know.
pub(crate) fn changed(since: Option<&str>, paths: &[PathBuf]) -> Result<(PathBuf, Vec<PathBuf>), Error> {
    let up = git(&["rev-parse", "--show-cdup"])?;
    let up = String::from_utf8_lossy(&up);
    let root = PathBuf::from(if up.trim_end().is_empty() { "." } else { up.trim_end() });
    let resolved = root.canonicalize().map_err(|error| Error::path(&root, &error))?;
    let mut names = match since {
        Some(revision) => {
            // resolved first, so that a revision that looks like an option is never one
            let commit = git(&["rev-parse", "--verify", "--end-of-options", &format!("{revision}^{{commit}}")])?;
            let commit = String::from_utf8_lossy(&commit).trim().to_owned();
            let mut names = git(&["diff", "--name-only", "-z", "--no-renames", "--diff-filter=d", &commit, "--"])?;
            names.extend(git(&["ls-files", "-z", "--others", "--exclude-standard", "--full-name", ":/"])?);
            names
        }
        None => git(&["diff", "--cached", "--name-only", "-z", "--no-renames", "--diff-filter=d", "--"])?,
    };
    if names.last() == Some(&0) {
        names.pop();
    }
    let wanted: Vec<PathBuf> = paths.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let mut files: Vec<PathBuf> = names
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty())
        .map(|name| PathBuf::from(String::from_utf8_lossy(name).as_ref()))
        .filter(|name| wanted.iter().any(|path| resolved.join(name).starts_with(path)))
        .map(|name| root.join(name))
        .filter(|file| file.symlink_metadata().is_ok())
        .collect();
    files.sort();
    files.dedup();
    Ok((root, files))
}

/// The revision that `folder` is at and whether tracked files differ from it; `None` outside of a repository and without `git`.
pub(crate) fn revision(folder: &Path) -> (Option<String>, Option<bool>) {
    let folder = if folder.is_dir() { folder } else { folder.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new(".")) };
    let Some(folder) = folder.to_str() else { return (None, None) };
    // no program that the repository's settings name is to be started
    let quiet = ["-c", "core.fsmonitor=false", "-C", folder];
    let Ok(commit) = git(&[&quiet[..], &["rev-parse", "--verify", "--end-of-options", "HEAD"]].concat()) else { return (None, None) };
    let status = git(&[&quiet[..], &["status", "--porcelain", "--untracked-files=no", "--", "."]].concat());
    (Some(String::from_utf8_lossy(&commit).trim().to_owned()), status.ok().map(|out| !out.is_empty()))
}

/// The address of the remote `origin`, and the path of `folder` below the repository's root, with a slash at its end; `None` where there
/// is none.
pub(crate) fn origin(folder: &Path) -> Option<(String, String)> {
    let folder = if folder.is_dir() { folder } else { folder.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new(".")) };
    let at = ["-C", folder.to_str()?];
    let remote = git(&[&at[..], &["config", "--get", "remote.origin.url"]].concat()).ok()?;
    let prefix = git(&[&at[..], &["rev-parse", "--show-prefix"]].concat()).ok()?;
    Some((String::from_utf8(remote).ok()?.trim().to_owned(), String::from_utf8(prefix).ok()?.trim_end_matches('\n').to_owned()))
}

/// The files below `folder` that version control tracks although it ignores them; none outside of a repository.
pub(crate) fn tracked_and_ignored(folder: &Path) -> Vec<PathBuf> {
    let Some(text) = folder.to_str().filter(|_| is_in_repository(folder)) else { return Vec::new() };
    let quiet = ["-c", "core.fsmonitor=false", "-C", text];
    let out = git(&[&quiet[..], &["ls-files", "-z", "--cached", "--ignored", "--exclude-standard"]].concat()).unwrap_or_default();
    let names = out.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    names.map(|name| if text == "." { path_of(name) } else { folder.join(path_of(name)) }).collect()
}

/// The folders of submodules below `folder` that are not checked out.
pub(crate) fn absent_submodules(folder: &Path) -> Vec<PathBuf> {
    let Ok(text) = std::fs::read_to_string(folder.join(".gitmodules")) else { return Vec::new() };
    let paths = text.lines().filter_map(|line| line.trim().strip_prefix("path")?.trim_start().strip_prefix('='));
    let paths = paths.map(|path| folder.join(path.trim().trim_matches('"')));
    paths.filter(|path| std::fs::read_dir(path).map_or(true, |mut entries| entries.next().is_none())).collect()
}

/// Whether a folder lies in a repository: asking git costs more.
pub(crate) fn is_in_repository(folder: &Path) -> bool {
    let resolved = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    resolved.ancestors().any(|folder| folder.join(".git").exists())
}

/// Whether a clone lacks a part of its history.
pub(crate) fn is_shallow(folder: &Path) -> bool {
    let Some(folder) = folder.to_str() else { return false };
    git(&["-C", folder, "rev-parse", "--is-shallow-repository"]).is_ok_and(|out| out.starts_with(b"true"))
}

/// A path as git writes it with `-z`: bytes.
#[cfg(unix)]
pub(crate) fn path_of(name: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(name))
}

#[cfg(not(unix))]
pub(crate) fn path_of(name: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(name).as_ref())
}

fn git(args: &[&str]) -> Result<Vec<u8>, Error> {
    let output = Command::new("git").args(args).output().map_err(|error| Error::path(Path::new("git"), &error))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let message = String::from_utf8_lossy(&output.stderr);
    let message = message.lines().next().unwrap_or("failed").trim_start_matches("fatal: ");
    Err(Error::usage(format!("git: {message}")))
}
