//! What a reader asks of an assessment: the self-check questions, and what to do next.

pub(super) mod answers;
mod gain;
mod plan;
pub mod platform;
pub mod questions;
pub mod steps;
mod texts;

use super::observe::{Observation, Spot};
use super::world::World;
use super::{Assessment, Input};

pub use platform::Platform;
pub use questions::{Answer, Question};
pub use steps::{Gain, Phase, Step, Task};

/// One thing that was found, and where.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Point {
    /// The file's place; `None` for what is absent.
    pub spot: Option<Spot>,
    /// `namespace/Kind/name`, with `:part` behind it; may be empty.
    pub subject: String,
    /// What was found, in lower case; never a credential's value.
    pub detail: String,
}

impl Point {
    /// What an observation says.
    #[must_use]
    pub fn of(observation: &Observation) -> Self {
        Self { spot: observation.spot.clone(), subject: observation.subject.to_string(), detail: observation.detail.clone() }
    }

    /// `path:line`, or the subject where there is no place.
    #[must_use]
    pub fn place(&self) -> String {
        self.spot.as_ref().map_or_else(|| self.subject.clone(), |spot| format!("{}:{}", spot.path, spot.line))
    }
}

impl Assessment {
    /// Answers the questions, and says what to do next.
    pub(super) fn advise(&mut self, input: &Input<'_>, world: &World, found: &[Observation]) {
        let seen = questions::Seen { input, world, found, credentials: &self.credentials, values: &self.findings };
        self.questions = answers::answer(&seen);
        let platform = Platform::of(&seen);
        self.steps = plan::plan(self, platform, input.settings);
        if let Some(name) = &input.settings.runbook {
            self.runbook = Some(super::runbook::sheets(input, world, found, self, name));
        }
    }
}
