//! Rewriting files: atomically, keeping what is not ours to change.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::Error;
use super::discover::plain;

/// Replaces `before` by `after` in the file at `path`.
///
/// The file must still hold `before`. The new text is written to a temporary file beside the old one, given its permissions, and
/// renamed over it. A symbolic link is followed to its target if that lies below `tree` (resolved), else the file is left alone.
///
/// # Errors
/// [`Error::Path`] where the file changed, cannot be written, or is reached through a link that leaves the tree.
pub(crate) fn replace(path: &Path, before: &str, after: &str, tree: &[PathBuf]) -> Result<(), Error> {
    let fail = |reason: String| Error::Path { path: super::discover::display_name(path), reason };
    let io = |error: std::io::Error| fail(format!("not written: {}", plain(&error)));
    let target = path.canonicalize().map_err(io)?;
    let is_link = path.symlink_metadata().map_err(io)?.is_symlink();
    if is_link && !tree.iter().any(|root| target.starts_with(root)) {
        return Err(fail("not written: symbolic link that leaves the given paths".to_owned()));
    }
    if std::fs::read(&target).map_err(io)? != before.as_bytes() {
        return Err(fail("not written: the file changed since it was read".to_owned()));
    }
    let metadata = std::fs::metadata(&target).map_err(io)?;
    // renaming over a read-only file would work, but is not what its mode says
    if metadata.permissions().readonly() {
        return Err(fail("not written: permission denied".to_owned()));
    }
    let folder = target.parent().unwrap_or_else(|| Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".ztctl-").tempfile_in(folder).map_err(io)?;
    // no wait for the disk: a rename over a file keeps the old text or the new one
    file.write_all(after.as_bytes()).map_err(io)?;
    file.as_file().set_permissions(metadata.permissions()).map_err(io)?;
    file.persist(&target).map_err(|error| io(error.error))?;
    Ok(())
}

/// Writes a new file, or replaces one that may hold anything: for reports.
///
/// # Errors
/// [`Error::Path`] where it cannot be written.
pub(crate) fn create(path: &Path, text: &[u8]) -> Result<(), Error> {
    std::fs::write(path, text).map_err(|error| Error::path(path, &error))
}

/// The given paths, resolved, as [`replace`] wants them.
pub(crate) fn tree(paths: &[PathBuf]) -> Vec<PathBuf> {
    paths
        .iter()
        .filter_map(|path| {
            let is_dir = path.is_dir();
            let folder = if is_dir { path.clone() } else { path.parent().map_or_else(PathBuf::new, Path::to_path_buf) };
            let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
            folder.canonicalize().ok()
        })
        .collect()
}
