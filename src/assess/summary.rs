//! An assessment in one line.

use super::result::Assessment;
use super::status::LEVELS;

/// The level and the next step, for commands that do more than assess.
#[must_use]
pub fn summary_line(assessment: &Assessment) -> String {
    let Some(level) = assessment.overall.level else { return format!("maturity: {}", assessment.overall.reason) };
    let head = format!("maturity: level {level} of 5 ({}), as declared in the files", LEVELS[usize::from(level)]);
    if level == 5 {
        return head;
    }
    // the same step as the plan begins with
    let step = match assessment.steps.iter().find(|step| step.soon) {
        Some(step) => {
            let about: Vec<&str> = step.disqualifiers.iter().chain(&step.criteria).take(3).copied().collect();
            format!("next step: {} ({})", step.title, about.join(", "))
        }
        None => format!("next step: {}", assessment.overall.reason),
    };
    format!("{head}\n{step}")
}
