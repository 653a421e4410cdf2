//! How far an assessment's criteria support a framework's controls.

use super::{Control, Framework};
use crate::assess::evaluate::{Polarity, Verdict};
use crate::assess::result::Assessment;
use crate::assess::status::Status;

/// What the files show for a control. None of it says that the control is satisfied.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Support {
    /// Every criterion that has a subject here is met.
    Supported,
    Partly,
    NotSupported,
    /// The deciding facts lie elsewhere.
    Unknown,
    /// No criterion has a subject here.
    NoSubject,
}

impl Support {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Partly => "partly_supported",
            Self::NotSupported => "not_supported",
            Self::Unknown => "unknown",
            Self::NoSubject => "no_subject",
        }
    }

    /// In words.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Partly => "partly supported",
            Self::NotSupported => "not supported",
            Self::Unknown => "cannot tell",
            Self::NoSubject => "no subject here",
        }
    }
}

/// A control with what was found for it.
#[derive(Clone, Debug)]
pub struct Row<'a> {
    pub control: &'static Control,
    pub support: Support,
    /// Its criteria over the scopes that count.
    pub verdicts: Vec<&'a Verdict>,
    /// Pieces of evidence for, against and open.
    pub evidence: (usize, usize, usize),
    /// Waivers that are in force, where they support the control.
    pub waivers: usize,
    /// The stage that the evidence is consistent with, where the framework has stages.
    pub stage: Option<&'static str>,
}

/// The rows of a framework's table, in the framework's order.
#[must_use]
pub fn rows<'a>(assessment: &'a Assessment, framework: &Framework) -> Vec<Row<'a>> {
    framework.controls.iter().map(|control| row(assessment, framework, control)).collect()
}

/// One control.
#[must_use]
pub fn row<'a>(assessment: &'a Assessment, framework: &Framework, control: &'static Control) -> Row<'a> {
    let verdicts: Vec<&Verdict> = control.criteria.iter().filter_map(|id| assessment.verdict(id)).collect();
    let count = |polarity: Polarity| {
        let of = |verdict: &&Verdict| verdict.evidence.iter().filter(|evidence| evidence.polarity == polarity).count();
        verdicts.iter().map(of).sum::<usize>()
    };
    let missing: usize = verdicts.iter().map(|verdict| verdict.subjects.missing.len()).sum();
    let waivers = if control.waivers { assessment.waivers.active.len() } else { 0 };
    let support = if control.criteria.is_empty() && waivers > 0 { Support::Supported } else { support(&verdicts) };
    let evidence = (count(Polarity::Positive), count(Polarity::Contrary) + missing, count(Polarity::Unknown));
    let stage = (framework.id == "cisa_ztmm_2_0").then(|| stage(&verdicts)).flatten();
    Row { control, support, verdicts, evidence, waivers, stage }
}

fn support(verdicts: &[&Verdict]) -> Support {
    let own: Vec<Status> = verdicts.iter().map(|verdict| verdict.status).filter(|status| *status != Status::NotApplicable).collect();
    let any = |wanted: &[Status]| own.iter().any(|status| wanted.contains(status));
    if own.is_empty() {
        Support::NoSubject
    } else if own.iter().all(|status| status.claims()) {
        Support::Supported
    } else if any(&[Status::Met, Status::Waived, Status::Partial]) {
        Support::Partly
    } else if any(&[Status::NotMet]) {
        Support::NotSupported
    } else {
        Support::Unknown
    }
}

/// The stage of CISA's model that a function's criteria are consistent with: levels 0 and 1 with Traditional, 2 with Initial, 3 with
/// something between, 4 and 5 with Advanced. Optimal asks for what no repository shows.
fn stage(verdicts: &[&Verdict]) -> Option<&'static str> {
    if verdicts.iter().all(|verdict| matches!(verdict.status, Status::NotApplicable | Status::Unknown)) {
        return None;
    }
    let blocked = verdicts.iter().filter(|verdict| !verdict.is_satisfied()).map(|verdict| verdict.criterion.level).min();
    let met = verdicts.iter().filter(|verdict| verdict.status.claims()).map(|verdict| verdict.criterion.level);
    let level = met.filter(|level| blocked.is_none_or(|blocked| *level < blocked)).max().unwrap_or(0);
    Some(match level {
        0 | 1 => "Traditional",
        2 => "Initial",
        3 => "Initial to Advanced",
        _ => "Advanced",
    })
}
