//! What an assessment is compared with: a baseline, a revision.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::revision;
use crate::assess::Assessment;
use crate::assess::delta::{Against, Delta};
use crate::assess::governance::Accepted;
use crate::assess::result::MODEL;
use crate::assess::snapshot::Snapshot;
use crate::cli::AssessArgs;
use crate::commands::Error;
use crate::commands::discover::display_name;
use crate::commands::session::Session;

/// The differences to a baseline and to a revision, where such are given.
#[derive(Default)]
pub(super) struct Compared {
    baseline: Option<Delta>,
    revision: Option<Delta>,
    /// The evidence against criteria, and the values in files, that the baseline holds too, by fingerprint.
    pub(super) accepted: Option<BTreeSet<String>>,
}

impl Compared {
    /// Compares; `alone` is an assessment that is itself what another one is compared with.
    ///
    /// # Errors
    /// A report that cannot be read, a revision that cannot be assessed.
    pub(super) fn new(args: &AssessArgs, session: &Session, assessment: &Assessment, alone: bool) -> Result<Self, Error> {
        let configured = session.configs.of_run().assess.baseline.as_ref().map(PathBuf::from);
        let baseline = args.governance.baseline.clone().or(configured);
        let mut this = Self::default();
        if alone || (baseline.is_none() && args.governance.diff.is_none()) {
            return Ok(this);
        }
        let now = Snapshot::of(assessment);
        if let Some(path) = baseline {
            let delta = with_report("--baseline", session, &path, &now)?;
            let new: BTreeSet<&str> = delta.evidence_added.iter().map(|item| item.fingerprint.as_str()).collect();
            let contrary = now.evidence.iter().filter(|item| item.is_contrary()).map(|item| item.fingerprint.as_str());
            let mut accepted: BTreeSet<String> = contrary.filter(|print| !new.contains(print)).map(str::to_owned).collect();
            let new: BTreeSet<&str> = delta.findings_added.iter().map(|finding| finding.id.as_str()).collect();
            // a credential in a provider's format is real wherever it was known before
            let values = now.findings.iter().filter(|finding| finding.class != "V1").map(|finding| finding.id.as_str());
            accepted.extend(values.filter(|id| !new.contains(id)).map(str::to_owned));
            this.accepted = Some(accepted);
            this.baseline = Some(delta);
        }
        if let Some(name) = &args.governance.diff {
            let path = Path::new(name);
            let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
            this.revision = Some(if path.is_file() && (is_json || !revision::is_known(args, name)) {
                with_report("--diff", session, path, &now)?
            } else {
                let found = revision::assess(args, name)?;
                let against = Against::Revision { name: name.clone(), commit: found.commit };
                Delta::between(against, &found.snapshot, &now, &found.renamed)
            });
        }
        Ok(this)
    }

    /// The difference that is shown.
    pub(super) fn shown(&self) -> Option<Delta> {
        self.revision.clone().or_else(|| self.baseline.clone())
    }

    /// The difference that `--no-regress` judges.
    pub(super) fn regress(&self) -> Option<&Delta> {
        self.baseline.as_ref().or(self.revision.as_ref())
    }

    /// Notes the levels that gates take: `with` is the assessment that holds nothing against what is accepted.
    pub(super) fn accept(&self, assessment: &mut Assessment, with: &Assessment) {
        let mut domains = [None; 6];
        for (at, result) in with.domains.iter().enumerate().take(domains.len()) {
            domains[at] = result.level;
        }
        let count = self.accepted.as_ref().map_or(0, BTreeSet::len);
        assessment.governance.accepted = Some(Accepted { level: with.overall.level, domains, count });
    }
}

fn with_report(option: &str, session: &Session, path: &Path, now: &Snapshot) -> Result<Delta, Error> {
    let bytes = std::fs::read(path).map_err(|error| Error::path(path, &error))?;
    let before = Snapshot::read(&bytes).map_err(|why| Error::usage(format!("`{option} {}`: {why}", path.display())))?;
    if before.model != MODEL {
        session.output.note(&format!(
            "note: `{}` was judged by the model `{}`, this run by `{MODEL}`: criteria may have changed",
            path.display(),
            before.model
        ));
    }
    let against = Against::Report { path: display_name(path), commit: before.commit.clone() };
    Ok(Delta::between(against, &before, now, &BTreeMap::new()))
}
