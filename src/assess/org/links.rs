//! What one repository leaves open and another one shows: a policy bundle does not say where it is enforced; a repository that names
//! it in `[assess] links` does.

use std::collections::{BTreeMap, BTreeSet};

use super::{Brief, NAMES, bounded};
use crate::assess::status::Status;

/// So many names of either side are followed.
const MOST: usize = 2000;

/// What the repositories that link to one say of a criterion.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Link {
    pub met: usize,
    pub not_met: usize,
    pub open: usize,
    /// Some of the repositories that do not meet it, by name.
    pub failing: BTreeSet<String>,
    /// Some of those that do.
    pub meeting: BTreeSet<String>,
}

/// Who leaves what open for other repositories, and who links to whom.
#[derive(Clone, Default, Debug)]
pub struct Links {
    /// Repository, criterion.
    open: BTreeSet<(String, String)>,
    /// Linked name, criterion.
    said: BTreeMap<(String, String), Link>,
    names: BTreeSet<String>,
    /// Names that were not followed for their number.
    pub more: usize,
}

/// An open criterion of a repository, with what the others say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Resolution {
    pub repository: String,
    pub criterion: String,
    /// `met`: all that link to it meet the criterion; `not_met`: one does not; `unknown`: none that links to it says.
    pub status: &'static str,
    pub by: Vec<String>,
}

impl Links {
    pub(super) fn add(&mut self, brief: &Brief) {
        // what deploys something is rated by what it shows itself
        for criterion in brief.elsewhere.iter().filter(|_| brief.level.is_none()) {
            bounded_pair(&mut self.open, &mut self.more, (brief.name.clone(), criterion.clone()));
        }
        for name in &brief.links {
            if !self.names.contains(name) {
                if self.names.len() >= MOST {
                    self.more += 1;
                    continue;
                }
                self.names.insert(name.clone());
            }
            for (id, status) in brief.known() {
                let link = self.said.entry((name.clone(), id.to_owned())).or_default();
                match status {
                    Status::Met | Status::Waived => {
                        link.met += 1;
                        bounded(&mut link.meeting, brief.name.clone(), NAMES);
                    }
                    Status::NotMet | Status::Partial => {
                        link.not_met += 1;
                        bounded(&mut link.failing, brief.name.clone(), NAMES);
                    }
                    // a statement about another repository shows nothing of this one
                    Status::Attested | Status::Unknown | Status::Error => link.open += 1,
                    Status::NotApplicable => {}
                }
            }
        }
    }

    /// What was left open, resolved where others say. The repositories' own levels stay as they are.
    #[must_use]
    pub fn resolved(&self) -> Vec<Resolution> {
        let resolve = |(repository, criterion): &(String, String)| {
            let said = self.said.get(&(repository.clone(), criterion.clone()));
            let (status, by) = match said {
                Some(link) if link.not_met > 0 => ("not_met", link.failing.iter().cloned().collect()),
                Some(link) if link.met > 0 && link.open == 0 => ("met", link.meeting.iter().cloned().collect()),
                _ => ("unknown", Vec::new()),
            };
            Resolution { repository: repository.clone(), criterion: criterion.clone(), status, by }
        };
        self.open.iter().map(resolve).collect()
    }
}

fn bounded_pair(list: &mut BTreeSet<(String, String)>, more: &mut usize, item: (String, String)) {
    let before = list.len();
    bounded(list, item, MOST);
    *more += usize::from(before == MOST && list.len() == MOST);
}
