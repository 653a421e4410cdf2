//! Baselines: findings that are known and hidden. A fingerprint holds no line number, so moved lines stay hidden.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Error;
use crate::diag::{Diagnostic, fingerprints};
use crate::text::SourceMap;

const SCHEMA: &str = "ztctl.dev/baseline/v1";

#[derive(Serialize, Deserialize)]
struct File {
    schema: String,
    findings: Vec<Entry>,
}

/// Rule and path are for the people who review the file; the fingerprint decides.
#[derive(Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    path: String,
    rule: String,
    fingerprint: String,
}

/// The findings that a baseline file holds.
#[derive(Debug)]
pub(crate) struct Baseline {
    known: BTreeMap<String, bool>,
}

impl Baseline {
    /// # Errors
    /// A file that cannot be read or is no baseline.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read(path).map_err(|error| Error::path(path, &error))?;
        let file: File =
            serde_json::from_slice(&text).map_err(|error| Error::usage(format!("`{}` is not a baseline: {error}", path.display())))?;
        if file.schema != SCHEMA {
            return Err(Error::usage(format!("`{}` has schema `{}`; this version reads `{SCHEMA}`", path.display(), file.schema)));
        }
        Ok(Self { known: file.findings.into_iter().map(|entry| (entry.fingerprint, false)).collect() })
    }

    /// Takes the known findings out of `findings` and gives their number.
    pub(crate) fn hide(&mut self, sources: &SourceMap, findings: &mut Vec<Diagnostic>) -> usize {
        let before = findings.len();
        let mut prints = fingerprints(sources, findings).into_iter();
        findings.retain(|_| {
            let print = prints.next().map(|print| print.to_string()).unwrap_or_default();
            match self.known.get_mut(&print) {
                Some(seen) => {
                    *seen = true;
                    false
                }
                None => true,
            }
        });
        before - findings.len()
    }

    /// Entries that no finding matched.
    pub(crate) fn stale(&self) -> usize {
        self.known.values().filter(|seen| !**seen).count()
    }
}

/// The text of a baseline that holds `findings`.
pub(crate) fn render(sources: &SourceMap, findings: &[Diagnostic]) -> Result<Vec<u8>, Error> {
    let mut entries: Vec<Entry> = findings
        .iter()
        .zip(fingerprints(sources, findings))
        .map(|(finding, print)| Entry { path: path(sources, finding), rule: finding.rule.to_string(), fingerprint: print.to_string() })
        .collect();
    entries.sort();
    let file = File { schema: SCHEMA.to_owned(), findings: entries };
    let mut text = serde_json::to_vec_pretty(&file).map_err(|error| Error::Internal(error.to_string()))?;
    text.push(b'\n');
    Ok(text)
}

fn path(sources: &SourceMap, finding: &Diagnostic) -> String {
    use crate::diag::Place;
    match finding.place {
        Place::Run => String::new(),
        Place::File(id) => sources.anchor.name(&sources.get(sources.outermost(id)).path).into_owned(),
        Place::At(at) => sources.anchor.name(&sources.get(sources.outer(at).source).path).into_owned(),
    }
}
