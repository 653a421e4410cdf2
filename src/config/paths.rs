//! Paths as text, with `/`: the file system is not asked.

use std::borrow::Cow;

/// Whether `path` starts at a root: `/x`, `C:/x`.
pub(super) fn is_absolute(path: &str) -> bool {
    path.starts_with('/') || drive(path).is_some()
}

/// `C:` of `C:/x`.
fn drive(path: &str) -> Option<&str> {
    let bytes = path.as_bytes();
    (bytes.len() >= 3 && bytes[0].is_ascii_alphabetic() && &bytes[1..3] == b":/").then(|| &path[..2])
}

/// Takes `.`, `..` and doubled slashes out of an absolute path; `..` stops at the root.
pub(super) fn normalize(path: &str) -> String {
    let (root, rest) = match drive(path) {
        Some(drive) => (drive, &path[2..]),
        None => ("", path),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in rest.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop(),
            _ => parts.push(part),
        }
    }
    format!("{root}/{}", parts.join("/"))
}

/// `path` as seen from the absolute folder `dir`, absolute and normalised.
pub(super) fn join(dir: &str, path: &str) -> String {
    if is_absolute(path) { normalize(path) } else { normalize(&format!("{dir}/{path}")) }
}

/// The folder that holds an absolute path; `None` at the root.
pub(super) fn parent(path: &str) -> Option<&str> {
    let at = path.rfind('/')?;
    let root = drive(path).map_or(0, str::len);
    match at {
        _ if path.len() == root + 1 => None,
        at if at == root => Some(&path[..=at]),
        at => Some(&path[..at]),
    }
}

/// What follows the absolute folder `dir` in `path`; `None` where `path` does not lie in it. `""` for the folder itself.
pub(super) fn below<'p>(path: &'p str, dir: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(dir)?;
    if rest.is_empty() || dir.ends_with('/') {
        return Some(rest);
    }
    rest.strip_prefix('/')
}

/// An absolute path as seen from the absolute folder `from`.
pub(super) fn relative<'p>(path: &'p str, from: &str) -> Cow<'p, str> {
    if let Some(rest) = below(path, from) {
        return Cow::Borrowed(if rest.is_empty() { "." } else { rest });
    }
    let mut up = String::new();
    let mut dir = from;
    while let Some(next) = parent(dir) {
        dir = next;
        up.push_str("../");
        if let Some(rest) = below(path, dir) {
            return Cow::Owned(format!("{up}{rest}").trim_end_matches('/').to_owned());
        }
    }
    Cow::Borrowed(path)
}
