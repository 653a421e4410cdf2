//! URLs that manifests are taken from, and whether what they give can change.

/// What a URL gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pin<'u> {
    /// A version or a commit is named.
    Pinned,
    /// A branch, or a name that is given to each new release.
    Moves(&'u str),
    /// No version is named.
    Unversioned,
    /// GitHub's page about a file.
    Page,
    /// A path, or this machine.
    Local,
    /// A variable names the version.
    Unknown,
}

/// Names that are given to ever new things.
const MOVING: [&str; 14] =
    ["main", "master", "HEAD", "head", "trunk", "develop", "development", "dev", "latest", "stable", "nightly", "edge", "next", "canary"];

/// What the URL of a file gives.
#[must_use]
pub fn pin_of(url: &str) -> Pin<'_> {
    let Some((_, rest)) = url.split_once("://") else { return Pin::Local };
    let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
    let address = address.split('#').next().unwrap_or("");
    let mut parts = address.split('/').filter(|part| !part.is_empty());
    let host = parts.next().unwrap_or("");
    let name = host.rsplit('@').next().unwrap_or(host).split(':').next().unwrap_or("");
    if matches!(name, "localhost" | "127.0.0.1" | "") || name.ends_with(".localhost") {
        return Pin::Local;
    }
    let parts: Vec<&str> = parts.collect();
    if let Some(reference) = parameter(query, &["ref", "version"]) {
        return pin_of_ref(reference);
    }
    match (name, &parts[..]) {
        ("github.com" | "www.github.com", [_, _, "blob", rest @ ..]) => {
            let is_raw = parameter(query, &["raw"]).is_some_and(|value| value == "true" || value == "1");
            if is_raw { pin_of_path(rest) } else { Pin::Page }
        }
        ("github.com" | "www.github.com", [_, _, "releases", "latest", ..]) => Pin::Moves("latest"),
        ("github.com" | "www.github.com", [_, _, "releases", "download", tag, ..]) => pin_of_ref(tag),
        ("github.com" | "www.github.com", [_, _, "raw" | "tree", rest @ ..]) => pin_of_path(rest),
        ("raw.githubusercontent.com" | "raw.github.com", [_, _, rest @ ..]) => pin_of_path(rest),
        ("gist.githubusercontent.com", [_, _, "raw", commit, ..]) if is_commit(commit) => Pin::Pinned,
        (_, parts) => match parts.iter().position(|part| *part == "-") {
            // GitLab
            Some(at) if matches!(parts.get(at + 1), Some(&("raw" | "blob" | "tree"))) => pin_of_path(&parts[at + 2..]),
            _ => pin_of_parts(parts),
        },
    }
}

/// What a resource of a kustomization gives: a file behind a URL, or a folder of a repository, `?ref=` naming its version.
#[must_use]
pub fn pin_of_resource(written: &str) -> Pin<'_> {
    let bare = written.strip_prefix("git::").unwrap_or(written);
    let first = bare.split('/').next().unwrap_or("");
    let is_url = bare.contains("://");
    let is_repository = written.starts_with("git::")
        || bare.starts_with("git@")
        || bare.starts_with("ssh://")
        || bare.starts_with("gh:")
        || matches!(first, "github.com" | "gitlab.com" | "bitbucket.org")
        || (first.contains('@') && first.contains(':'));
    if !is_url && !is_repository {
        return Pin::Local;
    }
    let (address, query) = bare.split_once('?').unwrap_or((bare, ""));
    if let Some(reference) = parameter(query, &["ref", "version"]) {
        return pin_of_ref(reference);
    }
    let file = [".yaml", ".yml", ".json"].iter().any(|suffix| address.ends_with(suffix));
    if is_url && file && !written.starts_with("git::") {
        return pin_of(bare);
    }
    let path = address.split_once("://").map_or(address, |(_, path)| path);
    let host = path.split('/').next().unwrap_or("");
    let parts: Vec<&str> = path.split('/').skip(1).filter(|part| !part.is_empty()).collect();
    match (host, &parts[..]) {
        ("github.com", [_, _, "tree" | "blob" | "raw", rest @ ..]) => pin_of_path(rest),
        ("github.com", [_, _, "archive" | "releases", ..]) => pin_of_parts(&parts[3..]),
        _ => Pin::Unversioned,
    }
}

/// `main/path`, `refs/heads/main/path`, `refs/tags/v1/path`.
fn pin_of_path<'u>(parts: &[&'u str]) -> Pin<'u> {
    match parts {
        ["refs", "tags", ..] => Pin::Pinned,
        ["refs", "heads", branch, ..] => Pin::Moves(branch),
        [reference, ..] => pin_of_ref(reference),
        [] => Pin::Unversioned,
    }
}

