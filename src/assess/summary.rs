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
    let cap = assessment.overall.caps.iter().find(|cap| cap.headline <= level);
    let step = match (assessment.missing().next(), cap) {
        (Some(verdict), _) => format!("next step, {}: {}", verdict.criterion.id, verdict.criterion.pass),
        (None, Some(cap)) => format!("next step, {}: remove {}", cap.disqualifier, cap.title),
        (None, None) => format!("next step: {}", assessment.overall.reason),
    };
    format!("{head}\n{step}")
}
