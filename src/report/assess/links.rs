//! Addresses of lines of files at the revision that was assessed.

use std::fmt::Write as _;

use super::About;
use crate::assess::Spot;

/// Where the repository can be read in a browser.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Origin {
    /// `https://host/owner/name`, without a slash at its end.
    pub url: String,
    /// The folder that was assessed, as paths of the report begin; empty or `.` for the working directory.
    pub folder: String,
    /// That folder's path below the repository's root, with a slash at its end; empty for the root itself.
    pub prefix: String,
}

/// The address of a repository in a browser from that of its remote; credentials in it are dropped. `None` for what no browser opens.
#[must_use]
pub fn browser_url(remote: &str) -> Option<String> {
    let remote = remote.trim();
    let (host, path) = match remote.split_once("://") {
        Some(("https" | "http" | "ssh" | "git" | "git+ssh", rest)) => {
            let (authority, path) = rest.split_once('/')?;
            let host = authority.rsplit('@').next()?;
            // the port of ssh is none of the web's
            let host = if remote.starts_with("http") { host } else { host.split(':').next()? };
            (host, path)
        }
        Some(_) => return None,
        // `git@host:owner/name.git`; a path of a drive or a folder has no such host
        None => {
            let (authority, path) = remote.split_once(':')?;
            (authority.split_once('@')?.1, path)
        }
    };
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let is_host = host.contains('.') && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':'));
    let is_path = !path.is_empty()
        && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'/' | b'~'))
        && path.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    (is_host && is_path).then(|| format!("https://{host}/{path}"))
}

/// The permanent address of a place; `None` where the revision or its home is not known, or the file does not lie in it.
#[must_use]
pub(super) fn permalink(about: &About, spot: &Spot) -> Option<String> {
    let origin = about.origin.as_ref()?;
    let commit = about.commit.as_ref().filter(|commit| commit.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    let folder = origin.folder.trim_end_matches('/');
    let path = match folder {
        "" | "." => spot.path.as_str(),
        folder => spot.path.strip_prefix(folder)?.strip_prefix('/')?,
    };
    if path.starts_with('/') || path.split('/').any(|part| part == "..") {
        return None;
    }
    let host = origin.url.trim_start_matches("https://").split('/').next().unwrap_or_default();
    let (view, line) = if host.contains("gitlab") {
        ("-/blob", "L")
    } else if host.contains("bitbucket") {
        ("src", "lines-")
    } else if ["gitea", "forgejo", "codeberg"].iter().any(|name| host.contains(name)) {
        ("src/commit", "L")
    } else {
        ("blob", "L")
    };
    Some(format!("{}/{view}/{commit}/{}{}#{line}{}", origin.url, encoded(&origin.prefix), encoded(path), spot.line))
}

/// A path in an address.
fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