/// A tag or a commit has a digit; a name without one is a branch or a tag that is moved.
fn pin_of_ref(reference: &str) -> Pin<'_> {
    if reference.is_empty() {
        return Pin::Unversioned;
    }
    let reference = reference.strip_prefix("refs/tags/").unwrap_or(reference);
    if is_opaque(reference) {
        return Pin::Unknown;
    }
    if let Some(branch) = reference.strip_prefix("refs/heads/") {
        return Pin::Moves(branch);
    }
    if reference.bytes().any(|byte| byte.is_ascii_digit()) || is_commit(reference) { Pin::Pinned } else { Pin::Moves(reference) }
}

/// The path of any other site: pinned by a version in it.
fn pin_of_parts<'u>(parts: &[&'u str]) -> Pin<'u> {
    if let Some(part) = parts.iter().find(|part| MOVING.contains(part)) {
        return Pin::Moves(part);
    }
    if parts.iter().any(|part| is_opaque(part)) {
        return Pin::Unknown;
    }
    if parts.iter().any(|part| has_version(part) || is_commit(part)) { Pin::Pinned } else { Pin::Unversioned }
}

/// Whether something is put in its place when it is used.
fn is_opaque(text: &str) -> bool {
    text.contains('$') || text.contains("{{")
}

/// `1.2`, `v3`, `app-1.10.0.yaml`, a date.
fn has_version(part: &str) -> bool {
    let bytes = part.as_bytes();
    let dotted =
        bytes.windows(3).any(|three| three[0].is_ascii_digit() && matches!(three[1], b'.' | b'-' | b'_') && three[2].is_ascii_digit());
    let numbered = part.strip_prefix(['v', 'r']).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    dotted || numbered || (bytes.len() >= 6 && bytes.iter().filter(|byte| byte.is_ascii_digit()).count() >= 6)
}

/// A commit or a digest in hexadecimal.
fn is_commit(text: &str) -> bool {
    let text = text.strip_prefix("sha256:").unwrap_or(text);
    (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit()) && text.bytes().any(|byte| byte.is_ascii_digit())
}

fn parameter<'u>(query: &'u str, names: &[&str]) -> Option<&'u str> {
    let query = query.split('#').next()?;
    query.split('&').find_map(|pair| pair.split_once('=').filter(|(name, _)| names.contains(name)).map(|(_, value)| value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_told_apart() {
        for (url, pin) in [
            ("https://raw.githubusercontent.com/a/b/main/x.yaml", Pin::Moves("main")),
            ("https://raw.githubusercontent.com/a/b/refs/heads/x/y.yaml", Pin::Moves("x")),
            ("https://raw.githubusercontent.com/a/b/v3.17.0/x.yaml", Pin::Pinned),
            ("https://raw.githubusercontent.com/a/b/release-1.24/x.yaml", Pin::Pinned),
            ("https://raw.githubusercontent.com/a/b/0a1b2c3d4e/x.yaml", Pin::Pinned),
            ("https://github.com/a/b/blob/main/x.yaml", Pin::Page),
            ("https://github.com/a/b/blob/v1.0.0/x.yaml?raw=true", Pin::Pinned),
            ("https://github.com/a/b/releases/latest/download/x.yaml", Pin::Moves("latest")),
            ("https://github.com/a/b/releases/download/v1.2/x.yaml", Pin::Pinned),
            ("https://gitlab.com/a/b/-/raw/master/x.yaml", Pin::Moves("master")),
            ("https://downloads.example/app-1.10.0-quickstart.yaml", Pin::Pinned),
            ("https://docs.example/manifests/net.yaml", Pin::Unversioned),
            ("https://store.example/latest/release.yaml", Pin::Moves("latest")),
            ("https://raw.githubusercontent.com/a/b/${REF}/x.yaml", Pin::Unknown),
            ("http://localhost:8080/x.yaml", Pin::Local),
        ] {
            assert_eq!(pin_of(url), pin, "{url}");
        }
        for (url, pin) in [
            ("../base", Pin::Local),
            ("github.com/a/b//deploy", Pin::Unversioned),
            ("https://github.com/a/b//deploy?ref=v1.0", Pin::Pinned),
            ("https://github.com/a/b//deploy?timeout=90s&ref=master", Pin::Moves("master")),
            ("git@github.com:a/b.git//deploy?ref=0a1b2c3", Pin::Pinned),
            ("git@github.com:a/b.git", Pin::Unversioned),
            ("https://github.com/a/b/tree/main/deploy", Pin::Moves("main")),
            ("https://raw.githubusercontent.com/a/b/v1/x.yaml", Pin::Pinned),
        ] {
            assert_eq!(pin_of_resource(url), pin, "{url}");
        }
    }
}
