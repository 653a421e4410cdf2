//! What people decide about an assessment: whose repository it is, statements, what is accepted, and how it went over time.

use std::collections::BTreeSet;

use super::Input;
use super::attestations::AttestationResult;
use super::criteria::DOUBT;
use super::delta::Delta;
use super::evaluate::Verdict;
use super::fact::Fact;
use super::history::Point;
use super::observe::Spot;
use super::result::Assessment;
use super::status::{Status, Strength};
use crate::text::SourceId;

/// Whose repository is assessed: what reports over many group by.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Ownership {
    /// The name that reports over many repositories use; empty: the folder's.
    pub name: String,
    pub owner: Option<String>,
    pub tier: Option<String>,
    pub tags: Vec<String>,
    /// The names of repositories that hold what this one enforces: its policy bundles.
    pub links: Vec<String>,
}

/// What is read beside the files that are judged.
#[derive(Clone, Copy, Default)]
pub struct Papers<'a> {
    /// The files `.ztctl/attestations.yaml`.
    pub attestations: &'a [SourceId],
    /// `--accept-attestations`
    pub accept_attestations: bool,
    /// `--allow-secret-waivers`
    pub allow_secret_waivers: bool,
    /// The rules that a waiver may name.
    pub rules: &'a [&'a str],
    /// The evidence against criteria, by fingerprint, that `--baseline` accepts.
    pub accepted: Option<&'a BTreeSet<String>>,
    /// Files that the configuration keeps from being read, and all files with those.
    pub hidden: (usize, usize),
    /// The share of hidden files, in percent, from which on the result is doubtful.
    pub max_hidden: Option<u32>,
    pub ownership: Option<&'a Ownership>,
}

/// Something that makes the result doubtful, whatever the level.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Warning {
    /// `DQ.GOV.1`
    pub id: &'static str,
    pub fact: Fact,
    pub message: String,
    pub spot: Option<Spot>,
}

/// The level as the gates take it where a baseline is given: what the baseline holds is not held against it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Accepted {
    pub level: Option<u8>,
    /// In the order of [`super::status::Domain::ALL`].
    pub domains: [Option<u8>; 6],
    /// Pieces of evidence that are accepted.
    pub count: usize,
}

/// What people decided, and what it did.
#[derive(Clone, Default, Debug)]
pub struct Governance {
    pub ownership: Ownership,
    pub attestations: AttestationResult,
    /// The headline if no attestation counted.
    pub level_without_attestations: Option<u8>,
    pub warnings: Vec<Warning>,
    pub accepted: Option<Accepted>,
    /// What changed since a revision or an earlier report, where one was given.
    pub delta: Option<Delta>,
    /// The points of the history file, oldest first, this run's last.
    pub history: Vec<Point>,
}

/// The share of files that may be hidden, in percent, where the configuration says nothing.
pub const MAX_HIDDEN: u32 = 20;

/// Fills in what people decided. Waivers without an end, and too many hidden files, make the confidence low.
pub(super) fn settle(input: &Input<'_>, assessment: &mut Assessment, mut attestations: AttestationResult) {
    attestations.settle(assessment.scopes.iter().flat_map(|scope| &scope.verdicts));
    let mut warnings: Vec<Warning> = Vec::new();
    let endless = assessment.waivers.invalid.iter().chain(&attestations.invalid).filter(|mistake| mistake.endless);
    warnings.extend(endless.map(|mistake| Warning {
        id: DOUBT.id,
        fact: Fact::DecisionEndless,
        message: format!("`{}` has no end", if mistake.id.is_empty() { "an entry" } else { &mistake.id }),
        spot: Some(mistake.spot.clone()),
    }));
    let (hidden, all) = input.papers.hidden;
    let most = input.papers.max_hidden.unwrap_or(MAX_HIDDEN);
    if hidden > 0 && hidden * 100 > all * most as usize {
        let message = format!("the configuration hides {hidden} of {all} files ({} %, more than {most} %)", hidden * 100 / all.max(1));
        warnings.push(Warning { id: DOUBT.id, fact: Fact::FilesHidden, message, spot: None });
    }
    if !warnings.is_empty() {
        assessment.overall.confidence = assessment.overall.confidence.min(Strength(40));
    }
    let level_without_attestations = if attestations.accepted { shown(input, assessment) } else { assessment.overall.level };
    assessment.governance = Governance {
        ownership: input.papers.ownership.cloned().unwrap_or_default(),
        attestations,
        level_without_attestations,
        warnings,
        accepted: None,
        delta: None,
        history: Vec::new(),
    };
    if assessment.governance.ownership.name.is_empty() {
        assessment.governance.ownership.name.clone_from(&assessment.target);
    }
}

/// The headline if no statement counted.
fn shown(input: &Input<'_>, assessment: &Assessment) -> Option<u8> {
    let level = assessment.overall.level?;
    let counts = |class: super::status::Class| input.settings.all_scopes || class.counts();
    let any = assessment.scopes.iter().any(|scope| counts(scope.class));
    let scopes = assessment.scopes.iter().filter(|scope| !any || counts(scope.class));
    Some(scopes.map(|scope| through_shown(&scope.verdicts)).fold(level, u8::min))
}

/// The highest level whose spine is satisfied without statements.
fn through_shown(verdicts: &[Verdict]) -> u8 {
    let holds = |level: u8| {
        let mut spine = verdicts.iter().filter(|verdict| verdict.criterion.spine && verdict.criterion.level == level);
        spine.all(|verdict| verdict.is_satisfied() && verdict.status != Status::Attested)
    };
    (1..=5).take_while(|level| holds(*level)).last().unwrap_or(0)
}
