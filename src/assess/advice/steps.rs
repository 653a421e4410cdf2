//! Next steps, in the order in which they can be taken without breaking what runs: see, identify, encrypt, authorise, verify.

use super::Point;
use crate::assess::criteria::Effort;
use crate::assess::status::Domain;

/// A part of the way. What is observed comes before what is enforced.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Phase {
    /// What is published or exposed does not wait for a plan.
    Contain,
    /// Know what exists and who talks to whom.
    See,
    /// Give everything an identity, and take stored credentials away.
    Identify,
    /// Encrypt: first where plain text is still accepted, then everywhere.
    Encrypt,
    /// Allow what is needed, then deny the rest.
    Authorise,
    /// Keep it so.
    Verify,
}

impl Phase {
    pub const ALL: [Self; 6] = [Self::Contain, Self::See, Self::Identify, Self::Encrypt, Self::Authorise, Self::Verify];

    /// The name in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Contain => "contain",
            Self::See => "see",
            Self::Identify => "identify",
            Self::Encrypt => "encrypt",
            Self::Authorise => "authorise",
            Self::Verify => "verify",
        }
    }

    /// What it is for.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Contain => "at once: what is published or exposed",
            Self::See => "see what there is",
            Self::Identify => "give everything an identity",
            Self::Encrypt => "encrypt, permissive before strict",
            Self::Authorise => "allow what is needed, then deny the rest",
            Self::Verify => "verify continuously",
        }
    }
}

/// Whether something is to be changed, or only to be made visible.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Task {
    Change,
    /// Nothing is known to be wrong: the files do not show it.
    Show,
}

impl Task {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Show => "show",
        }
    }
}

/// What a step brings once it and all steps before it are done.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Gain {
    /// The headline that it lifts the repository to; `None` where it does not lift it.
    pub level: Option<u8>,
    /// The domains that it lifts: from, to.
    pub domains: Vec<(Domain, u8, u8)>,
}

/// One step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// Stable.
    pub id: &'static str,
    pub phase: Phase,
    pub task: Task,
    /// An imperative, without full stop.
    pub title: String,
    /// What to do, in full sentences.
    pub advice: String,
    pub why: String,
    /// What to look at, or to try, before it is switched on; empty where nothing is refused by it.
    pub observe: String,
    /// The steps of the list that come first.
    pub after: Vec<&'static str>,
    pub effort: Effort,
    /// The criteria that it is about.
    pub criteria: Vec<&'static str>,
    /// The disqualifiers that it removes.
    pub disqualifiers: Vec<&'static str>,
    pub gain: Gain,
    /// How many subjects it is about.
    pub subjects: usize,
    /// Some of their places, the first ones.
    pub places: Vec<Point>,
    /// An example of what to write; empty where there is none.
    pub patch: String,
    /// One of the few to start with.
    pub soon: bool,
}
