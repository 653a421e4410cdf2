//! A secret that stands in a file of a run, with what stands around it.

use std::collections::BTreeSet;

use super::Secret;
use crate::text::{Location, Span};

/// One place of a file with a secret.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Leak {
    /// The value as it is written, without quotes; in a file, never in a text embedded in one.
    pub at: Location,
    /// The name that the value stands under, in the same file, or what begins the value's entry.
    pub key: Option<Span>,
    /// That name; empty where there is none that can be shown.
    pub name: String,
    pub secret: Secret,
    /// The rest of the file is encrypted by SOPS.
    pub in_encrypted: bool,
    /// What in the file says that it may stand there: the mark of another tool.
    pub allowed: Option<&'static str>,
}

/// The secrets that files `.gitleaksignore` list by their fingerprints.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Ignored {
    /// Paths as reports write them, and lines, 1-based.
    places: BTreeSet<(String, u32)>,
    /// The commit before them, for what the history holds.
    departed: BTreeSet<(String, String, u32)>,
}

impl Ignored {
    /// What allows them, in reports.
    pub const MARK: &'static str = ".gitleaksignore";

    /// Adds what the file `text` in `folder` lists: `path:rule:line`, and with a commit before it `commit:path:rule:line` (gitleaks,
    /// README, "gitleaksignore"). Which rule of gitleaks it was does not matter.
    pub fn add(&mut self, folder: &str, text: &str) {
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let mut parts = line.rsplitn(3, ':');
            let (Some(number), Some(_), Some(place)) = (parts.next().and_then(|text| text.parse().ok()), parts.next(), parts.next()) else {
                continue;
            };
            let is_commit = |text: &str| text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit());
            let (commit, path) = place.split_once(':').filter(|(commit, _)| is_commit(commit)).unwrap_or(("", place));
            let path = path.trim_start_matches("./").replace('\\', "/");
            let path = if matches!(folder, "" | ".") { path } else { format!("{}/{path}", folder.trim_end_matches('/')) };
            if !commit.is_empty() {
                self.departed.insert((commit.to_ascii_lowercase(), path.clone(), number));
            }
            self.places.insert((path, number));
        }
    }

    /// Whether one is listed in the file at `path` on one of the lines `first` to `last`, 1-based.
    #[must_use]
    pub fn has(&self, path: &str, first: u32, last: u32) -> bool {
        !self.places.is_empty()
            && self.places.range((path.to_owned(), first)..).next().is_some_and(|(own, line)| own == path && *line <= last)
    }

    /// Whether one is listed that `commit` brought.
    #[must_use]
    pub fn has_departed(&self, commit: &str, path: &str, line: u32) -> bool {
        let plain = !self.places.is_empty() && self.departed.iter().all(|(_, own, number)| (own.as_str(), *number) != (path, line));
        self.departed.contains(&(commit.to_owned(), path.to_owned(), line)) || plain && self.has(path, line, line)
    }
}
