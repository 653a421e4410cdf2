use std::collections::BTreeSet;

use crate::diag::{Applicability, Diagnostic, Severity};
use crate::text::SourceMap;

use super::{Tests, Verdict, visible};

/// What a run did, in numbers.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Summary {
    /// Files judged.
    pub files: usize,
    pub errors: usize,
    pub warnings: usize,
    pub infos: usize,
    /// Findings that a directive, a waiver or the baseline hides.
    pub suppressed: usize,
    /// Findings held back because a value is unknown.
    pub withheld: usize,
    /// Findings that `--fix` would mend.
    pub fixable: usize,
    /// Sorted by path.
    pub skipped: Vec<Skipped>,
}

/// A file that was not judged.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Skipped {
    pub path: String,
    pub reason: String,
}

impl Summary {
    /// Sets the numbers that follow from the findings.
    pub fn count(&mut self, sources: &SourceMap, findings: &[Diagnostic]) {
        let number = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
        self.errors = number(Severity::Error);
        self.warnings = number(Severity::Warning);
        self.infos = number(Severity::Info);
        let fixes = findings.iter().filter_map(|finding| finding.fix.as_ref());
        self.fixable = fixes.filter(|fix| fix.applicability == Applicability::Safe && fix.to_outer(sources).is_some()).count();
    }

    /// `3 errors, 1 warning in 12 files; 1 fixable with --fix; …`
    pub(super) fn line(&self) -> String {
        let found: Vec<String> = [(self.errors, "error"), (self.warnings, "warning"), (self.infos, "info")]
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, noun)| plural(number, noun))
            .collect();
        let found = if found.is_empty() { "nothing found".to_owned() } else { found.join(", ") };
        let mut line = format!("{found} in {}", plural(self.files, "file"));
        if self.fixable > 0 {
            line += &format!("; {} fixable with --fix", self.fixable);
        }
        if self.suppressed > 0 {
            line += &format!("; {} suppressed", self.suppressed);
        }
        if self.withheld > 0 {
            line += &format!("; {} withheld for unknown values", self.withheld);
        }
        // one file may have several parts that were left out
        let skipped: BTreeSet<&str> = self.skipped.iter().map(|skipped| skipped.path.as_str()).collect();
        if !skipped.is_empty() {
            line += &format!("; {} skipped", plural(skipped.len(), "file"));
        }
        line
    }

    /// One line for each skipped file, up to `limit`, and one that says how many more there are.
    pub(super) fn skipped_lines(&self, limit: usize) -> Vec<String> {
        let shown = self.skipped.iter().take(limit);
        let mut lines: Vec<String> = shown.map(|s| format!("skipped {}: {}", visible(&s.path), visible(&s.reason))).collect();
        if self.skipped.len() > limit {
            lines.push(format!("skipped {} more", self.skipped.len() - limit));
        }
        lines
    }
}

impl Tests<'_> {
    /// `12 tests passed, 1 failed, …`
    pub(super) fn line(&self) -> String {
        let mut parts = vec![format!("{} passed", plural(self.count(Verdict::Passed), "test"))];
        for (verdict, word) in [(Verdict::Failed, "failed"), (Verdict::Error, "could not be run"), (Verdict::Skipped, "skipped")] {
            let number = self.count(verdict);
            if number > 0 {
                parts.push(format!("{number} {word}"));
            }
        }
        parts.join(", ")
    }
}

pub(super) fn plural(number: usize, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{s}")
}
