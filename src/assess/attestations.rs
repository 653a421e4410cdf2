//! `.ztctl/attestations.yaml`: what people state that the files do not show. Counts only where it is asked for, and never for level 5.

use super::criteria::Part;
use super::evaluate::{Verdict, of_scope};
use super::waivers::read::{Sheet, entries};
use super::waivers::{Rejected, SCOPE, Waiver};
use crate::diag::Date;
use crate::text::{SourceId, SourceMap};

/// One statement.
#[derive(Clone, Debug)]
pub struct Attestation {
    /// Whose it is, what it is about and until when.
    pub entry: Waiver,
    pub statement: String,
    pub url: Option<String>,
}

/// The attestations of a run, as they counted.
#[derive(Clone, Default, Debug)]
pub struct AttestationResult {
    /// Whether they count (`--accept-attestations`).
    pub accepted: bool,
    /// Those that fit a criterion that the files leave open, whether they count or not.
    pub active: Vec<Attestation>,
    pub expired: Vec<Attestation>,
    pub invalid: Vec<Rejected>,
    /// Those that fit nothing.
    pub unmatched: Vec<Attestation>,
}

impl AttestationResult {
    /// Reads the statements of the files.
    #[must_use]
    pub fn read(sources: &SourceMap, files: &[SourceId], as_of: Date, accepted: bool) -> Self {
        let sheet = Sheet { list: "attestations", of: "an attestation", rules: &[], needs_match: false, statement: true };
        let read = entries(sources, files, as_of, &sheet);
        let mut this = Self { accepted, invalid: read.rejected, ..Self::default() };
        for valid in read.entries {
            let is_over = valid.waiver.expires.is_some_and(|date| date < as_of);
            let found = Attestation { entry: valid.waiver, statement: valid.statement, url: valid.url };
            if is_over { this.expired.push(found) } else { this.active.push(found) }
        }
        this
    }

    /// Sets those apart that fit nothing.
    pub(super) fn settle<'v>(&mut self, verdicts: impl Iterator<Item = &'v Verdict> + Clone) {
        let (active, unmatched) =
            std::mem::take(&mut self.active).into_iter().partition(|found| verdicts.clone().any(|verdict| found.fits(verdict)));
        (self.active, self.unmatched) = (active, unmatched);
    }
}

impl Attestation {
    /// Whether it stands in for something that `verdict` lacks.
    fn fits(&self, verdict: &Verdict) -> bool {
        let criterion = verdict.criterion;
        let whole = Part { name: "", facts: criterion.yes };
        verdict.subjects.attested.iter().any(|subject| {
            if subject.kind == SCOPE {
                let mut parts = criterion.parts.iter().chain([&whole]);
                return parts.any(|part| self.entry.covers(criterion.id, &of_scope(&subject.name, part), ""));
            }
            let mut own = verdict.evidence.iter().filter(|item| item.observation.subject == *subject);
            own.any(|item| self.entry.covers(criterion.id, &item.observation, &item.fingerprint))
        })
    }
}
